"""Schemes, what companies declare, and the register. Granting itself is in `granting.py`."""

from typing import Any

import asyncpg

from server import clock
from server.accounts.permissions import Actor, require
from server.aid.forms import DeclaredAidForm, RegisteredForm, SchemeForm, StatementForm
from server.aid.granting import company_held
from server.aid.granting import grant as grant
from server.aid.granting import reverse as reverse
from server.aid.letters import issue_letter as issue_letter
from server.aid.rules import CEILING_CURRENCY, Mode, Shown
from server.audit import record
from server.database import action, execute, row, value
from server.errors import Conflict, NotFound, Refused
from server.money import format_money, to_minor
from server.text import N_

_TERMS = (
    "name", "reference", "legal_basis", "mode", "rate_bp", "fixed_per_m2_minor", "cap_minor",
    "currency", "budget_minor", "valid_from", "valid_until",
)  # fmt: skip
_CHANGED = N_(
    "Somebody else changed this a moment ago. What you typed is kept: look and save again."
)


@action
async def create_scheme(actor: Actor, form: SchemeForm) -> int:
    """A new scheme of the actor's agency."""
    require(actor, "scheme.write")
    terms = terms_of(form)
    scheme_id = int(
        await value(
            "INSERT INTO scheme (agency, name, reference, legal_basis, mode, rate_bp,"
            " fixed_per_m2_minor, cap_minor, currency, budget_minor, valid_from, valid_until,"
            " subsidy_shown, created_at)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14) RETURNING id",
            actor.agency_id,
            *(terms[name] for name in _TERMS),
            Shown.DISCOUNT.value,
            clock.now(),
        )
    )
    await record(actor, "scheme.create", "scheme", scheme_id, after=terms)
    return scheme_id


@action
async def change_scheme(actor: Actor, form: SchemeForm, *, scheme_id: int) -> int:
    """New name, dates or budget; new terms only while no aid was granted under the old ones."""
    require(actor, "scheme.write")
    before = await row(
        "SELECT * FROM scheme WHERE id = $1::bigint AND agency = $2 FOR UPDATE",
        scheme_id,
        actor.agency_id,
    )
    if before is None:
        raise NotFound()
    if form.version is not None and form.version != before["version"]:
        raise Conflict(_CHANGED)
    terms = terms_of(form)
    if terms["budget_minor"] < before["committed_minor"]:
        raise Refused(
            N_("{committed} of this budget are granted already: it cannot be less than that."),
            field="budget",
            committed=format_money(before["committed_minor"], before["currency"]),
        )
    try:
        await execute(
            "UPDATE scheme SET name=$2, reference=$3, legal_basis=$4, mode=$5, rate_bp=$6,"
            " fixed_per_m2_minor=$7, cap_minor=$8, currency=$9, budget_minor=$10, valid_from=$11,"
            " valid_until=$12, version = version + 1 WHERE id = $1",
            scheme_id,
            *(terms[name] for name in _TERMS),
        )
    except asyncpg.RestrictViolationError:
        raise Refused(
            N_(
                "A published call promises these terms, or aid was granted under them. The name,"
                " the dates and the budget can change; for other terms create a new scheme."
            )
        ) from None
    changed = {name: terms[name] for name in _TERMS if terms[name] != before[name]}
    await record(
        actor,
        "scheme.change",
        "scheme",
        scheme_id,
        before={name: before[name] for name in changed},
        after=changed,
    )
    return scheme_id


@action
async def declare_aid(actor: Actor, form: DeclaredAidForm) -> int:
    """Aid from elsewhere, as the company declares it; it counts from now on."""
    require(actor, "aid.declare")
    company = await company_held(actor.company_id)
    if form.granted_on > clock.now().date():
        raise Refused(N_("Aid is declared once it is granted."), field="granted_on")
    declared_id = int(
        await value(
            "INSERT INTO declared_aid (company, undertaking, amount_minor, granted_on, authority,"
            " legal_basis, member_state, declared_by, declared_at)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) RETURNING id",
            company["id"],
            company["undertaking"],
            to_minor(form.amount, CEILING_CURRENCY),
            form.granted_on,
            form.authority,
            form.legal_basis,
            form.member_state,
            actor.person_id,
            clock.now(),
        )
    )
    await record(actor, "aid.declare", "declared_aid", declared_id, after=form.typed())
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
            " linked_companies, said_by, said_at) VALUES ($1,$2,$3,$4,$5,$6,$7) RETURNING id",
            company["id"],
            company["undertaking"],
            form.in_difficulty,
            form.recovery_order,
            form.linked_companies,
            actor.person_id,
            clock.now(),
        )
    )
    await record(actor, "aid.state", "aid_statement", made, after=form.typed())
    return made


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


def terms_of(form: SchemeForm) -> dict[str, Any]:
    """The columns of a scheme from its form, by name."""

    def minor(amount: Any) -> int | None:
        return None if amount is None else to_minor(amount, form.currency)

    rate = form.mode is Mode.RATE
    return {
        "name": form.name,
        "reference": form.reference,
        "legal_basis": form.legal_basis,
        "mode": form.mode.value,
        "rate_bp": form.rate_bp if rate else None,
        "fixed_per_m2_minor": None if rate else minor(form.fixed_per_m2),
        "cap_minor": minor(form.cap),
        "currency": form.currency,
        "budget_minor": minor(form.budget),
        "valid_from": form.valid_from,
        "valid_until": form.valid_until,
    }
