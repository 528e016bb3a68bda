"""CSV as statements: known layouts, and those that an agency has named. Pure."""

import csv
import io
import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib import resources

from server.billing.bank_shapes import Entry, Problem, Read, Statement, account_of, words_of
from server.errors import Refused
from server.money import is_currency, parse_amount, to_minor
from server.text import N_


@cache
def known_layouts() -> dict[str, dict[str, list[str]]]:
    """The layouts that are known, by name: for each of our columns what banks call it."""
    text = resources.files(__package__).joinpath("bank_layouts.toml").read_text("utf-8")
    return tomllib.loads(text)


def signature(columns: tuple[str, ...]) -> str:
    """What an agency's own layout is kept under: the headings, however they are cased."""
    return "|".join(" ".join(each.casefold().split()) for each in columns)


def table(text: str, layouts: Mapping[str, Mapping[str, str]]) -> Read:
    """A CSV: its headings are those of a known layout or of `layouts` (our column -> heading).

    Without a layout, a Read that only says the columns, so that a person can name them.
    """
    rows = _csv_rows(text)
    for n, (line, cells) in enumerate(rows):
        columns = tuple(cell.strip() for cell in cells)
        own = layouts.get(signature(columns))
        found = ("own", dict(own)) if own else _layout_of(columns)
        if found:
            return Read("CSV", _csv_statements(rows[n + 1 :], columns, found[1], line), columns,
                        found[0])  # fmt: skip
    wide = [tuple(cell.strip() for cell in cells) for _, cells in rows]
    head = next((cells for cells in wide if sum(1 for cell in cells if cell) >= 3), ())
    if not head or len(rows) < 2 or len(set(head)) != len(head):
        raise Refused(
            N_("This is neither camt.053 nor MT940, nor a CSV with a line of headings. Export the"
               " statement from the bank again."),
            field="file",
        )  # fmt: skip
    return Read("CSV", (), head)


def _csv_rows(text: str) -> list[tuple[int, list[str]]]:
    first = next((line for line in text.splitlines() if line.count(";") > 2 or line.count(",") > 2
                  or line.count("\t") > 2), "")  # fmt: skip
    mark = max(";,\t", key=first.count)
    reader = csv.reader(io.StringIO(text), delimiter=mark)
    try:
        return [(reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells)]
    except csv.Error:
        raise Refused(N_("Line {line} of the CSV is broken: a quotation mark is not closed."),
                      field="file", line=reader.line_num) from None  # fmt: skip


def _layout_of(columns: tuple[str, ...]) -> tuple[str, dict[str, str]] | None:
    plain = {" ".join(column.casefold().split()): column for column in columns}
    for name, layout in known_layouts().items():
        chosen = {
            ours: next((plain[each.casefold()] for each in theirs if each.casefold() in plain), "")
            for ours, theirs in layout.items()
        }
        if (
            chosen.get("date")
            and (chosen.get("amount") or chosen.get("credit"))
            and all(chosen.values())
        ):
            return name, chosen
    return None


def _csv_statements(
    rows: list[tuple[int, list[str]]], columns: tuple[str, ...], layout: dict[str, str], head: int
) -> tuple[Statement, ...]:
    place = {ours: columns.index(theirs) for ours, theirs in layout.items() if theirs in columns}
    entries: dict[tuple[str, str], list[Entry]] = {}
    problems: list[Problem] = []
    for line, cells in rows:
        said = {ours: cells[at].strip() if at < len(cells) else "" for ours, at in place.items()}
        if len(cells) < len(columns) and not any(said.get(n) for n in ("date", "amount", "credit")):
            continue  # a foot line such as "Balance on ..."
        try:
            if len(cells) != len(columns):
                raise Refused(N_("It has {n} cells, and the headings are {of}."),
                              n=len(cells), of=len(columns))  # fmt: skip
            entry, account = _csv_entry(said, line)
        except Refused as refused:
            problems.append(Problem(line, refused.text, refused.values))
            continue
        entries.setdefault((account, entry.currency), []).append(entry)
    made = [
        Statement(account, currency, "", None, None, tuple(found))
        for (account, currency), found in entries.items()
    ]
    if not made:
        made = [Statement("", "", "", None, None, ())]
    if problems:
        first = made[0]
        made[0] = Statement(first.account, first.currency, "", None, None, first.entries,
                            tuple(problems))  # fmt: skip
    if not made[0].entries and not problems:
        raise Refused(N_("There is no entry below line {line}."), field="file", line=head)
    return tuple(made)


def _csv_entry(said: dict[str, str], line: int) -> tuple[Entry, str]:
    currency = (said.get("currency") or "EUR").upper()
    if not is_currency(currency):
        raise Refused(N_("“{currency}” is no currency."), currency=currency[:10])
    if said.get("amount"):
        minor = to_minor(_csv_amount(said["amount"]), currency)
    elif said.get("credit") or said.get("debit"):
        credit = to_minor(_csv_amount(said.get("credit") or "0"), currency)
        minor = credit - abs(to_minor(_csv_amount(said.get("debit") or "0"), currency))
    else:
        raise Refused(N_("The amount is missing."))
    if minor == 0:
        raise Refused(N_("The amount is 0."))
    return (
        Entry(
            line=line,
            booked_on=_csv_day(said.get("date", "")),
            amount_minor=minor,
            currency=currency,
            text=words_of(said.get("text", "")),
            name=words_of(said.get("name", ""))[:200],
            iban=account_of(said.get("iban", "")),
            bank_ref=said.get("reference", "")[:140],
            end_to_end=said.get("end_to_end", "").replace("NOTPROVIDED", "")[:140],
        ),
        account_of(said.get("account", "")),
    )


def _csv_amount(text: str) -> Decimal:
    plain = re.sub(r"[€$£]|\b[A-Z]{3}\b|\u2212", lambda m: "-" if m[0] == "\u2212" else "", text)
    if plain.rstrip().endswith("-"):
        plain = "-" + plain.rstrip()[:-1]
    return parse_amount(plain)


def _csv_day(text: str) -> date:
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%d-%m-%Y", "%Y/%m/%d", "%Y%m%d"):
        try:
            found = datetime.strptime(text.strip()[:10], form).date()  # noqa: DTZ007
        except ValueError:
            continue
        if 1990 <= found.year <= 2199:
            return found
    raise Refused(N_("“{text}” is not a day such as 31.12.2026 or 2026-12-31."), text=text[:40])
