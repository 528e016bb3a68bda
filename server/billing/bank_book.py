"""What a transfer is compared with: an agency's invoices, payers, refunds; and how names are read.

Pure.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from server.billing import rules
from server.billing.rules import InvoiceState, Owed, PaymentState
from server.text import N_

MOST_GUESSES = 5
DAYS_APART = 5
_FORMS = frozenset(
    re.findall(
        r"\w+",
        "ab ag aps as asbl bv bvba co coop cv doo eeig ehf eood e eirl eurl eg ek ev gbr gmbh inc"
        " kft kg kgaa lda limited llc llp ltd mbh nv oe og ohg oo ood oy oyj plc pte sa sarl sas sc"
        " sca scop se sia sl slu snc sp spa spzoo srl sro ug uab unipessoal vof z zoo",
    )
)
_LETTERS = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i"})


class Why(StrEnum):
    """The reason of a decision or of a guess."""

    REFERENCE = "reference"
    SEVERAL = "several"
    NUMBER = "number"
    ACCOUNT = "account"
    ACCOUNT_ALL = "account_all"
    BY_HAND = "by_hand"
    REFUND = "refund"
    ONLY = "only"
    TYPO = "typo"
    SHORT_NUMBER = "short_number"
    NAME = "name"
    AMOUNT = "amount"
    OTHER_SUM = "other_sum"
    RETURNED = "returned"
    PAYOUT = "payout"
    DEBIT = "debit"
    NOTHING = "nothing"
    PERSON = "person"


SAID: dict[Why, str] = {
    Why.REFERENCE: N_("Its payment reference"),
    Why.SEVERAL: N_("It names several invoices, and their sum is the amount"),
    Why.NUMBER: N_("It names the invoice, and payer and amount are right"),
    Why.ACCOUNT: N_("The company has paid from this account before, and one invoice has this"
                    " amount"),
    Why.ACCOUNT_ALL: N_("The company has paid from this account before, and all its open invoices"
                        " have the amount"),
    Why.ONLY: N_("The company has paid from this account before, and only these of its open"
                 " invoices add up to the amount"),
    Why.BY_HAND: N_("It was recorded by hand already"),
    Why.REFUND: N_("A refund that you sent"),
    Why.TYPO: N_("One character away from this reference"),
    Why.SHORT_NUMBER: N_("It names the invoice"),
    Why.NAME: N_("The name of the payer"),
    Why.AMOUNT: N_("The amount"),
    Why.OTHER_SUM: N_("It names them, with another sum"),
    Why.PAYOUT: N_("A payout of Stripe, which is in the books already"),
    Why.RETURNED: N_("The bank took money back: see which payment it was"),
    Why.DEBIT: N_("Money that went out for something else"),
    Why.NOTHING: N_("Nothing in it is known here"),
    Why.PERSON: N_("Decided by a person"),
}  # fmt: skip


@dataclass(slots=True)
class Ask:
    """An invoice as matching sees it; `paid_minor` grows while a statement is gone through."""

    id: int
    company: int
    number: str
    reference: str
    currency: str
    total_minor: int
    paid_minor: int
    state: InvoiceState
    names: frozenset[str]

    @property
    def owed(self) -> Owed:
        return Owed(self.state, self.currency, self.total_minor, self.paid_minor)

    @property
    def open_minor(self) -> int:
        return self.owed.open_minor if self.state in rules.TO_PAY else 0


@dataclass(slots=True)
class ByHand:
    """A transfer that a person recorded before its statement came."""

    id: int
    invoice: int | None
    amount_minor: int
    currency: str
    on: date
    bank_ref: str
    payer: str


@dataclass(slots=True)
class Waiting:
    """A refund by transfer that no statement has shown yet; `on` if a person said it went out."""

    id: int
    amount_minor: int
    currency: str
    token: str
    account_hash: str
    names: frozenset[str]
    on: date | None = None


@dataclass(slots=True)
class Payout:
    """Money that Stripe has sent to the bank; it was posted when Stripe said so."""

    id: int
    amount_minor: int
    currency: str
    on: date


@dataclass(frozen=True, slots=True)
class Part:
    """So much of an entry for one invoice; `matched_minor` settles it, with `fee_minor` beside."""

    invoice: int
    amount_minor: int
    matched_minor: int
    fee_minor: int
    state: PaymentState
    how: rules.Match


@dataclass(frozen=True, slots=True)
class Guess:
    """What a person may choose with one click: invoices, or a payment or refund that is there."""

    invoices: tuple[int, ...] = ()
    reasons: tuple[Why, ...] = ()
    payment: int | None = None
    refund: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of an entry. Without parts, payment or refund it is open, or not ours."""

    state: str
    why: Why
    parts: tuple[Part, ...] = ()
    payment: int | None = None
    refund: int | None = None
    payout: int | None = None
    guesses: tuple[Guess, ...] = ()
    company: int | None = None
    learn: bool = False


@dataclass(slots=True)
class Book:
    """Everything an entry is compared with. `accounts` maps hashed accounts to companies; what a
    bank may keep of a transfer is said in the currency `tolerance_in`, and holds only there."""

    asks: Sequence[Ask]
    accounts: dict[str, set[int]] = field(default_factory=dict)
    by_hand: list[ByHand] = field(default_factory=list)
    refunds: list[Waiting] = field(default_factory=list)
    payouts: list[Payout] = field(default_factory=list)
    tolerance_minor: int = 0
    tolerance_in: str = ""
    by_id: dict[int, Ask] = field(init=False)
    by_reference: dict[str, Ask] = field(init=False)
    by_number: dict[str, Ask] = field(init=False)
    by_tail: dict[str, list[Ask]] = field(init=False)
    by_company: dict[int, list[Ask]] = field(init=False)
    by_name: dict[str, set[int]] = field(init=False)
    by_amount: dict[tuple[int, str], list[Ask]] = field(init=False)
    names: dict[int, set[str]] = field(init=False)
    near: dict[str, int] = field(init=False)
    lengths: tuple[int, ...] = field(init=False)
    pattern: re.Pattern[str] | None = field(init=False)

    def __post_init__(self) -> None:
        self.by_id = {ask.id: ask for ask in self.asks}
        self.by_reference = {ask.reference: ask for ask in self.asks}
        self.by_number = {squeezed(ask.number): ask for ask in self.asks}
        self.by_tail = defaultdict(list)
        for number, ask in self.by_number.items():
            self.by_tail[number[-9:]].append(ask)
        self.by_company, self.by_name = defaultdict(list), defaultdict(set)
        self.by_amount, self.names, self.near = defaultdict(list), defaultdict(set), {}
        for ask in self.asks:
            self.names[ask.company] |= ask.names
            for name in ask.names:
                self.by_name[name].add(ask.company)
            if ask.open_minor:
                self.by_company[ask.company].append(ask)
                self.by_amount[ask.open_minor, ask.currency].append(ask)
                for near in without_one(ask.reference):
                    self.near[near] = ask.id
        self.lengths = tuple({len(ask.reference) for ask in self.asks})
        prefixes = {ask.number.rsplit("-", 2)[0] for ask in self.asks if ask.number.count("-") > 1}
        either = "|".join(map(re.escape, sorted(prefixes, key=len, reverse=True)))
        self.pattern = (
            re.compile(
                rf"(?<![A-Z0-9])({either})"
                r"[\s\-–/_.:]*(\d{4})[\s\-–/_.:]*(C?\d{5,})(?!\d)"
            )
            if prefixes
            else None
        )


def squeezed(text: str) -> str:
    """Only letters and digits, in capitals."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def folded(name: str) -> str:
    """A name as names are compared: plain small letters, without legal forms and signs."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(_LETTERS))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    words = re.sub(r"[.'’`]", "", plain)
    return " ".join(w for w in re.sub(r"[^\w]+", " ", words).split() if w not in _FORMS)


def spellings(name: str) -> frozenset[str]:
    """The folded forms of a name, with ae, oe and ue for umlauts as well; none that is empty."""
    wide = name.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")
    return frozenset(found for found in (folded(name), folded(wide)) if len(found) > 2)


def without_one(text: str) -> Iterator[str]:
    """`text` with each of its characters left out in turn."""
    for n in range(len(text)):
        yield text[:n] + text[n + 1 :]
