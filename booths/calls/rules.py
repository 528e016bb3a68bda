"""Calls and applications: their states, who may move them, and what an applicant reads. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from server.errors import Conflict, Refused
from server.text import N_


class CallState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    DECIDED = "decided"
    CLOSED_OUT = "closed_out"
    CANCELLED = "cancelled"


class Phase(StrEnum):
    """What a call is at an instant: its state, and where the clock stands."""

    DRAFT = "draft"
    PUBLISHED = "published"
    OPEN = "open"
    CLOSED = "closed"
    DECIDED = "decided"
    RUNNING = "running"
    CLOSED_OUT = "closed_out"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class CallMove:
    """One transition of a call: who may do it, and what it sets off."""

    to: CallState
    verb: str
    does: str


_DECIDED = CallMove(CallState.DECIDED, "call.decide", N_("nothing more: everybody has an answer"))
_CLOSED_OUT = CallMove(CallState.CLOSED_OUT, "call.decide", N_("nobody is admitted any more"))
_CANCELLED = CallMove(CallState.CANCELLED, "call.decide", N_("letters, releases, refunds"))
CALL_MOVES: dict[CallState, tuple[CallMove, ...]] = {
    CallState.DRAFT: (
        CallMove(
            CallState.PUBLISHED,
            "call.publish",
            N_("prices and conditions stand still, deadlines go into the calendars"),
        ),
    ),
    CallState.PUBLISHED: (_DECIDED, _CANCELLED),
    CallState.DECIDED: (_CLOSED_OUT, _CANCELLED),
    CallState.CLOSED_OUT: (),
    CallState.CANCELLED: (),
}


def phase(
    state: CallState,
    opens_at: datetime,
    closes_at: datetime,
    now: datetime,
    *,
    fair_began: bool = False,
) -> Phase:
    """The phase at `now`. Open means opens_at <= now < closes_at; a decided call runs with its
    fair."""
    if state is CallState.DECIDED and fair_began:
        return Phase.RUNNING
    if state is not CallState.PUBLISHED:
        return Phase(state.value)
    if now < opens_at:
        return Phase.PUBLISHED
    return Phase.OPEN if now < closes_at else Phase.CLOSED


def move_call(now: CallState, to: CallState) -> CallState:
    """`to`, if a call may go there from `now`."""
    if all(each.to is not to for each in CALL_MOVES[now]):
        raise Conflict(N_("This call has moved on: it is “{now}” now."), now=now.value)
    return to


class State(StrEnum):
    """Where an application is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    TO_CORRECT = "to_correct"
    ELIGIBLE = "eligible"
    INELIGIBLE = "ineligible"
    WAIT_LISTED = "wait_listed"
    REJECTED = "rejected"
    ADMITTED = "admitted"
    CONFIRMED = "confirmed"
    EXHIBITED = "exhibited"
    NO_SHOW = "no_show"
    LAPSED = "lapsed"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"
    EXCLUDED = "excluded"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Move:
    """One transition: who may do it (a verb of the permission table), the mail it sends, and what
    else it sets off. With `reason` the company is owed one."""

    to: State
    verb: str
    mail: str = ""
    reason: bool = False
    does: str = ""


_SENT = Move(State.SUBMITTED, "application.submit", "receipt", does=N_("receipt, findings"))
_ASKED = Move(
    State.TO_CORRECT, "application.correct", "to-correct", reason=True, does=N_("deadline")
)
_EXCLUDED = Move(State.EXCLUDED, "application.exclude", "excluded", reason=True)
_CANCELLED_TOO = Move(
    State.CANCELLED,
    "call.decide",
    "cancelled",
    reason=True,
    does=N_("stand, services and aid given back, invoice credited, cards refunded"),
)
_CONTRACT = N_("stand, services, aid and its letter, invoice, dates")
_GIVEN_BACK = N_("stand, services and aid given back, invoice credited")
MOVES: dict[State, tuple[Move, ...]] = {
    State.DRAFT: (
        _SENT,
        Move(State.WITHDRAWN, "application.withdraw"),
        _CANCELLED_TOO,
    ),
    State.SUBMITTED: (
        _SENT,
        Move(State.ELIGIBLE, "application.check"),
        Move(State.INELIGIBLE, "application.check", "ineligible", reason=True),
        Move(State.WAIT_LISTED, "application.check", "wait-listed"),
        Move(State.REJECTED, "application.check", "rejected", reason=True),
        Move(State.ADMITTED, "application.admit", "admitted", does=_CONTRACT),
        _ASKED,
        Move(State.WITHDRAWN, "application.withdraw", "withdrawn"),
        _EXCLUDED,
        _CANCELLED_TOO,
    ),
    State.TO_CORRECT: (
        _SENT,
        Move(
            State.SUBMITTED,
            "application.correct",
            "correction-over",
            does=N_("what was sent before counts"),
        ),
        _ASKED,
        Move(State.WITHDRAWN, "application.withdraw", "withdrawn"),
        _EXCLUDED,
        _CANCELLED_TOO,
    ),
    State.ELIGIBLE: (
        _SENT,
        Move(State.INELIGIBLE, "application.check", "ineligible", reason=True),
        Move(State.WAIT_LISTED, "application.check", "wait-listed"),
        Move(State.REJECTED, "application.check", "rejected", reason=True),
        Move(State.ADMITTED, "application.admit", "admitted", does=_CONTRACT),
        _ASKED,
        Move(State.WITHDRAWN, "application.withdraw", "withdrawn"),
        _EXCLUDED,
        _CANCELLED_TOO,
    ),
    State.INELIGIBLE: (
        _SENT,
        Move(State.ELIGIBLE, "application.check"),
    ),
    State.WAIT_LISTED: (
        Move(State.ELIGIBLE, "application.check"),
        Move(State.REJECTED, "application.check", "rejected", reason=True),
        Move(State.ADMITTED, "application.admit", "admitted", does=_CONTRACT),
        Move(State.WITHDRAWN, "application.withdraw", "withdrawn"),
        _EXCLUDED,
        _CANCELLED_TOO,
    ),
    State.REJECTED: (Move(State.ELIGIBLE, "application.check"),),
    State.ADMITTED: (
        Move(State.CONFIRMED, "application.admit", "confirmed", does=N_("dates become firm")),
        Move(State.LAPSED, "application.admit", "lapsed", does=_GIVEN_BACK),
        Move(State.WITHDRAWN, "application.withdraw", "left", does=_GIVEN_BACK),
        Move(State.RELEASED, "application.admit", "released", reason=True, does=_GIVEN_BACK),
        Move(State.EXCLUDED, "application.exclude", "excluded", reason=True, does=_GIVEN_BACK),
        _CANCELLED_TOO,
    ),
    State.CONFIRMED: (
        Move(State.EXHIBITED, "application.check"),
        Move(State.NO_SHOW, "application.check"),
        Move(State.WITHDRAWN, "application.withdraw", "left", does=_GIVEN_BACK),
        Move(State.RELEASED, "application.admit", "released", reason=True, does=_GIVEN_BACK),
        Move(State.EXCLUDED, "application.exclude", "excluded", reason=True, does=_GIVEN_BACK),
        _CANCELLED_TOO,
    ),
    State.EXHIBITED: (Move(State.NO_SHOW, "application.check"),),
    State.NO_SHOW: (Move(State.EXHIBITED, "application.check"),),
    State.LAPSED: (
        Move(State.ADMITTED, "application.revive", "admitted", does=_CONTRACT),
        Move(State.WAIT_LISTED, "application.check", "wait-listed"),
    ),
    State.RELEASED: (
        Move(State.ADMITTED, "application.revive", "admitted", does=_CONTRACT),
        Move(State.WAIT_LISTED, "application.check", "wait-listed"),
        Move(State.ELIGIBLE, "application.check"),
    ),
    State.WITHDRAWN: (_SENT,),
    State.EXCLUDED: (),
    State.CANCELLED: (),
}
CANCELS = tuple(state for state in State if _CANCELLED_TOO in MOVES[state])
OPEN_STATES = (State.SUBMITTED, State.TO_CORRECT, State.ELIGIBLE)
APPEALED = (State.INELIGIBLE, State.REJECTED, State.EXCLUDED)
HOLDING = (State.ADMITTED, State.CONFIRMED)
PLACED = (State.ADMITTED, State.CONFIRMED, State.EXHIBITED, State.NO_SHOW)
BULK = (State.ELIGIBLE, State.WAIT_LISTED, State.REJECTED, State.EXHIBITED, State.NO_SHOW)


def move(now: State, to: State, verb: str = "") -> Move:
    """The transition from `now` to `to`, by `verb` if named; Conflict where there is none."""
    for each in MOVES[now]:
        if each.to is to and verb in ("", each.verb):
            return each
    raise Conflict(
        N_("This application is “{now}”, so it cannot become “{to}”. Nothing was changed."),
        now=now.value.replace("_", " "),
        to=to.value.replace("_", " "),
    )


def must_hold(now: State) -> None:
    """Conflict unless an application in this state has a contract that holds."""
    if now not in HOLDING:
        raise Conflict(
            N_("This application is “{now}”: it has no contract that holds. Nothing was changed."),
            now=now.value.replace("_", " "),
        )


def may_arrive(now: Phase, opens: str, closes: str, at: str) -> None:
    """Refuse an application outside the open call, with both instants, to the second."""
    if now is Phase.PUBLISHED:
        raise Refused(
            N_(
                "The call opens on {opens}. It is {at} now, so your application was not taken;"
                " what you entered is kept."
            ),
            opens=opens,
            at=at,
        )
    if now is not Phase.OPEN:
        raise Refused(
            N_(
                "The call closed on {closes}. It is {at} now, so your application was not taken;"
                " what you entered is kept. Ask the agency about a late list."
            ),
            closes=closes,
            at=at,
        )


def area_fits(area: Decimal, minimum: Decimal, maximum: Decimal | None, left: Decimal) -> None:
    """Refuse an area below the minimum, above the call's maximum, or above what is left."""
    if area < minimum:
        raise Refused(
            N_("The smallest stand in this call has {minimum} m². Ask for at least that."),
            field="area_m2",
            minimum=f"{minimum.normalize():f}",
        )
    if maximum is not None and area > maximum:
        raise Refused(
            N_("The largest stand in this call has {maximum} m². Ask for at most that."),
            field="area_m2",
            maximum=f"{maximum.normalize():f}",
        )
    if area > left:
        raise Refused(
            N_("Only {left} m² of the joint booth are left. Ask for at most that."),
            field="area_m2",
            left=f"{left.normalize():f}",
        )


# The declarations that a call asks for unless it says otherwise.
DECLARED = ("conditions", "no_insolvency", "no_double_funding", "de_minimis")
TASKS = ("stand", "services", "goals", "declarations")


def may_correct(until: datetime, now: datetime, shown_until: str) -> None:
    """Refuse a correction that comes after its deadline, which is exclusive."""
    if now >= until:
        raise Refused(
            N_(
                "The time to correct this application ended on {until}. Nothing was sent: it counts"
                " as you sent it before, and the agency decides on that."
            ),
            until=shown_until,
        )


def reference(agency: str, year: int, number: int) -> str:
    """What people write on letters and say on the phone: NOR-2027-00042."""
    return f"{agency[:3].upper()}-{year}-{number:05d}"
