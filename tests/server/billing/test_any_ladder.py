"""Steps, instalments, payments that fit or not, refunds, ends and new beginnings, in any order:
after each the books hold, no number is missing, and the ledger says what companies owe.
"""

import asyncio
import contextlib
import os
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from server import clock
from server.accounts.permissions import Actor
from server.billing import actions, approvals, checks, claims, dunning, instalments, ladders
from server.billing.forms import MatchForm, RefundForm, TransferForm
from server.billing.owed_forms import PartsForm
from server.billing.rules import InvoiceLine, VatDecision
from server.billing.terms import Anchor, Fair, Step
from server.database import action, rows, value
from server.errors import Refused
from server.web.forms import parse
from tests.cast import Cast

STEPS = (
    (Step("All", Anchor.ADMISSION, 14, share_bp=10_000, guarantees=True),),
    (
        Step("Deposit", Anchor.ADMISSION, 14, share_bp=5_000, guarantees=True),
        Step("Balance", Anchor.OPENING, 60, share_bp=5_000),
    ),
    (
        Step("Fee", Anchor.ADMISSION, 14, fixed_minor=33_333),
        Step("Rest", Anchor.OPENING, 30, guarantees=True),
    ),
)
NIGHTLY = bool(os.environ.get("PAVILION_NIGHTLY"))


class Ladders(RuleBasedStateMachine):
    """One company, one agency, and the day goes on."""

    cast: Cast
    loop: asyncio.AbstractEventLoop
    finn: Actor

    @initialize()
    def start(self) -> None:
        self.days, self.n = 0, 0

    def go(self, act: Any) -> None:
        """Do something on the machine's day; a refusal is an answer, too."""

        async def do() -> None:
            with clock.travel_everywhere(clock.now() + timedelta(days=self.days)):
                with contextlib.suppress(Refused):
                    await act()
                assert await checks.faults() == []
                await self.owes()

        self.n += 1
        asyncio.run_coroutine_threadsafe(do(), self.loop).result(60)

    async def owes(self) -> None:
        """What the company owes by the ledger is what its invoices ask for."""
        ledger = await value(
            "SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_posting"
            " WHERE account = 'receivable'"
        )
        asked = await value(
            "SELECT coalesce(sum(total_minor - paid_minor), 0)::bigint FROM invoice"
            " WHERE state IN ('open', 'part_paid', 'overdue')"
        )
        assert ledger == asked

    async def one(self, sql: str, pick: int) -> Any:
        found = await rows(sql)
        return found[pick % len(found)] if found else None

    @rule(
        steps=st.sampled_from(STEPS), net=st.integers(1, 500_000), rate=st.sampled_from((0, 1900))
    )
    def admit(self, steps: tuple[Step, ...], net: int, rate: int) -> None:
        @action
        async def act() -> None:
            today = clock.today("Europe/Berlin")
            await ladders.begin(
                Actor(system=True, agency_id=self.cast.nordhafen),
                agency_id=self.cast.nordhafen, company_id=self.cast.quinta, about="application:1",
                supply=ladders.Supply(
                    lines=[InvoiceLine("Space", 1, "participation", net, net)],  # type: ignore[arg-type]
                    currency="EUR", fair_country="DE",
                    vat=VatDecision(rate, "domestic", "Said", "S", "Art. 44"), subject="Fair",
                ),
                steps=steps, fair=Fair(today, today + timedelta(days=90),
                                       today + timedelta(days=94)),
                shortest_days=14, lead_days=20,
            )  # fmt: skip

        self.go(act)

    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        self.days += days

        async def act() -> None:
            for plan in await ladders.to_issue():
                await ladders.go_on(plan)
            await actions.mark_overdue()
            for invoice in await claims.due():
                await dunning.remind(invoice)

        self.go(act)

    @rule(pick=st.integers(0, 20), how=st.sampled_from(("all", "half", "more", "wrong", "late")))
    def pay(self, pick: int, how: str) -> None:
        async def act() -> None:
            found = await self.one(
                "SELECT reference, total_minor - paid_minor AS open FROM invoice"
                " WHERE credits IS NULL ORDER BY id", pick,
            )  # fmt: skip
            if found is None:
                return
            minor = {"all": found["open"], "half": found["open"] // 2, "more": found["open"] + 100}
            form = {
                "received_on": clock.today("Europe/Berlin").isoformat(),
                "amount": f"{max(1, minor.get(how, 12_345)) / 100:.2f}",
                "currency": "USD" if how == "wrong" else "EUR",
                "reference": "?" if how == "late" else found["reference"],
                "bank_ref": f"B{self.n}",
            }  # fmt: skip
            await actions.record_transfer(self.finn, parse(TransferForm, form))

        self.go(act)

    @rule(pick=st.integers(0, 20), of=st.integers(0, 20))
    def match(self, pick: int, of: int) -> None:
        async def act() -> None:
            paid = await self.one("SELECT id FROM payment ORDER BY id", pick)
            found = await self.one("SELECT number FROM invoice ORDER BY id", of)
            if paid and found:
                form = parse(MatchForm, {"invoice": found["number"]})
                await actions.match_payment(self.finn, form, payment_id=paid["id"])

        self.go(act)

    @rule(pick=st.integers(0, 20), cents=st.integers(1, 60_000))
    def refund(self, pick: int, cents: int) -> None:
        async def act() -> None:
            paid = await self.one("SELECT id FROM payment ORDER BY id", pick)
            if paid:
                form = parse(RefundForm, {"amount": f"{cents / 100:.2f}", "why": "Because"})
                await actions.refund(self.finn, form, payment_id=paid["id"])

        self.go(act)

    @rule(pick=st.integers(0, 20), first=st.integers(1, 30_000))
    def agree(self, pick: int, first: int) -> None:
        async def act() -> None:
            found = await self.one(
                "SELECT id, total_minor - paid_minor AS open FROM invoice"
                " WHERE credits IS NULL ORDER BY id", pick,
            )  # fmt: skip
            if found is None:
                return
            today = clock.today("Europe/Berlin")
            sums = (first, found["open"] - first)
            form = {
                "parts": [
                    {"due_on": (today + timedelta(days=20 * n)).isoformat(),
                     "amount": f"{each / 100:.2f}"}
                    for n, each in enumerate(sums, 1)
                ],
                "why": "Agreed.",
            }  # fmt: skip
            await instalments.agree(self.finn, parse(PartsForm, form), invoice_id=found["id"])

        self.go(act)

    @rule(pick=st.integers(0, 20))
    def credit(self, pick: int) -> None:
        async def act() -> None:
            found = await self.one("SELECT id FROM invoice ORDER BY id", pick)
            if found:
                await approvals.run(
                    self.finn, act="credit", payload={"invoice": found["id"]}, why="By hand"
                )

        self.go(act)

    @rule(pick=st.integers(0, 20))
    def end(self, pick: int) -> None:
        """A contract ends; the next `admit` is its revival, with `match` for what was paid."""

        @action
        async def act() -> None:
            found = await self.one("SELECT id FROM payment_plan ORDER BY id", pick)
            if found:
                await ladders.end(
                    Actor(system=True, agency_id=self.cast.nordhafen), found["id"], "Withdrawn."
                )

        self.go(act)


async def test_books_hold_through_any_ladder(cast: Cast) -> None:
    Ladders.cast, Ladders.loop = cast, asyncio.get_running_loop()
    Ladders.finn = await cast.finn.actor()
    await asyncio.to_thread(
        run_state_machine_as_test,
        Ladders,
        settings=settings(
            max_examples=60 if NIGHTLY else 10,
            stateful_step_count=40 if NIGHTLY else 20,
            deadline=None,
            database=None,
            derandomize=not NIGHTLY,
        ),
    )
    kinds = {each["kind"] for each in await rows("SELECT DISTINCT kind FROM invoice")}
    assert kinds == {"invoice", "prepayment", "credit_note"}, "the walk went somewhere"
    assert await value("SELECT count(*) FROM payment") > 0
