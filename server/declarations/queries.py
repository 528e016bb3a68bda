"""Reads of declarations: for the company, for staff, for whoever checks a company."""

from datetime import date, datetime
from typing import Any

import msgspec

from server import clock
from server.accounts.permissions import Actor, require
from server.database import row, rows, typed
from server.declarations.kinds import kinds_on
from server.declarations.rules import HOLDS, Kind, Standing, standing
from server.errors import NotFound
from server.text import N_, gettext
from server.web.formats import day


class DeclarationRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a company signed, with the last day on which it holds."""

    id: int
    company: int
    kind: str
    version: int
    text: str
    details: dict[str, Any]
    given_by: str | None
    given_on: date
    given_at: datetime
    valid_until: date
    evidence: int | None
    withdrawn_at: datetime | None


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of declaration, and where a company stands with it."""

    kind: str
    name: str
    text: str
    months: int
    needs_evidence: bool
    asks: list[str]
    standing: Standing
    declared: DeclarationRow | None

    @property
    def valid_until(self) -> date | None:
        """The last day on which it holds."""
        return self.declared.valid_until if self.declared else None


_ROW = """
SELECT d.id, d.company, d.kind, d.version, d.text, d.details, p.name AS given_by, d.given_on,
       d.given_at, d.valid_until, d.evidence, d.withdrawn_at
FROM declaration d LEFT JOIN person p ON p.id = d.given_by
"""


async def latest(company_ids: list[int]) -> dict[int, dict[str, DeclarationRow]]:
    """The declarations that count, by company and kind: the last of each that is not withdrawn."""
    found = await rows(
        f"{_ROW} WHERE d.id IN (SELECT DISTINCT ON (l.company, l.kind) l.id FROM declaration l"  # noqa: S608
        " WHERE l.company = ANY($1::bigint[]) AND l.withdrawn_at IS NULL"
        " ORDER BY l.company, l.kind, l.id DESC)",
        company_ids,
    )
    by_company: dict[int, dict[str, DeclarationRow]] = {each: {} for each in company_ids}
    for each in typed(DeclarationRow, found):
        by_company[each.company][each.kind] = each
    return by_company


async def lines(company_id: int, on: date | None = None) -> list[Line]:
    """Every kind with where the company stands with it on a day, today if none is named."""
    on = on or clock.now().date()
    declared = (await latest([company_id]))[company_id]
    return [line(kind, declared.get(kind.code), on) for kind in kinds_on(on)]


def line(kind: Kind, declared: DeclarationRow | None, on: date) -> Line:
    """One kind with what was declared of it."""
    return Line(
        kind=kind.code,
        name=kind.name,
        text=kind.text,
        months=kind.months,
        needs_evidence=kind.evidence,
        asks=list(kind.asks),
        standing=standing(declared.valid_until if declared else None, on),
        declared=declared,
    )


async def own_lines(actor: Actor) -> list[Line]:
    """Where the actor's company stands."""
    require(actor, "declaration.own")
    if actor.company_id is None:
        raise NotFound
    return await lines(actor.company_id)


async def own_page(actor: Actor, *, cursor: str, limit: int) -> tuple[list[Line], str | None]:
    """The same for the API; there are never more than a page of kinds."""
    return (await own_lines(actor))[:limit], None


async def of_company(actor: Actor, company_id: int) -> list[DeclarationRow]:
    """Everything a company has declared, the latest first, for the staff of an agency."""
    require(actor, "declaration.read")
    if await row("SELECT 1 FROM company WHERE id = $1::bigint", company_id) is None:
        raise NotFound
    found = await rows(f"{_ROW} WHERE d.company = $1 ORDER BY d.id DESC LIMIT 100", company_id)
    return typed(DeclarationRow, found)


def obstacle(line: Line) -> str | None:
    """Why an application cannot be sent, in a sentence that names the declaration, or None."""
    if line.standing in HOLDS:
        return None
    if line.standing is Standing.EXPIRED:
        return gettext(
            N_("The declaration “{name}” expired on {on}. Renew it, then send the application."),
            name=gettext(line.name),
            on=day(line.valid_until),
        )
    return gettext(
        N_("The declaration “{name}” is missing. Give it, then send the application."),
        name=gettext(line.name),
    )
