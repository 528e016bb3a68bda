"""The drawing of a plan: colours that can be read, words that say the same, texts that fit."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from booths.plans.drawing import Occupant
from booths.plans.looks import PAINTS, SHARED, Paint, StandState
from booths.plans.outlines import Rect
from booths.plans.queries import BoothRow, SharedRow, StandRow
from booths.plans.rules import Block, Edge, Placed, SharedKind, StandKind, free_place
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
    facts.setdefault("outline", list(Rect(*(D(str(facts[name])) for name in LENGTHS)).outline))
    return StandRow(**facts)  # type: ignore[arg-type]


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("paint", [*PAINTS.values(), SHARED])
def test_text_can_be_read_on_its_floor_and_on_its_pattern(paint: Paint) -> None:
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


def test_a_stand_that_is_kept_says_until_when_in_the_time_of_the_fair() -> None:
    until = datetime(2027, 5, 3, 12, 0, tzinfo=UTC)
    states = {1: Occupant(StandState.KEPT, "Officina Rossi", until=until)}
    (drawn,) = booth(tz="Europe/Berlin").drawn([stand(1)], states).stands
    assert drawn.told == (
        "Stand A1, Row stand, 9 m², On hold, until Mon 3 May 2027, 14:00, Officina Rossi"
    )
    html = rendered(
        "{{ plan(booth, stands, states) }}", booth=booth(), stands=[stand(1)], states=states
    )
    assert "until Mon 3 May 2027, 12:00</span>" in html


def test_a_shared_area_is_drawn_told_and_listed_beside_the_stands() -> None:
    lounge = SharedRow(
        id=5,
        kind=SharedKind.LOUNGE,
        label="Café",
        outline=list(Rect(D("6.00"), D("0.00"), D("3.00"), D("2.00")).outline),
        area_m2=D("6.00"),
        version=1,
    )
    html = rendered("{{ plan(booth, stands) }}", booth=booth(shared=[lounge]), stands=[stand(1)])
    assert "Café, Lounge, 6 m², for everybody" in html
    assert 'points="600,0 900,0 900,200 600,200"' in html
    assert html.count("<tr") == 3
    assert "1 area, 6 m²" in html


def test_an_l_shaped_stand_is_drawn_with_its_corners_and_its_text_inside() -> None:
    corners = [(0, 0), (6, 0), (6, 2), (2, 2), (2, 6), (0, 6)]
    outline = [(D(x), D(y)) for x, y in corners]
    ell = stand(1, width_m=D(6), depth_m=D(6), outline=outline, area_m2=D("20.00"))
    (drawn,) = booth().drawn([ell], {}).stands
    assert drawn.points == "0,0 600,0 600,200 200,200 200,600 0,600"
    assert drawn.size == "6 corners within 6 × 6 m"
    assert drawn.writing.x in (100, 300)


def test_ways_in_are_marked_on_open_sides_and_the_scale_is_told() -> None:
    drawing = booth(open_edges=[Edge.BOTTOM, Edge.LEFT]).drawn([], {})
    assert len(drawing.entrances) == 2
    assert drawing.scale_bar == (200, "2 m")
    assert drawing.entrances[0].startswith("450,600 ")


def test_on_a_phone_the_label_is_large_and_the_state_is_written_where_it_can_be_read() -> None:
    (roomy,) = booth().drawn([stand(1)], {}).stands
    assert [line.text for line in roomy.writing.narrow] == ["A1", "Free"]
    assert all(line.size * 290 / 900 >= 9 for line in roomy.writing.narrow)
    large = booth(width_m=D("60.00"), gross_m2=D("360.00"))
    (far,) = large.drawn([stand(1)], {}).stands
    assert [line.text for line in far.writing.narrow] == ["A1"]
