"""The letter that invites visitors, for a consulate: from the agency that runs the office."""

from uuid import UUID

from events.bookings import facts, queries
from events.bookings.rules import State
from events.bookings.telling import when
from server import clock
from server.accounts.permissions import Actor
from server.audit import record
from server.database import action
from server.documents.actions import issue
from server.errors import Refused
from server.organisations.rules import country_name
from server.text import N_, gettext, locale
from server.web.formats import day


@action
async def invite(actor: Actor, key: UUID) -> int:
    """The letter as a PDF; the document's id. Refused while nobody is named or it is not booked."""
    one = await queries.own(actor, key)
    if one.state is not State.CONFIRMED:
        raise Refused(N_("A letter is written for a booking that is confirmed. Nothing was made."))
    people = await queries.visitors([one.id])
    if not people:
        raise Refused(N_("Name the visitors first: the letter invites them by name."))
    at = (await facts.of_resource(one.resource)).office
    made = await issue(
        kind="invitation_letter",
        title=gettext(N_("Letter of invitation")),
        filename=gettext(N_("invitation {office}"), office=one.office_name),
        template="letter",
        content={
            "date": day(clock.today(one.tz), weekday=False),
            "facts": [
                [gettext(N_("Office")), at.address],
                [gettext(N_("Country")), country_name(one.country, locale())],
                [gettext(N_("When")), when(one)],
                [gettext(N_("Company")), one.company_name],
                *([[gettext(N_("Purpose")), one.purpose]] if one.purpose else []),
            ],
            "body": gettext(
                N_("We invite the people named below to our office. They come for {company}, which"
                   " has booked {what} there. The company bears the cost of their journey and"
                   " stay."),
                company=one.company_name,
                what=one.resource_name,
            ),
            "table": {
                "head": [gettext(N_("Name")), gettext(N_("Country")), gettext(N_("Passport"))],
                "rows": [
                    [x.name, country_name(x.country, locale()) if x.country else "–",
                     x.passport or "–"]
                    for x in people
                ],
                "numbers_from": 3,
            },
        },
        agency=one.office_agency,
        company=one.company,
        about=f"booking:{one.id}",
    )  # fmt: skip
    await record(
        actor, "booking.letter", "booking", one.id, after={"people": len(people)},
        agency_id=one.agency, company_id=one.company,
    )  # fmt: skip
    return made
