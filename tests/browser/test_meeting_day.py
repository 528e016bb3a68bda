"""A day of meetings of 120 people, watched in a browser: a no-show, a substitute, a late
cancellation, the gap filled, the wall board. The slots are moved so that one is under way now."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import asyncpg
from playwright.sync_api import Browser

from server.commands.instance import DATABASE
from server.embedded_place import locate
from tests.browser.hand import Hand
from tests.browser.site import Site
from tests.browser.test_pages import signed_in

MAKER = "friederike.lohse@lenkwerk.example"
ARRANGE = """
WITH me AS (SELECT p.id, p.session FROM participant p JOIN person h ON h.id = p.person
    WHERE h.email = $1 AND p.state = 'taking' ORDER BY p.id DESC LIMIT 1)
SELECT me.session, m.id AS meeting, sl.id AS slot, sl.starts_at,
    (SELECT h.name FROM meeting_seat t JOIN participant p ON p.id = t.participant
        JOIN person h ON h.id = p.person WHERE t.meeting = m.id AND p.id <> me.id) AS partner,
    (SELECT array_agg(p.id::text ORDER BY p.id) FROM participant p
        WHERE p.session = me.session AND p.state = 'taking' AND p.checked_in_at IS NOT NULL
        AND p.company NOT IN (SELECT x.company FROM participant x WHERE x.id = me.id)
        AND NOT EXISTS (SELECT FROM meeting_seat b WHERE b.participant = p.id AND b.slot = sl.id)
        AND NOT EXISTS (SELECT FROM meeting_request r WHERE me.id IN (r.asker, r.asked)
            AND p.id IN (r.asker, r.asked))) AS free,
    (SELECT min(x.id) FROM meeting x JOIN session_slot later ON later.id = x.slot
        WHERE x.session = me.session AND x.state = 'planned' AND later.number > sl.number
        AND NOT EXISTS (SELECT FROM meeting_seat t WHERE t.meeting = x.id
            AND t.participant = me.id)) AS later
FROM me JOIN meeting m ON m.session = me.session AND m.state = 'planned'
JOIN meeting_seat s ON s.meeting = m.id AND s.participant = me.id
JOIN session_slot sl ON sl.id = m.slot WHERE sl.starts_at > now() ORDER BY sl.starts_at LIMIT 1
"""
SHIFT = """
UPDATE session_slot SET starts_at = starts_at + $2::interval, ends_at = ends_at + $2::interval,
    start_local = start_local + $2::interval, end_local = end_local + $2::interval
WHERE session = $1
"""


def now_is_within_a_meeting(site: Site) -> dict[str, Any]:
    """Move the timetable so that the maker's next meeting began seven minutes ago; who is who."""

    async def do() -> dict[str, Any]:
        db = await asyncpg.connect(locate(site.folder / DATABASE).url)
        try:
            found = await db.fetchrow(ARRANGE, MAKER)
            assert found is not None
            by = await db.fetchval(
                "SELECT date_trunc('minute', now()) - interval '7 minutes' - $1::timestamptz",
                found["starts_at"],
            )
            async with db.transaction():  # by way of nowhere: no two slots meet on the way
                far = await db.fetchval("SELECT interval '400 years'")
                await db.execute(SHIFT, found["session"], far)
                await db.execute(SHIFT, found["session"], by - far)
            return dict(found)
        finally:
            await db.close()

    with ThreadPoolExecutor(1) as apart:  # what drives the browser keeps a loop in this thread
        return apart.submit(lambda: asyncio.run(do())).result()


def test_day_of_meetings_with_a_no_show_and_a_late_cancellation(
    site: Site, chrome: Browser
) -> None:
    day = now_is_within_a_meeting(site)
    desk, my = f"/desk/meetings/{day['session']}", f"/my/meetings/{day['session']}/agenda"
    manager = signed_in(site, chrome, "manager@nordwind-export.example")
    maker = signed_in(site, chrome, MAKER)
    maker.page.set_viewport_size({"width": 390, "height": 844})

    manager.go(f"{desk}/day")
    manager.sees(day["partner"])
    manager.picture("meetings-wall")

    # Her partner does not come: she says so in two taps and is free.
    maker.go(my)
    maker.sees("Now", day["partner"])
    maker.picture("meetings-agenda")
    maker.follow("Open this meeting")
    maker.press(f"{day['partner']} did not come")

    # The organiser finds somebody who is free by a few letters, and agrees the meeting for both.
    manager.go(f"{desk}/requests/new")
    substitute = find(manager, day)
    manager.press("Bring them together")
    maker.go(my)
    maker.sees("You are free now", substitute)
    maker.picture("meetings-free")
    maker.press("Meet now")
    maker.sees(substitute)
    manager.go(f"{desk}/day")
    wall = manager.page.locator("#wall").inner_text()
    assert substitute in wall
    assert day["partner"] not in wall  # the substitute sits at the table that became free

    # A late cancellation; what fits into the gap is offered and placed.
    manager.go(f"{desk}/meetings/{day['later']}")
    manager.fill(why="The train did not run.")
    manager.press("Cancel the meeting")
    manager.go(f"{desk}/gaps")
    manager.picture("meetings-gaps")
    ticked = manager.page.locator("[name=put]").count()
    assert ticked
    manager.press("Place the ticked meetings")
    manager.go(f"{desk}/gaps")
    assert manager.page.locator("[name=put]").count() < ticked

    # What came of it, in two taps, and what the organiser reads of it.
    maker.go(my)
    maker.follow("Open this meeting")
    maker.press("We want to work together")
    maker.press("5 stars")
    maker.picture("meetings-rated")
    manager.go(f"{desk}/statistics")
    manager.picture("meetings-statistics")
    assert manager.problems == {}
    assert maker.problems == {}
    manager.context.close()
    maker.context.close()


def find(manager: Hand, day: dict[str, Any]) -> str:
    """Choose the two people of a match by what one types above the lists."""
    first, second = manager.page.locator(".pv-find").all()
    first.fill("lohse lenkwerk")
    assert "Friederike Lohse" in manager.page.locator("#f-first option:checked").inner_text()
    label = manager.page.locator(f"#f-second option[value='{day['free'][0]}']").inner_text()
    name = str(label.split(" · ")[1].split(" (")[0])
    second.fill(label.split(" · ")[0] + " " + name)
    assert manager.page.locator("#f-second").input_value() == day["free"][0]
    manager.picture("meetings-match")
    return name
