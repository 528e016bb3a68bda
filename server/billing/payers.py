"""Public bodies: they pay late and surely, so their stand is confirmed before they have paid."""

from datetime import datetime

import msgspec

from server import audit, clock
from server.accounts.permissions import Actor, require
from server.billing.owed_forms import PublicForm
from server.database import action, execute, row, typed, value
from server.documents.actions import keep_paper
from server.errors import Conflict, NotFound
from server.text import N_


class PublicRow(msgspec.Struct, frozen=True, kw_only=True):
    """That an agency counts a company as a public body: why, since when, and its term to pay.
    `evidence` is the document that shows it."""

    term_days: int
    why: str
    evidence: int | None
    marked_by_name: str | None
    since: datetime


async def term_days(agency_id: int, company_id: int) -> int | None:
    """The days that a public body has to pay; None for anybody else."""
    found = await value(
        "SELECT term_days FROM public_payer WHERE agency = $1 AND company = $2"
        " AND ended_at IS NULL",
        agency_id,
        company_id,
    )
    return None if found is None else int(found)


async def public(actor: Actor, company_id: int) -> PublicRow | None:
    """Whether and why the actor's agency counts a company as a public body."""
    require(actor, "money.read")
    found = await row(
        "SELECT u.term_days, u.why, u.evidence, p.name AS marked_by_name, u.since"
        " FROM public_payer u LEFT JOIN person p ON p.id = u.marked_by WHERE u.agency = $1"
        " AND u.company = $2 AND u.ended_at IS NULL",
        actor.agency_id,
        company_id,
    )
    return typed(PublicRow, found) if found else None


@action
async def mark(actor: Actor, form: PublicForm, *, company_id: int) -> int:
    """Count a company as a public body, with what shows it; a second mark replaces the first."""
    require(actor, "payer.mark")
    if not await value("SELECT 1 FROM company WHERE id = $1 FOR UPDATE", company_id):
        raise NotFound
    now = clock.now()
    await execute(
        "UPDATE public_payer SET ended_at = $3 WHERE agency = $1 AND company = $2"
        " AND ended_at IS NULL",
        actor.agency_id,
        company_id,
        now,
    )
    evidence = None
    if form.evidence is not None:
        evidence = await keep_paper(
            actor, kind="public_evidence", upload=form.evidence, agency=actor.agency_id,
            about=f"company:{company_id}", field="evidence",
        )  # fmt: skip
    await execute(
        "INSERT INTO public_payer (agency, company, term_days, why, marked_by, since, evidence)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7)",
        actor.agency_id,
        company_id,
        form.term_days,
        form.why.strip(),
        actor.person_id,
        now,
        evidence,
    )
    await audit.record(
        actor, "payer.mark", "company", company_id,
        after={"term_days": form.term_days, "evidence": evidence},
        why=form.why, company_id=company_id,
    )  # fmt: skip
    return company_id


@action
async def unmark(actor: Actor, *, company_id: int) -> int:
    """Count a company as any other from now on; what is confirmed stays so."""
    require(actor, "payer.mark")
    found = await value(
        "UPDATE public_payer SET ended_at = $3 WHERE agency = $1 AND company = $2"
        " AND ended_at IS NULL RETURNING id",
        actor.agency_id,
        company_id,
        clock.now(),
    )
    if found is None:
        raise Conflict(N_("This company is not marked as a public body. Nothing was changed."))
    await audit.record(actor, "payer.unmark", "company", company_id, company_id=company_id)
    return company_id
