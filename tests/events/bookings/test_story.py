"""Bookings from the first hold to the last invoice, and every refusal as a sentence."""

from collections.abc import AsyncIterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from events.bookings import actions, blackouts, changing, jobs, packages
from events.bookings.actions import PartsRefused, Taken
from events.bookings.changing import Visitor
from events.bookings.hours import AskedBack
from events.bookings.rules import Ask, Span
from server import clock
from server.aid import actions as aid
from server.database import execute, row, rows, value
from server.errors import Conflict, NotFound, Refused
from tests.cast import Cast
from tests.events.bookings import scene
from tests.events.bookings.scene import at, utc
from tests.server.aid.conftest import scheme_form


@pytest.fixture
async def here(cast: Cast) -> AsyncIterator[Cast]:
    """The cast on Monday 2 March 2026, 9 o'clock in Berlin."""
    with clock.travel(scene.NOW):
        yield cast


async def booked(who: Any, *asks: Ask, **more: Any) -> list[UUID]:
    return await actions.book(await who.actor(), asks, accepted=True, **more)


async def state(key: UUID) -> dict[str, Any]:
    found = await row("SELECT * FROM booking WHERE key = $1", key)
    assert found is not None
    return found


@contextmanager
def refused(match: str, kind: type[Refused] = Refused) -> Any:
    with pytest.raises(kind, match=match) as caught:
        yield caught


async def test_booking_is_made_once_and_the_second_is_told_of_three_nearest(here: Cast) -> None:
    desk = await scene.resource(await scene.office(here.nordhafen))
    (key,) = await booked(here.ana, Ask(desk, at(10), 2))
    made = await state(key)
    assert made["state"] == "confirmed"
    assert (made["starts_at"], made["ends_at"]) == (utc(at(10)), utc(at(12)))
    with refused("was taken a moment ago", Taken) as caught:
        await booked(here.carla, Ask(desk, at(11), 1))
    taken = caught.value
    assert isinstance(taken, Taken)
    assert [each.start for each in taken.alternatives] == [at(12), at(9), at(13)]
    assert "2026-03-12 00:00" in str(taken)
    await booked(here.carla, taken.alternatives[0])


async def test_hold_blocks_until_it_ends(here: Cast) -> None:
    desk = await scene.resource(await scene.office(here.nordhafen))
    (key,) = await actions.hold(await here.ana.actor(), [Ask(desk, at(10), 1)])
    with refused("was taken a moment ago", Taken):
        await booked(here.carla, Ask(desk, at(10), 1))
    with clock.travel(scene.NOW + timedelta(minutes=11)):
        await booked(here.carla, Ask(desk, at(10), 1))
        with refused("changed in the meantime", Conflict):
            await actions.confirm(await here.ana.actor(), [key], accepted=True)
    assert (await state(key))["state"] == "expired"


async def test_hold_that_ended_cannot_be_confirmed_and_a_job_lets_it_go(here: Cast) -> None:
    desk = await scene.resource(await scene.office(here.nordhafen))
    (key,) = await actions.hold(await here.ana.actor(), [Ask(desk, at(10), 1)])
    with clock.travel(scene.NOW + timedelta(minutes=11)):
        with refused("held for you until a moment ago", Conflict):
            await actions.confirm(await here.ana.actor(), [key], accepted=True)
        await jobs.holds()
    assert (await state(key))["state"] == "expired"


async def test_a_company_holds_five_choices_at_once_and_no_more(here: Cast) -> None:
    desk = await scene.resource(await scene.office(here.nordhafen), units=8)
    ana = await here.ana.actor()
    series = [Ask(desk, at(day), 1) for day in (9, 10, 11)]
    held = await actions.hold(ana, series)
    for _ in range(4):
        await actions.hold(ana, [Ask(desk, at(16), 1)])
    with refused("holds 5 choices that are not booked yet.*ends in 10 minutes"):
        await actions.hold(ana, [Ask(desk, at(17), 1)])
    await actions.hold(await here.carla.actor(), [Ask(desk, at(17), 1)])
    await actions.confirm(ana, held, accepted=True)
    await actions.hold(ana, [Ask(desk, at(17), 1)])
    assert await value("SELECT count(*) FROM booking") == 3 + 4 + 1 + 1


async def test_refusals_of_a_time_are_sentences(here: Cast) -> None:
    office = await scene.office(here.nordhafen)
    room = await scene.room(office, notice_minutes=120, horizon_days=60)
    desk = await scene.resource(office, least=2, most=3)
    ana = await here.ana.actor()
    await scene.insert("office_day", {"office": office, "on": at(17).date(), "reason": "Moving"})
    for ask, sentence in (
        (Ask(room, at(10, 7), 60), "Room is open 08:00–18:00 on 2026-03-10"),
        (Ask(room, at(10, 17, 30), 60), "Room is open 08:00–18:00 on 2026-03-10"),
        (Ask(room, at(7, 10), 60), "Room is closed on 2026-03-07"),
        (Ask(room, at(3, 10, month=4), 60), "Room is closed on 2026-04-03: Good Friday"),
        (Ask(room, at(17, 10), 60), "Room is closed on 2026-03-17: Moving"),
        (Ask(desk, at(19), 3), "Desk is closed on 2026-03-21"),
        (Ask(room, at(10, 10), 15), "Room is booked for 30 minutes at least; you asked for 15"),
        (Ask(room, at(10, 8), 495), "Room is booked for 480 minutes at most"),
        (Ask(room, at(10, 10), 40), "booked in steps of 15 minutes"),
        (Ask(room, at(10, 10, 5), 30), "start every 15 minutes, counted from midnight"),
        (Ask(desk, at(10), 1), "Desk is booked for 2 days at least"),
        (Ask(room, at(2, 10), 60), "Room is booked 2 h ahead at the latest"),
        (Ask(room, at(2, 8), 60), "That time is over"),
        (Ask(room, at(4, 10, month=5), 60), "Room can be booked until 2026-05-01 for now"),
        (Ask(room, at(10, 10), 60, people=9), "Room has 8 seats, and you are 9"),
    ):
        with refused(sentence):
            await actions.book(ana, [ask], accepted=True)
    assert await value("SELECT count(*) FROM booking") == 0
    assert await value("SELECT count(*) FROM message") == 0


async def test_office_closed_meanwhile_is_refused_at_the_last_step(here: Cast) -> None:
    office = await scene.office(here.nordhafen)
    desk = await scene.resource(office)
    keys = await actions.hold(await here.ana.actor(), [Ask(desk, at(10), 1)])
    await execute("UPDATE office SET open = false WHERE id = $1", office)
    with refused("Harbour office was closed meanwhile"):
        await actions.confirm(await here.ana.actor(), keys, accepted=True)
    with refused("takes no bookings at present"):
        await booked(here.carla, Ask(desk, at(11), 1))


async def test_house_rules_are_accepted_first(here: Cast) -> None:
    desk = await scene.resource(await scene.office(here.nordhafen, house_rules="No drumming."))
    ana = await here.ana.actor()
    with refused("Accept the house rules of Harbour office first"):
        await actions.book(ana, [Ask(desk, at(10), 1)], accepted=False)
    (key,) = await booked(here.ana, Ask(desk, at(10), 1))
    assert (await state(key))["rules_accepted_at"] is not None


async def test_odd_times_are_asked_back_and_booked_as_answered(here: Cast) -> None:
    office = await scene.office(
        here.nordhafen, tz="Australia/Lord_Howe", country="AU", weekdays=range(7), hours=(0, 1440)
    )
    room = await scene.room(office)
    ana = await here.ana.actor()
    wall = datetime(2026, 4, 5, 1, 45)  # noqa: DTZ001
    with refused("2026-04-05 01:45 happens twice in Australia/Lord_Howe", AskedBack):
        await actions.book(ana, [Ask(room, wall, 30)], accepted=True)
    keys = [
        *await booked(here.ana, Ask(room, wall, 30, "earlier")),
        *await booked(here.ana, Ask(room, wall, 30, "later")),
    ]
    first, second = [await state(key) for key in keys]
    assert first["ends_at"] == second["starts_at"]
    assert first["start_local"] == second["start_local"] == wall
    items = await rows("SELECT starts_at, ends_at FROM calendar_item ORDER BY starts_at")
    assert [each["starts_at"] for each in items] == [first["starts_at"], second["starts_at"]]
    with clock.travel(datetime(2026, 9, 20, tzinfo=UTC)):
        skipped = datetime(2026, 10, 4, 2, 15)  # noqa: DTZ001
        with refused("2026-10-04 02:15 does not exist", AskedBack):
            await actions.book(ana, [Ask(room, skipped, 30)], accepted=True)


CHANGES = [
    ("Europe/Berlin", "2026-03-29", 23),
    ("Europe/Berlin", "2026-10-25", 25),
    ("America/New_York", "2026-03-08", 23),
    ("America/New_York", "2026-11-01", 25),
    ("Africa/Casablanca", "2026-02-15", 25),
    ("Africa/Casablanca", "2026-03-22", 23),
    ("Asia/Kolkata", "2026-03-29", 24),
    ("Pacific/Auckland", "2026-04-05", 25),
    ("Pacific/Auckland", "2026-09-27", 23),
    ("Australia/Lord_Howe", "2026-04-05", 24.5),
    ("Australia/Lord_Howe", "2026-10-04", 23.5),
    ("America/Sao_Paulo", "2018-11-04", 23),
    ("America/Sao_Paulo", "2018-02-17", 25),
]


async def test_day_of_a_clock_change_is_as_long_as_it_is_and_touches_its_neighbours(
    cast: Cast,
) -> None:
    for tz, day, hours in CHANGES:
        on = datetime.fromisoformat(day)
        with clock.travel((on - timedelta(days=9)).replace(tzinfo=UTC)):
            office = await scene.office(
                cast.nordhafen, tz=tz, country="IS", weekdays=range(7), keeps_holidays=False
            )
            desk = await scene.resource(office)
            before, key, after = [
                await state((await booked(cast.ana, Ask(desk, on + timedelta(days=n), 1)))[0])
                for n in (-1, 0, 1)
            ]
            assert key["ends_at"] - key["starts_at"] == timedelta(hours=hours), (tz, day)
            assert (before["ends_at"], after["starts_at"]) == (key["starts_at"], key["ends_at"])


async def test_buffers_are_inside_the_blocked_range(here: Cast) -> None:
    room = await scene.room(await scene.office(here.nordhafen), before_minutes=15, after_minutes=30)
    await booked(here.ana, Ask(room, at(10, 10), 60))
    for start in ((9, 0), (11, 15), (11, 30)):
        with refused("was taken a moment ago", Taken):
            await booked(here.carla, Ask(room, at(10, *start), 60))
    await booked(here.carla, Ask(room, at(10, 11, 45), 60))
    await booked(here.carla, Ask(room, at(10, 8, 15), 60))


async def test_pool_of_ten_holds_ten(here: Cast) -> None:
    desk = await scene.resource(await scene.office(here.nordhafen), units=10)
    await booked(here.ana, *[Ask(desk, at(10), 1)] * 10)
    with refused("was taken a moment ago", Taken):
        await booked(here.carla, Ask(desk, at(10), 1))
    assert await value("SELECT count(DISTINCT unit) FROM booking") == 10


async def test_series_names_each_refused_date_and_offers_the_rest(here: Cast) -> None:
    office = await scene.office(here.nordhafen)
    room = await scene.room(office)
    await booked(here.carla, Ask(room, at(16, 10), 60))
    asks = packages.series_of(Ask(room, at(9, 10), 60), Span.WEEKS, 1, 5)
    with refused("2 of 5 parts are not possible", PartsRefused) as caught:
        await booked(here.ana, *asks, kind="series", title="Mondays")
    why = caught.value
    assert isinstance(why, PartsRefused)
    assert [each.ask.start for each in why.refused] == [at(16, 10), at(6, 10, month=4)]
    assert "2026-03-16 10:00: Room was taken" in str(why)
    assert "2026-04-06 10:00: Room is closed on 2026-04-06: Easter Monday" in str(why)
    assert await value("SELECT count(*) FROM booking WHERE company = $1", here.quinta) == 0
    keys = await booked(here.ana, *why.rest, kind="series", title="Mondays")
    assert len(keys) == 3
    assert await value("SELECT count(DISTINCT in_group) FROM booking WHERE in_group > 0") == 1
    mails = await value(
        "SELECT count(*) FROM message WHERE key LIKE 'bookings:%' AND key NOT LIKE '%waiting%'"
    )
    assert mails == 2


async def test_package_books_all_parts_or_none(here: Cast) -> None:
    office = await scene.office(here.nordhafen)
    desk, room = await scene.resource(office, units=2), await scene.room(office)
    package = await scene.insert("package", {"office": office, "name": "Fair week"})
    for part in (
        {"resource": desk, "count": 2, "day": 0, "length": 3},
        {"resource": room, "day": 1, "opens": 600, "length": 120},
    ):
        await scene.insert("package_part", {"package": package, **part})
    asks = await packages.asks_of(package, at(10).date())
    assert [each.start for each in asks] == [at(10), at(10), at(11, 10)]
    (other,) = await booked(here.carla, Ask(room, at(11, 11), 60))
    with refused("1 of 3 parts are not possible", PartsRefused):
        await booked(here.ana, *asks, kind="package")
    await changing.cancel(await here.carla.actor(), other)
    assert len(await booked(here.ana, *asks, kind="package")) == 3


async def test_approval_is_a_compare_and_swap(here: Cast) -> None:
    desk = await scene.resource(await scene.office(here.nordhafen), approval=True)
    (key,) = await booked(here.ana, Ask(desk, at(10), 1))
    assert (await state(key))["state"] == "pending"
    assert await value("SELECT count(*) FROM message WHERE key LIKE '%waiting%'") == 1
    with refused("was taken a moment ago", Taken):
        await booked(here.carla, Ask(desk, at(10), 1))
    mara = await here.mara.actor()
    seen = (await state(key))["version"]
    with pytest.raises(NotFound):
        await changing.answer(await here.nils.actor(), key, version=seen, yes=True)
    with refused("Say why"):
        await changing.answer(mara, key, version=seen, yes=False)
    await changing.answer(mara, key, version=seen, yes=True)
    with refused("a moment ago", Conflict):
        await changing.answer(await here.olga.actor(), key, version=seen, yes=False, why="Full")
    made = await state(key)
    assert (made["state"], made["answered_by"]) == ("confirmed", mara.name)


async def test_refused_booking_frees_its_time(here: Cast) -> None:
    desk = await scene.resource(await scene.office(here.nordhafen), approval=True)
    (key,) = await booked(here.ana, Ask(desk, at(10), 1))
    seen = (await state(key))["version"]
    await changing.answer(await here.mara.actor(), key, version=seen, yes=False, why="Painting")
    assert (await state(key))["why"] == "Painting"
    await booked(here.carla, Ask(desk, at(10), 1))
    assert await value("SELECT status FROM calendar_item WHERE key = $1", f"booking:{key}") == (
        "cancelled"
    )


async def test_change_moves_the_same_booking_and_its_entry(here: Cast) -> None:
    desk = await scene.resource(await scene.office(here.nordhafen))
    (key,) = await booked(here.ana, Ask(desk, at(10), 2))
    await booked(here.carla, Ask(desk, at(12), 1))
    ana, seen = await here.ana.actor(), (await state(key))["version"]
    with refused("was taken a moment ago", Taken):
        await changing.change(ana, key, Ask(desk, at(11), 2), version=seen)
    await changing.change(ana, key, Ask(desk, at(9), 2), version=seen)
    with refused("a moment ago", Conflict):
        await changing.change(ana, key, Ask(desk, at(5), 1), version=seen)
    made = await state(key)
    assert (made["start_local"], made["state"]) == (at(9), "confirmed")
    item = await row("SELECT sequence, start_local FROM calendar_item WHERE key = $1",
                     f"booking:{key}")  # fmt: skip
    assert item == {"sequence": 1, "start_local": at(9)}


async def test_what_is_only_held_is_not_moved_into_a_booking(here: Cast) -> None:
    desk = await scene.resource(await scene.office(here.nordhafen, house_rules="No drumming."))
    ana = await here.ana.actor()
    (key,) = await actions.hold(ana, [Ask(desk, at(10), 1)])
    with refused("Only what is confirmed or waits", Conflict):
        await changing.change(ana, key, Ask(desk, at(11), 1), version=1)
    assert (await state(key))["state"] == "held"


async def test_rate_card_is_invoiced_and_the_ladder_holds(here: Cast) -> None:
    office = await scene.office(here.nordhafen)
    for hours, share in ((48, 5000), (12, 10000)):
        await scene.insert(
            "cancellation_rung",
            {"office": office, "since": at(1).date(), "hours": hours, "share_bp": share},
        )
    desk = await scene.resource(office, units=2, price=("day", 5000))
    early, late = [(await booked(here.ana, Ask(desk, at(day), 2)))[0] for day in (10, 12)]
    invoice = (await state(early))["invoice"]
    assert await value("SELECT net_minor FROM invoice WHERE id = $1", invoice) == 10000
    ana = await here.ana.actor()
    assert await changing.cancel(ana, early) == 0
    assert await value("SELECT state FROM invoice WHERE id = $1", invoice) == "credited"
    with clock.travel(utc(at(11, 0))):
        with refused("too late to move this booking free of charge"):
            await changing.change(
                ana, late, Ask(desk, at(20), 1), version=(await state(late))["version"]
            )
        assert await changing.cancel(ana, late) == 5000
    made = await state(late)
    assert (made["due_minor"], made["state"]) == (5000, "cancelled")
    assert await value("SELECT net_minor FROM invoice WHERE id = $1", made["invoice"]) == 5000
    assert await value("SELECT coalesce(sum(amount_minor), 0) FROM ledger_posting") == 0


async def test_free_days_come_first_and_end_with_the_undertaking(here: Cast) -> None:
    office = await scene.office(here.nordhafen)
    desk = await scene.resource(office, units=2, free=True, price=("day", 5000))
    await scene.free_days(here.nordhafen, 3, 3)
    (key,) = await booked(here.ana, Ask(desk, at(9), 5))
    made = await state(key)
    assert (made["free_days"], made["free_minor"], made["price_minor"]) == (3, 15000, 10000)
    assert made["quote"]["free_on"] == ["2026-03-09", "2026-03-10", "2026-03-11"]
    (second,) = await booked(here.ben, Ask(desk, at(16), 1))
    assert (await state(second))["free_days"] == 0
    await changing.cancel(await here.ana.actor(), key)
    (third,) = await booked(here.ben, Ask(desk, at(17), 1))
    assert (await state(third))["free_days"] == 1


async def test_value_of_free_days_is_granted_as_aid_and_taken_back(here: Cast) -> None:
    desk = await scene.resource(
        await scene.office(here.nordhafen), units=2, free=True, price=("day", 5000)
    )
    form = scheme_form(budget=Decimal(150))
    scheme = await aid.create_scheme(await here.mara.actor(), form)
    await scene.free_days(here.nordhafen, 3, 3, scheme)
    ana = await here.ana.actor()
    (key,) = await booked(here.ana, Ask(desk, at(9), 2))
    made = await state(key)
    grant = await row("SELECT * FROM aid_grant WHERE id = $1", made["aid_grant"])
    assert grant is not None
    assert (grant["amount_minor"], grant["company"]) == (10000, here.quinta)
    assert grant["register_due_on"] is not None
    with refused("budget", Conflict):
        await booked(here.carla, Ask(desk, at(9), 2))
    assert await value("SELECT count(*) FROM booking") == 1
    await changing.change(ana, key, Ask(desk, at(9), 3), version=made["version"])
    live = "SELECT sum(amount_minor) FROM aid_grant"
    assert await value(live) == 15000
    await changing.cancel(ana, key)
    assert await value(live) == 0
    assert await value("SELECT committed_minor FROM scheme WHERE id = $1", scheme) == 0


async def test_over_quota_is_refused_where_nothing_has_a_price(here: Cast) -> None:
    desk = await scene.resource(await scene.office(here.nordhafen), free=True)
    await scene.free_days(here.nordhafen, 5, 2)
    with refused("Desk is given for free days only, and 2 of the 3 days you ask for are left"):
        await booked(here.ana, Ask(desk, at(10), 3))


async def test_agency_has_no_more_than_its_allotment(here: Cast) -> None:
    office = await scene.office(here.nordhafen)
    desk = await scene.resource(office, units=3)
    await scene.insert(
        "office_agency", {"office": office, "agency": here.lagerwey, "since": scene.NOW}
    )
    await scene.insert(
        "resource_allotment", {"resource": desk, "agency": here.lagerwey, "units": 1}
    )
    await booked(here.carla, Ask(desk, at(10), 1), agency=here.lagerwey)
    with refused("Your agency has 1 of Desk at one time"):
        await booked(here.ana, Ask(desk, at(10), 1), agency=here.lagerwey)
    await booked(here.ana, Ask(desk, at(10), 1))
    await booked(here.ana, Ask(desk, at(11), 1), agency=here.lagerwey)


async def test_blackout_lists_whom_it_hits_and_offers_moves_outside_it(here: Cast) -> None:
    office = await scene.office(here.nordhafen)
    desk = await scene.resource(office)
    (key,) = await booked(here.ana, Ask(desk, at(10), 1))
    mara = await here.mara.actor()
    start, end = utc(at(10)), utc(at(12))
    (hit,) = await blackouts.hits(mara, office, start, end)
    assert (hit.booking.key, hit.booking.company) == (key, here.quinta)
    assert [each.start for each in hit.moves] == [at(9), at(12), at(13)]
    await blackouts.black_out(mara, office, starts_at=start, ends_at=end, reason="Water")
    with refused("is closed from 2026-03-10 00:00 to 2026-03-12 00:00: Water"):
        await booked(here.carla, Ask(desk, at(11), 1))
    await changing.move(mara, key, hit.moves[0], version=hit.booking.version)
    assert (await state(key))["start_local"] == at(9)
    assert await blackouts.hits(mara, office, start, end) == []


async def test_door_lets_in_once_and_no_show_frees_the_rest(here: Cast) -> None:
    room = await scene.room(await scene.office(here.nordhafen))
    first, second = [(await booked(here.ana, Ask(room, at(10, hour), 120)))[0] for hour in (10, 14)]
    mara = await here.mara.actor()
    with refused("This booking is for"):
        await changing.check_in(mara, first)
    with clock.travel(utc(at(10, 10, 20))):
        assert (await changing.check_in(mara, first)).checked_in_at is not None
        await changing.check_in(mara, first)
        with refused("Somebody was checked in", Conflict):
            await changing.no_show(mara, first)
        with refused("has not begun yet"):
            await changing.no_show(mara, second)
    with clock.travel(utc(at(10, 14, 20))):
        await jobs.finish()
        assert (await state(first))["state"] == "done"
        await changing.no_show(mara, second)
        await booked(here.carla, Ask(room, at(10, 14, 30), 60))


async def test_visitors_are_named_until_the_deadline_and_asked_for_before(here: Cast) -> None:
    room = await scene.room(await scene.office(here.nordhafen, email="desk@office.example"))
    (key,) = await booked(here.ana, Ask(room, at(12, 10), 60))
    with clock.travel(utc(at(10, 11))):
        await jobs.names()
        await jobs.names()
        asked = await value("SELECT count(*) FROM message WHERE key LIKE 'booking:%:names:%'")
        assert asked == 1
    ana = await here.ana.actor()
    with refused("Room has 8 seats, and you named 9"):
        await changing.name_visitors(ana, key, [Visitor(f"Guest {n}") for n in range(9)])
    await changing.name_visitors(ana, key, [Visitor("Ida Lund", country="NO", passport="N1")])
    assert await value("SELECT name FROM booking_visitor") == "Ida Lund"
    with clock.travel(utc(at(11, 11))), refused("Visitors are named 24 hours ahead"):
        await changing.name_visitors(ana, key, [])


async def test_unanswered_is_reminded_and_at_its_start_refused(here: Cast) -> None:
    desk = await scene.resource(await scene.office(here.nordhafen), approval=True)
    (key,) = await booked(here.ana, Ask(desk, at(10), 1))
    with clock.travel(scene.NOW + timedelta(days=2)):
        await jobs.waiting()
        await jobs.waiting()
        mails = await value("SELECT count(*) FROM message WHERE key LIKE '%waiting%'")
        assert mails == 2
    with clock.travel(utc(at(10, 9))):
        await jobs.finish()
    assert (await state(key))["state"] == "refused"
