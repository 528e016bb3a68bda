"""Budgets, proofs and links over the API: as the pages do them, for the right side only."""

from server import clock
from server.aid.rules import Shown
from server.database import value
from tests.cast import Cast
from tests.server.aid.conftest import MakeScheme, grant

V1 = "/api/v1"


async def test_programme_and_lines_are_made_changed_and_read(cast: Cast) -> None:
    async with await cast.mara.program() as mara, await cast.nils.program() as nils:
        made = await mara.post(f"{V1}/budgets", json={"name": "Export 2027", "ceiling": "5000"})
        assert made.status_code == 201, made.text
        at = f"{V1}/budgets/{made.json()['id']}"
        line = await mara.post(f"{at}/lines", json={"name": "State funds", "ceiling": "4000"})
        assert line.status_code == 201, line.text
        one = f"{V1}/budgets/lines/{line.json()['id']}"
        kept = (await mara.get(one)).json()
        changed = await mara.put(one, json={"name": "ERDF", "version": kept["version"]})
        assert changed.status_code == 200, changed.text
        book = (await mara.get(at)).json()
        assert book["programme"]["ceiling_minor"] == 500_000
        assert [each["name"] for each in book["lines"]] == ["ERDF"]
        assert (await nils.get(at)).status_code == 404
        assert (await nils.get(f"{V1}/budgets")).json()["items"] == []


async def test_proof_is_handed_in_decided_and_paid(cast: Cast, make_scheme: MakeScheme) -> None:
    scheme = await make_scheme(shown=Shown.AFTER_PROOF)
    made = await grant(
        await cast.mara.actor(), scheme_id=scheme, company_id=cast.quinta,
        amount_minor=100_000, eligible_minor=200_000, about="application:1",
    )  # fmt: skip
    async with await cast.ana.program() as ana, await cast.finn.program() as finn:
        mine = f"{V1}/my/aid/grants/{made}"
        paper = {"filename": "bills.pdf", "media_type": "", "data": "JVBERi0xLjcKJSVFT0YK"}
        form = {"report": "We met many people.", "proven": "1500", "invoices": paper}
        handed = await ana.post(f"{mine}/proof", json=form)
        assert handed.status_code == 201, handed.text
        at = f"{V1}/aid/grants/{made}"
        assert (await finn.get(f"{at}/proof")).json()["proofs"][0]["proven_minor"] == 150_000
        said = await finn.post(f"{at}/proof/decision", json={"decision": "accepted"})
        assert said.status_code == 200, said.text
        paid = {"paid_on": clock.now().date().isoformat()}
        assert (await finn.post(f"{at}/payout", json=paid)).status_code == 200
        assert (await ana.get(mine)).json()["paid_minor"] == 75_000
        assert (await finn.get(f"{V1}/aid/proofs")).json()["items"][0]["paid_minor"] == 75_000


async def test_link_is_declared_listed_confirmed_and_ended(
    cast: Cast, make_scheme: MakeScheme
) -> None:
    number = await value("SELECT vat_id FROM company WHERE id = $1", cast.rossi)
    await grant(
        await cast.mara.actor(), scheme_id=await make_scheme(), company_id=cast.quinta,
        amount_minor=100, eligible_minor=1000, about="application:1",
    )  # fmt: skip
    async with (
        await cast.ana.program() as ana,
        await cast.mara.program() as mara,
        await cast.nils.program() as nils,
    ):
        form = {"number": number, "kind": "votes", "since_on": "2025-01-01"}
        made = await ana.post(f"{V1}/my/aid/links", json=form)
        assert made.status_code == 201, made.text
        assert [one["state"] for one in (await ana.get(f"{V1}/my/aid/links")).json()["items"]] == [
            "declared"
        ]
        listed = (await mara.get(f"{V1}/aid/links")).json()["items"]
        assert [one["other"] for one in listed] == [cast.rossi]
        assert (await nils.get(f"{V1}/aid/links")).json()["items"] == []
        at = f"{V1}/aid/links/{made.json()['id']}"
        assert (await nils.get(at)).status_code == 404
        yes = await mara.post(f"{at}/decision", json={"decision": "confirmed"})
        assert yes.status_code == 200, yes.text
        assert (await mara.post(f"{at}/part", json={"ended_on": "2026-01-01"})).status_code == 200
        assert (await mara.get(at)).json()["state"] == "ended"
