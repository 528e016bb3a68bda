"""Documents are issued once, stay as they are, and are for their owners; uploads are made anew."""

import io
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from pypdf import PdfReader

from server import clock, jobs
from server.app import register_jobs
from server.database import action, execute, row, value
from server.documents import actions, queries, rules
from server.documents.typesetting import typeset
from tests.cast import Cast, Visitor

register_jobs()


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 20), **more: Any) -> bytes:
    """A small image."""
    written = io.BytesIO()
    Image.new("RGB", size, "#123456").save(written, kind, **more)
    return written.getvalue()


@action
async def _issue(cast: Cast, **more: Any) -> int:
    return await actions.issue(
        kind="letter",
        title="Admission",
        filename="Admission ../x.pdf",
        template="letter",
        content={"to": {"name": "Quinta do Vale"}, "body": 'Welcome #read("/etc/passwd")'},
        agency=cast.nordhafen,
        company=cast.quinta,
        about="application:1",
        **more,
    )


async def test_document_is_typeset_once_by_the_worker_and_frozen(cast: Cast) -> None:
    document = await _issue(cast)
    assert await value("SELECT bytes FROM document WHERE id = $1", document) is None
    await jobs.drain()
    kept = await row("SELECT * FROM document WHERE id = $1", document)
    assert kept is not None
    assert kept["bytes"].startswith(b"%PDF-")
    assert b"pdfuaid" in kept["bytes"]
    assert kept["content"]["agency"]["name"] == "Nordhafen Trade"
    for change in (
        "UPDATE document SET title = 'Other' WHERE id = $1",
        "UPDATE document SET bytes = 'x' WHERE id = $1",
        "DELETE FROM document WHERE id = $1",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await execute(change, document)


async def test_document_is_typeset_on_demand_and_the_job_finds_it_done(cast: Cast) -> None:
    document = await _issue(cast)
    filename, media_type, first = await queries.pdf(document)
    assert (filename, media_type) == ("x.pdf", "application/pdf")
    await jobs.drain()
    assert (await queries.pdf(document))[2] == first


async def test_document_is_downloaded_by_its_owners_only(cast: Cast, visitor: Visitor) -> None:
    document = await _issue(cast)
    answer = await cast.ana.get(f"/documents/{document}")
    assert answer.content.startswith(b"%PDF")
    assert answer.headers["content-disposition"].startswith("attachment; filename=")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (await cast.vera.get(f"/documents/{document}")).status_code == 200
    for other in (cast.carla, cast.nils, cast.paul):
        foreign = await other.get(f"/documents/{document}")
        missing = await other.get(f"/documents/{document + 1000}")
        assert foreign.status_code == missing.status_code == 404
    assert (await visitor.get(f"/documents/{document}")).status_code == 303
    assert "Admission" in (await cast.ana.get("/my/documents")).text


def test_letter_without_every_glyph_is_still_written() -> None:
    made = typeset("letter", {"title": "見本市", "agency": {"name": "東京"}}, clock.now())
    assert made.startswith(b"%PDF-")


async def _send_logo(
    cast: Cast, data: bytes, name: str = "logo.png", kind: str = "image/png"
) -> Any:
    return await cast.ana.send_form("/my/company/logo", files={"logo": (name, data, kind)})


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_logo_is_made_anew_and_served_to_everybody(
    cast: Cast, visitor: Visitor, kind: str
) -> None:
    data = picture(kind) + b"<script>alert(1)</script>"
    sent = await _send_logo(cast, data, "../../etc/lo\ngo.svg", "image/svg+xml")
    assert sent.status_code == 303
    shown = await visitor.get(f"/logo/{cast.quinta}")
    assert shown.headers["content-type"] == "image/png"
    assert shown.content.startswith(b"\x89PNG")
    assert b"script" not in shown.content
    assert f"/logo/{cast.quinta}" in (await cast.ana.get("/my/company")).text
    sent = await cast.ana.send_form("/my/company/logo", {"remove": "on"})
    assert sent.status_code == 303
    assert (await visitor.get(f"/logo/{cast.quinta}")).status_code == 404


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"%PDF-1.7",
        picture()[:60],
        b"\x00" * (rules.LARGEST_UPLOAD + 1),
        picture(size=(7000, 10)),
        b"GIF89a<html><script>",
    ],
    ids=["empty", "svg", "pdf", "cut off", "too large", "too wide", "half gif"],
)
async def test_upload_that_is_no_picture_is_refused_and_the_old_logo_stays(
    cast: Cast, data: bytes
) -> None:
    await _send_logo(cast, picture())
    before = await value("SELECT logo_document FROM company WHERE id = $1", cast.quinta)
    sent = await _send_logo(cast, data)
    assert sent.status_code == 422
    assert "govuk-error-message" in sent.text
    assert await value("SELECT logo_document FROM company WHERE id = $1", cast.quinta) == before


async def test_picture_of_too_many_pixels_is_refused_unread(cast: Cast) -> None:
    written = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(written, "PNG")
    bomb = written.getvalue()
    assert len(bomb) < rules.LARGEST_UPLOAD
    assert (await _send_logo(cast, bomb)).status_code == 422


@given(st.text(max_size=400))
def test_file_names_cannot_leave_their_header(name: str) -> None:
    header = rules.disposition(rules.safe_filename(name, "pdf"))
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
    assert "/" not in header


async def test_agency_logo_stands_on_what_is_issued_from_now_on(
    cast: Cast, visitor: Visitor
) -> None:
    """With what it shows as text, in a PDF that stays accessible and archivable; what was issued
    before is as it was, and only the owner changes it."""
    before = await _issue(cast)
    path, files = "/desk/settings/logo", {"logo": ("logo.png", picture(), "image/png")}
    assert (await cast.mara.get(path)).status_code == 403
    refused = await cast.olga.send_form(path, files={"logo": ("x.png", b"no picture", "image/png")})
    assert refused.status_code == 422
    assert (await cast.olga.send_form(path, files=files)).status_code == 303
    shown = await visitor.get(f"/agency-logo/{cast.nordhafen}")
    assert shown.content.startswith(b"\x89PNG")
    assert f"/agency-logo/{cast.nordhafen}" in (await cast.olga.get(path)).text
    after = await _issue(cast)
    await jobs.drain()
    old, new = [PdfReader(io.BytesIO((await queries.pdf(each))[2])) for each in (before, after)]
    assert list(old.pages[0].images) == []
    assert len(list(new.pages[0].images)) == 1
    raw = (await queries.pdf(after))[2]
    assert b"pdfuaid" in raw, "accessible: the picture has its words"
    assert (await cast.olga.send_form(path, {"remove": "on"})).status_code == 303
    assert (await visitor.get(f"/agency-logo/{cast.nordhafen}")).status_code == 404
    assert (await queries.pdf(after))[2] == raw
