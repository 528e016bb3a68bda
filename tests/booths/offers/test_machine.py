"""Whatever staff do to stands in whatever order: one holder each, and the sums are right."""

import asyncio
import contextlib
import os
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from booths.calls import contracts, deciding
from booths.calls.forms import AdmitForm, Because, DecideForm
from booths.offers import keeping, moving, standing
from booths.offers.forms import KeepForm, SeenForm, ShiftForm, SwapForm, VacateForm
from server import clock, jobs
from server.accounts.permissions import Actor
from server.database import row, rows, value
from server.errors import Refused
from tests.booths.offers.conftest import List

T = TypeVar("T")
COMPANIES = st.integers(0, 3)
STANDS = st.integers(0, 5)
WHY = "Because the test says so."
EXAMPLES = 60 if "PAVILION_KILLS" in os.environ else 10


class Staff(RuleBasedStateMachine):
    """The world is the database; every rule is an act of staff that may be refused."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    list: ClassVar[List]

    def run(self, what: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(60)

    def act(self, what: Coroutine[Any, Any, object]) -> None:
        """Done, or refused in words; anything else is a fault."""

        async def tried() -> None:
            with contextlib.suppress(Refused):
                await what

        self.run(tried())

    @property
    def mara(self) -> Actor:
        return self.list.world.mara

    def placed(self, company: int) -> int:
        """A company that has a contract, so that there is something to move, if any has."""
        found = self.run(
            rows("SELECT id FROM application WHERE state IN ('admitted', 'confirmed') ORDER BY id")
        )
        if not found:
            return company
        return self.list.world.applications.index(found[company % len(found)]["id"])

    def seen(self, company: int) -> int:
        return self.run(standing.version(self.list.application(company)))

    @rule(company=COMPANIES, stand=STANDS, hours=st.sampled_from([1, 48]))
    def hold(self, company: int, stand: int, hours: int) -> None:
        form = KeepForm(
            stand=self.list.world.stands[stand], how="hold", hours=hours, seen=self.seen(company)
        )
        self.act(keeping.keep(self.mara, form, application_id=self.list.application(company)))

    @rule(company=COMPANIES, stand=STANDS)
    def reserve(self, company: int, stand: int) -> None:
        form = KeepForm(stand=self.list.world.stands[stand], how="reserve", seen=self.seen(company))
        self.act(keeping.keep(self.mara, form, application_id=self.list.application(company)))

    @rule(company=COMPANIES)
    def give_back(self, company: int) -> None:
        form = SeenForm(seen=self.seen(company))
        self.act(keeping.give_back(self.mara, form, application_id=self.list.application(company)))

    @rule(company=COMPANIES, stand=STANDS)
    def admit(self, company: int, stand: int) -> None:
        form = AdmitForm(stand=self.list.world.stands[stand])
        self.act(deciding.admit(self.mara, form, application_id=self.list.application(company)))

    @rule(company=COMPANIES, stand=STANDS)
    def move(self, company: int, stand: int) -> None:
        company = self.placed(company)
        application = self.list.application(company)
        form = ShiftForm(
            stand=self.list.world.stands[stand], why=WHY, seen=self.seen(company),
            seen_total=self.run(self.total(company, stand)),
        )  # fmt: skip
        self.act(moving.move(self.mara, form, application_id=application))

    async def total(self, company: int, stand: int) -> int | None:
        """What the page would show for another stand."""
        form = ShiftForm(stand=self.list.world.stands[stand], why=WHY, seen=0)
        try:
            found = await moving.try_move(
                self.mara, form, application_id=self.list.application(company)
            )
        except Refused:
            return None
        return found.price.total_minor if found.price else None

    @rule(one=COMPANIES, two=COMPANIES)
    def swap(self, one: int, two: int) -> None:
        one, two = self.placed(one), self.placed(two)
        form = SwapForm(
            other=self.list.application(two), why=WHY, seen=self.seen(one),
            other_seen=self.seen(two),
        )  # fmt: skip
        self.act(moving.swap(self.mara, form, application_id=self.list.application(one)))

    @rule(company=COMPANIES, to=st.sampled_from(["eligible", "wait_listed"]))
    def vacate(self, company: int, to: Any) -> None:
        form = VacateForm(to=to, why=WHY, seen=self.seen(company))
        self.act(moving.vacate(self.mara, form, application_id=self.list.application(company)))

    @rule(company=COMPANIES)
    def release(self, company: int) -> None:
        company = self.placed(company)
        form = Because(why=WHY)
        self.act(contracts.release(self.mara, form, application_id=self.list.application(company)))

    @rule(company=COMPANIES, to=st.sampled_from(["eligible", "wait_listed"]))
    def decide(self, company: int, to: Any) -> None:
        form = DecideForm(to=to, applications=[self.list.application(company)])
        self.act(deciding.decide(self.mara, form))

    @rule()
    def offer(self) -> None:
        """The worker goes down the waiting list."""
        self.run(jobs.sweep("offers.sweep"))

    @rule(hours=st.sampled_from([2, 73]))
    def expire(self, hours: int) -> None:
        """Time passes for the sweep."""

        async def later() -> None:
            with clock.travel(clock.now() + timedelta(hours=hours)):
                await jobs.sweep("offers.sweep")

        self.run(later())

    @invariant()
    def one_holder_per_stand_and_right_sums(self) -> None:
        self.run(holds())


async def holds() -> None:
    """What must be true between any two acts."""
    shared = await rows(
        "SELECT stand FROM allocation WHERE state <> 'released' GROUP BY stand HAVING count(*) > 1"
    )
    assert shared == []
    sums = await row(
        "SELECT net_m2, allocated_m2, (SELECT coalesce(sum(area_m2), 0) FROM admission"
        " WHERE ended_at IS NULL) AS contracts, (SELECT coalesce(sum(area_m2), 0) FROM allocation"
        " WHERE state IN ('held', 'confirmed')) AS given, (SELECT coalesce(sum(area_m2), 0)"
        " FROM allocation WHERE state <> 'released') AS all_m2 FROM booth"
    )
    assert sums is not None
    assert sums["allocated_m2"] == sums["contracts"] == sums["given"]
    assert sums["all_m2"] <= sums["net_m2"]
    without = await value(
        "SELECT count(*) FROM application x WHERE (x.state IN ('admitted', 'confirmed')) <>"
        " EXISTS (SELECT FROM allocation a WHERE a.application = x.id"
        " AND a.state IN ('held', 'confirmed'))"
    )
    assert without == 0
    offered = await value(
        "SELECT count(*) FROM offer o JOIN allocation a ON a.id = o.allocation"
        " WHERE o.state = 'open' AND a.state <> 'kept'"
    )
    assert offered == 0
    committed = await row(
        "SELECT committed_minor AS said, (SELECT coalesce(sum(amount_minor), 0)"
        " FROM aid_grant) + (SELECT coalesce(sum(amount_minor), 0) FROM aid_hold"
        " WHERE released_at IS NULL) AS granted FROM scheme"
    )
    assert committed is not None
    assert committed["said"] == committed["granted"]


async def test_stands_have_one_holder_whatever_staff_do(waiting: List) -> None:
    """Hold, reserve, give back, admit, move, swap, vacate, release, offer, expire, in any order."""
    Staff.loop, Staff.list = asyncio.get_running_loop(), waiting
    await asyncio.to_thread(
        run_state_machine_as_test,
        Staff,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=15,
            deadline=None,
            database=None,
            derandomize="PAVILION_KILLS" not in os.environ,
            suppress_health_check=list(HealthCheck),
        ),
    )
    done = {each["verb"] for each in await rows("SELECT DISTINCT verb FROM audit_line")}
    assert done >= {"application.admit", "stand.hold", "stand.reserve", "stand.move", "offer.make"}
