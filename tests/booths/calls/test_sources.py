"""Two sources for one fee: a discount and a part of a pot that is paid after proof."""

from server.database import execute, row, rows, value
from tests.booths.calls.test_story import admit, done, fill, id_in, open_call, send, stand_ids
from tests.cast import Cast

POT = {
    "name": "Chamber’s pot", "legal_basis": "de_minimis", "mode": "pot", "rate": "25",
    "budget": "1000", "currency": "EUR", "valid_from": "2026-01-01", "shown": "after_proof",
    "charge": "15",
}  # fmt: skip


async def test_two_sources_become_two_grants_and_go_back_together(cast: Cast) -> None:
    pot = id_in(done(await cast.mara.send_form("/desk/schemes/new", POT)))
    made = await open_call(cast.mara, scheme_2=pot)
    ours = await fill(cast.ana, made["call"])
    check = (await cast.ana.get(f"/my/applications/{ours}/check")).text
    assert "Export start" in check
    assert "Chamber’s pot" in check
    assert "It is paid to you after the fair" in check
    assert "The association keeps €150.00" in check
    done(await send(cast.ana, ours))
    theirs = await fill(cast.carla, made["call"])
    done(await send(cast.carla, theirs))
    for one in (ours, theirs):
        await execute("UPDATE application SET state = 'eligible' WHERE id = $1", one)
    stand = (await stand_ids(made["booth"]))[1]
    early = await admit(cast.mara, ours, stand)
    assert early.status_code == 422
    assert "is not shared yet" in early.text
    at = f"/desk/calls/{made['call']}/pot"
    assert "€500.00 if shared now" in (await cast.vera.get(at)).text
    assert (await cast.vera.send_form(at, {})).status_code == 403
    done(await cast.mara.send_form(at, {}))
    done(await admit(cast.mara, ours, stand))
    grants = await rows("SELECT scheme, amount_minor, charge_minor, fair, letter FROM aid_grant"
                        " ORDER BY id")  # fmt: skip
    assert [(one["scheme"], one["amount_minor"], one["charge_minor"]) for one in grants] == [
        (made["scheme"], 214_500, 0),
        (pot, 50_000, 7_500),
    ]
    assert all(one["letter"] and one["fair"] == "Anuga 2027" for one in grants)
    invoice = await row("SELECT net_minor, aid_minor FROM invoice")
    assert invoice == {"net_minor": 429_000 + 12_000 - 214_500, "aid_minor": 214_500}
    again = await cast.mara.send_form(at, {})
    assert again.status_code == 409
    base = f"/desk/applications/{ours}"
    done(await cast.mara.send_form(base, {"why": "Not in time"}, to=f"{base}/release"))
    assert await value("SELECT sum(amount_minor) FROM aid_grant") == 0
    assert await value("SELECT sum(committed_minor) FROM scheme") == 0
    assert await value("SELECT sum(committed_minor) FROM programme") == 0


async def test_source_named_twice_or_of_another_agency_is_refused(cast: Cast) -> None:
    pot = id_in(done(await cast.mara.send_form("/desk/schemes/new", POT)))
    made = await open_call(cast.mara, scheme_2=pot)
    form = {
        "title": "Another call", "booth": made["booth"], "price_list": made["prices"],
        "opens_at": "2026-11-01T10:00", "closes_at": "2027-11-01T10:00", "payment_days": "14",
    }  # fmt: skip
    twice = await cast.mara.send_form("/desk/calls/new", {**form, "scheme": pot, "scheme_2": pot})
    assert twice.status_code == 422
    assert "only once" in twice.text
    foreign = await cast.mara.send_form(
        "/desk/calls/new", {**form, "scheme": pot, "scheme_2": 999_999}
    )
    assert foreign.status_code == 422
    assert await rows("SELECT scheme, position FROM call_scheme") == [
        {"scheme": pot, "position": 2}
    ]
