"""Reads of waiting lists, gaps and offers."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import additions
from booths.calls import queries as calls
from booths.calls.rows import CallRow, Dossier
from booths.offers.rules import (
    Fit,
    Free,
    Misfit,
    Next,
    OfferState,
    Reason,
    Rule,
    Waiting,
    misfit,
    next_for,
)
from booths.plans.rules import StandKind
from server import clock
from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed
from server.errors import NotFound

GAPS_SHOWN = 50


class WaitingRow(msgspec.Struct, frozen=True, kw_only=True):
    """How a call hands on free stands; `version` 0 is the house's own setting."""

    call: int
    rule: Rule = Rule.STRICT
    hours: int = 72
    under_m2: Decimal = Decimal(0)
    over_m2: Decimal = Decimal(3)
    kind_must_fit: bool = False
    automatic: bool = True
    version: int = 0

    @property
    def fit(self) -> Fit:
        """How far a stand may be from a wish."""
        return Fit(self.under_m2, self.over_m2, self.kind_must_fit)


class OfferRow(msgspec.Struct, frozen=True, kw_only=True):
    """An offer with the stand and the company."""

    id: int
    gap: int
    call: int
    application: int
    company: int
    company_name: str
    stand: int
    stand_label: str
    area_m2: Decimal
    kind: StandKind
    state: OfferState
    made_at: datetime
    until: datetime
    answered_at: datetime | None
    by_hand: bool
    why: str


class GapRow(msgspec.Struct, frozen=True, kw_only=True):
    """A stand that became free, and what became of it. `taken_by` holds it now, if anybody does."""

    id: int
    call: int
    stand: int
    label: str
    area_m2: Decimal
    kind: StandKind
    blocked: bool
    reason: Reason
    opened_at: datetime
    closed_at: datetime | None
    filled: bool
    why: str
    taken_by: str | None

    @property
    def free(self) -> Free:
        """The stand as the rule sees it."""
        return Free(self.area_m2, self.kind)


class ListedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A company on the waiting list; `together` names the consortium it applies with."""

    application: int
    company: int
    company_name: str
    country: str
    reference: str
    place: int
    area_m2: Decimal
    kind: StandKind
    engaged: bool
    skipped_why: str | None
    together: str = ""


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """A gap, who was asked about it, and who would be asked next."""

    gap: GapRow
    offers: list[OfferRow]
    waits_for: str = ""
    misfit: Misfit | None = None
    next_name: str = ""

    @property
    def open_offer(self) -> OfferRow | None:
        """The offer that waits for its answer."""
        return next((each for each in self.offers if each.state is OfferState.OPEN), None)


_OFFER = """
SELECT o.id, o.gap, g.call, o.application, x.company, co.name AS company_name, s.id AS stand,
       s.label AS stand_label, s.area_m2, s.kind, o.state, o.made_at, o.until, o.answered_at,
       o.by_hand, o.why
FROM offer o
JOIN gap g ON g.id = o.gap
JOIN stand s ON s.id = g.stand
JOIN application x ON x.id = o.application
JOIN company co ON co.id = x.company
"""
_GAP = """
SELECT g.id, g.call, g.stand, s.label, s.area_m2, s.kind, s.blocked, g.reason, g.opened_at,
       g.closed_at, g.filled, g.why,
       (SELECT co.name FROM allocation al JOIN application x ON x.id = al.application
        JOIN company co ON co.id = x.company WHERE al.stand = g.stand AND al.state <> 'released'
        ORDER BY al.id LIMIT 1) AS taken_by
FROM gap g
JOIN stand s ON s.id = g.stand
"""
_LISTED = """
SELECT x.id AS application, x.company, co.name AS company_name, co.country, x.reference,
       x.wait_position AS place, x.area_m2, x.stand_kind AS kind, al.id IS NOT NULL AS engaged,
       k.why AS skipped_why
FROM application x
JOIN company co ON co.id = x.company
LEFT JOIN allocation al ON al.application = x.id AND al.state <> 'released'
LEFT JOIN skip k ON k.application = x.id AND k.ended_at IS NULL
WHERE x.call = $1 AND x.state = 'wait_listed'
"""


async def waiting_rule(call_id: int) -> WaitingRow:
    """The setting of a call; the house's own where nothing was set."""
    found = await row(
        "SELECT call, rule, hours, under_m2, over_m2, kind_must_fit, automatic, version"
        " FROM waiting_rule WHERE call = $1",
        call_id,
    )
    return typed(WaitingRow, found) if found else WaitingRow(call=call_id)


async def own_waiting_rule(actor: Actor, *, call_id: int) -> WaitingRow:
    """The setting of a call of the actor's agency."""
    require(actor, "offer.list")
    await calls.own_call(actor, call_id)
    return await waiting_rule(call_id)


async def gap(gap_id: int) -> GapRow:
    """One gap; for callers that know whose it is."""
    found = await row(f"{_GAP} WHERE g.id = $1", gap_id)
    if found is None:
        raise NotFound
    return typed(GapRow, found)


async def offers_of_call(
    actor: Actor, *, call_id: int, cursor: str = "", limit: int = 50
) -> tuple[list[OfferRow], str | None]:
    """Every offer of a call, the latest first."""
    require(actor, "offer.list")
    await calls.own_call(actor, call_id)
    found = await rows(
        f"{_OFFER} WHERE g.call = $1 AND ($2::bigint IS NULL OR o.id < $2)"
        " ORDER BY o.id DESC LIMIT $3",
        call_id,
        page_id(cursor),
        limit + 1,
    )
    items = typed(OfferRow, found[:limit])
    return items, str(items[-1].id) if len(found) > limit else None


async def open_offer(application_id: int) -> OfferRow | None:
    """The offer that an application has to answer, if it is still good."""
    found = await row(
        f"{_OFFER} WHERE o.application = $1 AND o.state = 'open' AND o.until > $2",
        application_id,
        clock.now(),
    )
    return typed(OfferRow, found) if found else None


async def last_offer(application_id: int) -> OfferRow | None:
    """The latest offer to an application, whatever became of it."""
    found = await row(
        f"{_OFFER} WHERE o.application = $1 ORDER BY o.id DESC LIMIT 1", application_id
    )
    return typed(OfferRow, found) if found else None


async def listed(
    actor: Actor, *, call_id: int, cursor: str = "", limit: int = 50
) -> tuple[list[ListedRow], str | None]:
    """The waiting list of a call by place."""
    require(actor, "offer.list")
    await calls.own_call(actor, call_id)
    found = await rows(
        f"{_LISTED} AND x.wait_position > $2 ORDER BY x.wait_position LIMIT $3",
        call_id,
        page_id(cursor) or 0,
        limit + 1,
    )
    items = await _joint(call_id, found[:limit])
    return items, str(items[-1].place) if len(found) > limit else None


async def waiting(call_id: int) -> list[ListedRow]:
    """The whole waiting list of a call, as the rule needs it."""
    return await _joint(call_id, await rows(f"{_LISTED} ORDER BY x.wait_position", call_id))


async def _joint(call_id: int, found: list[dict[str, Any]]) -> list[ListedRow]:
    names = await additions.together(call_id)
    return typed(
        ListedRow, [{**each, "together": names.get(each["application"], "")} for each in found]
    )


def as_asked(found: list[ListedRow], asked: set[int]) -> list[Waiting]:
    """The list as the rule sees it, where `asked` had their turn about the stand."""
    return [
        Waiting(
            each.application,
            each.place,
            each.area_m2,
            each.kind,
            asked=each.application in asked,
            engaged=each.engaged,
            skipped=each.skipped_why is not None,
            together=bool(each.together),
        )
        for each in found
    ]


async def asked_about(gap_id: int) -> set[int]:
    """The applications that were asked about a gap."""
    found = await rows("SELECT application FROM offer WHERE gap = $1", gap_id)
    return {each["application"] for each in found}


async def next_of(found: GapRow, setting: WaitingRow) -> Next:
    """Whom the rule would ask about a gap now."""
    list_ = as_asked(await waiting(found.call), await asked_about(found.id))
    return next_for(setting.rule, found.free, list_, setting.fit)


async def chains(actor: Actor, *, call_id: int) -> list[Chain]:
    """The gaps of a call, open ones first, each with its offers and with who is next."""
    require(actor, "offer.list")
    await calls.own_call(actor, call_id)
    setting = await waiting_rule(call_id)
    found = typed(
        GapRow,
        await rows(
            f"{_GAP} WHERE g.call = $1 ORDER BY g.closed_at IS NOT NULL, g.id DESC LIMIT $2",
            call_id,
            GAPS_SHOWN,
        ),
    )
    offers = typed(
        OfferRow,
        await rows(
            f"{_OFFER} WHERE o.gap = ANY($1::int[]) ORDER BY o.id", [each.id for each in found]
        ),
    )
    list_ = await waiting(call_id)
    names = {each.application: each.company_name for each in list_}
    return [
        _chain(each, [one for one in offers if one.gap == each.id], list_, setting, names)
        for each in found
    ]


def _chain(
    found: GapRow,
    offers: list[OfferRow],
    list_: list[ListedRow],
    setting: WaitingRow,
    names: Mapping[int, str],
) -> Chain:
    if found.closed_at is not None:
        return Chain(gap=found, offers=offers)
    asked = {each.application for each in offers}
    then = next_for(setting.rule, found.free, as_asked(list_, asked), setting.fit)
    return Chain(
        gap=found,
        offers=offers,
        waits_for=names[then.waits_for] if then.waits_for is not None else "",
        misfit=then.misfit,
        next_name=names[then.application] if then.application is not None else "",
    )


def fits(each: ListedRow, found: GapRow, setting: WaitingRow) -> bool:
    """Whether the stand of a gap fits somebody's wish."""
    return misfit(each.area_m2, each.kind, found.free, setting.fit) is None


def fair_starts(call: CallRow) -> datetime:
    """The first instant of the fair's first day, where it is held."""
    return clock.to_utc(datetime.combine(call.starts_on, time()), call.fair_tz).astimezone(UTC)


async def to_fill(call_id: int | None = None) -> list[int]:
    """Gaps of living calls about which somebody may have to be asked."""
    found = await rows(
        "SELECT g.id FROM gap g JOIN call c ON c.id = g.call"
        " JOIN booth b ON b.id = c.booth JOIN fair f ON f.id = b.fair"
        " LEFT JOIN waiting_rule w ON w.call = c.id"
        " WHERE g.closed_at IS NULL AND c.state IN ('published', 'decided')"
        " AND coalesce(w.automatic, true) AND f.starts_on >= $2::date - 1"
        " AND ($1::bigint IS NULL OR c.id = $1)"
        " AND NOT EXISTS (SELECT FROM offer o WHERE o.gap = g.id AND o.state = 'open')"
        " ORDER BY g.id LIMIT 200",
        call_id,
        clock.now().date(),
    )
    return [each["id"] for each in found]


async def due() -> list[int]:
    """Open offers whose time to answer is over."""
    found = await rows(
        "SELECT id FROM offer WHERE state = 'open' AND until <= $1 ORDER BY until, id LIMIT 200",
        clock.now(),
    )
    return [each["id"] for each in found]


async def own_offer(actor: Actor, offer_id: int) -> OfferRow:
    """An offer of the actor's agency."""
    require(actor, "offer.list")
    found = await row(
        f"{_OFFER} JOIN call c ON c.id = g.call WHERE o.id = $1 AND c.agency = $2",
        offer_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound
    return typed(OfferRow, found)


async def as_sent(found: Dossier) -> Dossier:
    """The company's dossier with the answers that were sent last: what a contract is made of."""
    sent = await row(
        "SELECT content -> 'answers' AS answers FROM submission WHERE application = $1"
        " ORDER BY number DESC LIMIT 1",
        found.row.id,
    )
    return msgspec.structs.replace(found, draft=sent["answers"]) if sent else found
