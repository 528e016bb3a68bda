"""Who did what to which record, and why: written in the same transaction as the deed."""

from collections.abc import Mapping
from typing import Protocol

from server import clock
from server.database import execute, step


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
