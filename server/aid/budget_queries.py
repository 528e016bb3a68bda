"""Reads of programmes: what is committed, granted and paid of each line, and month by month."""

from datetime import date
from typing import Any

import msgspec

from server import clock
from server.accounts.permissions import Actor, require
from server.aid.queries import agency_tz
from server.database import LARGEST_ID, page_id, row, rows, typed
from server.errors import NotFound


class LineRow(msgspec.Struct, frozen=True, kw_only=True):
    """A budget line in minor units of its programme's currency; no ceiling: None."""

    id: int
    programme: int
    name: str
    funds: str
    year: int | None
    currency: str
    ceiling_minor: int | None
    committed_minor: int
    left_minor: int | None
    granted_minor: int
    paid_minor: int
    schemes: int
    version: int

    @property
    def held_minor(self) -> int:
        """Committed by offers that are not granted yet."""
        return self.committed_minor - self.granted_minor


class ProgrammeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A programme with what its lines commit, grant and pay together. `usual`: the one that holds
    schemes without a programme of their own."""

    id: int
    name: str
    currency: str
    ceiling_minor: int | None
    committed_minor: int
    left_minor: int | None
    granted_minor: int
    paid_minor: int
    lines: int
    usual: bool
    version: int

    @property
    def held_minor(self) -> int:
        """Committed by offers that are not granted yet."""
        return self.committed_minor - self.granted_minor


class MonthRow(msgspec.Struct, frozen=True, kw_only=True):
    """The sums at the end of a month, and what was left of the ceiling."""

    month: date
    committed_minor: int
    granted_minor: int
    paid_minor: int
    left_minor: int | None


class ProgrammeBook(msgspec.Struct, frozen=True, kw_only=True):
    """A programme with its lines and its burn-down."""

    programme: ProgrammeRow
    lines: list[LineRow]
    months: list[MonthRow]


_SUMS = """
LEFT JOIN LATERAL (
    SELECT coalesce(sum((SELECT sum(g.amount_minor) FROM aid_grant g WHERE g.scheme = s.id)), 0)
               ::bigint AS granted_minor,
           coalesce(sum((SELECT sum(y.amount_minor) FROM aid_payment y
                          JOIN aid_grant g ON g.id = y.aid_grant WHERE g.scheme = s.id)), 0)
               ::bigint AS paid_minor,
           count(*) AS schemes
      FROM scheme s JOIN budget_line b ON b.id = s.budget_line WHERE {which}
) AS sums ON true
"""
_PROGRAMME = (
    "SELECT p.*, p.ceiling_minor - p.committed_minor AS left_minor, sums.granted_minor,"  # noqa: S608
    " sums.paid_minor, (SELECT count(*) FROM budget_line l WHERE l.programme = p.id) AS lines"
    " FROM programme p" + _SUMS.format(which="b.programme = p.id")
)
_LINE = (
    "SELECT l.*, p.currency, l.ceiling_minor - l.committed_minor AS left_minor, sums.*"  # noqa: S608
    " FROM budget_line l JOIN programme p ON p.id = l.programme" + _SUMS.format(which="b.id = l.id")
)


async def programmes(
    actor: Actor, *, cursor: str = "", limit: int = 50
) -> tuple[list[ProgrammeRow], str | None]:
    """The agency's programmes, the newest first, and where the next page starts."""
    require(actor, "scheme.list")
    found = await rows(
        _PROGRAMME + " WHERE p.agency = $1 AND p.id < $2::bigint ORDER BY p.id DESC LIMIT $3",
        actor.agency_id,
        page_id(cursor) or LARGEST_ID,
        limit + 1,
    )
    following = str(found[limit - 1]["id"]) if len(found) > limit else None
    return typed(ProgrammeRow, found[:limit]), following


async def programme(actor: Actor, programme_id: int) -> ProgrammeRow:
    """One programme of the actor's agency; NotFound otherwise."""
    require(actor, "scheme.list")
    found = await row(
        _PROGRAMME + " WHERE p.id = $1::bigint AND p.agency = $2", programme_id, actor.agency_id
    )
    if found is None:
        raise NotFound()
    return typed(ProgrammeRow, found)


async def line(actor: Actor, line_id: int) -> LineRow:
    """One budget line of the actor's agency; NotFound otherwise."""
    require(actor, "scheme.list")
    found = await row(
        _LINE + " WHERE l.id = $1::bigint AND p.agency = $2", line_id, actor.agency_id
    )
    if found is None:
        raise NotFound()
    return typed(LineRow, found)


async def lines_to_choose(actor: Actor) -> list[LineRow]:
    """Every budget line of the agency's own programmes, for the scheme's form."""
    require(actor, "scheme.list")
    found = await rows(
        _LINE + " WHERE p.agency = $1 AND NOT p.usual ORDER BY p.name, l.year, l.name",
        actor.agency_id,
    )
    return typed(LineRow, found)


async def book(actor: Actor, programme_id: int) -> ProgrammeBook:
    """A programme with its lines and its months: three statements."""
    found = await programme(actor, programme_id)
    tz = await agency_tz(actor)
    lines = await rows(
        _LINE + " WHERE l.programme = $1::bigint ORDER BY l.year NULLS LAST, l.name, l.id",
        programme_id,
    )
    return ProgrammeBook(
        programme=found,
        lines=typed(LineRow, lines),
        months=_burn_down(found, await _events(programme_id, tz), clock.today(tz)),
    )


async def _events(programme_id: int, tz: str) -> list[dict[str, Any]]:
    """What each month added to the sums. A hold that became a grant nets out in one month or
    passes from one to the other."""
    return await rows(
        "WITH own AS (SELECT s.id FROM scheme s JOIN budget_line l ON l.id = s.budget_line"
        " WHERE l.programme = $1::bigint), event AS ("
        " SELECT held_at AS at, amount_minor AS held, 0 AS granted, 0 AS paid FROM aid_hold"
        " WHERE scheme IN (SELECT id FROM own)"
        " UNION ALL SELECT released_at, -amount_minor, 0, 0 FROM aid_hold"
        " WHERE scheme IN (SELECT id FROM own) AND released_at IS NOT NULL"
        " UNION ALL SELECT created_at, 0, amount_minor, 0 FROM aid_grant"
        " WHERE scheme IN (SELECT id FROM own)"
        " UNION ALL SELECT y.recorded_at, 0, 0, y.amount_minor FROM aid_payment y"
        " JOIN aid_grant g ON g.id = y.aid_grant WHERE g.scheme IN (SELECT id FROM own))"
        " SELECT date_trunc('month', at AT TIME ZONE $2)::date AS month, sum(held)::bigint AS held,"
        " sum(granted)::bigint AS granted, sum(paid)::bigint AS paid FROM event"
        " GROUP BY 1 ORDER BY 1",
        programme_id,
        tz,
    )


def _burn_down(found: ProgrammeRow, events: list[dict[str, Any]], today: date) -> list[MonthRow]:
    """Running sums for each month from the first event to today."""
    if not events:
        return []
    by_month = {one["month"]: one for one in events}
    month, last = events[0]["month"], max(today, events[-1]["month"])
    held = granted = paid = 0
    made = []
    while month <= last:
        one = by_month.get(month, {"held": 0, "granted": 0, "paid": 0})
        held, granted, paid = held + one["held"], granted + one["granted"], paid + one["paid"]
        left = None if found.ceiling_minor is None else found.ceiling_minor - held - granted
        made.append(
            MonthRow(
                month=month,
                committed_minor=held + granted,
                granted_minor=granted,
                paid_minor=paid,
                left_minor=left,
            )
        )
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return made
