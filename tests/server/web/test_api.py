"""The API: its document, its refusals, and acting once."""

from server.database import value
from tests.booths.calls.test_story import fill, open_call
from tests.cast import Cast, Visitor


async def test_document_names_every_endpoint_with_its_form(visitor: Visitor) -> None:
    """OpenAPI 3.1 with a schema for every body, and a page of our own that shows it."""
    found = (await visitor.get("/api/v1/openapi.json")).json()
    assert found["openapi"] == "3.1.0"
    body = found["paths"]["/api/v1/desk/calls"]["post"]["requestBody"]
    assert body["content"]["application/json"]["schema"]["$ref"].endswith("/CallForm")
    ids = [op["operationId"] for path in found["paths"].values() for op in path.values()]
    assert len(ids) == len(set(ids))
    shown = await visitor.get("/api/docs")
    assert shown.status_code == 200
    assert "/api/v1/desk/applications/decisions" in shown.text


async def test_refusal_is_problem_details_with_a_sentence_per_field(cast: Cast) -> None:
    """RFC 9457, and the page says the same."""
    async with await cast.mara.program() as program:
        answer = await program.post("/api/v1/desk/calls", json={"title": "Hi", "surprise": 1})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    fields = {each["field"]: each["detail"] for each in answer.json()["errors"]}
    assert "at least 5 characters" in fields["title"]
    assert fields["opens_at"] == "Opens is missing."


async def test_an_idempotency_key_acts_once(cast: Cast) -> None:
    """The same key and body replay the first answer; another body is refused."""
    made = await open_call(cast.mara)
    await fill(cast.ana, made["call"])
    async with await cast.ana.program() as program:
        mine = (await program.get("/api/v1/my/applications")).json()["items"][0]["id"]
        base = f"/api/v1/my/applications/{mine}"
        price = (await program.get(f"{base}/quote")).json()
        body = {"seen_total": price["total_minor"]}
        key = {"Idempotency-Key": "send-1"}
        first = await program.post(f"{base}/submission", json=body, headers=key)
        again = await program.post(f"{base}/submission", json=body, headers=key)
        other = await program.post(f"{base}/submission", json={"seen_total": 1}, headers=key)
    assert first.json() == again.json() == {"number": 1}
    assert again.headers["idempotent-replayed"] == "true"
    assert other.status_code == 422
    assert await value("SELECT count(*) FROM submission") == 1


async def test_lists_go_on_by_cursor(cast: Cast) -> None:
    """Each page names the next one; nothing comes twice."""
    made = await open_call(cast.mara)
    draft = {
        "title": "Another call", "booth": made["booth"], "price_list": made["prices"],
        "opens_at": "2027-01-01T09:00", "closes_at": "2027-02-01T09:00",
    }  # fmt: skip
    async with await cast.mara.program() as program:
        for _ in range(2):
            assert (await program.post("/api/v1/desk/calls", json=draft)).status_code == 201
        seen: list[int] = []
        cursor = ""
        while cursor is not None:
            found = (await program.get(f"/api/v1/desk/calls?limit=1&cursor={cursor}")).json()
            seen += [each["id"] for each in found["items"]]
            cursor = found["next"]
    assert sorted(seen, reverse=True) == seen
    assert len(seen) == 3


async def test_nobody_acts_without_a_token(visitor: Visitor) -> None:
    """A cookie is not enough for an act, and reading needs a role."""
    assert (await visitor.get("/api/v1/desk/board")).status_code == 401
    assert (await visitor.post("/api/v1/desk/calls", json={})).status_code == 401
    assert (await visitor.get("/api/v1/nothing")).status_code == 404
