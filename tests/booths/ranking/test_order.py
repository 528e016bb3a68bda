"""The rule is fair whatever comes in: a total order, blind to the order of arrival of the rows,
within its quotas, and no better score ever hurts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from booths.ranking.ordering import rank
from booths.ranking.rules import (
    TIES,
    Applicant,
    Bound,
    Change,
    Condition,
    Criterion,
    Edit,
    Gap,
    Group,
    Inputs,
    Join,
    Key,
    Op,
    Outcome,
    Placed,
    Plan,
    Quota,
    Sheet,
    Unit,
    all_hold,
    differences,
    lot,
)
from booths.ranking.scoring import spread

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NEW = Condition("participations", Op.MOST, ("0",))
SMALL = Condition("size_class", Op.IS, ("micro", "small"))
SEED = "5eed" * 16


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any rule: each mode alone or behind priority groups, any ties, quotas, modules."""
    main = draw(st.sampled_from([Key.POINTS, Key.ARRIVAL, Key.LOTTERY]))
    grouped = draw(st.booleans())
    quotas = [
        Quota(
            name,
            draw(st.sampled_from(Bound)),
            Decimal(draw(st.integers(0, 6))) * (1 if unit is Unit.PLACES else 9),
            unit,
            (condition,),
        )
        for name, condition in (("New", NEW), ("Small", SMALL))
        for unit in draw(st.lists(st.sampled_from(Unit), max_size=1))
    ]
    return Plan(
        mode=((Key.GROUPS,) if grouped else ()) + (main,),
        ties=tuple(draw(st.lists(st.sampled_from(TIES), unique=True, max_size=3))),
        criteria=(Criterion("a", "Fit", 6000, 0, 4), Criterion("b", "Goals", 4000, 0, 3)),
        join=draw(st.sampled_from(Join)),
        drop_lowest=draw(st.booleans()),
        drop_highest=draw(st.booleans()),
        minimum_total=draw(st.sampled_from([None, Decimal(30)])),
        groups=(Group("First-timers", (NEW,)), Group("Small", (SMALL,))),
        quotas=tuple(quotas),
        module_m2=draw(st.sampled_from([None, Decimal(9)])),
        gap=draw(st.sampled_from(Gap)),
    )


@st.composite
def applicants(draw: st.DrawFn, n: int) -> Applicant:
    """One applicant; many share instants, scores and facts, so that ties are common."""
    evaluators = draw(st.integers(0, 4))
    return Applicant(
        f"NOR-2027-{n:05d}",
        f"Company {n}",
        START + timedelta(microseconds=draw(st.integers(0, 3))),
        Decimal(draw(st.sampled_from([6, 9, 12, 20]))),
        {
            "participations": draw(st.integers(0, 2)),
            "size_class": draw(st.sampled_from(["micro", "medium", "large"])),
        },
        tuple(
            Sheet(f"E{i}", {"a": draw(st.integers(0, 4)), "b": draw(st.integers(0, 3))})
            for i in range(evaluators)
        ),
    )


@st.composite
def cases(draw: st.DrawFn) -> tuple[Plan, Inputs]:
    """A rule and up to a dozen applicants for too little space."""
    everybody = tuple(draw(applicants(n)) for n in range(draw(st.integers(1, 12))))
    made = Inputs(
        everybody,
        m2=draw(st.sampled_from([None, Decimal(27), Decimal(60)])),
        places=draw(st.sampled_from([None, 2, 5])),
        seed=SEED,
    )
    return draw(plans()), made


@given(cases())
def test_everybody_has_one_rank(case: tuple[Plan, Inputs]) -> None:
    """Ranks count from 1 without a gap, and no area is lost among the modules."""
    plan, made = case
    found = rank(plan, made)
    assert [each.rank for each in found] == list(range(1, len(found) + 1))
    assert len({(each.reference, each.module) for each in found}) == len(found)
    for one in made.applicants:
        assert sum(each.m2 for each in found if each.reference == one.reference) == one.m2


@given(cases(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(case: tuple[Plan, Inputs], random: object) -> None:
    plan, made = case
    mixed = list(made.applicants)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    again = Inputs(tuple(mixed), made.m2, made.places, made.seed)
    assert rank(plan, made) == rank(plan, again)


@given(cases())
def test_no_more_is_given_than_there_is(case: tuple[Plan, Inputs]) -> None:
    """Places, space and every "at most" hold; an "at least" is missed only for lack of room."""
    plan, made = case
    found = rank(plan, made)
    given_ = [each for each in found if each.outcome is Outcome.SELECTED]
    assert made.places is None or len(given_) <= made.places
    assert made.m2 is None or sum(each.m2 for each in given_) <= made.m2
    facts = {each.reference: each.facts for each in made.applicants}
    for quota in plan.quotas:
        inside = [each for each in given_ if all_hold(quota.conditions, facts[each.reference])]
        used = len(inside) if quota.unit is Unit.PLACES else sum(each.m2 for each in inside)
        assert quota.bound is Bound.LEAST or used <= quota.amount
    if len(plan.quotas) == 1 and made.m2 is None and plan.quotas[0].bound is Bound.LEAST:
        quota = plan.quotas[0]
        could = [
            each
            for each in found
            if all_hold(quota.conditions, facts[each.reference])
            and each.outcome is not Outcome.BELOW
        ]
        got = [each for each in could if each.outcome is Outcome.SELECTED]
        if quota.unit is Unit.PLACES:
            most = min(int(quota.amount), len(could), made.places or len(could))
            assert len(got) >= most


@given(cases(), st.data())
def test_a_better_score_never_hurts(case: tuple[Plan, Inputs], data: st.DataObject) -> None:
    """One point more from one evaluator: no worse rank, and a place is not taken away."""
    plan, made = case
    scored = [n for n, each in enumerate(made.applicants) if each.sheets]
    if not scored:
        return
    n = data.draw(st.sampled_from(scored))
    one = made.applicants[n]
    i = data.draw(st.integers(0, len(one.sheets) - 1))
    key, most = data.draw(st.sampled_from([("a", 4), ("b", 3)]))
    sheet = one.sheets[i]
    better = Sheet(sheet.evaluator, {**sheet.points, key: min(most, sheet.points[key] + 1)})
    sheets = (*one.sheets[:i], better, *one.sheets[i + 1 :])
    raised = Applicant(one.reference, one.company, one.arrived_at, one.m2, one.facts, sheets)
    others = (*made.applicants[:n], raised, *made.applicants[n + 1 :])
    before, after = (
        next(e for e in rank(plan, inputs) if (e.reference, e.module) == (one.reference, 1))
        for inputs in (made, Inputs(others, made.m2, made.places, made.seed))
    )
    assert after.rank <= before.rank
    if before.outcome is Outcome.SELECTED:
        assert after.outcome is Outcome.SELECTED


@given(cases())
def test_second_modules_come_after_everybodys_first(case: tuple[Plan, Inputs]) -> None:
    plan, made = case
    admissible = [each.module for each in rank(plan, made) if each.outcome is not Outcome.BELOW]
    assert admissible == sorted(admissible)


@given(st.integers(2, 40), st.text("0123456789abcdef", min_size=64, max_size=64))
def test_anybody_can_draw_the_lot_again(n: int, seed: str) -> None:
    """The order is that of SHA-256 over seed and reference; another seed is another order."""
    everybody = tuple(Applicant(f"NOR-2027-{i:05d}", "", START, Decimal(9)) for i in range(n))
    found = rank(Plan(mode=(Key.LOTTERY,)), Inputs(everybody, seed=seed))
    by_hand = sorted((each.reference for each in everybody), key=lambda ref: lot(seed, ref))
    assert [each.reference for each in found] == by_hand


@given(cases(), st.data())
def test_an_edit_moves_what_it_names(case: tuple[Plan, Inputs], data: st.DataObject) -> None:
    """By hand anybody can be put on any rank, and nobody else changes places with another."""
    plan, made = case
    before = rank(plan, made)
    moved = data.draw(st.sampled_from(before))
    to = data.draw(st.integers(1, len(before)))
    edit = Edit(Change.MOVE, moved.reference, moved.module, to)
    after = rank(plan, made, [edit])
    assert (after[to - 1].reference, after[to - 1].module) == (moved.reference, moved.module)
    asked = (moved.reference, moved.module)
    rest = [[e for e in found if (e.reference, e.module) != asked] for found in (before, after)]
    assert [(e.reference, e.module) for e in rest[0]] == [(e.reference, e.module) for e in rest[1]]
    assert any(e.by_hand for e in differences(before, after))


def _applicant(n: int, *points: int, m2: int = 9, at: int = 0, **facts: object) -> Applicant:
    return Applicant(
        f"R-{n}", f"C{n}", START + timedelta(microseconds=at), Decimal(m2), facts,  # type: ignore[arg-type]
        tuple(Sheet(f"E{i}", {"a": each}) for i, each in enumerate(points)),
    )  # fmt: skip


ONE = Plan(mode=(Key.POINTS,), criteria=(Criterion("a", "Fit", 10_000),))


def test_a_tie_is_broken_by_arrival_to_the_microsecond() -> None:
    found = rank(ONE, Inputs((_applicant(1, 7, at=124), _applicant(2, 7, at=123))))
    assert [each.reference for each in found] == ["R-2", "R-1"]
    assert [(each.tie, each.tied_with) for each in found] == [
        (Key.ARRIVAL, "R-1"),
        (Key.ARRIVAL, "R-2"),
    ]


def test_outer_scores_are_dropped_from_three_on() -> None:
    plan = Plan(mode=(Key.POINTS,), criteria=ONE.criteria, drop_lowest=True, drop_highest=True)
    two, three = rank(plan, Inputs((_applicant(1, 0, 10), _applicant(2, 0, 6, 7))))[::-1]
    assert (two.reference, two.total) == ("R-1", Decimal("50.00"))
    assert (three.reference, three.total) == ("R-2", Decimal("60.00"))


def test_points_of_a_programme_with_five_three_and_two() -> None:
    """FEDECON, Berlin 2017: up to 5, 3 and 2 points for sector fit, product, experience."""
    criteria = tuple(
        Criterion(key, key, most * 1000, 0, most)
        for key, most in (("fit", 5), ("product", 3), ("experience", 2))
    )
    plan = Plan(mode=(Key.POINTS,), criteria=criteria, top=10)
    sheet = Sheet("E", {"fit": 4, "product": 3, "experience": 1})
    one = Applicant("R-1", "C", START, Decimal(9), {}, (sheet,))
    assert rank(plan, Inputs((one,)))[0].total == Decimal("8.00")


def test_who_misses_a_bar_comes_last_and_gets_nothing() -> None:
    plan = Plan(mode=(Key.ARRIVAL, Key.POINTS), criteria=ONE.criteria, minimum_total=Decimal(50))
    found = rank(plan, Inputs((_applicant(1, 4, at=0), _applicant(2, 9, at=1))))
    assert [(e.reference, e.outcome) for e in found] == [
        ("R-2", Outcome.SELECTED),
        ("R-1", Outcome.BELOW),
    ]


def test_strict_order_stops_where_the_next_does_not_fit() -> None:
    everybody = (_applicant(1, m2=9, at=1), _applicant(2, m2=20, at=2), _applicant(3, m2=9, at=3))
    for gap, last in ((Gap.STRICT, Outcome.WAITING), (Gap.FILL, Outcome.SELECTED)):
        found = rank(Plan(gap=gap), Inputs(everybody, m2=Decimal(20)))
        assert [e.outcome for e in found] == [Outcome.SELECTED, Outcome.WAITING, last]


def test_what_is_not_known_fulfils_nothing() -> None:
    plan = Plan(
        mode=(Key.GROUPS, Key.ARRIVAL),
        groups=(Group("Not large", (Condition("size_class", Op.NOT, ("large",)),)),),
    )
    found = rank(plan, Inputs((_applicant(1, at=1), _applicant(2, at=2, size_class="small"))))
    assert [each.group for each in found] == ["Not large", ""]


def test_evaluators_that_are_far_apart_are_marked() -> None:
    plan = Plan(mode=(Key.POINTS,), criteria=ONE.criteria, apart_bp=3000)
    near, far = spread(plan, _applicant(1, 5, 7).sheets), spread(plan, _applicant(2, 4, 7).sheets)
    assert (near.apart, far.apart) == ((), ("a",))
    assert (far.mean, far.lowest, far.highest, far.deviation) == (
        Decimal("55.00"), Decimal("40.00"), Decimal("70.00"), Decimal("15.00"),
    )  # fmt: skip


def test_a_second_module_only_if_space_is_left() -> None:
    """Three firms ask for two modules of 9 m² each in 36 m²: the first to apply gets its second."""
    everybody = tuple(_applicant(n, m2=18, at=n) for n in (1, 2, 3))
    found = rank(Plan(module_m2=Decimal(9)), Inputs(everybody, m2=Decimal(36)))
    got = [(e.reference, e.module) for e in found if e.outcome is Outcome.SELECTED]
    assert got == [("R-1", 1), ("R-2", 1), ("R-3", 1), ("R-1", 2)]


def test_order_of_arrival_with_a_smallest_stand() -> None:
    """AFEMMA, Woodex 2013: at least 12 m² each, in the order of arrival, as far as 40 m² last."""
    everybody = tuple(_applicant(n, m2=12, at=9 - n) for n in range(1, 6))
    found = rank(Plan(), Inputs(everybody, m2=Decimal(40)))
    assert [e.reference for e in found] == ["R-5", "R-4", "R-3", "R-2", "R-1"]
    assert [e.outcome for e in found] == [Outcome.SELECTED] * 3 + [Outcome.WAITING] * 2


def test_first_timers_first() -> None:
    """Who was never supported at this fair comes before everybody, however late."""
    plan = Plan(mode=(Key.GROUPS, Key.ARRIVAL), groups=(Group("First-timers", (NEW,)),))
    everybody = (
        _applicant(1, at=1, participations=2),
        _applicant(2, at=2, participations=0),
        _applicant(3, at=3, participations=0),
    )
    found = rank(plan, Inputs(everybody, places=2))
    assert [e.reference for e in found] == ["R-2", "R-3", "R-1"]
    assert found[-1].outcome is Outcome.WAITING


@given(cases(), st.lists(st.sampled_from(["", "", "North", "South"]), min_size=12, max_size=12))
def test_a_consortium_is_one(case: tuple[Plan, Inputs], names: list[str]) -> None:
    """Its members that reach the bar stand together and get a place together, or none does; and
    without consortia the order is the one of before."""
    plan, single = case
    named = zip(single.applicants, names, strict=False)
    people = tuple(replace(each, consortium=name) for each, name in named)
    made = replace(single, applicants=people)
    found = rank(plan, made)
    alone = Inputs(
        tuple(replace(each, consortium="") for each in made.applicants), made.m2, made.places, SEED
    )
    singly = [(each.reference, each.module) for each in rank(plan, alone)]
    together: dict[tuple[str, int], list[Placed]] = {}
    for each in found:
        if each.consortium:
            together.setdefault((each.consortium, each.module), []).append(each)
    for some in together.values():
        assert [each.rank for each in some] == list(range(some[0].rank, some[0].rank + len(some)))
        assert len({each.outcome for each in some}) == 1
        assert not any(each.missed for each in some)
    heads = [
        each
        for each in found
        if not each.consortium or together[each.consortium, each.module][0] is each
    ]
    order = [(each.reference, each.module) for each in heads]
    assert order == [each for each in singly if each in set(order)]


def test_who_is_moved_by_hand_takes_the_consortium_along() -> None:
    people = tuple(
        Applicant(f"R{n}", f"C{n}", START + timedelta(seconds=n), Decimal(9), consortium=name)
        for n, name in enumerate(["", "", "North", "", "North"])
    )
    plan, made = Plan(), Inputs(people, places=2, seed=None)
    assert [each.reference for each in rank(plan, made)] == ["R0", "R1", "R2", "R4", "R3"]
    moved = rank(plan, made, [Edit(Change.MOVE, "R4", 1, 1)])
    assert [each.reference for each in moved] == ["R2", "R4", "R0", "R1", "R3"]
    assert [each.outcome for each in moved][:3] == [
        Outcome.SELECTED, Outcome.SELECTED, Outcome.WAITING,
    ]  # fmt: skip
    without = rank(plan, made, [Edit(Change.MOVE, "R4", 1, 1), Edit(Change.OUT, "R2")])
    assert [each.reference for each in without] == ["R4", "R0", "R1", "R3", "R2"]
    assert not any(each.consortium for each in without)
    full = rank(plan, Inputs(people[2:], places=1), ())
    assert [each.outcome for each in full] == [
        Outcome.WAITING, Outcome.WAITING, Outcome.SELECTED,
    ]  # fmt: skip
