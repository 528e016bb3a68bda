"""The size class of an enterprise: Annex I of Regulation (EU) No 651/2014, as pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from server.text import N_

PARTNER_BP = 2500
LINKED_BP = 5000


class SizeClass(StrEnum):
    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


SIZE_NAMES = {
    SizeClass.MICRO: N_("Micro enterprise"),
    SizeClass.SMALL: N_("Small enterprise"),
    SizeClass.MEDIUM: N_("Medium-sized enterprise"),
    SizeClass.LARGE: N_("Large enterprise"),
}


@dataclass(frozen=True, slots=True)
class SizeBound:
    """One class of Annex I Article 2; amounts in euro cents."""

    size: SizeClass
    below_awu: Decimal
    turnover_minor: int
    balance_minor: int


@dataclass(frozen=True, slots=True)
class SizeData:
    """One closed year of an enterprise: annual work units and euro cents."""

    awu: Decimal
    turnover_minor: int | None
    balance_minor: int | None


@dataclass(frozen=True, slots=True)
class Link:
    """An enterprise that holds, or is held by, this one; `share_bp` of capital or votes."""

    data: SizeData
    share_bp: int
    controls: bool = False


def size_class(data: SizeData, bounds: Sequence[SizeBound]) -> SizeClass:
    """The smallest class whose bounds hold: people always, and one of the two amounts.

    `bounds` go from small to large. An amount that is not known cannot be within its bound.
    """
    for bound in bounds:
        within = (
            data.turnover_minor is not None and data.turnover_minor <= bound.turnover_minor
        ) or (data.balance_minor is not None and data.balance_minor <= bound.balance_minor)
        if data.awu < bound.below_awu and within:
            return bound.size
    return SizeClass.LARGE


def with_links(own: SizeData, links: Iterable[Link]) -> SizeData:
    """Own figures plus those of linked enterprises in full and of partners by their share.

    Partner from 25 %, linked above 50 % or by control (Annex I Articles 3 and 6). An amount that
    one of them does not state stays unknown for all.
    """
    awu, turnover, balance = own.awu, own.turnover_minor, own.balance_minor
    for link in links:
        linked = link.controls or link.share_bp > LINKED_BP
        if not linked and link.share_bp < PARTNER_BP:
            continue
        share = 10_000 if linked else link.share_bp
        awu += link.data.awu * share / 10_000
        turnover = _added(turnover, link.data.turnover_minor, share)
        balance = _added(balance, link.data.balance_minor, share)
    return SizeData(awu, turnover, balance)


def size_over_years(
    years: Sequence[SizeData], bounds: Sequence[SizeBound], before: SizeClass | None = None
) -> SizeClass:
    """The status after `years` (oldest first): it changes only after two years in a row.

    `before` is the status held before the first of them; a new enterprise has none and takes the
    class of its first year (Annex I Article 4(2) and (3)).
    """
    return status_over(list(enumerate(size_class(one, bounds) for one in years)), before)


def status_over(
    classes: Iterable[tuple[int, SizeClass]], before: SizeClass | None = None
) -> SizeClass:
    """The same from the class of each closed year; a year that is missing breaks the row."""
    held, last, seen = before, None, None
    for year, now in sorted(classes):
        if held is None or (now == last and seen == year - 1):
            held = now
        last, seen = now, year
    if held is None:
        raise ValueError("at least one year is needed")
    return held


def _added(sum_minor: int | None, more: int | None, share_bp: int) -> int | None:
    return None if sum_minor is None or more is None else sum_minor + more * share_bp // 10_000
