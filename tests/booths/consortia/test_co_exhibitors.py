"""Firms on somebody else's stand: named, checked, priced, invoiced, shown."""

import re
from datetime import timedelta
from typing import Any

import httpx

from booths.offers import cancelling
from server import clock, jobs
from server.database import row, rows, value
from tests.booths.calls.test_ends import transfer
from tests.booths.calls.test_story import admit, done, fill, id_in, open_call, send, stand_ids
from tests.cast import Cast, Someone

FIRM = {
    "kind": "co_exhibitor", "name": "Salumi Neri", "country": "IT", "vat_id": "IT00743110157",
    "brand": "Nero", "website": "neri.example", "contact_name": "Nina Neri",
    "contact_email": "nina@neri.example", "received": "0", "publish": "on",
}  # fmt: skip


async def allowed(mara: Someone, call: int, **more: Any) -> httpx.Response:
    """What the call allows, by its form."""
    return await mara.send_form(
        f"/desk/calls/{call}/co-exhibitors",
        {
            "co_exhibitors": "on", "represented": "on", "most": "2", "co_exhibitor_fee": "500",
            "represented_fee": "150", "eligible": "on", "until_on": "2027-09-01", **more,
        },
    )  # fmt: skip


async def name(someone: Someone, application: int, **more: Any) -> httpx.Response:
    """Name a firm by the form."""
    path = f"/my/applications/{application}/co-exhibitors"
    return await someone.send_form(path, {**FIRM, **more})


async def total(application: int) -> int:
    """What the kept quote of an application comes to before aid and VAT."""
    return int(
        await value(
            "SELECT q.full_minor FROM application x JOIN quote q ON q.id = x.quote WHERE x.id = $1",
            application,
        )
    )


async def test_a_firm_stands_in_the_quote_the_invoice_and_on_the_page(cast: Cast) -> None:
    made = await open_call(cast.mara)
    application = await fill(cast.ana, made["call"])
    nothing = await cast.ana.get(f"/my/applications/{application}/co-exhibitors")
    assert nothing.status_code == 404
    done(await allowed(cast.mara, made["call"]))
    assert "Up to 2 for each exhibitor" in (await cast.mara.get(f"/desk/calls/{made['call']}")).text
    done(await name(cast.ana, application))
    twice = await name(cast.ana, application)
    assert twice.status_code == 422
    assert "named this firm already" in twice.text
    check = (await cast.ana.get(f"/my/applications/{application}/check")).text
    assert "Co-exhibitor: Salumi Neri" in check
    done(await send(cast.ana, application))
    assert await total(application) == 360_000 + 69_000 + 12_000 + 50_000
    stand = (await stand_ids(made["booth"]))[0]
    done(await admit(cast.mara, application, stand))
    await jobs.drain()
    invoice = await row(
        "SELECT i.* FROM admission ad JOIN invoice i ON i.id = ad.invoice WHERE application = $1",
        application,
    )
    assert invoice is not None
    assert "Co-exhibitor: Salumi Neri" in str(invoice["content"])
    assert invoice["aid_minor"] == (360_000 + 69_000 + 50_000) // 2
    shown = (await cast.mara.get(f"/desk/calls/{made['call']}/co-exhibitors")).text
    assert "Salumi Neri" in shown
    assert "By our books" in shown  # Officina Rossi is its record here, by the VAT ID

    done(
        await name(
            cast.ana, application, name="Vini Verdi", kind="represented", vat_id="",
            register_no="MI-1234567", country="IT",
        )
    )  # fmt: skip
    await jobs.drain()
    extra = await row("SELECT * FROM invoice WHERE net_minor = 15000")
    assert extra is not None
    assert extra["aid_minor"] == 0
    assert extra["company"] == cast.quinta
    third = await name(cast.ana, application, name="Third")
    assert third.status_code == 422
    assert "allows 2" in third.text

    public = f"/fairs/anuga-2027/booths/{made['booth']}"
    assert "Salumi Neri" not in (await cast.paul.get(public)).text
    for each in (invoice, extra):
        done(
            await cast.finn.send_form(
                "/desk/money/transfer",
                {
                    "received_on": clock.today("Europe/Berlin").isoformat(), "currency": "EUR",
                    "amount": f"{each['total_minor'] / 100:.2f}", "reference": each["reference"],
                    "payer": "Quinta do Vale", "bank_ref": f"B-{each['id']}",
                },
            )
        )  # fmt: skip
        await jobs.drain()
    page = (await cast.paul.get(public)).text
    assert "Salumi Neri" in page
    done(
        await cast.mara.send_form(
            f"/desk/applications/{application}/release", {"why": "It closed its business."}
        )
    )
    await jobs.drain()
    states = await rows("SELECT state FROM invoice WHERE kind = 'invoice'")
    assert [each["state"] for each in states] == ["credited"] * 2


async def test_a_firm_whose_own_headroom_is_short_gets_no_aid_for_its_fee(cast: Cast) -> None:
    made = await open_call(cast.mara)
    done(await allowed(cast.mara, made["call"]))
    application = await fill(cast.ana, made["call"])
    done(await name(cast.ana, application, vat_id="IT12345670785", received="299,800"))
    done(await name(cast.ana, application, name="Fresh", vat_id="IT12345670785"))
    counted = await rows("SELECT name, eligible, company FROM co_exhibitor ORDER BY id")
    assert [(each["name"], each["eligible"]) for each in counted] == [
        ("Salumi Neri", False), ("Fresh", True),
    ]  # fmt: skip
    firm = await value("SELECT id FROM co_exhibitor WHERE name = 'Fresh'")
    path = f"/my/applications/{application}/co-exhibitors"
    done(await cast.ana.send_form(path, {}, to=f"{path}/{firm}/remove"))
    done(await send(cast.ana, application))
    assert await total(application) == 360_000 + 69_000 + 12_000 + 50_000
    assert await value("SELECT eligible_minor FROM quote ORDER BY id DESC LIMIT 1") == 429_000


async def test_every_source_of_the_call_has_to_hold_the_fee_of_a_firm(cast: Cast) -> None:
    """The first source has no ceiling; the second has one, and the firm's headroom is used up."""
    free, bound = [
        id_in(
            done(
                await cast.mara.send_form(
                    "/desk/schemes/new",
                    {
                        "name": basis, "legal_basis": basis, "mode": "rate", "rate": "10",
                        "budget": "5000", "currency": "EUR", "valid_from": "2026-01-01",
                    },
                )
            )
        )
        for basis in ("none", "de_minimis")
    ]  # fmt: skip
    made = await open_call(cast.mara, scheme=free, scheme_2=bound)
    application = await fill(cast.ana, made["call"])
    done(await allowed(cast.mara, made["call"]))
    no_number = {"vat_id": "", "register_no": "REA MO-1"}
    done(await name(cast.ana, application, received="299900", **no_number))
    done(
        await name(cast.ana, application, received="0", **(no_number | {"name": "Salumi Bianchi"}))
    )
    named = await rows("SELECT name, eligible FROM co_exhibitor ORDER BY id")
    assert [each["eligible"] for each in named] == [False, True]


async def test_numbers_are_checked_and_fees_of_a_published_call_stand(cast: Cast) -> None:
    made = await open_call(cast.mara)
    done(await allowed(cast.mara, made["call"], represented=""))
    application = await fill(cast.ana, made["call"])
    wrong = await name(cast.ana, application, vat_id="IT00743110158")
    assert wrong.status_code == 422
    assert "check digits" in wrong.text
    assert "Nina Neri" in wrong.text
    missing = await name(cast.ana, application, vat_id="")
    assert "Give its VAT ID" in missing.text
    other = await name(cast.ana, application, kind="represented")
    assert "does not allow firms of this kind" in other.text
    own = await name(cast.ana, application, vat_id="PT501964843", country="PT")
    assert "your own company" in own.text
    dear = {"represented": "", "co_exhibitor_fee": "600", "version": "1"}
    dearer = await allowed(cast.mara, made["call"], **dear)
    assert dearer.status_code == 409
    done(await allowed(cast.mara, made["call"], represented="", most="5", version="1"))
    stale = await allowed(cast.mara, made["call"], represented="", most="6", version="1")
    assert stale.status_code == 409
    done(await allowed(cast.mara, made["call"], represented="", until_on="2026-01-01", version="2"))
    late = await name(cast.ana, application)
    assert late.status_code == 409


async def test_who_else_may_not_see_or_change_them(cast: Cast) -> None:
    made = await open_call(cast.mara)
    done(await allowed(cast.mara, made["call"]))
    application = await fill(cast.ana, made["call"])
    done(await name(cast.ana, application))
    path = f"/my/applications/{application}/co-exhibitors"
    assert (await cast.carla.get(path)).status_code == 404
    assert (await cast.nils.get(f"/desk/calls/{made['call']}/co-exhibitors")).status_code == 404
    unsent = (await cast.mara.get(f"/desk/calls/{made['call']}/co-exhibitors")).text
    assert "Salumi Neri" not in unsent


async def test_firms_of_a_contract_are_those_that_were_sent(cast: Cast) -> None:
    """Named or taken off and not sent again: neither there for nothing nor billed for none."""
    made = await open_call(cast.mara)
    done(await allowed(cast.mara, made["call"]))
    application = await fill(cast.ana, made["call"])
    done(await name(cast.ana, application))
    done(await send(cast.ana, application))
    path = f"/my/applications/{application}/co-exhibitors"
    assert "counts once you send it again" in (await cast.ana.get(path)).text
    firm = await value("SELECT id FROM co_exhibitor")
    done(await cast.ana.send_form(path, {}, to=f"{path}/{firm}/remove"))
    done(await name(cast.ana, application, name="Vini Verdi"))
    done(await admit(cast.mara, application, (await stand_ids(made["booth"]))[0]))
    await jobs.drain()
    assert "Salumi Neri" in str(await value("SELECT content FROM invoice"))
    on_stand = await rows("SELECT name FROM co_exhibitor WHERE removed_at IS NULL")
    assert [each["name"] for each in on_stand] == ["Salumi Neri"]
    done(await name(cast.ana, application, name="Vini Verdi"))
    assert await value("SELECT count(*) FROM invoice") == 2


async def test_a_revived_admission_asks_again_for_a_firm_that_was_named_later(cast: Cast) -> None:
    made = await open_call(cast.mara)
    done(await allowed(cast.mara, made["call"]))
    application = await fill(cast.ana, made["call"])
    done(await send(cast.ana, application))
    stand = (await stand_ids(made["booth"]))[0]
    done(await admit(cast.mara, application, stand))
    asked = await row("SELECT reference, total_minor FROM invoice")
    assert asked
    done(await name(cast.ana, application))
    with clock.travel_everywhere(clock.now() + timedelta(days=16)):
        await jobs.sweep("calls.lapse")
    ended = await row("SELECT i.id, i.state FROM co_exhibitor f JOIN invoice i ON i.id = f.invoice")
    assert ended
    assert ended["state"] == "credited"
    await transfer(cast.finn, asked["reference"], asked["total_minor"], "A-1")
    path = f"/desk/applications/{application}"
    done(
        await cast.mara.send_form(
            f"{path}/revive?stand={stand}", {"stand": stand}, to=f"{path}/revive"
        )
    )
    again = await row(
        "SELECT i.id, i.state, i.net_minor FROM co_exhibitor f JOIN invoice i ON i.id = f.invoice"
    )
    assert again
    assert again["id"] != ended["id"]
    assert (again["state"], again["net_minor"]) == ("open", 50_000)


async def test_a_cancelled_call_pays_back_a_firm_that_was_named_later(cast: Cast) -> None:
    """Its own invoice stands in the preview, ends with the contract, and its money is listed."""
    made = await open_call(cast.mara)
    call = made["call"]
    done(await allowed(cast.mara, call))
    application = await fill(cast.ana, call)
    done(await send(cast.ana, application))
    done(await admit(cast.mara, application, (await stand_ids(made["booth"]))[0]))
    done(await name(cast.ana, application))
    extra = await row("SELECT id, number, reference, total_minor FROM invoice ORDER BY id DESC")
    assert extra
    await transfer(cast.finn, extra["reference"], extra["total_minor"], "firm-1")
    path = f"/desk/calls/{call}/cancel"
    preview = await cast.mara.get(path)
    assert extra["number"] in preview.text
    seen = re.search(r'name="seen" value="([^"]*)"', preview.text)
    assert seen
    done(await cast.mara.send_form(path, {"cause": "too_few", "seen": seen[1], "sure": "on"}))
    assert await value("SELECT state FROM invoice WHERE id = $1", extra["id"]) == "credited"
    listed = await cancelling.to_pay_back(call)
    assert [each.amount_minor for each in listed] == [extra["total_minor"]]
