"""Holds, bookings, answers, moves, cancellations and blackouts in any order, in offices of many
zones around their clock changes: after each, what the database holds is what a naive list says.

The list knows nothing of units, indexes or instants of its own: it counts, minute by minute, how
many bookings run, and compares with how many units there are.
"""

import asyncio
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from events.bookings import actions, changing
from events.bookings.actions import Taken
from events.bookings.hours import AskedBack
from events.bookings.rules import Ask
from server import clock
from server.accounts.permissions import Actor
from server.database import rows, script, value
from tests.cast import Cast
from tests.events.bookings import scene

# The night of a change in each zone; Kolkata has none.
NIGHTS = {
    "Europe/Berlin": "2026-03-29",
    "America/New_York": "2026-11-01",
    "America/Sao_Paulo": "2018-11-04",
    "Africa/Casablanca": "2026-02-15",
    "Asia/Kolkata": "2026-03-29",
    "Pacific/Auckland": "2026-04-05",
    "Australia/Lord_Howe": "2026-04-05",
}
STEP = 30
BLOCKS = ("held", "pending", "confirmed", "done")
NIGHTLY = bool(os.environ.get("PAVILION_NIGHTLY"))


@dataclass(frozen=True)
class Wanted:
    """One line of the naive list."""

    resource: int
    start: datetime
    end: datetime
    state: str
    held_until: datetime | None = None


class Office(RuleBasedStateMachine):
    """One office on the night of a change; two companies and a host."""

    loop: asyncio.AbstractEventLoop
    cast: Cast
    people: tuple[Actor, ...]
    host: Actor

    @initialize(
        tz=st.sampled_from(sorted(NIGHTS)),
        units=st.integers(1, 3),
        before=st.sampled_from((0, 30)),
        after=st.sampled_from((0, 60)),
    )
    def start(self, tz: str, units: int, before: int, after: int) -> None:
        self.tz, self.units = tz, units
        self.buffers = timedelta(minutes=before), timedelta(minutes=after)
        self.night = datetime.fromisoformat(NIGHTS[tz])
        self.now = (self.night - timedelta(days=3)).replace(tzinfo=UTC)
        self.list: dict[UUID, Wanted] = {}
        self.units_of: dict[UUID, int] = {}

        async def made() -> list[int]:
            office = await scene.office(
                self.cast.nordhafen, tz=tz, country="IS", keeps_holidays=False,
                weekdays=scene.EVERY_DAY, hours=(0, 1440),
            )  # fmt: skip
            more = {"units": units, "before_minutes": before, "after_minutes": after,
                    "step": STEP, "most": 480}  # fmt: skip
            return [
                await scene.room(office, **more),
                await scene.room(office, approval=True, name="Hall", **more),
            ]

        self.resources = self.go(made)

    def go(self, act: Any) -> Any:
        """Run on the loop of the test, at the machine's time."""

        async def do() -> Any:
            with clock.travel(self.now):
                return await act()

        return asyncio.run_coroutine_threadsafe(do(), self.loop).result(60)

    def instants(self, wall: datetime) -> list[datetime]:
        """Every instant at which the clock shows that: found by looking at each of them."""
        first = wall.replace(tzinfo=UTC) - timedelta(hours=15)
        every = (first + timedelta(minutes=30 * n) for n in range(60))
        zone = ZoneInfo(self.tz)
        return [at for at in every if at.astimezone(zone).replace(tzinfo=None) == wall]

    def others(self, resource: int, but: UUID | None) -> dict[UUID, Wanted]:
        """What else blocks a resource now."""
        return {
            key: each
            for key, each in self.list.items()
            if key != but
            and each.resource == resource
            and each.state in BLOCKS
            and not (each.state == "held" and each.held_until and each.held_until <= self.now)
        }

    def free(self, resource: int, start: datetime, end: datetime, but: UUID | None = None) -> bool:
        """Whether at every quarter of an hour that would be blocked fewer run than there are
        units."""
        before, after = self.buffers
        others = list(self.others(resource, but).values())
        return self.fits(others, start - before, end + after)

    def full(self, resource: int, start: datetime, end: datetime, but: UUID | None = None) -> bool:
        """Whether each unit has something else at some quarter of an hour in between: bookings keep
        their units, so a pool may be full in fragments."""
        before, after = self.buffers
        busy = {
            self.units_of[key]
            for key, each in self.others(resource, but).items()
            if not self.fits([each] * self.units, start - before, end + after)
        }
        return len(busy) == self.units

    def fits(self, others: list[Wanted], start: datetime, end: datetime) -> bool:
        at = start
        while at < end:
            running = sum(each.start <= at < each.end for each in others)
            if running >= self.units:
                return False
            at += timedelta(minutes=15)
        return True

    def wanted(
        self, minute: int, length: int, which: int, late: bool
    ) -> tuple[Ask, list[datetime]]:
        wall = self.night + timedelta(minutes=STEP * minute)
        found = self.instants(wall)
        meant = ""
        if len(found) == 2:
            meant = "later" if late else "earlier"
            found = [found[late]]
        return Ask(self.resources[which], wall, STEP * length, meant), found

    @rule(
        minute=st.integers(-4, 14), length=st.integers(1, 6), which=st.integers(0, 1),
        who=st.integers(0, 1), late=st.booleans(), hold=st.booleans(),
    )  # fmt: skip
    def book(self, minute: int, length: int, which: int, who: int, late: bool, hold: bool) -> None:
        ask, found = self.wanted(minute, length, which, late)

        async def act() -> UUID:
            if hold:
                return (await actions.hold(self.people[who], [ask]))[0]
            return (await actions.book(self.people[who], [ask], accepted=True))[0]

        try:
            key = self.go(act)
        except AskedBack:
            assert found == []
        except Taken:
            start = found[0]
            end = start + timedelta(minutes=ask.length)
            assert self.full(ask.resource, start, end)
        else:
            start = found[0]
            end = start + timedelta(minutes=ask.length)
            assert self.free(ask.resource, start, end)
            state = "held" if hold else ("confirmed", "pending")[which]
            self.note(key, ask.resource, start, end, state)
        self.check()

    def note(self, key: UUID, resource: int, start: datetime, end: datetime, state: str) -> None:
        before, after = self.buffers
        until = self.now + timedelta(minutes=10) if state == "held" else None
        self.list[key] = Wanted(resource, start - before, end + after, state, until)

    @rule(pick=st.integers(0, 50), yes=st.booleans())
    def answer(self, pick: int, yes: bool) -> None:
        waiting = [key for key, each in self.list.items() if each.state == "pending"]
        if waiting:
            key = waiting[pick % len(waiting)]

            async def act() -> None:
                seen = await value("SELECT version FROM booking WHERE key = $1", key)
                await changing.answer(self.host, key, version=seen, yes=yes, why="No")

            self.go(act)
            state = "confirmed" if yes else "refused"
            self.list[key] = replace(self.list[key], state=state)
        self.check()

    @rule(pick=st.integers(0, 50))
    def cancel(self, pick: int) -> None:
        live = [key for key, each in self.list.items() if each.state in BLOCKS]
        if live:
            key = live[pick % len(live)]

            async def act() -> None:
                await changing.call_off(self.host, key, why="Repairs")

            self.go(act)
            self.list[key] = replace(self.list[key], state="cancelled")
        self.check()

    @rule(
        pick=st.integers(0, 50), minute=st.integers(-4, 14), length=st.integers(1, 6),
        late=st.booleans(),
    )  # fmt: skip
    def move(self, pick: int, minute: int, length: int, late: bool) -> None:
        live = [k for k, each in self.list.items() if each.state in ("pending", "confirmed")]
        if not live:
            return
        key = live[pick % len(live)]
        which = self.resources.index(self.list[key].resource)
        ask, found = self.wanted(minute, length, which, late)

        async def act() -> None:
            seen = await value("SELECT version FROM booking WHERE key = $1", key)
            await changing.move(self.host, key, ask, version=seen)

        try:
            self.go(act)
        except AskedBack:
            assert found == []
        except Taken:
            end = found[0] + timedelta(minutes=ask.length)
            assert self.full(ask.resource, found[0], end, key)
        else:
            end = found[0] + timedelta(minutes=ask.length)
            assert self.free(ask.resource, found[0], end, key)
            self.note(key, ask.resource, found[0], end, self.list[key].state)
        self.check()

    @rule(seconds=st.sampled_from((61, 301, 661)))
    def wait(self, seconds: int) -> None:
        self.now += timedelta(seconds=seconds)  # never ten minutes in all
        self.go(changing.end_holds)
        for key, each in self.list.items():
            if each.state == "held" and each.held_until and each.held_until <= self.now:
                self.list[key] = replace(each, state="expired")
        self.check()

    def check(self) -> None:
        """The database says what the list says, and no unit is taken twice."""

        async def look() -> None:
            held = await rows("SELECT key, unit, blocked_from, blocked_until, state FROM booking")
            assert len(held) == len(self.list)
            self.units_of = {each["key"]: each["unit"] for each in held}
            for each in held:
                line = self.list[each["key"]]
                over = line.state == "held" and line.held_until and line.held_until <= self.now
                assert each["state"] == line.state or (over and each["state"] == "expired")
                assert (each["blocked_from"], each["blocked_until"]) == (line.start, line.end)
            live = [each for each in held if each["state"] in BLOCKS]
            for n, a in enumerate(live):
                for b in live[:n]:
                    assert (
                        a["unit"] != b["unit"]
                        or a["blocked_until"] <= b["blocked_from"]
                        or b["blocked_until"] <= a["blocked_from"]
                    )

        self.go(look)

    def teardown(self) -> None:
        """The next machine starts with an empty list of bookings."""

        async def clear() -> None:
            await script("TRUNCATE booking, booking_group, booking_visitor, calendar_item CASCADE")

        self.go(clear)


async def test_bookings_in_any_order_are_what_a_naive_list_says(cast: Cast) -> None:
    Office.loop, Office.cast = asyncio.get_running_loop(), cast
    Office.people = (await cast.ana.actor(), await cast.carla.actor())
    Office.host = await cast.mara.actor()
    much = settings(
        max_examples=150 if NIGHTLY else 5,
        stateful_step_count=40 if NIGHTLY else 12,
        deadline=None,
    )
    await asyncio.to_thread(run_state_machine_as_test, Office, settings=much)
