"""An application shown to another agency: what was sent, to read, until it is taken back."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from booths.calls import queries
from booths.calls.rows import Dossier
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import LARGEST_ID, action, execute, page_id, row, rows, typed, value
from server.errors import Conflict, NotFound, Refused
from server.text import N_
from server.web.forms import Form


class ShareForm(Form, kw_only=True):
    """With whom, and why."""

    agency: Annotated[int, Meta(title=N_("Agency"))]
    why: Annotated[
        str,
        Meta(
            title=N_("Reason"),
            description=N_("It stands in the log of both agencies."),
            min_length=5,
            max_length=1000,
        ),
    ]


class EndShareForm(Form):
    """The press on "Stop sharing"."""


class ShareRow(msgspec.Struct, frozen=True, kw_only=True):
    """An application that another agency may read."""

    id: int
    application: int
    reference: str
    company_name: str
    call_title: str
    fair_name: str
    owner_name: str
    agency: int
    agency_name: str
    why: str
    shared_at: datetime
    tz: str


class AgencyChoice(msgspec.Struct, frozen=True, kw_only=True):
    """An agency that may be shown an application."""

    id: int
    name: str


_SHARE = """
SELECT s.id, s.application, x.reference, co.name AS company_name, c.title AS call_title,
       f.name AS fair_name, o.name AS owner_name, s.agency, a.name AS agency_name, s.why,
       s.shared_at, a.tz
FROM application_share s
JOIN application x ON x.id = s.application
JOIN company co ON co.id = x.company
JOIN call c ON c.id = x.call
JOIN booth b ON b.id = c.booth
JOIN fair f ON f.id = b.fair
JOIN agency o ON o.id = c.agency
JOIN agency a ON a.id = s.agency
WHERE s.ended_at IS NULL
"""


async def of_application(application_id: int) -> list[ShareRow]:
    """Who else may read an application. For callers that have checked whose it is."""
    return typed(
        ShareRow,
        await rows(f"{_SHARE} AND s.application = $1 ORDER BY s.id", application_id),
    )


async def with_us(
    actor: Actor, *, cursor: str = "", limit: int = 50
) -> tuple[list[ShareRow], str | None]:
    """Applications that other agencies have shared with the actor's, the newest first."""
    require(actor, "application.shared")
    found = await rows(
        f"{_SHARE} AND s.agency = $1 AND s.id < $2::bigint ORDER BY s.id DESC LIMIT $3",
        actor.agency_id,
        page_id(cursor) or LARGEST_ID,
        limit + 1,
    )
    shared = typed(ShareRow, found[:limit])
    return shared, str(shared[-1].id) if len(found) > limit else None


async def choices(actor: Actor, application_id: int) -> list[AgencyChoice]:
    """Agencies of shared booths at the fair, or any other, that cannot read it yet."""
    found = await rows(
        "SELECT a.id, a.name FROM agency a WHERE a.id <> $1 AND NOT EXISTS (SELECT FROM"
        " application_share s WHERE s.application = $2 AND s.agency = a.id"
        " AND s.ended_at IS NULL) ORDER BY a.name, a.id LIMIT 500",
        actor.agency_id,
        application_id,
    )
    return typed(AgencyChoice, found)


async def shared_dossier(actor: Actor, application_id: int) -> Dossier:
    """What was sent last, for an agency that it is shared with; without the owner's note."""
    require(actor, "application.shared")
    owner = await value(
        "SELECT c.agency FROM application_share s JOIN application x ON x.id = s.application"
        " JOIN call c ON c.id = x.call WHERE s.application = $1 AND s.agency = $2"
        " AND s.ended_at IS NULL",
        application_id,
        actor.agency_id,
    )
    if owner is None:
        raise NotFound
    return msgspec.structs.replace(await queries.sent_dossier(owner, application_id), note="")


@action
async def share(actor: Actor, form: ShareForm, *, application_id: int) -> int:
    """Let another agency read what was sent."""
    require(actor, "application.share")
    await queries.desk_dossier(actor, application_id)
    if form.agency == actor.agency_id or not await value(
        "SELECT 1 FROM agency WHERE id = $1", form.agency
    ):
        raise Refused(N_("Choose another agency of this installation."), field="agency")
    made = await value(
        "INSERT INTO application_share (application, agency, why, shared_by, shared_at)"
        " VALUES ($1,$2,$3,$4,$5) ON CONFLICT DO NOTHING RETURNING id",
        application_id,
        form.agency,
        form.why,
        actor.person_id,
        clock.now(),
    )
    if made is None:
        raise Conflict(N_("This agency can read the application already."), field="agency")
    for agency in (actor.agency_id, form.agency):
        await record(
            actor, "application.share", "application", application_id,
            after={"agency": form.agency}, why=form.why, agency_id=agency,
        )  # fmt: skip
    return int(made)


@action
async def stop_sharing(actor: Actor, _: EndShareForm, *, share_id: int) -> int:
    """The other agency may not read it any more."""
    require(actor, "application.share")
    found = await row(
        "SELECT s.application, s.agency FROM application_share s"
        " JOIN application x ON x.id = s.application JOIN call c ON c.id = x.call"
        " WHERE s.id = $1 AND c.agency = $2 AND s.ended_at IS NULL FOR UPDATE OF s",
        share_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound
    await execute("UPDATE application_share SET ended_at = $2 WHERE id = $1", share_id, clock.now())
    for agency in (actor.agency_id, found["agency"]):
        await record(
            actor, "application.unshare", "application", found["application"],
            before={"agency": found["agency"]}, agency_id=agency,
        )  # fmt: skip
    return int(found["application"])
