"""What a company's choice costs today: the list that holds, its aid, its VAT, each payer's part."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import listing, supplying
from booths.calls.rows import CallRow
from booths.fees.pricing import Choice, Extra, Share
from booths.fees.rules import Quote, first_base, parted, quote
from booths.plans.rules import StandKind
from server import clock
from server.aid import sourcing as aid
from server.aid.rules import Shown, Source, participation, with_more_room
from server.billing import bill_to
from server.database import row
from server.errors import NotFound
from server.organisations import queries as organisations


def choice_of(draft: dict[str, Any]) -> Choice | None:
    """What a draft asks for, as the price list takes it; None before the space is chosen."""
    if "stand" not in draft:
        return None
    ordered = draft.get("services", {}).get("services", {})
    return Choice(
        area_m2=Decimal(draft["stand"]["area_m2"]),
        stand_kind=StandKind(draft["stand"]["stand_kind"]),
        services={int(one): pieces for one, pieces in ordered.items() if pieces},
        share=msgspec.convert(draft["share"], Share) if draft.get("share") else None,
        extras=msgspec.convert(draft.get("extras", []), tuple[Extra, ...]),
        space=draft["stand"].get("space", ""),
    )


async def quoted(
    call: CallRow,
    company_id: int,
    choice: Choice,
    *,
    smaller_aid: bool = False,
    aided: bool = True,
    back_minor: int = 0,
) -> Quote:
    """The price of `choice` for a company today, with its aid (if `aided`) and its VAT.

    `back_minor` is aid that is taken back in the same act, so that its headroom is free again.
    """
    on = clock.today(call.tz)
    prices, used = await listing.prices_for(call, company_id, on, choice.sent_on)
    company = await organisations.company(company_id)
    agency = await organisations.agency(call.agency)
    sources: list[Source] = []
    matter = await occasion(call, company_id)
    if call.scheme is not None and aided and used.aided:
        found = await aid.sources(
            [call.scheme, *call.more_schemes],
            company_id,
            on,
            matter,
        )
        sources = [with_more_room(each, back_minor) for each in found]
    supply, to = await supplying.of(call.id), await bill_to.payer(company_id, matter.about)
    vats = bill_to.vats_for(
        agency, company, to, supplies={supply, *prices.supplies}, fair_country=call.fair_country,
        on=on,
    )  # fmt: skip
    if sources:
        choice = replace(choice, participation=participation(sources, on))
    price = quote(
        prices,
        choice,
        sources,
        vats[supply],
        on,
        smaller_aid=smaller_aid,
        others={each.value: vat for each, vat in vats.items()},
    )
    if to is not None and to.share != "all":
        third = sum(one.aid_minor for one in price.awards if one.shown is Shown.THIRD_PARTY)
        part = to.part_of(
            price.net_minor + third, price.currency, first_minor=first_base(price),
            third_minor=third,
        )  # fmt: skip
        if part:
            vat = bill_to.vat_of(agency, to, supply=supply, fair_country=call.fair_country, on=on)
            price = parted(price, to.name, part, vat)
    return msgspec.structs.replace(price, notes=used.why + price.notes)


async def occasion(call: CallRow, company_id: int) -> aid.Occasion:
    """What aid is for: the company's application to the call, when it was first sent, and when the
    company first ordered anything for it, as it declares."""
    found = await row(
        "SELECT 'application:' || x.id AS about, x.draft->'declarations'->>'ordered_on' AS ordered,"
        " (SELECT min(s.submitted_at) FROM submission s WHERE s.application = x.id) AS sent,"
        " f.series FROM call c JOIN booth b ON b.id = c.booth JOIN fair f ON f.id = b.fair"
        " LEFT JOIN application x ON x.call = c.id AND x.company = $2 WHERE c.id = $1",
        call.id,
        company_id,
    )
    if found is None:
        raise NotFound
    return aid.Occasion(
        found["about"] or "",
        call.fair_name,
        call.starts_on,
        clock.local(found["sent"], call.tz).date() if found["sent"] else None,
        date.fromisoformat(found["ordered"]) if found["ordered"] else None,
        found["series"],
    )
