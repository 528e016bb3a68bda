"""Companies under one control: declared by a company, confirmed by an agency, joined and parted.

Which companies are one undertaking: Article 2(2) of Regulation (EU) 2023/2831. Aid goes where its
company goes: when undertakings join, all that each had counts for both (Article 3(8)); when they
part, it stays with the company that used it, or is shared by the value of equity where that cannot
be said (Article 3(9)).
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import asyncpg
import msgspec
from msgspec import Meta

from server import clock
from server.accounts.permissions import Actor, require
from server.aid import queries
from server.aid.scopes import companies_of
from server.aid.written import hold_undertaking
from server.audit import record
from server.database import LARGEST_ID, action, execute, page_id, row, rows, step, typed, value
from server.errors import Conflict, NotFound, Refused
from server.text import N_, gettext
from server.web.forms import Form

CONTROL = {
    "votes": N_("One has the majority of the votes in the other"),
    "board": N_("One may appoint or remove the majority of the other’s board"),
    "contract": N_("One has a dominant influence by contract or statutes"),
    "agreement": N_("One controls the majority of the votes alone, by agreement with others"),
}


class LinkForm(Form, kw_only=True, frozen=True):
    """A link to another company of this installation, named by its VAT or register number."""

    number: Annotated[
        str,
        Meta(
            min_length=3,
            max_length=80,
            title=N_("VAT ID or register number of the other company"),
            description=N_("As it stands in its own profile."),
        ),
    ]
    kind: Annotated[
        Literal["votes", "board", "contract", "agreement"], Meta(title=N_("What links the two"))
    ]
    since_on: Annotated[date, Meta(title=N_("Since"))]

    def check(self) -> dict[str, str]:
        """A link that holds already."""
        if self.since_on > clock.latest_day():
            return {"since_on": gettext(N_("Declare a link once it holds."))}
        return {}


class LinkDecision(Form, kw_only=True, frozen=True):
    """Whether the agency confirms what a company declares."""

    decision: Annotated[Literal["confirmed", "refused"], Meta(title=N_("Decision"))]
    why: Annotated[str, Meta(max_length=1000, title=N_("Why"))] = ""


class PartForm(Form, kw_only=True, frozen=True):
    """The end of a link: since when, and who takes which part of the aid along."""

    ended_on: Annotated[date, Meta(title=N_("Ended on"))]
    equity: Annotated[
        Decimal | None,
        Meta(
            ge=0,
            le=100,
            title=N_("Share of the equity that leaves, in percent"),
            description=N_(
                "Only where the aid cannot be given to the activity it was used for. Empty: each"
                " company keeps the aid that it had."
            ),
        ),
    ] = None


class LinkRow(msgspec.Struct, frozen=True, kw_only=True):
    """A declared link between two companies."""

    id: int
    company: int
    company_name: str
    other: int
    other_name: str
    kind: str
    since_on: date
    state: str
    why: str
    declared_at: datetime
    ended_on: date | None


_LINK = (
    "SELECT l.*, c.name AS company_name, o.name AS other_name FROM undertaking_link l"
    " JOIN company c ON c.id = l.company JOIN company o ON o.id = l.other"
)


async def own_links(actor: Actor) -> list[LinkRow]:
    """Links of the actor's company, the newest first."""
    require(actor, "aid.own")
    found = await rows(
        _LINK + " WHERE l.company = $1 OR l.other = $1 ORDER BY l.id DESC LIMIT 200",
        actor.company_id,
    )
    return typed(LinkRow, found)


async def all_links(actor: Actor) -> list[LinkRow]:
    """Links of companies that have to do with the agency: what waits for a decision first."""
    require(actor, "aid.read")
    found = await rows(
        _LINK + " WHERE l.company = ANY($1::bigint[]) OR l.other = ANY($1::bigint[])"
        " ORDER BY l.state = 'declared' DESC, l.id DESC LIMIT 200",
        await companies_of(actor),
    )
    return typed(LinkRow, found)


async def links_page(
    actor: Actor, *, cursor: str = "", limit: int = 50
) -> tuple[list[LinkRow], str | None]:
    """The same links, or those of the actor's own company, the newest first, for the API."""
    require(actor, "aid.read" if actor.agency_id else "aid.own")
    found = await rows(
        _LINK + " WHERE l.id < $2::bigint AND (l.company = ANY($1::bigint[])"
        " OR l.other = ANY($1::bigint[])) ORDER BY l.id DESC LIMIT $3",
        await companies_of(actor) if actor.agency_id else [actor.company_id],
        page_id(cursor) or LARGEST_ID,
        limit + 1,
    )
    following = str(found[limit - 1]["id"]) if len(found) > limit else None
    return typed(LinkRow, found[:limit]), following


async def link(actor: Actor, link_id: int) -> LinkRow:
    """One link of such a company; NotFound otherwise."""
    require(actor, "aid.read")
    found = await row(
        _LINK + " WHERE l.id = $1::bigint"
        " AND (l.company = ANY($2::bigint[]) OR l.other = ANY($2::bigint[]))",
        link_id,
        await companies_of(actor),
    )
    if found is None:
        raise NotFound()
    return typed(LinkRow, found)


@action
async def declare_link(actor: Actor, form: LinkForm) -> int:
    """A company says that another is under one control with it; an agency confirms it."""
    require(actor, "aid.declare")
    number = "".join(form.number.split()).upper()
    other = await value(
        "SELECT id FROM company WHERE id <> $2 AND (upper(replace(vat_id, ' ', '')) = $1"
        " OR upper(replace(register_no, ' ', '')) = $1) ORDER BY id LIMIT 1",
        number,
        actor.company_id,
    )
    if other is None:
        raise Refused(
            N_(
                "No other company here has this number. If it has no profile, name it in your"
                " statement about companies under one control."
            ),
            field="number",
        )
    try:
        made = int(
            await value(
                "INSERT INTO undertaking_link (company, other, kind, since_on, state, declared_by,"
                " declared_at) VALUES ($1,$2,$3,$4,'declared',$5,$6) RETURNING id",
                actor.company_id,
                other,
                form.kind,
                form.since_on,
                actor.person_id,
                clock.now(),
            )
        )
    except asyncpg.UniqueViolationError:
        raise Conflict(N_("This link is declared already.")) from None
    await record(actor, "aid.link", "undertaking_link", made, after=form.typed())
    return made


@action
async def decide_link(actor: Actor, form: LinkDecision, *, link_id: int) -> int:
    """Confirm a link, which joins the two undertakings for every agency, or refuse it.

    An agency decides to which one of the two has applied, or that gave one of them aid.
    """
    require(actor, "aid.grant")
    await link(actor, link_id)
    found = await _held(link_id, "declared")
    await execute(
        "UPDATE undertaking_link SET state = $2, why = $3, decided_by = $4, decided_at = $5"
        " WHERE id = $1",
        link_id,
        form.decision,
        form.why,
        actor.person_id,
        clock.now(),
    )
    if form.decision == "confirmed":
        await _join(found["company"], found["other"])
    await record(
        actor, "aid.decide_link", "undertaking_link", link_id,
        after={"state": form.decision}, why=form.why, company_id=found["company"],
    )  # fmt: skip
    return link_id


@action
async def part(actor: Actor, form: PartForm, *, link_id: int) -> int:
    """End a confirmed link: what no other link holds together becomes two undertakings."""
    require(actor, "aid.grant")
    await link(actor, link_id)
    found = await _held(link_id, "confirmed")
    if not found["since_on"] <= form.ended_on <= await queries.today(actor):
        raise Refused(
            N_("The end lies between the beginning of the link and today."), field="ended_on"
        )
    await execute(
        "UPDATE undertaking_link SET state = 'ended', ended_on = $2 WHERE id = $1",
        link_id,
        form.ended_on,
    )
    stay = await _reached(found["company"])
    leave = await _reached(found["other"])
    if stay != leave:
        await _part(link_id, found["company"], found["other"], stay, leave, form.equity)
    await record(
        actor, "aid.part", "undertaking_link", link_id,
        after=form.typed(), company_id=found["company"],
    )  # fmt: skip
    return link_id


async def _held(link_id: int, state: str) -> dict[str, Any]:
    found = await row("SELECT * FROM undertaking_link WHERE id = $1::bigint FOR UPDATE", link_id)
    if found is None:
        raise NotFound()
    if found["state"] != state:
        raise Conflict(N_("Somebody decided on this link already."))
    return found


async def _undertaking(company_id: int) -> int:
    return int(await value("SELECT undertaking FROM company WHERE id = $1", company_id))


@step
async def _join(company_id: int, other_id: int) -> None:
    """All companies of the second undertaking come to the first, with the aid they had."""
    first, second = await _undertaking(company_id), await _undertaking(other_id)
    for one in sorted({first, second}):
        await hold_undertaking(one)
    if first != second:
        await execute("UPDATE company SET undertaking = $2 WHERE undertaking = $1", second, first)


async def _reached(company_id: int) -> set[int]:
    """The companies that confirmed links hold together with one."""
    found = await rows(
        "WITH RECURSIVE near AS (SELECT $1::integer AS id UNION SELECT"
        " CASE WHEN l.company = near.id THEN l.other ELSE l.company END FROM near"
        " JOIN undertaking_link l ON l.state = 'confirmed'"
        " AND near.id IN (l.company, l.other)) SELECT id FROM near",
        company_id,
    )
    return {one["id"] for one in found}


@step
async def _part(
    link_id: int,
    stays: int,
    leaves: int,
    stay: set[int],
    leave: set[int],
    equity: Decimal | None,
) -> None:
    """An undertaking of its own for those who leave; by equity, sums are moved as well."""
    old = await _undertaking(stays)
    await hold_undertaking(old)
    if equity is not None:
        await _share(link_id, stays, leaves, stay, leave, equity)
    new = await value(
        "INSERT INTO undertaking (name, member_state) SELECT name, country FROM company"
        " WHERE id = $1 RETURNING id",
        leaves,
    )
    await execute(
        "UPDATE company SET undertaking = $1 WHERE id = ANY($2::integer[]) AND undertaking = $3",
        new,
        sorted(leave),
        old,
    )


@step
async def _share(
    link_id: int, stays: int, leaves: int, stay: set[int], leave: set[int], equity: Decimal
) -> None:
    """Move what each side has too much of: by basis, State and day, to the cent below."""
    for one in await rows(
        "SELECT legal_basis, member_state, granted_on, sum(amount_minor)::bigint AS whole,"
        " coalesce(sum(amount_minor) FILTER (WHERE company = ANY($2::integer[])), 0)::bigint"
        " AS with_leaving FROM aid_received WHERE company = ANY($1::integer[]) AND what <> 'hold'"
        " GROUP BY 1, 2, 3 HAVING sum(amount_minor) <> 0 ORDER BY 3, 1, 2",
        sorted(stay | leave),
        sorted(leave),
    ):
        moved = int(one["whole"] * equity / 100) - one["with_leaving"]
        for company, amount in ((leaves, moved), (stays, -moved)):
            if amount:
                await execute(
                    "INSERT INTO aid_moved (link, company, amount_minor, granted_on, legal_basis,"
                    " member_state, created_at) VALUES ($1,$2,$3,$4,$5,$6,$7)",
                    link_id,
                    company,
                    amount,
                    one["granted_on"],
                    one["legal_basis"],
                    one["member_state"],
                    clock.now(),
                )
