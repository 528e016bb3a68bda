"""Reads of schemes, budgets, headroom and the register."""

from datetime import date, datetime
from typing import Any

import msgspec

from server import clock
from server.accounts.permissions import Actor, require
from server.aid import law, rules
from server.aid.rules import Headroom, Mode, Received, SchemeTerms, Shown
from server.database import row, rows, typed
from server.errors import NotFound


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
    grants: int

    @property
    def terms(self) -> SchemeTerms:
        """As the rules take it."""
        return _terms(msgspec.structs.asdict(self))


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
    created_at: datetime


class DeclaredRow(msgspec.Struct, frozen=True, kw_only=True):
    """Aid from elsewhere as a company declared it, in euro cents."""

    id: int
    amount_minor: int
    granted_on: date
    authority: str
    legal_basis: str
    member_state: str
    reverses: int | None
    reversed_by: int | None
    declared_at: datetime


class StatementRow(msgspec.Struct, frozen=True, kw_only=True):
    """What the company last said about itself."""

    in_difficulty: str
    recovery_order: str
    linked_companies: str
    said_at: datetime


class HeadroomRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where an undertaking stands under one basis in one State, in euro cents."""

    legal_basis: str
    member_state: str
    ceiling_minor: int
    used_minor: int
    left_minor: int
    since: date


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that counts towards a company's ceilings."""

    company_name: str
    undertaking_name: str
    companies: list[str]
    member_state: str
    headrooms: list[HeadroomRow]
    grants: list[GrantRow]
    declared: list[DeclaredRow]
    statement: StatementRow | None


_SCHEME = """
SELECT s.*, s.budget_minor - s.committed_minor AS left_minor,
       (SELECT count(*) FROM aid_grant g WHERE g.scheme = s.id) AS grants
  FROM scheme s
"""
_GRANT = """
SELECT g.*, s.name AS scheme_name, s.reference AS scheme_reference, s.currency,
       a.name AS agency_name, c.name AS company_name, r.id AS reversed_by
  FROM aid_grant g JOIN scheme s ON s.id = g.scheme JOIN agency a ON a.id = s.agency
  JOIN company c ON c.id = g.company LEFT JOIN aid_grant r ON r.reverses = g.id
"""
# What a company got before it came under this control counts as well.
_OF_UNDERTAKING = (
    "(g.undertaking = $1 OR g.company IN (SELECT id FROM company WHERE undertaking = $1))"
)
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
        _before(cursor),
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
    return _terms(found)


async def received(undertaking_id: int, member_state: str, since: date) -> list[Received]:
    """Everything granted to or declared by an undertaking's companies, later than `since`."""
    found = await rows(
        "SELECT granted_on, amount_minor, legal_basis FROM aid_grant g"  # noqa: S608
        f" WHERE {_OF_UNDERTAKING} AND member_state = $2 AND granted_on > $3 UNION ALL"
        " SELECT granted_on, amount_minor, legal_basis FROM declared_aid g"
        f" WHERE {_OF_UNDERTAKING} AND member_state = $2 AND granted_on > $3",
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
    return rules.headroom(basis, await received(company["undertaking"], state, since), on)


async def scheme_headroom(scheme_id: int, company_id: int, on: date) -> int | None:
    """The headroom that a grant of this scheme would meet, in minor units; None without a limit."""
    found = await row(
        "SELECT s.legal_basis, a.member_state, a.country FROM scheme s"
        " JOIN agency a ON a.id = s.agency WHERE s.id = $1",
        scheme_id,
    )
    if found is None:
        raise NotFound()
    state = found["member_state"] or found["country"]
    return (await headroom(company_id, found["legal_basis"], on, state)).left_minor


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
        f"{_GRANT} WHERE s.agency = $1 AND g.id < $2::bigint AND $3::date IS NOT NULL AND {wanted}"
        " ORDER BY g.id DESC LIMIT $4",
        actor.agency_id,
        _before(cursor),
        await today(actor),
        limit + 1,
    )
    return typed(GrantRow, found[:limit]), _next(found, limit)


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
        _GRANT
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
    return typed(GrantRow, await rows(_GRANT + " WHERE g.id = ANY($1::bigint[])", grant_ids))


async def grants_about(about: str) -> list[GrantRow]:
    """What was granted, and taken back, for one thing such as "application:12"."""
    return typed(GrantRow, await rows(_GRANT + " WHERE g.about = $1 ORDER BY g.id", about))


async def account(actor: Actor, company_id: int | None = None) -> Account:
    """A company's aid: its own, or for staff that of a company they name. Five statements."""
    if company_id is None:
        require(actor, "aid.own")
        company_id = actor.company_id
    else:
        require(actor, "aid.read")
    about = await row(
        "SELECT c.name, c.country, c.undertaking, u.name AS undertaking_name,"
        " (SELECT array_agg(o.name ORDER BY o.name) FROM company o"
        "   WHERE o.undertaking = c.undertaking) AS companies"
        " FROM company c JOIN undertaking u ON u.id = c.undertaking WHERE c.id = $1",
        company_id,
    )
    if about is None:
        raise NotFound()
    on = clock.now().date()
    grants = typed(
        GrantRow,
        await rows(
            f"{_GRANT} WHERE {_OF_UNDERTAKING} ORDER BY g.granted_on DESC, g.id DESC",
            about["undertaking"],
        ),
    )
    declared = typed(
        DeclaredRow,
        await rows(
            "SELECT g.*, r.id AS reversed_by FROM declared_aid g"  # noqa: S608
            " LEFT JOIN declared_aid r ON r.reverses = g.id"
            f" WHERE {_OF_UNDERTAKING} ORDER BY g.granted_on DESC, g.id DESC",
            about["undertaking"],
        ),
    )
    return Account(
        company_name=about["name"],
        undertaking_name=about["undertaking_name"],
        companies=about["companies"],
        member_state=about["country"],
        headrooms=_headrooms(grants, declared, about["country"], on),
        grants=grants,
        declared=declared,
        statement=await statement(int(company_id or 0)),
    )


async def statement(company_id: int) -> StatementRow | None:
    """What the company last said about itself, or None."""
    found = await row(
        "SELECT * FROM aid_statement WHERE company = $1 ORDER BY id DESC LIMIT 1", company_id
    )
    return None if found is None else typed(StatementRow, found)


def _headrooms(
    grants: list[GrantRow], declared: list[DeclaredRow], home: str, on: date
) -> list[HeadroomRow]:
    known: dict[str, list[Received]] = {}
    both: list[GrantRow | DeclaredRow] = [*grants, *declared]
    for one in both:
        known.setdefault(one.member_state, []).append(
            Received(one.granted_on, one.amount_minor, one.legal_basis)
        )
    states = [home, *sorted(state for state in known if state != home)]
    found = []
    for state in states:
        for code in law.codes():
            basis = law.basis_on(code, on)
            if basis is None or not basis.limits or not basis.de_minimis:
                continue
            room = rules.headroom(basis, known.get(state, ()), on)
            touched = any(one.legal_basis == code for one in known.get(state, ()))
            if room.ceiling_minor is None or room.left_minor is None or room.since is None:
                continue
            if touched or (code == "de_minimis" and state == home):
                found.append(
                    HeadroomRow(
                        legal_basis=code,
                        member_state=state,
                        ceiling_minor=room.ceiling_minor,
                        used_minor=room.used_minor,
                        left_minor=room.left_minor,
                        since=room.since,
                    )
                )
    return found


async def today(actor: Actor) -> date:
    """The day it is where the actor's agency works."""
    tz = await row("SELECT tz FROM agency WHERE id = $1", actor.agency_id)
    return clock.today(tz["tz"] if tz else "UTC")


def _terms(found: dict[str, Any]) -> SchemeTerms:
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
    )


def _before(cursor: str) -> int:
    return int(cursor) if cursor.isdecimal() and len(cursor) < 19 else 2**62


def _next(found: list[dict[str, Any]], limit: int) -> str | None:
    return str(found[limit - 1]["id"]) if len(found) > limit else None
