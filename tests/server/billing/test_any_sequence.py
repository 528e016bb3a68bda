"""Whatever people, banks and Stripe do, in whatever order: the books hold."""

import random
from typing import Any

import pytest

from server.billing import accounts, actions, checks, reconcile
from server.billing.forms import MatchForm, RefundForm, TransferForm
from server.database import rows, value
from server.errors import Refused
from server.web.forms import parse
from tests.cast import Cast
from tests.server.billing.conftest import Issue, Shop, discount
from tests.stripe_stand_in.books import ApiError

MOVES = (
    "issue", "issue", "click", "click", "click", "pay", "pay", "pay wrongly", "pay later", "settle",
    "transfer", "transfer", "credit", "refund", "refund", "refund there", "refund back", "match",
    "jobs", "jobs", "sweep", "mangle",
)  # fmt: skip


class Story:
    """A random walk through everything that can happen to an agency's money."""

    def __init__(self, shop: Shop, cast: Cast, issue: Issue, seed: int) -> None:
        self.shop, self.cast, self.issue = shop, cast, issue
        self.dice = random.Random(seed)
        self.n = 0

    async def any(self, sql: str) -> int | None:
        found = await rows(sql)
        return None if not found else int(self.dice.choice(found)["id"])

    def session(self, **wanted: str) -> dict[str, Any] | None:
        fit = [s for s in self.shop.sessions if all(s[k] == v for k, v in wanted.items())]
        return self.dice.choice(fit) if fit else None

    async def go(self, move: str) -> None:
        self.n += 1
        finn, ana = await self.cast.finn.actor(), await self.cast.ana.actor()
        invoice = await self.any("SELECT id FROM invoice WHERE kind = 'invoice'")
        payment = await self.any("SELECT id FROM payment")
        open_session = self.session(status="open")
        if move == "issue":
            await self.issue(subsidies=discount(self.dice.choice((0, 100_000, 300_000))))
        elif move == "click" and invoice:
            await actions.pay(ana, invoice_id=invoice)
        elif move == "pay" and open_session:
            self.shop.pay(open_session)
        elif move == "pay wrongly" and open_session:
            self.shop.pay(open_session, amount=self.dice.randint(100, 400_000))
        elif move == "pay later" and open_session:
            self.shop.pay(open_session, later=True)
        elif move == "settle" and (
            late := self.session(status="complete", payment_status="unpaid")
        ):
            self.shop.books.settle(late["id"], self.dice.random() < 0.6)
        elif move == "transfer":
            ref = await value("SELECT reference FROM invoice WHERE id = $1::bigint", invoice or 0)
            form = {"received_on": "2026-01-10", "reference": ref or "?", "bank_ref": f"B{self.n}",
                    "amount": self.dice.choice(("200.00", "2000", "2.500,00")),
                    "currency": self.dice.choice(("EUR", "EUR", "USD"))}  # fmt: skip
            await actions.record_transfer(finn, parse(TransferForm, form))
        elif move == "credit" and invoice:
            await actions.credit_invoice(finn, invoice_id=invoice, why="The dice said so")
        elif move == "refund" and payment:
            form = {"amount": str(self.dice.randint(1, 2500)), "why": "The dice"}
            await actions.refund(finn, parse(RefundForm, form), payment_id=payment)
        elif move == "refund there" and (paid := self.session(payment_status="paid")):
            self.shop.books.refund({"payment_intent": paid["payment_intent"], "amount": "777"})
        elif move == "refund back" and (sent := list(self.shop.books.kept["refunds"].values())):
            if (chosen := self.dice.choice(sent))["status"] == "succeeded":
                self.shop.books.fail_refund(chosen["id"])
        elif move == "match" and payment and invoice:
            number = await value("SELECT number FROM invoice WHERE id = $1::bigint", invoice)
            form = {"invoice": number}
            await actions.match_payment(finn, parse(MatchForm, form), payment_id=payment)
        elif move == "jobs":
            await self.shop.delivered()
        elif move == "sweep":
            await reconcile.sweep()
            await reconcile.compare()
        elif move == "mangle":
            self.shop.postman.set_plan(
                {
                    "mode": self.dice.choice(("send", "send", "drop")),
                    "repeat": self.dice.randint(1, 3),
                }
            )
        self.shop.postman.take(self.shop.books.held)


@pytest.mark.parametrize("seed", range(2))
async def test_books_hold_through_any_sequence(
    shop: Shop, cast: Cast, issue: Issue, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server.billing import checkouts

    monkeypatch.setattr(checkouts, "LOOK_AGAIN", checkouts.LOOK_AGAIN * 0)
    story = Story(shop, cast, issue, seed)
    done: list[str] = []
    for _ in range(40):
        move = story.dice.choice(MOVES)
        done.append(move)
        try:
            await story.go(move)
        except (Refused, ApiError):
            done[-1] += " (refused)"
        assert await checks.faults() == [], done
    shop.postman.set_plan({})
    await shop.delivered()
    await reconcile.sweep()
    await reconcile.compare()
    for intent in {s["payment_intent"] for s in shop.sessions if s["payment_status"] == "paid"}:
        await reconcile.sync_intent(accounts.house(), intent)
    await shop.delivered()
    assert await checks.faults() == []
    ours = await value(
        "SELECT coalesce(sum(amount_minor), 0)::bigint FROM ledger_posting WHERE account IN"
        " ('card', 'fees')"
    )
    assert ours == shop.captured(), (
        "what Stripe took for us, less its fees, is what the ledger says"
    )
    assert any("refused" not in each for each in done if each.startswith("pay"))
