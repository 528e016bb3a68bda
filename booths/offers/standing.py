"""Reads of the plan: what is kept for whom, who exhibits, what waits for a person."""

from datetime import datetime
from decimal import Decimal

import msgspec

from booths.calls.paying import TOUCHED
from booths.plans.rules import StandKind
from server import clock
from server.accounts.permissions import Actor, require
from server.database import row, rows, typed
from server.text import N_


class Stuck(msgspec.Struct, frozen=True, kw_only=True):
    """Admissions of a call whose day to pay is over and that do not lapse by themselves."""

    call: int
    title: str
    n: int


async def stuck(actor: Actor) -> list[Stuck]:
    """Part-paid or flagged money keeps a stand until somebody decides: where that is so."""
    require(actor, "offer.list")
    found = await rows(
        "SELECT c.id AS call, c.title, count(*) AS n FROM admission ad"  # noqa: S608 - own text
        " JOIN application x ON x.id = ad.application JOIN call c ON c.id = x.call"
        " WHERE c.agency = $1 AND ad.ended_at IS NULL"
        f" AND ad.pay_until <= $2 AND x.state = 'admitted' AND {TOUCHED}"
        " GROUP BY c.id, c.title ORDER BY c.id LIMIT 20",
        actor.agency_id,
        clock.now(),
    )
    return typed(Stuck, found)


DEEDS = {
    "application.submit": N_("sent it again"),
    "application.decide": N_("decided on it"),
    "application.admit": N_("admitted it"),
    "application.confirm": N_("it was paid"),
    "application.lapsed": N_("the admission lapsed"),
    "application.released": N_("the admission was ended"),
    "application.note": N_("wrote a note"),
    "application.withdraw": N_("withdrew it"),
    "offer.make": N_("offered a stand"),
    "offer.accept": N_("accepted an offer"),
    "offer.decline": N_("declined an offer"),
    "offer.expire": N_("an offer ran out"),
    "offer.take_back": N_("took an offer back"),
    "stand.hold": N_("put a stand on hold"),
    "stand.reserve": N_("reserved a stand"),
    "stand.give_back": N_("gave a kept stand back"),
    "stand.run_out": N_("a hold ran out"),
    "stand.move": N_("gave it another stand"),
    "stand.choose": N_("chose a stand"),
    "stand.extend": N_("extended a hold"),
    "stand.settle": N_("took the stand it had chosen"),
}


class KeptRow(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept for an application and is no contract yet."""

    id: int
    stand: int
    label: str
    area_m2: Decimal
    kind: StandKind
    purpose: str
    until: datetime | None
    extended: bool


async def kept(application_id: int) -> KeptRow | None:
    """The stand that is on hold or reserved for an application."""
    found = await row(
        "SELECT al.id, s.id AS stand, s.label, s.area_m2, s.kind, al.purpose, al.until,"
        " al.extended FROM allocation al JOIN stand s ON s.id = al.stand"
        " WHERE al.application = $1 AND al.state IN ('kept', 'reserved')",
        application_id,
    )
    return typed(KeptRow, found) if found else None


async def version(application_id: int) -> int:
    """The number of the last thing done to an application."""
    found = await row(
        "SELECT id FROM audit_line WHERE thing = 'application' AND thing_id = $1"
        " ORDER BY id DESC LIMIT 1",
        application_id,
    )
    return int(found["id"]) if found else 0


class ExhibitorRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody with a contract, to exchange stands with."""

    application: int
    company_name: str
    label: str
    area_m2: Decimal
    kind: StandKind


async def exhibitors(actor: Actor, booth_id: int) -> list[ExhibitorRow]:
    """The agency's exhibitors of a booth whose stand is theirs alone, by stand."""
    require(actor, "application.list")
    found = await rows(
        "SELECT x.id AS application, co.name AS company_name, s.label, s.area_m2, s.kind"
        " FROM allocation al JOIN stand s ON s.id = al.stand"
        " JOIN application x ON x.id = al.application JOIN call c ON c.id = x.call"
        " JOIN company co ON co.id = x.company WHERE s.booth = $1 AND c.agency = $2"
        " AND al.state IN ('held', 'confirmed') AND al.consortium IS NULL"
        " AND x.state IN ('admitted', 'confirmed') ORDER BY s.label, x.id",
        booth_id,
        actor.agency_id,
    )
    return typed(ExhibitorRow, found)
