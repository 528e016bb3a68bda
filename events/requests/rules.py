"""Who may ask whom for a meeting, how often, and until when; what becomes of a request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

from server.errors import Conflict, Refused
from server.text import N_

HOURLY = 20
"""Requests that one participant may send in an hour, whatever their group allows."""
AGAIN_AFTER = timedelta(days=14)
"""After a decline the same person may be asked again then."""
GOOD_FOR = timedelta(days=14)
"""A request without an answer ends after this, or at the session's own deadline."""
REMINDED_AFTER = timedelta(days=3)
"""A request that waits this long has its one reminder."""
SILENT_FOR = timedelta(hours=20)
"""The organiser reminds nobody twice within this."""
MOST_GUESTS = 6


class RequestState(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


MOVES: Mapping[RequestState, frozenset[RequestState]] = {
    RequestState.OPEN: frozenset(
        {
            RequestState.ACCEPTED,
            RequestState.DECLINED,
            RequestState.CANCELLED,
            RequestState.EXPIRED,
        }
    ),
    RequestState.ACCEPTED: frozenset({RequestState.CANCELLED}),
    RequestState.DECLINED: frozenset(),
    RequestState.CANCELLED: frozenset(),
    RequestState.EXPIRED: frozenset(),
}
LIVE = frozenset({RequestState.OPEN, RequestState.ACCEPTED})


class Priority(IntEnum):
    """How much somebody wishes a meeting; the plan places the first before the others."""

    MUST = 1
    GOOD = 2
    ROOM = 3


PRIORITY_NAMES: dict[Priority, str] = {
    Priority.MUST: N_("It must be"),
    Priority.GOOD: N_("It would be good"),
    Priority.ROOM: N_("If there is room"),
}


class Kind(StrEnum):
    """What a participant thinks of another, for their own eyes."""

    WISH = "wish"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Person:
    """One of the two, as the rules need them."""

    name: str
    person: int
    company: int
    group: int
    takes_part: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class Past:
    """A request between the two: who asked, and where it stands. `ended_at` is when it was answered
    or ended."""

    mine: bool
    state: RequestState
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """All that decides whether `asker` may ask `asked` now.

    `under_way` are the asker's own requests that are open or accepted, `last_hour` those sent in
    the last hour; `most` is the group's limit, None for none. `may_ask` are the groups that the
    asker's group may ask. `blocked` by the asker, `barred` by the asked.
    """

    asker: Person
    asked: Person
    now: datetime
    open: bool
    until: datetime | None
    may_ask: frozenset[int]
    most: int | None
    under_way: int
    last_hour: int
    past: Sequence[Past] = ()
    blocked: bool = False
    barred: bool = False


def may_ask(case: Asking) -> None:
    """Raises Refused, or Conflict where somebody was quicker, with the reason in a sentence."""
    asked = case.asked
    if asked.person == case.asker.person:
        raise Refused(N_("This is you: nobody meets themselves. Nothing was sent."))
    if asked.company == case.asker.company:
        raise Refused(
            N_("{name} is of your own company. Requests are for people of others."), name=asked.name
        )
    if not case.open:
        raise Conflict(N_("No requests are taken in this session now. Nothing was sent."))
    if case.until is not None and case.now >= case.until:
        raise Conflict(
            N_(
                "The time for requests is over. Nothing was sent."
                " Those that you have can still be answered."
            )
        )
    if case.blocked:
        raise Refused(
            N_("You have blocked {name}. Unblock them first, if you want to meet."), name=asked.name
        )
    live = [each for each in case.past if each.state in LIVE]
    if case.barred or not asked.takes_part or not (asked.shown or live):
        raise Refused(N_("This person takes no requests from you. Nothing was sent."))
    for each in live:
        _not_twice(each, asked.name)
    if asked.group not in case.may_ask:
        raise Refused(
            N_(
                "By the rules of this session your group does not ask the group of {name}."
                " They may ask you."
            ),
            name=asked.name,
        )
    _within_limits(case)


def _not_twice(past: Past, name: str) -> None:
    if past.state is RequestState.ACCEPTED:
        raise Conflict(N_("You and {name} have agreed to meet already."), name=name)
    if past.mine:
        raise Conflict(N_("You have asked {name} already; the answer is still open."), name=name)
    raise Conflict(N_("{name} has asked you already: answer that request."), name=name)


def _within_limits(case: Asking) -> None:
    for each in case.past:
        declined = each.mine and each.state is RequestState.DECLINED
        if declined and each.ended_at and case.now < each.ended_at + AGAIN_AFTER:
            raise Refused(
                N_("{name} has declined. You can ask again {n} days after that, not before."),
                name=case.asked.name,
                n=AGAIN_AFTER.days,
            )
    if case.most is not None and case.under_way >= case.most:
        raise Refused(
            N_(
                "Your group may have {n} requests under way, and you have {has}."
                " Cancel one that matters less, or wait for an answer."
            ),
            n=case.most,
            has=case.under_way,
        )
    if case.last_hour >= HOURLY:
        raise Refused(
            N_(
                "You have sent {n} requests within an hour. Wait a little: people answer those"
                " that are meant for them."
            ),
            n=case.last_hour,
        )


def good_until(
    made: datetime, answers_until: datetime | None, first_at: datetime | None
) -> datetime:
    """When a request made now ends without an answer."""
    return min(each for each in (made + GOOD_FOR, answers_until, first_at) if each is not None)


def move(now: RequestState, to: RequestState, name: str = "") -> None:
    """Refuse a move that the table does not know: somebody was quicker."""
    if to in MOVES[now]:
        return
    if now is RequestState.CANCELLED:
        raise Conflict(
            N_("{name} took this request back a moment ago. Nothing was changed."), name=name
        )
    if now is RequestState.EXPIRED:
        raise Conflict(
            N_("This request has expired without an answer. Ask {name} for a meeting yourself."),
            name=name,
        )
    if now is RequestState.ACCEPTED:
        raise Conflict(N_("This request is accepted already. You can cancel the meeting instead."))
    raise Conflict(N_("This request was declined already. Nothing was changed."))


def gini(counts: Sequence[int]) -> float:
    """How unevenly something is shared, 0 (all the same) to 1 (one has all).

    Sum over sorted x_i of (2i - n - 1)·x_i / (n·sum x), i from 1 (Gini 1912, mean difference).
    """
    total, n = sum(counts), len(counts)
    if not total:
        return 0.0
    weighed = sum((2 * i - n - 1) * x for i, x in enumerate(sorted(counts), start=1))
    return weighed / (n * total)


def cycle(orders: Sequence[tuple[int, int]], earlier: int, later: int) -> bool:
    """Whether "earlier before later" contradicts the orders that are known."""
    after: dict[int, list[int]] = {}
    for one, other in orders:
        after.setdefault(one, []).append(other)
    seen, ahead = set(), [later]
    while ahead:
        at = ahead.pop()
        if at == earlier:
            return True
        if at not in seen:
            seen.add(at)
            ahead += after.get(at, [])
    return False
