"""The reader of lists, without a database."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.fairs.imports import read
from server.errors import Refused

REAL = Path(__file__).parents[4] / "shared" / "data" / "fairs" / "fairs_china_2026H2_400.csv"
GERMAN = (
    "Messe;Zeitraum;Ort;Land;Webseite;Branche\r\n"
    "Grüne Woche;15.01.2027 - 24.01.2027;Berlin;Deutschland;www.example.org;food\r\n"
    ";01.02.2027;Berlin;Deutschland;;\r\n"
    "Zwei Zeiten;01.02.2027;Springfield;USA;;\r\n"
    "Falscher Tag;32.01.2027;Berlin;DE;;\r\n"
    "Grüne  Woche;15.01.2027;Berlin;Deutschland;;\r\n"
    "Fremde Branche;01.02.2027;Berlin;DE;;astrology\r\n"
    "Zu viele;01.02.2027;Berlin;DE;;food;more\r\n"
    "Kein Land;01.02.2027;;Atlantis;;\r\n"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_list_reads_the_same_in_every_encoding(encoding: str) -> None:
    reading = read(GERMAN.encode(encoding))
    assert [(each.line, each.name, each.tz) for each in reading.rows] == [
        (2, "Grüne Woche", "Europe/Berlin")
    ]
    assert reading.rows[0].website == "https://www.example.org"
    assert reading.delimiter == ";"


def test_list_with_faults_says_line_and_reason() -> None:
    reading = read(GERMAN.encode())
    said = {each.line: each.reason for each in reading.refused}
    assert list(said) == [3, 4, 5, 6, 7, 8, 9]
    assert "name is missing" in said[3]
    assert "Clocks differ within United States" in said[4]
    assert "does not exist" in said[5]
    assert "line 2" in said[6]
    assert "sectors" in said[7]
    assert "cells" in said[8]
    assert "Atlantis" in said[9]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_list_with_any_separator_and_quoted_names(mark: str) -> None:
    text = mark.join(("name", "start date", "end date", "country")) + "\n"
    text += mark.join(('"Wood, Paper; and Glass"', "2027-03-01", "2027-03-03", "FR")) + "\n"
    (row,) = read(text.encode()).rows
    assert row.name == "Wood, Paper; and Glass"
    assert row.tz == "Europe/Paris"


def test_list_with_a_name_over_two_lines_counts_lines_of_the_file() -> None:
    text = 'name,dates,country\n"A\nB",2027-03-01,FR\nC,never,FR\n'
    reading = read(text.encode())
    assert reading.rows[0].name == "A B"
    assert reading.refused[0].line == 4


def test_list_without_a_zone_needs_one_for_the_file() -> None:
    text = b"name,dates\nExpo,2027-03-01\n"
    assert "time zone is not known" in read(text).refused[0].reason
    (row,) = read(text, tz="Asia/Kolkata").rows
    assert (row.tz, row.country) == ("Asia/Kolkata", "IN")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "no text"),
        (b"a,b\n1,2\n", "must name the columns"),
        (b'name,dates\n"Expo,2027-03-01\n', "cannot be read as CSV"),
    ],
)
def test_list_that_is_none_is_refused_as_a_whole(data: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read(data, tz="Asia/Tokyo")


@given(st.binary(max_size=200))
def test_list_of_anything_is_read_or_refused(data: bytes) -> None:
    with suppress(Refused):
        read(b"name,dates\n" + data, tz="Asia/Tokyo")


@pytest.mark.skipif(not REAL.exists(), reason=f"the real list is not here: {REAL}")
def test_list_of_400_real_fairs_is_read_whole() -> None:
    reading = read(REAL.read_bytes(), tz="Asia/Shanghai")
    assert len(reading.rows) == 400
    assert reading.refused == ()
    assert {each.country for each in reading.rows} == {"CN"}
