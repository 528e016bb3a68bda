"""What people type about money."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from server import clock
from server.billing import rules
from server.errors import Refused
from server.money import is_currency, to_minor
from server.text import N_, gettext
from server.web.forms import Form


def _amount(amount: Decimal, currency: str) -> str:
    """Why `amount` cannot be an amount of money in `currency`, or ""."""
    if not is_currency(currency):
        return ""
    try:
        minor = to_minor(amount, currency)
    except Refused as refused:
        return str(refused)
    return "" if minor > 0 else gettext(N_("The amount must be more than 0."))


class TransferForm(Form, frozen=True):
    """A bank transfer as the account statement shows it."""

    received_on: Annotated[date, Meta(title=N_("Date of the credit"))]
    amount: Annotated[
        Decimal,
        Meta(
            title=N_("Amount"),
            description=N_("As on the statement, such as 1.234,50 or 1,234.50"),
        ),
    ]
    currency: Annotated[str, Meta(min_length=3, max_length=3, title=N_("Currency"))] = "EUR"
    reference: Annotated[
        str,
        Meta(
            max_length=140,
            title=N_("Reference"),
            description=N_(
                "The payment reference that begins with RF, or the text of the transfer"
            ),
        ),
    ] = ""
    payer: Annotated[str, Meta(max_length=200, title=N_("Name of the payer"))] = ""
    bank_ref: Annotated[
        str,
        Meta(
            max_length=80,
            title=N_("The bank's own number of the transfer"),
            description=N_("Needed only if the same payer sent the same amount twice on one day"),
        ),
    ] = ""

    def check(self) -> dict[str, str]:
        """The amount fits its currency, and the day is not in the future."""
        found = {}
        if not is_currency(self.currency.upper()):
            found["currency"] = gettext(N_("Choose a currency such as EUR."))
        elif wrong := _amount(self.amount, self.currency.upper()):
            found["amount"] = wrong
        # The bank's day may be ahead of ours by a zone, never by more.
        if self.received_on > clock.latest_day():
            found["received_on"] = gettext(N_("This day has not come yet."))
        return found


class RefundForm(Form, frozen=True):
    """Money to send back."""

    amount: Annotated[Decimal, Meta(title=N_("Amount to refund"))]
    why: Annotated[
        str,
        Meta(min_length=3, max_length=300, title=N_("Why"),
             description=N_("Stays with the refund, for whoever checks the books")),
    ]  # fmt: skip


class MatchForm(Form, frozen=True):
    """The invoice that waiting money belongs to."""

    invoice: Annotated[
        str,
        Meta(max_length=60, title=N_("Invoice"), description=N_("Its number or its reference")),
    ]
    why: Annotated[str, Meta(max_length=300, title=N_("Note"))] = ""


class CreditForm(Form, frozen=True):
    """Why an invoice is taken back."""

    why: Annotated[
        str,
        Meta(min_length=3, max_length=300, title=N_("Why the invoice is cancelled"),
             description=N_("Printed on the credit note")),
    ]  # fmt: skip
    aid: Annotated[
        Literal["", "keep", "take_back"],
        Meta(title=N_("What becomes of the aid"),
             description=N_("Asked for where aid was granted for what the invoice is about")),
    ] = ""  # fmt: skip


class MoneyFilter(Form, frozen=True):
    """What the list of invoices shows."""

    state: Annotated[str, Meta(max_length=20, title=N_("State"))] = ""
    q: Annotated[str, Meta(max_length=80, title=N_("Company, number or reference"))] = ""

    def check(self) -> dict[str, str]:
        """Only states that there are."""
        if self.state and self.state not in (*rules.InvoiceState, "to_pay"):
            return {"state": gettext(N_("Choose one of the states offered."))}
        return {}
