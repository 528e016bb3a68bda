"""Paying by card through the front door, with the real library and a Stripe that misbehaves."""

import asyncio
import time

import httpx
import pytest

from server import jobs
from server.database import rows, value
from tests.cast import BASE, Cast, Visitor, door
from tests.server.billing.conftest import (
    SECRET,
    Issue,
    Shop,
    balances,
    invoice_state,
    payment_states,
)
from tests.stripe_stand_in.webhooks import sign

OWED = {"receivable": 200_000, "revenue": -300_000, "aid": 100_000}
FEE = 25 + 200_000 * 15 // 1000
PAID = {"card": 200_000, "revenue": -300_000, "aid": 100_000}


async def test_paying_by_card_settles_the_invoice(shop: Shop, cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    assert await balances() == OWED
    page = await cast.ana.get(f"/my/invoices/{invoice}")
    assert page.status_code == 200
    assert "€2,000.00" in page.text
    assert "Test payments" in page.text
    assert "Reverse charge" in page.text
    sent = await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    assert sent.status_code == 303
    async with httpx.AsyncClient() as browser:
        hosted = await browser.get(sent.headers["location"])
        assert "€2,000.00" in hosted.text
        declined = await browser.post(sent.headers["location"], data={"choice": "decline"})
        assert "declined" in declined.text
        back = await browser.post(sent.headers["location"], data={"choice": "pay"})
    assert back.headers["location"] == f"{BASE}/my/invoices/{invoice}/back"
    waiting = await cast.ana.get(f"/my/invoices/{invoice}/back")
    assert "We are waiting for the bank" in waiting.text
    assert await payment_states() == []
    await shop.delivered()
    assert await invoice_state(invoice) == "paid"
    assert await balances() == PAID
    assert shop.captured() == 200_000
    done = await cast.ana.get(f"/my/invoices/{invoice}/back")
    assert "Paid" in done.text
    assert "waiting for the bank" not in done.text
    receipts = await rows("SELECT kind FROM document WHERE about = $1", f"invoice:{invoice}")
    assert {each["kind"] for each in receipts} == {"invoice", "receipt"}


async def test_webhook_ten_times_at_once_has_one_effect(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    shop.postman.set_plan({"repeat": 10})
    shop.pay()
    await shop.delivered()
    statuses = {each["status"] for each in shop.postman.log}
    assert statuses == {200}
    assert len(shop.postman.log) == 30
    assert await value("SELECT count(*) FROM stripe_event") == 3
    assert await payment_states() == ["matched"]
    assert await balances() == PAID


async def test_webhooks_out_of_order_end_where_stripe_is(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    shop.postman.set_plan({"mode": "hold"})
    paid = shop.pay()
    shop.books.refund({"payment_intent": paid["payment_intent"], "amount": "50000"})
    shop.postman.take(shop.books.held)
    shop.postman.mode = "send"
    shop.postman.flush("reverse")
    await shop.delivered()
    assert await balances() == {**OWED, "receivable": 50_000, "card": 150_000}
    assert await invoice_state(invoice) == "part_paid"
    assert shop.captured() == 150_000


async def test_webhook_that_never_comes_is_found_by_the_sweep(
    shop: Shop, cast: Cast, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = await issue()
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    shop.postman.set_plan({"mode": "drop"})
    shop.pay()
    await shop.delivered()
    assert await payment_states() == []
    await jobs.sweep("billing.reconcile")
    assert await payment_states() == [], "nobody looks in the first minute"
    from server.billing import checkouts

    monkeypatch.setattr(checkouts, "LOOK_AGAIN", -checkouts.LOOK_AGAIN)
    await jobs.sweep("billing.reconcile")
    assert await payment_states() == ["matched"]
    assert await invoice_state(invoice) == "paid"
    await jobs.sweep("billing.reconcile")
    await jobs.sweep("billing.compare")
    assert await balances() == {**PAID, "card": 200_000 - FEE, "fees": FEE}


async def test_sale_that_our_books_lost_is_found_by_comparing(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    await _execute("UPDATE checkout SET session_id = NULL, state = 'failed'")
    shop.postman.set_plan({"mode": "drop"})
    shop.pay()
    await jobs.sweep("billing.compare")
    assert await payment_states() == ["matched"]
    assert await invoice_state(invoice) == "paid"


async def _execute(sql: str) -> None:
    from server.database import execute

    await execute(sql)


@pytest.mark.parametrize(
    ("paid", "why"),
    [
        ({"amount": 150_000}, "less than what is open"),
        ({"amount": 250_000}, "more than what is open"),
        ({"currency": "usd"}, "another currency"),
    ],
)
async def test_wrong_amount_or_currency_is_kept_and_flagged(
    shop: Shop, cast: Cast, issue: Issue, paid: dict[str, object], why: str
) -> None:
    invoice = await issue()
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    shop.pay(**paid)
    await shop.delivered()
    assert await payment_states() == ["flagged"]
    assert await invoice_state(invoice) == "open"
    assert (await balances())["receivable"] == 200_000
    desk = await cast.finn.get("/desk/money")
    assert why in desk.text
    told = await rows("SELECT to_email FROM message WHERE key LIKE 'payment:%' ORDER BY 1")
    assert [each["to_email"] for each in told] == [
        "finn@cast.example", "mara@cast.example", "olga@cast.example",
    ]  # fmt: skip


async def test_payment_of_a_cancelled_invoice_is_late_and_kept(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    session = shop.sessions[-1]
    shop.postman.set_plan({"mode": "hold"})
    shop.pay(session)
    cancelled = await cast.finn.send_form(
        f"/desk/money/invoices/{invoice}/cancel", {"why": "The hold ended"}
    )
    assert cancelled.status_code == 303
    shop.postman.mode = "send"
    shop.postman.flush("sent")
    await shop.delivered()
    assert await payment_states() == ["late"]
    assert await invoice_state(invoice) == "credited"
    assert await balances() == {"card": 200_000, "unallocated": -200_000}
    again = await issue()
    desk = await cast.finn.get("/desk/money/payments/1")
    assert "confirms nothing by itself" in desk.text
    number = await value("SELECT number FROM invoice WHERE id = $1::bigint", again)
    matched = await cast.finn.send_form(
        "/desk/money/payments/1", {"invoice": number}, to="/desk/money/payments/1/match"
    )
    assert matched.status_code == 303
    assert await invoice_state(again) == "paid"
    assert await balances() == PAID


async def test_session_of_a_cancelled_invoice_is_closed(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    await cast.finn.send_form(f"/desk/money/invoices/{invoice}/cancel", {"why": "Withdrawn"})
    await jobs.drain()
    assert shop.sessions[-1]["status"] == "expired"
    assert await value("SELECT state FROM checkout") == "expired"
    refused = await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    assert refused.status_code == 409
    assert "Nothing is to be paid" in refused.text


async def test_double_click_on_pay_opens_one_session(shop: Shop, cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    pay = f"/my/invoices/{invoice}/pay"
    answers = await asyncio.gather(
        *(who.send_form(f"/my/invoices/{invoice}", to=pay) for who in (cast.ana, cast.ben) * 4)
    )
    assert {each.status_code for each in answers} == {303}
    assert len({each.headers["location"] for each in answers}) == 1
    assert len(shop.sessions) == 1
    assert await value("SELECT count(*) FROM checkout") == 1


async def test_session_is_found_again_when_we_died_before_keeping_it(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    pay = f"/my/invoices/{invoice}/pay"
    first = await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    await _execute("UPDATE checkout SET session_id = NULL, url = '', state = 'starting'")
    second = await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    assert second.headers["location"] == first.headers["location"]
    assert len(shop.sessions) == 1


async def test_two_clicks_at_once_wait_for_the_slower_session(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    pay = f"/my/invoices/{invoice}/pay"
    await cast.ana.get("/my/invoices")
    shop.stand_in.busy_for = 0.5
    answers = await asyncio.gather(
        *(who.send_form(f"/my/invoices/{invoice}", to=pay) for who in (cast.ana, cast.ben))
    )
    assert {each.headers.get("location") for each in answers} == {shop.sessions[0]["url"]}
    assert len(shop.sessions) == 1


async def test_stripe_that_does_not_answer_keeps_the_intent(
    shop: Shop, cast: Cast, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.billing import stripe_client

    monkeypatch.setattr(stripe_client, "TIMEOUT", 0.3)
    await stripe_client.close()
    invoice = await issue()
    pay = f"/my/invoices/{invoice}/pay"
    shop.faults.append({"match": "POST /v1/checkout/sessions", "times": 1, "after": 1.0})
    lost = await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    assert lost.status_code == 422
    assert "Nothing was charged" in lost.text
    again = await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    assert again.status_code == 303
    assert len(shop.sessions) == 1, "the same key found the session that was made"


async def test_stripe_that_breaks_is_asked_anew_with_another_key(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    pay = f"/my/invoices/{invoice}/pay"
    shop.faults.append({"match": "POST /v1/checkout/sessions", "times": 1, "status": 500})
    broken = await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    assert broken.status_code == 422
    again = await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    assert again.status_code == 303
    states = await rows("SELECT state FROM checkout ORDER BY id")
    assert [each["state"] for each in states] == ["failed", "open"]


async def test_session_that_stripe_does_not_know_is_given_up(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    pay = f"/my/invoices/{invoice}/pay"
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    shop.stand_in.reset()
    await _execute("UPDATE checkout SET expires_at = now()")
    again = await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    assert again.status_code == 303
    assert again.headers["location"] == shop.sessions[-1]["url"]
    states = await rows("SELECT state FROM checkout ORDER BY id")
    assert [each["state"] for each in states] == ["failed", "open"]


async def test_bank_debit_is_pending_until_it_settles(shop: Shop, cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    pay = f"/my/invoices/{invoice}/pay"
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    session = shop.pay(later=True)
    await shop.delivered()
    assert await value("SELECT state FROM checkout") == "processing"
    twice = await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    assert twice.status_code == 409
    assert "Do not pay again" in twice.text
    shop.books.settle(session["id"], succeed=False)
    shop.postman.take(shop.books.held)
    await shop.delivered()
    assert await value("SELECT state FROM checkout") == "failed"
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    session = shop.pay(later=True)
    await shop.delivered()
    shop.books.settle(session["id"], succeed=True)
    shop.postman.take(shop.books.held)
    await shop.delivered()
    assert await invoice_state(invoice) == "paid"


async def test_session_for_another_amount_is_closed_before_a_new_one_opens(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    pay = f"/my/invoices/{invoice}/pay"
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    reference = await value("SELECT reference FROM invoice WHERE id = $1::bigint", invoice)
    await cast.finn.send_form(
        "/desk/money/transfer",
        {
            "received_on": "2026-01-10",
            "amount": "500,00",
            "currency": "EUR",
            "reference": reference,
        },
    )
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    assert [each["status"] for each in shop.sessions] == ["expired", "open"]
    assert shop.sessions[-1]["amount_total"] == 150_000
    shop.pay()
    await shop.delivered()
    assert await invoice_state(invoice) == "paid"


def _event(**more: object) -> str:
    import json

    return json.dumps(
        {"id": "evt_1", "object": "event", "type": "charge.refunded", "livemode": False,
         "data": {"object": {"id": "ch_1", "payment_intent": "pi_none"}}, **more}
    )  # fmt: skip


async def test_webhook_that_is_not_ours_is_refused(shop: Shop) -> None:
    now = int(time.time())
    cases = {
        "none": (_event(), ""),
        "made up": (_event(), "t=1,v1=00"),
        "no numbers": (_event(), "t=x,v1=é"),
        "of another secret": (_event(), sign(_event(), "whsec_of_somebody_else")),
        "of another body": (_event(id="evt_2"), sign(_event(), SECRET)),
        "old": (_event(), sign(_event(), SECRET, now - 400)),
        "of the future": (_event(), sign(_event(), SECRET, now + 4_000)),
        "right, but no event": ("no json", sign("no json", SECRET)),
    }
    async with Visitor() as anybody:
        for name, (body, signature) in cases.items():
            answer = await anybody.post(
                "/stripe/webhook",
                content=body,
                headers={"stripe-signature": signature.encode("latin-1")},
            )
            assert answer.status_code == 400, name
    assert await value("SELECT count(*) FROM stripe_event") == 0


async def test_webhook_that_is_too_large_is_refused(shop: Shop) -> None:
    async with Visitor() as anybody:
        answer = await anybody.post("/stripe/webhook", content=b"x" * 1_000_001)
    assert answer.status_code == 413


async def test_webhook_about_something_foreign_changes_nothing(shop: Shop, cast: Cast) -> None:
    body = _event()
    transport = httpx.ASGITransport(app=door())
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as stripe:
        answer = await stripe.post(
            "/stripe/webhook", content=body, headers={"stripe-signature": sign(body, SECRET)}
        )
    assert answer.status_code == 200
    await jobs.drain()
    assert await value("SELECT outcome FROM stripe_event") == "nothing of ours"
    assert await payment_states() == []


@pytest.mark.parametrize(
    ("more", "why"),
    [({"livemode": True}, "other mode"), ({"account": "acct_x"}, "an account that is not joined")],
)
async def test_webhook_of_another_mode_or_account_is_kept_and_changes_nothing(
    shop: Shop, cast: Cast, issue: Issue, more: dict[str, object], why: str
) -> None:
    await issue()
    body = _event(**more)
    async with Visitor() as anybody:
        answer = await anybody.post(
            "/stripe/webhook", content=body, headers={"stripe-signature": sign(body, SECRET)}
        )
    assert answer.status_code == 200
    await jobs.drain()
    assert await value("SELECT outcome FROM stripe_event") == why
    assert await balances() == OWED
    assert shop.stand_in.calls == []


async def test_invoice_of_another_company_does_not_exist(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    assert (await cast.carla.get(f"/my/invoices/{invoice}")).status_code == 404
    tried = await cast.carla.send_form("/my/invoices", to=f"/my/invoices/{invoice}/pay")
    assert tried.status_code in (403, 404)
    assert shop.sessions == []
    assert (await cast.nils.get(f"/desk/money/invoices/{invoice}")).status_code == 404


async def test_paying_over_the_api_with_a_key_answers_the_same_twice(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    async with await cast.ana.program() as program:
        path = f"/api/v1/my/invoices/{invoice}/pay"
        first = await program.post(path, headers={"idempotency-key": "k1"})
        second = await program.post(path, headers={"idempotency-key": "k1"})
        assert first.status_code == second.status_code == 200
        assert first.json() == second.json()
        assert first.json()["url"] == shop.sessions[-1]["url"]
