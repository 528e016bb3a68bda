"""64 clients on one desk, and on a pool of ten: first without the constraint, where desks are
booked twice; then with it.
"""

from datetime import timedelta
from typing import Any

import pytest

from server import clock
from server.database import value
from tests.cast import Cast
from tests.concurrency.races import CLIENTS, race, scratch
from tests.concurrency.test_scarcity import one, tell, told
from tests.events.bookings import scene

WITHOUT = "ALTER TABLE booking DROP CONSTRAINT booking_apart"
TWICE = """
SELECT count(*) FROM booking a JOIN booking b ON a.unit = b.unit AND a.id < b.id
    AND tstzrange(a.blocked_from, a.blocked_until) && tstzrange(b.blocked_from, b.blocked_until)
"""


@pytest.fixture
async def here(cast: Cast) -> tuple[Cast, int]:
    """An office that is open every day."""
    office = await scene.office(
        cast.nordhafen, tz="UTC", weekdays=scene.EVERY_DAY, keeps_holidays=False
    )
    return cast, office


def everybody(resource: int) -> list[dict[str, Any]]:
    """Each client wants the same day."""
    start = (clock.now() + timedelta(days=30)).strftime("%Y-%m-%dT00:00:00")
    return [{"resource": resource, "start": start} for _ in range(CLIENTS)]


@pytest.mark.parametrize("units", [1, 10])
async def test_desks_are_booked_once_each(
    db: str, here: tuple[Cast, int], units: int, capsys: pytest.CaptureFixture[str]
) -> None:
    cast, office = here
    items = everybody(await scene.resource(office, units=units))
    ana = await cast.ana.actor()
    async with scratch(db, WITHOUT) as loose:
        naive = await race(loose, "naive_desk", ana, items)
        assert await one(loose, TWICE) > 0
        assert len(naive.accepted) > units
        tell(capsys, naive.told(f"{units} desks, read then write, without the constraint"))
    async with scratch(db) as guarded:
        caught = await race(guarded, "naive_desk", ana, items)
        assert await one(guarded, TWICE) == 0
        assert any("ExclusionViolation" in each for each in caught.faults)
    found = await race(db, "book", ana, items)
    tell(capsys, found.told(f"{units} desks, real code"))
    assert found.faults == []
    assert len(found.accepted) == units
    assert told(found, "was taken a moment ago")
    assert await value("SELECT count(DISTINCT unit) FROM booking") == units
    assert await value("SELECT count(*) FROM booking") == units
    assert await one(db, TWICE) == 0
