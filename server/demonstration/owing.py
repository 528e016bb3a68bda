"""When money comes: terms in steps, letters, instalments, a limit for one person alone."""

from datetime import timedelta
from decimal import Decimal

from booths.calls import contracts, paying
from booths.calls.forms import PaymentForm
from server import clock
from server.accounts.permissions import Actor
from server.billing import actions as billing
from server.billing import approvals, claims, dunning, instalments, ladders
from server.billing.forms import RefundForm, TransferForm
from server.billing.owed_forms import (
    LevelLine,
    LevelsForm,
    LimitForm,
    PartLine,
    PartsForm,
    StepLine,
    TermsForm,
)
from server.billing.terms import Anchor
from server.database import row, rows
from server.demonstration.calendar import Calendar
from server.demonstration.organisations import LEAD
from server.money import to_decimal

LEVELS = [
    LevelLine(name="Friendly reminder", days=-5),
    LevelLine(name="First reminder", days=7),
    LevelLine(name="Second reminder", days=21, fee=Decimal(40), interest=Decimal(9)),
    LevelLine(name="Last reminder", days=35, pay_within=10, ends=True),
]
STEPS = [
    StepLine(name="Deposit", anchor=Anchor.ADMISSION, days=14, share=Decimal(50), guarantees=True),
    StepLine(name="Balance", anchor=Anchor.OPENING, days=60, share=Decimal(50)),
]


async def pay_in_steps(manager: Actor, call_id: int) -> None:
    """A draft whose exhibitors pay a deposit first."""
    made = await ladders.write_terms(manager, TermsForm(name="Half as a deposit", steps=STEPS))
    await paying.set_payment(manager, PaymentForm(terms=made), call_id=call_id)


async def owe(agencies: dict[str, dict[str, Actor]], calendar: Calendar) -> None:
    """What the lead agency has set, and what it did about those who are late."""
    staff = agencies[LEAD]
    owner, manager = staff["owner"], staff.get("manager", staff["owner"])
    with clock.travel(calendar.moment(0, minutes=-20)):
        await dunning.set_levels(manager, LevelsForm(levels=LEVELS))
        await approvals.set_limit(owner, LimitForm(limit=Decimal(2500)))
        found = await rows(
            "SELECT i.id, i.currency, i.total_minor - i.paid_minor AS open, i.state, a.tz"
            " FROM invoice i JOIN agency a ON a.id = i.agency WHERE i.agency = $1"
            " AND i.state IN ('open', 'part_paid', 'overdue') ORDER BY i.state DESC, i.id LIMIT 2",
            owner.agency_id,
        )
        for n, each in enumerate(found):
            claim = await claims.claim(each["id"])
            if n == 0 and claim and claim.coming and not claim.resting:
                await dunning.send_now(manager, invoice_id=each["id"])
            elif n == 1 and each["open"] > 1:
                today, half = clock.today(each["tz"]), each["open"] // 2
                await instalments.agree(
                    manager,
                    PartsForm(
                        parts=[
                            PartLine(due_on=today + timedelta(days=10 + 30 * k),
                                     amount=to_decimal(minor, each["currency"]))
                            for k, minor in enumerate((half, each["open"] - half))
                        ],
                        why="Agreed on the phone.",
                    ),
                    invoice_id=each["id"],
                )  # fmt: skip
        await _ask_for_a_second_person(staff.get("finance", manager))
        await _pay_a_deposit(staff.get("finance", manager))


async def _pay_a_deposit(finance: Actor) -> None:
    """The first of those who pay in steps has paid its deposit."""
    due = await row(
        "SELECT i.id, i.total_minor, i.currency, i.reference, c.name FROM invoice i"
        " JOIN company c ON c.id = i.company WHERE i.agency = $1 AND i.kind = 'prepayment'"
        " AND i.state = 'open' ORDER BY i.id LIMIT 1",
        finance.agency_id,
    )
    assert due is not None
    form = TransferForm(
        received_on=clock.now().date(), amount=to_decimal(due["total_minor"], due["currency"]),
        currency=due["currency"], reference=due["reference"], payer=due["name"],
        bank_ref="DEMO-deposit",
    )  # fmt: skip
    await billing.record_transfer(finance, form)
    await contracts.confirm(due["id"])
    await billing.send_receipt(due["id"])


async def _ask_for_a_second_person(finance: Actor) -> None:
    """Money that came too late goes back: above the limit, so somebody else decides."""
    late = await row(
        "SELECT id, amount_minor, currency FROM payment WHERE agency = $1 AND state = 'late'"
        " AND asked_back_minor = 0 ORDER BY amount_minor DESC LIMIT 1",
        finance.agency_id,
    )
    if late is not None:
        form = RefundForm(
            amount=to_decimal(late["amount_minor"], late["currency"]),
            why="It came after the contract had lapsed, and the stand is given to others.",
        )
        await billing.refund(finance, form, payment_id=late["id"])
