"""Several price lists for one call: who pays by which, and who is told why."""

import html
from datetime import timedelta
from typing import Any

import pytest

from server import clock, jobs
from server.database import execute, row, value
from tests.booths.calls.test_story import (
    admit,
    done,
    id_in,
    open_call,
    say_facts,
    send,
    stand_ids,
)
from tests.cast import Cast, Someone

DECLARED = ["conditions", "no_insolvency", "de_minimis"]


async def draft(cast: Cast, lists: dict[str, Any], rules: dict[str, Any] | None = None) -> int:
    """A call with a list in steps that is 325 with aid, and a second one at 907; published."""
    made = await open_call(cast.mara)
    mara, first = cast.mara, made["prices"]
    copied = {"booth": made["booth"], "name": "Full price"}
    second = id_in(done(await mara.send_form(f"/desk/price-lists/{first}/copy", copied)))
    reduced = id_in(
        done(
            await mara.send_form(
                f"/desk/price-lists/{first}/copy", {**copied, "name": "Supported price"}
            )
        )
    )
    steps = {"name": "With construction", "minimum_m2": "9", "up_to_1": "100", "full_1": "907"}
    raw = {"name": "Raw space", "minimum_m2": "9", "full_1": "420"}
    for one, aided in ((reduced, {"aided_1": "325", "full_2": "907"}), (second, {})):
        base = f"/desk/price-lists/{one}/spaces"
        done(await mara.send_form(f"{base}/new", raw))
        done(await mara.send_form(f"{base}/1", steps | aided))
    scheme = {
        "name": "Abroad", "legal_basis": "de_minimis", "mode": "fixed_price", "budget": "90000",
        "currency": "EUR", "valid_from": "2026-01-01", "intent": "save",
    }  # fmt: skip
    abroad = id_in(done(await mara.send_form("/desk/schemes/new", scheme)))
    now = clock.local(clock.now(), "Europe/Berlin").replace(tzinfo=None)
    form = {
        "title": "Joint booth with two lists", "booth": made["booth"], "price_list": reduced,
        "scheme": abroad, "payment_days": "14", "text": "",
        "opens_at": (now - timedelta(days=1)).isoformat("T", "minutes"),
        "closes_at": (now + timedelta(days=20)).isoformat("T", "minutes"),
    }  # fmt: skip
    call = id_in(done(await mara.send_form("/desk/calls/new", form)))
    chosen = {name: second if given == "second" else given for name, given in lists.items()}
    page = f"/desk/calls/{call}/price-lists"
    own = await mara.send_form(page, {**chosen, next(iter(chosen)): reduced})
    assert own.status_code == 422
    done(await mara.send_form(page, chosen))
    if rules:
        done(await mara.send_form(f"/desk/calls/{call}/rules/country_in", rules))
    done(await mara.send_form(f"/desk/calls/{call}", {}, to=f"/desk/calls/{call}/publish"))
    assert (await mara.send_form(page, chosen)).status_code == 409
    assert await value("SELECT frozen_at FROM price_list WHERE id = $1", second) is not None
    return call


async def apply(ana: Someone, call: int, declared: list[str], space: str = "1") -> int:
    """An application with everything but what is not declared."""
    await say_facts(ana)
    made = id_in(done(await ana.send_form(f"/my/apply/{call}", {})))
    base = f"/my/applications/{made}"
    stand = {"area_m2": "9", "stand_kind": "row", "space": space}
    done(await ana.send_form(f"{base}/stand", stand))
    done(await ana.send_form(f"{base}/services", {}))
    goals = {
        "exhibits": "Port wine", "export_status": "occasional", "markets": "Japan",
        "goals": "10 leads",
    }  # fmt: skip
    done(await ana.send_form(f"{base}/goals", goals))
    done(await ana.send_form(f"{base}/declarations", {"given": declared, "publish": "on"}))
    return made


UNDECLARED = {"undeclared": "second", "declarations": ["no_double_funding"]}


async def check(ana: Someone, application: int) -> str:
    shown = await ana.get(f"/my/applications/{application}/check")
    return html.unescape(shown.text)


async def test_undeclared_company_pays_the_other_list_and_is_told_why(cast: Cast) -> None:
    call = await draft(cast, UNDECLARED)
    public = html.unescape((await cast.paul.get("/calls/joint-booth-with-two-lists")).text)
    for words in ("Full price", "Companies that have not declared", "€325.00", "up to 100 m²"):
        assert words in public
    without = await apply(cast.ana, call, DECLARED)
    shown = await check(cast.ana, without)
    for words in ("€8,853.00", "The prices are those of the list “Full price”.", "Not declared:"):
        assert words in shown
    assert "Aid from" not in shown
    done(await send(cast.ana, without))
    kept = await row("SELECT q.* FROM quote q JOIN application x ON x.quote = q.id")
    assert kept is not None
    assert (kept["full_minor"], kept["aid_minor"]) == (885_300, 0)
    booth = await value("SELECT booth FROM call WHERE id = $1", call)
    desk = html.unescape((await cast.mara.get(f"/desk/applications/{without}")).text)
    assert "Not declared:" in desk
    done(await admit(cast.mara, without, (await stand_ids(booth))[0]))
    await jobs.drain()
    letter = await row("SELECT content FROM document WHERE kind = 'admission'")
    assert letter is not None
    assert any("Not declared:" in label for label, _ in letter["content"]["price"])


async def test_declaring_later_shows_the_old_and_the_new_price(cast: Cast) -> None:
    call = await draft(cast, UNDECLARED)
    made = await apply(cast.ana, call, DECLARED)
    done(await send(cast.ana, made))
    path = f"/my/applications/{made}/declarations"
    done(
        await cast.ana.send_form(path, {"given": [*DECLARED, "no_double_funding"], "publish": "on"})
    )
    shown = await check(cast.ana, made)
    table = shown[shown.index("What has changed") :]
    assert "€8,853.00" in table
    assert "€3,615.00" in table  # 9 x 325 + 690
    stale = await cast.ana.send_form(f"/my/applications/{made}/check", {"seen_total": "1"})
    assert stale.status_code == 409
    assert await value("SELECT count(*) FROM quote") == 1  # what was sent stands
    done(await send(cast.ana, made))
    assert await value("SELECT max(aid_minor) FROM quote") == 523_800


async def test_warning_leads_to_the_list_for_those_not_eligible(cast: Cast) -> None:
    rules = {"weight": "warning", "countries": "NO"}
    call = await draft(cast, {"not_eligible": "second"}, rules)
    made = await apply(cast.ana, call, [*DECLARED, "no_double_funding"])
    shown = await check(cast.ana, made)
    assert "The company is in Portugal; this call is open to Norway." in shown
    assert "€8,853.00" in shown


async def test_way_that_is_not_on_the_list_is_refused(cast: Cast) -> None:
    call = await draft(cast, UNDECLARED)
    made = await apply(cast.ana, call, [*DECLARED, "no_double_funding"], space="2")
    assert "Raw space" in await check(cast.ana, made)
    path = f"/my/applications/{made}/stand"
    wrong = await cast.ana.send_form(path, {"area_m2": "9", "stand_kind": "row", "space": "7"})
    assert wrong.status_code == 422
    assert "not on the price list any more" in wrong.text


@pytest.mark.parametrize("form", [{"undeclared": 1}, {"declarations": ["no_double_funding"]}])
async def test_list_and_declarations_come_together(cast: Cast, form: dict[str, Any]) -> None:
    made = await open_call(cast.mara)
    answer = await cast.mara.send_form(f"/desk/calls/{made['call']}/price-lists", form)
    assert answer.status_code in (409, 422)


async def test_new_edition_prices_who_sends_from_its_day_on(cast: Cast) -> None:
    made = await open_call(cast.mara)
    application = await apply(cast.ana, made["call"], [*DECLARED, "no_double_funding"], space="")
    before = await check(cast.ana, application)
    assert "€3,600.00" in before
    done(await send(cast.ana, application))
    day = clock.today("Europe/Berlin") + timedelta(days=3)
    path = f"/desk/price-lists/{made['prices']}/edition"
    newer = id_in(done(await cast.mara.send_form(path, {"valid_from": day.isoformat()})))
    base = f"/desk/price-lists/{newer}"
    form = {
        "booth": made["booth"], "name": "With construction", "currency": "EUR",
        "full_per_m2": "500", "minimum_m2": "9", "corner": "250", "head": "0", "island": "0",
        "valid_from": day.isoformat(),
    }  # fmt: skip
    done(await cast.mara.send_form(f"{base}/edit", form))
    with clock.travel_everywhere(clock.now() + timedelta(days=4)):
        await cast.ana.arrive()
        await cast.mara.arrive()
        assert "What has changed" not in await check(cast.ana, application)  # not in force
    done(await cast.mara.send_form(f"{base}/in-force", {}))
    with clock.travel_everywhere(clock.now() + timedelta(days=4)):
        await cast.ana.arrive()
        await cast.mara.arrive()
        shown = await check(cast.ana, application)
        table = shown[shown.index("What has changed") :]
        assert "€3,600.00" in table
        assert "€4,500.00" in table
        stand = (await stand_ids(made["booth"]))[0]
        done(await admit(cast.mara, application, stand))  # by the prices of the day it was sent
    assert await value("SELECT full_minor FROM quote ORDER BY id DESC LIMIT 1") == 429_000
    api = await (await cast.mara.program()).get(f"/api/v1/price-lists/{newer}")
    assert api.json()["succeeds"] == made["prices"]


async def test_service_costs_what_the_companys_own_list_says(cast: Cast) -> None:
    """One stock for all, and a price of its own on the further list: in the application and in the
    shop afterwards."""
    call = await draft(cast, UNDECLARED)
    await execute("ALTER TABLE fee DISABLE TRIGGER USER")  # the call is open: its prices stand
    await execute(
        "UPDATE fee SET amount_minor = 15000, stock = NULL WHERE kind = 'service' AND price_list ="
        " (SELECT price_list FROM call_price_list)"
    )
    await execute("ALTER TABLE fee ENABLE TRIGGER USER")
    shop = await value(
        "SELECT f.id FROM fee f JOIN call c ON c.price_list = f.price_list"
        " WHERE c.id = $1 AND f.kind = 'service'",
        call,
    )
    made = await apply(cast.ana, call, DECLARED)
    path = f"/my/applications/{made}/services"
    done(await cast.ana.send_form(path, {f"service_{shop}": "1"}))
    assert "€150.00" in await check(cast.ana, made)
    done(await send(cast.ana, made))
    booth = await value("SELECT booth FROM call WHERE id = $1", call)
    done(await admit(cast.mara, made, (await stand_ids(booth))[0]))
    assert await value("SELECT full_minor FROM quote ORDER BY id DESC LIMIT 1") == 900_300
    assert await value("SELECT taken FROM fee WHERE id = $1", shop) == 1
    await execute("UPDATE application SET state = 'confirmed'")
    offered = (await cast.ana.get(f"/my/applications/{made}/shop")).text
    assert "€150.00" in offered
    assert "€120.00" not in offered
