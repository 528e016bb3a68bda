"""Aid paid after proof: handed in, sent back, accepted for less, paid once."""

import io

import pytest
from PIL import Image

from server.aid.rules import Shown
from server.database import rows, value
from tests.cast import Cast
from tests.server.aid.conftest import MakeScheme, grant, reverse


def picture() -> tuple[str, bytes, str]:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(file, "PNG")
    return ("invoice.png", file.getvalue(), "image/png")


@pytest.fixture
async def granted(cast: Cast, make_scheme: MakeScheme) -> int:
    """1,000 EUR for a cost of 2,000, to be paid after proof, after the funder."""
    scheme = await make_scheme(
        shown=Shown.AFTER_PROOF, after_funder="yes", charge=15, proof="Report and invoices"
    )
    return await grant(
        await cast.mara.actor(), scheme_id=scheme, company_id=cast.quinta, amount_minor=100_000,
        eligible_minor=200_000, about="application:1", fair="Boat Days",
    )  # fmt: skip


async def hand_in(cast: Cast, at: str, proven: str) -> int:
    answer = await cast.ana.send_form(
        at, {"report": "We met forty buyers.", "proven": proven}, files={"invoices": picture()}
    )
    return answer.status_code


async def test_proven_cost_is_paid_once_and_never_more_than_granted(
    cast: Cast, granted: int
) -> None:
    own, desk = f"/my/company/aid/grants/{granted}", f"/desk/aid/{granted}/proof"
    assert f"{own}" in (await cast.ana.get("/my/company/aid")).text
    bare = await cast.ana.send_form(own, {"report": "We met forty buyers.", "proven": "1"})
    assert bare.status_code == 422
    assert await hand_in(cast, own, "1500") == 303
    assert await hand_in(cast, own, "1500") == 409
    back = await cast.finn.send_form(desk, {"decision": "returned"})
    assert back.status_code == 422
    await cast.finn.send_form(desk, {"decision": "returned", "why": "One invoice is missing."})
    assert "One invoice is missing." in (await cast.ana.get(own)).text
    assert await hand_in(cast, own, "1800") == 303
    more = await cast.finn.send_form(desk, {"decision": "accepted", "accepted": "1900"})
    assert more.status_code == 422
    assert (await cast.vera.send_form(desk, {"decision": "accepted"})).status_code == 403
    done = await cast.finn.send_form(desk, {"decision": "accepted", "accepted": "1600"})
    assert done.status_code == 303
    grants = await rows(
        "SELECT id, amount_minor, letter, register_due_on FROM aid_grant ORDER BY id"
    )
    assert grants[2]["letter"] is not None
    assert grants[2]["register_due_on"] is not None
    last = await value("SELECT lowered_to FROM aid_proof ORDER BY id DESC LIMIT 1")
    assert last == grants[2]["id"]
    assert [one["amount_minor"] for one in grants] == [100_000, -100_000, 80_000]
    assert await value("SELECT committed_minor FROM scheme") == 80_000
    waits = await cast.finn.send_form(
        desk, {"paid_on": "2026-01-02"}, to=f"/desk/aid/{granted}/paid"
    )
    assert waits.status_code == 422
    assert "Pay €680.00" in (await cast.finn.get(desk)).text
    payment = {"paid_on": "2026-01-02", "funder_paid_on": "2026-01-01", "reference": "Batch 7"}
    paid = await cast.finn.send_form(desk, payment, to=f"/desk/aid/{granted}/paid")
    assert paid.status_code == 303
    again = await cast.finn.send_form(desk, payment, to=f"/desk/aid/{granted}/paid")
    assert again.status_code == 409
    found = await rows("SELECT amount_minor, charge_minor, kind FROM aid_payment")
    assert found == [{"amount_minor": 80_000, "charge_minor": 12_000, "kind": "paid"}]
    assert "€800.00 was paid to you" in (await cast.ana.get(own)).text
    assert "Paid" in (await cast.vera.get("/desk/aid/proofs")).text


async def test_proof_of_another_company_is_not_there(cast: Cast, granted: int) -> None:
    own = f"/my/company/aid/grants/{granted}"
    assert (await cast.carla.get(own)).status_code == 404
    assert (await cast.nils.get(f"/desk/aid/{granted}/proof")).status_code == 404


async def test_a_proof_pays_no_later_grant_for_the_same_thing(cast: Cast, granted: int) -> None:
    """Taken back after its proof was accepted, and granted anew: that one needs its own proof."""
    desk = f"/desk/aid/{granted}/proof"
    assert await hand_in(cast, f"/my/company/aid/grants/{granted}", "2000") == 303
    await cast.finn.send_form(desk, {"decision": "accepted"})
    actor = await cast.mara.actor()
    await reverse(actor, about="application:1", why="Withdrawn.")
    payment = {"paid_on": "2026-01-02", "funder_paid_on": "2026-01-01", "reference": "Batch 7"}
    scheme = await value("SELECT scheme FROM aid_grant WHERE id = $1", granted)
    anew = await grant(
        actor, scheme_id=scheme, company_id=cast.quinta, amount_minor=100_000,
        eligible_minor=200_000, about="application:1", fair="Boat Days",
    )  # fmt: skip
    paid = await cast.finn.send_form(desk, payment, to=f"/desk/aid/{granted}/paid")
    assert paid.status_code == 409
    assert await value("SELECT count(*) FROM aid_payment") == 0
    assert f"/desk/aid/{anew}/proof" in (await cast.vera.get("/desk/aid/proofs")).text
