"""Fairs through the front door: pages, the API, calendars, imports."""

import re
from datetime import date

from events.fairs import actions, queries
from events.fairs.forms import FairFilter, FairForm
from server.database import counting, rows, value
from server.web.forms import parse
from tests.cast import Cast, Visitor

FAIR = {
    "name": "Baltic Boats 2027",
    "city": "Rostock",
    "country": "DE",
    "venue": "Hansemesse",
    "starts_on": "2027-05-05",
    "ends_on": "2027-05-07",
    "opens_at": "09:00",
    "closes_at": "18:00",
    "other_hours": "2027-05-07 09:00-16:00",
    "website": "www.example.org",
    "sectors": ["maritime", "sport"],
    "setup_from": "2027-05-03T08:00",
    "setup_until": "2027-05-04T20:00",
}


async def _made(cast: Cast, **changes: object) -> int:
    actor = await cast.mara.actor()
    return await actions.create_fair(actor, parse(FairForm, {**FAIR, **changes}))


async def _published(cast: Cast, **changes: object) -> int:
    made = await _made(cast, **changes)
    await actions.publish_fair(await cast.mara.actor(), made)
    return made


async def test_fair_created_by_form_is_a_draft_until_it_is_published(
    cast: Cast, visitor: Visitor
) -> None:
    answer = await cast.mara.send_form("/desk/fairs/new", FAIR)
    assert answer.status_code == 303
    there = answer.headers["location"]
    shown = await cast.mara.get(there)
    assert "Draft" in shown.text
    assert "Europe/Berlin" in shown.text
    assert (await visitor.get("/fairs/baltic-boats-2027")).status_code == 404
    assert "Only your agency sees" in (await cast.mara.get("/fairs/baltic-boats-2027")).text
    assert "Baltic" not in (await visitor.get("/fairs")).text

    answer = await cast.mara.send_form(there, to=f"{there}/publish")
    assert answer.status_code == 303
    public = await visitor.get("/fairs/baltic-boats-2027")
    assert public.status_code == 200
    assert "Local time in Rostock: Europe/Berlin" in public.text
    assert "/cal/f/baltic-boats-2027.ics" in public.text
    assert "Baltic Boats 2027" in (await visitor.get("/fairs")).text


async def test_fair_refused_keeps_what_was_typed(cast: Cast) -> None:
    answer = await cast.mara.send_form(
        "/desk/fairs/new", {**FAIR, "ends_on": "2027-05-01", "website": "no address"}
    )
    assert answer.status_code == 422
    assert "<title>Error:" in answer.text
    assert 'href="#f-ends_on"' in answer.text
    assert 'value="no address"' in answer.text
    assert re.search(r'value="maritime" checked', answer.text)


async def test_fair_in_a_country_of_several_clocks_needs_its_zone(cast: Cast) -> None:
    typed = {**FAIR, "country": "US", "city": "Springfield"}
    answer = await cast.mara.send_form("/desk/fairs/new", typed)
    assert answer.status_code == 422
    assert "Clocks differ" in answer.text
    answer = await cast.mara.send_form("/desk/fairs/new", {**typed, "tz": "America/Chicago"})
    assert answer.status_code == 303


async def test_fair_twice_is_refused(cast: Cast) -> None:
    await _made(cast)
    answer = await cast.mara.send_form("/desk/fairs/new", FAIR)
    assert answer.status_code == 409
    assert "You already have Baltic Boats 2027" in answer.text


async def test_fair_published_is_in_calendars_and_follows_changes(
    cast: Cast, visitor: Visitor
) -> None:
    fair = await _published(cast)
    feed = (await visitor.get("/cal/f/baltic-boats-2027.ics")).text
    assert feed.count("BEGIN:VEVENT") == 5
    assert "DTSTART;TZID=Europe/Berlin:20270507T090000" in feed
    assert "DTEND;TZID=Europe/Berlin:20270507T160000" in feed
    changed = {**FAIR, "version": "2", "ends_on": "2027-05-06", "other_hours": ""}
    answer = await cast.mara.send_form(f"/desk/fairs/{fair}/edit", changed)
    assert answer.status_code == 303
    states = await rows(
        "SELECT key, status, sequence FROM calendar_item WHERE fair = $1 ORDER BY key", fair
    )
    by_key = {each["key"]: (each["status"], each["sequence"]) for each in states}
    assert by_key[f"fair:{fair}:opening:2027-05-07"] == ("cancelled", 1)
    assert by_key[f"fair:{fair}:opening:2027-05-06"] == ("confirmed", 0)
    assert by_key[f"fair:{fair}"] == ("confirmed", 1)


async def test_fair_changed_elsewhere_meanwhile_is_a_conflict(cast: Cast) -> None:
    fair = await _made(cast)
    changed = {**FAIR, "version": "1", "venue": "Hall A"}
    assert (await cast.mara.send_form(f"/desk/fairs/{fair}/edit", changed)).status_code == 303
    answer = await cast.mara.send_form(f"/desk/fairs/{fair}/edit", {**changed, "venue": "Hall B"})
    assert answer.status_code == 409
    assert 'value="Hall B"' in answer.text


async def test_fair_of_another_agency_is_not_there_until_published(cast: Cast) -> None:
    fair = await _made(cast)
    assert (await cast.nils.get(f"/desk/fairs/{fair}")).status_code == 404
    typed = {**FAIR, "version": "1"}
    assert (await cast.nils.post(f"/desk/fairs/{fair}/edit", data=typed)).status_code in (403, 404)
    await actions.publish_fair(await cast.mara.actor(), fair)
    assert (await cast.nils.get(f"/desk/fairs/{fair}")).status_code == 200
    answer = await cast.nils.send_form(
        "/desk/fairs/new", {**typed, "version": "2"}, to=f"/desk/fairs/{fair}/edit"
    )
    assert answer.status_code == 404


async def test_fairs_are_found_by_words_country_sector_and_days(
    cast: Cast, visitor: Visitor
) -> None:
    await _published(cast)
    await _published(
        cast, name="Expo Alimentaria 2027", city="Madrid", country="ES", sectors=["food"],
        starts_on="2027-06-01", ends_on="2027-06-02", other_hours="", setup_from="", setup_until="",
    )  # fmt: skip
    for asked, found in (
        ("q=boats", {"Baltic"}),
        ("q=madrid+expo", {"Alimentaria"}),
        ("q=100%25", set()),
        ("country=ES", {"Alimentaria"}),
        ("sector=maritime", {"Baltic"}),
        ("since=2027-05-20", {"Alimentaria"}),
        ("until=2027-05-20", {"Baltic"}),
        ("since=nonsense", {"Baltic", "Alimentaria"}),
        ("", {"Baltic", "Alimentaria"}),
    ):
        text = (await visitor.get(f"/fairs?{asked}")).text
        assert {
            name
            for name in ("Baltic", "Alimentaria")
            if f">{name}" in text or f"Expo {name}" in text
        } == found, asked
    nothing = await visitor.get("/fairs?q=zzz")
    assert "No fair fits" in nothing.text


async def test_list_takes_the_same_statements_however_long(cast: Cast) -> None:
    counts = []
    for n in (1, 30):
        text = "name,dates,country\n" + "".join(
            f"Expo {n}-{i},2027-{i % 9 + 1:02}-0{i % 7 + 1},FR\n" for i in range(n)
        )
        await actions.import_fairs(await cast.mara.actor(), text.encode(), publish=True)
        async with counting() as statements:
            found, following = await queries.published(FairFilter())
        counts.append(len(statements))
    assert counts == [1, 1]
    assert len(found) == queries.PAGE
    again, last = await queries.published(FairFilter(), following or "")
    assert last is None
    assert len({each.id for each in [*found, *again]}) == 31


async def test_import_is_whole_or_nothing_and_twice_is_once(cast: Cast) -> None:
    bad = b"name,dates,country\nGood,2027-03-01,FR\nBad,never,FR\n"
    answer = await cast.mara.send_form("/desk/fairs/import", files={"file": ("list.csv", bad)})
    assert answer.status_code == 422
    assert "Nothing was imported" in answer.text
    assert "is not a day" in answer.text
    assert await value("SELECT count(*) FROM fair") == 0
    answer = await cast.mara.send_form(
        "/desk/fairs/import", {"leave_out": "on"}, files={"file": ("list.csv", bad)}
    )
    assert answer.status_code == 200
    assert "1 fair is new" in answer.text
    before = await rows("SELECT * FROM fair")
    answer = await cast.mara.send_form(
        "/desk/fairs/import", {"leave_out": "on"}, files={"file": ("list.csv", bad)}
    )
    assert "Nothing new" in answer.text
    assert await rows("SELECT * FROM fair") == before


async def test_import_without_a_file_says_so(cast: Cast) -> None:
    answer = await cast.mara.send_form("/desk/fairs/import")
    assert answer.status_code == 422
    assert "Choose the file" in answer.text


async def test_import_of_many_takes_few_statements(cast: Cast) -> None:
    text = "name,dates,country\n" + "".join(f"Expo {i},2027-03-01,FR\n" for i in range(300))
    async with counting() as statements:
        report = await actions.import_fairs(await cast.mara.actor(), text.encode())
    assert len(report.created) == 300
    assert len(statements) < 10


async def test_api_lists_and_makes_fairs(cast: Cast, visitor: Visitor) -> None:
    program = await cast.mara.program()
    made = await program.post("/api/v1/desk/fairs", json=FAIR)
    assert made.status_code == 201, made.text
    fair = made.json()["id"]
    assert (await program.post(f"/api/v1/desk/fairs/{fair}/publish")).status_code == 200
    listed = (await visitor.get("/api/v1/fairs?sector=maritime")).json()
    assert [each["name"] for each in listed["items"]] == ["Baltic Boats 2027"]
    days = (await visitor.get("/api/v1/fairs/baltic-boats-2027/days")).json()["items"]
    assert [each["day"] for each in days] == ["2027-05-05", "2027-05-06", "2027-05-07"]
    refused = await program.post("/api/v1/desk/fairs", json={**FAIR, "ends_on": "2027-01-01"})
    assert refused.status_code == 422
    assert refused.headers["content-type"].startswith("application/problem+json")
    await program.aclose()


async def test_stage_is_said_by_the_fairs_own_clock(cast: Cast) -> None:
    fair = await queries.fair(await _published(cast))
    assert fair.starts_on == date(2027, 5, 5)
    assert fair.stage == "upcoming"
