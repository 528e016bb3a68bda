"""What invoices and payments may do, as pure functions: totals, references, states, matching.

The decision about VAT is in `vat.py`, the postings are in `postings.py`.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from stdnum import iban as ibans
from stdnum import iso11649
from stdnum.iso7064 import mod_97_10

from server.billing.sums import InvoiceLine as InvoiceLine
from server.billing.sums import Subsidy as Subsidy
from server.billing.sums import Totals as Totals
from server.billing.sums import totals as totals
from server.billing.vat import Supply as Supply
from server.billing.vat import VatDecision as VatDecision
from server.billing.vat import in_eu as in_eu
from server.billing.vat import standard_rate as standard_rate
from server.billing.vat import vat_decision as vat_decision
from server.errors import Conflict
from server.text import N_

S = TypeVar("S", bound=StrEnum)


class InvoiceKind(StrEnum):
    INVOICE = "invoice"
    PREPAYMENT = "prepayment"
    CREDIT_NOTE = "credit_note"


class InvoiceState(StrEnum):
    OPEN = "open"
    PART_PAID = "part_paid"
    PAID = "paid"
    OVERDUE = "overdue"
    CREDITED = "credited"
    CREDIT = "credit"  # a credit note: nothing is ever paid on it


class PaymentState(StrEnum):
    MATCHED = "matched"
    FLAGGED = "flagged"
    UNMATCHED = "unmatched"
    LATE = "late"
    REFUNDED = "refunded"


class CheckoutState(StrEnum):
    STARTING = "starting"
    OPEN = "open"
    PROCESSING = "processing"
    PAID = "paid"
    EXPIRED = "expired"
    FAILED = "failed"


class RefundState(StrEnum):
    ASKED = "asked"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"


INVOICE_MOVES: dict[InvoiceState, frozenset[InvoiceState]] = {
    InvoiceState.OPEN: frozenset(
        {InvoiceState.PART_PAID, InvoiceState.PAID, InvoiceState.OVERDUE, InvoiceState.CREDITED}
    ),
    InvoiceState.PART_PAID: frozenset(
        {InvoiceState.OPEN, InvoiceState.PAID, InvoiceState.OVERDUE, InvoiceState.CREDITED}
    ),
    # Back again where instalments are agreed, or the one that was late is paid.
    InvoiceState.OVERDUE: frozenset(
        {InvoiceState.OPEN, InvoiceState.PART_PAID, InvoiceState.PAID, InvoiceState.CREDITED}
    ),
    InvoiceState.PAID: frozenset(
        {InvoiceState.OPEN, InvoiceState.PART_PAID, InvoiceState.OVERDUE, InvoiceState.CREDITED}
    ),
    InvoiceState.CREDITED: frozenset(),
    InvoiceState.CREDIT: frozenset(),
}
PAYMENT_MOVES: dict[PaymentState, frozenset[PaymentState]] = {
    PaymentState.MATCHED: frozenset(
        {PaymentState.REFUNDED, PaymentState.LATE, PaymentState.UNMATCHED}
    ),
    PaymentState.FLAGGED: frozenset({PaymentState.MATCHED, PaymentState.REFUNDED}),
    PaymentState.UNMATCHED: frozenset({PaymentState.MATCHED, PaymentState.REFUNDED}),
    PaymentState.LATE: frozenset({PaymentState.MATCHED, PaymentState.REFUNDED}),
    # A refund can come back from the card's bank days later.
    PaymentState.REFUNDED: frozenset({PaymentState.FLAGGED}),
}
CHECKOUT_MOVES: dict[CheckoutState, frozenset[CheckoutState]] = {
    CheckoutState.STARTING: frozenset(
        {CheckoutState.OPEN, CheckoutState.PAID, CheckoutState.EXPIRED, CheckoutState.FAILED}
    ),
    CheckoutState.OPEN: frozenset(
        {
            CheckoutState.PROCESSING,
            CheckoutState.PAID,
            CheckoutState.EXPIRED,
            CheckoutState.FAILED,
        }
    ),
    CheckoutState.PROCESSING: frozenset({CheckoutState.PAID, CheckoutState.FAILED}),
    # Stripe is believed over us: a session we thought over may turn out to be paid.
    CheckoutState.EXPIRED: frozenset({CheckoutState.PAID, CheckoutState.PROCESSING}),
    CheckoutState.FAILED: frozenset({CheckoutState.PAID, CheckoutState.PROCESSING}),
    CheckoutState.PAID: frozenset(),
}
REFUND_MOVES: dict[RefundState, frozenset[RefundState]] = {
    RefundState.ASKED: frozenset({RefundState.SENT, RefundState.DONE, RefundState.FAILED}),
    RefundState.SENT: frozenset({RefundState.DONE, RefundState.FAILED}),
    RefundState.DONE: frozenset({RefundState.FAILED}),
    # Stripe is believed over us here too.
    RefundState.FAILED: frozenset({RefundState.DONE}),
}
LIVE_CHECKOUTS = frozenset({CheckoutState.STARTING, CheckoutState.OPEN, CheckoutState.PROCESSING})
TO_PAY = frozenset({InvoiceState.OPEN, InvoiceState.PART_PAID, InvoiceState.OVERDUE})


def move(table: dict[S, frozenset[S]], now: S, to: S) -> S:
    """`to`, if the table of transitions allows it from `now`; staying is always allowed."""
    if to != now and to not in table[now]:
        raise Conflict(N_("This has moved on: it is {now} now."), now=now.value)
    return to


def number(prefix: str, kind: InvoiceKind, year: int, n: int) -> str:
    """An invoice number as printed: NBA-2026-00012, or NBA-2026-C00012 for a credit note."""
    letter = "C" if kind is InvoiceKind.CREDIT_NOTE else ""
    return f"{prefix}-{year}-{letter}{n:05d}"


def series(kind: InvoiceKind) -> str:
    """The number series of a kind; each is gap-free by itself. Prepayments count as invoices."""
    own = InvoiceKind.CREDIT_NOTE
    return (own if kind is own else InvoiceKind.INVOICE).value


def reference(agency_id: int, kind: InvoiceKind, year: int, n: int) -> str:
    """The creditor reference (ISO 11649) of an invoice, digits only so that it types well.

    Unique over all agencies: agency, year and number are in it.
    """
    body = f"{agency_id:04d}{year:04d}{n:06d}{'1' if kind is InvoiceKind.CREDIT_NOTE else '0'}"
    return f"RF{mod_97_10.calc_check_digits(body + 'RF')}{body}"


def compact_reference(text: str) -> str | None:
    """`text` as a creditor reference without its gaps, or None where its check digits are wrong."""
    return iso11649.compact(text) if iso11649.is_valid(text) else None


SEPA = frozenset(
    {
        "AD", "AL", "AT", "BE", "BG", "CH", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GB",
        "GI", "GR", "HR", "HU", "IE", "IS", "IT", "LI", "LT", "LU", "LV", "MC", "MD", "ME", "MK",
        "MT", "NL", "NO", "PL", "PT", "RO", "RS", "SE", "SI", "SK", "SM", "VA",
    }
)  # fmt: skip
"""Countries whose IBANs take part in SEPA (EPC409-09)."""


def in_sepa(iban: str) -> bool:
    """Whether `iban` is valid and of a country whose banks take SEPA transfers in euro."""
    return iban[:2] in SEPA and ibans.is_valid(iban)


def spoken_reference(ref: str) -> str:
    """RF18 5390 0754 7034: in groups of four, as banks print it."""
    return iso11649.format(ref)


class Match(StrEnum):
    """How a payment fits the invoice it names."""

    EXACT = "exact"
    PART = "part"
    OVER = "over"
    CURRENCY = "currency"
    CREDITED = "credited"
    SETTLED = "settled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Owed:
    """What an invoice still asks for."""

    state: InvoiceState
    currency: str
    total_minor: int
    paid_minor: int

    @property
    def open_minor(self) -> int:
        return max(0, self.total_minor - self.paid_minor)


def match(owed: Owed | None, amount_minor: int, currency: str) -> Match:
    """Compare a payment of `amount_minor` (> 0) with what is owed."""
    if owed is None:
        return Match.UNKNOWN
    if owed.state in (InvoiceState.CREDITED, InvoiceState.CREDIT):
        return Match.CREDITED
    if owed.currency != currency:
        return Match.CURRENCY
    if owed.open_minor == 0:
        return Match.SETTLED
    if amount_minor == owed.open_minor:
        return Match.EXACT
    return Match.PART if amount_minor < owed.open_minor else Match.OVER


def payment_state(how: Match, *, asked_minor: int | None, amount_minor: int) -> PaymentState:
    """What becomes of a payment by itself, with no person looking.

    A card payment was asked for an amount (`asked_minor`): any other is flagged. A transfer may
    pay an invoice in parts. Too much, the wrong currency and a settled invoice are flagged.
    """
    if how is Match.UNKNOWN:
        return PaymentState.UNMATCHED
    if how is Match.CREDITED:
        return PaymentState.LATE
    if how not in (Match.EXACT, Match.PART):
        return PaymentState.FLAGGED
    if asked_minor is not None and asked_minor != amount_minor:
        return PaymentState.FLAGGED
    return PaymentState.MATCHED


WHY: dict[Match, str] = {
    Match.EXACT: N_("It is what was asked for."),
    Match.PART: N_("It is less than what is open."),
    Match.OVER: N_("It is more than what is open."),
    Match.CURRENCY: N_("It came in another currency than the invoice."),
    Match.CREDITED: N_("It came after the invoice was cancelled."),
    Match.SETTLED: N_("The invoice was paid already."),
    Match.UNKNOWN: N_("No invoice has this reference."),
}


NEXT: dict[str, str] = {
    WHY[Match.OVER]: N_(
        "Put it on the invoice below: what is open is settled, and the rest waits as the company's"
        " credit, for another invoice or for a refund."
    ),
    WHY[Match.CURRENCY]: N_("Refund it, and ask for the right currency."),
    WHY[Match.SETTLED]: N_("Put it on another open invoice of the company, or refund it."),
    WHY[Match.UNKNOWN]: N_("Find the invoice below by its number or its payer."),
}
"""What a person does about money that waits, by the reason that is kept with it."""


def state_after(owed: Owed, due_on: date, today: date) -> InvoiceState:
    """The state that an invoice's figures and the day call for. Credited stays credited, and
    `due_on` is the day of what is to be paid next."""
    if owed.state in (InvoiceState.CREDITED, InvoiceState.CREDIT):
        return owed.state
    if owed.open_minor == 0:
        return InvoiceState.PAID
    if due_on < today:
        return InvoiceState.OVERDUE
    return InvoiceState.PART_PAID if owed.paid_minor > 0 else InvoiceState.OPEN


@dataclass(frozen=True, slots=True)
class Gone:
    """How much of a payment is gone: `back_minor` of what was received, `beyond_minor` on top."""

    amount_minor: int
    back_minor: int
    beyond_minor: int

    def out(self, minor: int) -> "Gone":
        """`minor` more leaves; what the payment cannot bear goes beyond it."""
        back = min(minor, self.amount_minor - self.back_minor)
        return Gone(self.amount_minor, self.back_minor + back, self.beyond_minor + minor - back)

    def home(self, minor: int) -> "Gone":
        """`minor` comes back; what went beyond the payment first."""
        beyond = min(minor, self.beyond_minor)
        return Gone(
            self.amount_minor, self.back_minor - (minor - beyond), self.beyond_minor - beyond
        )


def refundable(amount_minor: int, refunds: list[tuple[RefundState, int]]) -> int:
    """What may still go back of a payment: all that was not refunded and is not on its way."""
    gone = sum(amount for state, amount in refunds if state is not RefundState.FAILED)
    return max(0, amount_minor - gone)
