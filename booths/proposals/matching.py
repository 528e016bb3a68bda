"""Who gets any stand at all, in rank order: augmenting paths, and CP-SAT where consortia need it.

Berge 1957: a set of applicants that has a placement can take in one more exactly when an
alternating path leads from it to a free place. What a failed search has seen is a set of places
that as many applicants need, so that no later search has to enter it (Hall 1935).
"""

from collections.abc import Callable, Sequence

Places = Sequence[frozenset[int]]
"""For each applicant the numbers of the places that fit."""


class Matching:
    """A placement that grows by one applicant at a time and never drops anybody."""

    def __init__(self, fitting: Places) -> None:
        self.fitting = fitting
        self.at: dict[int, int] = {}
        self.by: dict[int, int] = {}
        self._closed: set[int] = set()

    def put(self, applicant: int, place: int) -> None:
        """Give a free place to an applicant who has none."""
        self.at[applicant], self.by[place] = place, applicant

    def copy(self) -> "Matching":
        """The same placement, to try something out."""
        made = Matching(self.fitting)
        made.at, made.by = dict(self.at), dict(self.by)
        return made

    def take_in(self, applicant: int, fixed: frozenset[int] = frozenset()) -> bool:
        """Place one more, moving others if need be, but nobody on a `fixed` place."""
        came: dict[int, int] = {}
        todo = [applicant]
        seen = set(fixed) | self._closed
        entered: set[int] = set()
        while todo:
            mover = todo.pop()
            for place in sorted(self.fitting[mover] - seen):
                seen.add(place)
                entered.add(place)
                came[place] = mover
                if place not in self.by:
                    self._shift(place, came)
                    return True
                todo.append(self.by[place])
        if not fixed:
            self._closed |= entered
        return False

    def _shift(self, place: int, came: dict[int, int]) -> None:
        while True:
            mover = came[place]
            left = self.at.get(mover)
            self.put(mover, place)
            if left is None:
                return
            place = left

    def needed(self, applicant: int) -> tuple[set[int], set[int]]:
        """(places, their holders) that an applicant who was not taken in can reach: as many holders
        as places, and none of them fits anywhere else.
        """
        places: set[int] = set()
        todo = [applicant]
        while todo:
            fresh = self.fitting[todo.pop()] - places
            places |= fresh
            todo += [self.by[place] for place in fresh]
        return places, {self.by[place] for place in places}


def joined(
    members: Sequence[int],
    fitting: Places,
    beside: Sequence[frozenset[int]],
    accept: Callable[[dict[int, int]], bool],
    tries: int,
) -> bool:
    """Whether `accept` takes one of the first `tries` placements of members wall to wall."""
    left = tries

    def grow(given: dict[int, int]) -> bool:
        nonlocal left
        if len(given) == len(members):
            left -= 1
            return accept(given)
        taken = set(given.values())
        around = frozenset().union(*(beside[place] for place in taken)) - taken
        for member in members:
            if member in given:
                continue
            for place in sorted(fitting[member] & around if given else fitting[member]):
                if left <= 0:
                    return False
                if grow({**given, member: place}):
                    return True
            if not given:
                return False
        return False

    return grow({})
