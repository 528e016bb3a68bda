"""A deposit, a balance, a final invoice: each in time, and the books hold."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from server import clock, jobs
from server.accounts.permissions import SYSTEM
from server.billing import actions, checks, crediting, invoices, ladders, terms
from server.billing.rules import InvoiceLine, VatDecision
from server.billing.terms import Anchor, Fair
from server.database import action, row, rows, value
from server.errors import Conflict
from tests.cast import Cast
from tests.server.billing.conftest import balances

DOMESTIC = VatDecision(1900, "domestic", "VAT of Germany", "S", "Art. 44")
STEPS = (
    terms.Step("Deposit", Anchor.ADMISSION, 14, share_bp=3000, guarantees=True),
    terms.Step("Balance", Anchor.OPENING, 60, share_bp=5000),
    terms.Step("After the fair", Anchor.CLOSING, 14),
)


@action
async def begin(cast: Cast, **more: Any) -> int:
    """A plan for Quinta do Vale: 3,333.33 plus 19 %, in three steps."""
    today = clock.today("Europe/Berlin")
    given: dict[str, Any] = {
        "agency_id": cast.nordhafen, "company_id": cast.quinta, "about": "application:1",
        "supply": ladders.Supply(
            lines=[InvoiceLine("Stand space", Decimal(1), "participation", 333_333, 333_333)],
            currency="EUR", fair_country="DE", vat=DOMESTIC, subject="Joint booth at Anuga",
        ),
        "steps": STEPS, "fair": Fair(today, today + timedelta(days=200),
                                     today + timedelta(days=204)),
        "shortest_days": 14, "lead_days": 30,
    }  # fmt: skip
    return await ladders.begin(SYSTEM, **{**given, **more})


async def test_steps_are_invoiced_in_time_and_the_last_takes_off_the_others(cast: Cast) -> None:
    now = datetime(2027, 2, 1, 12, tzinfo=UTC)
    with clock.travel_everywhere(now):
        plan = await begin(cast)
    for days, wanted in ((0, 1), (109, 1), (111, 2), (187, 2), (189, 3), (300, 3)):
        with clock.travel_everywhere(now + timedelta(days=days)):
            await jobs.sweep("billing.ladders")
            await jobs.sweep("billing.ladders")
        assert await value("SELECT count(*) FROM invoice") == wanted, days
        assert await checks.faults() == []
    found = await rows("SELECT * FROM invoice ORDER BY id")
    assert [each["kind"] for each in found] == ["prepayment", "prepayment", "invoice"]
    assert [each["number"][-5:] for each in found] == ["00001", "00002", "00003"]
    assert sum(each["net_minor"] for each in found) == 333_333
    assert sum(each["vat_minor"] for each in found) == 63_333
    final = found[-1]["content"]
    assert [each["number"] for each in final["prepaid"]] == [x["number"] for x in found[:2]]
    assert final["full_minor"] == 333_333
    held = await balances()
    assert (held["revenue"], held["vat"], held["receivable"]) == (-333_333, -63_333, 396_666)
    assert "advance" not in held
    assert [each.total_minor for each in await ladders.ladder(plan)] == [
        each["total_minor"] for each in found
    ]


async def test_a_prepayment_stands_as_long_as_the_final_invoice_counts_on_it(cast: Cast) -> None:
    plan = await begin(cast)
    assert (await balances())["advance"] == -99_999
    with clock.travel_everywhere(clock.now() + timedelta(days=250)):
        await jobs.sweep("billing.ladders")
    first = await row("SELECT id FROM invoice ORDER BY id LIMIT 1")
    assert first is not None

    @action
    async def credit() -> int:
        return await crediting.credit(SYSTEM, invoice_id=first["id"], why="By hand.")

    with pytest.raises(Conflict, match="takes this prepayment off"):
        await credit()

    @action
    async def end() -> list[int]:
        return await ladders.end(SYSTEM, plan, "Withdrawn.")

    assert len(await end()) == 3
    assert await end() == []
    assert await balances() == {}
    assert await checks.faults() == []
    assert await value("SELECT count(*) FROM invoice WHERE state = 'credited'") == 3


async def test_a_plan_is_never_changed_and_ends_for_good(cast: Cast) -> None:
    plan = await begin(cast)

    @action
    async def end() -> list[int]:
        return await ladders.end(SYSTEM, plan, "Withdrawn.")

    await end()
    with clock.travel_everywhere(clock.now() + timedelta(days=250)):
        await jobs.sweep("billing.ladders")
    assert await value("SELECT count(*) FROM invoice WHERE credits IS NULL") == 1

    @action
    async def mend() -> None:
        await value("UPDATE due_item SET net_minor = 1 WHERE plan = $1 RETURNING id", plan)

    with pytest.raises(Exception, match="never changed"):
        await mend()


async def test_all_at_once_is_an_invoice_as_ever(cast: Cast) -> None:
    await begin(cast, steps=terms.at_once("Stand"))
    only = await row("SELECT kind, due_on, total_minor FROM invoice")
    assert only is not None
    assert (only["kind"], only["total_minor"]) == ("invoice", 396_666)
    assert only["due_on"] == clock.today("Europe/Berlin") + timedelta(days=14)
    assert isinstance(only["due_on"], date)
    assert actions.issue_invoice is invoices.issue_invoice
