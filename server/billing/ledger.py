"""Posting to the ledger: one entry per business event, never twice, never changed."""

from datetime import datetime

from server import clock
from server.billing.postings import Posting, imbalance
from server.database import execute, step, value


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
