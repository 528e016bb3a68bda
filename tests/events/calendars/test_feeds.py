"""Feeds through the front door: what they show, to whom, and how they are revalidated."""

# ruff: noqa: DTZ001 - wall times are naive

import asyncio
import gzip
import re
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import icalendar
import pytest

from events.calendars import actions, delivery, queries, subjects
from events.calendars.rules import CHUNKS
from server import clock
from server.database import action, counting, execute, row, value
from tests.cast import Cast, Someone, Visitor, door

NOW = datetime(2027, 1, 10, 12, 0, tzinfo=UTC)
FAIR, OTHER_FAIR, BOOTH = 12, 13, 3


@pytest.fixture(autouse=True)
async def _frozen(db: str) -> AsyncIterator[None]:
    delivery.forget()
    with clock.travel_everywhere(NOW):
        yield


@pytest.fixture(autouse=True)
def _places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two published fairs and a booth, as the rooms above would name them."""
    door()

    async def fair(slug: str) -> subjects.Subject | None:
        ids = {"wine-2027": FAIR, "tools-2027": OTHER_FAIR}
        return subjects.Subject(ids[slug], slug, "Europe/Berlin") if slug in ids else None

    async def booth(address: str) -> subjects.Subject | None:
        known = address == str(BOOTH)
        return subjects.Subject(BOOTH, "Joint booth", "Europe/Berlin", FAIR) if known else None

    monkeypatch.setitem(subjects._resolvers, "f", fair)
    monkeypatch.setitem(subjects._resolvers, "b", booth)


@action
async def put(key: str = "fair:12:opening:2027-03-01", **fields: Any) -> bool:
    given: dict[str, Any] = {
        "key": key,
        "kind": "opening",
        "summary": "Wine fair, open",
        "tz": "Europe/Berlin",
        "start": datetime(2027, 3, 1, 9),
        "end": datetime(2027, 3, 1, 18),
        "fair": FAIR,
    }
    return await actions.put(**(given | fields))


@action
async def cancel(key: str) -> bool:
    return await actions.cancel(key)


async def get(client: httpx.AsyncClient, path: str, **headers: str) -> httpx.Response:
    """A poll of a calendar program a while later: nothing is held in memory any more."""
    delivery.forget()
    named = {name.replace("_", "-"): said for name, said in headers.items()}
    return await client.get(path, headers={"accept-encoding": "identity"} | named)


def events(answer: httpx.Response) -> dict[str, icalendar.Event]:
    assert answer.status_code == 200, answer.text
    found = icalendar.Calendar.from_ical(answer.content).events
    return {str(each["SUMMARY"]): each for each in found}


async def subscribe(someone: Someone, base: str = "/my/calendars", **form: Any) -> str:
    """Make an address on the page, as a person does; its path."""
    sent = await someone.send_form(base, {"label": "My phone", **form})
    assert sent.status_code == 303, sent.text
    shown = await someone.get(base)
    found = re.search(
        r'id="new-address"[^>]*value="http://pavilion.test(/cal/[\w-]{43}\.ics)"', shown.text
    )
    assert found, shown.text
    return found[1]


async def test_feed_shows_the_public_items_of_its_subject(visitor: Visitor, cast: Cast) -> None:
    await put(sectors=["wine", "food"], country="DE", agency=cast.nordhafen)
    await put("booth:3", kind="meeting", summary="At the booth", booth=BOOTH, agency=cast.nordhafen)
    await put(
        "fair:13", summary="Tools fair, open", fair=OTHER_FAIR, country="NL", agency=cast.lagerwey
    )
    fair, booth, tools = "Wine fair, open", "At the booth", "Tools fair, open"
    for path, shown in {
        "/cal/all.ics": {fair, booth, tools},
        "/cal/f/wine-2027.ics": {fair, booth},
        "/cal/f/tools-2027.ics": {tools},
        "/cal/b/3.ics": {fair, booth},
        "/cal/a/nordhafen.ics": {fair, booth},
        "/cal/a/lagerwey.ics": {tools},
        "/cal/s/food.ics": {fair},
        "/cal/h/DE.ics": {fair},
        "/cal/h/NL.ics": {tools},
    }.items():
        assert set(events(await get(visitor, path))) == shown, path


async def test_feed_is_told_apart_by_what_its_headers_say(visitor: Visitor) -> None:
    await put()
    answer = await get(visitor, "/cal/f/wine-2027.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "public, max-age=900, stale-while-revalidate=3600"
    assert re.fullmatch(r'"[0-9a-f]{43}"', answer.headers["etag"])
    made = parsedate_to_datetime(answer.headers["last-modified"])
    assert NOW <= made < NOW + timedelta(minutes=1)
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in answer.headers


async def test_feed_bytes_stay_the_same_while_nothing_changes(visitor: Visitor) -> None:
    await put()
    first = await get(visitor, "/cal/f/wine-2027.ics")
    with clock.travel_everywhere(NOW + timedelta(days=3)):
        later = await get(visitor, "/cal/f/wine-2027.ics")
    assert first.content == later.content
    for name in ("etag", "last-modified"):
        assert first.headers[name] == later.headers[name]


async def test_feed_is_not_sent_again_to_who_has_it(visitor: Visitor) -> None:
    await put()
    path = "/cal/f/wine-2027.ics"
    first = await get(visitor, path)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    for headers in (
        {"if_none_match": etag},
        {"if_none_match": f'"other", {etag}'},
        {"if_none_match": f"W/{etag}"},
        {"if_none_match": "*"},
        {"if_modified_since": modified},
    ):
        again = await get(visitor, path, **headers)
        assert (again.status_code, again.content) == (304, b""), headers
        assert again.headers["etag"] == etag
        assert again.headers["cache-control"] == first.headers["cache-control"]
    for headers in (
        {"if_none_match": '"other"'},
        {"if_none_match": '"other"', "if_modified_since": modified},
        {"if_modified_since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"if_modified_since": "not a date"},
    ):
        assert (await get(visitor, path, **headers)).status_code == 200, headers


async def test_feed_travels_compressed_under_a_tag_of_its_own(visitor: Visitor) -> None:
    await put()
    path = "/cal/f/wine-2027.ics"
    plain = await get(visitor, path)
    async with visitor.stream("GET", path, headers={"accept-encoding": "gzip"}) as packed:
        raw = b"".join([part async for part in packed.aiter_raw()])
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert packed.headers["etag"] == plain.headers["etag"][:-1] + '-gz"'
    again = await get(visitor, path, if_none_match=packed.headers["etag"], accept_encoding="gzip")
    assert (again.status_code, again.headers["etag"]) == (304, packed.headers["etag"])
    unwanted = await get(visitor, path, accept_encoding="gzip;q=0")
    assert "content-encoding" not in unwanted.headers


async def test_feed_answers_head_without_a_body_and_refuses_to_be_written(visitor: Visitor) -> None:
    await put()
    whole = await get(visitor, "/cal/f/wine-2027.ics")
    head = await visitor.head("/cal/f/wine-2027.ics", headers={"accept-encoding": "identity"})
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == whole.headers["etag"]
    assert head.headers["content-length"] == str(len(whole.content))
    assert (await visitor.post("/cal/f/wine-2027.ics")).status_code == 405


async def test_public_feed_is_held_for_five_seconds_and_a_private_one_never(
    cast: Cast, visitor: Visitor
) -> None:
    await put(company=cast.quinta)
    public, private = "/cal/f/wine-2027.ics", await subscribe(cast.ana)
    first = await get(visitor, public)
    await get(visitor, private)
    with clock.travel_everywhere(NOW + timedelta(minutes=1)):
        await get(visitor, public)
        async with counting() as statements:
            held = await visitor.get(public, headers={"if-none-match": first.headers["etag"]})
            short = await visitor.head(public)
        assert (held.status_code, statements) == (304, [])
        assert (short.status_code, short.content) == (200, b"")
    with clock.travel_everywhere(NOW + timedelta(minutes=1, seconds=6)):
        async with counting() as statements:
            await visitor.get(public)
            await visitor.get(private)
    assert any("feed_touch" in sql for sql in statements)
    assert any("token_hash" in sql for sql in statements)


async def test_feed_moves_with_a_changed_opening_hour(visitor: Visitor) -> None:
    await put()
    path = "/cal/f/wine-2027.ics"
    before = await get(visitor, path)
    await put(start=datetime(2027, 3, 1, 10))
    after = await get(visitor, path, if_none_match=before.headers["etag"])
    entry, old = events(after)["Wine fair, open"], events(before)["Wine fair, open"]
    assert (old["SEQUENCE"], entry["SEQUENCE"]) == (0, 1)
    assert entry["UID"] == old["UID"]
    assert entry.start.hour == 10
    assert entry["LAST-MODIFIED"].dt > old["LAST-MODIFIED"].dt
    assert after.headers["etag"] != before.headers["etag"]
    old_date, new_date = (
        parsedate_to_datetime(answer.headers["last-modified"]) for answer in (before, after)
    )
    assert new_date > old_date


async def test_item_is_filed_under_its_kind_and_its_sectors_by_name(visitor: Visitor) -> None:
    await put(sectors=["food"])
    entry = events(await get(visitor, "/cal/s/food.ics"))["Wine fair, open"]
    assert [str(each) for each in entry["CATEGORIES"].cats] == ["Opening hours", "Food and drink"]


async def test_item_put_again_unchanged_changes_nothing(visitor: Visitor) -> None:
    assert await put()
    before = await get(visitor, "/cal/f/wine-2027.ics")
    assert not await put()
    after = await get(visitor, "/cal/f/wine-2027.ics", if_none_match=before.headers["etag"])
    assert after.status_code == 304


async def test_item_cancelled_is_shown_as_such_for_ninety_days(visitor: Visitor) -> None:
    await put()
    assert await cancel("fair:12:opening:2027-03-01")
    assert not await cancel("fair:12:opening:2027-03-01")
    assert not await cancel("never heard of")
    entry = events(await get(visitor, "/cal/f/wine-2027.ics"))["CANCELLED: Wine fair, open"]
    assert (entry["STATUS"], entry["SEQUENCE"]) == ("CANCELLED", 1)
    with clock.travel_everywhere(NOW + timedelta(days=90)):
        assert len(events(await get(visitor, "/cal/f/wine-2027.ics"))) == 1
    with clock.travel_everywhere(NOW + timedelta(days=91)):
        assert events(await get(visitor, "/cal/f/wine-2027.ics")) == {}


async def test_item_cancelled_and_put_again_is_confirmed(visitor: Visitor) -> None:
    await put()
    await cancel("fair:12:opening:2027-03-01")
    await put()
    entry = events(await get(visitor, "/cal/f/wine-2027.ics"))["Wine fair, open"]
    assert (entry["STATUS"], entry["SEQUENCE"]) == ("CONFIRMED", 2)


async def test_item_that_moves_to_another_fair_moves_both_feeds(visitor: Visitor) -> None:
    await put()
    await get(visitor, "/cal/f/wine-2027.ics")
    await get(visitor, "/cal/f/tools-2027.ics")
    await put(fair=OTHER_FAIR)
    assert events(await get(visitor, "/cal/f/wine-2027.ics")) == {}
    assert len(events(await get(visitor, "/cal/f/tools-2027.ics"))) == 1


async def test_item_is_never_deleted_and_its_revision_never_falls(db: str) -> None:
    await put()
    for sql in (
        "DELETE FROM calendar_item",
        "UPDATE calendar_item SET uid = gen_random_uuid()",
        "UPDATE calendar_item SET sequence = -1",
        "UPDATE calendar_item SET last_modified = last_modified - interval '1 second'",
        "UPDATE calendar_item SET fragment = 'x'",
    ):
        with pytest.raises(Exception, match=r"never|rises|sequence|stamp"):
            await execute(sql)


async def test_feed_keeps_to_its_window(visitor: Visitor) -> None:
    for key, day in {
        "long over": NOW - timedelta(days=92),
        "just over": NOW - timedelta(days=80),
        "far": NOW + timedelta(days=720),
        "too far": NOW + timedelta(days=740),
    }.items():
        start = day.replace(tzinfo=None)
        await put(key, summary=key, start=start, end=start + timedelta(hours=1))
    assert set(events(await get(visitor, "/cal/f/wine-2027.ics"))) == {"just over", "far"}


async def test_feed_is_asked_for_hourly_in_the_week_of_the_set_up(visitor: Visitor) -> None:
    await put(kind="setup", start=datetime(2027, 2, 27, 8), end=datetime(2027, 2, 27, 20))
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT6H" in (await get(visitor, "/cal/all.ics")).content
    with clock.travel_everywhere(datetime(2027, 2, 22, tzinfo=UTC)):
        soon = await get(visitor, "/cal/all.ics")
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in soon.content


async def test_private_feed_shows_the_companys_own_and_the_public_items_of_its_fairs(
    cast: Cast, visitor: Visitor
) -> None:
    await put()
    await put("fair:13", summary="Tools fair, open", fair=OTHER_FAIR)
    await put(
        "application:1:pay", kind="payment", summary="Pay", company=cast.quinta,
        agency=cast.nordhafen, visibility="company",
        start=None, end=None, start_on=date(2027, 2, 1),
    )  # fmt: skip
    await put(
        "application:2:pay", kind="payment", summary="Pay, Rossi", company=cast.rossi,
        agency=cast.nordhafen, visibility="company", fair=OTHER_FAIR,
        start=None, end=None, start_on=date(2027, 2, 1),
    )  # fmt: skip
    await put(
        "desk:1",
        summary="Staff meeting",
        kind="meeting",
        visibility="agency",
        agency=cast.nordhafen,
    )
    ana, carla, mara, nils = (
        await subscribe(cast.ana),
        await subscribe(cast.carla),
        await subscribe(cast.mara, "/desk/calendars"),
        await subscribe(cast.nils, "/desk/calendars"),
    )
    assert set(events(await get(visitor, ana))) == {"Wine fair, open", "Pay"}
    assert set(events(await get(visitor, carla))) == {"Tools fair, open", "Pay, Rossi"}
    everything = {"Wine fair, open", "Tools fair, open", "Pay", "Pay, Rossi", "Staff meeting"}
    assert set(events(await get(visitor, mara))) == everything
    assert events(await get(visitor, nils)) == {}
    assert set(events(await get(visitor, "/cal/all.ics"))) == {
        "Wine fair, open",
        "Tools fair, open",
    }
    answer = await get(visitor, ana)
    assert answer.headers["cache-control"] == "private, max-age=0, must-revalidate"
    assert b"CLASS:PRIVATE" in answer.content
    assert ana.split("/")[-1].removesuffix(".ics").encode() not in answer.content


async def test_private_feed_follows_the_company_into_a_new_fair(
    cast: Cast, visitor: Visitor
) -> None:
    await put()
    path = await subscribe(cast.ana)
    first = await get(visitor, path)
    assert events(first) == {}
    await put("application:1", summary="Sent", company=cast.quinta, visibility="company")
    after = await get(visitor, path, if_none_match=first.headers["etag"])
    assert set(events(after)) == {"Wine fair, open", "Sent"}


async def test_private_feed_shows_the_chosen_kinds_and_reminds_if_asked(
    cast: Cast, visitor: Visitor
) -> None:
    await put(
        "application:1",
        summary="Booth talk",
        kind="meeting",
        company=cast.quinta,
        visibility="company",
    )
    await put(
        "application:1:due",
        summary="Pay",
        kind="payment",
        company=cast.quinta,
        visibility="company",
    )
    path = await subscribe(cast.ana, kinds=["payment", "deadline"], alarms="on")
    entry = events(await get(visitor, path))
    assert set(entry) == {"Pay"}
    assert len(entry["Pay"].walk("VALARM")) == 2
    plain = events(await get(visitor, await subscribe(cast.ana)))
    assert set(plain) == {"Booth talk", "Pay"}
    assert plain["Pay"].walk("VALARM") == []


async def test_unknown_revoked_and_replaced_addresses_get_the_same_answer(
    cast: Cast, visitor: Visitor
) -> None:
    revoked, replaced = await subscribe(cast.ana), await subscribe(cast.ana)
    feeds = await queries.own_feeds(await cast.ana.actor(), desk=False)
    newer, older = feeds[0].id, feeds[1].id
    assert (await get(visitor, revoked)).status_code == 200
    sent = await cast.ana.send_form(f"/my/calendars/{older}", to=f"/my/calendars/{older}/revoke")
    assert sent.status_code == 303
    sent = await cast.ana.send_form(f"/my/calendars/{newer}", to=f"/my/calendars/{newer}/rotate")
    assert sent.status_code == 303
    answers = [
        await get(visitor, path)
        for path in (
            revoked,
            replaced,
            "/cal/" + "A" * 43 + ".ics",
            "/cal/short.ics",
            "/cal/f/no-such-fair.ics",
            "/cal/h/XX.ics",
            "/cal/e/6f9619ff-8b86-4d11-b42d-00c04fc964ff.ics",
            "/cal/e/x.ics",
            "/cal/nothing",
        )
    ]
    assert {answer.status_code for answer in answers} == {404}
    assert len({(answer.content, str(sorted(answer.headers.items()))) for answer in answers}) == 1


async def test_private_feed_ends_with_the_membership(cast: Cast, visitor: Visitor) -> None:
    path = await subscribe(cast.ben)
    assert (await get(visitor, path)).status_code == 200
    await execute("DELETE FROM company_member WHERE person = $1", cast.ben.person_id)
    assert (await get(visitor, path)).status_code == 404


async def test_private_feed_notes_its_use_once_an_hour(cast: Cast, visitor: Visitor) -> None:
    path = await subscribe(cast.ana)
    used = []
    for minutes in (0, 59, 61):
        with clock.travel_everywhere(NOW + timedelta(minutes=minutes)):
            await get(visitor, path)
        used.append(await value("SELECT last_used_at FROM feed"))
    assert used[0] == used[1]
    assert used[2] - used[0] > timedelta(hours=1)


async def test_address_is_shown_once_and_only_its_hash_is_kept(cast: Cast) -> None:
    path = await subscribe(cast.ana)
    token = path.split("/")[-1].removesuffix(".ics")
    assert token not in (await cast.ana.get("/my/calendars")).text
    kept = await row("SELECT * FROM feed")
    assert token not in str(kept)


async def test_addresses_of_others_cannot_be_touched(cast: Cast) -> None:
    await subscribe(cast.ana)
    feed_id = await value("SELECT id FROM feed")
    for someone, base in ((cast.ben, "/my"), (cast.carla, "/my"), (cast.mara, "/desk")):
        for path in ("", "/rotate", "/revoke"):
            sent = await someone.send_form(
                f"{base}/calendars",
                {"label": "x"} if not path else {},
                to=f"{base}/calendars/{feed_id}{path}",
            )
            assert sent.status_code == 404
    assert (
        await value("SELECT count(*) FROM feed WHERE revoked_at IS NULL AND label = 'My phone'")
        == 1
    )


async def test_address_can_be_renamed_and_narrowed(cast: Cast, visitor: Visitor) -> None:
    await put(
        "application:1",
        summary="Booth talk",
        kind="meeting",
        company=cast.quinta,
        visibility="company",
    )
    path = await subscribe(cast.ana)
    assert len(events(await get(visitor, path))) == 1
    feed_id = await value("SELECT id FROM feed")
    sent = await cast.ana.send_form(
        f"/my/calendars/{feed_id}", {"label": "Laptop", "kinds": ["deadline"]}
    )
    assert sent.status_code == 303
    assert "Laptop" in (await cast.ana.get("/my/calendars")).text
    assert events(await get(visitor, path)) == {}


async def test_address_without_a_name_is_refused_and_what_was_chosen_stays(cast: Cast) -> None:
    sent = await cast.ana.send_form("/my/calendars", {"label": "", "kinds": ["deadline"]})
    assert sent.status_code == 422
    assert "Name of this address is missing" in sent.text
    assert re.search(r'value="deadline" checked', sent.text)


async def test_single_item_can_be_downloaded_by_who_may_see_it(
    cast: Cast, visitor: Visitor
) -> None:
    await put()
    await put("application:1", summary="Mine", company=cast.quinta, visibility="company")
    public = await value("SELECT uid FROM calendar_item WHERE visibility = 'public'")
    private = await value("SELECT uid FROM calendar_item WHERE visibility = 'company'")
    assert set(events(await get(visitor, f"/cal/e/{public}.ics"))) == {"Wine fair, open"}
    assert (await get(visitor, f"/cal/e/{private}.ics")).status_code == 404
    assert set(events(await cast.ana.get(f"/my/calendars/items/{private}.ics"))) == {"Mine"}
    assert (await cast.carla.get(f"/my/calendars/items/{private}.ics")).status_code == 404


async def test_fault_of_ours_is_logged_without_the_address(
    cast: Cast, visitor: Visitor, capfd: pytest.CaptureFixture[str]
) -> None:
    path = await subscribe(cast.ana)
    await execute("DROP TABLE feed_cache")
    assert (await get(visitor, path)).status_code == 500
    logged = capfd.readouterr()
    assert "feed_cache" in logged.out + logged.err
    assert path.removeprefix("/cal/").removesuffix(".ics") not in logged.out + logged.err


async def test_two_edits_at_once_both_count(visitor: Visitor) -> None:
    await put()
    before = await get(visitor, "/cal/f/wine-2027.ics")
    hours = list(range(10, 18))
    await asyncio.gather(*(put(start=datetime(2027, 3, 1, hour)) for hour in hours))
    entry = events(await get(visitor, "/cal/f/wine-2027.ics", if_none_match=before.headers["etag"]))
    assert entry["Wine fair, open"]["SEQUENCE"] == len(hours)


async def test_first_puts_of_one_item_at_once_make_one_item(visitor: Visitor) -> None:
    await asyncio.gather(*(put(start=datetime(2027, 3, 1, hour)) for hour in (8, 9, 10, 11)))
    assert await value("SELECT count(*) FROM calendar_item") == 1
    assert events(await get(visitor, "/cal/f/wine-2027.ics"))["Wine fair, open"]["SEQUENCE"] == 3


async def test_edit_that_commits_while_a_feed_is_read_is_never_missed(visitor: Visitor) -> None:
    """The reader takes its version before the items, so a late edit makes the next poll rebuild."""
    path, stop = "/cal/f/wine-2027.ics", asyncio.Event()

    async def poll() -> None:
        while not stop.is_set():
            await get(visitor, path)

    polling = asyncio.create_task(poll())
    for number in range(30):
        await put(f"item {number}", summary=f"item {number}")
        if number % 10 == 0:
            await actions.add_up()
    stop.set()
    await polling
    assert len(events(await get(visitor, path))) == 30


async def test_adding_up_versions_does_not_make_feeds_new(visitor: Visitor) -> None:
    for number in range(2 * CHUNKS + 1):
        await put(f"item {number}", summary=f"item {number}")
    first = await get(visitor, "/cal/all.ics")
    await actions.add_up()
    assert await value("SELECT count(*) FROM feed_touch WHERE source = 'all'") <= CHUNKS
    async with counting() as statements:
        again = await get(visitor, "/cal/all.ics", if_none_match=first.headers["etag"])
    assert again.status_code == 304
    assert not any("INSERT" in sql for sql in statements)


async def test_feed_asks_the_database_as_often_for_many_items_as_for_one(visitor: Visitor) -> None:
    counts = []
    for total in (1, 60):
        for number in range(total):
            await put(f"item {number}", summary=f"item {number}")
        async with counting() as statements:
            answer = await get(visitor, "/cal/f/wine-2027.ics")
        assert len(events(answer)) == total
        async with counting() as known:
            await get(visitor, "/cal/f/wine-2027.ics", if_none_match=answer.headers["etag"])
        counts.append((len(statements), len(known)))
    assert counts[0] == counts[1]


async def test_pages_ask_the_database_as_often_for_many_items_as_for_one(cast: Cast) -> None:
    counts = []
    for total in (1, 40):
        for number in range(total):
            await put(
                f"item {number}",
                summary=f"item {number}",
                company=cast.quinta,
                sectors=[f"s{number}"],
            )
        seen = []
        for path in ("/my/calendars", "/calendars"):
            async with counting() as statements:
                assert (await cast.ana.get(path)).status_code == 200
            seen.append(len(statements))
        counts.append(seen)
    assert counts[0] == counts[1]


async def test_page_lists_what_comes_next_in_the_zone_of_the_fair(cast: Cast) -> None:
    await put(tz="Asia/Kolkata", company=cast.quinta, location="Hall 7")
    await put(
        "over",
        summary="Over long ago",
        start=datetime(2026, 3, 1, 9),
        end=None,
        company=cast.quinta,
    )
    text = (await cast.ana.get("/my/calendars")).text
    assert "Mon 1 Mar 2027" in text
    assert "Asia/Kolkata" in text
    assert "Hall 7" in text
    assert "Over long ago" not in text


async def test_page_without_items_says_what_will_be_here(cast: Cast) -> None:
    assert "Nothing is coming up" in (await cast.ana.get("/my/calendars")).text
    assert "Nothing is coming up" in (await cast.vera.get("/desk/calendars")).text


async def test_page_needs_an_organisation(cast: Cast, visitor: Visitor) -> None:
    without = await cast.paul.get("/my/calendars")
    assert without.headers["location"].startswith("/my/company/new")
    assert (await cast.mara.get("/my/calendars")).status_code == 403
    assert (await cast.ana.get("/desk/calendars")).status_code == 403
    assert (await visitor.get("/my/calendars")).status_code == 303
    assert (await visitor.get("/calendars")).status_code == 200


async def test_public_page_lists_calendars_that_have_something_to_come(
    cast: Cast, visitor: Visitor
) -> None:
    await put(sectors=["food & wine"], country="DE", agency=cast.nordhafen)
    text = (await visitor.get("/calendars")).text
    for path in ("/cal/a/nordhafen.ics", "/cal/h/DE.ics", "/cal/s/food%20%26%20wine.ics"):
        assert path in text
        assert len(events(await get(visitor, path))) == 1


async def test_api_makes_lists_and_revokes_addresses(cast: Cast, visitor: Visitor) -> None:
    await put(company=cast.quinta)
    async with await cast.ana.program() as program:
        made = await program.post("/api/v1/calendar/feeds", json={"label": "Script"})
        assert made.status_code == 201, made.text
        address = made.json()["address"].removeprefix("http://pavilion.test")
        assert len(events(await get(visitor, address))) == 1
        listed = (await program.get("/api/v1/calendar/feeds")).json()["items"]
        assert [feed["label"] for feed in listed] == ["Script"]
        first = (await program.get("/api/v1/calendar/items?limit=1")).json()
        assert [item["summary"] for item in first["items"]] == ["Wine fair, open"]
        done = await program.post(f"/api/v1/calendar/feeds/{made.json()['id']}/revoke")
        assert done.status_code == 200
    assert (await get(visitor, address)).status_code == 404


async def test_api_pages_through_items(cast: Cast) -> None:
    for number in range(5):
        await put(f"item {number}", summary=f"item {number}", company=cast.quinta)
    async with await cast.ana.program() as program:
        seen, cursor = [], ""
        while True:
            answer = (await program.get(f"/api/v1/calendar/items?limit=2&cursor={cursor}")).json()
            seen += [item["summary"] for item in answer["items"]]
            if answer["next"] is None:
                break
            cursor = answer["next"].replace("+", "%2B")
    assert seen == [f"item {number}" for number in range(5)]
