"""Worked examples of a price list for its editor: one stand, and the usual ones as a table."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import msgspec

from booths.fees import queries
from booths.fees.pricing import Choice, Prices
from booths.fees.rules import Quote, quote
from booths.plans.rules import StandKind
from server import clock
from server.accounts.permissions import Actor
from server.aid import queries as aid
from server.aid.rules import Source
from server.billing.vat import Supply, VatDecision, vat_decision
from server.database import row
from server.errors import Refused


class ExampleRow(msgspec.Struct, frozen=True, kw_only=True):
    """What a stand of an area costs a company: full price and rest, as a row and a corner stand.

    None where the list has no price for so much.
    """

    area_m2: Decimal
    row: Quote | None
    corner: Quote | None


EXAMPLE_AREAS = (Decimal(9), Decimal(12), Decimal(18), Decimal(24))


async def example(
    actor: Actor,
    price_list_id: int,
    choice: Choice,
    scheme_id: int | None = None,
    on: date | None = None,
) -> Quote:
    """What a company of the agency's own country would pay: the editor's worked example."""
    found, sources, vats, day = await _example(actor, price_list_id, scheme_id, on)
    return quote(found, choice, sources, vats[Supply.PACKAGE], day, others=vats)


async def example_table(
    actor: Actor, price_list_id: int, like: Choice, scheme_id: int | None = None
) -> list[ExampleRow]:
    """The usual areas as row and corner stands, priced like the example and without services."""
    found, sources, vats, day = await _example(actor, price_list_id, scheme_id, None)

    def priced(area: Decimal, kind: StandKind) -> Quote | None:
        try:
            asked = replace(like, area_m2=area, stand_kind=kind)
            return quote(found, asked, sources, vats[Supply.PACKAGE], day, others=vats)
        except Refused:
            return None

    return [
        ExampleRow(
            area_m2=area, row=priced(area, StandKind.ROW), corner=priced(area, StandKind.CORNER)
        )
        for area in EXAMPLE_AREAS
    ]


async def _example(
    actor: Actor, price_list_id: int, scheme_id: int | None, on: date | None
) -> tuple[Prices, list[Source], dict[str, VatDecision], date]:
    shown = await queries.price_list(actor, price_list_id)
    home = await row("SELECT country, tz FROM agency WHERE id = $1", shown.agency)
    assert home is not None
    day = on or clock.today(home["tz"])
    found = await queries.prices(price_list_id)
    vats: dict[str, VatDecision] = {
        supply: vat_decision(
            home["country"], home["country"], True, True, supply, shown.fair_country, day
        )
        for supply in (Supply.PACKAGE, *found.supplies)
    }
    sources = [Source((await aid.scheme(actor, scheme_id)).terms)] if scheme_id else []
    return found, sources, vats, day
