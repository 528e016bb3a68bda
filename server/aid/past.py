"""Participations with aid from before this register: counted by tiers, caps and numbers."""

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec
from msgspec import Meta

from server import clock
from server.accounts.permissions import Actor, require
from server.aid import queries
from server.audit import record
from server.database import action, rows, typed, value
from server.errors import Refused
from server.money import to_minor
from server.text import N_, gettext
from server.web.forms import Form


class PastForm(Form, kw_only=True, frozen=True):
    """One earlier participation of a company, as the agency's files show it."""

    number: Annotated[
        str, Meta(min_length=3, max_length=80, title=N_("VAT ID or register number of the company"))
    ]
    fair: Annotated[str, Meta(min_length=2, max_length=200, title=N_("Fair"))]
    fair_on: Annotated[date, Meta(title=N_("First day of the fair"))]
    amount: Annotated[Decimal, Meta(ge=0, title=N_("Aid granted"))]

    def check(self) -> dict[str, str]:
        """It is in the past."""
        if self.fair_on > clock.now().date():
            return {"fair_on": gettext(N_("An earlier participation is in the past."))}
        return {}


class PastRow(msgspec.Struct, frozen=True, kw_only=True):
    """An earlier participation that was entered by hand."""

    id: int
    company_name: str
    fair: str
    fair_on: date
    amount_minor: int


async def listed(actor: Actor, scheme_id: int) -> list[PastRow]:
    """What was entered for a scheme, the newest first."""
    await queries.scheme(actor, scheme_id)
    found = await rows(
        "SELECT p.*, c.name AS company_name FROM aid_past p JOIN company c ON c.id = p.company"
        " WHERE p.scheme = $1::bigint ORDER BY p.id DESC LIMIT 500",
        scheme_id,
    )
    return typed(PastRow, found)


@action
async def enter(actor: Actor, form: PastForm, *, scheme_id: int) -> int:
    """Enter an earlier participation: from now on the scheme counts it."""
    require(actor, "scheme.write")
    scheme = await queries.scheme(actor, scheme_id)
    number = "".join(form.number.split()).upper()
    company = await value(
        "SELECT id FROM company WHERE upper(replace(vat_id, ' ', '')) = $1"
        " OR upper(replace(register_no, ' ', '')) = $1 ORDER BY id LIMIT 1",
        number,
    )
    if company is None:
        raise Refused(N_("No company here has this number."), field="number")
    try:
        amount = to_minor(form.amount, scheme.currency)
    except Refused as refused:
        refused.field = "amount"
        raise
    made = int(
        await value(
            "INSERT INTO aid_past (scheme, company, fair, fair_on, amount_minor, said_by, said_at)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7) RETURNING id",
            scheme_id,
            company,
            form.fair,
            form.fair_on,
            amount,
            actor.person_id,
            clock.now(),
        )
    )
    await record(actor, "aid.past", "scheme", scheme_id, after=form.typed(), company_id=company)
    return made
