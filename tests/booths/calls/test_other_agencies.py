"""Several agencies: warnings before a fair is planned or applied for twice, shared applications,
and the settlement of a shared booth.
"""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from booths.offers import standing
from events.fairs.rules import same_edition
from server.database import execute, row, rows, value
from tests.booths.calls.test_story import admit, done, fill, id_in, open_call, send, stand_ids
from tests.cast import Cast

ANUGA: dict[str, Any] = {
    "name": "ANUGA Cologne", "venue": "Koelnmesse", "city": "Köln", "country": "DE",
    "tz": "Europe/Berlin", "starts_on": "2027-10-10", "ends_on": "2027-10-13",
    "opens_at": "10:00", "closes_at": "18:00", "sectors": "food", "website": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "first", "same"),
    [
        ("Anuga", 9, True),
        ("ANUGA 2027 Cologne", 13, True),
        ("Anuga", 14, False),
        ("Interzum", 9, False),
        ("Anúga", 9, True),
    ],
)
def test_one_edition_is_recognised_under_another_name(name: str, first: int, same: bool) -> None:
    mine = ("Anuga 2027", date(2027, 10, 9), date(2027, 10, 13))
    other = (name, date(2027, 10, first), date(2027, 10, 16))
    assert same_edition(*mine, *other) is same
    assert same_edition(*other, *mine) is same


async def test_a_second_agency_is_warned_before_it_plans_the_same_fair(cast: Cast) -> None:
    await open_call(cast.mara)
    fairs = "SELECT count(*) FROM fair WHERE agency = $1"
    refused = await cast.nils.send_form("/desk/fairs/new", ANUGA)
    assert refused.status_code == 422
    assert "Nordhafen Trade has this fair already: Anuga 2027" in refused.text
    assert 'name="anyway"' in refused.text
    assert await value(fairs, cast.lagerwey) == 0
    done(await cast.nils.send_form("/desk/fairs/new", {**ANUGA, "anyway": "on"}))
    assert await value(fairs, cast.lagerwey) == 1


async def test_a_list_of_fairs_does_not_bring_anothers_fair_unsaid(cast: Cast) -> None:
    await open_call(cast.mara)
    file = b"name,dates,country\nANUGA Cologne,2027-10-09,DE\nInterzum,2027-10-09,DE\n"
    fairs = "SELECT name FROM fair WHERE agency = $1 ORDER BY name"
    path, sent = "/desk/fairs/import", {"file": ("list.csv", file)}
    refused = await cast.nils.send_form(path, {"tz": "Europe/Berlin"}, files=sent)
    assert refused.status_code == 422
    assert "Nordhafen Trade has this fair already: Anuga 2027" in refused.text
    assert await rows(fairs, cast.lagerwey) == []
    asked = {"tz": "Europe/Berlin", "leave_out": "on"}
    assert (await cast.nils.send_form(path, asked, files=sent)).status_code == 200
    assert [each["name"] for each in await rows(fairs, cast.lagerwey)] == ["Interzum"]
    asked = {"tz": "Europe/Berlin", "anyway": "on"}
    assert (await cast.nils.send_form(path, asked, files=sent)).status_code == 200
    assert len(await rows(fairs, cast.lagerwey)) == 2


async def test_a_second_booth_at_a_fair_shows_the_first_one(cast: Cast) -> None:
    ground = await open_call(cast.mara)
    shown = await cast.nils.get(f"/desk/booths/new?fair={ground['fair']}")
    assert "You are not the first here" in shown.text
    assert "Nordhafen pavilion" in shown.text
    own = await cast.mara.get(f"/desk/booths/new?fair={ground['fair']}")
    assert "You are not the first here" not in own.text


async def second_call(cast: Cast, ground: dict[str, int]) -> int:
    """Lagerwey's own booth and call at the same fair."""
    nils = cast.nils
    booth = id_in(
        done(
            await nils.send_form(
                f"/desk/booths/new?fair={ground['fair']}",
                {
                    "fair": ground["fair"], "name": "Lagerwey pavilion", "hall": "7.1",
                    "block": "C-1", "width_m": "6", "depth_m": "3", "net_m2": "18",
                    "open_edges": ["top"],
                },
            )
        )
    )  # fmt: skip
    return await call_for(cast, booth)


async def call_for(cast: Cast, booth: int) -> int:
    """A published call of Lagerwey for a booth that has stands."""
    nils = cast.nils
    if not await value("SELECT 1 FROM stand WHERE booth = $1 LIMIT 1", booth):
        done(
            await nils.send_form(
                f"/desk/booths/{booth}/layout",
                {"width_m": "3", "depth_m": "3", "aisle_m": "3", "version": 1},
            )
        )
    prices = id_in(
        done(
            await nils.send_form(
                "/desk/price-lists/new",
                {
                    "booth": booth, "name": "Lagerwey prices", "currency": "EUR",
                    "full_per_m2": "300", "minimum_m2": "9", "corner": "0", "head": "0",
                    "island": "0", "valid_from": "2026-01-01",
                },
            )
        )
    )  # fmt: skip
    call = id_in(
        done(
            await nils.send_form(
                "/desk/calls/new",
                {
                    "title": "Lagerwey at Anuga", "booth": booth, "price_list": prices,
                    "opens_at": "2026-01-01T10:00", "closes_at": "2027-06-01T10:00",
                    "payment_days": "14",
                },
            )
        )
    )  # fmt: skip
    done(await nils.send_form(f"/desk/calls/{call}", {}, to=f"/desk/calls/{call}/publish"))
    return call


async def test_a_company_that_applies_twice_for_one_fair_is_told_before_and_so_are_both_agencies(
    cast: Cast,
) -> None:
    ground = await open_call(cast.mara)
    other = await second_call(cast, ground)
    first = await fill(cast.ana, ground["call"])
    await send(cast.ana, first)
    warned = await cast.ana.get(f"/my/apply/{other}")
    assert "There is an application for this fair already" in warned.text
    assert "Nordhafen Trade" in warned.text
    assert "already" not in (await cast.carla.get(f"/my/apply/{other}")).text
    # Another company under the same control counts too.
    await execute(
        "UPDATE company SET undertaking = (SELECT undertaking FROM company WHERE id = $1)"
        " WHERE id = $2",
        cast.quinta,
        cast.rossi,
    )
    assert "There is an application" in (await cast.carla.get(f"/my/apply/{other}")).text
    second = await fill(cast.ana, other)
    await send(cast.ana, second)
    for staff, application, named in (
        (cast.mara, first, "Lagerwey Export"),
        (cast.nils, second, "Nordhafen Trade"),
    ):
        shown = await staff.get(f"/desk/applications/{application}")
        assert "Another application for this fair" in shown.text
        assert named in shown.text


async def test_a_shared_application_can_be_read_and_nothing_else(cast: Cast) -> None:
    ground = await open_call(cast.mara)
    application = await fill(cast.ana, ground["call"])
    await send(cast.ana, application)
    path = f"/desk/shared/{application}"
    assert (await cast.nils.get(path)).status_code == 404
    share = f"/desk/applications/{application}/share"
    done(
        await cast.mara.send_form(
            share, {"agency": cast.lagerwey, "why": "One booth, two agencies"}
        )
    )
    again = await cast.mara.send_form(share, {"agency": cast.lagerwey, "why": "One booth again"})
    assert again.status_code == 409
    read = await cast.nils.get(path)
    assert read.status_code == 200
    assert "<textarea" not in read.text
    assert path in (await cast.nils.get("/desk/shared")).text
    for act in ("", "/admit", "/note", "/share"):
        answer = await cast.nils.send_form(
            path, {"to": "eligible", "note": "x"}, to=f"/desk/applications/{application}{act}"
        )
        assert answer.status_code in (404, 422), act
    assert await value("SELECT state FROM application WHERE id = $1", application) == "submitted"
    one = await value("SELECT id FROM application_share")
    done(await cast.mara.send_form(share, {}, to=f"/desk/shares/{one}/end"))
    assert (await cast.nils.get(path)).status_code == 404


async def test_settlement_of_a_shared_booth_has_the_numbers_of_both(cast: Cast) -> None:
    ground = await open_call(cast.mara)
    booth = ground["booth"]
    done(
        await cast.mara.send_form(
            f"/desk/booths/{booth}/partners/new",
            {
                "agency": cast.lagerwey, "allotted_m2": "18", "price_per_m2": "310.50",
                "returns_on": "2027-06-30",
            },
        )
    )  # fmt: skip
    partner = await value("SELECT id FROM booth_partner")
    done(
        await cast.nils.send_form(f"/desk/partnerships/{partner}", {"accept": "on", "version": "1"})
    )
    call = await call_for(cast, booth)
    stands = await stand_ids(booth)
    mine = await fill(cast.carla, ground["call"])
    await send(cast.carla, mine)
    await admit(cast.mara, mine, stands[0])
    theirs = await fill(cast.ana, call)
    await send(cast.ana, theirs)
    await admit(cast.nils, theirs, stands[1])
    found = await row("SELECT allocated_m2, reserved_m2 FROM booth WHERE id = $1", booth)
    assert found == {"allocated_m2": Decimal(18), "reserved_m2": Decimal(9)}
    report = (await cast.mara.get(f"/desk/booths/{booth}/settlement.csv")).text.splitlines()
    assert report[1].startswith("Nordhafen Trade,lead,54.00,9.00,0.00,1,EUR,")
    assert report[2].startswith("Lagerwey Export,partner,18.00,9.00,0.00,1,EUR,")
    assert report[2].endswith(",310.50,5589.00,EUR")
    await execute("UPDATE agency SET name = '=1+1' WHERE id = $1", cast.lagerwey)
    report = (await cast.mara.get(f"/desk/booths/{booth}/settlement.csv")).text.splitlines()
    assert report[2].startswith("'=1+1,partner,"), "a name of others is no formula"
    own = (await cast.nils.get(f"/desk/booths/{booth}/settlement.csv")).text.splitlines()
    assert len(own) == 2
    assert (await cast.nils.get(f"/desk/partnerships/{partner}")).text.count("Quinta do Vale") >= 1
    assert "Officina Rossi" not in (await cast.nils.get(f"/desk/partnerships/{partner}")).text
    assert "Quinta do Vale" not in (await cast.mara.get(f"/desk/booths/{booth}")).text


async def shared_booth(cast: Cast) -> tuple[dict[str, int], int]:
    """Nordhafen's booth with 18 m² for Lagerwey: the ground, and Lagerwey's call for it."""
    ground = await open_call(cast.mara)
    done(
        await cast.mara.send_form(
            f"/desk/booths/{ground['booth']}/partners/new",
            {
                "agency": cast.lagerwey, "allotted_m2": "18", "price_per_m2": "300",
                "returns_on": "2027-06-30",
            },
        )
    )  # fmt: skip
    partner = await value("SELECT id FROM booth_partner")
    done(
        await cast.nils.send_form(f"/desk/partnerships/{partner}", {"accept": "on", "version": "1"})
    )
    return ground, await call_for(cast, ground["booth"])


async def test_no_page_of_a_partner_names_the_exhibitors_of_the_lead(cast: Cast) -> None:
    """Plans beside a stand, a consortium or a proposal show their stands as taken, by nobody."""
    ground, call = await shared_booth(cast)
    stands = await stand_ids(ground["booth"])
    mine = await fill(cast.carla, ground["call"])
    await send(cast.carla, mine)
    done(await admit(cast.mara, mine, stands[0]))
    theirs = await fill(cast.ana, call)
    await send(cast.ana, theirs)
    placing = done(await cast.nils.send_form(f"/desk/calls/{call}/placing", {}))
    pages = [placing, f"/desk/applications/{theirs}/stand"]
    for path in pages:
        shown = await cast.nils.get(path)
        assert shown.status_code == 200
        assert "Quinta do Vale" in shown.text
        assert "Officina Rossi" not in shown.text, path
        assert f"/desk/applications/{mine}" not in shown.text, path
    taken = await cast.nils.send_form(
        f"/desk/applications/{theirs}/stand",
        {"stand": stands[0], "how": "reserve", "seen": await standing.version(theirs)},
    )
    assert taken.status_code == 409
    assert "Nordhafen Trade has stand A1 now" in taken.text
    assert "Officina Rossi" not in taken.text
    done(await admit(cast.nils, theirs, stands[1]))
    for act in ("move", "swap", "vacate"):
        shown = await cast.nils.get(f"/desk/applications/{theirs}/{act}")
        assert shown.status_code == 200, act
        assert "Officina Rossi" not in shown.text, act


async def test_who_shares_a_booth_no_more_gives_nothing_of_it_away(cast: Cast) -> None:
    """The partnership ended while a call of the partner was out: the lead's area stays its own."""
    ground, call = await shared_booth(cast)
    theirs = await fill(cast.ana, call)
    await send(cast.ana, theirs)
    partner = await value("SELECT id FROM booth_partner")
    path = f"/desk/partnerships/{partner}"
    done(await cast.mara.send_form(path, {}, to=f"{path}/end"))
    stand = (await stand_ids(ground["booth"]))[0]
    await execute("UPDATE call SET state = 'draft' WHERE id = $1", call)
    again = await cast.nils.send_form(f"/desk/calls/{call}", {}, to=f"/desk/calls/{call}/publish")
    assert again.status_code == 409
    await execute("UPDATE call SET state = 'published' WHERE id = $1", call)
    keep = {"stand": stand, "how": "reserve", "seen": await standing.version(theirs)}
    kept = await cast.nils.send_form(f"/desk/applications/{theirs}/stand", keep)
    for refused in (kept, await admit(cast.nils, theirs, stand)):
        assert refused.status_code == 409
        assert "does not share this booth" in refused.text
    assert await value("SELECT count(*) FROM allocation") == 0
    assert await value("SELECT count(*) FROM admission") == 0
    assert await value("SELECT allocated_m2 FROM booth WHERE id = $1", ground["booth"]) == 0
