"""VAT IDs asked of VIES: when, what it said, and what follows.

Rule. A VAT ID, of a company or of a payer that it names, counts as long as VIES has not said that
it is invalid: form and check digits are looked at offline before it is kept. VIES is asked when a
VAT ID changes, on the day of each invoice with reverse charge, and again later while it was
unavailable; its silence never keeps anybody from anything. Once it says "invalid", quotes and
invoices treat the buyer as one without a VAT ID (`vat.vat_decision`), with the reason printed;
where an invoice with reverse charge went out on the same day, the agency is asked to look. Every
answer is kept as evidence and never changed.
"""

from datetime import datetime, timedelta
from typing import Any

import msgspec

from server import audit, clock
from server.accounts.permissions import SYSTEM, Actor, require
from server.billing import vies
from server.database import action, execute, page_id, row, rows, typed, value
from server.errors import Conflict, NotFound, Refused
from server.text import N_

PAGE = 50
REASONS = {
    "profile": N_("The profile was saved"),
    "invoice": N_("An invoice was issued"),
    "later": N_("VIES could not be reached before"),
    "desk": N_("Somebody of the agency asked"),
}


class CheckRow(msgspec.Struct, frozen=True, kw_only=True):
    """One question to VIES and its answer."""

    id: int
    company: int
    company_name: str
    vat_id: str
    answer: str
    consultation: str
    name: str
    address: str
    why: str
    invoice: int | None
    number: str | None
    asked_by_name: str
    asked_at: datetime


_CHECK = (
    "SELECT k.id, k.company, c.name AS company_name, k.vat_id, k.answer, k.consultation, k.name,"
    " k.address, k.why, k.invoice, i.number, k.asked_by_name, k.asked_at FROM vat_check k"
    " JOIN company c ON c.id = k.company LEFT JOIN invoice i ON i.id = k.invoice"
    " AND i.agency = $1::bigint"
)
_CONCERNS = "(k.agency = $1 OR k.agency IS NULL)"


async def check(
    company_id: int, *, why: str, agency_id: int | None = None, invoice_id: int | None = None,
    actor: Actor = SYSTEM, payer_id: int | None = None,
) -> vies.Answer | None:  # fmt: skip
    """Ask VIES about the VAT ID of a company, or of a payer that it named, and keep the answer;
    None where there is nothing to ask.

    Outside of any transaction. Who asks is the agency, or the one agency of this installation.
    """
    found = await row(
        "SELECT vat_id FROM company WHERE id = $1::bigint AND $2::bigint IS NULL"
        " UNION ALL SELECT vat_id FROM payer WHERE company = $1::bigint AND id = $2",
        company_id,
        payer_id,
    )
    if found is None or not vies.can_ask(found["vat_id"]):
        return None
    requester = await row(
        "SELECT vat_id FROM agency WHERE vat_id <> '' AND ($1::bigint IS NULL OR id = $1)"
        " ORDER BY id LIMIT 1",
        agency_id,
    )
    said = await vies.ask(found["vat_id"], requester["vat_id"] if requester else "")
    await _keep(actor, company_id, found["vat_id"], said, why, agency_id, invoice_id, payer_id)
    return said.answer


@action
async def _keep(
    actor: Actor, company_id: int, vat_id: str, said: vies.Said, why: str, agency_id: int | None,
    invoice_id: int | None, payer_id: int | None,
) -> None:  # fmt: skip
    """The evidence, and the state of the company or payer if its VAT ID is still the one that was
    asked about."""
    before = await row(
        "SELECT vat_id, vat_state FROM company WHERE id = $1::bigint FOR UPDATE", company_id
    )
    assert before is not None
    await execute(
        "INSERT INTO vat_check (company, agency, invoice, vat_id, answer, consultation, name,"
        " address, raw, why, asked_by, asked_by_name, asked_at, payer)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14)",
        company_id, agency_id, invoice_id, vat_id, said.answer.value, said.consultation, said.name,
        said.address, said.raw, why, actor.person_id, actor.name, clock.now(), payer_id,
    )  # fmt: skip
    silent = said.answer is vies.Answer.UNAVAILABLE
    if payer_id is not None and not silent:  # every payer of the company with this VAT ID
        await execute(
            "UPDATE payer SET vat_state = $3 WHERE company = $1::bigint AND vat_id = $2",
            company_id,
            vat_id,
            said.answer.value,
        )
    if (
        silent
        or payer_id is not None
        or before["vat_id"] != vat_id
        or before["vat_state"] == said.answer
    ):
        return
    await execute(
        "UPDATE company SET vat_state = $2 WHERE id = $1::bigint", company_id, said.answer.value
    )
    await audit.record(
        actor, "company.vat_checked", "company", company_id,
        before={"vat_state": before["vat_state"]},
        after={"vat_state": said.answer.value, "consultation": said.consultation},
        agency_id=agency_id, company_id=company_id,
    )  # fmt: skip


async def check_again(actor: Actor, *, company_id: int) -> int:
    """The agency's own question about a company; its id. Refused where VIES cannot be asked."""
    require(actor, "vat.check")
    if actor.agency_id is None:
        raise NotFound
    vat_id = await value("SELECT vat_id FROM company WHERE id = $1::bigint", company_id)
    if vat_id is None:
        raise NotFound
    if not vies.can_ask(vat_id):
        raise Refused(
            N_("VIES cannot be asked about this company: it has no VAT ID of a Member State.")
        )
    said = await check(company_id, why="desk", agency_id=actor.agency_id, actor=actor)
    if said is vies.Answer.UNAVAILABLE:
        raise Conflict(
            N_("VIES did not answer. That is kept, too; nothing else changed. Try again later.")
        )
    return company_id


async def to_ask_again(limit: int = 50) -> list[tuple[int, int | None]]:
    """Companies, and payers of companies, whose VAT ID VIES never answered about: (company, payer),
    the longest unasked first."""
    found = await rows(
        "SELECT c.id, c.payer FROM"
        " (SELECT id, NULL::bigint AS payer, vat_id, vat_state FROM company"
        " UNION ALL SELECT company, id, vat_id, vat_state FROM payer WHERE ended_at IS NULL) c"
        " LEFT JOIN LATERAL (SELECT max(asked_at) AS at FROM vat_check"
        " WHERE company = c.id AND vat_id = c.vat_id) k ON true"
        " WHERE c.vat_state = 'unchecked' AND left(c.vat_id, 2) = ANY($1)"
        " AND (k.at IS NULL OR k.at < $2) ORDER BY k.at NULLS FIRST, c.id, c.payer LIMIT $3",
        sorted(vies.COUNTRIES),
        clock.now() - timedelta(hours=3),
        limit,
    )
    return [(each["id"], each["payer"]) for each in found]


async def checks(
    actor: Actor, *, company_id: int | None = None, cursor: str = "", limit: int = PAGE
) -> tuple[list[CheckRow], str]:
    """What VIES was asked and said, newest first: of one company or of all."""
    require(actor, "money.read")
    found = await rows(
        f"{_CHECK} WHERE {_CONCERNS} AND ($2::bigint IS NULL OR k.company = $2)"
        " AND ($3::bigint IS NULL OR k.id < $3) ORDER BY k.id DESC LIMIT $4",
        actor.agency_id,
        company_id,
        page_id(cursor),
        limit + 1,
    )
    shown = typed(CheckRow, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else ""


async def doubts(actor: Actor) -> list[dict[str, Any]]:
    """Standing invoices with reverse charge whose VAT ID VIES called invalid on their day."""
    require(actor, "money.read")
    return await rows(
        "SELECT DISTINCT i.id, i.number, c.name AS company_name, k.vat_id FROM vat_check k"
        " JOIN invoice i ON i.id = k.invoice JOIN company c ON c.id = i.company"
        " WHERE k.answer = 'invalid' AND i.agency = $1::bigint AND i.state <> 'credited'"
        " ORDER BY i.id LIMIT 100",
        actor.agency_id,
    )


async def last(company_id: int) -> CheckRow | None:
    """The newest answer about the VAT ID that a company has now."""
    found = await rows(
        f"{_CHECK} WHERE k.company = $2::bigint AND k.vat_id = c.vat_id ORDER BY k.id DESC LIMIT 1",
        None,
        company_id,
    )
    return typed(CheckRow, found[0]) if found else None
