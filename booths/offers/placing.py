"""A stand of the desk plan: who has it, and whom it can be given to."""

from datetime import datetime
from decimal import Decimal

import msgspec

from booths.calls import additions
from booths.calls.rules import MOVES, State
from booths.offers.keeping import KEEPABLE
from booths.offers.queries import waiting_rule
from booths.offers.rules import Free, Misfit, misfit
from booths.partners import queries as partners
from booths.plans import queries as plans
from booths.plans.queries import StandRow
from booths.plans.rules import StandKind
from booths.ranking import queries as ranking
from server import clock
from server.accounts.permissions import Actor, require
from server.database import rows, typed
from server.errors import NotFound

SHOWN = 200


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who has a stand. Of another agency's exhibitor only the agency is known."""

    application: int | None
    company: str
    agency: str
    state: str
    purpose: str
    until: datetime | None
    consortium: int | None


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to whom a free stand can be given. `rank`: by the decision that was carried out;
    `place`: on the waiting list; `misfit`: why the stand is not what was wished, by the call's own
    setting; `elsewhere`: the stand that is kept for them already; `together`: they get a stand only
    with a consortium."""

    application: int
    call: int
    call_title: str
    company: str
    reference: str
    state: State
    area_m2: Decimal
    kind: StandKind
    place: int | None
    elsewhere: str
    rank: int | None = None
    misfit: Misfit | None = None
    together: str = ""

    @property
    def may_admit(self) -> bool:
        """Whether an admission is the next step."""
        return not self.together and any(
            each.to is State.ADMITTED and each.verb == "application.admit"
            for each in MOVES[self.state]
        )


async def own_stand(actor: Actor, stand_id: int) -> StandRow:
    """A stand of a booth that the actor's agency leads or shares."""
    require(actor, "application.list")
    found = await plans.stand(stand_id)
    if actor.agency_id is None or not await partners.may_use(actor.agency_id, found.booth):
        raise NotFound
    return found


async def holders(actor: Actor, stand_id: int) -> list[Holder]:
    """Who has a stand now: nobody, one, or all who share it."""
    found = await rows(
        "SELECT CASE WHEN c.agency = $2 THEN x.id END AS application,"
        " CASE WHEN c.agency = $2 THEN co.name ELSE '' END AS company, a.name AS agency, al.state,"
        " al.purpose, al.until, CASE WHEN c.agency = $2 THEN al.consortium END AS consortium"
        " FROM allocation al JOIN application x ON x.id = al.application"
        " JOIN company co ON co.id = x.company JOIN call c ON c.id = x.call"
        " JOIN agency a ON a.id = c.agency WHERE al.stand = $1 AND al.state <> 'released'"
        " AND (al.until IS NULL OR al.until > $3) ORDER BY al.id",
        stand_id,
        actor.agency_id,
        clock.now(),
    )
    return typed(Holder, found)


async def applicants(actor: Actor, stand: StandRow) -> list[Applicant]:
    """The agency's applicants for the booth of a stand: those it fits first, then by rank, by
    place on the waiting list and by arrival; at most 200."""
    require(actor, "application.list")
    found = typed(
        Applicant,
        await rows(
            "SELECT x.id AS application, c.id AS call, c.title AS call_title, co.name AS company,"
            " x.reference, x.state, x.area_m2, x.stand_kind AS kind, x.wait_position AS place,"
            " coalesce(st.label, '') AS elsewhere"
            " FROM application x JOIN call c ON c.id = x.call JOIN company co ON co.id = x.company"
            " LEFT JOIN allocation al ON al.application = x.id AND al.state IN ('kept', 'reserved')"
            " AND (al.until IS NULL OR al.until > $4) LEFT JOIN stand st ON st.id = al.stand"
            " WHERE c.agency = $1 AND c.booth = $2 AND x.state = ANY($3::text[])"
            " AND c.state NOT IN ('closed_out', 'cancelled') AND x.area_m2 IS NOT NULL"
            " ORDER BY x.submitted_at, x.id LIMIT $5",
            actor.agency_id,
            stand.booth,
            [each.value for each in KEEPABLE],
            clock.now(),
            SHOWN,
        ),
    )
    ranks: dict[int, int] = {}
    together: dict[int, str] = {}
    fits = {}
    for call in {each.call for each in found}:
        ranks |= {each.application: each.rank for each in await ranking.selected(call)}
        together |= await additions.together(call)
        fits[call] = (await waiting_rule(call)).fit
    free = Free(stand.area_m2, stand.kind)
    listed = [
        msgspec.structs.replace(
            each,
            rank=ranks.get(each.application),
            misfit=misfit(each.area_m2, each.kind, free, fits[each.call]),
            together=together.get(each.application, ""),
        )
        for each in found
    ]
    return sorted(listed, key=_turn)


def _turn(each: Applicant) -> tuple[bool, bool, int, bool, int]:
    last = 1_000_000
    return (
        each.misfit is not None, bool(each.elsewhere or each.together), each.rank or last,
        each.place is not None, each.place or 0,
    )  # fmt: skip
