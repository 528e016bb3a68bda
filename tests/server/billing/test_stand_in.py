"""The stand-in behaves as Stripe says Stripe does; everything else rests on that."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import stripe

from tests.server.billing.conftest import serving
from tests.stripe_stand_in.app import StandIn
from tests.stripe_stand_in.webhooks import sign

PARAMS: dict[str, Any] = {
    "mode": "payment",
    "success_url": "http://shop.test/back?s={CHECKOUT_SESSION_ID}",
    "cancel_url": "http://shop.test/cancel",
    "line_items": [
        {"quantity": 2, "price_data": {"currency": "eur", "unit_amount": 1050,
                                       "product_data": {"name": "Space & <b>walls</b>"}}},
    ],
}  # fmt: skip


class Line:
    """The real library and a browser, both connected to a stand-in."""

    def __init__(self, stand_in: StandIn, base: str, browser: httpx.AsyncClient) -> None:
        self.stand_in, self.base, self.browser = stand_in, base, browser
        self.http = stripe.HTTPXClient(timeout=3, allow_sync_methods=False)
        self.api = self.with_key("sk_test_1")

    def with_key(self, key: str) -> stripe.StripeClient:
        return stripe.StripeClient(
            key, base_addresses={"api": self.base}, max_network_retries=0, http_client=self.http
        )

    async def session(self, key: str = "k", **more: Any) -> Any:
        return await self.api.v1.checkout.sessions.create_async(
            {**PARAMS, **more},  # type: ignore[typeddict-item]
            {"idempotency_key": key},
        )


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    stand_in = StandIn("http://stripe.test", "", "whsec_x", tmp_path / "state.json")
    async with serving(stand_in) as base, httpx.AsyncClient() as browser:
        stand_in.books.base_url = base
        made = Line(stand_in, base, browser)
        yield made
        await made.http.close_async()


async def test_same_key_gives_the_same_session_and_another_request_an_error(line: Line) -> None:
    first, second = await line.session(), await line.session()
    assert first.id == second.id
    assert (first.amount_total, first.currency, first.status) == (2100, "eur", "open")
    with pytest.raises(stripe.IdempotencyError):
        await line.session(cancel_url="http://elsewhere.test")
    assert (await line.session("other")).id != first.id


async def test_same_key_at_the_same_moment_makes_one_session(line: Line) -> None:
    answers = await asyncio.gather(*(line.session() for _ in range(8)), return_exceptions=True)
    made = {each.id for each in answers if not isinstance(each, BaseException)}
    others = [each for each in answers if isinstance(each, BaseException)]
    assert len(made) == 1
    assert all(isinstance(e, stripe.StripeError) and e.http_status == 409 for e in others)
    assert len(line.stand_in.books.kept["sessions"]) == 1


async def test_first_answer_is_replayed_even_when_it_was_a_500(line: Line) -> None:
    line.stand_in.faults.append({"match": "POST /v1/checkout", "times": 1, "status": 500})
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            await line.session("broken")
    assert line.stand_in.books.kept["sessions"] == {}


async def test_refused_parameters_are_not_replayed(line: Line) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await line.session("again", success_url="")
    assert refused.value.param == "success_url"
    assert (await line.session("again")).status == "open"
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter"):
        await line.session("odd", price="free")


async def test_session_that_was_made_before_the_line_broke_is_there(line: Line) -> None:
    line.stand_in.faults.append({"match": "POST /v1/checkout", "times": 1, "after": 5})
    with pytest.raises(stripe.APIConnectionError):
        await line.session("lost")
    await line.session("lost")
    assert len(line.stand_in.books.kept["sessions"]) == 1


async def test_hosted_page_pays_declines_and_cancels(line: Line) -> None:
    session = await line.session()
    shown = await line.browser.get(session.url)
    assert "Test payments" in shown.text
    assert "€21.00" in shown.text
    assert "<b>walls" not in shown.text
    assert "declined" in (await line.browser.post(session.url, data={"choice": "decline"})).text
    cancelled = await line.browser.post(session.url, data={"choice": "cancel"})
    assert cancelled.headers["location"] == "http://shop.test/cancel"
    paid = await line.browser.post(session.url, data={"choice": "pay"})
    assert paid.headers["location"] == f"http://shop.test/back?s={session.id}"
    assert "already paid" in (await line.browser.post(session.url, data={"choice": "pay"})).text
    seen = await line.api.v1.checkout.sessions.retrieve_async(
        session.id, {"expand": ["payment_intent"]}
    )
    assert seen.payment_status == "paid"
    assert line.stand_in.state()["money"] == {"eur": {"captured": 2100, "refunded": 0}}


async def test_refunds_end_at_what_was_captured(line: Line) -> None:
    session = await line.session()
    await line.browser.post(session.url, data={"choice": "pay"})
    seen = await line.api.v1.checkout.sessions.retrieve_async(session.id)
    intent = str(seen.payment_intent)
    part = {"payment_intent": intent, "amount": 2000}
    for _ in range(2):
        await line.api.v1.refunds.create_async(part, {"idempotency_key": "r"})  # type: ignore[arg-type]
    with pytest.raises(stripe.InvalidRequestError, match="greater than"):
        await line.api.v1.refunds.create_async(part, {"idempotency_key": "r2"})  # type: ignore[arg-type]
    listed = await line.api.v1.refunds.list_async({"payment_intent": intent})
    assert [each.amount for each in listed.data] == [2000]


async def test_keys_of_the_live_mode_are_refused(line: Line) -> None:
    with pytest.raises(stripe.AuthenticationError):
        await line.with_key("sk_live_1").v1.balance.retrieve_async()


async def test_restart_keeps_sessions_and_keys(line: Line, tmp_path: Path) -> None:
    session = await line.session()
    again = StandIn("http://stripe.test", "", "whsec_x", tmp_path / "state.json")
    assert again.books.find("sessions", session.id)["amount_total"] == 2100
    assert set(again.books.answers) == {"k"}


async def test_signature_is_what_the_library_expects() -> None:
    assert stripe.WebhookSignature.verify_header('{"a": 1}', sign('{"a": 1}', "s"), "s", 300)
