"""Who has a conflict of interest with an applicant reads none of its papers, by whatever way."""

from server import clock, jobs
from server.database import execute, rows, value
from tests.booths.calls.test_story import done
from tests.booths.hub.conftest import Prepared, picture
from tests.booths.hub.test_hub import task_of


async def evaluates(prepared: Prepared, conflict: bool | None) -> int:
    """Vera evaluates the call by points, and has said so much of Quinta do Vale."""
    vera = prepared.cast.vera.person_id
    await execute(
        "INSERT INTO ranking_plan (call, plan, version, frozen_at, seed, commitment) VALUES ($1,"
        ' \'{"mode": ["points"], "criteria": [{"key": "c1", "name": "Fit", "weight_bp": 10000,'
        " \"awards\": []}]}', 1, $2, 's', encode(sha256('s'), 'hex'))",
        prepared.call,
        clock.now(),
    )
    await execute(
        "INSERT INTO evaluator (call, person, since) VALUES ($1, $2, $3)",
        prepared.call, vera, clock.now(),
    )  # fmt: skip
    if conflict is not None:
        await execute(
            "INSERT INTO conflict_declaration (application, person, conflict, why, at)"
            " VALUES ($1, $2, $3, 'My sister works there.', $4)",
            prepared.application, vera, conflict, clock.now(),
        )  # fmt: skip
    return vera


async def papers(prepared: Prepared) -> dict[int, str]:
    """Every document of the company with its kind, a file for a task among them."""
    policy = {"insurer": "Seguros do Norte", "policy": "P-77", "valid_until": "2027-10-13"}
    path = f"{prepared.hub}/{await task_of('insurance')}"
    proof = {"file": ("proof.pdf", picture(20, 20, "PDF"), "application/pdf")}
    done(await prepared.cast.ana.send_form(path, policy, files=proof))
    await jobs.drain()
    found = await rows(
        "SELECT id, kind FROM document WHERE company = $1 AND agency = $2",
        prepared.cast.quinta,
        prepared.cast.nordhafen,
    )
    kinds = {each["id"]: each["kind"] for each in found}
    assert {"receipt", "admission", "invoice", "hub-insurance"} <= set(kinds.values())
    return kinds


async def test_a_conflict_closes_every_paper_of_the_application(prepared: Prepared) -> None:
    vera, finn = prepared.cast.vera, prepared.cast.finn
    kinds = await papers(prepared)
    for one in kinds:
        assert (await vera.get(f"/documents/{one}")).status_code == 200
    await evaluates(prepared, True)
    for one, kind in kinds.items():
        refused = await vera.get(f"/documents/{one}")
        assert refused.status_code == 403, kind
        assert "conflict of interest" in refused.text
        assert (await finn.get(f"/documents/{one}")).status_code == 200, kind
        assert (await prepared.cast.ana.get(f"/documents/{one}")).status_code == 200, kind
    async with await vera.program() as program, await finn.program() as other:
        mine = (await program.get("/api/v1/documents")).json()["items"]
        theirs = (await other.get("/api/v1/documents")).json()["items"]
        assert not {each["id"] for each in mine} & set(kinds)
        assert {each["id"] for each in theirs} >= {
            one for one, kind in kinds.items() if not kind.startswith("hub-")
        }
        dossier = f"/api/v1/desk/applications/{prepared.application}"
        for path in (dossier, f"{dossier}/supplements"):
            assert (await program.get(path)).status_code == 403
            assert (await other.get(path)).status_code == 200
    base = f"/desk/applications/{prepared.application}"
    for path in (base, f"{base}/hub", f"{base}/sent/1", f"{base}/files/1", f"{base}/evidence/1"):
        assert (await vera.get(path)).status_code == 403, path


async def test_an_evaluator_declares_before_reading_any_paper(prepared: Prepared) -> None:
    vera = prepared.cast.vera
    kinds = await papers(prepared)
    await evaluates(prepared, None)
    for one, kind in kinds.items():
        refused = await vera.get(f"/documents/{one}")
        assert refused.status_code == 403, kind
        assert "Declare first" in refused.text
    async with await vera.program() as program:
        path = f"/api/v1/desk/applications/{prepared.application}"
        assert (await program.get(path)).status_code == 403
        await execute(
            "INSERT INTO conflict_declaration (application, person, conflict, at)"
            " VALUES ($1, $2, false, $3)",
            prepared.application, vera.person_id, clock.now(),
        )  # fmt: skip
        assert (await program.get(path)).status_code == 200
    for one in kinds:
        assert (await vera.get(f"/documents/{one}")).status_code == 200
    assert await value("SELECT count(*) FROM ranking_decision") == 0
