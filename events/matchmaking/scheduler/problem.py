"""The scheduling problem of one event and what a plan for it is. Pure; indices start at 0.

The published problem (JAIR 74 (2022) 263-301) is the case in which every meeting must be placed:
a participant has at most one meeting in a slot, a slot at most so many meetings as there are
tables, a meeting has its allowed slots and may have to come after others, and the number of breaks
of any two participants differs by at most `fairness`. A real event adds weights, because not
everything fits, and half-days, inside which alone a break counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

UNPLACED = -1


class Status(StrEnum):
    """How a question about a plan was answered."""

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    INFEASIBLE = "infeasible"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Meeting:
    """Those who meet and the slots they may meet in, as a bit mask: bit t stands for slot t.

    `also` are further participants of a group, and things of which there is one: numbers from
    `Problem.participants` on are a stand where it takes place or an interpreter. `weight` is what
    placing it is worth; a `pinned` meeting stays where `Problem.before` has it. One that needs no
    `table` is at a stand or by video.
    """

    a: int
    b: int
    slots: int
    weight: int = 1
    also: tuple[int, ...] = ()
    pinned: bool = False
    table: bool = True

    @property
    def all(self) -> tuple[int, ...]:
        """Everybody and everything that this meeting occupies."""
        return (self.a, self.b, *self.also)


@dataclass(frozen=True)
class Problem:
    """One event. `tables` is the number of tables in each slot.

    `things` are stands and interpreters, numbered after the participants. `halves` are the slots at
    which a new half-day begins (0 always does): hours between two are no break. `precedences` are
    (earlier, later) pairs of meetings. `fairness` is the largest difference between the breaks of
    two participants, None without a limit; `in_a_row` the most meetings without a free slot that
    anybody should have. `all_placed` says that a plan without every meeting is no plan. `before` is
    the plan that people know, if there is one.
    """

    participants: int
    meetings: tuple[Meeting, ...]
    tables: tuple[int, ...]
    things: int = 0
    halves: tuple[int, ...] = (0,)
    precedences: tuple[tuple[int, int], ...] = ()
    fairness: int | None = None
    in_a_row: int | None = None
    all_placed: bool = False
    before: tuple[int, ...] = ()

    @property
    def slots(self) -> int:
        """How many slots the event has."""
        return len(self.tables)

    @property
    def known(self) -> bool:
        """Whether people know a plan from which others than pinned meetings may move."""
        return any(
            slot != UNPLACED and not one.pinned
            for one, slot in zip(self.meetings, self.before, strict=False)
        )

    @cached_property
    def of_participant(self) -> tuple[tuple[int, ...], ...]:
        """The meetings of each participant."""
        found: list[list[int]] = [[] for _ in range(self.participants)]
        for index, meeting in enumerate(self.meetings):
            for one in meeting.all:
                if one < self.participants:
                    found[one].append(index)
        return tuple(tuple(each) for each in found)

    @cached_property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """The half-days as (first slot, slot after the last)."""
        ends = (*self.halves[1:], self.slots)
        return tuple(zip(self.halves, ends, strict=True))

    def weight(self, plan: Sequence[int]) -> int:
        """What the placed meetings of `plan` are worth together."""
        return sum(
            one.weight for one, slot in zip(self.meetings, plan, strict=True) if slot != UNPLACED
        )

    def busy(self, plan: Sequence[int]) -> list[int]:
        """The slots in which each participant has a meeting, as a bit mask."""
        masks = [0] * self.participants
        for one, slot in zip(self.meetings, plan, strict=True):
            if slot != UNPLACED:
                for who in one.all:
                    if who < self.participants:
                        masks[who] |= 1 << slot
        return masks

    def breaks_of(self, mask: int) -> int:
        """The groups of idle slots between the meetings of one participant, inside half-days."""
        found = 0
        for first, end in self.spans:
            part = (mask >> first) & ((1 << (end - first)) - 1)
            found += max(0, (part & ~(part << 1)).bit_count() - 1)
        return found

    def breaks(self, plan: Sequence[int]) -> int:
        """All breaks of all participants."""
        return sum(self.breaks_of(mask) for mask in self.busy(plan))


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan and how good it is known to be.

    `plan` names a slot or UNPLACED for each meeting, in order; it is None where none was found.
    `breaks` is what the plan has and `bound` what no plan can go below with so much placed;
    `weight` is what it places and `upper` what no plan can go above.
    """

    status: Status
    plan: tuple[int, ...] | None = None
    breaks: int | None = None
    bound: int = 0
    weight: int = 0
    upper: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = field(default=())
