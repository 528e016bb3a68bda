"""Deadlines, badges, surcharges, codes and characters, for every day, zone, area and text."""

import unicodedata
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from booths.hub import prints
from booths.hub.rules import (
    Limits,
    Marked,
    TaskState,
    Terms,
    application_of,
    badge_names,
    badges_free,
    badges_to_pay,
    characters,
    code_of,
    due_at,
    last_day,
    reminder_due,
    surcharge_minor,
    task_state,
    window,
)
from server.errors import Refused
from tests.booths.hub.conftest import picture

ZONES = st.sampled_from(
    ["Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia", "Africa/Cairo", "UTC"]
)
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
NOON = datetime(2027, 8, 1, 12, tzinfo=UTC)


@given(DAYS, ZONES, st.integers(-30, 400))
@example(date(2027, 3, 29), "Europe/Berlin", 1)  # the clocks go forward on that last day
@example(date(2018, 11, 5), "America/Sao_Paulo", 1)  # midnight was skipped that night
def test_a_deadline_ends_a_whole_day_at_the_fair(starts_on: date, tz: str, days: int) -> None:
    due = due_at(starts_on, tz, days_before=days)
    wanted = starts_on - timedelta(days=days)
    assert last_day(due, tz) == wanted
    there = due.astimezone(ZoneInfo(tz))
    assert there.date() == wanted + timedelta(days=1)
    assert there.time() <= time(1)  # midnight, or the first instant after a skipped one
    assert due == due_at(starts_on, tz, due_on=wanted)
    assert due_at(starts_on + timedelta(days=7), tz, days_before=days) - due in (
        timedelta(days=7), timedelta(days=7, hours=1), timedelta(days=6, hours=23),
    )  # fmt: skip


def test_forty_two_days_before_anuga() -> None:
    due = due_at(date(2027, 10, 9), "Europe/Berlin", days_before=42)
    assert due == datetime(2027, 8, 28, 22, tzinfo=UTC)


@pytest.mark.parametrize("both", [{}, {"days_before": 1, "due_on": date(2027, 1, 1)}])
def test_a_task_without_one_deadline_is_a_fault(both: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="days before"):
        due_at(date(2027, 1, 1), "UTC", **both)  # type: ignore[arg-type]


@given(st.booleans(), st.integers(-10, 10))
def test_what_is_marked_is_never_late(required: bool, hours: int) -> None:
    due = NOON + timedelta(hours=hours)
    assert task_state(Marked.DONE, required, due, NOON) is TaskState.DONE
    assert task_state(Marked.NOT_NEEDED, required, due, NOON) is TaskState.NOT_NEEDED
    open_state = task_state(Marked.OPEN, required, due, NOON)
    assert (open_state is TaskState.LATE) == (required and due <= NOON)
    assert (open_state is TaskState.TO_DO) == (due > NOON)
    assert open_state is task_state(None, required, due, NOON)


AREAS = st.decimals(Decimal("0.01"), Decimal(500), places=2)


@given(AREAS, st.integers(0, 9), st.decimals(Decimal("0.5"), Decimal(50), places=2))
@example(Decimal(10), 1, Decimal(3))
@example(Decimal(9), 1, Decimal(3))
def test_badges_are_for_each_started_step(area: Decimal, n: int, step: Decimal) -> None:
    free = badges_free(area, n, step)
    steps = free // n if n else 0
    if n:
        assert free == n * steps
        assert (steps - 1) * step < area <= steps * step
    else:
        assert free == 0
    assert badges_free(area + step, n, step) == free + n


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_badges_are_paid_once(names: int, free: int, bought: int) -> None:
    more = badges_to_pay(names, free, bought)
    assert names <= free + bought + more
    assert more == 0 or names == free + bought + more


def test_names_of_badges_are_lines() -> None:
    assert badge_names("Ana  Costa, sales, Porto\n\n , nobody\nBen") == [
        ("Ana Costa", "sales, Porto"),
        ("Ben", ""),
    ]


@given(st.integers(-5, 60), st.lists(st.integers(0, 60), max_size=5))
def test_a_reminder_is_the_nearest_threshold(left: int, days: list[int]) -> None:
    found = reminder_due(left, days)
    passed = [each for each in days if left <= each]
    assert found == (min(passed) if passed and left >= 0 else None)


@given(DAYS, ZONES, st.integers(0, 90), st.integers(0, 90), st.integers(1, 20_000))
def test_the_shop_gets_dearer_and_then_closes(
    starts_on: date, tz: str, one: int, other: int, bp: int
) -> None:
    late, last = max(one, other), min(one, other)
    when = window(Terms(late_days=late, surcharge_bp=bp, last_days=last), None, starts_on, tz)
    assert when.late_at is not None
    assert when.ends_at is not None
    second = timedelta(seconds=1)
    assert when.surcharge(when.late_at - second) == 0
    assert when.surcharge(when.late_at) == bp
    assert when.open(when.ends_at - second)
    assert not when.open(when.ends_at)
    assert when.cancel_until == when.late_at <= when.ends_at
    earlier = window(Terms(last_days=last), when.ends_at - second, starts_on, tz)
    assert earlier.ends_at == when.ends_at - second
    assert earlier.late_at is None


@given(st.integers(0, 10**9), st.integers(0, 20_000))
def test_a_surcharge_is_a_share_of_the_price(net: int, bp: int) -> None:
    assert abs(surcharge_minor(net, bp) * 10_000 - net * bp) <= 5_000


@given(st.integers(1, 2**31 - 1))
def test_a_code_leads_back_to_its_exhibitor(application: int) -> None:
    code = code_of(application)
    assert len(code) == 7
    assert application_of(code) == application_of(code.upper()) == application


@given(st.text(max_size=9))
def test_any_other_text_is_no_code(text: str) -> None:
    found = application_of(text)
    assert found is None or code_of(found) == text.lower()


@pytest.mark.parametrize(
    ("text", "n"),
    [
        ("", 0), ("Käse", 4), (unicodedata.normalize("NFD", "Käse"), 4), ("👩‍👩‍👧", 1), ("🇵🇹🇮🇹", 2),
        ("👍🏽!", 2), ("ﷺ", 1), ("नमस्ते", 4), ("a\nb", 3),
    ],
)  # fmt: skip
def test_characters_are_counted_as_people_see_them(text: str, n: int) -> None:
    assert characters(text) == n


@given(st.text(max_size=60))
def test_there_are_never_more_characters_than_code_points(text: str) -> None:
    assert characters(text) <= len(text)


@given(st.integers(10, 20_000), st.integers(30, 1200))
def test_the_pixels_that_are_asked_for_are_enough(length: int, dpi: int) -> None:
    side = prints.pixels(length, dpi)
    assert abs(side * Decimal("25.4") / length - dpi) <= Decimal("12.7") / length
    assert prints.effective_dpi(2835, 1000) == 72


@pytest.mark.parametrize(
    ("data", "limits", "said"),
    [
        (picture(1181, 472, "PNG"), Limits(dpi=300, width_mm=100, height_mm=40), ""),
        (picture(472, 1181, "PNG"), Limits(dpi=30, width_mm=100, height_mm=40), "shape"),
        (
            picture(1181, 472, "JPEG"),
            Limits(dpi=300, width_mm=100, height_mm=40, colour=prints.Colour.CMYK),
            "needs CMYK",
        ),
        (
            picture(1181, 472, "TIFF", "CMYK"),
            Limits(dpi=300, width_mm=100, height_mm=40, colour=prints.Colour.RGB),
            "RGB is needed",
        ),
        (picture(100, 40, "PDF"), Limits(width_mm=100, height_mm=40), ""),
        (picture(100, 100, "PDF"), Limits(width_mm=100, height_mm=40, bleed_mm=3), "3 mm bleed"),
        (
            picture(100, 40, "PDF", save_all=True, append_images=[]),
            Limits(width_mm=100, height_mm=40, formats=("tiff",)),
            "This is a PDF file. Send TIFF.",
        ),
        (picture(90, 36, "PNG")[:60], Limits(), "damaged"),
        (b"%PDF-1.7\n" + b"x" * 400, Limits(), "damaged"),
        (b"", Limits(), "cannot be printed"),
    ],
)
def test_print_check(data: bytes, limits: Limits, said: str) -> None:
    found = prints.check(data, limits)
    assert (said in " ".join(found.faults)) if said else not found.faults, found.faults


@given(st.binary(max_size=300), st.sampled_from([b"%PDF-1.4", b"II*\x00", b"\xff\xd8\xff", b""]))
def test_no_file_is_a_fault_of_ours(data: bytes, head: bytes) -> None:
    assert prints.check(head + data, Limits()).faults
    prints.readable(head + data)


def test_a_text_that_is_too_long_says_by_how_much() -> None:
    from booths.hub.rules import within

    with pytest.raises(Refused, match="Take out at least 2"):
        within("abcd", 2, "text")
