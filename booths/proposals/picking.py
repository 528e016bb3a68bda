"""Who is placed: through the ranking, one unit after the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from booths.proposals.asked import Asked
from booths.proposals.matching import Matching, joined
from booths.proposals.model import Model
from server.errors import Refused
from server.text import N_

TRIES = 400
"""Placements of a consortium that are tried before the search is left to CP-SAT."""


@dataclass(frozen=True, slots=True)
class Picked:
    """The units that are placed, somewhere to start from, and what is known about the others."""

    taken: list[tuple[int, ...]]
    at: dict[int, int]
    needed: dict[str, tuple[tuple[str, ...], tuple[str, ...]]]
    undecided: frozenset[str]


def pick(asked: Asked) -> Picked:
    """Go through the ranking; `loose` forgets that consortia stand together, `firm` does not.

    What does not fit even loosely is ruled out; what fits firmly is in; CP-SAT decides the rest.
    """
    every = sorted(asked.units, key=lambda unit: not any(one in asked.pins for one in unit))
    loose, firm = Matching(asked.fitting), Matching(asked.fitting)
    taken: list[tuple[int, ...]] = []
    needed: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}
    undecided: set[str] = set()
    for unit in every:
        tried = loose.copy() if len(unit) > 1 else loose
        blocked = next((one for one in unit if not tried.take_in(one)), None)
        if blocked is not None:
            needed |= _needed(asked, unit, tried, blocked)
        else:
            found, sure = _firmly(asked, taken, unit, firm, tried)
            if found is not None:
                firm, loose = found, tried
                taken.append(unit)
                continue
            loose = _replayed(asked, taken)
            if not sure:
                undecided |= {asked.keys[one] for one in unit}
        if any(one in asked.pins for one in unit):
            raise _contradiction(asked, unit)
    return Picked(taken, firm.at, needed, frozenset(undecided))


def _replayed(asked: Asked, taken: Sequence[tuple[int, ...]]) -> Matching:
    loose = Matching(asked.fitting)
    for unit in taken:
        for one in unit:
            loose.take_in(one)
    return loose


def _needed(
    asked: Asked, unit: tuple[int, ...], tried: Matching, blocked: int
) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    places, holders = tried.needed(blocked)
    said = (
        tuple(asked.case.places[place].key for place in sorted(places)),
        tuple(asked.keys[one] for one in sorted(holders)),
    )
    return {asked.keys[one]: said for one in unit}


def _firmly(
    asked: Asked,
    taken: list[tuple[int, ...]],
    unit: tuple[int, ...],
    firm: Matching,
    loose: Matching,
) -> tuple[Matching | None, bool]:
    """(a placement with the unit, or None; whether None is proven)."""
    groups = [each for each in taken if len(each) > 1]
    if len(unit) == 1 and not groups:
        return loose.copy(), True
    fixed = frozenset(firm.at[one] for group in groups for one in group)
    tried = firm.copy()
    if len(unit) == 1:
        if tried.take_in(unit[0], fixed):
            return tried, True
    else:
        found = _together(asked, unit, firm, fixed)
        if found is not None:
            return found, True
    model = Model(asked, [*taken, unit])
    model.hint(firm.at)
    at, sure = model.any(asked.left)
    if at is None:
        return None, sure
    made = Matching(asked.fitting)
    for one, place in at.items():
        made.put(one, place)
    return made, True


def _together(
    asked: Asked, unit: tuple[int, ...], firm: Matching, fixed: frozenset[int]
) -> Matching | None:
    kept: Matching | None = None

    def accept(given: dict[int, int]) -> bool:
        nonlocal kept
        mine = frozenset(given.values())
        if mine & fixed:
            return False
        tried = Matching(asked.fitting)
        for one, place in firm.at.items():
            if place not in mine:
                tried.put(one, place)
        for one, place in given.items():
            tried.put(one, place)
        homeless = [firm.by[place] for place in sorted(mine) if place in firm.by]
        if all(tried.take_in(one, fixed | mine) for one in homeless):
            kept = tried
        return kept is not None

    joined(unit, asked.fitting, asked.ground.beside, accept, TRIES)
    return kept


def _contradiction(asked: Asked, unit: tuple[int, ...]) -> Refused:
    names = [asked.case.applicants[one].name for one in unit]
    if len(unit) == 1:
        return Refused(
            N_("{name} cannot have its pinned stand together with the other pins. Unpin one."),
            name=names[0],
        )
    return Refused(
        N_(
            "The consortium {name} cannot stand wall to wall with these pins: {members}. Unpin one"
            " of its members, or one of the stands around them."
        ),
        name=asked.case.applicants[unit[0]].consortium,
        members=", ".join(names),
    )
