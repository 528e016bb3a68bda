"""Files through the API: the same limits as on the page, as parts or in base64."""

import io
from base64 import b64encode
from datetime import timedelta

from PIL import Image

from booths.calls import queries
from server import clock
from server.database import value
from tests.booths.calls.test_answers import begin, stay_signed_in
from tests.booths.calls.test_story import done, send
from tests.booths.questions.test_form import draft, publish, question, section
from tests.cast import Cast

PICTURE = io.BytesIO()
Image.new("RGB", (40, 30), "red").save(PICTURE, "PNG")
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer<<>>\n%%EOF"


async def test_a_program_answers_with_files_before_and_after_sending(cast: Cast) -> None:
    made = await draft(cast.mara)
    call, now = made["call"], clock.now()
    part = await section(cast.mara, call, "Papers")
    key = await question(cast.mara, call, part, "Price list", kind="file", required=None)
    until = (clock.local(now, "Europe/Berlin") + timedelta(days=40)).replace(tzinfo=None)
    late = await question(
        cast.mara, call, part, "Proof of insurance", kind="file",
        answer_until=until.isoformat("T", "minutes"),
    )  # fmt: skip
    await publish(cast.mara, call)
    application, (task,) = await begin(cast.ana, call)
    base = f"/api/v1/my/applications/{application}"
    path = f"{base}/sections/{part}/files/{key}"

    async def answers() -> dict[str, object]:
        found = (await queries.own_dossier(await cast.ana.actor(), application)).answers
        return {name: each for name, each in found.items() if each}

    async with await cast.ana.program() as program, await cast.carla.program() as other:
        once = {"Idempotency-Key": "price-list"}
        for _ in range(2):
            sent = await program.post(path, files={"file": ("prices.pdf", PDF)}, headers=once)
            assert sent.status_code == 201, sent.text
        assert (await answers())[key]["name"] == "prices.pdf"  # type: ignore[index]
        assert await value("SELECT count(*) FROM document WHERE kind = 'answer'") == 1
        data = b64encode(PICTURE.getvalue()).decode()
        plain = {"filename": "p.png", "media_type": "", "data": data}
        assert (await program.post(path, json={"file": plain})).status_code == 201
        assert (await answers())[key]["name"] == "p.png"  # type: ignore[index]
        for bad in (b"", b"MZ not a document", b"%PDF-1.7 cut short", PDF + b" " * 9_000_000):
            refused = await program.post(path, files={"file": ("x.pdf", bad)})
            assert refused.status_code == 422, bad[:20]
        broken = await program.post(path, json={"file": {**plain, "data": "%%%"}})
        assert broken.status_code == 422
        assert (await program.post(path, json={"file": "prices.pdf"})).status_code == 422
        wrong = f"{base}/sections/{part}/files/nothing"
        assert (await program.post(wrong, files={"file": ("x.pdf", PDF)})).status_code == 404
        assert (await other.post(path, files={"file": ("x.pdf", PDF)})).status_code == 404
        assert (await program.post(f"{path}/removal", json={})).status_code == 200
        assert key not in await answers()
        form = {"asked": [key, late], f"q_{late}": ""}
        done(await cast.ana.send_form(f"/my/applications/{application}/{task}", form))
        done(await send(cast.ana, application))
    with clock.travel(now + timedelta(days=25)):
        await stay_signed_in()
        async with await cast.ana.program() as program:
            later = f"{base}/later/files/{late}"
            sent = await program.post(later, files={"file": ("proof.pdf", PDF)})
            assert sent.status_code == 201, sent.text
            asked = await program.post(f"{base}/later/files/{key}", files={"file": ("x.pdf", PDF)})
            assert asked.status_code == 404
    assert await value("SELECT said FROM supplement") == "proof.pdf"


async def test_a_program_changes_the_logo(cast: Cast) -> None:
    async with await cast.ana.program() as program:
        path = "/api/v1/my/company/logo"
        sent = await program.post(path, files={"logo": ("logo.png", PICTURE.getvalue())})
        assert sent.status_code == 200, sent.text
        assert (await cast.paul.get(f"/logo/{cast.quinta}")).status_code == 200
        refused = await program.post(path, files={"logo": ("logo.svg", b"<svg/>")})
        assert refused.status_code == 422
        assert (await program.post(path, json={"remove": True})).status_code == 200
    assert (await cast.paul.get(f"/logo/{cast.quinta}")).status_code == 404
    found = (await cast.paul.get("/api/v1/openapi.json")).json()
    body = found["paths"][path]["post"]["requestBody"]["content"]
    parts = body["multipart/form-data"]["schema"]["properties"]
    assert parts["logo"]["contentMediaType"] == "application/octet-stream"
