"""What calls and admissions show in the rooms below: booths at fairs, exhibitors on plans."""

import msgspec

from booths.calls import queries
from booths.plans import occupancy, versions
from booths.plans import queries as plans
from booths.plans.drawing import Occupant
from booths.plans.looks import StandState
from events.fairs.shows import BoothCard, CallLink, on_desk_page, on_public_page
from server import clock
from server.accounts.permissions import Actor
from server.database import rows, typed
from server.text import N_, gettext


class Exhibitor(msgspec.Struct, frozen=True, kw_only=True):
    """A company with a confirmed stand that agreed to be published."""

    company: int
    name: str
    country: str
    city: str
    website: str
    description: str
    products: str
    catalogue: str
    logo: bool
    stand: str


async def _cards(fair_id: int, prefix: str, *, agency: int | None) -> list[BoothCard]:
    calls = await queries.calls_of_fair(fair_id)
    found = await rows(
        "SELECT b.id, b.name, b.hall, b.net_m2, a.name AS agency_name FROM booth b"
        " JOIN agency a ON a.id = b.agency WHERE b.fair = $1 AND ($2::bigint IS NULL OR"
        " b.agency = $2) ORDER BY b.id",
        fair_id,
        agency,
    )
    call_prefix = "/desk/calls/" if agency else "/calls/"
    return [
        BoothCard(
            name=each["name"],
            href=f"{prefix}{each['id']}",
            agency_name=each["agency_name"],
            hall=each["hall"],
            net_m2=each["net_m2"],
            calls=tuple(
                CallLink(
                    title=call.title,
                    href=f"{call_prefix}{call.id if agency else call.slug}",
                    state=call.phase.value,
                    opens_at=call.opens_at,
                    closes_at=call.closes_at,
                )
                for call in calls
                if call.booth == each["id"]
            ),
        )
        for each in found
    ]


@on_public_page
async def public_cards(_: Actor, fair_id: int) -> list[BoothCard]:
    """The joint booths of a fair and their calls, for everybody."""
    slug = await rows("SELECT slug FROM fair WHERE id = $1", fair_id)
    return await _cards(fair_id, f"/fairs/{slug[0]['slug']}/booths/", agency=None)


@on_desk_page
async def desk_cards(actor: Actor, fair_id: int) -> list[BoothCard]:
    """The agency's own joint booths at a fair."""
    return await _cards(fair_id, "/desk/booths/", agency=actor.agency_id)


@occupancy.source
async def occupants(booth_id: int) -> dict[int, Occupant]:
    """Who has which stand, for the staff of the agency whose exhibitor it is.

    Companies that share a stand are named together, with the state of the one that lags behind. A
    hold that is over keeps nobody out, although no sweep has seen it yet.
    """
    found = await rows(
        "SELECT al.stand, max(al.state) AS state, min(al.application) AS application, c.agency,"
        " max(al.until) AS until, string_agg(co.name, ', ' ORDER BY al.id) AS name,"
        " bool_or(al.state = 'confirmed' AND NOT EXISTS (SELECT FROM admission ad JOIN due_item d"
        " ON d.plan = ad.plan JOIN invoice i ON i.id = d.invoice WHERE ad.application = x.id"
        " AND ad.ended_at IS NULL AND i.state = 'paid')) AS unpaid"
        " FROM allocation al"
        " JOIN stand s ON s.id = al.stand JOIN application x ON x.id = al.application"
        " JOIN call c ON c.id = x.call"
        " JOIN company co ON co.id = x.company WHERE s.booth = $1 AND al.state <> 'released'"
        " AND (al.until IS NULL OR al.until > $2) GROUP BY al.stand, c.agency",
        booth_id,
        clock.now(),
    )
    return {
        each["stand"]: Occupant(
            StandState(each["state"]),
            gettext(N_("{name} (confirmed, unpaid)"), name=each["name"])
            if each["unpaid"]
            else each["name"],
            f"/desk/applications/{each['application']}",
            agency=each["agency"],
            until=each["until"],
        )
        for each in found
    }


# Only what was sent is shown: what is typed afterwards was promised to nobody.
_SENT = """
JOIN stand s ON s.id = al.stand
JOIN application x ON x.id = al.application
JOIN company co ON co.id = x.company
LEFT JOIN LATERAL (
    SELECT content -> 'answers' AS answers FROM submission u WHERE u.application = x.id
    ORDER BY u.number DESC LIMIT 1) sent ON true
"""


async def public_occupants(booth_id: int) -> dict[int, Occupant]:
    """Which stands are taken, with the names of those who agreed to be published."""
    found = await rows(
        "SELECT al.stand, max(al.state) AS state,"  # noqa: S608
        " coalesce(string_agg(co.name, ', ' ORDER BY al.id) FILTER (WHERE al.state = 'confirmed'"
        " AND (sent.answers -> 'declarations' ->> 'publish')::boolean), '') AS name"
        f" FROM allocation al {_SENT} WHERE s.booth = $1 AND al.state <> 'released'"
        " AND (al.until IS NULL OR al.until > $2) GROUP BY al.stand",
        booth_id,
        clock.now(),
    )
    return {each["stand"]: Occupant(StandState(each["state"]), each["name"]) for each in found}


async def exhibitors(booth_id: int) -> list[Exhibitor]:
    """The published exhibitors of a booth, by stand as the published plan names it."""
    found = await rows(
        "SELECT al.stand AS stand_id, co.id AS company, co.name, co.country, co.city,"  # noqa: S608
        " co.website, co.description,"
        " co.products, coalesce(sent.answers -> 'goals' ->> 'catalogue', '') AS catalogue,"
        " co.logo_document IS NOT NULL AS logo, s.label AS stand"
        f" FROM allocation al {_SENT} WHERE s.booth = $1 AND al.state = 'confirmed'"
        " AND (sent.answers -> 'declarations' ->> 'publish')::boolean ORDER BY s.label",
        booth_id,
    )
    plan = await versions.latest(booth_id)
    published = plan.seen if plan else {}
    for each in found:
        stand = published.get(each.pop("stand_id"))
        each["stand"] = stand.label if stand else each["stand"]
    return sorted(typed(Exhibitor, found), key=lambda each: each.stand)


async def free_stands(booth_id: int) -> list[plans.StandRow]:
    """Stands that can be given to an exhibitor now."""
    taken = await occupants(booth_id)
    return [
        each for each in await plans.stands(booth_id) if each.id not in taken and not each.blocked
    ]
