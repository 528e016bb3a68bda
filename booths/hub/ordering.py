"""Ordering after admission: stock, invoice and mail in one act; and taking an order back."""

from datetime import timedelta
from decimal import Decimal

from booths.calls import queries as calls
from booths.calls.applying import link, write_to_company
from booths.calls.rows import Dossier
from booths.fees import actions as fees
from booths.fees.pricing import FeeUnit
from booths.hub import rules
from booths.hub.forms import OrderForm, PressForm
from booths.hub.orders import OrderRow, orders
from booths.hub.queries import Hub, TaskRow
from booths.hub.shop import Basket, badge_basket, basket, cancel_until, offers
from server import clock
from server.accounts.permissions import SYSTEM, Actor, require
from server.audit import record
from server.billing import crediting, invoices
from server.billing.rules import InvoiceLine, InvoiceState
from server.database import action, execute, row, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.money import format_money
from server.text import N_, gettext
from server.web.formats import moment, percent


@action
async def order(actor: Actor, form: OrderForm, *, application_id: int) -> int:
    """Order what is in the basket: stock, invoice and mail, or nothing. The order's id."""
    require(actor, "shop.order")
    held = await row(
        "SELECT 1 FROM application WHERE id = $1 AND company = $2 FOR UPDATE",
        application_id,
        actor.company_id,
    )
    if held is None:
        raise NotFound
    found = await calls.own_dossier(actor, application_id)
    price = await basket(found, form.wanted)
    return await _place(actor, found, price, form.seen_total)


@step
async def _place(actor: Actor, found: Dossier, price: Basket, seen: int | None) -> int:
    """Take the stock, issue the invoice, keep the order."""
    if seen != price.total_minor:
        raise Conflict(
            N_(
                "This order costs {total} now, not what the page showed. Nothing was ordered."
                " Look at it again and order if you agree."
            ),
            total=format_money(price.total_minor, price.currency),
        )
    call, now = found.call, clock.now()
    pieces = {each.fee: each.pieces for each in price.lines if each.fee is not None}
    await fees.take_services(call.price_list, pieces)
    house = Actor(name=SYSTEM.name, system=True, agency_id=call.agency)
    invoice = await invoices.issue_invoice(
        house,
        agency_id=call.agency,
        company_id=found.row.company,
        lines=_billed(price),
        currency=price.currency,
        due_on=min(clock.today(call.tz) + timedelta(days=call.payment_days), call.starts_on),
        about=f"application:{found.row.id}",
        fair_country=call.fair_country,
        subject=gettext(
            N_("{fair}: order for stand {stand}"),
            fair=call.fair_name,
            stand=found.row.stand_label or "",
        ),
        supplied_from=call.starts_on,
        supplied_until=call.ends_on,
    )
    made = int(
        await value(
            "INSERT INTO shop_order (application, invoice, state, placed_at, person_id)"
            " VALUES ($1,$2,'placed',$3,$4) RETURNING id",
            found.row.id,
            invoice,
            now,
            actor.person_id,
        )
    )
    for line in price.lines:
        await execute(
            "INSERT INTO shop_line (shop_order, fee, label, unit, pieces, quantity, unit_minor,"
            " net_minor, surcharge_bp, surcharge_minor, supply)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11)",
            made,
            *(getattr(line, name) for name in line.__struct_fields__),
        )
    await record(
        actor, "shop.order", "application", found.row.id,
        after={"order": made, "invoice": invoice, "total_minor": price.total_minor},
        agency_id=call.agency, company_id=found.row.company,
    )  # fmt: skip
    await write_to_company(
        found.row.company,
        call,
        f"shop:{made}:placed",
        "shop-order",
        lines=[
            gettext(N_("{n} × {label}: {sum}"), n=each.pieces, label=each.label,
                    sum=format_money(each.net_minor + each.surcharge_minor, price.currency))
            for each in price.lines
        ],
        total=format_money(price.total_minor, price.currency),
        link=link(f"/my/applications/{found.row.id}/shop"),
    )  # fmt: skip
    return made


def _billed(price: Basket) -> list[InvoiceLine]:
    """The lines of the invoice; each surcharge is a line of its own."""
    found = []
    for line in price.lines:
        found.append(
            InvoiceLine(
                line.label,
                line.quantity,
                line.unit.value,
                line.unit_minor,
                line.net_minor,
                line.bought,
            )
        )
        if line.surcharge_minor:
            label = gettext(
                N_("Late order, {percent} more: {label}"),
                percent=percent(line.surcharge_bp),
                label=line.label,
            )
            found.append(
                InvoiceLine(
                    label,
                    Decimal(1),
                    FeeUnit.PARTICIPATION.value,
                    line.surcharge_minor,
                    line.surcharge_minor,
                    line.bought,
                )
            )
    return found


# -- badges beyond the free ones ---------------------------------------------------------------


async def badges_bought(application_id: int) -> int:
    """Badges that an exhibitor has paid for beyond the free ones."""
    return int(
        await value(
            "SELECT coalesce(sum(l.pieces), 0) FROM shop_line l JOIN shop_order o"
            " ON o.id = l.shop_order AND o.state = 'placed'"
            " WHERE o.application = $1 AND l.fee IS NULL",
            application_id,
        )
    )


@step
async def order_badges(actor: Actor, hub: Hub, task: TaskRow, n: int, seen: int | None) -> int:
    """Order the badges that names need beyond the free ones, at the price that was seen."""
    require(actor, "shop.order")
    price = await badge_basket(hub, task, n)
    if seen is None:
        raise Refused(
            N_(
                "{n} of these names are beyond your free badges and cost {total} with VAT."
                " Order them, or take names out."
            ),
            field="names",
            n=n,
            total=format_money(price.total_minor, price.currency),
        )
    return await _place(actor, hub.found, price, seen)


# -- taking back ---------------------------------------------------------------------------------


@action
async def cancel(actor: Actor, _: PressForm, *, application_id: int, order_id: int) -> int:
    """Take an order back in time: a credit note, and the stock is there again."""
    require(actor, "shop.order")
    held = await row(
        "SELECT o.id FROM shop_order o JOIN application x ON x.id = o.application"
        " WHERE o.id = $1 AND x.id = $2 AND x.company = $3 FOR UPDATE OF x, o",
        order_id,
        application_id,
        actor.company_id,
    )
    if held is None:
        raise NotFound
    found = await calls.own_dossier(actor, application_id)
    wanted = next(each for each in await orders(application_id) if each.id == order_id)
    if wanted.state != "placed":
        raise Conflict(N_("This order was cancelled already. Nothing was changed."))
    until = await cancel_until(found, await offers(found), wanted)
    if until is None:
        raise Refused(N_("Badges are printed: this order stays. Ask the agency if it is wrong."))
    if clock.now() >= until:
        raise Refused(
            N_("This order could be cancelled until {last}. Ask the agency."),
            last=moment(until - rules.SECOND, found.call.fair_tz),
        )
    why = gettext(N_("The order was cancelled in time."))
    await take_back(actor, found.call.price_list, wanted, why, agency=found.call.agency)
    await write_to_company(
        found.row.company,
        found.call,
        f"shop:{order_id}:cancelled",
        "shop-cancelled",
        invoice=wanted.invoice_number,
        link=link(f"/my/applications/{application_id}/shop"),
    )
    return order_id


@step
async def take_back(
    actor: Actor, price_list: int, wanted: OrderRow, why: str, *, agency: int
) -> None:
    """Cancel an order that is locked: its stock, its invoice, its state."""
    await execute(
        "UPDATE shop_order SET state = 'cancelled', cancelled_at = $2, why = $3 WHERE id = $1",
        wanted.id,
        clock.now(),
        why,
    )
    pieces: dict[int, int] = {}
    for line in wanted.lines:
        if line.fee is not None:
            pieces[line.fee] = pieces.get(line.fee, 0) + line.pieces
    await fees.give_back_services(price_list, pieces)
    state = await value("SELECT state FROM invoice WHERE id = $1 FOR UPDATE", wanted.invoice)
    if state != InvoiceState.CREDITED:  # somebody may have cancelled it by hand before
        house = Actor(name=SYSTEM.name, system=True, agency_id=agency)
        await crediting.credit(house, invoice_id=wanted.invoice, why=why)
    await record(
        actor, "shop.cancel", "application", wanted.application,
        before={"order": wanted.id}, after={"state": "cancelled"}, why=why, agency_id=agency,
    )  # fmt: skip


@step
async def end(actor: Actor, found: Dossier) -> None:
    """An admission has ended: every order of it is taken back with it."""
    held = await rows(
        "SELECT id FROM shop_order WHERE application = $1 AND state = 'placed'"
        " ORDER BY id FOR UPDATE",
        found.row.id,
    )
    if not held:
        return
    why = gettext(N_("The admission has ended."))
    for each in await orders(found.row.id):
        if each.state == "placed":
            await take_back(actor, found.call.price_list, each, why, agency=found.call.agency)
