"""What a bank's file says, whatever its format, and how its texts are made alike. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from stdnum import iban as ibans

from server.errors import Refused
from server.money import is_currency, to_minor
from server.text import N_


@dataclass(frozen=True, slots=True)
class Entry:
    """One movement as the bank told it; credits are positive, in minor units of `currency`."""

    line: int
    booked_on: date
    amount_minor: int
    currency: str
    text: str = ""
    name: str = ""
    iban: str = ""
    bank_ref: str = ""
    end_to_end: str = ""
    returned: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was not understood, and why."""

    line: int
    why: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of one account. Balances are None where the file does not give them."""

    account: str
    currency: str
    number: str
    opening_minor: int | None
    closing_minor: int | None
    entries: tuple[Entry, ...]
    problems: tuple[Problem, ...] = ()
    until: date | None = None
    pending: int = 0

    @property
    def moved_minor(self) -> int:
        """The sum of its entries."""
        return sum(entry.amount_minor for entry in self.entries)

    @property
    def adds_up(self) -> bool | None:
        """Whether opening balance and entries give the closing balance; None if it is not told."""
        if self.opening_minor is None or self.closing_minor is None:
            return None
        return self.opening_minor + self.moved_minor == self.closing_minor

    @property
    def from_on(self) -> date | None:
        """The first day with an entry."""
        return min((entry.booked_on for entry in self.entries), default=self.until)

    @property
    def until_on(self) -> date | None:
        """The last day with an entry."""
        return max((entry.booked_on for entry in self.entries), default=self.until)


@dataclass(frozen=True, slots=True)
class Read:
    """A whole file: its format and what is in it. `columns` are those of a CSV without a layout."""

    format: str
    statements: tuple[Statement, ...] = ()
    columns: tuple[str, ...] = ()
    layout: str = ""

    @property
    def entries(self) -> int:
        return sum(len(each.entries) for each in self.statements)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything that keeps the file from being booked."""
        found = [problem for each in self.statements for problem in each.problems]
        wrong = [
            Problem(0, N_("The opening balance and the entries of account {account} do not give the"
                          " closing balance: entries are missing or changed."),
                    {"account": each.account})
            for each in self.statements if each.adds_up is False
        ]  # fmt: skip
        return (*found, *wrong)


def minor_of(text: str, currency: str) -> int:
    """An amount as a program writes it, in minor units."""
    if not is_currency(currency):
        raise Refused(N_("“{currency}” is no currency."), currency=currency[:10])
    try:
        found = Decimal(text.strip())
    except InvalidOperation:
        raise Refused(N_("“{text}” is not an amount."), text=text[:40]) from None
    if not found.is_finite():
        raise Refused(N_("“{text}” is not an amount."), text=text[:40])
    return to_minor(found, currency)


def words_of(text: str) -> str:
    """One line of printable text, at most 1,000 characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:1000]


def account_of(text: str) -> str:
    """An account as it is compared: an IBAN without gaps; a German bank code with an account as
    the IBAN they make; anything else as it stands."""
    plain = re.sub(r"\s", "", text).upper()
    if found := re.fullmatch(r"(\d{8})/(\d{1,10})([A-Z]{3})?", plain):
        body = f"DE00{found[1]}{found[2]:0>10}"
        return body[:2] + ibans.calc_check_digits(body) + body[4:]
    return plain[:40]
