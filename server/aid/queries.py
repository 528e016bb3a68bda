"""Reads of schemes, budgets, headroom and the register."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec

from server import clock
from server.accounts.permissions import Actor, require
from server.aid import euros, law, rules
from server.aid.rules import (
    CEILING_CURRENCY,
    Bounds,
    Headroom,
    Mode,
    Received,
    SchemeTerms,
    Shown,
    Tier,
    TierBy,
)
from server.database import LARGEST_ID, page_id, row, rows, typed
from server.errors import NotFound
from server.money import format_money
from server.text import N_, gettext
from server.web.formats import day


class SchemeRow(msgspec.Struct, frozen=True, kw_only=True):
    """A scheme with what is committed of its budget. Amounts in minor units of `currency`."""

    id: int
    name: str
    reference: str
    legal_basis: str
    mode: Mode
    rate_bp: int | None
    fixed_per_m2_minor: int | None
    cap_minor: int | None
    currency: str
    budget_minor: int
    committed_minor: int
    left_minor: int
    subsidy_shown: Shown
    valid_from: date
    valid_until: date | None
    version: int
    budget_line: int
    line_name: str
    programme: int
    programme_name: str
    amount_minor: int | None
    tiers: list[Tier]
    tier_by: TierBy
    bounds: Bounds
    after_funder: bool
    proof: str
    grants: int

    @property
    def terms(self) -> SchemeTerms:
        """As the rules take it."""
        return terms_of(msgspec.structs.asdict(self))


class GrantRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the register; a reversal has a negative amount and names what it takes back."""

    id: int
    scheme: int
    scheme_name: str
    scheme_reference: str
    agency_name: str
    company: int
    company_name: str
    beneficiary: dict[str, Any]
    amount_minor: int
    eligible_minor: int
    intensity_bp: int
    currency: str
    legal_basis: str
    granted_on: date
    member_state: str
    about: str
    why: str
    reverses: int | None
    reversed_by: int | None
    register_due_on: date | None
    registered_on: date | None
    register_reference: str
    letter: int | None
    fair: str
    fair_on: date | None
    applied_on: date | None
    ordered_on: date | None
    charge_minor: int
    shown: Shown
    publish_due_on: date | None
    published_on: date | None
    euro_minor: int | None
    euro_rate: Decimal | None
    euro_rate_on: date | None
    euro_rate_source: str
    created_at: datetime

    @property
    def in_euro(self) -> str:
        """What ceilings count, with the rate, its day and who published it; "" for euro."""
        if self.euro_minor is None or self.euro_rate is None or self.euro_rate_on is None:
            return ""
        return gettext(
            N_("{euro}, at {rate} {currency} for one euro on {on}, {source}"),
            euro=format_money(self.euro_minor, CEILING_CURRENCY),
            rate=f"{self.euro_rate.normalize():f}",
            currency=self.currency,
            on=day(self.euro_rate_on, weekday=False),
            source=self.euro_rate_source,
        )


_SCHEME = """
SELECT s.*, s.budget_minor - s.committed_minor AS left_minor, l.name AS line_name,
       p.id AS programme, p.name AS programme_name,
       (SELECT count(*) FROM aid_grant g WHERE g.scheme = s.id) AS grants
  FROM scheme s JOIN budget_line l ON l.id = s.budget_line JOIN programme p ON p.id = l.programme
"""
GRANT = """
SELECT g.*, s.subsidy_shown AS shown, s.name AS scheme_name,
       s.reference AS scheme_reference, s.currency, a.name AS agency_name,
       c.name AS company_name, r.id AS reversed_by
  FROM aid_grant g JOIN scheme s ON s.id = g.scheme JOIN agency a ON a.id = s.agency
  JOIN company c ON c.id = g.company LEFT JOIN aid_grant r ON r.reverses = g.id
"""
# What a company got goes with it when it comes under another control, or leaves one.
OF_UNDERTAKING = "g.company IN (SELECT id FROM company WHERE undertaking = $1)"
SHOWN = {
    "all": "true",
    "open": "g.register_due_on IS NOT NULL AND g.registered_on IS NULL",
    "overdue": "g.register_due_on < $3 AND g.registered_on IS NULL",
    "done": "g.registered_on IS NOT NULL",
}


async def schemes(actor: Actor) -> list[SchemeRow]:
    """The agency's schemes, the newest first; two statements however many there are."""
    require(actor, "scheme.list")
    found = await rows(_SCHEME + "WHERE s.agency = $1 ORDER BY s.id DESC", actor.agency_id)
    return typed(SchemeRow, found)


async def schemes_page(
    actor: Actor, *, cursor: str = "", limit: int = 50
) -> tuple[list[SchemeRow], str | None]:
    """The same for the API."""
    require(actor, "scheme.list")
    found = await rows(
        _SCHEME + "WHERE s.agency = $1 AND s.id < $2::bigint ORDER BY s.id DESC LIMIT $3",
        actor.agency_id,
        page_id(cursor) or LARGEST_ID,
        limit + 1,
    )
    return typed(SchemeRow, found[:limit]), _next(found, limit)


async def scheme(actor: Actor, scheme_id: int) -> SchemeRow:
    """One scheme of the actor's agency; NotFound otherwise."""
    require(actor, "scheme.list")
    found = await row(
        _SCHEME + "WHERE s.id = $1::bigint AND s.agency = $2", scheme_id, actor.agency_id
    )
    if found is None:
        raise NotFound()
    return typed(SchemeRow, found)


async def scheme_terms(scheme_id: int) -> SchemeTerms:
    """What a scheme promises, as `booths.fees.rules.quote` takes it."""
    found = await row("SELECT *, id AS scheme_id FROM scheme WHERE id = $1::bigint", scheme_id)
    if found is None:
        raise NotFound()
    return terms_of(found)


async def received(undertaking_id: int, member_state: str, since: date) -> list[Received]:
    """Everything granted to, declared by or held for an undertaking, later than `since`."""
    found = await rows(
        "SELECT granted_on, amount_minor, legal_basis FROM aid_received g"  # noqa: S608
        f" WHERE {OF_UNDERTAKING} AND member_state = $2 AND granted_on > $3",
        undertaking_id,
        member_state,
        since,
    )
    return [Received(**one) for one in found]


async def headroom(company_id: int, legal_basis: str, on: date, member_state: str = "") -> Headroom:
    """What the company's undertaking may still get under `legal_basis` on `on`.

    `member_state` is that of the granting agency; without one, the company's own country.
    """
    company = await row("SELECT undertaking, country FROM company WHERE id = $1", company_id)
    if company is None:
        raise NotFound()
    basis = law.basis_on(legal_basis, on) or law.basis_on(legal_basis, on, on)
    if basis is None or not basis.limits:
        return Headroom(None, 0, None, None)
    state = member_state or company["country"]
    since = min(rules.counts_after(limit, on) for limit in basis.limits)
    known = await received(company["undertaking"], state, since)
    return rules.headroom(basis, known, on, state)


async def scheme_headroom(scheme_id: int, company_id: int, on: date) -> int | None:
    """The headroom that a grant of this scheme would meet, in minor units of its currency: none
    where no rate of exchange is known; None without a limit."""
    found = await row(
        "SELECT s.legal_basis, s.currency, s.agency, a.member_state, a.country FROM scheme s"
        " JOIN agency a ON a.id = s.agency WHERE s.id = $1",
        scheme_id,
    )
    if found is None:
        raise NotFound()
    state = found["member_state"] or found["country"]
    left = (await headroom(company_id, found["legal_basis"], on, state)).left_minor
    rate = await euros.rate(found["agency"], found["currency"], on)
    return left if left is None else rate.own(left) if rate else 0


async def register(
    actor: Actor,
    query: Any = None,
    *,
    show: str = "all",
    cursor: str = "",
    limit: int = 50,
) -> tuple[list[GrantRow], str | None]:
    """The agency's grants and reversals, the newest first, and where the next page starts."""
    require(actor, "aid.read")
    wanted = SHOWN[query.show if query is not None else show]
    found = await rows(
        f"{GRANT} WHERE s.agency = $1 AND g.id < $2::bigint AND $3::date IS NOT NULL AND {wanted}"
        " ORDER BY g.id DESC LIMIT $4",
        actor.agency_id,
        page_id(cursor) or LARGEST_ID,
        await today(actor),
        limit + 1,
    )
    return typed(GrantRow, found[:limit]), _next(found, limit)


async def publication(actor: Actor) -> list[GrantRow]:
    """Awards large enough to be published that were not taken back, the most urgent first."""
    require(actor, "aid.read")
    found = await rows(
        GRANT + " WHERE s.agency = $1 AND g.publish_due_on IS NOT NULL AND r.id IS NULL"
        " ORDER BY g.published_on IS NOT NULL, g.publish_due_on, g.id LIMIT 1000",
        actor.agency_id,
    )
    return typed(GrantRow, found)


async def register_counts(actor: Actor) -> dict[str, int]:
    """How many rows are in the register, open, overdue and done."""
    require(actor, "aid.read")
    found = await row(
        "SELECT count(*) AS all,"
        " count(*) FILTER (WHERE register_due_on IS NOT NULL AND registered_on IS NULL) AS open,"
        " count(*) FILTER (WHERE register_due_on < $2 AND registered_on IS NULL) AS overdue,"
        " count(*) FILTER (WHERE registered_on IS NOT NULL) AS done"
        " FROM aid_grant g JOIN scheme s ON s.id = g.scheme WHERE s.agency = $1",
        actor.agency_id,
        await today(actor),
    )
    assert found is not None
    return found


async def grant_row(actor: Actor, grant_id: int) -> GrantRow:
    """One grant of the actor's agency, or of the actor's company."""
    require(actor, "aid.read" if actor.agency_id else "aid.own")
    found = await row(
        GRANT
        + " WHERE g.id = $1::bigint AND (s.agency = $2 OR ($2::bigint IS NULL AND g.company = $3))",
        grant_id,
        actor.agency_id,
        actor.company_id,
    )
    if found is None:
        raise NotFound()
    return typed(GrantRow, found)


async def grants_by_id(grant_ids: list[int]) -> list[GrantRow]:
    """Grants by their ids, for steps of other rooms."""
    return typed(GrantRow, await rows(GRANT + " WHERE g.id = ANY($1::bigint[])", grant_ids))


async def grants_about(about: str) -> list[GrantRow]:
    """What was granted, and taken back, for one thing such as "application:12"."""
    return typed(GrantRow, await rows(GRANT + " WHERE g.about = $1 ORDER BY g.id", about))


async def standing_about(about: str) -> list[GrantRow]:
    """Grants for one thing that are not taken back."""
    return [one for one in await grants_about(about) if not (one.reverses or one.reversed_by)]


async def agency_tz(actor: Actor) -> str:
    """The zone of the actor's agency; UTC for a company, which has none."""
    found = await row("SELECT tz FROM agency WHERE id = $1", actor.agency_id)
    return str(found["tz"]) if found else "UTC"


async def today(actor: Actor) -> date:
    """The day it is where the actor's agency works."""
    return clock.today(await agency_tz(actor))


def terms_of(found: dict[str, Any]) -> SchemeTerms:
    """The terms of a scheme from its row."""
    return SchemeTerms(
        scheme_id=found.get("scheme_id") or found["id"],
        name=found["name"],
        legal_basis=found["legal_basis"],
        mode=Mode(found["mode"]),
        currency=found["currency"],
        rate_bp=found["rate_bp"],
        fixed_per_m2_minor=found["fixed_per_m2_minor"],
        cap_minor=found["cap_minor"],
        budget_minor=found["budget_minor"],
        committed_minor=found["committed_minor"],
        subsidy_shown=Shown(found["subsidy_shown"]),
        valid_from=found["valid_from"],
        valid_until=found["valid_until"],
        amount_minor=found["amount_minor"],
        tiers=msgspec.convert(found["tiers"], tuple[Tier, ...]),
        tier_by=TierBy(found["tier_by"]),
        bounds=msgspec.convert(found["bounds"], Bounds),
    )


def _next(found: list[dict[str, Any]], limit: int) -> str | None:
    return str(found[limit - 1]["id"]) if len(found) > limit else None
