"""Exhibitors before the fair in Chicago: entries of the catalogue, an order, somebody late."""

from decimal import Decimal
from io import BytesIO
from typing import Any

from PIL import Image

from booths.calls import queries as calls
from booths.hub import answers, ordering, printing, queries, reminding, setup, shop
from booths.hub.forms import (
    BadgesForm,
    CatalogueForm,
    FileForm,
    FreightForm,
    OrderForm,
    PressForm,
    TermsForm,
)
from booths.hub.rules import Kind
from server import clock
from server.accounts.permissions import Actor
from server.database import value
from server.demonstration.calendar import Calendar, together
from server.demonstration.logos import drawn
from server.demonstration.organisations import LEAD, Company
from server.web.forms import Form, Upload, parse

WITH_ENTRY = ("Lenkwerk", "Traunwerk", "Vercors Optique", "Torcitura Adda", "Mecanizados Urola")
LATE_PAID = {
    "Refrigerated display": TermsForm(late_days=42, surcharge=Decimal(25), last_days=14),
    "Screen, 43 inches, with stand": TermsForm(late_days=42, surcharge=Decimal(20), last_days=10),
    "Power connection, 3 kW": TermsForm(late_days=28, surcharge=Decimal(50), last_days=7),
}
LANGUAGES = {"DE": "German", "AT": "German", "FR": "French", "IT": "Italian", "ES": "Spanish"}


async def prepare(
    agencies: dict[str, dict[str, Actor]],
    companies: list[Company],
    call_id: int,
    calendar: Calendar,
) -> None:
    """The tasks of a call, and how far its exhibitors have come with them."""
    staff = agencies[LEAD]
    manager = staff.get("manager", staff["owner"])
    by_name = {each.name: each for each in companies}
    with clock.travel(calendar.moment(-40)):
        await setup.add_usual(manager, PressForm(), call_id=call_id)
        for each in await shop.own_terms(manager, call_id):
            if each.fee.name in LATE_PAID:
                form = LATE_PAID[each.fee.name]
                await shop.set_terms(manager, form, call_id=call_id, fee_id=each.fee.id)
    await together(
        _exhibitor(n, by_name[name], call_id, calendar) for n, name in enumerate(WITH_ENTRY)
    )
    with clock.travel(calendar.moment(-1)):
        await reminding.remind_late(manager, PressForm(), call_id=call_id)
        call = await calls.own_call(manager, call_id)
        await printing.ask_for_print(manager, PressForm(), booth_id=call.booth)
    with clock.travel(calendar.moment(0)):
        await _order(by_name["Traunwerk"], call_id)


async def _exhibitor(n: int, company: Company, call_id: int, calendar: Calendar) -> None:
    """One exhibitor does its tasks; the first does them all."""
    application = await calls.application_for(company.id, call_id)
    assert application is not None
    with clock.travel(calendar.moment(-12 + n, minutes=7 * n)):
        hub = await queries.own_hub(company.actor, application)
        for each in hub.items:
            form = _given(n, company, each.task.kind)
            if form is not None:
                await answers.answer(
                    company.actor, form, application_id=application, task_id=each.task.id
                )


def _given(n: int, company: Company, kind: Kind) -> Form | None:
    """What the exhibitor gives for a kind of task, if it has come so far."""
    said: dict[str, Any]
    match kind:
        case Kind.CATALOGUE:
            said = {
                "headline": company.products[0].capitalize(),
                "text": company.description,
                "products": ", ".join(company.products),
                "languages": f"English, {LANGUAGES.get(company.country, 'English')}",
            }
            return parse(CatalogueForm, said)
        case Kind.LOGO if n < 3:
            return FileForm(file=Upload("logo.png", "image/png", _print_logo(n)))
        case Kind.BADGES if n < 2:
            return BadgesForm(names="Mika Lund, sales\nJo Ferrer, engineering")
        case Kind.FREIGHT if n == 0:
            said = {
                "packages": 3, "weight_kg": "412.5", "length_cm": 180, "width_cm": 90,
                "height_cm": 120, "sender": "By sea from Hamburg, three weeks before",
            }  # fmt: skip
            return parse(FreightForm, said)
        case _:
            return None


def _print_logo(n: int) -> bytes:
    """A company's mark on a sheet of 100 × 40 mm at 300 dpi."""
    sheet = Image.new("RGB", (1181, 472), "white")
    with Image.open(BytesIO(drawn(n))) as mark:
        sheet.paste(mark.resize((432, 432)), (20, 20))
    written = BytesIO()
    sheet.save(written, "PNG")
    return written.getvalue()


async def _order(company: Company, call_id: int) -> None:
    """A screen and four vouchers, ordered after the admission."""
    application = await calls.application_for(company.id, call_id)
    assert application is not None
    if await value("SELECT 1 FROM shop_order WHERE application = $1", application):
        return
    found = await calls.own_dossier(company.actor, application)
    wanted = {}
    for name, pieces in (("Screen, 43 inches, with stand", 1), ("Catering voucher", 4)):
        fee = await value(
            "SELECT id FROM fee WHERE price_list = $1 AND name = $2", found.call.price_list, name
        )
        wanted[int(fee)] = pieces
    price = await shop.basket(found, wanted)
    form = OrderForm(
        services={str(fee): pieces for fee, pieces in wanted.items()},
        seen_total=price.total_minor,
    )
    await ordering.order(company.actor, form, application_id=application)
