"""Reads of terms of withdrawal, and of what a withdrawal would cost now."""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from booths.calls import queries as calls
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import HOLDING
from booths.fees import queries as fees
from booths.withdrawals.rules import Amounts, Back, Cost, Due, Ladder, Paid, Step, divide, due
from server import clock
from server.accounts.permissions import Actor, require
from server.billing import ladders
from server.billing.ladders import DueRow
from server.billing.rules import InvoiceState
from server.database import row, rows, typed, value
from server.errors import Conflict, NotFound
from server.money import of_bp, round_half_up
from server.text import N_


class TermsRow(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of a call. Amounts in the call's currency."""

    call: int
    steps: tuple[Step, ...]
    relet: Cost | None
    module_m2: Decimal | None
    taxed: bool

    @property
    def ladder(self) -> Ladder:
        """As the rules know it."""
        return Ladder(self.steps, self.relet)


class WithdrawalRow(msgspec.Struct, frozen=True, kw_only=True):
    """A contract that was given up."""

    id: int
    withdrawn_at: datetime
    cost_minor: int
    relet_minor: int | None
    invoice_id: int | None
    relet_at: datetime | None
    relet_invoice_id: int | None


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """What giving up a contract would do today. Amounts in minor units.

    The cost in `due` is before VAT, `cost_minor` with it. `invoices` are taken back by credit
    notes; what was paid on them is set against the cost, and `back` is left of it. `waiting`:
    how many applications wait for a stand; `next_up` is the first company, for the agency only.
    """

    due: Due
    cost_minor: int
    paid_minor: int
    invoiced_minor: int
    back: Back
    aid_minor: int
    area_m2: Decimal
    waiting: int
    next_up: str
    invoices: list[DueRow]
    terms: TermsRow

    @property
    def moved_minor(self) -> int:
        """How much money the act moves: what is taken off the books, or goes back."""
        return max(self.invoiced_minor, self.back_minor)

    @property
    def back_minor(self) -> int:
        """What is left of the money that was paid: by card, by transfer, and what is bound."""
        return self.back.whole_minor


async def terms(call_id: int) -> TermsRow | None:
    """The terms of a call, if it has any."""
    found = await row(
        "SELECT call, steps, relet, module_m2, taxed FROM withdrawal_terms WHERE call = $1",
        call_id,
    )
    return msgspec.convert(found, TermsRow, strict=False) if found else None


async def own_terms(actor: Actor, call_id: int) -> tuple[CallRow, TermsRow | None]:
    """A call of the actor's agency with its terms."""
    require(actor, "call.list")
    return await calls.own_call(actor, call_id), await terms(call_id)


def is_over(found: Dossier) -> bool:
    """Whether the fair has ended, where it takes place."""
    return clock.today(found.call.fair_tz) > found.call.ends_on


async def leaving(found: Dossier) -> Leaving:
    """What it would cost to withdraw today; NotFound without a contract or without terms, Conflict
    once the fair is over: what was used cannot be given up.
    """
    held = await terms(found.call.id)
    admission = found.admission
    if held is None or admission is None or found.row.state not in HOLDING:
        raise NotFound
    if is_over(found):
        raise Conflict(N_("The fair is over, so there is nothing left to withdraw from."))
    quote = await fees.kept_quote(admission.quote)
    items = [
        each
        for each in await ladders.ladder(admission.plan)
        if each.invoice is not None and each.state != InvoiceState.CREDITED
    ]
    call = found.call
    prices = await fees.prices(call.price_list)
    module = round_half_up((held.module_m2 or Decimal(0)) * prices.full_per_m2_minor)
    owed = due(
        held.ladder,
        Amounts(quote.net_minor, quote.full_minor, module),
        clock.local(admission.admitted_at, call.tz).date(),
        call.starts_on,
        clock.today(call.tz),
        await _plan_on(call),
    )
    rate = quote.vat_rate_bp if held.taxed else 0
    cost = owed.cost_minor + of_bp(owed.cost_minor, rate)
    payments = await _paid([paper for each in items for paper in each.papers], found.row.currency)
    waiting = await rows(
        "SELECT co.name FROM application x JOIN company co ON co.id = x.company WHERE x.call = $1"
        " AND x.state = 'wait_listed' ORDER BY x.wait_position, x.id",
        call.id,
    )
    return Leaving(
        due=owed,
        cost_minor=cost,
        paid_minor=sum(each.left_minor for each in payments),
        invoiced_minor=sum(each.total_minor for each in items),
        back=divide(payments, cost),
        aid_minor=admission.aid_minor,
        area_m2=admission.area_m2,
        waiting=len(waiting),
        next_up=waiting[0]["name"] if waiting else "",
        invoices=items,
        terms=held,
    )


async def _plan_on(call: CallRow) -> date | None:
    """The day on which a plan of the booth was first published, in the agency's zone."""
    first = await value("SELECT min(published_at) FROM plan_version WHERE booth = $1", call.booth)
    return None if first is None else clock.local(first, call.tz).date()


async def _paid(invoices: list[int], currency: str) -> list[Paid]:
    """What is there of each payment on these invoices, in the order in which it is used."""
    found = await rows(
        "SELECT p.method, p.amount_minor - p.asked_back_minor AS left_minor, EXISTS (SELECT"
        " FROM refund r WHERE r.payment = p.id AND r.state IN ('asked', 'sent')) OR EXISTS"
        " (SELECT FROM dispute d WHERE d.payment = p.id AND d.closed_at IS NULL) AS bound"
        " FROM payment p WHERE p.invoice = ANY($1::int[]) AND p.currency = $2"
        " AND p.amount_minor > p.asked_back_minor ORDER BY p.id",
        invoices,
        currency,
    )
    return [Paid(each["left_minor"], each["method"] == "card", each["bound"]) for each in found]


async def of_application(application_id: int) -> list[WithdrawalRow]:
    """The contracts of an application that were given up, the latest first."""
    found = await rows(
        "SELECT id, withdrawn_at, cost_minor, relet_minor, invoice_id, relet_at, relet_invoice_id"
        " FROM withdrawal WHERE application = $1 ORDER BY id DESC",
        application_id,
    )
    return typed(WithdrawalRow, found)
