"""Reads of price lists and kept quotes."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from booths.fees.lines import Line
from booths.fees.pricing import Choice, Early, Fee, FeeKind, FeeUnit, Late, Prices
from booths.fees.rules import Part, Quote, Taxed
from booths.fees.space import Space
from booths.plans.rules import StandKind
from server.accounts.permissions import Actor, require
from server.aid.rules import Award, CostKind, Note, Shown
from server.database import row, rows, typed, value
from server.errors import NotFound


class FeeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A fee or a service of a price list; `ends_at` is an instant, `tz` the fair's zone."""

    id: int
    price_list: int
    kind: FeeKind
    name: str
    unit: FeeUnit
    amount_minor: int
    eligible: bool
    stock: int | None
    taken: int
    ends_at: datetime | None
    cost_kind: str
    reduced_minor: int | None = None
    included_in: list[str] = []
    supply: str = ""
    position: int


class PriceListRow(msgspec.Struct, frozen=True, kw_only=True):
    """A price list with the booth and fair it is for. Amounts in minor units of `currency`.

    `succeeds` is the list that this is a new edition of, `successor` the edition that follows.
    """

    id: int
    agency: int
    booth: int
    booth_name: str
    fair: int
    fair_name: str
    fair_country: str
    tz: str
    name: str
    currency: str
    per_m2_minor: int
    full_per_m2_minor: int
    minimum_m2: Decimal
    corner_minor: int
    head_minor: int
    island_minor: int
    spaces: list[Space]
    side_minor: int
    sides_most: int
    early_until: date | None
    early_bp: int
    early_minor: int
    late_from: date | None
    late_bp: int
    late_minor: int
    edition: int
    succeeds: int | None
    successor: int | None
    valid_from: date
    frozen_at: datetime | None
    version: int
    fees: int


class BoothChoice(msgspec.Struct, frozen=True, kw_only=True):
    """A booth a price list can be for."""

    id: int
    name: str
    fair_name: str


_LIST = """
SELECT p.*, b.name AS booth_name, f.id AS fair, f.name AS fair_name, f.country AS fair_country,
       f.tz, (SELECT s.id FROM price_list s WHERE s.succeeds = p.id) AS successor,
       (SELECT count(*) FROM fee WHERE fee.price_list = p.id) AS fees
  FROM price_list p JOIN booth b ON b.id = p.booth JOIN fair f ON f.id = b.fair
"""


async def price_lists(
    actor: Actor, *, cursor: str = "", limit: int = 200
) -> tuple[list[PriceListRow], str | None]:
    """The agency's price lists, the newest first, and where the next page starts."""
    require(actor, "price_list.list")
    before = int(cursor) if cursor.isdecimal() and len(cursor) < 19 else 2**62
    found = await rows(
        _LIST + "WHERE p.agency = $1 AND p.id < $2::bigint ORDER BY p.id DESC LIMIT $3",
        actor.agency_id,
        before,
        limit + 1,
    )
    following = str(found[limit - 1]["id"]) if len(found) > limit else None
    return typed(PriceListRow, found[:limit]), following


async def price_list(actor: Actor, price_list_id: int) -> PriceListRow:
    """One price list of the actor's agency; NotFound otherwise."""
    require(actor, "price_list.list")
    found = await row(
        _LIST + "WHERE p.id = $1::bigint AND p.agency = $2", price_list_id, actor.agency_id
    )
    if found is None:
        raise NotFound()
    return typed(PriceListRow, found)


async def price_lists_of(booth_id: int) -> list[PriceListRow]:
    """The price lists of one booth, by name."""
    found = await rows(_LIST + "WHERE p.booth = $1::bigint ORDER BY p.name, p.id", booth_id)
    return typed(PriceListRow, found)


async def booths(actor: Actor) -> list[BoothChoice]:
    """The booths that the agency leads or shares, the newest first."""
    require(actor, "price_list.list")
    found = await rows(
        "SELECT b.id, b.name, f.name AS fair_name FROM booth b JOIN fair f ON f.id = b.fair"
        " WHERE b.agency = $1 OR EXISTS (SELECT FROM booth_partner m WHERE m.booth = b.id"
        " AND m.agency = $1 AND m.state = 'accepted') ORDER BY b.id DESC",
        actor.agency_id,
    )
    return typed(BoothChoice, found)


async def fees(price_list_id: int) -> list[FeeRow]:
    """The fees and services of a list, in its order: mandatory ones first."""
    return typed(
        FeeRow,
        await rows(
            "SELECT * FROM fee WHERE price_list = $1::bigint ORDER BY kind, position, id",
            price_list_id,
        ),
    )


async def fee(actor: Actor, price_list_id: int, fee_id: int) -> FeeRow:
    """One fee of one of the agency's lists."""
    await price_list(actor, price_list_id)
    found = await row(
        "SELECT * FROM fee WHERE id = $1::bigint AND price_list = $2", fee_id, price_list_id
    )
    if found is None:
        raise NotFound()
    return typed(FeeRow, found)


async def fees_page(
    actor: Actor, *, price_list_id: int, cursor: str = "", limit: int = 50
) -> tuple[list[FeeRow], str | None]:
    """The fees of one of the agency's lists, for the API; a list holds them all."""
    await price_list(actor, price_list_id)
    return await fees(price_list_id), None


async def in_force(price_list_id: int, on: date) -> int:
    """The edition of a price list that applications sent on `on` are priced with."""
    found = await value(
        "WITH RECURSIVE later AS (SELECT id, 0 AS n FROM price_list WHERE id = $1::bigint"
        " UNION ALL SELECT p.id, l.n + 1 FROM price_list p JOIN later l ON p.succeeds = l.id"
        " WHERE p.frozen_at IS NOT NULL AND p.valid_from <= $2)"
        " SELECT id FROM later ORDER BY n DESC LIMIT 1",
        price_list_id,
        on,
    )
    if found is None:
        raise NotFound()
    return int(found)


async def prices_on(price_list_id: int, on: date, shop: int | None = None) -> Prices:
    """The edition of a list that holds on `on`, with the services of `shop` (or of the list)."""
    found = await prices(await in_force(price_list_id, on))
    return await _in_shop(found, shop or price_list_id)


async def prices_quoted(quote_id: int, shop: int) -> Prices:
    """The list that a kept quote was priced with, with the services of `shop`."""
    found = await value("SELECT price_list FROM quote WHERE id = $1::bigint", quote_id)
    if found is None:
        raise NotFound()
    return await _in_shop(await prices(found), shop)


async def latest_edition(price_list_id: int) -> int:
    """The last published edition of a price list, also if it begins only later."""
    return await in_force(price_list_id, date.max)


async def _in_shop(found: Prices, shop: int) -> Prices:
    """A list with the services of the list that a call was published with (`shop`).

    Which services there are, their stock and their deadlines are the shop's, so that all companies
    of a call order from one stock. What one costs is the company's own list's word, where that has
    the service under the same name and unit.
    """
    if found.price_list_id == shop:
        return found
    own = tuple(fee for fee in found.fees if fee.kind is FeeKind.MANDATORY)
    said = {(fee.name, fee.unit): fee for fee in found.fees if fee.kind is FeeKind.SERVICE}
    services = []
    for each in await fees(shop):
        if each.kind is FeeKind.SERVICE:
            fee = _fee(each)
            price = said.get((fee.name, fee.unit), fee)
            services.append(
                replace(price, id=fee.id, stock=fee.stock, taken=fee.taken, ends_at=fee.ends_at)
            )
    return replace(found, fees=own + tuple(services))


async def prices(price_list_id: int) -> Prices:
    """A price list as the rules take it: two statements."""
    found = await row("SELECT * FROM price_list WHERE id = $1::bigint", price_list_id)
    if found is None:
        raise NotFound()
    early = late = None
    if found["early_until"]:
        early = Early(found["early_until"], found["early_bp"], found["early_minor"])
    if found["late_from"]:
        late = Late(found["late_from"], found["late_bp"], found["late_minor"])
    return Prices(
        price_list_id=found["id"],
        name=found["name"],
        currency=found["currency"],
        per_m2_minor=found["per_m2_minor"],
        full_per_m2_minor=found["full_per_m2_minor"],
        minimum_m2=found["minimum_m2"],
        corner_minor=found["corner_minor"],
        head_minor=found["head_minor"],
        island_minor=found["island_minor"],
        fees=tuple(_fee(one) for one in await fees(price_list_id)),
        spaces=msgspec.convert(found["spaces"], tuple[Space, ...]),
        side_minor=found["side_minor"],
        sides_most=found["sides_most"],
        early=early,
        late=late,
    )


async def kept_quote(quote_id: int) -> Quote:
    """A quote exactly as it was kept."""
    found = await row("SELECT * FROM quote WHERE id = $1::bigint", quote_id)
    if found is None:
        raise NotFound()
    return _quote(found)


async def latest_quote(application_id: int) -> Quote | None:
    """The last quote kept for an application, or None."""
    found = await row(
        "SELECT * FROM quote WHERE application_id = $1::bigint ORDER BY id DESC LIMIT 1",
        application_id,
    )
    return None if found is None else _quote(found)


def _fee(found: FeeRow) -> Fee:
    return Fee(
        id=found.id,
        kind=found.kind,
        name=found.name,
        unit=found.unit,
        amount_minor=found.amount_minor,
        eligible=found.eligible,
        stock=found.stock,
        taken=found.taken,
        ends_at=found.ends_at,
        cost=CostKind(found.cost_kind) if found.cost_kind else None,
        reduced_minor=found.reduced_minor,
        included_in=tuple(found.included_in),
        supply=found.supply,
    )


def _quote(found: dict[str, Any]) -> Quote:
    notes = tuple(msgspec.convert(one, Note) for one in found["notes"])
    return Quote(
        lines=tuple(msgspec.convert(one, Line) for one in found["lines"]),
        full_minor=found["full_minor"],
        eligible_minor=found["eligible_minor"],
        aid_minor=found["aid_minor"],
        net_minor=found["net_minor"],
        vat_minor=found["vat_minor"],
        total_minor=found["total_minor"],
        intensity_bp=found["intensity_bp"],
        legal_basis=found["legal_basis"],
        currency=found["currency"],
        price_list_id=found["price_list"],
        scheme_id=found["scheme"],
        scheme_name=found["scheme_name"],
        billed_m2=found["billed_m2"],
        vat_rate_bp=found["vat_rate_bp"],
        vat_code=found["vat_code"],
        vat_reason=found["vat_reason"],
        on=found["computed_on"],
        offer_minor=found["offer_minor"],
        aid_later=found["aid_later"],
        notes=notes,
        awards=_awards(found, notes),
        cost_minor=found["cost_minor"] or found["full_minor"],
        taxes=tuple(msgspec.convert(one, Taxed) for one in found["taxes"]),
        parts=tuple(msgspec.convert(one, Part) for one in found["parts"]),
    )


def _awards(found: dict[str, Any], notes: tuple[Note, ...]) -> tuple[Award, ...]:
    """The sources of a kept quote; one that was kept before there could be several has one."""
    if found["awards"] is not None:
        return tuple(msgspec.convert(one, Award) for one in found["awards"])
    if found["scheme"] is None:
        return ()
    return (
        Award(
            aid_minor=found["aid_minor"],
            intensity_bp=found["intensity_bp"],
            offer_minor=found["offer_minor"],
            notes=notes,
            scheme_id=found["scheme"],
            scheme_name=found["scheme_name"],
            legal_basis=found["legal_basis"],
            shown=Shown.AFTER_PROOF if found["aid_later"] else Shown.DISCOUNT,
            eligible_minor=found["eligible_minor"],
        ),
    )


def choice_of(area_m2: Decimal, stand_kind: str, services: dict[int, int] | None = None) -> Choice:
    """A choice from plain values, as other rooms keep them."""
    return Choice(area_m2, StandKind(stand_kind), services or {})
