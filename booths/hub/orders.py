"""Orders as they were sold: of one exhibitor, of a call, and what the stand builder must bring."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import queries as calls
from booths.calls.rules import PLACED
from booths.fees.pricing import FeeUnit
from server.accounts.permissions import Actor, require
from server.billing.vat import Supply
from server.database import LARGEST_ID, page_id, rows, typed


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order. Amounts in minor units, without VAT; `fee` is None for badges, which are
    a part of the stand like those that come free with it."""

    fee: int | None
    label: str
    unit: FeeUnit
    pieces: int
    quantity: Decimal
    unit_minor: int
    net_minor: int
    surcharge_bp: int = 0
    surcharge_minor: int = 0
    supply: str = ""

    @property
    def bought(self) -> Supply:
        """What VAT law sees in it: what is a part of the stand is taxed like a package."""
        return Supply(self.supply or Supply.PACKAGE)


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """An order with its lines and its invoice."""

    id: int
    application: int
    company_name: str
    stand: str | None
    state: str
    invoice: int
    invoice_number: str
    invoice_state: str
    total_minor: int
    currency: str
    placed_at: datetime
    cancelled_at: datetime | None
    why: str
    lines: list[Line] = msgspec.field(default_factory=list)


_ORDER = """
SELECT o.id, o.application, co.name AS company_name, st.label AS stand, o.state, o.invoice,
       i.number AS invoice_number, i.state AS invoice_state, i.total_minor, i.currency,
       o.placed_at, o.cancelled_at, o.why
FROM shop_order o JOIN invoice i ON i.id = o.invoice JOIN application x ON x.id = o.application
JOIN company co ON co.id = x.company
LEFT JOIN allocation al ON al.application = x.id AND al.state <> 'released'
LEFT JOIN stand st ON st.id = al.stand
"""


async def orders(application_id: int) -> list[OrderRow]:
    """The orders of an exhibitor, the newest first."""
    return await _with_lines(
        await rows(f"{_ORDER} WHERE o.application = $1 ORDER BY o.id DESC", application_id)
    )


async def orders_of_call(
    actor: Actor, *, call_id: int, cursor: str = "", limit: int = 50
) -> tuple[list[OrderRow], str | None]:
    """The orders of a call's exhibitors, the newest first."""
    require(actor, "hub.read")
    await calls.own_call(actor, call_id)
    found = await rows(
        f"{_ORDER} WHERE x.call = $1 AND o.id < $2 ORDER BY o.id DESC LIMIT $3",
        call_id,
        page_id(cursor) or LARGEST_ID,
        limit + 1,
    )
    items = await _with_lines(found[:limit])
    return items, str(items[-1].id) if len(found) > limit else None


async def _with_lines(found: list[dict[str, Any]]) -> list[OrderRow]:
    lines = await rows(
        "SELECT shop_order, fee, label, unit, pieces, quantity, unit_minor, net_minor,"
        " surcharge_bp, surcharge_minor, supply FROM shop_line WHERE shop_order = ANY($1::int[])"
        " ORDER BY id",
        [each["id"] for each in found],
    )
    by_order: dict[int, list[Line]] = {}
    for each in lines:
        by_order.setdefault(each.pop("shop_order"), []).append(typed(Line, each))
    return [
        msgspec.structs.replace(typed(OrderRow, each), lines=by_order.get(each["id"], []))
        for each in found
    ]


class ServiceSum(msgspec.Struct, frozen=True, kw_only=True):
    """How many of a service are needed at a booth, with the stands that need it."""

    name: str
    unit: str
    pieces: int
    stands: str


# What was ordered with the admission, and what was ordered afterwards.
_NEEDED = """
WITH placed AS (
    SELECT x.id, co.name AS company, coalesce(st.label, '') AS stand, ad.services
    FROM application x JOIN company co ON co.id = x.company
    JOIN admission ad ON ad.application = x.id AND ad.ended_at IS NULL
    LEFT JOIN allocation al ON al.application = x.id AND al.state <> 'released'
    LEFT JOIN stand st ON st.id = al.stand WHERE x.call = $1 AND x.state = ANY($2)),
needed AS (
    SELECT p.company, p.stand, f.name, f.unit, s.value::int AS pieces
    FROM placed p, jsonb_each_text(p.services) s JOIN fee f ON f.id = s.key::int
    UNION ALL
    SELECT p.company, p.stand, l.label, l.unit, l.pieces
    FROM placed p JOIN shop_order o ON o.application = p.id AND o.state = 'placed'
    JOIN shop_line l ON l.shop_order = o.id)
"""


async def sums(actor: Actor, call_id: int) -> list[ServiceSum]:
    """What the stand builder must bring, service by service."""
    require(actor, "hub.read")
    await calls.own_call(actor, call_id)
    found = await rows(
        f"{_NEEDED} SELECT name, unit, sum(pieces)::int AS pieces,"  # noqa: S608 - own text
        " string_agg(DISTINCT stand, ', ' ORDER BY stand) AS stands FROM needed"
        " WHERE pieces > 0 GROUP BY name, unit ORDER BY name, unit",
        call_id,
        [state.value for state in PLACED],
    )
    return typed(ServiceSum, found)


class Needed(msgspec.Struct, frozen=True, kw_only=True):
    """What one stand needs of one service."""

    stand: str
    company: str
    name: str
    unit: str
    pieces: int


async def needed(actor: Actor, call_id: int) -> list[Needed]:
    """The same stand by stand, for the stand builder's list."""
    require(actor, "hub.read")
    await calls.own_call(actor, call_id)
    found = await rows(
        f"{_NEEDED} SELECT stand, company, name, unit, sum(pieces)::int AS pieces"  # noqa: S608 - own text
        " FROM needed"
        " WHERE pieces > 0 GROUP BY stand, company, name, unit ORDER BY stand, company, name",
        call_id,
        [state.value for state in PLACED],
    )
    return typed(Needed, found)
