"""Legal bases by date and what they bound: ceilings in a window, the register, publication.

Sources are the regulations that `law.toml` cites. Amounts are integer minor units, percentages
basis points. Nothing here decides in an authority's place: it shows what the rule data say.
"""

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from server.errors import Refused
from server.holidays import days_of
from server.money import Amount
from server.text import gettext

NO_AID = "none"
CEILING_CURRENCY = "EUR"
SECTIONS = "ABCDEFGHIJKLMNOPQRSTUV"
PRIMARY = ("01.1", "01.2", "01.3", "01.4", "01.5", "03")


class Window(StrEnum):
    """Over which time aid is added up."""

    ROLLING = "rolling"
    FISCAL = "fiscal"


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence for people, translated when it is shown."""

    text: str
    values: Mapping[str, str | Amount] = field(default_factory=dict)

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
    raised_minor: int | None = None
    raised_in: tuple[str, ...] = ()

    def ceiling_in(self, state: str) -> int:
        """The ceiling in a State: higher where the State keeps a register of its own."""
        raised = self.raised_minor if state in self.raised_in else None
        return self.ceiling_minor if raised is None else raised


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
    publish_above_primary_minor: int | None
    publish_months: int
    objective: str
    application_first: bool
    de_minimis: bool
    limits: tuple[Limit, ...]

    @property
    def citation(self) -> str:
        """Title and place in the Official Journal, as a letter must name them."""
        return f"{self.title} ({self.oj})" if self.oj else self.title


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


def headroom(
    basis: LegalBasis, received: Iterable[Received], on: date, state: str = ""
) -> Headroom:
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
        ceiling = limit.ceiling_in(state)
        left = max(0, ceiling - used)
        if tightest is None or tightest.left_minor is None or left < tightest.left_minor:
            tightest = Headroom(ceiling, used, left, after + timedelta(days=1))
    return tightest or Headroom(None, 0, None, None)


def register_due(basis: LegalBasis, granted_on: date, country: str) -> date | None:
    """The last day to enter a grant in the register, or None where the basis asks for none."""
    if basis.register_from is None or granted_on < basis.register_from:
        return None
    return add_working_days(granted_on, basis.register_working_days, country)


def leaves_on(limit: Limit, granted_on: date) -> date:
    """The first day on which aid granted on a day counts towards `limit` no more."""
    year = granted_on.year + limit.years
    if limit.window is Window.FISCAL:
        return date(year, 1, 1)
    try:
        return granted_on.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def course(
    basis: LegalBasis, received: Iterable[Received], on: date, state: str = ""
) -> tuple[Headroom, list[tuple[date, int]]]:
    """The headroom on `on`, and what of the aid counted then falls out of its window when.

    The days are those on which something ends to count, with the sum that is left then, if
    nothing new is granted.
    """
    known = list(received)
    now = headroom(basis, known, on, state)
    limit = next(
        (
            one
            for one in basis.limits
            if one.ceiling_in(state) == now.ceiling_minor
            and counts_after(one, on) + timedelta(days=1) == now.since
        ),
        None,
    )
    if limit is None:
        return now, []
    freed: dict[date, int] = {}
    for one in known:
        if one.legal_basis in limit.bases and one.granted_on > counts_after(limit, on):
            day = leaves_on(limit, one.granted_on)
            freed[day] = freed.get(day, 0) + one.amount_minor
    used, steps = now.used_minor, []
    for day in sorted(freed):
        if freed[day]:
            used -= freed[day]
            steps.append((day, used))
    return now, steps


def is_primary(nace_code: str) -> bool:
    """Whether a NACE code is primary production of agriculture, fishery or aquaculture."""
    code = nace_code.upper().lstrip(SECTIONS + " ")
    return code.startswith(PRIMARY)


def publish_by(
    basis: LegalBasis, amount_minor: int, granted_on: date, nace_code: str = ""
) -> date | None:
    """The last day to publish an award that is large enough for it, or None.

    Article 9(1)(c) of Regulation (EU) No 651/2014: above one amount, in primary production above a
    lower one, within six months.
    """
    least = basis.publish_above_minor
    if basis.publish_above_primary_minor is not None and is_primary(nace_code):
        least = basis.publish_above_primary_minor
    if least is None or amount_minor <= least:
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
        if day.weekday() < 5 and day not in days_of(country, day.year):
            days -= 1
    return day
