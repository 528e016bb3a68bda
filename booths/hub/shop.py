"""The services shop: what can be ordered after admission, until when, and what it costs."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import queries as calls
from booths.calls.rows import Dossier
from booths.calls.rules import PLACED
from booths.fees import queries as fee_queries
from booths.fees.pricing import Fee, FeeKind, FeeUnit, cannot_order
from booths.hub import rules
from booths.hub.forms import TermsForm
from booths.hub.orders import Line, OrderRow
from booths.hub.queries import Hub, TaskRow
from booths.hub.rules import Terms, Window, surcharge_minor, window
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.billing import bill_to
from server.billing.sums import Tax, taxed
from server.billing.vat import VatDecision
from server.database import action, execute, rows, step, value
from server.errors import NotFound, Refused
from server.money import round_half_up
from server.organisations import queries as organisations
from server.text import N_, gettext
from server.web.formats import moment


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A service in the shop. `why_not` says why it cannot be ordered now; empty when it can."""

    fee: Fee
    window: Window
    surcharge_bp: int
    ordered: int
    why_not: str


class Basket(msgspec.Struct, frozen=True, kw_only=True):
    """What an order would cost."""

    lines: list[Line]
    currency: str
    surcharge_minor: int
    net_minor: int
    taxes: list[Tax]
    vat_minor: int
    total_minor: int


class TermsRow(msgspec.Struct, frozen=True, kw_only=True):
    """A service of a call's price list with its terms in the shop."""

    fee: Fee
    terms: Terms
    window: Window


async def _terms(price_list: int) -> dict[int, Terms]:
    found = await rows(
        "SELECT s.fee, s.offered, s.late_days, s.surcharge_bp, s.last_days FROM shop_terms s"
        " JOIN fee f ON f.id = s.fee WHERE f.price_list = $1",
        price_list,
    )
    return {each.pop("fee"): msgspec.convert(each, Terms) for each in found}


async def own_terms(actor: Actor, call_id: int) -> list[TermsRow]:
    """The services of a call and when they can be ordered, in the order of the price list."""
    require(actor, "hub.read")
    call = await calls.own_call(actor, call_id)
    known = await _terms(call.price_list)
    prices = await fee_queries.prices(call.price_list)
    found = []
    for fee in prices.fees:
        if fee.kind is FeeKind.SERVICE:
            terms = known.get(fee.id, Terms())
            when = window(terms, fee.ends_at, call.starts_on, call.fair_tz)
            found.append(TermsRow(fee=fee, terms=terms, window=when))
    return found


@action
async def set_terms(actor: Actor, form: TermsForm, *, call_id: int, fee_id: int) -> int:
    """When a service can be ordered after admission. What was ordered stays as it was sold."""
    require(actor, "hub.manage")
    call = await calls.own_call(actor, call_id)
    known = await value(
        "SELECT 1 FROM fee WHERE id = $1 AND price_list = $2 AND kind = 'service'",
        fee_id,
        call.price_list,
    )
    if known is None:
        raise NotFound
    columns = {
        "offered": form.offered == "yes",
        "late_days": form.late_days,
        "surcharge_bp": int(form.surcharge * 100) if form.late_days is not None else 0,
        "last_days": form.last_days,
    }
    await execute(
        "INSERT INTO shop_terms (fee, offered, late_days, surcharge_bp, last_days)"
        " VALUES ($1,$2,$3,$4,$5) ON CONFLICT (fee) DO UPDATE SET offered = EXCLUDED.offered,"
        " late_days = EXCLUDED.late_days, surcharge_bp = EXCLUDED.surcharge_bp,"
        " last_days = EXCLUDED.last_days",
        fee_id,
        *columns.values(),
    )
    await record(actor, "hub.terms", "call", call_id, after={"fee": fee_id, **columns})
    return fee_id


async def _ordered(found: Dossier) -> dict[int, int]:
    """Pieces that the exhibitor has: with its admission, and by orders that stand."""
    assert found.admission is not None
    pieces = {int(one): n for one, n in found.admission.services.items()}
    for each in await rows(
        "SELECT l.fee, sum(l.pieces)::int AS pieces FROM shop_line l"
        " JOIN shop_order o ON o.id = l.shop_order AND o.state = 'placed'"
        " WHERE o.application = $1 AND l.fee IS NOT NULL GROUP BY l.fee",
        found.row.id,
    ):
        pieces[each["fee"]] = pieces.get(each["fee"], 0) + each["pieces"]
    return pieces


async def offers(found: Dossier) -> list[Offer]:
    """Every service of the shop as it stands for an exhibitor now."""
    if found.row.state not in PLACED or found.admission is None:
        raise NotFound
    call, now = found.call, clock.now()
    known, ordered = await _terms(call.price_list), await _ordered(found)
    made = []
    prices = await fee_queries.prices_quoted(found.admission.quote, call.price_list)
    for fee in prices.fees:
        terms = known.get(fee.id, Terms())
        if fee.kind is not FeeKind.SERVICE or not terms.offered:
            continue
        when = window(terms, fee.ends_at, call.starts_on, call.fair_tz)
        made.append(
            Offer(
                fee=fee,
                window=when,
                surcharge_bp=when.surcharge(now),
                ordered=ordered.get(fee.id, 0),
                why_not=_why_not(fee, when, ordered.get(fee.id, 0), found, now),
            )
        )
    return made


def _why_not(fee: Fee, when: Window, ordered: int, found: Dossier, now: datetime) -> str:
    if clock.today(found.call.fair_tz) > found.call.ends_on:
        return gettext(N_("The fair is over."))
    if not when.open(now):
        last = moment(when.last, found.call.fair_tz)
        return gettext(N_("It could be ordered until {last}."), last=last)
    if fee.unit is not FeeUnit.PIECE and ordered:
        return gettext(N_("You have it."))
    if fee.left is not None and fee.left <= 0:
        return gettext(N_("None are left."))
    return ""


def _line(offer: Offer, pieces: int, area_m2: Decimal) -> Line:
    fee = offer.fee
    quantity = area_m2 if fee.unit is FeeUnit.M2 else Decimal(pieces)
    net = round_half_up(quantity * fee.amount_minor)
    return Line(
        fee=fee.id,
        label=fee.name,
        unit=fee.unit,
        pieces=pieces,
        quantity=quantity,
        unit_minor=fee.amount_minor,
        net_minor=net,
        surcharge_bp=offer.surcharge_bp,
        surcharge_minor=surcharge_minor(net, offer.surcharge_bp),
        supply=fee.supply,
    )


async def priced(found: Dossier, lines: list[Line]) -> Basket:
    """What some lines cost an exhibitor today, with VAT."""
    company = await organisations.company(found.row.company)
    agency = await organisations.agency(found.call.agency)
    on = clock.today(found.call.tz)
    to = await bill_to.payer(company.id, f"application:{found.row.id}")
    vats = bill_to.vats_for(
        agency, company, to, supplies={each.bought for each in lines},
        fair_country=found.call.fair_country, on=on,
    )  # fmt: skip
    groups: dict[VatDecision, int] = {}
    for each in lines:
        vat = vats[each.bought]
        groups[vat] = groups.get(vat, 0) + each.net_minor + each.surcharge_minor
    extra = sum(each.surcharge_minor for each in lines)
    net = sum(each.net_minor for each in lines) + extra
    taxes = taxed(groups, 0)
    vat_minor = sum(each.vat_minor for each in taxes)
    return Basket(
        lines=lines,
        currency=found.call.currency,
        surcharge_minor=extra,
        net_minor=net,
        taxes=taxes,
        vat_minor=vat_minor,
        total_minor=net + vat_minor,
    )


async def basket(found: Dossier, wanted: dict[int, int]) -> Basket:
    """What an order costs now; refused where something cannot be ordered."""
    known = {each.fee.id: each for each in await offers(found)}
    assert found.admission is not None
    lines = []
    for fee_id, pieces in sorted(wanted.items()):
        offer = known.get(fee_id)
        if offer is None:
            raise Refused(N_("A service you chose is not in the shop. Choose again."))
        field = f"service_{fee_id}"
        if offer.why_not:
            raise Refused(
                N_("“{name}”: {why}"), field=field, name=offer.fee.name, why=offer.why_not
            )
        reason = cannot_order(offer.fee, pieces, clock.now())
        if reason is not None:
            values: dict[str, Any] = dict(reason.values)
            raise Refused(reason.text, field=field, **values)
        lines.append(_line(offer, pieces, found.admission.area_m2))
    if not lines:
        raise Refused(N_("Nothing is in your basket. Choose something first."))
    return await priced(found, lines)


async def badge_basket(hub: Hub, task: TaskRow, n: int) -> Basket:
    """What `n` more badges cost."""
    minor = task.limits.badge_minor
    line = Line(
        fee=None,
        label=gettext(N_("Further badges")),
        unit=FeeUnit.PIECE,
        pieces=n,
        quantity=Decimal(n),
        unit_minor=minor,
        net_minor=n * minor,
    )
    return await priced(hub.found, [line])


async def cancel_until(found: Dossier, offered: list[Offer], wanted: OrderRow) -> datetime | None:
    """Until when an order can be taken back: before anything in it would cost more or is closed,
    and before the fair opens. None: never, because badges are printed at once."""
    if any(each.fee is None for each in wanted.lines):
        return None
    known = {each.fee.id: each.window.cancel_until for each in offered}
    ends = [known.get(each.fee) for each in wanted.lines if each.fee is not None]
    opens = rules.due_at(found.call.starts_on, found.call.fair_tz, days_before=1)
    return min([opens, *(each for each in ends if each is not None)])


@step
async def same_terms(before: int, after: int) -> None:
    """When services can be ordered, from one price list to its copy, by their places on it."""
    await execute(
        "INSERT INTO shop_terms (fee, offered, late_days, surcharge_bp, last_days)"
        " SELECT n.id, t.offered, t.late_days, t.surcharge_bp, t.last_days FROM shop_terms t"
        " JOIN fee o ON o.id = t.fee AND o.price_list = $1"
        " JOIN fee n ON n.price_list = $2 AND n.position = o.position AND n.name = o.name",
        before,
        after,
    )
