"""Issuing documents and keeping uploads."""

import asyncio
import hashlib
from collections.abc import Mapping

from server import clock, jobs
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, step, value
from server.documents.images import remade
from server.documents.rules import EXTENSIONS, LARGEST_PAPER, is_pdf, safe_filename
from server.documents.typesetting import exists
from server.errors import NotFound, Refused
from server.organisations.queries import letterhead
from server.text import N_, locale
from server.web.forms import Upload


@step
async def issue(
    *,
    kind: str,
    title: str,
    filename: str,
    template: str,
    content: Mapping[str, object],
    agency: int | None = None,
    company: int | None = None,
    about: str = "",
) -> int:
    """A PDF of `templates/documents/<template>.typ` with `content`, typeset after the commit.

    `content` is frozen now, together with the title, the language and the agency's letterhead.
    """
    if not exists(template):
        raise LookupError(f"There is no document template {template}.")
    frozen: dict[str, object] = {"title": title, "language": locale(), **content}
    if agency is not None and "agency" not in frozen:
        frozen["agency"] = await letterhead(agency)
    made = await value(
        "INSERT INTO document (kind, title, filename, media_type, agency, company, about, template,"
        " content, sha256, created_at)"
        " VALUES ($1, $2, $3, 'application/pdf', $4, $5, $6, $7, $8, '', $9) RETURNING id",
        kind,
        title,
        safe_filename(filename, "pdf"),
        agency,
        company,
        about,
        template,
        frozen,
        clock.now(),
    )
    await jobs.enqueue("documents.render", document_id=made)
    return int(made)


@step
async def keep_upload(
    actor: Actor,
    *,
    kind: str,
    filename: str,
    data: bytes,
    company: int | None = None,
    agency: int | None = None,
    about: str = "",
    field: str = "file",
) -> int:
    """A picture, made anew as PNG; refused on `field` when it is none. The document's id."""
    kept = await asyncio.to_thread(remade, data, field=field)
    name = safe_filename(filename, "png")
    made = await value(
        "INSERT INTO document (kind, title, filename, media_type, agency, company, about, bytes,"
        " sha256, created_at) VALUES ($1, $2, $2, 'image/png', $3, $4, $5, $6, $7, $8)"
        " RETURNING id",
        kind,
        name,
        agency,
        company,
        about,
        kept,
        hashlib.sha256(kept).hexdigest(),
        clock.now(),
    )
    await record(actor, "document.keep", "document", made, after={"kind": kind, "name": name})
    return int(made)


@step
async def keep_paper(
    actor: Actor,
    *,
    kind: str,
    upload: Upload,
    company: int | None = None,
    agency: int | None = None,
    about: str = "",
    field: str = "file",
) -> int:
    """A PDF as it came, or a picture made anew; refused on `field` when it is neither.

    Downloads are always saved and never run (documents/pages.py), so a PDF needs no washing.
    """
    if not is_pdf(upload.data):
        return await keep_upload(
            actor, kind=kind, filename=upload.filename, data=upload.data, company=company,
            agency=agency, about=about, field=field,
        )  # fmt: skip
    if len(upload.data) > LARGEST_PAPER:
        raise Refused(
            N_("The PDF is larger than 8 MB. Save it smaller and try again."), field=field
        )
    return await keep_file(
        actor, kind=kind, filename=upload.filename, media_type="application/pdf",
        data=upload.data, company=company, agency=agency, about=about,
    )  # fmt: skip


@step
async def keep_file(
    actor: Actor,
    *,
    kind: str,
    filename: str,
    media_type: str,
    data: bytes,
    company: int | None = None,
    agency: int | None = None,
    about: str = "",
) -> int:
    """A file exactly as it came, for a printer or as evidence; the document's id.

    The caller has looked at the bytes: `media_type` is what they are, not what was claimed. It is
    only ever handed out to be saved (`pages.download`).
    """
    name = safe_filename(filename, EXTENSIONS[media_type])
    made = await value(
        "INSERT INTO document (kind, title, filename, media_type, agency, company, about, bytes,"
        " sha256, created_at) VALUES ($1, $2, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id",
        kind,
        name,
        media_type,
        agency,
        company,
        about,
        data,
        hashlib.sha256(data).hexdigest(),
        clock.now(),
    )
    await record(
        actor, "document.keep", "document", made, after={"kind": kind, "name": name},
        agency_id=agency, company_id=company,
    )  # fmt: skip
    return int(made)


@action
async def change_logo(actor: Actor, upload: Upload | None) -> int:
    """Show `upload` as the logo of the company that `actor` acts for; None takes it away."""
    require(actor, "company.change")
    if actor.company_id is None:
        raise NotFound
    made = None
    if upload is not None:
        made = await keep_upload(
            actor,
            kind="logo",
            filename=upload.filename,
            data=upload.data,
            company=actor.company_id,
            field="logo",
        )
    before = await value(
        "SELECT logo_document FROM company WHERE id = $1 FOR UPDATE", actor.company_id
    )
    await execute("UPDATE company SET logo_document = $2 WHERE id = $1", actor.company_id, made)
    await record(
        actor, "company.logo", "company", actor.company_id,
        before={"document": before}, after={"document": made},
    )  # fmt: skip
    return actor.company_id


@action
async def change_agency_logo(actor: Actor, upload: Upload | None) -> int:
    """Print `upload` on what the actor's agency issues from now on; None takes it away. What was
    issued keeps the logo it had."""
    require(actor, "agency.change")
    if actor.agency_id is None:
        raise NotFound
    made = None
    if upload is not None:
        made = await keep_upload(
            actor,
            kind="logo",
            filename=upload.filename,
            data=upload.data,
            agency=actor.agency_id,
            field="logo",
        )
    before = await value(
        "SELECT logo_document FROM agency WHERE id = $1 FOR UPDATE", actor.agency_id
    )
    await execute("UPDATE agency SET logo_document = $2 WHERE id = $1", actor.agency_id, made)
    await record(
        actor, "agency.logo", "agency", actor.agency_id,
        before={"document": before}, after={"document": made},
    )  # fmt: skip
    return actor.agency_id
