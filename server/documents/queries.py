"""Reads of documents, scoped to whom they were issued to or by."""

import asyncio
import hashlib
from datetime import datetime
from typing import Any

import msgspec

from server.accounts.permissions import Actor, require
from server.database import execute, page_id, row, rows, typed, value
from server.documents import guards
from server.documents.images import as_svg
from server.documents.typesetting import typeset
from server.errors import NotFound
from server.text import N_, gettext


class DocumentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A document in a list."""

    id: int
    kind: str
    title: str
    filename: str
    media_type: str
    about: str
    created_at: datetime


_COLUMNS = "id, kind, title, filename, media_type, about, created_at"


async def titles(document_ids: list[int]) -> list[tuple[int, str]]:
    """What documents are called, in the order asked for."""
    found = await rows(
        "SELECT d.id, d.title FROM unnest($1::bigint[]) WITH ORDINALITY a (id, place)"
        " JOIN document d ON d.id = a.id ORDER BY a.place",
        document_ids,
    )
    return [(each["id"], each["title"]) for each in found]


async def pdf(document_id: int) -> tuple[str, str, bytes]:
    """File name, media type and bytes; a document that no worker has typeset yet is typeset now."""
    found = await row("SELECT * FROM document WHERE id = $1::bigint", document_id)
    if found is None:
        raise NotFound
    return found["filename"], found["media_type"], await _bytes(found)


async def _bytes(found: dict[str, Any]) -> bytes:
    if found["bytes"] is not None:
        return bytes(found["bytes"])
    content = await _with_logo(found["content"])
    made = await asyncio.to_thread(typeset, found["template"], content, found["created_at"])
    await execute(
        "UPDATE document SET bytes = $2, sha256 = $3 WHERE id = $1 AND bytes IS NULL",
        found["id"],
        made,
        hashlib.sha256(made).hexdigest(),
    )
    kept = await row("SELECT bytes FROM document WHERE id = $1", found["id"])
    assert kept is not None
    return bytes(kept["bytes"])


async def download(actor: Actor, document_id: int) -> tuple[str, str, bytes]:
    """The same, for whoever the document belongs to; for all others it does not exist.

    Refused with its reason where a room above keeps this member of staff away from it.
    """
    require(actor, "document.read")
    mine = await row(
        "SELECT about FROM document WHERE id = $1::bigint AND (company = $2 OR agency = $3)",
        document_id,
        actor.company_id,
        actor.agency_id,
    )
    if mine is None:
        raise NotFound
    refused = guards.refusal(await guards.closed_to(actor), mine["about"])
    if refused is not None:
        raise refused
    return await pdf(document_id)


async def _with_logo(content: dict[str, Any]) -> dict[str, Any]:
    """The content with the logo that the agency had when it was frozen: its document stays."""
    agency = content.get("agency") or {}
    kept = agency.get("logo_document")
    if not kept:
        return content
    data = await value("SELECT bytes FROM document WHERE id = $1::bigint", kept)
    picture = await asyncio.to_thread(as_svg, bytes(data))
    says = gettext(N_("Logo of {name}"), name=agency["name"])
    return content | {"agency": agency | {"logo": picture, "logo_says": says}}


async def agency_logo(agency_id: int) -> bytes | None:
    """An agency's logo as PNG, or None."""
    found = await row(
        "SELECT d.bytes FROM agency a JOIN document d ON d.id = a.logo_document"
        " WHERE a.id = $1::bigint",
        agency_id,
    )
    return None if found is None else bytes(found["bytes"])


async def logo(company_id: int) -> bytes | None:
    """A company's logo as PNG, or None."""
    found = await row(
        "SELECT d.bytes FROM company c JOIN document d ON d.id = c.logo_document"
        " WHERE c.id = $1::bigint",
        company_id,
    )
    return None if found is None else bytes(found["bytes"])


async def documents_about(about: str) -> list[DocumentRow]:
    """What was issued about one thing, such as "application:12", newest first."""
    found = await rows(
        f"SELECT {_COLUMNS} FROM document WHERE about = $1"  # noqa: S608 - own names
        " ORDER BY created_at DESC, id DESC",
        about,
    )
    return typed(DocumentRow, found)


async def own_documents(
    actor: Actor, *, cursor: str = "", limit: int = 50
) -> tuple[list[DocumentRow], str]:
    """What was issued to the company, or by the agency, that `actor` acts for, newest first.

    What is closed to a member of staff is left out.
    """
    require(actor, "document.read")
    before = page_id(cursor)
    found = await rows(
        f"SELECT {_COLUMNS} FROM document"  # noqa: S608 - own names
        " WHERE (company = $1 OR agency = $2) AND template IS NOT NULL"
        " AND ($3::bigint IS NULL OR id < $3) AND NOT EXISTS (SELECT FROM unnest($5::text[]) c"
        " WHERE about = c OR starts_with(about, c || ':')) ORDER BY id DESC LIMIT $4",
        actor.company_id,
        actor.agency_id,
        before,
        limit + 1,
        list(await guards.closed_to(actor)),
    )
    shown = typed(DocumentRow, found[:limit])
    return shown, str(shown[-1].id) if len(found) > limit else ""
