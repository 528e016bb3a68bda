"""A statement of the bank: what it settles by itself, and what a person has to decide."""

from server import clock
from server.accounts.permissions import Actor
from server.billing import bank
from server.billing.rules import TO_PAY
from server.database import rows, value
from server.demonstration.calendar import Calendar
from server.money import to_decimal
from server.organisations.queries import own_agency
from server.web.forms import Upload

HEAD = "Booked on;Amount;Currency;Text;Name;IBAN;Bank reference;Account"


async def read_statement(finance: Actor, calendar: Calendar) -> None:
    """Three days of the agency's account, as a CSV that the bank gave."""
    if await value("SELECT 1 FROM bank_file WHERE agency = $1", finance.agency_id):
        return
    agency = await own_agency(finance)
    asking = await rows(
        "SELECT i.number, i.reference, i.total_minor - i.paid_minor AS asks, i.currency, c.name"
        " FROM invoice i JOIN company c ON c.id = i.company WHERE i.agency = $1 AND i.currency ="
        " 'EUR' AND i.state = ANY($2) AND i.total_minor > 0 ORDER BY i.id DESC LIMIT 3",
        agency.id,
        [state.value for state in TO_PAY],
    )
    lines = [
        (-3, "-48.90", "Account fees", "Hanseatic Bank", ""),
        (-2, "-1250.00", "Rent of the office", "Speicherhaus GmbH", ""),
        (-2, "320.00", "Tickets for the summer party", "Staff association", ""),
    ]
    for n, each in enumerate(asking):
        amount = str(to_decimal(each["asks"], each["currency"]))
        ref = each["reference"]
        texts = (f"Invoice {each['number']}", f"Stand, ref {ref[:-1]}", "Fair participation")
        lines.append((-1, amount, texts[n], ("Family office AG", each["name"], each["name"])[n],
                      ""))  # fmt: skip
    text = "\n".join(
        [HEAD]
        + [
            f"{calendar.day(day)};{amount};EUR;{said};{name};{iban};DEMO-{n};"
            f"{agency.iban.replace(' ', '')}"
            for n, (day, amount, said, name, iban) in enumerate(lines)
        ]
    )
    with clock.travel(calendar.moment(0, minutes=-30)):
        file = await bank.upload(finance, Upload("statement.csv", "text/csv", text.encode()))
        await bank.book(finance, file)
