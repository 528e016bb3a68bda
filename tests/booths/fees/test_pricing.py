"""What holds for every list with steps, modules, packages, rates and reductions."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booths.fees.comparing import differences
from booths.fees.lines import Line, priced
from booths.fees.pricing import Choice, Early, Fee, FeeKind, FeeUnit, Late, Prices, Share
from booths.fees.rules import Quote, quote
from booths.fees.space import Space, SpaceBy, Step
from booths.fees.which import Other, When, which
from booths.plans.rules import StandKind
from server.aid.rules import Mode, Note, SchemeTerms, Shown, Source
from server.billing.vat import VatDecision
from server.errors import Refused

DAY = date(2026, 11, 23)
VAT = VatDecision(1_900, "domestic", "VAT of DE")
AMOUNTS = st.integers(0, 200_000)
AREAS = st.integers(1, 20_000).map(lambda n: Decimal(n) / 100)


@st.composite
def spaces(draw: st.DrawFn, key: str, by: SpaceBy | None = None) -> Space:
    """A way to take space whose last step has no end."""
    by = by or draw(st.sampled_from(SpaceBy))
    unit = Decimal(draw(st.integers(1, 20))) if by in (SpaceBy.MODULE, SpaceBy.PACKAGE) else None
    begins = int(unit) if by is SpaceBy.PACKAGE and unit else 0
    ends = sorted(draw(st.sets(st.integers(begins + 1, begins + 60), max_size=3)))
    bounds = [*map(Decimal, ends), None]
    if by is SpaceBy.PACKAGE:
        bounds.insert(0, None)
    steps = []
    for bound in bounds:
        full = draw(AMOUNTS)
        reduced = draw(st.lists(st.integers(0, full), max_size=3))
        steps.append(Step(bound, full, tuple(reduced)))
    least = Decimal(draw(st.integers(0, 30)))
    cost = draw(st.none() | AMOUNTS)
    return Space(key, f"Way {key}", by, tuple(steps), least, unit, draw(st.booleans()), cost)


@st.composite
def fees(draw: st.DrawFn, number: int) -> Fee:
    amount = draw(AMOUNTS)
    return Fee(
        number, draw(st.sampled_from(FeeKind)), "Fee",
        draw(st.sampled_from([FeeUnit.M2, FeeUnit.PIECE, FeeUnit.PARTICIPATION])), amount,
        draw(st.booleans()), reduced_minor=draw(st.none() | st.integers(0, amount)),
        included_in=draw(st.sampled_from([(), ("1",)])),
    )  # fmt: skip


@st.composite
def lists(draw: st.DrawFn, by: SpaceBy | None = None) -> Prices:
    ways = tuple(draw(spaces(str(n), by)) for n in range(1, draw(st.integers(2, 3))))
    bp = st.integers(0, 10_000)
    return Prices(
        1, "Any", "EUR", 0, 0, Decimal(1), draw(AMOUNTS), draw(AMOUNTS), draw(AMOUNTS),
        tuple(draw(fees(n)) for n in range(1, draw(st.integers(1, 5)))), ways, draw(AMOUNTS),
        draw(st.integers(1, 4)), draw(st.none() | st.builds(Early, st.just(DAY), bp, AMOUNTS)),
        draw(st.none() | st.builds(Late, st.just(DAY + timedelta(days=1)), bp, AMOUNTS)),
    )  # fmt: skip


@st.composite
def choices(draw: st.DrawFn, of: Prices) -> Choice:
    services = {fee.id: 1 for fee in of.fees if fee.kind is FeeKind.SERVICE}
    return Choice(
        draw(AREAS), draw(st.sampled_from(StandKind)), services,
        space=draw(st.sampled_from(of.ways)).key, participation=draw(st.integers(1, 5)),
        sent_on=DAY + timedelta(days=draw(st.integers(-1, 2))),
    )  # fmt: skip


SOURCES = st.lists(
    st.builds(
        Source,
        st.builds(
            SchemeTerms, st.integers(1, 3), st.just("Any"),
            st.sampled_from(["de_minimis", "gber_19", "none"]),
            st.sampled_from([Mode.FIXED_PRICE, Mode.RATE]), st.just("EUR"), st.integers(1, 10_000),
            cap_minor=st.none() | st.integers(1, 10**7), subsidy_shown=st.just(Shown.DISCOUNT),
        ),
        st.none() | st.integers(0, 10**7),
    ),
    max_size=2,
)  # fmt: skip


@given(data=st.data(), sources=SOURCES)
def test_lines_sum_to_full_and_full_is_aid_and_rest(
    data: st.DataObject, sources: list[Source]
) -> None:
    of = data.draw(lists())
    choice = data.draw(choices(of))
    found = quote(of, choice, sources, VAT, DAY)
    assert found.full_minor == sum(line.amount_minor for line in found.lines)
    assert found.full_minor == found.aid_minor + found.net_minor
    assert found.total_minor == found.net_minor + found.vat_minor
    assert found.cost_minor >= found.full_minor
    assert all(0 <= line.waived_minor <= line.amount_minor for line in found.lines)
    assert 0 <= found.aid_minor <= found.eligible_minor <= found.full_minor
    assert quote(of, choice, sources, VAT, DAY) == found
    assert differences(found, found) == []
    back = msgspec.json.decode(msgspec.json.encode(found), type=Quote)
    assert back == found
    for line in found.lines:
        assert abs(line.quantity * line.unit_minor - line.amount_minor) <= Decimal("0.5")
        assert line.sentence("EUR")


@given(data=st.data(), small=AREAS, more=AREAS)
def test_more_space_never_costs_less_where_each_part_has_its_price(
    data: st.DataObject, small: Decimal, more: Decimal
) -> None:
    of = data.draw(lists(SpaceBy.M2))
    of = replace(of, spaces=tuple(replace(one, whole=False) for one in of.spaces))
    choice = replace(data.draw(choices(of)), area_m2=small)
    first, second = (priced(of, replace(choice, area_m2=area)) for area in (small, small + more))
    assert first.full_minor <= second.full_minor
    assert first.billed_m2 <= second.billed_m2


@given(data=st.data(), small=AREAS, more=AREAS)
def test_whole_area_counts_at_the_price_of_its_step_and_grows_within_it(
    data: st.DataObject, small: Decimal, more: Decimal
) -> None:
    way = replace(data.draw(spaces("1", SpaceBy.M2)), whole=True)
    of = Prices(1, "Any", "EUR", 0, 0, Decimal(1), spaces=(way,))
    first, second = (priced(of, Choice(area)) for area in (small, small + more))
    assert len(first.lines) == 1
    if first.lines[0].unit_minor == second.lines[0].unit_minor:
        assert first.full_minor <= second.full_minor


@given(data=st.data(), areas=st.lists(AREAS, min_size=1, max_size=6))
def test_parts_of_a_common_stand_add_up_to_it(data: st.DataObject, areas: list[Decimal]) -> None:
    of = data.draw(lists())
    choice = replace(data.draw(choices(of)), services={})
    alone = priced(of, replace(choice, area_m2=sum(areas, Decimal(0))))
    parts = [
        priced(of, replace(choice, area_m2=area, share=Share(tuple(areas), place)))
        for place, area in enumerate(areas)
    ]
    assert sum(part.billed_m2 for part in parts) == alone.billed_m2
    assert sum(part.space_minor for part in parts) == alone.space_minor

    def of_key(lines: tuple[Line, ...], *keys: str) -> int:
        return sum(line.amount_minor for line in lines if line.key in keys)

    whole = of_key(alone.lines, "stand", "sides")
    assert sum(of_key(part.lines, "stand", "sides") for part in parts) == whole


@given(data=st.data())
def test_later_participations_of_a_list_take_its_last_price(data: st.DataObject) -> None:
    way = data.draw(spaces("1"))
    for step in way.steps:
        found = [step.reduced_minor(n) for n in range(1, 9)]
        assert found[: len(step.reduced)] == list(step.reduced)
        assert set(found[max(len(step.reduced), 1) - 1 :]) == {found[-1]}


def test_module_beyond_the_last_is_refused_with_the_largest_area() -> None:
    way = Space("1", "Module", SpaceBy.MODULE, (Step(Decimal(2), 360_000),), unit_m2=Decimal(9))
    of = Prices(1, "Modules", "EUR", 0, 0, Decimal(9), spaces=(way,))
    assert priced(of, Choice(Decimal(18))).full_minor == 720_000
    with pytest.raises(Refused, match="offered up to 18 m²") as refused:
        priced(of, Choice(Decimal("18.01")))
    assert refused.value.field == "area_m2"


def test_notes_name_amounts_in_the_language_of_the_reader() -> None:
    of = Prices(1, "Any", "EUR", 10_000, 10_000, Decimal(1), early=Early(DAY, 1_000))
    line = priced(of, Choice(Decimal(9)), DAY).lines[0]
    assert str(line.note) == "The early rate, for applications until 23 Nov 2026; €100.00 later."
    kept = msgspec.convert(msgspec.to_builtins(line), Line)
    assert str(kept.note) == str(line.note)


OTHERS = (
    Other(2, When.NOT_ELIGIBLE),
    Other(3, When.UNDECLARED, ("no_double_funding",), aided=True),
)


@pytest.mark.parametrize(
    ("missing", "failed", "chosen", "aided"),
    [
        ({}, [], 1, True),
        ({"de_minimis": "De minimis"}, [], 1, True),
        ({"no_double_funding": "No double funding"}, [], 3, True),
        ({}, ["Your company is in Norway."], 2, False),
        ({"no_double_funding": "No double funding"}, ["Your company is in Norway."], 2, False),
    ],
)
def test_list_is_chosen_by_stated_reasons(
    missing: dict[str, str], failed: list[str], chosen: int, aided: bool
) -> None:
    found = which(1, OTHERS, missing, failed)
    assert (found.price_list, found.aided) == (chosen, aided)
    assert bool(found.why) == (chosen != 1)
    assert all(isinstance(one, Note) for one in found.why)
