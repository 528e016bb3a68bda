"""State aid as pure functions: bases by date, rolling headroom, aid by scheme, eligibility.

Sources are the regulations that `law.toml` cites. Amounts are integer minor units, percentages
basis points. Nothing here decides in an authority's place: it shows what the rule data say.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Any

import holidays

from server.errors import Refused
from server.money import floor_bp, format_money, round_half_up
from server.text import N_, gettext
from server.web.formats import percent

NO_AID = "none"
CEILING_CURRENCY = "EUR"


class Mode(StrEnum):
    """How a scheme lowers a price."""

    RATE = "rate"
    FIXED_PRICE = "fixed_price"


class Shown(StrEnum):
    """How the subsidy stands on the invoice, which decides the base of the VAT."""

    DISCOUNT = "discount"
    THIRD_PARTY = "third_party"
    AFTER_PROOF = "after_proof"


class Window(StrEnum):
    """Over which time aid is added up."""

    ROLLING = "rolling"
    FISCAL = "fiscal"


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence for people, translated when it is shown."""

    text: str
    values: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return gettext(self.text, **self.values)

    def refusal(self) -> Refused:
        """The same sentence as a refusal."""
        places: dict[str, Any] = dict(self.values)
        return Refused(self.text, **places)


@dataclass(frozen=True, slots=True)
class Limit:
    """The most that aid under `bases` may come to in a window, per undertaking and State."""

    ceiling_minor: int
    bases: tuple[str, ...]
    window: Window
    years: int


@dataclass(frozen=True, slots=True)
class LegalBasis:
    """A regulation as it stood between two dates."""

    code: str
    name: str
    short: str
    title: str
    oj: str
    article: str
    valid_from: date
    valid_until: date | None
    adjustment_until: date | None
    max_intensity_bp: int | None
    sme_only: bool
    closed_in_difficulty: bool
    closed_with_recovery_order: bool
    sectors_open: tuple[str, ...]
    sectors_closed: tuple[str, ...]
    register_from: date | None
    register_working_days: int
    publish_above_minor: int | None
    publish_months: int
    de_minimis: bool
    limits: tuple[Limit, ...]

    @property
    def citation(self) -> str:
        """Title and place in the Official Journal, as a letter must name them."""
        return f"{self.title} ({self.oj})" if self.oj else self.title


@dataclass(frozen=True, slots=True)
class SchemeTerms:
    """What a scheme promises; `rate_bp` for a rate, `fixed_per_m2_minor` for a fixed price."""

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

    @property
    def left_minor(self) -> int:
        """What the budget still holds."""
        return self.budget_minor - self.committed_minor


@dataclass(frozen=True, slots=True)
class Received:
    """Aid that an undertaking has been granted; negative where a grant was taken back."""

    granted_on: date
    amount_minor: int
    legal_basis: str


@dataclass(frozen=True, slots=True)
class Headroom:
    """Where an undertaking stands under its tightest limit. No limit: ceiling and left are None."""

    ceiling_minor: int | None
    used_minor: int
    left_minor: int | None
    since: date | None


@dataclass(frozen=True, slots=True)
class Cost:
    """What a participation costs in full: all eligible cost, and the space in it.

    `reduced_per_m2_minor` is the price list's own reduced price, for a fixed-price scheme that
    names none.
    """

    eligible_minor: int
    space_minor: int
    billed_m2: Decimal
    reduced_per_m2_minor: int


@dataclass(frozen=True, slots=True)
class Award:
    """The aid a scheme gives for a cost. `offer_minor`: the largest that would fit if it is 0."""

    aid_minor: int
    intensity_bp: int
    offer_minor: int
    notes: tuple[Note, ...] = ()


def in_force(
    bases: Iterable[LegalBasis], code: str, on: date, scheme_from: date | None = None
) -> LegalBasis | None:
    """The text of `code` on a date of grant, or None.

    After its end a basis still carries, for its adjustment period, a scheme that was already in
    force on the last day (`scheme_from`).
    """
    for basis in bases:
        if basis.code != code or on < basis.valid_from:
            continue
        if basis.valid_until is None or on <= basis.valid_until:
            return basis
        begun = scheme_from is not None and scheme_from <= basis.valid_until
        if begun and basis.adjustment_until is not None and on <= basis.adjustment_until:
            return basis
    return None


def years_before(day: date, years: int) -> date:
    """The same day `years` earlier; 28 February where a leap day has no twin."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def counts_after(limit: Limit, on: date) -> date:
    """Aid granted later than this day counts towards `limit` for a grant made on `on`."""
    if limit.window is Window.ROLLING:
        return years_before(on, limit.years)
    return date(on.year - limit.years, 12, 31)


def headroom(basis: LegalBasis, received: Iterable[Received], on: date) -> Headroom:
    """What may still be granted on `on` under the limit of `basis` that leaves least.

    `received` is everything granted to or declared by the single undertaking in this State.
    """
    known = list(received)
    tightest: Headroom | None = None
    for limit in basis.limits:
        after = counts_after(limit, on)
        used = sum(
            one.amount_minor
            for one in known
            if one.legal_basis in limit.bases and one.granted_on > after
        )
        left = max(0, limit.ceiling_minor - used)
        if tightest is None or tightest.left_minor is None or left < tightest.left_minor:
            tightest = Headroom(limit.ceiling_minor, used, left, after + timedelta(days=1))
    return tightest or Headroom(None, 0, None, None)


def intensity(aid_minor: int, eligible_minor: int) -> int:
    """Aid in basis points of the eligible cost, rounded up so that it never looks smaller."""
    return -(-aid_minor * 10_000 // eligible_minor) if eligible_minor > 0 else 0


def award(
    terms: SchemeTerms,
    basis: LegalBasis | None,
    cost: Cost,
    *,
    headroom_minor: int | None,
    on: date,
    smaller: bool = False,
) -> Award:
    """The aid of `terms` for `cost`, rounded down to the minor unit.

    Never above the cost, the scheme's cap or the intensity of the basis. If it would pass the
    headroom the whole aid is out (Article 3(7) of Regulation (EU) 2023/2831) and `offer_minor`
    says what would fit; `smaller` takes that offer up. The budget is held when the grant is made.
    """
    if basis is None or not runs(terms, on):
        return Award(0, 0, 0, (_not_in_force(terms, on),))
    notes: list[Note] = []
    aid = max(0, min(_promised(terms, cost), cost.eligible_minor))
    if terms.cap_minor is not None and aid > terms.cap_minor:
        aid = terms.cap_minor
        cap = format_money(aid, terms.currency)
        notes.append(Note(N_("The aid stops at the cap of the scheme, {cap}."), {"cap": cap}))
    if basis.max_intensity_bp is not None:
        most = floor_bp(cost.eligible_minor, basis.max_intensity_bp)
        if aid > most:
            aid = most
            notes.append(
                Note(
                    N_("The aid stops at {percent} of the eligible cost: {article}, {basis}."),
                    {
                        "percent": percent(basis.max_intensity_bp),
                        "article": basis.article,
                        "basis": basis.name,
                    },
                )
            )
    offer = aid
    if headroom_minor is not None and aid > headroom_minor:
        offer = max(0, headroom_minor)
        notes.append(_passes_ceiling(aid, offer, terms.currency, smaller))
        aid = offer if smaller else 0
    return Award(aid, intensity(aid, cost.eligible_minor), offer, tuple(notes))


def runs(terms: SchemeTerms, on: date) -> bool:
    """Whether the scheme itself is open on `on`."""
    return terms.valid_from <= on and (terms.valid_until is None or on <= terms.valid_until)


def register_due(basis: LegalBasis, granted_on: date, country: str) -> date | None:
    """The last day to enter a grant in the register, or None where the basis asks for none."""
    if basis.register_from is None or granted_on < basis.register_from:
        return None
    return add_working_days(granted_on, basis.register_working_days, country)


def publish_by(basis: LegalBasis, amount_minor: int, granted_on: date) -> date | None:
    """The last day to publish an award that is large enough for it (Article 9(1)(c)), or None."""
    if basis.publish_above_minor is None or amount_minor <= basis.publish_above_minor:
        return None
    months = granted_on.month - 1 + basis.publish_months
    first = date(granted_on.year + months // 12, months % 12 + 1, 1)
    last = monthrange(first.year, first.month)[1]
    return first.replace(day=min(granted_on.day, last))


def add_working_days(start: date, days: int, country: str) -> date:
    """`days` days after `start` without weekends and national holidays of `country`."""
    day = start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in _national_holidays(country, day.year):
            days -= 1
    return day


@lru_cache(maxsize=512)
def _national_holidays(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=[year]))
    except NotImplementedError:
        return frozenset()


def _promised(terms: SchemeTerms, cost: Cost) -> int:
    if terms.mode is Mode.RATE:
        return floor_bp(cost.eligible_minor, terms.rate_bp or 0)
    fixed = terms.fixed_per_m2_minor
    per_m2 = cost.reduced_per_m2_minor if fixed is None else fixed
    return cost.space_minor - round_half_up(cost.billed_m2 * per_m2)


def _not_in_force(terms: SchemeTerms, on: date) -> Note:
    return Note(
        N_("The scheme “{scheme}” gives no aid on {on}: it, or its legal basis, is not in force."),
        {"scheme": terms.name, "on": on.isoformat()},
    )


def _passes_ceiling(aid: int, offer: int, currency: str, smaller: bool) -> Note:
    values = {"aid": format_money(aid, currency), "offer": format_money(offer, currency)}
    if smaller:
        return Note(
            N_("The aid of {aid} is lowered to {offer}, the headroom that is left."), values
        )
    return Note(
        N_(
            "The aid of {aid} would pass the ceiling of the undertaking, so all of it is out."
            " The largest amount that fits is {offer}: the agency may offer it."
        ),
        values,
    )
