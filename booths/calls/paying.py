"""How a call is paid: its terms and whether one moves in unpaid; the plan of each contract."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

import msgspec

from booths.calls import queries
from booths.calls.forms import PaymentForm
from booths.calls.rows import CallRow
from booths.calls.rules import CallState
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.billing import ladders, payers
from server.billing.checkouts import ON_ITS_WAY
from server.billing.ladders import DueRow, Supply, TermsRow
from server.billing.terms import Fair, Step, at_once
from server.database import action, execute, row, step, value
from server.errors import Conflict, NotFound, Refused
from server.organisations import queries as organisations
from server.text import N_, gettext

# Where money of an admission `ad` has arrived or is on its way, or a person has to look first.
TOUCHED = f"""
EXISTS (SELECT FROM {ladders.PAPERS} d JOIN invoice i ON i.id = d.invoice WHERE d.plan = ad.plan
    AND (i.paid_minor > 0
         OR {ON_ITS_WAY}
         OR EXISTS (SELECT FROM payment p WHERE p.invoice = i.id AND p.state = 'flagged')))
"""  # noqa: S608 - own text


class PaymentRow(msgspec.Struct, frozen=True, kw_only=True):
    """How a call is paid. Without `terms` everything at once; `move_in` only after payment."""

    terms: TermsRow | None = None
    move_in: bool = False

    @property
    def steps(self) -> Sequence[Step]:
        """The steps that hold for this call."""
        return self.terms.steps if self.terms else at_once(gettext(N_("Participation")))


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of a contract: its first invoice, until when the stand is kept, whether it is sure
    although nothing is paid."""

    plan: int
    invoice: int
    pay_until: datetime
    due_on: date
    first_minor: int
    sure: bool


async def of_call(call_id: int) -> PaymentRow:
    """How a call is paid."""
    found = await row("SELECT terms, move_in FROM call_payment WHERE call = $1", call_id)
    if found is None:
        return PaymentRow()
    of = found["terms"]
    return PaymentRow(
        terms=None if of is None else await ladders.terms_row(of), move_in=found["move_in"]
    )


@action
async def set_payment(actor: Actor, form: PaymentForm, *, call_id: int) -> int:
    """Choose how a draft is paid."""
    require(actor, "call.write")
    await execute("SELECT 1 FROM call WHERE id = $1 FOR UPDATE", call_id)
    call = await queries.own_call(actor, call_id)
    if call.state is not CallState.DRAFT:
        raise Conflict(
            N_("This call is published, and companies rely on its terms: they stay as they are.")
        )
    if form.terms:
        if not await value(
            "SELECT 1 FROM payment_terms WHERE id = $1 AND agency = $2", form.terms, actor.agency_id
        ):
            raise NotFound
        await _in_one_currency(call, form.terms)
    await execute(
        "INSERT INTO call_payment (call, terms, move_in) VALUES ($1,$2,$3)"
        " ON CONFLICT (call) DO UPDATE SET terms = excluded.terms, move_in = excluded.move_in",
        call_id,
        form.terms,
        form.move_in == "paid",
    )
    await record(actor, "call.payment", "call", call_id, after=msgspec.to_builtins(form))
    return call_id


async def _in_one_currency(call: CallRow, terms: int) -> None:
    """Fixed amounts of payment terms are in the agency's currency: no call in another has them."""
    agency = await organisations.agency(call.agency)
    steps = (await ladders.terms_row(terms)).steps
    if call.currency != agency.currency and any(each.fixed_minor for each in steps):
        raise Refused(
            N_("These terms ask for a fixed amount in {own}, and this call is in {currency}. Choose"
               " terms in percent."),
            field="terms", own=agency.currency, currency=call.currency,
        )  # fmt: skip


@step
async def plan(actor: Actor, call: CallRow, company_id: int, about: str, supply: Supply) -> Planned:
    """Write the plan of a contract by the call's terms, and issue its first invoice."""
    paid = await of_call(call.id)
    public = await payers.term_days(call.agency, company_id)
    made = await ladders.begin(
        actor,
        agency_id=call.agency,
        company_id=company_id,
        about=about,
        supply=supply,
        steps=paid.steps,
        fair=Fair(clock.today(call.tz), call.starts_on, call.ends_on),
        shortest_days=max(call.payment_days, public or 0),
        lead_days=paid.terms.lead_days if paid.terms else 0,
    )
    items = await ladders.ladder(made)
    guard = next((each for each in items if each.guarantees), None)
    first = items[0]
    assert first.invoice is not None
    until = (guard or first).due_on
    return Planned(
        plan=made,
        invoice=first.invoice,
        pay_until=clock.to_utc(datetime.combine(until + timedelta(days=1), time()), call.tz),
        due_on=first.due_on,
        first_minor=first.total_minor,
        sure=guard is None or public is not None,
    )


def is_sure(items: Sequence[DueRow]) -> bool:
    """Whether the step that makes the place sure is paid."""
    return any(each.guarantees and each.state == "paid" for each in items)
