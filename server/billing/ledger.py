"""Posting to the ledger: one entry per business event, never twice, never changed."""

from collections.abc import Sequence
from datetime import datetime

from server import clock
from server.billing.postings import Posting, imbalance
from server.database import execute, rows, step, value


@step
async def post(
    agency_id: int,
    kind: str,
    about: str,
    key: str,
    postings: list[Posting],
    at: datetime | None = None,
) -> int | None:
    """Write the entry `key` with its postings and return its id; None if it was posted before.

    It stands at this moment, or at `at`, where the day is that of a bank.

    The database refuses an entry that does not balance when the transaction commits.
    """
    assert not imbalance(postings), imbalance(postings)
    if not postings:
        return None
    entry = await value(
        "INSERT INTO ledger_entry (agency, at, kind, about, key) VALUES ($1,$2,$3,$4,$5)"
        " ON CONFLICT (key) DO NOTHING RETURNING id",
        agency_id,
        at or clock.now(),
        kind,
        about,
        key,
    )
    if entry is None:
        return None
    await execute(
        "INSERT INTO ledger_posting (entry, account, company, amount_minor, currency, source)"
        " SELECT $1, * FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::text[],"
        " $6::bigint[])",
        entry,
        [posting.account.value for posting in postings],
        [posting.company for posting in postings],
        [posting.amount_minor for posting in postings],
        [posting.currency for posting in postings],
        [posting.source for posting in postings],
    )
    return int(entry)


@step
async def post_many(
    agency_id: int, kind: str, entries: Sequence[tuple[datetime, str, str, list[Posting]]]
) -> None:
    """Write many new entries (when, about, key, postings) of one kind by two statements."""
    for _, _, _, some in entries:
        assert not imbalance(some), imbalance(some)
    found = await rows(
        "INSERT INTO ledger_entry (agency, at, kind, about, key) SELECT $1::bigint, at, $2, about,"
        " key FROM unnest($3::timestamptz[], $4::text[], $5::text[]) AS e (at, about, key)"
        " RETURNING id, key",
        agency_id,
        kind,
        [each[0] for each in entries],
        [each[1] for each in entries],
        [each[2] for each in entries],
    )
    ids = {each["key"]: each["id"] for each in found}
    lines = [(ids[key], posting) for _, _, key, some in entries for posting in some]
    await execute(
        "INSERT INTO ledger_posting (entry, account, company, amount_minor, currency)"
        " SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::text[])",
        [entry for entry, _ in lines],
        [posting.account.value for _, posting in lines],
        [posting.company for _, posting in lines],
        [posting.amount_minor for _, posting in lines],
        [posting.currency for _, posting in lines],
    )
