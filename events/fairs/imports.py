"""Lists of fairs as people have them: a reader of CSV that keeps nothing and guesses nothing.

UTF-8 (with or without a mark), UTF-16 with its mark, Windows-1252; commas, semicolons or tabs; the
columns by their usual names in several languages; days in one column or in two. Every row comes
back either as an ImportRow or as a refused line with its number in the file and the reason.
"""

import csv
import io
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from events.fairs import rules, spans, zones
from events.fairs.rules import SECTOR_NAMES, Sector
from server.clock import is_zone
from server.errors import Refused
from server.organisations.rules import country_name
from server.text import N_, gettext

MOST_ROWS = 20_000
LONGEST_NAME = 200


@cache
def _headings() -> dict[str, str]:
    """Heading -> column."""
    named = tomllib.loads((Path(__file__).parent / "headings.toml").read_text("utf-8"))
    return {zones.plain(heading): name for name, known in named.items() for heading in known}


@dataclass(frozen=True, slots=True)
class ImportRow:
    """A row that can become a fair. `line` is where it begins in the file, counted from 1."""

    line: int
    name: str
    starts_on: date
    ends_on: date
    country: str
    tz: str
    venue: str = ""
    city: str = ""
    website: str = ""
    sectors: tuple[str, ...] = ()
    description: str = ""
    series: str = ""


@dataclass(frozen=True, slots=True)
class RefusedLine:
    """A row that cannot, and why."""

    line: int
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file holds. `unknown` are headings that were not used."""

    rows: tuple[ImportRow, ...]
    refused: tuple[RefusedLine, ...]
    encoding: str
    delimiter: str
    found: tuple[str, ...]
    unknown: tuple[str, ...]


def _decode(data: bytes) -> tuple[str, str]:
    """(text, name of the encoding)."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            names = {"utf-8-sig": "UTF-8", "cp1252": "Windows-1252", "utf-16": "UTF-16"}
            return text, names[encoding]
    raise Refused(
        N_(
            "This file is no text that can be read."
            " Save it as CSV, in UTF-8 or Windows-1252, and try again."
        ),
        field="file",
    )


def _records(text: str) -> tuple[list[tuple[int, list[str]]], str]:
    """((line number, cells) of every row, the delimiter): the one that finds the most columns."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    best = max(
        (",", ";", "\t"),
        key=lambda mark: sum(
            zones.plain(cell) in _headings()
            for cell in next(csv.reader([first], delimiter=mark), [])
        ),
    )
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=best, strict=True)
    found, line = [], 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((line, [cell.strip() for cell in cells]))
            line = reader.line_num + 1
            if len(found) > MOST_ROWS + 1:
                raise Refused(
                    N_("The file has more than {n} rows. Split it."), field="file", n=MOST_ROWS
                )
    except csv.Error:
        raise Refused(
            N_("Line {line} cannot be read as CSV. Look for a quotation mark that is not closed."),
            field="file",
            line=line,
        ) from None
    return found, best


def read(data: bytes, *, tz: str = "", country: str = "") -> Reading:
    """Every row of the file. `tz` and `country` stand in where a row says nothing.

    Raises Refused when the file as a whole cannot be read: no text, no heading, no name or days.
    """
    if tz and not is_zone(tz):
        raise Refused(
            N_("“{tz}” is not a time zone. It looks like Europe/Berlin."), field="tz", tz=tz
        )
    if country and zones.country_code(country) is None:
        raise Refused(
            N_("“{country}” is not a country this list knows."), field="country", country=country
        )
    text, encoding = _decode(data)
    records, delimiter = _records(text)
    if not records:
        raise Refused(N_("The file is empty."), field="file")
    heading = records[0][1]
    columns: dict[str, int] = {}
    unknown = []
    for at, title in enumerate(heading):
        field = _headings().get(zones.plain(title))
        if field is None or field in columns:
            unknown.append(title)
        else:
            columns[field] = at
    if "name" not in columns or not ("dates" in columns or "starts_on" in columns):
        raise Refused(
            N_(
                "The first line must name the columns. Needed are the name and the dates"
                " (or first and last day); found: {found}."
            ),
            field="file",
            found=", ".join(heading)[:200],
        )
    rows: list[ImportRow] = []
    refused: list[RefusedLine] = []
    seen: dict[str, int] = {}
    for line, cells in records[1:]:
        named = {field: cells[at] if at < len(cells) else "" for field, at in columns.items()}
        try:
            if len(cells) > len(heading) and any(cells[len(heading) :]):
                raise Refused(
                    N_(
                        "It has {n} cells, the first line has {m}."
                        " A name with the separator in it needs quotation marks."
                    ),
                    n=len(cells),
                    m=len(heading),
                )
            row = _row(line, named, tz, country)
            key = rules.import_key(row.name, row.starts_on)
            if key in seen:
                raise Refused(N_("It is the same fair as on line {line}."), line=seen[key])
            seen[key] = line
            rows.append(row)
        except Refused as reason:
            refused.append(RefusedLine(line, named.get("name", ""), str(reason)))
    return Reading(
        tuple(rows),
        tuple(refused),
        encoding,
        delimiter,
        tuple(columns),
        tuple(u for u in unknown if u),
    )


def _row(line: int, cell: dict[str, str], file_tz: str, file_country: str) -> ImportRow:
    name = " ".join(cell.get("name", "").split())
    if len(name) < 2:
        raise Refused(N_("The name is missing."))
    limits = {
        "name": (LONGEST_NAME, N_("The name is longer than {n} characters.")),
        "venue": (200, N_("The venue is longer than {n} characters.")),
        "city": (120, N_("The city is longer than {n} characters.")),
        "series": (200, N_("The series is longer than {n} characters.")),
        "description": (4000, N_("The description is longer than {n} characters.")),
    }
    for field, (longest, sentence) in limits.items():
        if len(cell.get(field, "")) > longest:
            raise Refused(sentence, n=longest)
    starts_on, ends_on = _days(cell)
    country_text, city = cell.get("country", ""), cell.get("city", "")
    country = zones.country_code(country_text) if country_text else None
    if country_text and country is None:
        raise Refused(N_("“{country}” is not a country this list knows."), country=country_text)
    country = country or (zones.country_code(file_country) if file_country else None)
    tz = cell.get("tz", "")
    if tz and not is_zone(tz):
        raise Refused(N_("“{tz}” is not a time zone. It looks like Europe/Berlin."), tz=tz)
    if not tz and country:
        tz = zones.derive(country, city, starts_on.year) or file_tz
        if not tz:
            raise Refused(
                N_(
                    "Clocks differ within {country}, and the city does not settle it."
                    " Give a time zone."
                ),
                country=country_name(country),
            )
    tz = tz or file_tz
    if not tz:
        raise Refused(N_("The time zone is not known: there is neither a zone nor a country."))
    country = country or zones.country_of(tz)
    if country is None:
        raise Refused(N_("The country is missing and {tz} does not tell it."), tz=tz)
    return ImportRow(
        line=line,
        name=name,
        starts_on=starts_on,
        ends_on=ends_on,
        country=country,
        tz=tz,
        venue=cell.get("venue", ""),
        city=city,
        website=rules.web_address(cell.get("website", "")),
        sectors=_sectors(cell.get("sectors", "")),
        description=cell.get("description", ""),
        series=cell.get("series", ""),
    )


def _days(cell: dict[str, str]) -> tuple[date, date]:
    if cell.get("dates"):
        return spans.read_span(cell["dates"])
    if not cell.get("starts_on"):
        raise Refused(N_("The dates are missing."))
    starts_on = spans.read_day(cell["starts_on"])
    ends_on = spans.read_day(cell["ends_on"]) if cell.get("ends_on") else starts_on
    rules.days_of(starts_on, ends_on)
    return starts_on, ends_on


def _sectors(text: str) -> tuple[str, ...]:
    known = {zones.plain(str(code)): str(code) for code in Sector}
    known |= {zones.plain(name): str(code) for code, name in SECTOR_NAMES.items()}
    found = []
    for each in text.replace("|", ";").split(";"):
        if not each.strip():
            continue
        code = known.get(zones.plain(each))
        if code is None:
            raise Refused(
                N_("“{sector}” is not one of the sectors: {all}."),
                sector=each.strip(),
                all=", ".join(str(code) for code in Sector),
            )
        found.append(code)
    return tuple(dict.fromkeys(found))


def describe(delimiter: str) -> str:
    """The separator in words."""
    names = {",": N_("commas"), ";": N_("semicolons"), "\t": N_("tabs")}
    return gettext(names[delimiter])
