"""What companies declare, and the register. Schemes: `budgets.py`; grants:
`granting.py` and `taking_back.py`.
"""

import asyncpg

from server import clock
from server.accounts.permissions import Actor, require
from server.aid.budgets import change_scheme as change_scheme
from server.aid.budgets import create_scheme as create_scheme
from server.aid.forms import DeclaredAidForm, PublishedForm, RegisteredForm, StatementForm
from server.aid.granting import grant as grant
from server.aid.letters import issue_letter as issue_letter
from server.aid.rules import CEILING_CURRENCY
from server.aid.taking_back import reverse as reverse
from server.aid.written import company_held
from server.audit import record
from server.database import action, execute, row, value
from server.documents.actions import keep_paper
from server.errors import Conflict, NotFound, Refused
from server.money import to_minor
from server.text import N_


@action
async def declare_aid(actor: Actor, form: DeclaredAidForm) -> int:
    """Aid from elsewhere, as the company declares it; it counts from now on."""
    require(actor, "aid.declare")
    company = await company_held(actor.company_id)
    if form.granted_on > clock.latest_day():
        raise Refused(N_("Aid is declared once it is granted."), field="granted_on")
    evidence = None
    if form.evidence is not None:
        evidence = await keep_paper(
            actor, kind="aid_evidence", upload=form.evidence, company=company["id"],
            about=f"company:{company['id']}", field="evidence",
        )  # fmt: skip
    declared_id = int(
        await value(
            "INSERT INTO declared_aid (company, undertaking, amount_minor, granted_on, authority,"
            " legal_basis, member_state, evidence, declared_by, declared_at)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10) RETURNING id",
            company["id"],
            company["undertaking"],
            to_minor(form.amount, CEILING_CURRENCY),
            form.granted_on,
            form.authority,
            form.legal_basis,
            form.member_state,
            evidence,
            actor.person_id,
            clock.now(),
        )
    )
    said = {name: kept for name, kept in form.typed().items() if name != "evidence"}
    said["evidence"] = evidence
    await record(actor, "aid.declare", "declared_aid", declared_id, after=said)
    return declared_id


@action
async def take_back_declared(actor: Actor, *, declared_id: int) -> int:
    """A slip in a declaration is taken back by a row of its own; the first stays readable."""
    require(actor, "aid.declare")
    company = await company_held(actor.company_id)
    try:
        made = await value(
            "INSERT INTO declared_aid (company, undertaking, amount_minor, granted_on, authority,"
            " legal_basis, member_state, reverses, declared_by, declared_at)"
            " SELECT company, undertaking, -amount_minor, granted_on, authority, legal_basis,"
            " member_state, id, $3, $4 FROM declared_aid"
            " WHERE id = $1::bigint AND company = $2 AND reverses IS NULL RETURNING id",
            declared_id,
            company["id"],
            actor.person_id,
            clock.now(),
        )
    except asyncpg.UniqueViolationError:
        raise Conflict(N_("This declaration was taken back before.")) from None
    if made is None:
        raise NotFound()
    await record(actor, "aid.take_back", "declared_aid", int(made), before={"id": declared_id})
    return int(made)


@action
async def state(actor: Actor, form: StatementForm) -> int:
    """What the company says about itself before aid is granted; the latest statement counts."""
    require(actor, "aid.declare")
    company = await company_held(actor.company_id)
    made = int(
        await value(
            "INSERT INTO aid_statement (company, undertaking, in_difficulty, recovery_order,"
            " linked_companies, vat_recoverable, said_by, said_at)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8) RETURNING id",
            company["id"],
            company["undertaking"],
            form.in_difficulty,
            form.recovery_order,
            form.linked_companies,
            form.vat_recoverable,
            actor.person_id,
            clock.now(),
        )
    )
    await record(actor, "aid.state", "aid_statement", made, after=form.typed())
    return made


@action
async def mark_published(actor: Actor, form: PublishedForm, *, grant_id: int) -> int:
    """Note the day on which a large award was published. Once only."""
    require(actor, "aid.register")
    found = await row(
        "SELECT g.granted_on, g.published_on, a.tz FROM aid_grant g"
        " JOIN scheme s ON s.id = g.scheme JOIN agency a ON a.id = s.agency"
        " WHERE g.id = $1::bigint AND s.agency = $2 AND g.publish_due_on IS NOT NULL"
        " FOR UPDATE OF g",
        grant_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound()
    if found["published_on"] is not None:
        raise Conflict(N_("This award was published on {on} already."), on=found["published_on"])
    if not found["granted_on"] <= form.published_on <= clock.today(found["tz"]):
        raise Refused(
            N_("The day of the publication lies between the grant ({first}) and today."),
            field="published_on",
            first=found["granted_on"],
        )
    await execute(
        "UPDATE aid_grant SET published_on = $2 WHERE id = $1", grant_id, form.published_on
    )
    await record(actor, "aid.publish", "aid_grant", grant_id, after=form.typed())
    return grant_id


@action
async def mark_registered(actor: Actor, form: RegisteredForm, *, grant_id: int) -> int:
    """Note the day on which a grant was entered in the public register. Once only."""
    require(actor, "aid.register")
    found = await row(
        "SELECT g.id, g.created_at, g.registered_on, a.tz FROM aid_grant g"
        " JOIN scheme s ON s.id = g.scheme JOIN agency a ON a.id = s.agency"
        " WHERE g.id = $1::bigint AND s.agency = $2 FOR UPDATE OF g",
        grant_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound()
    if found["registered_on"] is not None:
        raise Conflict(
            N_("This row was entered in the register on {on} already."), on=found["registered_on"]
        )
    first = clock.local(found["created_at"], found["tz"]).date()
    if not first <= form.registered_on <= clock.today(found["tz"]):
        raise Refused(
            N_("The day of the entry lies between the grant ({first}) and today."),
            field="registered_on",
            first=first,
        )
    await execute(
        "UPDATE aid_grant SET registered_on = $2, register_reference = $3 WHERE id = $1",
        grant_id,
        form.registered_on,
        form.register_reference,
    )
    await record(actor, "aid.register", "aid_grant", grant_id, after=form.typed())
    return grant_id
