"""The published problem as clauses, for a core-guided solver.

Encoding after Bofill et al., JAIR 74 (2022), with its implied constraints: without "exactly as
many used slots as meetings" and "at most twice as many people as tables in a slot" the hard half
of the public instances is out of reach.
"""

from collections import defaultdict
from collections.abc import Iterable

from pysat.card import CardEnc, EncType
from pysat.formula import WCNF, IDPool

from events.matchmaking.scheduler.problem import Problem


class Clauses:
    """`wcnf` holds the problem; `hole[p]` the literals of the breaks of participant p."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.wcnf = WCNF()
        self.pool = IDPool()
        self.possible = True
        self.at: dict[tuple[int, int], int] = {}
        self.used: dict[tuple[int, int], int] = {}
        self.hole: list[list[int]] = [[] for _ in range(problem.participants)]
        self._meetings()
        self._participants()
        self._things()
        self._tables()
        self._order()
        self._fairness()

    def new(self) -> int:
        """A fresh variable."""
        return int(self.pool.id())

    def hard(self, *literals: int) -> None:
        """A clause that must hold."""
        self.wcnf.append(list(literals))

    def count(self, literals: list[int], *, most: int | None = None, exactly: int | None = None,
              kind: int = EncType.cardnetwrk) -> None:  # fmt: skip
        """At most or exactly so many of `literals`."""
        if exactly is not None:
            if exactly > len(literals) or exactly < 0:
                self.possible = False
                return
            if exactly == len(literals):
                for one in literals:
                    self.hard(one)
                return
            found = CardEnc.equals(literals, exactly, vpool=self.pool, encoding=kind)
        else:
            assert most is not None
            if most >= len(literals):
                return
            found = CardEnc.atmost(literals, most, vpool=self.pool, encoding=kind)
        self.wcnf.extend(found.clauses)

    def plan(self, model: Iterable[int]) -> list[int]:
        """The slot of each meeting in a model."""
        true = {one for one in model if one > 0}
        plan = [-1] * len(self.problem.meetings)
        for (meeting, slot), literal in self.at.items():
            if literal in true:
                plan[meeting] = slot
        return plan

    def _meetings(self) -> None:
        """Each meeting has exactly one of its slots."""
        for index, meeting in enumerate(self.problem.meetings):
            own = []
            for slot in range(self.problem.slots):
                if meeting.slots >> slot & 1:
                    literal = self.at[index, slot] = self.new()
                    own.append(literal)
            if not own:
                self.possible = False
                continue
            self.hard(*own)
            self._one_of(own)

    def _participants(self) -> None:
        """One meeting at a time, as many used slots as meetings, and where breaks end."""
        slots = self.problem.slots
        for who, meetings in enumerate(self.problem.of_participant):
            if not meetings:
                continue
            used = []
            for slot in range(slots):
                here = [self.at[one, slot] for one in meetings if (one, slot) in self.at]
                literal = self.used[who, slot] = self.new()
                used.append(literal)
                self.hard(-literal, *here)
                for one in here:
                    self.hard(-one, literal)
                self._one_of(here)
            self.count(used, exactly=len(meetings))
            for first, end in self.problem.spans:
                self._breaks(who, used[first:end])

    def _things(self) -> None:
        """A stand or an interpreter is in one meeting at a time."""
        occupied: dict[tuple[int, int], list[int]] = defaultdict(list)
        for (meeting, slot), literal in self.at.items():
            for one in self.problem.meetings[meeting].also:
                if one >= self.problem.participants:
                    occupied[one, slot].append(literal)
        for here in occupied.values():
            self._one_of(here)

    def _one_of(self, literals: list[int]) -> None:
        for i, one in enumerate(literals):
            for other in literals[i + 1 :]:
                self.hard(-one, -other)

    def _breaks(self, who: int, used: list[int]) -> None:
        """A break ends where a slot is idle, an earlier one was used and the next one is."""
        if len(used) < 3 or len(self.problem.of_participant[who]) < 2:
            return
        held = used[0]
        for slot in range(1, len(used) - 1):
            now = self.new()
            self.hard(-used[slot], now)
            self.hard(-held, now)
            self.hard(-now, held, used[slot])
            held = now
            hole = self.new()
            self.hard(used[slot], -held, -used[slot + 1], hole)
            self.hard(-hole, -used[slot])
            self.hard(-hole, held)
            self.hard(-hole, used[slot + 1])
            self.hole[who].append(hole)
            self.wcnf.append([-hole], weight=1)

    def _tables(self) -> None:
        """Meetings that share a participant count once: at most one of them is in a slot."""
        clusters = self._clusters()
        at_tables = all(each.table for each in self.problem.meetings)
        together = max((self._people(one) for one in range(len(self.problem.meetings))), default=2)
        for slot, tables in enumerate(self.problem.tables):
            people = [self.used[who, slot] for who in range(self.problem.participants)
                      if (who, slot) in self.used]  # fmt: skip
            if at_tables:
                self.count(people, most=together * tables)
            active = []
            for cluster in clusters:
                here = [self.at[one, slot] for one in cluster if (one, slot) in self.at]
                if len(here) > 1:
                    literal = self.new()
                    for one in here:
                        self.hard(-one, literal)
                    active.append(literal)
                elif here:
                    active.append(here[0])
            self.count(active, most=tables, kind=EncType.seqcounter)

    def _people(self, meeting: int) -> int:
        return sum(one < self.problem.participants for one in self.problem.meetings[meeting].all)

    def _clusters(self) -> list[list[int]]:
        """Every meeting in one group of meetings of one participant, the busiest ones first."""
        left = {
            who: {one for one in each if self.problem.meetings[one].table}
            for who, each in enumerate(self.problem.of_participant)
            if each
        }
        clusters = []
        while left:
            who = max(left, key=lambda one: (len(left[one]), -one))
            taken = left.pop(who)
            if not taken:
                break
            clusters.append(sorted(taken))
            for others in left.values():
                others -= taken
        return clusters

    def _order(self) -> None:
        """A meeting comes strictly after those that precede it."""
        for first, second in self.problem.precedences:
            for slot in range(self.problem.slots):
                later = self.at.get((second, slot))
                if later is None:
                    continue
                earlier = [self.at[first, one] for one in range(slot) if (first, one) in self.at]
                self.hard(-later, *earlier)

    def _fairness(self) -> None:
        """No two participants whose numbers of breaks differ by more than is allowed."""
        most = self.problem.fairness
        if most is None:
            return
        if any(self._never(who) for who in range(self.problem.participants)):
            for holes in self.hole:
                self.count(holes, most=most, kind=EncType.seqcounter)
            return
        self._between(most)

    def _never(self, who: int) -> bool:
        """Whether a participant has no break in any plan: no room or no reason for one."""
        own = self.problem.of_participant[who]
        open_slots = 0
        for one in own:
            open_slots |= self.problem.meetings[one].slots
        return len(own) < 2 or (
            len(own) == open_slots.bit_count() and self.problem.breaks_of(open_slots) == 0
        )

    def _between(self, most: int) -> None:
        """least <= breaks(p) <= least + most for all p, with `least` as a unary number."""
        longest = max((len(holes) for holes in self.hole), default=0)
        sorted_: list[list[int]] = []
        for holes in self.hole:
            # at_least[k] <- at least k + 1 breaks, and the other way round
            at_least = [self.new() for _ in range(len(holes))]
            previous: list[int] = []
            counts: dict[int, list[int]] = defaultdict(list)
            for index, hole in enumerate(holes):
                row = [self.new() for _ in range(index + 1)]
                for k in range(index + 1):
                    below = previous[k] if k < index else None
                    step = previous[k - 1] if k else None
                    # row[k] <-> previous[k] or (hole and previous[k-1])
                    if below is not None:
                        self.hard(-below, row[k])
                    self.hard(row[k], -hole, *([] if step is None else [-step]))
                    self.hard(-row[k], hole, *([] if below is None else [below]))
                    if step is not None:
                        self.hard(-row[k], step, *([] if below is None else [below]))
                previous = row
                counts[index] = row
            for k, literal in enumerate(previous):
                self.hard(-at_least[k], literal)
                self.hard(at_least[k], -literal)
            sorted_.append(at_least)
        least = [self.new() for _ in range(longest)]
        for k, literal in enumerate(least):
            if k:
                self.hard(-literal, least[k - 1])
            for at_least in sorted_:
                self.hard(-literal, *([at_least[k]] if k < len(at_least) else []))
        for at_least in sorted_:
            for k, literal in enumerate(at_least):
                if k >= most:
                    self.hard(-literal, *([least[k - most]] if k - most < len(least) else []))
