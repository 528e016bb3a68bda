"""What companies say about themselves: who pays for them, and who belongs to whom."""

from datetime import timedelta

from server import clock
from server.aid.undertakings import LinkForm, declare_link
from server.billing.bill_to import PayerForm, name_payer
from server.database import value
from server.demonstration.calendar import Calendar
from server.demonstration.organisations import Company

PAID_FOR, LINKED, TO = "Glenbrae Oats", "Traunwerk", "Donaubogen Messtechnik"


async def say_who_they_are(companies: list[Company], calendar: Calendar) -> None:
    """One company's parent pays half of what it owes; two declare that they are one undertaking."""
    by_name = {each.name: each for each in companies}
    with clock.travel(calendar.moment(-3)):
        half = PayerForm(
            share="percent", percent="50", name="Glenbrae Holdings DAC", street="4 Mill Lane",
            postcode="E91 X2F6", city="Clonmel", country="IE",
            email="accounts@glenbrae-holdings.example", order_reference="FAIRS-17",
        )  # fmt: skip
        await name_payer(by_name[PAID_FOR].actor, half)
        other = await value("SELECT vat_id FROM company WHERE id = $1", by_name[TO].id)
        since = clock.latest_day() - timedelta(days=400)
        link = LinkForm(number=other, kind="votes", since_on=since)
        await declare_link(by_name[LINKED].actor, link)
