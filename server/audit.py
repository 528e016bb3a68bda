"""Who did what to which record, and why: written in the same transaction as the deed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

import msgspec

from server import clock
from server.database import execute, rows, step, typed


class Doer(Protocol):
    """As much of an actor as an audit line keeps."""

    @property
    def person_id(self) -> int | None: ...
    @property
    def name(self) -> str: ...
    @property
    def agency_id(self) -> int | None: ...
    @property
    def company_id(self) -> int | None: ...


@step
async def record(
    actor: Doer,
    verb: str,
    thing: str,
    thing_id: int,
    *,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    why: str = "",
    agency_id: int | None = None,
    company_id: int | None = None,
) -> None:
    """Write one line; `agency_id` and `company_id` say who may read it beside the actor's own."""
    await execute(
        "INSERT INTO audit_line (at, person_id, person_name, agency_id, company_id, verb, thing,"
        " thing_id, before, after, why) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
        clock.now(),
        actor.person_id,
        actor.name,
        agency_id or actor.agency_id,
        company_id or actor.company_id,
        verb,
        thing,
        thing_id,
        dict(before or {}),
        dict(after or {}),
        why,
    )


class AuditRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line as staff read it."""

    id: int
    at: datetime
    person_name: str
    verb: str
    thing: str
    thing_id: int
    before: dict[str, Any]
    after: dict[str, Any]
    why: str


class LogFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which lines: of one thing, of a kind of things, of a person, of some days (inclusive)."""

    thing: str = ""
    thing_id: int = 0
    person: str = ""
    since: datetime | None = None
    until: datetime | None = None


async def lines(
    agency_id: int | None, which: LogFilter, *, before: int = 2**31, limit: int = 50
) -> list[AuditRow]:
    """What was done in an agency, the latest first. `since` is included, `until` is not."""
    found = await rows(
        "SELECT id, at, person_name, verb, thing, thing_id, before, after, why FROM audit_line"
        " WHERE agency_id = $1 AND id < $2::bigint AND ($3 = '' OR thing = $3)"
        " AND ($4 = 0 OR thing_id = $4) AND ($5 = '' OR strpos(lower(person_name), lower($5)) > 0)"
        " AND ($6::timestamptz IS NULL OR at >= $6) AND ($7::timestamptz IS NULL OR at < $7)"
        " ORDER BY id DESC LIMIT $8",
        agency_id,
        before,
        which.thing,
        which.thing_id,
        which.person,
        which.since,
        which.until,
        limit,
    )
    return typed(AuditRow, found)
