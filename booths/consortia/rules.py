"""Export consortia: the key that splits a common stand, who has agreed to what. Pure.

Areas are Decimal square metres with two places, shares integer basis points, amounts integer minor
units.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from booths.fees.pricing import Share
from server.errors import Conflict, Refused
from server.money import split
from server.text import N_

WHOLE_BP = 10_000
MOST_MEMBERS = 20
REPLY_DAYS = 7
"""How long members have to answer to new terms when nobody names a date."""


class Key(StrEnum):
    """How the common stand and what it costs are split."""

    EQUAL = "equal"
    BY_M2 = "by_m2"
    SHARES = "shares"


KEY_WORDS = {
    Key.EQUAL: (N_("Equal parts"), N_("Every member has the same area.")),
    Key.BY_M2: (N_("By square metres"), N_("You say how many m² each member has.")),
    Key.SHARES: (N_("By stated shares"), N_("You say how many per cent each member has.")),
}


class Stage(StrEnum):
    """Where a consortium is."""

    FORMING = "forming"
    SENT = "sent"
    ADMITTED = "admitted"
    DISSOLVED = "dissolved"


class MemberState(StrEnum):
    """Where a member is."""

    INVITED = "invited"
    JOINED = "joined"
    DECLINED = "declined"
    LEFT = "left"


STAGE_MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.FORMING: frozenset({Stage.SENT, Stage.DISSOLVED}),
    Stage.SENT: frozenset({Stage.SENT, Stage.ADMITTED, Stage.DISSOLVED}),
    Stage.ADMITTED: frozenset({Stage.ADMITTED, Stage.DISSOLVED}),
    Stage.DISSOLVED: frozenset(),
}
STAGE_WORDS = {
    Stage.FORMING: N_("Being put together"),
    Stage.SENT: N_("Sent"),
    Stage.ADMITTED: N_("Admitted"),
    Stage.DISSOLVED: N_("Dissolved"),
}
MEMBER_WORDS = {
    MemberState.INVITED: N_("Invited"),
    MemberState.JOINED: N_("Member"),
    MemberState.DECLINED: N_("Has declined"),
    MemberState.LEFT: N_("Has left"),
}
LIVE = (MemberState.INVITED, MemberState.JOINED)


def move(now: Stage, to: Stage) -> Stage:
    """`to`, if a consortium may go there from `now`."""
    if to not in STAGE_MOVES[now]:
        raise Conflict(
            N_("This consortium has moved on: it is “{now}” now. Nothing was changed."),
            now=STAGE_WORDS[now],
        )
    return to


def areas(key: Key, island_m2: Decimal, stated: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """The area of each member, adding up to the island exactly.

    `stated` is, for each member, its square metres (by m2), its per cent (shares) or nothing that
    matters (equal). What cannot be split evenly goes by largest remainder, ties in order.
    """
    if not stated or len(stated) > MOST_MEMBERS:
        raise Refused(N_("A consortium has from 1 to {most} members."), most=MOST_MEMBERS)
    if island_m2 != round(island_m2, 2) or any(each != round(each, 2) for each in stated):
        raise Refused(N_("Give at most two decimal places."), field="island_m2")
    weights = [1] * len(stated)
    if key is not Key.EQUAL:
        if any(each <= 0 for each in stated):
            raise Refused(N_("Every member needs a part of the stand that is more than 0."))
        whole, unit = (island_m2, "m²") if key is Key.BY_M2 else (Decimal(100), "%")
        total = sum(stated, Decimal(0))
        if total != whole:
            raise Refused(
                N_("The parts add up to {total} {unit}: they must add up to {whole} {unit}."),
                total=f"{total.normalize():f}",
                whole=f"{whole.normalize():f}",
                unit=unit,
            )
        weights = [int(each * 100) for each in stated]
    found = on_stand(island_m2, weights)
    if any(each <= 0 for each in found):
        raise Refused(
            N_("The stand is too small for so many members: somebody would have 0 m²."),
            field="island_m2",
        )
    return found


def on_stand(stand_m2: Decimal, weights: Sequence[int]) -> tuple[Decimal, ...]:
    """The areas on a stand of `stand_m2` in the proportion of `weights`, adding up exactly."""
    return tuple(Decimal(part) / 100 for part in split(int(stand_m2 * 100), weights))


def share_on(stand_m2: Decimal, agreed: Sequence[Decimal], place: int) -> Share:
    """One member's part of a stand, in the proportion of the areas that were agreed."""
    return Share(on_stand(stand_m2, [int(area * 100) for area in agreed]), place)


def shares_bp(key: Key, stated: Sequence[Decimal]) -> tuple[int | None, ...]:
    """The stated shares in basis points; None where the key states none."""
    return tuple(int(each * 100) if key is Key.SHARES else None for each in stated)


def without(
    key: Key, island_m2: Decimal, kept: Sequence[tuple[Decimal, int | None]]
) -> tuple[Decimal, ...]:
    """What is proposed as stated parts when somebody has gone: `kept` (area, share) of the others.

    The key and the island stay; the others take the gap over in proportion to what they have.
    """
    if key is Key.EQUAL or not kept:
        return tuple(area for area, _ in kept)
    if key is Key.SHARES:
        weights = [share or 0 for _, share in kept]
        return tuple(Decimal(part) / 100 for part in split(WHOLE_BP, weights))
    return on_stand(island_m2, [int(area * 100) for area, _ in kept])


def gap_weights(key: Key, kept: Sequence[tuple[Decimal, int | None]]) -> list[int]:
    """By what those who stay share the cost of an empty place; `kept` are (area, share) of each."""
    if key is Key.EQUAL:
        return [1] * len(kept)
    if key is Key.SHARES:
        return [share or 0 for _, share in kept]
    return [int(area * 100) for area, _ in kept]


class Standing(StrEnum):
    """What a member's last answer to the terms means now."""

    WAITING = "waiting"
    AGREED = "agreed"
    REFUSED = "refused"
    ANOTHER_PRICE = "another_price"


STANDING_WORDS = {
    Standing.WAITING: N_("Has not answered"),
    Standing.AGREED: N_("Agreed"),
    Standing.REFUSED: N_("Does not agree"),
    Standing.ANOTHER_PRICE: N_("Agreed to another price"),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a member said to a version of the terms, and the price that it saw."""

    agrees: bool
    total_minor: int


def standing(answer: Answer | None, total_minor: int) -> Standing:
    """An agreement holds for the price that was seen; `total_minor` is the price now."""
    if answer is None:
        return Standing.WAITING
    if not answer.agrees:
        return Standing.REFUSED
    return Standing.AGREED if answer.total_minor == total_minor else Standing.ANOTHER_PRICE


class Kind(StrEnum):
    """What a firm on somebody else's stand is."""

    CO_EXHIBITOR = "co_exhibitor"
    REPRESENTED = "represented"


KIND_WORDS = {
    Kind.CO_EXHIBITOR: (
        N_("Co-exhibitor"),
        N_("It is at the stand with its own people and its own products."),
    ),
    Kind.REPRESENTED: (
        N_("Represented firm"),
        N_("Only its products are shown; it sends nobody."),
    ),
}


def counts_for_aid(offered: bool, left_minor: Iterable[int | None], fee_minor: int) -> bool:
    """Whether a firm's fee may be aided: the call offers it, and the firm's own headroom holds it.

    Every source of the call would bear a part of the fee, so the fee has to fit under the ceiling
    of each. The advantage is never more than the fee; None means that no ceiling applies.
    """
    return offered and all(left is None or fee_minor <= left for left in left_minor)
