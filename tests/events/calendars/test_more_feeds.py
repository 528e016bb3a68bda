"""Holidays, an agency's programme, clocks that change by law, and histories of edits."""

# ruff: noqa: DTZ001 - wall times are naive

import os
import random
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import icalendar
import pytest

from events.calendars import actions, delivery, holidays, jobs
from server import clock
from server.database import action, execute, value
from tests.cast import Cast, Visitor
from tests.events.calendars.engines import history
from tests.events.calendars.test_rendering import NASTY

NOW = datetime(2027, 1, 10, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def _frozen(db: str) -> AsyncIterator[None]:
    holidays._kept.clear()
    jobs._clocks_read.clear()
    with clock.travel_everywhere(NOW):
        yield


@action
async def put(key: str, **fields: Any) -> bool:
    given: dict[str, Any] = {"key": key, "kind": "fair", "summary": key, "tz": "Asia/Kolkata"}
    if "start" not in fields:
        given |= {"start_on": date(2027, 3, 1), "end_on": date(2027, 3, 4)}
    return await actions.put(**(given | fields))


@action
async def cancel(key: str) -> bool:
    return await actions.cancel(key)


async def titles(visitor: Visitor, path: str) -> set[str]:
    delivery.forget()
    answer = await visitor.get(path)
    if answer.status_code == 404:
        return set()
    return {str(each["SUMMARY"]) for each in icalendar.Calendar.from_ical(answer.content).events}


async def test_holidays_of_a_fairs_country_have_a_feed_of_their_own(visitor: Visitor) -> None:
    await put("fair", country="IN")
    await jobs.holidays()
    shown = await titles(visitor, "/cal/d/IN.ics")
    assert {"Republic Day", "Independence Day"} <= shown
    for path in ("/cal/h/IN.ics", "/cal/all.ics"):
        assert await titles(visitor, path) == {"fair"}
    assert await titles(visitor, "/cal/d/FR.ics") == set()


async def test_holidays_put_again_keep_their_feed_as_it_is(visitor: Visitor) -> None:
    await put("fair", country="IN")
    await jobs.holidays()
    before = await visitor.get("/cal/d/IN.ics")
    holidays._kept.clear()
    await jobs.holidays()
    delivery.forget()
    again = await visitor.get("/cal/d/IN.ics", headers={"if-none-match": before.headers["etag"]})
    assert again.status_code == 304


async def test_holiday_that_no_longer_holds_is_cancelled(visitor: Visitor) -> None:
    @action
    async def put_all(days: list[tuple[date, str]]) -> None:
        await holidays.put_holidays("IN", days)

    await put_all([(date(2027, 8, 15), "Independence Day"), (date(2027, 3, 11), "Eid")])
    await put_all([(date(2027, 8, 15), "Independence Day"), (date(2027, 3, 10), "Eid")])
    assert await titles(visitor, "/cal/d/IN.ics") == {"Independence Day", "Eid", "CANCELLED: Eid"}


async def test_holidays_of_a_country_nobody_knows_are_none(visitor: Visitor) -> None:
    await put("fair", country="XX")
    await jobs.holidays()
    assert await titles(visitor, "/cal/d/XX.ics") == set()


async def test_programme_of_an_agency_shows_its_fairs_and_calls(
    cast: Cast, visitor: Visitor
) -> None:
    await put("fair", agency=cast.nordhafen)
    await put("opening", kind="opening", agency=cast.nordhafen, start=datetime(2027, 3, 1, 9))
    await put("call", kind="deadline", agency=cast.nordhafen, start=datetime(2027, 2, 1, 12))
    await put("other", agency=cast.lagerwey)
    assert await titles(visitor, "/cal/p/nordhafen.ics") == {"fair", "call"}
    assert await titles(visitor, "/cal/a/nordhafen.ics") == {"fair", "call", "opening"}


async def test_public_page_groups_the_calendars(cast: Cast, visitor: Visitor) -> None:
    await put("fair", agency=cast.nordhafen, country="IN", sectors=["wine"])
    await jobs.holidays()
    text = (await visitor.get("/calendars")).text
    for path in ("p/nordhafen", "a/nordhafen", "h/IN", "s/wine", "d/IN"):
        assert f"/cal/{path}.ics" in text


async def test_clocks_changed_by_law_move_the_instants_but_not_the_revision(db: str) -> None:
    await put("meeting", kind="meeting", start=datetime(2027, 3, 1, 9))
    right = await value("SELECT starts_at FROM calendar_item")
    await execute("UPDATE calendar_item SET starts_at = starts_at - interval '1 hour'")
    await jobs.read_clocks_again()
    assert await value("SELECT starts_at FROM calendar_item") == right
    assert await value("SELECT sequence FROM calendar_item") == 0


async def test_all_day_item_may_start_where_midnight_is_skipped(visitor: Visitor) -> None:
    """In Chile the clocks go forward at midnight: that day has no 0:00."""
    await put("chile", tz="America/Santiago", start_on=date(2027, 9, 5), end_on=date(2027, 9, 5))
    assert await titles(visitor, "/cal/all.ics") == {"chile"}


async def test_timed_item_in_a_skipped_hour_is_refused(db: str) -> None:
    with pytest.raises(Exception, match="does not exist"):
        await put("night", kind="meeting", tz="Europe/Berlin", start=datetime(2027, 3, 28, 2, 30))


@pytest.mark.parametrize("seed", range(40 if os.environ.get("PAVILION_NIGHTLY") else 1))
async def test_history_of_random_edits_never_goes_back(visitor: Visitor, seed: int) -> None:
    dice, versions = random.Random(seed), []
    for number in range(25):
        with clock.travel_everywhere(NOW + timedelta(minutes=dice.randint(0, 3) * number)):
            key = f"item {dice.randint(1, 3)}"
            if number and dice.random() < 0.3:
                await cancel(key)
            else:
                start = datetime(2027, 3, 1, dice.randint(8, 12))
                await put(
                    key, kind="meeting", start=start, location=dice.choice(["A", "B"]),
                    description=dice.choice(NASTY),
                )  # fmt: skip
            delivery.forget()
            versions.append((await visitor.get("/cal/all.ics")).content)
    history(versions)
