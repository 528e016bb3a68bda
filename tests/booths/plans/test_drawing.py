"""The drawing of a plan: colours that can be read, words that say the same, texts that fit."""

from decimal import Decimal

import pytest

from booths.plans.drawing import PAINTS, Occupant, StandState
from booths.plans.outlines import Rect
from booths.plans.queries import BoothRow, StandRow
from booths.plans.rules import Block, Edge, Placed, StandKind, free_place
from server.web.respond import environment

D = Decimal
LENGTHS = ("x_m", "y_m", "width_m", "depth_m")


def booth(**changes: object) -> BoothRow:
    facts: dict[str, object] = {
        "id": 1, "fair": 1, "fair_name": "Anuga 2027", "fair_slug": "anuga", "fair_published": True,
        "agency": 1, "agency_name": "Nordhafen", "name": "Nordhafen <at> Anuga",
        "hall": "7.1", "block": "B",
        "width_m": D("9.00"), "depth_m": D("6.00"), "gross_m2": D("54.00"), "net_m2": D("36.00"),
        "allocated_m2": D("0.00"), "reserved_m2": D("0.00"), "open_edges": [Edge.BOTTOM],
        "description": "", "version": 1,
    }  # fmt: skip
    return BoothRow(**{**facts, **changes})  # type: ignore[arg-type]


def stand(number: int, **changes: object) -> StandRow:
    facts: dict[str, object] = {
        "id": number, "booth": 1, "label": f"A{number}", "kind": StandKind.ROW,
        "kind_stated": False, "x_m": D(3 * (number - 1)), "y_m": D("0.00"),
        "width_m": D("3.00"), "depth_m": D("3.00"),
        "area_m2": D("9.00"), "open_sides": 1, "blocked": False, "blocked_why": "", "version": 1,
    }  # fmt: skip
    facts |= changes
    facts.setdefault("outline", list(Rect(*(facts[name] for name in LENGTHS)).outline))
    return StandRow(**facts)  # type: ignore[arg-type]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("state", StandState)
def test_text_on_a_stand_can_be_read_on_its_floor_and_on_its_pattern(state: StandState) -> None:
    paint = PAINTS[state]
    assert contrast(paint.ink, paint.floor) >= 4.5
    assert contrast(paint.ink, paint.mark) >= 4.5
    assert contrast(paint.border, "#ffffff") >= 3


def test_every_state_is_told_in_words_and_summed() -> None:
    occupants = {
        1: Occupant(StandState.CONFIRMED, "Quinta do Vale"),
        2: Occupant(StandState.HELD, "Officina Rossi"),
    }
    drawing = booth().drawn([stand(1), stand(2), stand(3, blocked=True)], occupants)
    assert [s.told for s in drawing.stands] == [
        "Stand A1, Row stand, 9 m², Confirmed, Quinta do Vale",
        "Stand A2, Row stand, 9 m², Held, Officina Rossi",
        "Stand A3, Row stand, 9 m², Blocked",
    ]
    assert drawing.total("confirmed").area_m2 == D("9.00")
    assert drawing.total("free").stands == 0
    assert "Held: 1 stand, 9 m²" in drawing.description


def test_closed_sides_are_drawn_as_walls() -> None:
    drawing = booth(open_edges=[Edge.BOTTOM, Edge.LEFT]).drawn([], {})
    assert drawing.walls == ((0, 0, 900, 0), (900, 0, 900, 600))


@pytest.mark.parametrize(
    ("width", "depth"), [("0.50", "0.50"), ("1.00", "6.00"), ("12.00", "2.00")]
)
def test_texts_stay_inside_their_stand(width: str, depth: str) -> None:
    small = stand(1, width_m=D(width), depth_m=D(depth), label="A10-B4")
    drawn = booth().drawn(
        [small], {1: Occupant(StandState.HELD, "A company with a very long name Ltd")}
    )
    found = drawn.stands[0]
    assert found.writing.wide
    assert found.writing.narrow
    for line in (*found.writing.wide, *found.writing.narrow):
        assert line.size <= line.y <= small.depth_m * 100
        assert len(line.text) * line.size * 0.6 <= small.width_m * 100 + line.size


def test_a_new_stand_is_offered_the_first_free_place() -> None:
    block = Block(D("9.00"), D("6.00"))
    small = Rect(D("0.00"), D("0.00"), D("3.00"), D("3.00")).outline
    wide = Rect(D("0.00"), D("0.00"), D("9.00"), D("3.00")).outline
    drawn = [Placed("A1", small)]
    assert free_place(block, small, drawn) == (D("3.00"), D("0.00"))
    assert free_place(block, wide, drawn) == (D("0.00"), D("3.00"))


def rendered(call: str, **context: object) -> str:
    made = environment().from_string(
        '{% from "plans/plan.html" import plan, totals with context %}' + call
    )
    return made.render(locale="en", **context)


def test_plan_escapes_names_and_has_no_inline_style() -> None:
    stands = [stand(1), stand(2)]
    states = {1: Occupant(StandState.HELD, "<script>alert(1)</script>")}
    html = rendered(
        "{{ plan(booth, stands, states) }}", booth=booth(), stands=stands, states=states
    )
    assert "<script>" not in html
    assert "Nordhafen &lt;at&gt; Anuga" in html
    assert "style=" not in html
    assert "<title" in html
    assert "<desc" in html
    assert html.count("<tr") == 3


def test_only_free_stands_can_be_chosen() -> None:
    stands = [stand(1), stand(2), stand(3, blocked=True)]
    states = {1: Occupant(StandState.HELD)}
    html = rendered(
        '{{ plan(booth, stands, states, link="?stand={id}", choose="stand", chosen=2) }}',
        booth=booth(),
        stands=stands,
        states=states,
    )
    assert html.count('type="radio"') == 1
    assert 'href="?stand=2"' in html
    assert 'href="?stand=1"' not in html
    assert html.count(" checked") == 1


def test_totals_name_what_is_not_drawn_yet() -> None:
    html = rendered("{{ totals(booth, stands) }}", booth=booth(), stands=[stand(1), stand(2)])
    assert "2 stands, 18 m²" in html
    assert "Not drawn yet" in html
