"""Whose account at Stripe an agency is paid to: keys, joined accounts, transfers only; and that
nothing of one account or mode ever counts for another."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from server import jobs, sealing
from server.billing import accounts, comparing, setting_up, stripe_client
from server.database import execute, row, value
from server.settings import load
from tests.cast import BASE, PASSWORD, Cast, door
from tests.server.billing.conftest import Issue, Shop, balances, invoice_state, payment_states
from tests.stripe_stand_in.webhooks import sign

HERE = "/desk/settings/payments"
KEY, SECRET = "rk_test_of_nordhafen", "whsec_of_nordhafen"


@pytest.fixture
async def stripe() -> AsyncIterator[httpx.AsyncClient]:
    """Whoever posts webhooks to our door."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=door()), base_url=BASE) as post:
        yield post


async def keep_keys(cast: Cast, **more: str) -> httpx.Response:
    """The owner types the agency's keys."""
    typed = {"key": KEY, "webhook_secret": SECRET, "password": PASSWORD, **more}
    return await cast.olga.send_form(HERE, typed, to=f"{HERE}/keys")


async def tell(stripe: httpx.AsyncClient, path: str, event: dict[str, object], secret: str) -> int:
    """A signed message to an endpoint; the status of the answer."""
    body = json.dumps(event)
    answer = await stripe.post(path, content=body, headers={"stripe-signature": sign(body, secret)})
    return answer.status_code


async def test_own_keys_are_tried_sealed_and_never_shown(
    shop: Shop, cast: Cast, issue: Issue, stripe: httpx.AsyncClient
) -> None:
    assert (await cast.mara.get(HERE)).status_code == 403
    for wrong, said in (
        ({"key": "pk_test_publishable"}, "publishable"),
        ({"key": "rk_live_of_the_live_mode"}, "Stripe says no"),
        ({"password": "no"}, "not your password"),
    ):
        refused = await keep_keys(cast, **wrong)
        assert refused.status_code == 422
        assert said in refused.text
        assert KEY not in refused.text
    assert (await keep_keys(cast)).status_code == 303
    page = await cast.olga.get(HERE)
    assert "Own account" in page.text
    assert "card, sepa_debit" in page.text
    assert "Test payments" in page.text
    kept = await row("SELECT * FROM stripe_account")
    assert kept is not None
    audited = await value("SELECT string_agg(after::text, '') FROM audit_line")
    for text in (page.text, str(kept), audited):
        assert KEY not in text
        assert SECRET not in text
    assert (await cast.olga.send_form(HERE, to=f"{HERE}/test")).status_code == 303
    invoice = await issue()
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    shop.postman.url, shop.postman.secret = f"{shop.postman.url}/{kept['token']}", SECRET
    paid = shop.pay()
    await shop.delivered()
    assert await invoice_state(invoice) == "paid"
    assert await row("SELECT account, live, instrument FROM payment") == {
        "account": kept["id"], "live": False, "instrument": "card"
    }  # fmt: skip
    thing = {"id": "ch", "payment_intent": paid["payment_intent"]}
    foreign = {"id": "evt_x", "type": "charge.refunded", "livemode": False,
               "data": {"object": thing}}  # fmt: skip
    assert await tell(stripe, "/stripe/webhook", foreign, "whsec_pavilion_tests") == 200
    await jobs.drain()
    assert await payment_states() == ["matched"]
    assert await tell(stripe, f"/stripe/webhook/{kept['token']}", foreign, "whsec_other") == 400
    assert await tell(stripe, "/stripe/webhook/nothing", foreign, SECRET) == 404


async def test_keys_and_secrets_are_changed_with_traffic_on_both(
    shop: Shop, cast: Cast, stripe: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keep_keys(cast)
    await keep_keys(cast, key="rk_test_second", webhook_secret="whsec_second")
    kept = await row("SELECT id, token, secret FROM stripe_account")
    assert kept is not None
    assert await value("SELECT count(*) FROM stripe_account") == 1
    path = f"/stripe/webhook/{kept['token']}"
    event = {"id": "evt_1", "type": "x", "livemode": False, "data": {"object": {}}}
    assert await tell(stripe, path, event, SECRET) == 200, "the one before is good for three days"
    assert await tell(stripe, path, {**event, "id": "evt_2"}, "whsec_second") == 200
    await keep_keys(cast, key="rk_test_third", webhook_secret="whsec_third")
    assert await tell(stripe, path, {**event, "id": "evt_3"}, SECRET) == 200
    monkeypatch.setattr(setting_up.clock, "now", lambda now=setting_up.clock.now: now()
                        + setting_up.OVERLAP)  # fmt: skip
    assert (await setting_up.endpoint(kept["token"]))[1] == ["whsec_third"]  # type: ignore[index]
    monkeypatch.undo()
    monkeypatch.setenv("PAVILION_SECRET_KEY", "another secret of this installation, long enough")
    monkeypatch.setenv("PAVILION_PREVIOUS_SECRET_KEY", "a-secret-for-tests-only-0123456789abcdef")
    load.cache_clear()
    assert (await accounts.by_id(kept["id"])).key == "rk_test_third"
    assert await setting_up.reseal() == 1
    monkeypatch.setenv("PAVILION_PREVIOUS_SECRET_KEY", "")
    load.cache_clear()
    assert (await accounts.by_id(kept["id"])).key == "rk_test_third"
    with pytest.raises(sealing.Unreadable):
        sealing.unseal(kept["secret"])
    monkeypatch.undo()
    load.cache_clear()


async def test_joined_account_is_paid_under_its_name_after_its_agency_told_stripe_who_it_is(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    began = await cast.olga.send_form(
        HERE, {"way": "connect", "own_password": PASSWORD}, to=f"{HERE}/way"
    )
    assert began.headers["location"].endswith("/join")
    invoice = await issue()
    assert "Pay by card" not in (await cast.ana.get(f"/my/invoices/{invoice}")).text
    assert "Stripe still needs to know" in (await cast.olga.get(HERE)).text
    account = str(await value("SELECT account FROM stripe_account"))
    shop.books.onboard(account)
    assert (await cast.olga.send_form(HERE, to=f"{HERE}/test")).status_code == 303
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    shop.books.account = account
    shop.pay()
    await shop.delivered()
    assert await invoice_state(invoice) == "paid"
    assert await comparing.compare(await accounts.of_agency(cast.nordhafen)) == []


async def test_transfer_only_takes_no_cards(shop: Shop, cast: Cast, issue: Issue) -> None:
    await cast.olga.send_form(HERE, {"way": "none", "own_password": PASSWORD}, to=f"{HERE}/way")
    invoice = await issue()
    page = await cast.ana.get(f"/my/invoices/{invoice}")
    assert "Pay by card" not in page.text
    tried = await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    assert tried.status_code == 422
    assert shop.sessions == []


async def test_account_of_the_installation_is_the_first_agencys_unless_it_is_shared(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cast.nordhafen < cast.lagerwey
    assert (await accounts.of_agency(cast.lagerwey)).usable
    monkeypatch.setenv("STRIPE_SHARED", "false")
    load.cache_clear()
    try:
        assert (await accounts.of_agency(cast.nordhafen)).usable
        other = await accounts.of_agency(cast.lagerwey)
        assert (other.way, other.key, other.usable) == ("none", "", False)
    finally:
        monkeypatch.undo()
        load.cache_clear()


async def test_banner_and_specimen_follow_the_account_that_is_paid(
    cast: Cast, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Test key or live key of the installation, none, or a live key of the agency's own."""

    async def shown(key: str, own: str) -> tuple[bool, bool, bool]:
        """Whether a page of payment, one without, and the paper say that this is a test."""
        monkeypatch.setenv("STRIPE_SECRET_KEY", key)
        load.cache_clear()
        await execute("UPDATE stripe_account SET ended_at = now()")
        if own:
            await execute(
                "INSERT INTO stripe_account (agency, way, account, live, token, ready, secret,"
                " created_at) VALUES ($1,'keys',$2,$3,$2,true,$4,now())",
                cast.nordhafen, f"{key}{own}", own.startswith("rk_live_"), sealing.seal(own),
            )  # fmt: skip
        invoice = await issue()
        paying = (await cast.ana.get(f"/my/invoices/{invoice}")).text
        assert ("when you pay here" in paying) == ("Test payments" in paying)
        beside = (await cast.ana.get("/my/company")).text
        await jobs.drain()
        paper = await value(
            "SELECT d.content ->> 'test_payments' FROM invoice i JOIN document d"
            " ON d.id = i.document WHERE i.id = $1::bigint", invoice,
        )  # fmt: skip
        return "Test payments" in paying, "Test payments" in beside, paper == "true"

    try:
        assert await shown("sk_test_x", "") == (True, True, True)
        assert await shown("sk_live_x", "") == (False, False, False)
        assert await shown("", "") == (False, False, False), "by transfer only: it is owed"
        assert await shown("sk_live_x", "rk_test_x") == (True, False, True)
        assert await shown("sk_test_x", "rk_live_x") == (False, True, False)
    finally:
        monkeypatch.undo()
        load.cache_clear()


async def test_test_session_pays_nothing_once_the_agency_takes_real_money(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    await keep_keys(cast)
    invoice = await issue()
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    shop.postman.set_plan({"mode": "drop"})
    shop.pay()
    account = await accounts.of_agency(cast.nordhafen)
    await execute("UPDATE stripe_account SET ended_at = now()")
    await execute(
        "INSERT INTO stripe_account (agency, way, account, live, token, ready, secret, created_at)"
        " VALUES ($1, 'keys', 'acct_own', true, 'live', true, $2, now())",
        cast.nordhafen,
        sealing.seal("rk_live_x"),
    )
    found = await comparing.compare(account)
    assert [(each.kind, each.mended) for each in found] == [("payment", False)]
    assert await payment_states() == []
    assert (await balances())["receivable"] == 200_000


async def test_stripe_that_stays_silent_keeps_nobody_waiting(
    shop: Shop, cast: Cast, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stripe_client, "TIMEOUT", 0.1)
    await stripe_client.close()
    invoice = await issue()
    pay = f"/my/invoices/{invoice}/pay"
    shop.faults.append({"match": "POST /v1/checkout/sessions", "times": 3, "before": 0.3})
    for _ in range(stripe_client.SILENCES):
        lost = await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
        assert lost.status_code == 422
    asked = shop.calls("POST", "/v1/checkout/sessions")
    quick = await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    assert "does not answer at the moment" in quick.text
    assert shop.calls("POST", "/v1/checkout/sessions") == asked, "nobody waited for it again"
    stripe_client.breaker.heard()
    shop.faults.append({"match": "POST /v1/checkout/sessions", "times": 1, "status": 429})
    busy = await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    assert busy.status_code == 422
    assert await value("SELECT state FROM checkout") == "starting"
    assert (await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)).status_code == 303
    assert len(shop.sessions) == 1


async def test_intent_of_yesterday_is_not_asked_under_its_old_key(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    pay = f"/my/invoices/{invoice}/pay"
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)
    await execute(
        "UPDATE checkout SET session_id = NULL, url = '', state = 'starting',"
        " created_at = now() - interval '25 hours', expires_at = now() - interval '23 hours'"
    )
    shop.books.answers.clear()
    old = await value("SELECT key FROM checkout")
    assert (await cast.ana.send_form(f"/my/invoices/{invoice}", to=pay)).status_code == 303
    keys = [each["key"] for each in shop.stand_in.calls if each["method"] == "POST"]
    assert keys.count(old) == 1
    assert await value("SELECT state FROM checkout WHERE key = $1", old) == "expired"
