"""What a payer's bank takes back, what Stripe keeps and pays out, and debits that take days."""

import pytest

from server import jobs
from server.billing import accounts, checks, comparing
from server.billing.reconcile import sync_intent
from server.billing.stripe_seen import fits, from_stripe, to_stripe
from server.database import execute, row, rows, value
from tests.cast import Cast
from tests.server.billing.conftest import Issue, Shop, balances, invoice_state, payment_states

FEE = 25 + 200_000 * 15 // 1000
DISPUTE_FEE = 2000
OWED = {"receivable": 200_000, "revenue": -300_000, "aid": 100_000}
PAID = {"card": 200_000, "revenue": -300_000, "aid": 100_000}


async def paid(shop: Shop, cast: Cast, issue: Issue, **more: object) -> tuple[int, str]:
    """An invoice that was paid; its id and the payment intent."""
    invoice = await issue()
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    session = shop.pay(**more)
    await shop.delivered()
    return invoice, session["payment_intent"]


async def happens(shop: Shop, thing: dict[str, object]) -> str:
    """What was done at the stand-in is told to us and acted on; its id."""
    shop.postman.take(shop.books.held)
    await shop.delivered()
    assert await checks.faults() == []
    return str(thing["id"])


async def mails(template: str) -> list[str]:
    """The subjects of mails whose key begins so."""
    found = await rows("SELECT subject FROM message WHERE key LIKE $1 ORDER BY id", template)
    return [each["subject"] for each in found]


async def test_dispute_that_is_answered_and_won_changes_nothing_in_the_end(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice, intent = await paid(shop, cast, issue)
    dispute = await happens(shop, shop.books.dispute({"payment_intent": intent}))
    held = await balances()
    assert held["dispute"] == 200_000
    assert "card" not in held
    assert await invoice_state(invoice) == "paid", "nobody is reminded while it is decided"
    assert [each for each in await mails("dispute:%") if "disputed" in each]
    board = await cast.finn.get("/desk/money")
    assert "Disputes to answer" in board.text
    own = await value("SELECT id FROM dispute")
    page = await cast.finn.get(f"/desk/money/disputes/{own}")
    assert "Answer by" in page.text
    assert "Answer the dispute about" in (await cast.mara.get("/desk/calendars")).text
    assert "Answer the dispute" not in (await cast.ana.get("/my/calendars")).text
    payment = await value("SELECT id FROM payment")
    refused = await cast.finn.send_form(
        f"/desk/money/payments/{payment}", {"amount": "10", "why": "twice"},
        to=f"/desk/money/payments/{payment}/refund",
    )  # fmt: skip
    assert refused.status_code == 409
    assert "disputed" in refused.text
    receipt = await value("SELECT max(id) FROM document WHERE about = $1", f"invoice:{invoice}")
    sent = await cast.finn.send_form(
        f"/desk/money/disputes/{own}",
        {"words": "The company took part in the fair and stood there.", "receipt": str(receipt)},
    )
    assert sent.status_code == 303, sent.text[:3000]
    again = await cast.finn.send_form(
        f"/desk/money/disputes/{own}", {"words": "The company took part in the fair, twice said."}
    )
    assert again.status_code == 409
    await shop.delivered()
    there = shop.books.find("disputes", dispute)
    assert there["status"] == "under_review"
    assert there["evidence"]["receipt"] in shop.books.kept["files"]
    assert await value("SELECT state FROM dispute") == "under_review"
    assert "Answer the dispute about" not in (await cast.mara.get("/desk/calendars")).text
    await happens(shop, shop.books.decide(dispute, "won"))
    assert await balances() == PAID
    assert (await row("SELECT state, stance FROM dispute")) == {"state": "won", "stance": "none"}
    assert (await cast.nils.get(f"/desk/money/disputes/{own}")).status_code == 404


async def test_dispute_that_is_lost_opens_the_invoice_again(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice, intent = await paid(shop, cast, issue)
    dispute = await happens(shop, shop.books.dispute({"payment_intent": intent, "amount": 50_000}))
    await happens(shop, shop.books.decide(dispute, "lost"))
    assert await balances() == {**OWED, "receivable": 50_000, "card": 150_000}
    assert await invoice_state(invoice) == "part_paid"
    assert await mails("dispute:%:open-again:%")
    page = await cast.ana.get(f"/my/invoices/{invoice}")
    assert "Pay €500.00" in page.text


async def ask_back(cast: Cast, amount: str) -> None:
    """The desk asks for a refund of the only payment."""
    path = f"/desk/money/payments/{await value('SELECT id FROM payment')}"
    sent = await cast.finn.send_form(path, {"amount": amount, "why": "less"}, to=f"{path}/refund")
    assert sent.status_code == 303


@pytest.mark.parametrize(("ends", "state"), [("won", "done"), ("lost", "failed")])
async def test_refund_that_was_asked_for_is_held_while_its_payment_is_disputed(
    shop: Shop, cast: Cast, issue: Issue, ends: str, state: str
) -> None:
    _, intent = await paid(shop, cast, issue)
    await ask_back(cast, "1500")
    dispute = shop.books.dispute({"payment_intent": intent})
    shop.postman.take(shop.books.held)
    await sync_intent(accounts.house(), intent)
    await shop.delivered()
    assert not shop.books.kept["refunds"], "nothing is sent while the bank decides"
    assert await value("SELECT state FROM refund") == "asked"
    shop.books.refunds_begin = "succeeded"
    await happens(shop, shop.books.decide(dispute["id"], ends))
    await shop.delivered()
    assert await value("SELECT state FROM refund") == state
    back = 150_000 if ends == "won" else 200_000
    assert await value("SELECT back_minor FROM payment") == back
    assert await checks.faults() == []
    assert (await balances()).get("card", 0) == 200_000 - back


@pytest.mark.parametrize("first", ["refund", "dispute"])
async def test_refund_and_bank_that_both_take_it_are_booked_to_the_last_cent(
    shop: Shop, cast: Cast, issue: Issue, first: str
) -> None:
    _, intent = await paid(shop, cast, issue)
    shop.books.refunds_begin = "succeeded" if first == "refund" else "pending"
    await ask_back(cast, "1500")
    await shop.delivered()
    dispute = await happens(shop, shop.books.dispute({"payment_intent": intent}))
    await happens(shop, shop.books.decide(dispute, "lost"))
    if first == "dispute":
        refund = next(iter(shop.books.kept["refunds"].values()))
        await happens(shop, shop.books.settle_refund(refund["id"], "succeeded"))
    assert await balances() == {**OWED, "card": -150_000, "differences": 150_000}
    gone = await row("SELECT back_minor, beyond_minor, state FROM payment")
    assert gone == {"back_minor": 200_000, "beyond_minor": 150_000, "state": "refunded"}
    page = await cast.finn.get(f"/desk/money/payments/{await value('SELECT id FROM payment')}")
    assert "€1,500.00 more went back than was paid" in page.text
    await happens(shop, shop.books.decide(dispute, "won"))
    assert (await balances()).get("differences", 0) == 0, "what comes home settles the loss first"
    assert (await balances())["card"] == 50_000


async def test_warning_takes_no_money_and_a_debit_taken_back_is_lost_at_once(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice, intent = await paid(shop, cast, issue, later=True)
    page = await cast.ana.get(f"/my/invoices/{invoice}")
    assert "SEPA direct debit takes up to 14 working days" in page.text
    shop.books.settle(shop.sessions[-1]["id"], succeed=True)
    await happens(shop, {"id": ""})
    assert await invoice_state(invoice) == "paid"
    assert await value("SELECT instrument FROM payment") == "sepa_debit"
    warning = shop.books.dispute({"payment_intent": intent, "state": "warning_needs_response"})
    await happens(shop, warning)
    assert await balances() == PAID
    await happens(shop, shop.books.decide(str(warning["id"]), "warning_closed"))
    taken = shop.books.dispute(
        {"payment_intent": intent, "state": "lost", "reason": "debit_not_authorized"}
    )
    await happens(shop, taken)
    assert await balances() == OWED
    assert await payment_states() == ["refunded"]
    assert await invoice_state(invoice) == "open"


async def test_debit_that_fails_opens_the_invoice_and_keeps_the_stand_three_days(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    from server.billing.checkouts import ON_ITS_WAY

    invoice, _ = await paid(shop, cast, issue, later=True)
    kept = f"SELECT count(*) FROM invoice i WHERE {ON_ITS_WAY}"
    assert await value(kept) == 1
    shop.books.settle(shop.sessions[-1]["id"], succeed=False)
    await happens(shop, {"id": ""})
    assert await invoice_state(invoice) == "open"
    assert await mails("checkout:%:failed:%")
    assert await value(kept) == 1
    await execute("UPDATE checkout SET failed_at = failed_at - interval '73 hours'")
    assert await value(kept) == 0


async def test_fees_and_payouts_bring_the_clearing_account_to_zero(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    await execute(
        "INSERT INTO stripe_account (agency, way, token, created_at) VALUES ($1,'none','t',now())",
        cast.lagerwey,
    )
    shop.postman.set_plan({"mode": "drop"})
    invoice, intent = await paid(shop, cast, issue)
    shop.books.dispute({"payment_intent": intent, "amount": 10_000})
    shop.books.refunds_begin = "succeeded"
    payout = shop.books.pay_out("eur")
    shop.postman.take(shop.books.held)
    found = await comparing.compare(accounts.house())
    assert {(each.kind, each.mended) for each in found} == {
        ("payment", True), ("dispute", True), ("payout", True)
    }  # fmt: skip
    assert await checks.faults() == []
    assert await balances() == {
        "revenue": -300_000, "aid": 100_000, "fees": FEE + DISPUTE_FEE, "dispute": 10_000,
        "bank": 200_000 - FEE - DISPUTE_FEE - 10_000,
    }  # fmt: skip
    assert await comparing.compare(accounts.house()) == [], "a second look finds nothing"
    page = await cast.finn.get("/desk/money/stripe")
    assert "A payment that Stripe has and the books had not" in page.text
    assert payout["id"] in page.text
    assert (await cast.finn.send_form("/desk/money/stripe")).status_code == 303
    shop.books.fail_payout(payout["id"])
    await comparing.compare(accounts.house())
    assert "bank" not in await balances()
    assert (await balances())["card"] == payout["amount"]
    assert await invoice_state(invoice) == "paid"


async def test_refund_that_is_pending_then_fails_gives_the_money_back_to_us(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    await paid(shop, cast, issue)
    payment = await value("SELECT id FROM payment")
    for begins, ends, state in (
        ("pending", "succeeded", "done"),
        ("requires_action", "canceled", "failed"),
    ):
        shop.books.refunds_begin = begins
        await cast.finn.send_form(
            f"/desk/money/payments/{payment}", {"amount": "100", "why": "less space"},
            to=f"/desk/money/payments/{payment}/refund",
        )  # fmt: skip
        await shop.delivered()
        assert await value("SELECT state FROM refund ORDER BY id DESC") == "sent"
        refund = list(shop.books.kept["refunds"].values())[-1]
        await happens(shop, shop.books.settle_refund(refund["id"], ends))
        assert await value("SELECT state FROM refund ORDER BY id DESC") == state
    assert await balances() == {**OWED, "receivable": 10_000, "card": 190_000}
    await jobs.drain()


@pytest.mark.parametrize(
    ("minor", "currency", "there", "possible"),
    [
        (49, "EUR", 49, False),
        (50, "EUR", 50, True),
        (5_000, "JPY", 5_000, True),
        (49, "JPY", 49, False),
        (1_000, "ISK", 100_000, True),
        (17_499, "HUF", 17_499, False),
        (12_345, "KWD", 12_345, False),
        (12_340, "KWD", 12_340, True),
    ],
)
def test_amounts_as_stripe_counts_them(
    minor: int, currency: str, there: int, possible: bool
) -> None:
    assert to_stripe(minor, currency) == there
    assert from_stripe(there, currency) == minor
    assert from_stripe(-there, currency) == -minor
    assert fits(minor, currency) is possible
