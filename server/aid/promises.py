"""What a scheme promises by its own terms: modes, tiers, caps, and what it counts. Pure.

Amounts are integer minor units, percentages basis points; aid is rounded down.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from server.aid.bases import NO_AID, Note
from server.money import Amount, floor_bp, round_half_up
from server.text import N_


class Mode(StrEnum):
    """How a scheme lowers a price."""

    RATE = "rate"
    FIXED_PRICE = "fixed_price"
    AMOUNT = "amount"
    POT = "pot"


class Shown(StrEnum):
    """How the subsidy stands on the invoice, which decides the base of the VAT."""

    DISCOUNT = "discount"
    THIRD_PARTY = "third_party"
    AFTER_PROOF = "after_proof"


class TierBy(StrEnum):
    """What the steps of a rate count: participations, those at this fair, years since the first."""

    PARTICIPATION = "participation"
    FAIR = "fair"
    YEAR = "year"


class CostKind(StrEnum):
    """Kinds of cost that a scheme may cover or leave out."""

    SPACE = "space"
    CONSTRUCTION = "construction"
    REGISTRATION = "registration"
    RUNNING = "running"
    TRAVEL = "travel"
    OTHER = "other"


COST_NAMES = {
    CostKind.SPACE: N_("Renting the space"),
    CostKind.CONSTRUCTION: N_("Building and equipping the stand"),
    CostKind.REGISTRATION: N_("Registration, catalogue, insurance, conference fees"),
    CostKind.RUNNING: N_("Running the stand: power, cleaning, staff hired for it"),
    CostKind.TRAVEL: N_("Travel and transport"),
    CostKind.OTHER: N_("Anything else on the price list"),
}


@dataclass(frozen=True, slots=True)
class Tier:
    """From the n-th participation (or year) on, this part of the eligible cost; 0: no aid."""

    nth: int
    rate_bp: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """What narrows a scheme beside the cap of one participation. None and empty: no such bound.

    `most_*` are numbers of participations with aid; `kinds` the kinds of cost that are eligible;
    `charge_bp` what the implementing association charges on the aid; `across` counts over all
    schemes of the programme; `vat_eligible` counts VAT that the company cannot recover as cost.
    """

    cap_fair_minor: int | None = None
    cap_year_minor: int | None = None
    cap_lifetime_minor: int | None = None
    most_fair: int | None = None
    most_year: int | None = None
    most_lifetime: int | None = None
    minimum_cost_minor: int = 0
    kinds: tuple[CostKind, ...] = ()
    charge_bp: int = 0
    vat_eligible: bool = False
    across: bool = False


@dataclass(frozen=True, slots=True)
class SchemeTerms:
    """What a scheme promises: a rate (or its tiers), a fixed price per m², an amount, a pot."""

    scheme_id: int
    name: str
    legal_basis: str
    mode: Mode
    currency: str
    rate_bp: int | None = None
    fixed_per_m2_minor: int | None = None
    cap_minor: int | None = None
    budget_minor: int = 0
    committed_minor: int = 0
    subsidy_shown: Shown = Shown.DISCOUNT
    valid_from: date = date(1958, 1, 1)
    valid_until: date | None = None
    amount_minor: int | None = None
    tiers: tuple[Tier, ...] = ()
    tier_by: TierBy = TierBy.PARTICIPATION
    bounds: Bounds = field(default_factory=Bounds)

    @property
    def left_minor(self) -> int:
        """What the budget still holds."""
        return self.budget_minor - self.committed_minor


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier participation with aid. `same_fair`: the fair of this quote in any year;
    `same_edition`: in this very year; `about`: what it was, whichever schemes supported it."""

    on: date
    aid_minor: int
    same_fair: bool = False
    same_edition: bool = False
    about: str = ""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a participation costs in full: all eligible cost, and the space in it.

    `reduced_per_m2_minor` is the price list's own reduced price, for a fixed-price scheme that
    names none; `waived_minor` what the list takes off altogether, where it has prices of its own
    for supported companies. `kinds` is the eligible cost by kind, `vat_bp` the VAT on it.
    """

    eligible_minor: int
    space_minor: int
    billed_m2: Decimal
    reduced_per_m2_minor: int
    kinds: Mapping[CostKind, int] = field(default_factory=dict)
    vat_bp: int = 0
    waived_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """One source of aid for a fee, with what it depends on beside the price.

    `headroom_minor` is that of the undertaking under the scheme's basis, None without a limit;
    `share_minor` the company's part of a pot once that is split; `vat_lost` says that the company
    cannot recover VAT; `barred` says why this company has nothing from the source at all.
    """

    terms: SchemeTerms
    headroom_minor: int | None = None
    history: tuple[Past, ...] = ()
    share_minor: int | None = None
    vat_lost: bool = False
    barred: Note | None = None


@dataclass(frozen=True, slots=True)
class Award:
    """The aid one source gives for a cost. `offer_minor`: the largest that would fit if it is 0.

    `charge_minor` is what the association charges on it, `shown` how it stands on the invoice.
    `claim_minor` is what may be claimed of a pot, however much the pot holds: all claims
    fall in the same proportion.
    """

    aid_minor: int
    intensity_bp: int
    offer_minor: int
    notes: tuple[Note, ...] = ()
    scheme_id: int = 0
    scheme_name: str = ""
    legal_basis: str = NO_AID
    shown: Shown = Shown.DISCOUNT
    eligible_minor: int = 0
    charge_minor: int = 0
    claim_minor: int = 0


def nth(by: TierBy, history: Sequence[Past], on: date) -> int:
    """Which participation (or year) a new one on `on` would be, from 1."""
    if by is TierBy.FAIR:
        return 1 + sum(one.same_fair for one in history)
    if by is TierBy.YEAR:
        return 1 + max((on.year - one.on.year for one in history), default=0)
    return 1 + len(history)


def participation(sources: Sequence[Source], on: date) -> int:
    """Which supported participation this one would be, from 1, over all sources of a fee.

    What several sources supported is one participation. It is counted as the first source counts:
    all of them, those at this fair, or years since the first.
    """
    together: dict[str, Past] = {}
    for n, source in enumerate(sources):
        for k, one in enumerate(source.history):
            together.setdefault(one.about or f"{n}:{k}", one)
    by = sources[0].terms.tier_by if sources else TierBy.PARTICIPATION
    return nth(by, tuple(together.values()), on)


def rate_of(terms: SchemeTerms, history: Sequence[Past], on: date) -> int:
    """The rate that holds for a new participation, in basis points."""
    rate = terms.rate_bp or 0
    if terms.tiers:
        count = nth(terms.tier_by, history, on)
        rate = next((one.rate_bp for one in reversed(terms.tiers) if one.nth <= count), 0)
    return rate


def runs(terms: SchemeTerms, on: date) -> bool:
    """Whether the scheme itself is open on `on`."""
    return terms.valid_from <= on and (terms.valid_until is None or on <= terms.valid_until)


def promised(terms: SchemeTerms, cost: Cost, history: Sequence[Past], on: date) -> int:
    """What the mode of a scheme gives for a cost, before any bound; minor units."""
    if terms.mode is Mode.AMOUNT:
        return terms.amount_minor or 0
    if terms.mode is Mode.FIXED_PRICE:
        fixed = terms.fixed_per_m2_minor
        if fixed is None and cost.waived_minor is not None:
            return cost.waived_minor
        per_m2 = cost.reduced_per_m2_minor if fixed is None else fixed
        return cost.space_minor - round_half_up(cost.billed_m2 * per_m2)
    return floor_bp(cost.eligible_minor, rate_of(terms, history, on))


def closed(
    terms: SchemeTerms, eligible_minor: int, history: Sequence[Past], on: date
) -> Note | None:
    """Why a participation has no aid from the scheme at all, or None."""
    bounds = terms.bounds
    if eligible_minor < bounds.minimum_cost_minor:
        least = Amount(bounds.minimum_cost_minor, terms.currency)
        return Note(N_("Costs below {least} have no aid from this scheme."), {"least": least})
    if not history:
        return None
    at_fair = sum(one.same_fair for one in history)
    in_year = sum(one.on.year == on.year for one in history)
    counted = (
        (bounds.most_fair, at_fair, N_("The scheme supports {most} participations at one fair.")),
        (bounds.most_year, in_year, N_("The scheme supports {most} participations in one year.")),
        (
            bounds.most_lifetime,
            len(history),
            N_("The scheme supports {most} participations of one company in all."),
        ),
    )
    for most, had, text in counted:
        if most is not None and had >= most:
            return Note(text, {"most": str(most)})
    if terms.tiers and rate_of(terms, history, on) == 0:
        return Note(N_("The scheme gives no more aid after so many participations."))
    return None


def caps(
    terms: SchemeTerms, history: Sequence[Past], on: date
) -> tuple[tuple[int | None, str], ...]:
    """What each cap leaves, with its sentence."""
    bounds = terms.bounds
    found: tuple[tuple[int | None, str], ...] = (
        (terms.cap_minor, N_("The aid stops at the cap of the scheme, {cap}.")),
    )
    if bounds.cap_fair_minor is not None:
        had = sum(one.aid_minor for one in history if one.same_edition)
        text = N_("The scheme’s cap for one fair leaves {cap}.")
        found += ((bounds.cap_fair_minor - had, text),)
    if bounds.cap_year_minor is not None:
        had = sum(one.aid_minor for one in history if one.on.year == on.year)
        text = N_("The scheme’s cap for one year leaves {cap}.")
        found += ((bounds.cap_year_minor - had, text),)
    if bounds.cap_lifetime_minor is not None:
        had = sum(one.aid_minor for one in history)
        text = N_("The scheme’s cap for one company in all leaves {cap}.")
        found += ((bounds.cap_lifetime_minor - had, text),)
    return found
