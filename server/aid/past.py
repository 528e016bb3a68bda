"""Participations with aid from before this register: counted by tiers, caps and numbers."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from server import clock
from server.accounts.permissions import Actor, require
from server.aid import queries
from server.aid.scopes import companies_of
from server.audit import record
from server.database import action, rows, typed, value
from server.documents.actions import keep_paper
from server.errors import Refused
from server.money import to_minor
from server.text import N_, gettext
from server.web.forms import Form, Upload


class PastForm(Form, kw_only=True, frozen=True):
    """One earlier participation of a company, as the agency's files show it."""

    number: Annotated[
        str, Meta(min_length=3, max_length=80, title=N_("VAT ID or register number of the company"))
    ]
    fair: Annotated[str, Meta(min_length=2, max_length=200, title=N_("Fair"))]
    fair_on: Annotated[date, Meta(title=N_("First day of the fair"))]
    amount: Annotated[Decimal, Meta(ge=0, title=N_("Aid granted"))]
    source: Annotated[
        str,
        Meta(
            min_length=3,
            max_length=200,
            title=N_("Where it is written"),
            description=N_("The file, letter or list that says so, such as “Payments 2024, 7”."),
        ),
    ]
    evidence: Annotated[
        Upload | None,
        Meta(
            title=N_("A copy of it"),
            description=N_("A PDF or a picture, at most 8 MB. It is kept with the entry."),
        ),
    ] = None

    def check(self) -> dict[str, str]:
        """It is in the past."""
        if self.fair_on > clock.latest_day():
            return {"fair_on": gettext(N_("An earlier participation is in the past."))}
        return {}


class PastRow(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier participation that was entered by hand."""

    id: int
    company_name: str
    fair: str
    fair_on: date
    amount_minor: int
    source: str
    evidence: int | None
    said_by_name: str
    said_at: datetime


async def listed(actor: Actor, scheme_id: int) -> list[PastRow]:
    """What was entered for a scheme, the newest first."""
    await queries.scheme(actor, scheme_id)
    found = await rows(
        "SELECT p.*, c.name AS company_name, coalesce(w.name, '') AS said_by_name FROM aid_past p"
        " JOIN company c ON c.id = p.company LEFT JOIN person w ON w.id = p.said_by"
        " WHERE p.scheme = $1::bigint ORDER BY p.id DESC LIMIT 500",
        scheme_id,
    )
    return typed(PastRow, found)


@action
async def enter(actor: Actor, form: PastForm, *, scheme_id: int) -> int:
    """Enter an earlier participation: from now on the scheme counts it.

    Only of companies that have dealings with the agency (`scopes.py`): what is entered lowers what
    a company can have. Where it is written is kept, with a copy if there is one.
    """
    require(actor, "scheme.write")
    scheme = await queries.scheme(actor, scheme_id)
    number = "".join(form.number.split()).upper()
    company = await value(
        "SELECT id FROM company WHERE (upper(replace(vat_id, ' ', '')) = $1"
        " OR upper(replace(register_no, ' ', '')) = $1) AND id = ANY($2::bigint[])"
        " ORDER BY id LIMIT 1",
        number,
        await companies_of(actor),
    )
    if company is None:
        raise Refused(
            N_("No company with this number has applied to you or has aid of yours."
               " Nothing was entered."),
            field="number",
        )  # fmt: skip
    try:
        amount = to_minor(form.amount, scheme.currency)
    except Refused as refused:
        refused.field = "amount"
        raise
    evidence = None
    if form.evidence is not None:
        evidence = await keep_paper(
            actor, kind="aid_evidence", upload=form.evidence, agency=actor.agency_id,
            about=f"scheme:{scheme_id}", field="evidence",
        )  # fmt: skip
    made = int(
        await value(
            "INSERT INTO aid_past (scheme, company, fair, fair_on, amount_minor, source,"
            " evidence, said_by, said_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9) RETURNING id",
            scheme_id,
            company,
            form.fair,
            form.fair_on,
            amount,
            form.source,
            evidence,
            actor.person_id,
            clock.now(),
        )
    )
    said = {name: kept for name, kept in form.typed().items() if name != "evidence"}
    await record(
        actor, "aid.past", "scheme", scheme_id, after=said | {"evidence": evidence},
        company_id=company,
    )  # fmt: skip
    return made
