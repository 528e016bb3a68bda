"""What people type about statements of the bank."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from server.errors import Refused
from server.money import to_minor
from server.text import N_, gettext
from server.web.forms import Form, Upload

LINES = 6


class FileForm(Form, frozen=True):
    """A bank's file."""

    file: Annotated[Upload, Meta(title=N_("Bank statement"))]


class BookForm(Form, frozen=True):
    """Booking a file that was read."""

    ours: Annotated[bool, Meta(title=N_("These accounts are ours"))] = False


class ColumnsForm(Form, frozen=True):
    """Which heading of a CSV holds what; "" where there is none."""

    date: Annotated[str, Meta(max_length=200, title=N_("Date of booking"))] = ""
    amount: Annotated[str, Meta(max_length=200, title=N_("Amount, with a sign"))] = ""
    credit: Annotated[str, Meta(max_length=200, title=N_("Credits only"))] = ""
    debit: Annotated[str, Meta(max_length=200, title=N_("Debits only"))] = ""
    currency: Annotated[str, Meta(max_length=200, title=N_("Currency"))] = ""
    text: Annotated[str, Meta(max_length=200, title=N_("Text of the transfer"))] = ""
    name: Annotated[str, Meta(max_length=200, title=N_("Name of the payer"))] = ""
    iban: Annotated[str, Meta(max_length=200, title=N_("Account of the payer"))] = ""
    reference: Annotated[str, Meta(max_length=200, title=N_("The bank’s own reference"))] = ""
    end_to_end: Annotated[str, Meta(max_length=200, title=N_("End-to-end reference"))] = ""
    account: Annotated[str, Meta(max_length=200, title=N_("Your own account"))] = ""


class GuessForm(Form, frozen=True):
    """Which of the guesses is right."""

    guess: Annotated[int, Meta(ge=0, le=20, title=N_("Guess"))]


class ReasonForm(Form, frozen=True):
    """Why something is as it is; may be left out."""

    why: Annotated[str, Meta(max_length=300, title=N_("Note"))] = ""


class UndoForm(Form, frozen=True):
    """Why a match was wrong."""

    why: Annotated[
        str,
        Meta(min_length=3, max_length=300, title=N_("Why was it wrong?"),
             description=N_("Stays with the payment, for whoever checks the books")),
    ]  # fmt: skip


class SplitForm(Form, frozen=True):
    """Invoices, each with its part of the money; no amount is as much as it asks for."""

    invoice_1: Annotated[str, Meta(max_length=60, title=N_("Invoice 1"))] = ""
    amount_1: Annotated[Decimal | None, Meta(title=N_("Amount 1"))] = None
    invoice_2: Annotated[str, Meta(max_length=60, title=N_("Invoice 2"))] = ""
    amount_2: Annotated[Decimal | None, Meta(title=N_("Amount 2"))] = None
    invoice_3: Annotated[str, Meta(max_length=60, title=N_("Invoice 3"))] = ""
    amount_3: Annotated[Decimal | None, Meta(title=N_("Amount 3"))] = None
    invoice_4: Annotated[str, Meta(max_length=60, title=N_("Invoice 4"))] = ""
    amount_4: Annotated[Decimal | None, Meta(title=N_("Amount 4"))] = None
    invoice_5: Annotated[str, Meta(max_length=60, title=N_("Invoice 5"))] = ""
    amount_5: Annotated[Decimal | None, Meta(title=N_("Amount 5"))] = None
    invoice_6: Annotated[str, Meta(max_length=60, title=N_("Invoice 6"))] = ""
    amount_6: Annotated[Decimal | None, Meta(title=N_("Amount 6"))] = None
    why: Annotated[str, Meta(max_length=300, title=N_("Note"))] = ""

    def lines(self) -> list[tuple[int, str, Decimal | None]]:
        """(n, invoice, amount) of the lines that are filled."""
        every = [
            (n, getattr(self, f"invoice_{n}"), getattr(self, f"amount_{n}"))
            for n in range(1, LINES + 1)
        ]
        return [each for each in every if each[1] or each[2] is not None]

    def check(self) -> dict[str, str]:
        """Every amount has its invoice and is more than 0."""
        found = {}
        for n, invoice, amount in self.lines():
            if not invoice:
                found[f"invoice_{n}"] = gettext(N_("Say which invoice this part is for."))
            if amount is not None and amount <= 0:
                found[f"amount_{n}"] = gettext(N_("The amount must be more than 0."))
        return found


class BankSettingsForm(Form, frozen=True):
    """How the agency works with its bank."""

    tolerance: Annotated[
        Decimal,
        Meta(ge=0, le=50, title=N_("Bank fees that you bear"),
             description=N_("A transfer that names its invoice and is short by no more settles it."
                            " 0 for none; at most 50.")),
    ] = Decimal(0)  # fmt: skip
    refunds_by_file: Annotated[bool, Meta(title=N_("Pay refunds of transfers by a file"))] = False

    def check(self) -> dict[str, str]:
        """Whole cents."""
        try:
            to_minor(self.tolerance, "EUR")
        except Refused as refused:
            return {"tolerance": str(refused)}
        return {}
