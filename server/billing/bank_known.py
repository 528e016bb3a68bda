"""Which entries of a file are in the books already: the stable name of each entry.

An entry is called by the bank's reference where there is one, else by all it says, with an ordinal
for those that are alike. Statements that overlap count from the same line, so they agree. A
statement that goes on where another ended on the same day, which their balances show, counts on:
its entries are others, however alike they are.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from server.billing.bank_reading import Entry, Read
from server.billing.bank_settings import parsed
from server.billing.bank_shapes import Statement
from server.database import rows


@dataclass(frozen=True, slots=True)
class Span:
    """Where a statement stands among those of its account; in `file` it is number `place`."""

    account: str
    currency: str
    from_on: date | None
    until_on: date | None
    opening_minor: int | None
    closing_minor: int | None
    file: int = 0
    place: int = 0


def span(account: str, of: Statement, file: int = 0, place: int = 0) -> Span:
    """The span of a statement that was read."""
    return Span(account, of.currency, of.from_on, of.until_on, of.opening_minor,
                of.closing_minor, file, place)  # fmt: skip


def before(one: Span, others: Sequence[Span]) -> list[Span]:
    """The statements of its first day that `one` goes on from, by their balances, nearest first.

    None where a balance is not told, or came back that day to where `one` begins: then it cannot be
    said which of two alike is meant, and what is known stays known.
    """
    found: list[Span] = []
    here = one
    while here.opening_minor is not None and here.from_on == one.from_on:
        previous = next(
            (
                each
                for each in others
                if (each.account, each.currency) == (one.account, one.currency)
                and each.until_on == one.from_on
                and each.closing_minor == here.opening_minor
                and each.opening_minor != each.closing_minor
            ),
            None,
        )
        if previous is None:
            break
        if previous.opening_minor == one.opening_minor or previous in found:
            return []
        found.append(previous)
        here = previous
    return found


def digests(account: str, entries: Iterable[Entry]) -> list[str]:
    """What each entry is called without its ordinal."""
    made = []
    for entry in entries:
        own = entry.bank_ref or "|".join((entry.end_to_end, entry.text, entry.name, entry.iban))
        plain = "|".join((account, entry.booked_on.isoformat(), str(entry.amount_minor),
                          entry.currency, "ref" if entry.bank_ref else "text", own))  # fmt: skip
        made.append(hashlib.sha256(plain.encode()).hexdigest()[:48])
    return made


def names(account: str, entries: Sequence[Entry], counted: Counter[str]) -> list[str]:
    """The name of each entry; `counted` holds the digests of the statements it goes on from."""
    seen = Counter(counted)
    made = []
    for digest in digests(account, entries):
        seen[digest] += 1
        made.append(f"{digest}:{seen[digest]}")
    return made


async def identities(agency_id: int, file_id: int, usual: str, found: Read) -> list[list[str]]:
    """The names of all entries, statement by statement. `usual`: the account of those that do not
    say theirs. Another file is read again only where a statement goes on from one of its."""
    accounts = [each.account or usual for each in found.statements]
    own = [
        span(account, each, file_id, place)
        for place, (account, each) in enumerate(zip(accounts, found.statements, strict=True))
    ]
    booked = [
        Span(**each)
        for each in await rows(
            "SELECT account, currency, from_on, until_on, opening_minor, closing_minor, file,"
            " place FROM (SELECT s.*, row_number() OVER (PARTITION BY file ORDER BY id) - 1"
            " AS place FROM bank_statement s WHERE agency = $1::bigint AND file <> $2::bigint) s"
            " WHERE account = ANY($3) AND until_on = ANY($4::date[]) ORDER BY file, place",
            agency_id,
            file_id,
            accounts,
            [each.from_on for each in own if each.from_on],
        )
    ]
    reads = {file_id: found}
    made = []
    for n, (account, each) in enumerate(zip(accounts, found.statements, strict=True)):
        counted: Counter[str] = Counter()
        for previous in before(own[n], [*own[:n], *booked]):
            if previous.file not in reads:
                reads[previous.file] = await _again(agency_id, previous.file)
            counted.update(
                digests(account, reads[previous.file].statements[previous.place].entries)
            )
        made.append(names(account, each.entries, counted))
    return made


async def _again(agency_id: int, file_id: int) -> Read:
    raw = await rows("SELECT raw FROM bank_file WHERE id = $1::bigint", file_id)
    return await parsed(agency_id, bytes(raw[0]["raw"]))
