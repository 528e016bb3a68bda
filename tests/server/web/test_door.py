"""What every answer carries, whatever was asked, and what a broken request gets."""

import pytest

from server.database import execute
from server.web.static import url
from tests.cast import Cast, Visitor

EVERYWHERE = (
    "/", "/fairs", "/nothing-here", "/login", "/api/v1/me", "/api/v1/nothing", "/cal/all.ics",
    "/healthz", "/documents/1", "/stripe/webhook",
)  # fmt: skip


@pytest.mark.parametrize("path", EVERYWHERE)
async def test_every_answer_carries_the_headers(path: str, visitor: Visitor) -> None:
    """A strict policy, no sniffing, no framing; anonymous pages set no cookie."""
    answer = await visitor.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] in ("same-origin", "no-referrer")
    assert "set-cookie" not in answer.headers


async def test_static_files_are_kept_for_ever_and_answer_304(visitor: Visitor) -> None:
    """Names carry their hash, so nothing is asked twice."""
    found = await visitor.get(url("pavilion.css"))
    assert "immutable" in found.headers["cache-control"]
    again = await visitor.get(url("pavilion.css"), headers={"if-none-match": found.headers["etag"]})
    assert again.status_code == 304
    assert "content-security-policy" in found.headers


async def test_private_pages_are_not_stored(cast: Cast) -> None:
    """The back button after signing out shows nothing."""
    answer = await cast.ana.get("/my")
    assert answer.headers["cache-control"] == "no-store"
    assert "Cookie" in answer.headers["vary"]


async def test_head_is_the_get_without_its_body(visitor: Visitor) -> None:
    """The same headers, no bytes."""
    answer = await visitor.head("/fairs")
    assert answer.status_code == 200
    assert answer.content == b""


async def test_a_fault_of_ours_shows_a_reference_and_nothing_else(visitor: Visitor) -> None:
    """No trace, no SQL; the log has the reference."""
    await execute("ALTER TABLE fair RENAME TO fair_gone")
    page = await visitor.get("/fairs")
    assert page.status_code == 500
    assert "Reference" in page.text
    assert "fair_gone" not in page.text
    assert "Traceback" not in page.text
    problem = await visitor.get("/api/v1/fairs")
    assert (problem.status_code, problem.headers["content-type"]) == (
        500, "application/problem+json",
    )  # fmt: skip
    assert set(problem.json()) == {"type", "title", "status", "detail", "reference"}


async def test_requests_that_cannot_be(visitor: Visitor) -> None:
    """Wrong methods, huge ids, huge bodies: a sentence each, never a fault."""
    assert (await visitor.request("TRACE", "/fairs")).status_code == 405
    assert (await visitor.put("/fairs")).status_code == 405
    assert (await visitor.get("/fairs/x/booths/99999999999999999999")).status_code == 404
    large = await visitor.post("/api/v1/tokens", content=b'{"email": "' + b"x" * 11_000_000)
    assert large.status_code == 413
    broken = await visitor.post("/api/v1/tokens", content=b"{")
    assert (broken.status_code, broken.json()["detail"][:4]) == (422, "Some")
    deep = await visitor.post("/api/v1/tokens", content=b"[" * 100_000)
    assert deep.status_code == 422


async def test_text_of_people_stays_text(cast: Cast) -> None:
    """Markup in a field is shown, not run; control characters are refused."""
    path = "/my/company/aid/declare"
    shown = await cast.ana.send_form(path, {"authority": "<script>alert(1)</script>"})
    assert shown.status_code == 422
    assert "<script>alert" not in shown.text
    assert "&lt;script&gt;" in shown.text
    refused = await cast.ana.send_form(path, {"authority": "a\x00b"})
    assert "cannot be kept" in refused.text
