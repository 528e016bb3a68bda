"""Taking aid back, lowering it, and noting what of it was accounted for: always by new rows."""

from datetime import date
from typing import Any

from server import clock
from server.accounts.permissions import Actor, require
from server.aid import euros, law, queries, rules
from server.aid.granting import release
from server.aid.written import commit_budget, hold_undertaking, insert_grant, scheme_of
from server.audit import record
from server.database import execute, row, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.money import of_bp
from server.text import N_

KEPT = (
    "scheme", "undertaking", "company", "eligible_minor", "intensity_bp", "legal_basis",
    "ceiling_minor", "limits", "beneficiary", "granted_on", "member_state", "about", "fair",
    "fair_on", "applied_on", "ordered_on", "series", "euro_rate", "euro_rate_on",
    "euro_rate_source",
)  # fmt: skip


@step
async def reverse(actor: Actor, *, about: str, why: str) -> list[int]:
    """Take back everything granted for `about` that is not taken back yet: the new rows.

    The negative row bears the date of the grant it takes back, so that both leave the rolling
    window together; it is due in the register again. Repeating it changes nothing.
    """
    require(actor, "aid.grant")
    await release(about=about)
    found = await rows(
        "SELECT g.* FROM aid_grant g JOIN scheme s ON s.id = g.scheme"
        " WHERE g.about = $1 AND g.reverses IS NULL AND (s.agency = $2 OR $3)"
        " AND NOT EXISTS (SELECT FROM aid_grant r WHERE r.reverses = g.id)"
        " ORDER BY g.undertaking, g.id",
        about,
        actor.agency_id,
        actor.system,
    )
    made = []
    for one in found:
        taken = await _take_back(actor, one, why)
        if taken is not None:
            made.append(taken)
    return made


@step
async def lower(actor: Actor, *, grant_id: int, amount_minor: int, why: str) -> int | None:
    """Take a grant back and grant what is left of it, on its own date; None where nothing is."""
    require(actor, "aid.pay")
    one = await row(
        "SELECT g.* FROM aid_grant g JOIN scheme s ON s.id = g.scheme"
        " WHERE g.id = $1 AND s.agency = $2",
        grant_id,
        actor.agency_id,
    )
    if one is None:
        raise NotFound()
    if not 0 <= amount_minor < one["amount_minor"]:
        raise Refused(N_("A grant can only be lowered."))
    if await _take_back(actor, one, why) is None:
        raise Conflict(N_("This grant was taken back a moment ago."))
    if amount_minor == 0:
        return None
    scheme = await scheme_of(actor, one["scheme"])
    basis = law.basis_on(one["legal_basis"], one["granted_on"], scheme["valid_from"])
    today = clock.today(scheme["tz"])
    charge_bp = queries.terms_of(scheme).bounds.charge_bp
    rate = euros.Rate(scheme["currency"], one["euro_rate"])
    euro_minor = None if one["euro_minor"] is None else rate.euro(amount_minor)
    published = (
        rules.publish_by(basis, euro_minor or amount_minor, today, one["beneficiary"]["nace_code"])
        if basis
        else None
    )
    made = await insert_grant(
        **{name: one[name] for name in KEPT if name != "intensity_bp"},
        charge_minor=of_bp(amount_minor, charge_bp),
        publish_due_on=published,
        intensity_bp=rules.intensity(amount_minor, one["eligible_minor"]),
        amount_minor=amount_minor,
        euro_minor=euro_minor,
        why=why,
        register_due_on=rules.register_due(basis, today, one["member_state"]) if basis else None,
    )
    await record(
        actor, "aid.lower", "aid_grant", made,
        before={"grant": grant_id, "amount_minor": one["amount_minor"]},
        after={"amount_minor": amount_minor}, why=why,
        agency_id=scheme["agency"], company_id=one["company"],
    )  # fmt: skip
    await commit_budget(scheme, amount_minor)
    return made


async def _take_back(actor: Actor, one: dict[str, Any], why: str) -> int | None:
    """The negative row of one grant, with its budget given back; None if it is there already."""
    await hold_undertaking(one["undertaking"])
    if await value("SELECT 1 FROM aid_grant WHERE reverses = $1", one["id"]):
        return None
    scheme = await scheme_of(actor, one["scheme"])
    basis = law.basis_on(one["legal_basis"], one["granted_on"], scheme["valid_from"])
    today = clock.today(scheme["tz"])
    grant_id = await insert_grant(
        **{name: one[name] for name in KEPT},
        amount_minor=-one["amount_minor"],
        euro_minor=None if one["euro_minor"] is None else -one["euro_minor"],
        reverses=one["id"],
        why=why,
        register_due_on=(rules.register_due(basis, today, one["member_state"]) if basis else None),
    )
    await record(
        actor,
        "aid.reverse",
        "aid_grant",
        grant_id,
        before={"grant": one["id"], "amount_minor": one["amount_minor"]},
        why=why,
        agency_id=scheme["agency"],
        company_id=one["company"],
    )
    await _unaccount(actor, one["id"], why, today)
    await execute(
        "UPDATE scheme SET committed_minor = committed_minor - $2 WHERE id = $1",
        one["scheme"],
        one["amount_minor"],
    )
    return grant_id


@step
async def account(actor: Actor, *, about: str) -> None:
    """Note aid that lowered a paid invoice as accounted for; what is paid after proof is not."""
    await execute(
        "INSERT INTO aid_payment (aid_grant, kind, amount_minor, charge_minor, paid_on,"
        " recorded_by, recorded_at) SELECT g.id, 'accounted', g.amount_minor, g.charge_minor,"
        " ($3::timestamptz AT TIME ZONE a.tz)::date, $2, $3 FROM aid_grant g"
        " JOIN scheme s ON s.id = g.scheme JOIN agency a ON a.id = s.agency WHERE g.about = $1"
        " AND g.reverses IS NULL AND s.subsidy_shown <> 'after_proof'"
        " AND NOT EXISTS (SELECT FROM aid_grant r WHERE r.reverses = g.id)"
        " AND NOT EXISTS (SELECT FROM aid_payment p WHERE p.aid_grant = g.id)",
        about,
        actor.person_id,
        clock.now(),
    )


@step
async def _unaccount(actor: Actor, grant_id: int, why: str, on: date) -> None:
    """Take accounted aid out again; money that was paid out stays until it has come back."""
    await execute(
        "INSERT INTO aid_payment (aid_grant, kind, amount_minor, charge_minor, paid_on, why,"
        " recorded_by, recorded_at) SELECT $1, 'accounted', -sum(amount_minor), -sum(charge_minor),"
        " $2, $3, $4, $5 FROM aid_payment WHERE aid_grant = $1 AND kind = 'accounted'"
        " HAVING sum(amount_minor) > 0",
        grant_id,
        on,
        why,
        actor.person_id,
        clock.now(),
    )
