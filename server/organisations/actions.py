"""Verbs of agencies, companies and the people who act for them."""

import asyncpg

from server import clock, jobs
from server.accounts import passwords
from server.accounts import rules as account_rules
from server.accounts.actions import issue_token, person_for, redeem, start_session
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, rows, step, value
from server.errors import NotFound, Refused
from server.organisations.forms import (
    AcceptForm,
    AgencyForm,
    CompanyForm,
    InviteColleagueForm,
    InviteStaffForm,
)
from server.organisations.rules import AgencyRole, CompanyRole, is_eu, slug
from server.settings import load
from server.text import N_

_TAKEN = N_(
    "A company with this VAT ID is registered already. Ask a colleague who is signed up for it to"
    " invite you; if nobody knows who that is, write to the agency of the fair."
)


@action
async def register_company(actor: Actor, form: CompanyForm) -> int:
    """A new company with an undertaking of its own; `actor` becomes its admin. Its id."""
    require(actor, "company.register")
    assert actor.person_id is not None
    company_id = await _insert_company(form)
    await execute(
        "INSERT INTO company_member (company, person, role, since) VALUES ($1, $2, $3, $4)",
        company_id,
        actor.person_id,
        CompanyRole.ADMIN.value,
        clock.now(),
    )
    if actor.session_id is not None:
        await execute(
            "UPDATE session SET company_id = $2 WHERE id = $1", actor.session_id, company_id
        )
    await jobs.enqueue("billing.check_vat", company_id=company_id, why="profile")
    await record(
        actor, "company.register", "company", company_id,
        after=_told(form.facts()), company_id=company_id,
    )  # fmt: skip
    return company_id


async def _insert_company(form: CompanyForm) -> int:
    facts = form.facts()
    member_state = form.country if is_eu(form.country, clock.today("UTC")) else ""
    undertaking = await value(
        "INSERT INTO undertaking (name, member_state) VALUES ($1, $2) RETURNING id",
        form.legal_name,
        member_state,
    )
    facts |= {"undertaking": undertaking, "created_at": clock.now()}
    places = ", ".join(f"${n}" for n in range(1, len(facts) + 1))
    try:
        made = await value(
            f"INSERT INTO company ({', '.join(facts)}) VALUES ({places})"  # noqa: S608 - own names
            " RETURNING id",
            *facts.values(),
        )
    except asyncpg.UniqueViolationError:
        raise Refused(_TAKEN, field="vat_id") from None
    return int(made)


def _told(facts: dict[str, object]) -> dict[str, object]:
    """What the log keeps of a profile: bank data only as the fact that it changed."""
    return {k: "•••" if k == "iban" and v else v for k, v in facts.items() if v not in ("", None)}


@action
async def change_profile(actor: Actor, form: CompanyForm) -> int:
    """Replace the profile of the company that `actor` acts for; earlier documents keep theirs."""
    require(actor, "company.change")
    before = await row("SELECT * FROM company WHERE id = $1 FOR UPDATE", actor.company_id)
    if before is None:
        raise NotFound
    facts = form.facts()
    if facts["vat_id"] == before["vat_id"]:
        facts["vat_state"] = before["vat_state"]
    changed = {name: new for name, new in facts.items() if before[name] != new}
    if not changed:
        return int(before["id"])
    places = ", ".join(f"{name} = ${n}" for n, name in enumerate(changed, 2))
    try:
        await execute(
            f"UPDATE company SET {places} WHERE id = $1",  # noqa: S608 - names of our own columns
            before["id"],
            *changed.values(),
        )
    except asyncpg.UniqueViolationError:
        raise Refused(_TAKEN, field="vat_id") from None
    if "vat_id" in changed:
        await jobs.enqueue("billing.check_vat", company_id=before["id"], why="profile")
    await record(
        actor, "company.change", "company", before["id"],
        before=_told({name: before[name] for name in changed}), after=_told(changed),
    )  # fmt: skip
    return int(before["id"])


@action
async def invite_colleague(actor: Actor, form: InviteColleagueForm) -> None:
    """Mail a link with which somebody joins the company that `actor` acts for."""
    require(actor, "company.invite")
    assert actor.company_id is not None
    await _invite(actor, "company", actor.company_id, form.name, form.email, form.role.value)


@action
async def invite_staff(actor: Actor, form: InviteStaffForm) -> None:
    """Mail a link with which somebody joins the agency that `actor` acts for."""
    require(actor, "agency.invite")
    assert actor.agency_id is not None
    await _invite(actor, "agency", actor.agency_id, form.name, form.email, form.role.value)


_MEMBERS = {
    "company": "SELECT 1 FROM company_member m JOIN person p ON p.id = m.person"
    " WHERE m.company = $1 AND p.email = $2",
    "agency": "SELECT 1 FROM agency_member m JOIN person p ON p.id = m.person"
    " WHERE m.agency = $1 AND p.email = $2",
}
_NAMES = {
    "company": "SELECT name FROM company WHERE id = $1",
    "agency": "SELECT name FROM agency WHERE id = $1",
}


@step
async def _invite(
    actor: Actor, kind: str, organisation_id: int, name: str, email: str, role: str
) -> None:
    email = email.lower()
    if await value(_MEMBERS[kind], organisation_id, email):
        raise Refused(N_("{email} is a member already."), field="email", email=email)
    token = await issue_token("invite", email, kind=kind, id=organisation_id, role=role)
    await jobs.enqueue(
        "mail.compose",
        to_email=email,
        to_name=name,
        template="invite",
        context={
            "inviter": actor.name,
            "organisation": await value(_NAMES[kind], organisation_id),
            "link": f"{load().base_url.rstrip('/')}/invite?token={token}",
        },
    )
    await record(
        actor, f"{kind}.invite", kind, organisation_id, after={"email": email, "role": role}
    )


async def accept_invitation(actor: Actor, form: AcceptForm) -> str | None:
    """Join by a mailed link. The token of a new session, or None if `actor` is signed in."""
    password_hash = None
    if form.password:
        fault = account_rules.password_fault(form.password, "", form.name)
        if fault:
            raise Refused(fault, field="password")
        password_hash = await passwords.hashed(form.password)
    return await _accept(actor, form, password_hash)


@action
async def _accept(actor: Actor, form: AcceptForm, password_hash: str | None) -> str | None:
    found = await redeem("invite", form.token)
    email, offer = found["email"], found["details"]
    known = await row(
        "SELECT id, name, password_hash IS NOT NULL AND confirmed_at IS NOT NULL AS ready"
        " FROM person WHERE email = $1 FOR UPDATE",
        email,
    )
    signed_in = known is not None and known["id"] == actor.person_id
    if known is not None and known["ready"]:
        if not signed_in:
            raise Refused(
                N_(
                    "{email} has an account here already. Sign in with it, then follow the"
                    " link again."
                ),
                email=email,
            )
        person_id, name = known["id"], known["name"]
    else:
        if len(form.name) < 2:
            raise Refused(N_("Give your name."), field="name")
        if password_hash is None:
            raise Refused(N_("Choose a password."), field="password")
        person_id, name = await person_for(email, form.name, password_hash), form.name
        await execute(
            "UPDATE person SET name = $2, password_hash = $3 WHERE id = $1"
            " AND password_hash IS DISTINCT FROM $3",
            person_id,
            name,
            password_hash,
        )
    await _join(person_id, offer["kind"], int(offer["id"]), offer["role"])
    kind, organisation_id = offer["kind"], int(offer["id"])
    await record(
        Actor(person_id=person_id, name=name), f"{kind}.join", kind, organisation_id,
        after={"role": offer["role"]},
        agency_id=organisation_id if kind == "agency" else None,
        company_id=organisation_id if kind == "company" else None,
    )  # fmt: skip
    return None if signed_in else await start_session(person_id)


_JOIN = {
    "company": "INSERT INTO company_member (company, person, role, since) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (company, person) DO UPDATE SET role = excluded.role",
    "agency": "INSERT INTO agency_member (agency, person, role, since) VALUES ($1, $2, $3, $4)"
    " ON CONFLICT (agency, person) DO UPDATE SET role = excluded.role",
}


@step
async def _join(person_id: int, kind: str, organisation_id: int, role: str) -> None:
    await execute(_JOIN[kind], organisation_id, person_id, role, clock.now())


@action
async def remove_colleague(actor: Actor, *, person_id: int) -> None:
    """End a membership of the company that `actor` acts for; never that of its last admin."""
    require(actor, "company.invite")
    await _remove(
        actor,
        await rows(
            "SELECT person, role FROM company_member WHERE company = $1 FOR UPDATE",
            actor.company_id,
        ),
        person_id,
        CompanyRole.ADMIN.value,
        "DELETE FROM company_member WHERE company = $1 AND person = $2",
        "UPDATE session SET company_id = NULL WHERE company_id = $1 AND person = $2",
        actor.company_id,
    )


@action
async def remove_staff(actor: Actor, *, person_id: int) -> None:
    """End a membership of the agency that `actor` acts for; never that of its last owner."""
    require(actor, "agency.invite")
    await _remove(
        actor,
        await rows(
            "SELECT person, role FROM agency_member WHERE agency = $1 FOR UPDATE", actor.agency_id
        ),
        person_id,
        AgencyRole.OWNER.value,
        "DELETE FROM agency_member WHERE agency = $1 AND person = $2",
        "UPDATE session SET agency_id = NULL WHERE agency_id = $1 AND person = $2",
        actor.agency_id,
    )


@step
async def _remove(
    actor: Actor,
    members: list[dict[str, object]],
    person_id: int,
    keeper: str,
    leave: str,
    forget: str,
    organisation_id: int | None,
) -> None:
    roles = {each["person"]: each["role"] for each in members}
    if person_id not in roles:
        raise NotFound
    if roles[person_id] == keeper and list(roles.values()).count(keeper) == 1:
        raise Refused(
            N_("This is the last person who may invite others. Give somebody else that role first.")
        )
    await execute(leave, organisation_id, person_id)
    await execute(forget, organisation_id, person_id)
    await record(actor, "member.remove", "person", person_id, before={"role": roles[person_id]})


@action
async def change_agency(actor: Actor, form: AgencyForm) -> int:
    """Replace the profile of the agency that `actor` acts for; issued documents keep theirs."""
    require(actor, "agency.change")
    before = await row("SELECT * FROM agency WHERE id = $1 FOR UPDATE", actor.agency_id)
    if before is None:
        raise NotFound
    changed = {name: new for name, new in form.facts().items() if before[name] != new}
    if changed:
        places = ", ".join(f"{name} = ${n}" for n, name in enumerate(changed, 2))
        await execute(
            f"UPDATE agency SET {places} WHERE id = $1",  # noqa: S608 - names of our own columns
            before["id"],
            *changed.values(),
        )
        await record(
            actor, "agency.change", "agency", before["id"],
            before={name: before[name] for name in changed}, after=changed,
        )  # fmt: skip
    return int(before["id"])


@action
async def create_agency(
    actor: Actor,
    form: AgencyForm,
    *,
    owner_name: str,
    owner_email: str,
    owner_password_hash: str | None = None,
) -> int:
    """A new agency and its owner, who gets an invitation by mail unless a password is given."""
    require(actor, "agency.create")
    facts = form.facts() | {"slug": slug(form.name), "created_at": clock.now()}
    places = ", ".join(f"${n}" for n in range(1, len(facts) + 1))
    try:
        agency_id = await value(
            f"INSERT INTO agency ({', '.join(facts)}) VALUES ({places})"  # noqa: S608 - own names
            " RETURNING id",
            *facts.values(),
        )
    except asyncpg.UniqueViolationError:
        raise Refused(N_("There is an agency of this name already."), field="name") from None
    if owner_password_hash is None:
        await _invite(actor, "agency", agency_id, owner_name, owner_email, AgencyRole.OWNER.value)
    else:
        owner = await person_for(owner_email, owner_name, owner_password_hash)
        await _join(owner, "agency", agency_id, AgencyRole.OWNER.value)
    await record(
        actor, "agency.create", "agency", agency_id, after={"name": form.name}, agency_id=agency_id
    )
    return int(agency_id)
