"""Each placement and each unmet wish in a sentence. Nothing is said that was not looked up."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from booths.plans.rules import KIND_NAMES
from booths.proposals.rules import (
    Applicant,
    Case,
    Floor,
    Place,
    Unfit,
    Wish,
    WishKind,
    connected,
    distance_m,
    floor,
    points,
    total,
    unfit,
    wishes,
    worth,
)
from booths.proposals.solver import Goal, Solution, Stage
from server.text import N_, gettext
from server.web.formats import m2, number

_MOST = 6

_LACKS = {
    Unfit.SMALL: N_("too small"),
    Unfit.LARGE: N_("too large"),
    Unfit.POWER: N_("without enough power"),
    Unfit.WATER: N_("without water"),
    Unfit.DRAIN: N_("without a drain"),
    Unfit.INTERNET: N_("without internet"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of one applicant: the placement, then each wish that is not met in full."""

    applicant: str
    name: str
    rank: int
    place: str | None
    said: str
    unmet: tuple[str, ...]
    moved_from: str = ""


def listed(some: Iterable[str]) -> str:
    """A1, A2 and A3; shortened after six."""
    names = list(some)
    if len(names) > _MOST:
        return gettext(
            N_("{some} and {n} more"), some=", ".join(names[:_MOST]), n=len(names) - _MOST
        )
    if len(names) > 1:
        return gettext(N_("{some} and {last}"), some=", ".join(names[:-1]), last=names[-1])
    return "".join(names)


def explain(case: Case, found: Solution) -> list[Told]:
    """A line for each applicant, best rank first."""
    teller = _Teller(case, found)
    return [
        teller.placed(one) if one.key in found.placement else teller.left_out(one)
        for one in sorted(case.applicants, key=lambda each: each.rank)
    ]


def goal(stage: Stage) -> str:
    """How good the placement is for one goal, in a sentence."""
    said = {
        (Goal.RANK, True): N_(
            "{value} are placed; nobody was passed over who could have been placed in rank order."
        ),
        (Goal.RANK, False): N_(
            "{value} are placed; of {open} more it was not proven in time that there is no room."
        ),
        (Goal.MOVES, True): N_("{value} move; fewer is not possible."),
        (Goal.MOVES, False): N_("{value} move; at least {bound} must."),
        (Goal.WISHES, True): N_("Wishes are met for {value} points; more is not possible."),
        (Goal.WISHES, False): N_(
            "Wishes are met for {value} points; no placement has more than {bound} (gap {gap})."
        ),
    }[stage.goal, stage.proven]
    scale = 100 if stage.goal is Goal.WISHES else 1
    return gettext(
        said,
        value=_plain(stage.value, scale),
        bound=_plain(stage.bound, scale),
        open=stage.bound - stage.value,
        gap=f"{stage.gap * 100:.2f} %",
    )


def _plain(value: int, scale: int) -> str:
    return f"{value / scale:.2f}" if scale > 1 else str(value)


class _Teller:
    """Looks up who stands where."""

    def __init__(self, case: Case, found: Solution) -> None:
        self.case = case
        self.found = found
        self.ground: Floor = floor(case.places, case.apart_m)
        self.applicants = {each.key: each for each in case.applicants}
        self.places = {each.key: each for each in case.places}
        self.number = {each.key: n for n, each in enumerate(case.places)}
        self.holder = {place: who for who, place in found.placement.items()}
        self.wishes: dict[str, list[Wish]] = {}
        for wish in wishes(case):
            self.wishes.setdefault(wish.applicant, []).append(wish)

    def _at(self, who: str) -> int | None:
        place = self.found.placement.get(who)
        return None if place is None else self.number[place]

    def _full(self, wish: Wish, one: Applicant) -> bool:
        at = self._at(one.key)
        assert at is not None
        gained = worth(wish, one, self.case.places, at, self._at(wish.other), self.ground)
        return gained == wish.weight * 100

    # who is placed

    def placed(self, one: Applicant) -> Told:
        """The stand, what is as wished, and each wish that is not."""
        place = self.places[self.found.placement[one.key]]
        mine = self.wishes.get(one.key, [])
        met = [wish for wish in mine if self._full(wish, one)]
        said = gettext(
            N_("{name} (rank {rank}) gets {stand}, {area}, {kind}"),
            name=one.name,
            rank=one.rank,
            stand=place.key,
            area=m2(place.area_m2),
            kind=gettext(KIND_NAMES[place.kind]).lower(),
        )
        if met:
            said += gettext(N_("; as wished: {met}"), met=listed(map(self._wished, met)))
        if one.consortium:
            said += gettext(N_("; wall to wall with the others of {name}"), name=one.consortium)
        if one.members > 1:
            said += gettext(N_("; one stand for all its {n} members"), n=one.members)
        if one.key in self.case.pins:
            said += gettext(N_("; pinned there"))
            why = unfit(one, place)
            if why is not None:
                said += gettext(N_(" although it is {lack}"), lack=gettext(_LACKS[why]))
        before = self.case.previous.get(one.key, "")
        moved = before if before and before != place.key else ""
        if moved:
            said += gettext(N_("; before it had {stand}"), stand=moved)
        return Told(
            one.key,
            one.name,
            one.rank,
            place.key,
            said + ".",
            tuple(self._unmet(wish, one, place) for wish in mine if wish not in met),
            moved,
        )

    def _wished(self, wish: Wish) -> str:
        one = self.applicants[wish.applicant]
        other = self.applicants[wish.other].name if wish.other else ""
        if wish.kind is WishKind.AREA:
            return gettext(N_("the area"))
        if wish.kind is WishKind.KIND:
            assert one.kind is not None
            return gettext(N_("a {kind}"), kind=gettext(KIND_NAMES[one.kind]).lower())
        if wish.kind is WishKind.OPEN_SIDES:
            return gettext(N_("{n} open sides or more"), n=one.open_sides)
        if wish.kind is WishKind.NEIGHBOUR:
            return gettext(N_("beside {name}"), name=other)
        return gettext(N_("apart from {name}"), name=other)

    def _unmet(self, wish: Wish, one: Applicant, place: Place) -> str:
        if wish.kind is WishKind.NEIGHBOUR:
            return self._no_neighbour(wish, one)
        if wish.kind is WishKind.APART:
            return self._not_apart(wish, one, place)
        values = {
            WishKind.AREA: (m2(one.wanted_m2), m2(place.area_m2)),
            WishKind.KIND: (
                gettext(KIND_NAMES[one.kind]).lower() if one.kind else "",
                gettext(KIND_NAMES[place.kind]).lower(),
            ),
            WishKind.OPEN_SIDES: (
                gettext(N_("{n} open sides"), n=one.open_sides),
                str(place.open_sides),
            ),
        }
        wanted, has = values[wish.kind]
        gained = points(wish, one, place)
        better = [
            each
            for each in self.case.places
            if unfit(one, each) is None and points(wish, one, each) > gained
        ]
        return gettext(
            N_("Wished: {wanted}; it has {has}. {why}"),
            wanted=wanted,
            has=has,
            why=self._others(one, better, N_("No stand that fits {name} comes nearer to it.")),
        )

    def _no_neighbour(self, wish: Wish, one: Applicant) -> str:
        other = self.applicants[wish.other]
        there = self._at(other.key)
        if there is None:
            why = gettext(N_("{name} has no stand."), name=other.name)
        else:
            beside = [self.case.places[each] for each in sorted(self.ground.beside[there])]
            why = gettext(
                N_("{name} has {stand}."), name=other.name, stand=self.case.places[there].key
            )
            why += " " + self._others(
                one,
                [each for each in beside if unfit(one, each) is None],
                N_("No stand beside that one fits {name}."),
            )
        return gettext(N_("Wished to stand beside {name}. {why}"), name=other.name, why=why)

    def _not_apart(self, wish: Wish, one: Applicant, place: Place) -> str:
        other = self.applicants[wish.other]
        there = self._at(other.key)
        assert there is not None
        near = self.ground.near[there]
        away = [
            each
            for number, each in enumerate(self.case.places)
            if number not in near and number != there and unfit(one, each) is None
        ]
        return gettext(
            N_("Wished to stand apart from {name}, who has {stand}, {far} m away. {why}"),
            name=other.name,
            stand=self.case.places[there].key,
            far=number(distance_m(place, self.case.places[there])),
            why=self._others(
                one, away, N_("Every stand that fits {name} is nearer to it than asked for.")
            ),
        )

    def _others(self, one: Applicant, better: list[Place], none: str) -> str:
        """Who has the stands that would be better, and why one that is free is not taken."""
        if not better:
            return gettext(none, name=one.name)
        if one.key in self.case.pins:
            return gettext(N_("It is pinned."))
        said = []
        taken = [each for each in better if each.key in self.holder]
        free = [each for each in better if each.key not in self.holder]
        if taken:
            said.append(
                gettext(
                    N_("Given to others: {stands}."),
                    stands=listed(
                        f"{each.key} ({self.applicants[self.holder[each.key]].name})"
                        for each in taken
                    ),
                )
            )
        said += [self._free(one, each) for each in free[:2]]
        return " ".join(said)

    def _free(self, one: Applicant, place: Place) -> str:
        """What would become of everybody's wishes if this one went to a free stand."""
        tried = {**self.found.placement, one.key: place.key}
        together = [
            self.number[tried[each.key]]
            for each in self.case.applicants
            if one.consortium and each.consortium == one.consortium and each.key in tried
        ]
        if not connected(together, self.ground):
            return gettext(
                N_("{stand} is free, but not beside the others of {name}."),
                stand=place.key,
                name=one.consortium,
            )
        gain = total(self.case, tried, self.ground) - self.found.points
        if gain <= 0:
            return gettext(
                N_("{stand} is free, but going there would cost {n} points of other wishes."),
                stand=place.key,
                n=_plain(-gain, 100),
            )
        if one.key in self.case.previous:
            return gettext(N_("{stand} is free, but it would be one more move."), stand=place.key)
        return gettext(
            N_("{stand} is free and better: the search ended before it was tried."),
            stand=place.key,
        )

    # who is not

    def left_out(self, one: Applicant) -> Told:
        """Why an applicant has no stand."""
        said = gettext(
            N_("{name} (rank {rank}) has no stand. {why}"),
            name=one.name,
            rank=one.rank,
            why=self._why(one),
        )
        if one.members > 1:
            said += " " + gettext(
                N_("Its {n} members are placed together or not at all."), n=one.members
            )
        return Told(
            one.key, one.name, one.rank, None, said, (), self.case.previous.get(one.key, "")
        )

    def _why(self, one: Applicant) -> str:
        lacks = Counter(unfit(one, place) for place in self.case.places)
        if None not in lacks:
            counted = [f"{n} {gettext(_LACKS[why])}" for why, n in lacks.items() if why]
            return gettext(N_("No stand fits: {lacks}."), lacks=listed(counted) or "0")
        if one.key in self.found.undecided:
            return gettext(
                N_("No room was found in the time given; that there is none is not proven.")
            )
        places, holders = self.found.needed.get(one.key, ((), ()))
        group = [each for each in self.case.applicants if each.consortium == one.consortium]
        if one.consortium and (not places or len(group) > 1):
            return self._no_group(one.consortium, len(places), len(holders))
        pinned = set(self.case.pins.values())
        fits = [place.key for place in self.case.places if unfit(one, place) is None]
        open_ = [each for each in fits if each not in pinned]
        if not open_:
            return gettext(N_("Pinned for others: {stands}."), stands=listed(fits))
        return gettext(
            N_(
                "What fits ({fits}) is among {n} stands that {n} others need who come before it:"
                " none of them fits anywhere else."
            ),
            fits=listed(open_),
            n=len(places),
        )

    def _no_group(self, name: str, places: int, holders: int) -> str:
        if places:
            return gettext(
                N_(
                    "There is no room for all of {name}: the stands that fit are among {n} that"
                    " {holders} others need who come before it."
                ),
                name=name,
                n=places,
                holders=holders,
            )
        return gettext(
            N_(
                "There is no placement of everybody ranked before in which {name} stands wall to"
                " wall."
            ),
            name=name,
        )
