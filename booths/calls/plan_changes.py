"""Exhibitors are told when a published plan changes their stand."""

from collections.abc import Sequence

from booths.calls import queries
from booths.calls.applying import link, write_to_company
from booths.plans.comparing import Change, Difference
from booths.plans.queries import BoothRow
from booths.plans.versions import tells
from events.calendars import actions as calendars
from server import clock
from server.accounts.permissions import Actor
from server.database import rows
from server.text import N_, gettext


@tells
async def tell_exhibitors(_: Actor, booth: BoothRow, changed: Sequence[Difference]) -> int:
    """A mail, and the new label in the calendar, to each company whose stand is among `changed`.

    Who was admitted to a stand that no version had shown knows it as it is.
    """
    by_stand = {each.stand: each for each in changed if each.change is Change.CHANGED}
    found = await rows(
        "SELECT al.stand, al.application, al.state, x.company, c.agency FROM allocation al"
        " JOIN application x ON x.id = al.application JOIN call c ON c.id = x.call"
        " WHERE al.stand = ANY($1::int[]) AND al.state IN ('held', 'confirmed') ORDER BY al.id",
        list(by_stand),
    )
    for each in found:
        difference = by_stand[each["stand"]]
        dossier = await queries.sent_dossier(each["agency"], each["application"])
        call = dossier.call
        await write_to_company(
            each["company"],
            call,
            f"plan:{booth.id}:{each['application']}:{clock.now():%Y%m%d%H%M%S%f}",
            "stand-changed",
            reference=dossier.row.reference,
            call=call.title,
            stand=difference.label,
            said=list(difference.said),
            plan=link(f"/fairs/{call.fair_slug}/booths/{booth.id}"),
            link=link(f"/my/applications/{each['application']}"),
        )
        await calendars.put(
            key=f"application:{each['application']}:stand",
            kind="fair",
            summary=gettext(
                N_("{fair}: stand {stand} ({company})"),
                fair=call.fair_name,
                stand=difference.label,
                company=dossier.row.company_name,
            ),
            tz=call.fair_tz,
            start_on=call.starts_on,
            end_on=call.ends_on,
            location=f"{call.venue}, {call.city}",
            url=f"/applications/{each['application']}",
            fair=call.fair,
            booth=call.booth,
            agency=call.agency,
            company=each["company"],
            visibility="company",
            country=call.fair_country,
            tentative=each["state"] == "held",
        )
    return len(found)
