"""Tables of a page become lists of lines, by the types of the line alone."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from server.errors import Invalid
from server.web.forms import Form, parse


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    days: int = 0
    share: Decimal = Decimal(0)
    on: date | None = None
    sure: bool = False


class _Table(Form):
    title: str
    steps: Annotated[list[_Line], Meta(title="Steps", max_length=3)]


@given(
    st.lists(
        st.tuples(
            st.text("abcäß", min_size=1), st.integers(-400, 400), st.integers(0, 10_000),
            st.none() | st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.booleans(),
        ),
        max_size=3,
    ),
    st.sets(st.integers(1, 20), min_size=3, max_size=3),
)  # fmt: skip
def test_cells_of_a_page_make_the_lines_that_a_program_sends(
    lines: list[tuple[str, int, int, date | None, bool]], places: set[int]
) -> None:
    """In the order of their numbers, whatever lines between them are empty."""
    cells: dict[str, object] = {"title": "Terms", "name_21": "", "days_21": "x"}
    for n, (name, days, hundredths, on, sure) in zip(sorted(places), lines, strict=False):
        share = Decimal(hundredths) / 100
        cells |= {f"name_{n}": f" {name} ", f"days_{n}": str(days), f"share_{n}": f"{share:.2f}",
                  f"on_{n}": on.isoformat() if on else ""}  # fmt: skip
        if sure:
            cells[f"sure_{n}"] = "on"
    sent = [
        {"name": name, "days": days, "share": str(Decimal(hundredths) / 100),
         "on": on and on.isoformat(), "sure": sure}
        for name, days, hundredths, on, sure in lines
    ]  # fmt: skip
    assert parse(_Table, cells) == parse(_Table, {"title": "Terms", "steps": sent})


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"days_1": "soon"}, "Line 1 has something that is no number"),
        ({"share_1": "a third"}, "a third"),
        ({"on_1": "tomorrow"}, "Steps"),
        ({"colour_1": "red"}, "not asked for"),
        ({f"name_{n}": "x" for n in range(1, 5)}, "Steps"),
    ],
)
def test_wrong_cell_is_a_sentence_and_loses_nothing(cells: dict[str, str], said: str) -> None:
    typed = {"title": "Terms", "name_1": "First"} | cells
    with pytest.raises(Invalid) as fault:
        parse(_Table, typed)
    assert said in " ".join(fault.value.errors.values())
    assert fault.value.typed == typed
