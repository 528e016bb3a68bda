"""Any small session: its plan keeps the rules and places as much as trying everything does."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from events.schedules.board import Board, alternatives
from events.schedules.planning import Plan, work_out
from events.schedules.rules import Ask, At, Interpreter, Place, Question, Slot, Who

NINE = datetime(2027, 3, 1, 8, tzinfo=UTC)


def slots_of(count: int, half: int = 3) -> tuple[Slot, ...]:
    """Slots of half an hour, so many to a half-day."""
    return tuple(
        Slot(n + 1, n, n // half, NINE + timedelta(minutes=30 * n),
             NINE + timedelta(minutes=30 * n + 25))
        for n in range(count)
    )  # fmt: skip


@st.composite
def sessions(draw: st.DrawFn) -> Question:
    """Up to five people, four slots, two tables and a stand."""
    slots = slots_of(draw(st.integers(1, 4)))
    people = tuple(
        Who(
            n + 1, f"P{n + 1}", n + 1,
            away=tuple(sorted(draw(st.sets(st.integers(1, len(slots)), max_size=1)))),
            most=draw(st.none() | st.integers(1, 2)),
        )
        for n in range(draw(st.integers(2, 5)))
    )  # fmt: skip
    places = [Place(n + 1, "table", f"T{n + 1}", "A") for n in range(draw(st.integers(0, 2)))]
    if draw(st.booleans()):
        places.append(Place(9, "stand", "S", "B", company=1))
    pairs = list(combinations(range(1, len(people) + 1), 2))
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=5))
    wish = st.integers(1, 3)
    asks = tuple(Ask(n + 1, pair, draw(wish), draw(wish)) for n, pair in enumerate(chosen))
    return Question("office", "UTC", slots, people, tuple(places), asks)


def ways(question: Question, ask: Ask) -> Iterator[tuple[int, int]]:
    """Every (slot, place) of a meeting by itself."""
    for slot in question.slots:
        if any(slot.id in question.who[one].away for one in ask.people):
            continue
        for place in question.places:
            if place.company is None or any(
                question.who[one].company == place.company for one in ask.people
            ):
                yield slot.id, place.id


def heaviest(
    question: Question,
    n: int = 0,
    used: frozenset[object] = frozenset(),
    count: tuple[tuple[int, int], ...] = (),
) -> tuple[int, int]:
    """The most weight that any plan places, by trying them all, and minus the people without a
    meeting then."""
    have = dict(count)
    if n == len(question.asks):
        asked = {one for ask in question.asks for one in ask.people}
        return 0, -sum(one not in have for one in asked)
    ask = question.asks[n]
    best = heaviest(question, n + 1, used, count)
    for one in ask.people:
        most = question.who[one].most
        if most is not None and have.get(one, 0) >= most:
            return best
        have[one] = have.get(one, 0) + 1
    for slot, place in ways(question, ask):
        takes = {("place", place, slot), *(("who", one, slot) for one in ask.people)}
        if not takes & used:
            weight, lonely = heaviest(question, n + 1, used | takes, tuple(sorted(have.items())))
            best = max(best, (weight + question.weight(ask), lonely))
    return best


def check(question: Question, plan: Plan) -> None:
    """Nothing is twice anywhere, and every request is placed or has its reason."""
    seen: set[object] = set()
    assert set(plan.placed) | set(plan.unplaced) == {each.request for each in question.asks}
    assert all(plan.unplaced.values())
    for request, at in plan.placed.items():
        ask = question.ask[request]
        assert at.place is not None
        assert (at.slot, at.place) in set(ways(question, ask))
        takes = {("place", at.place, at.slot), *(("who", one, at.slot) for one in ask.people)}
        assert not takes & seen
        seen |= takes
    for who in question.people:
        have = sum(who.id in question.ask[each].people for each in plan.placed)
        assert who.most is None or have <= who.most


@settings(max_examples=20)
@given(sessions())
def test_a_small_session_is_planned_as_well_as_by_trying_everything(question: Question) -> None:
    plan = work_out(question, 0.1)
    check(question, plan)
    best, lonely = heaviest(question)
    assert plan.quality.weight <= best <= plan.quality.upper
    # Whose meetings are cut to a limit is settled before times are known; and two people's first
    # meetings are worth a wish of others.
    limited = any(each.most is not None for each in question.people)
    assert limited or plan.quality.weight == best or plan.quality.lonely < -lonely
    if plan.quality.proven:
        assert not plan.unplaced


@settings(max_examples=15)
@given(sessions(), st.integers(1, 2))
def test_walks_and_rows_are_kept_whatever_it_costs(question: Question, row: int) -> None:
    from dataclasses import replace

    asked = replace(question, walking=True, in_a_row=row)
    plan = work_out(asked, 0.1)
    check(asked, plan)
    area = {each.id: each.area for each in asked.places}
    for who in asked.people:
        day = {at.slot: at.place for one, at in plan.placed.items()
               if who.id in asked.ask[one].people}  # fmt: skip
        for slot, place in day.items():
            near = [one for one in (slot + 1,) if one in day and (slot - 1) // 3 == slot // 3]
            assert all(area[place or 0] == area[day[one] or 0] for one in near)
        for half in {(one - 1) // 3 for one in day}:
            mine = "".join("x" if half * 3 + n + 1 in day else " " for n in range(3))
            assert all(len(each) <= row for each in mine.split())


def _two(**more: object) -> Question:
    people = (
        Who(1, "Ana", 1, ("pt",)), Who(2, "Bo", 2, ("da",)), Who(3, "Cy", 3, ("pt", "da")),
    )  # fmt: skip
    asks = (Ask(1, (1, 2)), Ask(2, (1, 3)))
    return Question("office", "UTC", slots_of(2), people, (Place(1, "table", "T1"),), asks,
                    **more)  # type: ignore[arg-type]  # fmt: skip


def test_an_interpreter_is_chosen_where_no_language_is_in_common() -> None:
    plan = work_out(_two(interpreters=(Interpreter(7, "Ida", ("pt", "da"), (1,)),)), 0.2)
    assert plan.placed[1] == At(2, 1, 7)
    assert plan.placed[2] == At(1, 1, None)
    without = work_out(_two(interpreters=(Interpreter(7, "Ida", ("pt", "sv")),)), 0.2)
    assert "no interpreter speaks for both" in without.unplaced[1]


def test_a_meeting_that_must_come_first_does() -> None:
    plan = work_out(_two(orders=((2, 1),)), 0.2)
    assert plan.placed[2].slot < plan.placed[1].slot


def test_a_meeting_without_a_slot_says_whose_moving_would_help() -> None:
    question = _two()
    board = Board(question, {2: At(1, 1)})
    free, others = alternatives(board, question.ask[1])
    assert [each.slot for each in free] == [2]
    assert others == [(1, 2)]
