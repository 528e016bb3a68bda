"""Who is asked next when a stand becomes free, and when nobody may be asked. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Protocol, TypeVar

from booths.calls.rules import CallState
from booths.plans.rules import StandKind
from server.text import N_


class Rule(StrEnum):
    """Who may be asked about a free stand."""

    STRICT = "strict"
    FILL_GAP = "fill_gap"


RULE_NAMES = {Rule.STRICT: N_("Strict order"), Rule.FILL_GAP: N_("Fill the gap")}
RULE_WORDS = {
    Rule.STRICT: N_(
        "A stand that becomes free is offered to the first company of the waiting list. If it does"
        " not fit that company's wish, the agency waits: nobody further down is asked before."
    ),
    Rule.FILL_GAP: N_(
        "A stand that becomes free is offered to the first company of the waiting list whose wish"
        " it fits. A company that it does not fit keeps its place for the next stand."
    ),
}


class OfferState(StrEnum):
    """What became of an offer."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    TAKEN_BACK = "taken_back"


OFFER_NAMES = {
    OfferState.OPEN: N_("Waiting for the answer"),
    OfferState.ACCEPTED: N_("Accepted"),
    OfferState.DECLINED: N_("Declined"),
    OfferState.EXPIRED: N_("No answer in time"),
    OfferState.TAKEN_BACK: N_("Taken back"),
}


class Reason(StrEnum):
    """Why a stand is free again."""

    LAPSED = "lapsed"
    RELEASED = "released"
    EXCLUDED = "excluded"
    WITHDRAWN = "withdrawn"
    MOVED = "moved"
    BY_HAND = "by_hand"


REASON_NAMES = {
    Reason.LAPSED: N_("An admission was not paid in time"),
    Reason.RELEASED: N_("An admission was ended"),
    Reason.EXCLUDED: N_("An exhibitor was excluded"),
    Reason.WITHDRAWN: N_("A company withdrew"),
    Reason.MOVED: N_("An exhibitor moved to another stand"),
    Reason.BY_HAND: N_("Put up by hand"),
}


@dataclass(frozen=True, slots=True)
class Fit:
    """How far a stand may be from a wish, in m² below and above; whether kinds must agree."""

    under_m2: Decimal
    over_m2: Decimal
    kind_must_fit: bool


@dataclass(frozen=True, slots=True)
class Free:
    """The stand to be given."""

    area_m2: Decimal
    kind: StandKind


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody on the list, with what they wish.

    `asked`: about this stand, since it became free. `engaged`: an offer or a hold of theirs is
    open. `skipped`: passed over by the agency, with a reason. `together`: gets a stand only with
    others, by hand.
    """

    application: int
    place: int
    area_m2: Decimal
    kind: StandKind
    asked: bool = False
    engaged: bool = False
    skipped: bool = False
    together: bool = False


class Misfit(StrEnum):
    """Why a stand does not fit a wish."""

    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    OTHER_KIND = "other_kind"


MISFIT_WORDS = {
    Misfit.TOO_SMALL: N_("it is too small for the wish"),
    Misfit.TOO_LARGE: N_("it is too large for the wish"),
    Misfit.OTHER_KIND: N_("it is of another kind than wished"),
}


def misfit(area_m2: Decimal, kind: StandKind, stand: Free, fit: Fit) -> Misfit | None:
    """Why `stand` does not fit a wish of `area_m2` and `kind`; None where it does."""
    if stand.area_m2 < area_m2 - fit.under_m2:
        return Misfit.TOO_SMALL
    if stand.area_m2 > area_m2 + fit.over_m2:
        return Misfit.TOO_LARGE
    if fit.kind_must_fit and stand.kind != kind:
        return Misfit.OTHER_KIND
    return None


@dataclass(frozen=True, slots=True)
class Next:
    """Who is asked now; or nobody, and then whom we wait for and why it does not fit them."""

    application: int | None
    waits_for: int | None = None
    misfit: Misfit | None = None


def queue(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Those who may be asked, in order. Who was asked about this stand has had their turn; who has
    an offer open answers that one first."""
    return sorted(
        (
            each
            for each in waiting
            if not (each.asked or each.engaged or each.skipped or each.together)
        ),
        key=lambda each: each.place,
    )


def next_for(rule: Rule, stand: Free, waiting: Iterable[Waiting], fit: Fit) -> Next:
    """Whom to ask about `stand` now.

    Strict order asks the first or nobody. Filling the gap asks the first whom it fits.
    """
    found = queue(waiting)
    if not found:
        return Next(None)
    for each in found[:1] if rule is Rule.STRICT else found:
        if misfit(each.area_m2, each.kind, stand, fit) is None:
            return Next(each.application)
    first = found[0]
    return Next(None, first.application, misfit(first.area_m2, first.kind, stand, fit))


def may_offer(state: CallState, fair_starts: datetime, now: datetime) -> bool:
    """Offers go out from the publication of a call to the beginning of its fair."""
    return state in (CallState.PUBLISHED, CallState.DECIDED) and now < fair_starts


def answer_by(now: datetime, hours: int, fair_starts: datetime) -> datetime:
    """Until when a stand is kept for an answer; never beyond the beginning of the fair."""
    return min(now + timedelta(hours=hours), fair_starts)


class Offered(Protocol):
    """As much of a stand as the best one is found by."""

    @property
    def label(self) -> str: ...
    @property
    def area_m2(self) -> Decimal: ...
    @property
    def open_sides(self) -> int: ...


S = TypeVar("S", bound=Offered)
BEST_WORDS = N_(
    "Best available is the stand with the most open sides; among equals the one nearest to the area"
    " you wished for, then the first by its label."
)


def by_rank(free: Iterable[S], area_m2: Decimal) -> list[S]:
    """Free stands, the best for a wish of `area_m2` first."""
    return sorted(
        free,
        key=lambda each: (
            -each.open_sides,
            abs(each.area_m2 - area_m2),
            len(each.label),
            each.label,
        ),
    )


def hold_until(now: datetime, minutes: int, closes: datetime) -> datetime:
    """Until when a chosen stand is kept; never beyond the end of choosing."""
    return min(now + timedelta(minutes=minutes), closes)


class Gate(StrEnum):
    """How a call stands before the day on which its minimum number of participants is decided."""

    MET = "met"
    FAR = "far"
    NEAR = "near"
    DUE = "due"


NEAR_DAYS = 14
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Needed:
    """What a gate asks for, or what there is: participants, and SMEs among them."""

    participants: int
    smes: int = 0


def gate_now(needed: Needed, there: Needed, decide_on: date, today: date) -> Gate:
    """Met once enough are admitted; else by the days left. On its day the decision is due."""
    if there.participants >= needed.participants and there.smes >= needed.smes:
        return Gate.MET
    if today >= decide_on:
        return Gate.DUE
    return Gate.NEAR if decide_on - today <= timedelta(days=NEAR_DAYS) else Gate.FAR


class Cause(StrEnum):
    """Why a whole call is cancelled."""

    TOO_FEW = "too_few"
    POSTPONED = "postponed"
    FAIR_CANCELLED = "fair_cancelled"
    OTHER = "other"


CAUSE_NAMES = {
    Cause.TOO_FEW: N_("Fewer companies take part than are needed"),
    Cause.POSTPONED: N_("The fair was postponed"),
    Cause.FAIR_CANCELLED: N_("The fair was cancelled"),
    Cause.OTHER: N_("Another reason"),
}
