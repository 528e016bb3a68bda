"""From a question to a plan: the times by search, then places, then whatever is left. Pure, long.

The search knows people, slots, tables, stands and interpreters. Walking between areas, the most
meetings in a row and seats are the second step's: in the order of time, every meeting gets its
place or is taken out; what has no slot then is tried in every slot, and once more with one other
meeting moved away for it. So a plan keeps every rule, and what would break one has no slot and a
reason. That costs the search nothing, and no session without such rules notices.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ortools.sat.python import cp_model

from events.matchmaking.scheduler import bounds
from events.matchmaking.scheduler.problem import UNPLACED, Answer, Meeting, Problem
from events.matchmaking.scheduler.solving import solve
from events.schedules.board import Board
from events.schedules.placing import Placing
from events.schedules.reasons import why
from events.schedules.rules import LONGEST_HALF, Ask, At, Place, Question, halves
from server.errors import Refused
from server.text import N_, gettext

Progress = Callable[[float, int, int], None]


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a plan is and what is known about the best: `upper` weight no plan goes above,
    `bound` breaks no plan with so much placed goes below. Both may be met: then it is proven.

    `lonely` people have accepted requests and no meeting; `moved` meetings are elsewhere than
    people know, `dropped` ones have no slot any more.
    """

    asked: int
    placed: int
    weight: int
    upper: int
    breaks: int
    bound: int
    lonely: int
    moved: int
    dropped: int
    seconds: float
    most_breaks: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def most_placed(self) -> bool:
        """Whether no plan places more weight."""
        return self.weight >= self.upper

    @property
    def proven(self) -> bool:
        """Whether no plan places more, and none with every meeting has fewer breaks."""
        return self.most_placed and self.placed == self.asked and self.breaks <= self.bound


@dataclass(frozen=True)
class Plan:
    """Where every request is, or why it has no slot."""

    placed: dict[int, At]
    unplaced: dict[int, str]
    quality: Quality


def work_out(
    question: Question,
    seconds: float,
    *,
    again: bool = False,
    begun: frozenset[int] = frozenset(),
    seed: int = 1,
    progress: Progress | None = None,
) -> Plan:
    """The best plan that `seconds` are enough for. `again`: near the one that people know.

    Slots that have `begun`, and meetings in them, stay as they are. Raises Refused where the
    session cannot be put to the search.
    """
    return _Work(question, again, begun).plan(seconds, seed, progress)


class _Work:
    def __init__(self, question: Question, again: bool, begun: frozenset[int]) -> None:
        spans = [*halves(question.slots), len(question.slots)]
        if not question.slots:
            raise Refused(N_("The session has no slots yet. Set its hours first."))
        if max(end - first for first, end in pairwise(spans)) > LONGEST_HALF:
            raise Refused(
                N_("A half-day has more than {n} slots. Take longer slots, or more half-days."),
                n=LONGEST_HALF,
            )
        self.question, self.again, self.begun = question, again, begun
        self.pinned = frozenset(
            ask.request
            for ask in question.asks
            if ask.now is not None and (ask.pinned or ask.now.slot in begun)
        )
        self.known = {
            ask.request: ask.now
            for ask in question.asks
            if ask.now is not None and (again or ask.request in self.pinned)
        }
        self.number = {each.id: n for n, each in enumerate(question.people)}
        self.chosen: dict[int, tuple[Place | None, int | None]] = {}
        self.choices = False
        self.notes: list[str] = []

    def plan(self, seconds: float, seed: int, progress: Progress | None) -> Plan:
        """Search, give places, try what is left, say how good it is."""
        question = self.question
        left_out = self._beyond_most()
        asks = [ask for ask in question.asks if ask.request not in left_out]
        self._choose(asks)
        problem = self._problem(asks)
        answer = self._searched(problem, seconds, seed, progress)
        found = answer.plan or tuple(UNPLACED for _ in asks)
        slots = {
            ask.request: question.slots[n].id
            for ask, n in zip(asks, found, strict=True)
            if n != UNPLACED
        }
        placing = Placing(
            question, pinned=self.pinned, known=self.known, begun=self.begun,
            chosen={request: place for request, (place, _) in self.chosen.items()},
        )  # fmt: skip
        placing.place(slots)
        placing.fill()
        return self._said(placing.board, asks, answer, slots)

    # -- the question as the search knows it ------------------------------------------------------

    def _beyond_most(self) -> frozenset[int]:
        """Requests that are one too many for somebody's limit: the least weight is left out, what
        people know last."""
        question = self.question
        tight = [
            each
            for each in question.people
            if each.most is not None and len(question.asks_of[each.id]) > each.most
        ]
        if not tight:
            return frozenset()
        model = cp_model.CpModel()
        takes = {ask.request: model.new_bool_var("") for ask in question.asks}
        for each in tight:
            own = [takes[ask.request] for ask in question.asks_of[each.id]]
            model.add(sum(own) <= (each.most or 0))
        for ask in question.asks:
            if not (question.possible(ask) and question.slots_of(ask) - self.begun):
                model.add(takes[ask.request] == int(ask.request in self.pinned))
        model.maximize(
            sum(
                takes[ask.request]
                * (
                    question.weight(ask)
                    + (100 if ask.request in self.known else 0)
                    + (10_000 if ask.request in self.pinned else 0)
                )
                for ask in question.asks
            )
        )
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.max_deterministic_time = 5.0
        if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return frozenset()
        return frozenset(one for one, take in takes.items() if not solver.value(take))

    def _choose(self, asks: list[Ask]) -> None:
        """Whose stand and which interpreter a meeting counts on: the one with least to do."""
        load: dict[tuple[str, int], int] = {}
        question = self.question
        for ask in sorted(asks, key=lambda each: -question.weight(each)):
            places, _ = question.places_of(ask)
            own = {each.id for each in question.hosted(ask)}
            able = question.interpreters_of(ask)
            now = self.known.get(ask.request)
            hosts = [each for each in places if each.id in own or each.kind == "video"]
            hosts = hosts[: max(1, self._same_host(hosts))]
            place = next((each for each in hosts if now and each.id == now.place), None)
            if place is None and hosts:
                place = min(hosts, key=lambda each: load.get(("place", each.id), 0))
            who = None
            if able:
                who = min((each.id for each in able), key=lambda one: load.get(("speaks", one), 0))
                who = now.interpreter if now and now.interpreter else who
            self.choices |= len(hosts) > 1 or (able is not None and len(able) > 1)
            self.chosen[ask.request] = (place, who)
            for key in ([("place", place.id)] if place else []) + (
                [("speaks", who)] if who else []
            ):
                load[key] = load.get(key, 0) + 1

    @staticmethod
    def _same_host(hosts: list[Place]) -> int:
        """How many of the first places are those of one host."""
        return sum(
            each.company == hosts[0].company and each.kind == hosts[0].kind for each in hosts
        ) if hosts else 0  # fmt: skip

    def _problem(self, asks: list[Ask], relaxed: bool = False) -> Problem:
        """The search's problem; `relaxed`: for bounds, where stands that are taken leave tables."""
        question = self.question
        things: dict[tuple[str, int], int] = {}
        meetings, before = [], []
        people = len(question.people)
        for ask in asks:
            place, interpreter = (None, None) if relaxed else self.chosen[ask.request]
            also = [self.number[one] for one in ask.people[2:]]
            needed = [("place", place.id)] if place else []
            needed += [("speaks", interpreter)] if interpreter else []
            also += [things.setdefault(key, people + len(things)) for key in needed]
            open_to = question.slots_of(ask) - self.begun
            if interpreter:
                open_to -= set(question.interpreter[interpreter].away)
            if not question.possible(ask):
                open_to = frozenset()
            fixed = ask.request in self.pinned
            now = self.known.get(ask.request)
            if fixed and now is not None:
                open_to = frozenset({now.slot})
            n = question.index[now.slot] if now is not None else UNPLACED
            before.append(n)
            places, video = question.places_of(ask)
            at_table = not video and place is None and bool(places)
            if relaxed:
                own = {each.id for each in question.hosted(ask)}
                at_table = at_table and not any(each.id in own for each in places)
            meetings.append(
                Meeting(
                    self.number[ask.people[0]], self.number[ask.people[1]],
                    sum(1 << question.index[one] for one in open_to), question.weight(ask),
                    tuple(also), fixed, at_table,
                )
            )  # fmt: skip
        at = {ask.request: n for n, ask in enumerate(asks)}
        return Problem(
            participants=people,
            meetings=tuple(meetings),
            tables=(len(question.tables),) * len(question.slots),
            things=len(things),
            halves=halves(question.slots),
            precedences=tuple((at[a], at[b]) for a, b in question.orders if a in at and b in at),
            fairness=question.fairness,
            in_a_row=question.in_a_row,
            before=tuple(before) if self.known else (),
        )

    def _searched(
        self, problem: Problem, seconds: float, seed: int, progress: Progress | None
    ) -> Answer:
        if problem.fairness is None:
            return solve(problem, seconds, seed=seed, progress=progress)
        answer = solve(problem, seconds / 2, seed=seed, progress=progress)
        if answer.plan is None:
            self.notes.append(
                gettext(
                    N_("No plan was found in which breaks differ by {n} at most: this one is the"
                       " best without that wish."), n=problem.fairness,
                )
            )  # fmt: skip
            wider = replace(problem, fairness=None)
            answer = solve(wider, seconds / 2, seed=seed, progress=progress)
        return answer

    # -- what is known of it ----------------------------------------------------------------------

    def _said(
        self, board: Board, asks: list[Ask], answer: Answer, slots: Mapping[int, int],
    ) -> Plan:  # fmt: skip
        question = self.question
        as_searched = slots == {request: at.slot for request, at in board.at.items()}
        whole = not self.choices and len(asks) == len(question.asks)
        everything, final, quality = self.quality(
            dict(board.at),
            bound=answer.bound if as_searched and whole else 0,
            seconds=round(answer.seconds, 1),
        )
        unplaced = {
            ask.request: why(board, everything, final, ask, self.begun)
            for ask in question.asks
            if ask.request not in board.at
        }
        return Plan(dict(board.at), unplaced, quality)

    def quality(
        self, placed: dict[int, At], *, bound: int = 0, seconds: float = 0.0
    ) -> tuple[Problem, tuple[int, ...], Quality]:
        """What is known of a plan, with the problem and the slots that it was weighed by."""
        question = self.question
        everything = self._problem(list(question.asks), relaxed=True)
        final = tuple(
            question.index[placed[ask.request].slot] if ask.request in placed else UNPLACED
            for ask in question.asks
        )
        most = {
            self.number[each.id]: each.most for each in question.people if each.most is not None
        }
        weight, breaks = everything.weight(final), everything.breaks(final)
        masks = everything.busy(final)
        known = [ask for ask in question.asks if ask.now is not None]
        told = {ask.request: (ask.now.slot, ask.now.place) for ask in known if ask.now}
        quality = Quality(
            asked=len(question.asks), placed=len(placed), weight=weight,
            upper=max(weight, bounds.upper_weight(everything, most)), breaks=breaks,
            bound=min(breaks, max(bound, bounds.forced_breaks(everything, final))),
            lonely=sum(bool(own) and not mask for own, mask in
                       zip(everything.of_participant, masks, strict=True)),
            moved=sum(one in placed and (placed[one].slot, placed[one].place) != was
                      for one, was in told.items()),
            dropped=sum(one not in placed for one in told),
            seconds=seconds, notes=self.notes,
            most_breaks=max((everything.breaks_of(mask) for mask in masks), default=0),
        )  # fmt: skip
        return everything, final, quality


def quality_of(question: Question, placed: dict[int, At]) -> Quality:
    """What is known of a plan that no search made."""
    return _Work(question, False, frozenset()).quality(placed)[2]
