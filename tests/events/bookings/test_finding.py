"""Finding a time for parts that belong together, in one office or another."""

from datetime import date

import pytest

from events.bookings import actions, finding
from events.bookings.finding import Part, Search
from events.bookings.rules import Ask
from server import clock
from server.database import counting
from server.errors import Refused
from tests.bench import offices
from tests.cast import Cast
from tests.events.bookings import scene
from tests.events.bookings.scene import at

WEEK = Search(
    parts=(Part("desk", 3, count=2), Part("meeting_room", 120, seats=8)),
    first=date(2026, 3, 9),
    last=date(2026, 3, 13),
)


async def test_desks_for_three_days_and_a_room_on_one_of_them(cast: Cast) -> None:
    with clock.travel(scene.NOW):
        small, large = [await scene.office(cast.nordhafen, name=n) for n in ("Small", "Large")]
        await scene.resource(small)
        await scene.room(small)
        desk, room = await scene.resource(large, units=2), await scene.room(large)
        ana = await cast.ana.actor()
        await actions.book(ana, [Ask(desk, at(9), 1), Ask(room, at(10, 8), 480)], accepted=True)
        found = await finding.find(WEEK)
        (offer,) = found.offers
        assert offer.name == "Large"
        assert [ask.start for ask in offer.asks] == [at(10), at(10), at(10, 16)]
        keys = await actions.book(await cast.carla.actor(), offer.asks, accepted=True)
        assert len(keys) == 3


async def test_search_that_does_not_fit_says_what_is_missing_and_where_it_would(cast: Cast) -> None:
    with clock.travel(scene.NOW):
        office = await scene.office(cast.nordhafen)
        desk = await scene.resource(office, units=2)
        await scene.room(office)
        await actions.book(await cast.ana.actor(), [Ask(desk, at(11), 1)], accepted=True)
        found = await finding.find(WEEK)
        assert found.offers == ()
        assert found.lacking == {"Harbour office": ("desk",)}
        (moved,) = found.moved
        # Two days earlier or later: the later one is not hindered by the weekend before.
        assert moved.asks[0].start in (at(4), at(12), at(16))
        await actions.book(await cast.carla.actor(), moved.asks, accepted=True)
        with pytest.raises(Refused, match="within which days"):
            await finding.find(Search(parts=(), first=at(9).date(), last=at(9).date()))


async def test_any_advisor_or_a_named_one(cast: Cast) -> None:
    with clock.travel(scene.NOW):
        office = await scene.office(cast.nordhafen)
        for person, topic in ((cast.mara.person_id, "legal"), (cast.olga.person_id, "logistics")):
            await scene.room(
                office, kind="advisor", name=topic, seats=2, person=person, topics=[topic]
            )
        first, last = at(9).date(), at(9).date()

        async def names(part: Part) -> list[str]:
            found = await finding.find(Search(parts=(part,), first=first, last=last))
            return [each.resource.name for offer in found.offers for each in offer.found]

        assert await names(Part("advisor", 60)) == ["legal"]
        assert await names(Part("advisor", 60, topic="logistics")) == ["logistics"]
        assert await names(Part("advisor", 60, person=cast.olga.person_id)) == ["logistics"]
        assert await names(Part("advisor", 60, topic="customs")) == []


async def test_search_reads_bookings_by_their_index_in_the_same_statements(cast: Cast) -> None:
    with clock.travel(offices.NOW):
        await offices.populate(1, 4, 8, 40)
        async with counting() as few:
            assert (await finding.find(offices.WEEK)).offers
        await offices.populate(5, 12, 8, 100)
        async with counting() as many:
            assert (await finding.find(offices.WEEK)).offers
        assert len(few) == len(many)
        assert not [line for line in await offices.plan() if "Seq Scan on booking" in line]
