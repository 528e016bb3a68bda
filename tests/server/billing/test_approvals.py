"""Four eyes: what is above the limit waits for a second person, and happens once."""

import asyncio
import re
from datetime import timedelta
from typing import Any

from server import clock, jobs
from server.billing import checks, invoices, payments
from server.database import action, rows, value
from tests.booths.calls.test_story import done
from tests.cast import Cast, Someone
from tests.server.billing.conftest import Issue


async def limited(cast: Cast, issue: Issue, amount: str = "100") -> tuple[int, int]:
    """A limit, and an invoice over 2,000.00; the invoice, and the approval of its cancellation."""
    done(await cast.olga.send_form("/desk/approvals", {"limit": amount}))
    invoice = await issue()
    path = f"/desk/money/invoices/{invoice}/cancel"
    to = done(await cast.finn.send_form(path, {"why": "Wrong company."}))
    return invoice, int(re.findall(r"\d+", to)[-1])


async def decide(who: Someone, approval: int, decision: str = "approve", why: str = "") -> Any:
    return await who.send_form(f"/desk/approvals/{approval}", {"decision": decision, "why": why})


async def test_the_same_person_cannot_approve_in_another_session(cast: Cast, issue: Issue) -> None:
    invoice, approval = await limited(cast, issue)
    assert await value("SELECT state FROM invoice WHERE id = $1", invoice) == "open"
    again = await Someone(cast.finn.email, cast.finn.person_id).arrive()
    assert (await decide(cast.finn, approval)).status_code == 422
    assert (await decide(again, approval)).status_code == 422
    await again.aclose()
    assert (await decide(cast.nils, approval)).status_code == 404
    assert (await decide(cast.vera, approval)).status_code == 403
    shown = (await cast.mara.get(f"/desk/approvals/{approval}")).text
    assert "is cancelled by a credit note" in shown
    done(await decide(cast.mara, approval))
    assert await value("SELECT state FROM invoice WHERE id = $1", invoice) == "credited"
    assert await checks.faults() == []
    told = await rows("SELECT to_email FROM message WHERE key LIKE 'approval:%'")
    assert cast.finn.email not in {each["to_email"] for each in told}
    assert cast.mara.email in {each["to_email"] for each in told}


async def test_two_approvers_at_once_have_one_effect(cast: Cast, issue: Issue) -> None:
    _, approval = await limited(cast, issue)
    answers = await asyncio.gather(decide(cast.mara, approval), decide(cast.olga, approval))
    assert sorted(each.status_code for each in answers) == [303, 409]
    assert await value("SELECT count(*) FROM invoice WHERE kind = 'credit_note'") == 1


async def test_other_facts_are_another_question(cast: Cast, issue: Issue) -> None:
    invoice, approval = await limited(cast, issue)
    reference = await value("SELECT reference FROM invoice WHERE id = $1", invoice)
    done(
        await cast.finn.send_form(
            "/desk/money/transfer",
            {"received_on": clock.today("Europe/Berlin").isoformat(), "amount": "500",
             "currency": "EUR", "reference": reference, "bank_ref": "B1"},
        )
    )  # fmt: skip
    assert "Out of date" in (await cast.mara.get(f"/desk/approvals/{approval}")).text
    done(await decide(cast.mara, approval))
    assert await value("SELECT state FROM approval") == "stale"
    assert await value("SELECT state FROM invoice WHERE id = $1", invoice) == "part_paid"


async def test_a_payment_in_the_same_moment_is_other_facts(cast: Cast, issue: Issue) -> None:
    """Who approves waits for the payment that has the invoice, and looks at it only then."""
    invoice, approval = await limited(cast, issue)
    holds = asyncio.Event()

    async def approve() -> Any:
        await holds.wait()
        return await decide(cast.mara, approval)

    @action
    async def pay() -> None:
        await invoices.lock_invoice(invoice)
        holds.set()
        await asyncio.sleep(0.3)  # the approval is on its way now, and must wait here
        await payments.receive(
            agency_id=cast.nordhafen, invoice_id=invoice, method="transfer", amount_minor=50_000,
            currency="EUR", received_at=clock.now(), external_ref="same-moment",
        )  # fmt: skip

    answer, _ = await asyncio.gather(approve(), pay())
    done(answer)
    assert await value("SELECT state FROM approval") == "stale"
    assert await value("SELECT state FROM invoice WHERE id = $1", invoice) == "part_paid"
    assert await value("SELECT state FROM payment") == "matched"


async def test_a_no_has_a_reason_and_what_nobody_decides_expires(cast: Cast, issue: Issue) -> None:
    invoice, approval = await limited(cast, issue)
    assert (await decide(cast.mara, approval, "refuse")).status_code == 422
    path = f"/desk/money/invoices/{invoice}/cancel"
    assert (await cast.mara.send_form(path, {"why": "Me too."})).status_code == 409
    done(await decide(cast.mara, approval, "refuse", "It is right."))
    done(await cast.finn.send_form(path, {"why": "Really wrong."}))
    with clock.travel_everywhere(clock.now() + timedelta(days=15)):
        await jobs.sweep("billing.approvals")
    states = [each["state"] for each in await rows("SELECT state FROM approval ORDER BY id")]
    assert states == ["refused", "expired"]
    assert await value("SELECT state FROM invoice WHERE id = $1", invoice) == "open"


async def test_below_the_limit_one_person_is_enough(cast: Cast, issue: Issue) -> None:
    done(await cast.olga.send_form("/desk/approvals", {"limit": "5000"}))
    invoice = await issue()
    path = f"/desk/money/invoices/{invoice}/cancel"
    done(await cast.finn.send_form(path, {"why": "Wrong company."}))
    assert await value("SELECT count(*) FROM approval") == 0
    assert await value("SELECT state FROM invoice WHERE id = $1", invoice) == "credited"
    assert (await cast.mara.send_form("/desk/approvals", {"limit": "1"})).status_code == 403


async def test_a_refund_in_small_parts_is_above_the_limit_as_a_whole(
    cast: Cast, issue: Issue
) -> None:
    done(await cast.olga.send_form("/desk/approvals", {"limit": "100"}))
    invoice = await issue()
    reference = await value("SELECT reference FROM invoice WHERE id = $1", invoice)
    done(
        await cast.finn.send_form(
            "/desk/money/transfer",
            {"received_on": clock.today("Europe/Berlin").isoformat(), "amount": "500",
             "currency": "EUR", "reference": reference, "bank_ref": "B1"},
        )
    )  # fmt: skip
    payment = await value("SELECT id FROM payment")

    async def back(amount: str) -> str:
        path = f"/desk/money/payments/{payment}/refund"
        return done(await cast.finn.send_form(path, {"amount": amount, "why": "A chair less."}))

    assert "/desk/approvals/" not in await back("60")
    assert "/desk/approvals/" not in await back("40"), "100 in all: not above"
    assert "/desk/approvals/" in await back("1")
    assert await rows("SELECT amount_minor FROM refund ORDER BY id") == [
        {"amount_minor": 6_000}, {"amount_minor": 4_000},
    ]  # fmt: skip
    done(await decide(cast.mara, await value("SELECT id FROM approval")))
    assert await value("SELECT sum(amount_minor) FROM refund") == 10_100
    assert await checks.faults() == []
