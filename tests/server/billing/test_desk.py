"""The agency's pages: transfers, refunds, waiting money, the ledger."""

import asyncio
from datetime import date

import pytest

from server import jobs
from server.billing import checks, refunds, stripe_client
from server.database import counting, execute, row, rows, value
from tests.cast import Cast
from tests.server.billing.conftest import (
    Issue,
    Shop,
    balances,
    invoice_state,
    payment_states,
)

OWED = {"receivable": 200_000, "revenue": -300_000, "aid": 100_000}


async def reference(invoice: int) -> str:
    return str(await value("SELECT reference FROM invoice WHERE id = $1::bigint", invoice))


def transfer(amount: str, text: str, **more: str) -> dict[str, str]:
    return {"received_on": "2026-01-10", "amount": amount, "currency": "EUR", "reference": text,
            "payer": "Quinta do Vale Lda", **more}  # fmt: skip


@pytest.mark.parametrize("written", ["2.000,00", "2,000.00", "2000", "2 000.00"])
async def test_transfer_with_the_reference_settles_the_invoice(
    cast: Cast, issue: Issue, written: str
) -> None:
    invoice = await issue()
    ref = await reference(invoice)
    text = f"Invoice of Quinta / {ref[:4]} {ref[4:8].lower()} {ref[8:]} thanks"
    sent = await cast.finn.send_form("/desk/money/transfer", transfer(written, text))
    assert sent.status_code == 303
    assert await invoice_state(invoice) == "paid"
    assert await balances() == {"bank": 200_000, "revenue": -300_000, "aid": 100_000}
    shown = await cast.finn.get(sent.headers["location"])
    assert "the invoice is paid" in shown.text


async def test_transfer_in_parts_pays_little_by_little(cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    ref = await reference(invoice)
    await cast.finn.send_form("/desk/money/transfer", transfer("500", ref))
    assert await invoice_state(invoice) == "part_paid"
    again = await cast.finn.send_form("/desk/money/transfer", transfer("500", ref))
    assert again.status_code == 409
    assert "recorded already" in again.text
    assert 'value="500"' in again.text, "what was typed is kept"
    await cast.finn.send_form("/desk/money/transfer", transfer("500", ref, bank_ref="B-2"))
    await cast.finn.send_form("/desk/money/transfer", transfer("1000.00", ref))
    assert await invoice_state(invoice) == "paid"
    over = await cast.finn.send_form("/desk/money/transfer", transfer("1", ref))
    shown = await cast.finn.get(over.headers["location"])
    assert "The invoice was paid already" in shown.text
    assert await payment_states() == ["matched", "matched", "matched", "flagged"]


async def test_transfer_without_reference_waits_for_a_person(cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    sent = await cast.finn.send_form("/desk/money/transfer", transfer("2000", "stand Tokyo"))
    assert await payment_states() == ["unmatched"]
    place = sent.headers["location"]
    wrong = await cast.finn.send_form(place, {"invoice": "NH-1999-1"}, to=f"{place}/match")
    assert wrong.status_code == 422
    assert "There is no invoice NH-1999-1" in wrong.text
    number = await value("SELECT number FROM invoice WHERE id = $1::bigint", invoice)
    assert f'name="invoice" value="{number}"' in (await cast.finn.get(place)).text, "a guess"
    right = await cast.finn.send_form(place, {"invoice": number}, to=f"{place}/match")
    assert right.status_code == 303
    assert await invoice_state(invoice) == "paid"
    twice = await cast.finn.send_form("/desk/money", {"invoice": number}, to=f"{place}/match")
    assert twice.status_code in (403, 409, 422)


async def test_overpaid_transfer_leaves_the_rest_waiting(cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    ref = await reference(invoice)
    sent = await cast.finn.send_form("/desk/money/transfer", transfer("2.300,50", ref))
    assert await payment_states() == ["flagged"]
    place = sent.headers["location"]
    assert "the rest waits as the company" in (await cast.finn.get(place)).text, "what to do"
    await cast.finn.send_form(place, {"invoice": ref}, to=f"{place}/match")
    assert await invoice_state(invoice) == "paid"
    assert (await balances())["unallocated"] == -30_050
    shown = await cast.finn.get(place)
    assert "€300.50" in shown.text
    sent = await cast.finn.send_form(
        f"{place}/refund", {"amount": "300,50", "why": "Paid too much"}
    )
    assert sent.status_code == 303
    assert await balances() == {"bank": 200_000, "revenue": -300_000, "aid": 100_000}
    assert await invoice_state(invoice) == "paid"


async def test_transfer_that_cannot_be_is_refused_with_a_sentence(cast: Cast, issue: Issue) -> None:
    for field, typed, says in (
        ("amount", "twelve", "not an amount"),
        ("amount", "-5", "more than 0"),
        ("amount", "NaN", "not an amount"),
        ("amount", "1e9", "not an amount"),
        ("amount", "10.0055", "more decimal places"),
        ("amount", "9" * 20, "larger than any amount"),
        ("currency", "XXL", "Choose a currency"),
        ("received_on", "2199-01-01", "not come yet"),
        ("received_on", "tomorrow", "must be a date"),
        ("state", "matched", "not asked for"),
    ):
        wrong = {**transfer("5", "x"), field: typed}
        sent = await cast.finn.send_form("/desk/money/transfer", wrong)
        assert sent.status_code == 422, typed
        assert says in sent.text, typed
        assert "Quinta do Vale Lda" in sent.text, "what was typed is kept"
    assert await payment_states() == []
    await cast.finn.send_form("/desk/money/transfer", transfer("1.234", "x"))
    assert await value("SELECT amount_minor FROM payment") == 123_400


async def paid_by_card(shop: Shop, cast: Cast, invoice: int) -> str:
    await cast.ana.send_form(f"/my/invoices/{invoice}", to=f"/my/invoices/{invoice}/pay")
    shop.pay()
    await shop.delivered()
    return f"/desk/money/payments/{await value('SELECT max(id) FROM payment')}"


async def test_refund_is_checked_sent_once_and_opens_the_invoice(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    place = await paid_by_card(shop, cast, invoice)
    typed = {"amount": "1.999,99", "why": "Smaller stand"}
    check = await cast.finn.send_form(f"{place}/refund", typed, to=f"{place}/refund/check")
    assert check.status_code == 200
    assert "€1,999.99" in check.text
    assert "open again" in check.text
    assert await value("SELECT count(*) FROM refund") == 0
    answers = await asyncio.gather(
        *(cast.finn.send_form(f"{place}/refund", typed) for _ in range(6))
    )
    assert sorted(each.status_code for each in answers) == [303, 409, 409, 409, 409, 409]
    await shop.delivered()
    await shop.delivered()
    assert shop.captured() == 1
    assert await value("SELECT state FROM refund") == "done"
    assert await invoice_state(invoice) == "part_paid"
    assert await balances() == {**OWED, "receivable": 199_999, "card": 1}
    shown = await cast.finn.get(place)
    assert "Smaller stand" in shown.text
    rest = await cast.finn.send_form(f"{place}/refund", {"amount": "5", "why": "More"})
    assert rest.status_code == 422
    assert "At most €0.01" in rest.text


async def test_refund_that_comes_back_days_later_waits_for_a_person(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    place = await paid_by_card(shop, cast, invoice)
    await cast.finn.send_form(f"{place}/refund", {"amount": "2000", "why": "Fair cancelled"})
    await shop.delivered()
    await shop.delivered()
    assert await payment_states() == ["refunded"]
    shop.books.fail_refund(next(iter(shop.books.kept["refunds"])))
    shop.postman.take(shop.books.held)
    await shop.delivered()
    await shop.delivered()
    assert await payment_states() == ["flagged"]
    assert await balances() == {**OWED, "card": 200_000, "unallocated": -200_000}
    assert "A refund of it came back" in (await cast.finn.get(place)).text
    await cast.finn.send_form(f"{place}/refund", {"amount": "2000", "why": "Once more"})
    await shop.delivered()
    await shop.delivered()
    assert await payment_states() == ["refunded"]
    assert await balances() == OWED
    assert await checks.faults() == []


async def test_refund_made_at_stripe_is_on_our_books(shop: Shop, cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    place = await paid_by_card(shop, cast, invoice)
    intent = await value("SELECT external_ref FROM payment")
    shop.books.refund({"payment_intent": intent})
    shop.postman.take(shop.books.held)
    await shop.delivered()
    assert await balances() == OWED
    assert await payment_states() == ["refunded"]
    tried = await cast.finn.send_form(f"{place}/refund", {"amount": "5", "why": "Too late"},
                                      to=f"{place}/refund")  # fmt: skip
    assert tried.status_code in (409, 422, 403)
    assert shop.captured() == 0


async def test_refund_that_stripe_refuses_leaves_the_money_and_says_so(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    place = await paid_by_card(shop, cast, invoice)
    shop.faults.append({"match": "POST /v1/refunds", "times": 1, "status": 500})
    await cast.finn.send_form(f"{place}/refund", {"amount": "100", "why": "Discount"})
    await jobs.drain()
    assert await value("SELECT state FROM refund") == "failed"
    assert await value("SELECT count(*) FROM message WHERE key LIKE 'refund:%:failed:%'") == 3
    assert await invoice_state(invoice) == "paid"
    await cast.finn.send_form(f"{place}/refund", {"amount": "100", "why": "Discount"})
    await shop.delivered()
    await shop.delivered()
    assert shop.captured() == 190_000
    assert (await balances())["card"] == 190_000


async def test_refund_that_was_done_before_stripe_broke_is_done_here(
    shop: Shop, cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    place = await paid_by_card(shop, cast, invoice)
    shop.faults.append({"match": "POST /v1/refunds", "times": 1, "status": 500, "acts": True})
    shop.postman.set_plan({"mode": "drop"})
    await cast.finn.send_form(f"{place}/refund", {"amount": "100", "why": "Discount"})
    await jobs.drain()
    assert await value("SELECT state FROM refund") == "done"
    assert shop.captured() == (await balances())["card"] == 190_000


async def test_money_of_another_agency_does_not_exist(shop: Shop, cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    place = await paid_by_card(shop, cast, invoice)
    for path in (place, f"{place}/refund", f"/desk/money/invoices/{invoice}",
                 f"/desk/money/invoices/{invoice}/cancel"):  # fmt: skip
        assert (await cast.nils.get(path)).status_code == 404, path
    for path, data in (
        (f"{place}/refund", {"amount": "1", "why": "Mine now"}),
        (f"{place}/match", {"invoice": "NH"}),
        (f"/desk/money/invoices/{invoice}/cancel", {"why": "Mine now"}),
    ):
        assert (await cast.nils.send_form("/desk/money", data, to=path)).status_code in (403, 404)
    assert shop.captured() == 200_000
    assert "Quinta" not in (await cast.nils.get("/desk/money")).text


async def test_pages_show_what_is_open_and_waiting(shop: Shop, cast: Cast, issue: Issue) -> None:
    empty = await cast.vera.get("/desk/money")
    assert "No invoices yet" in empty.text
    assert "Nothing is posted yet" in (await cast.vera.get("/desk/money/ledger")).text
    assert "No invoices yet" in (await cast.ana.get("/my/invoices")).text
    paid = await issue()
    await paid_by_card(shop, cast, paid)
    await issue(company_id=cast.rossi, due_on=date(2099, 2, 1))
    await cast.finn.send_form("/desk/money/transfer", transfer("12", "no idea"))
    desk = await cast.vera.get("/desk/money")
    assert "Officina Rossi" in desk.text
    assert "No invoice has this reference" in desk.text
    assert "Record one transfer by hand" not in desk.text, "viewers only look"
    only = await cast.vera.get("/desk/money?state=paid&q=quinta")
    assert "Officina Rossi" not in only.text
    assert "Quinta do Vale" in only.text
    assert "No invoice fits" in (await cast.vera.get("/desk/money?q=nobody")).text
    ledger = await cast.vera.get("/desk/money/ledger")
    assert "Card payments, at Stripe" in ledger.text
    statement = await cast.vera.get("/desk/money/ledger/receivable/EUR")
    assert statement.text.count("Quinta do Vale") == 2
    assert (await cast.vera.get("/desk/money/ledger/secret/EUR")).status_code == 404
    mine = await cast.ana.get("/my/invoices")
    assert "Joint booth at Foodex" in mine.text
    assert (await cast.vera.get("/desk/money/transfer")).status_code == 403


async def test_lists_take_as_many_statements_for_one_as_for_thirty(
    cast: Cast, issue: Issue
) -> None:
    async def cost() -> list[int]:
        found = []
        for who, path in ((cast.vera, "/desk/money"), (cast.ana, "/my/invoices"),
                          (cast.vera, "/desk/money/ledger/receivable/EUR")):  # fmt: skip
            async with counting() as noted:
                assert (await who.get(path)).status_code == 200
            found.append(len(noted))
        return found

    await issue()
    few = await cost()
    for _ in range(29):
        await issue()
    assert await cost() == few
    assert max(few) <= 8


async def test_api_offers_the_same(shop: Shop, cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    async with await cast.finn.program() as program:
        listed = (await program.get("/api/v1/money/invoices?state=open")).json()
        assert [each["id"] for each in listed["items"]] == [invoice]
        assert listed["items"][0]["open_minor" if "open_minor" in listed["items"][0] else "id"]
        ref = await reference(invoice)
        body = {"received_on": "2026-01-10", "amount": "2000.00", "reference": ref}
        made = [
            await program.post("/api/v1/money/transfers", json=body,
                               headers={"idempotency-key": "t1"})
            for _ in range(2)
        ]  # fmt: skip
        assert [each.status_code for each in made] == [201, 201]
        assert made[0].json() == made[1].json()
        assert made[0].json()["paid_in_full"] is True
        wrong = await program.post("/api/v1/money/transfers", json={**body, "amount": "-1"})
        assert wrong.status_code == 422
        accounts = (await program.get("/api/v1/money/accounts")).json()["items"]
        assert sum(each["debit_minor"] - each["credit_minor"] for each in accounts) == 0
        again = await program.post(
            "/api/v1/money/payments/1/refund", json={"amount": "2000", "why": "Cancelled fair"}
        )
        assert again.status_code == 201
    found = await row("SELECT state, paid_minor FROM invoice WHERE id = $1::bigint", invoice)
    assert found == {"state": "open", "paid_minor": 0}
    assert len(await rows("SELECT 1 FROM refund")) == 1


async def test_refund_whose_key_stripe_forgot_is_looked_up_first(
    shop: Shop, cast: Cast, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = await issue()
    place = await paid_by_card(shop, cast, invoice)
    monkeypatch.setattr(stripe_client, "TIMEOUT", 0.3)
    await stripe_client.close()
    shop.faults.append({"match": "POST /v1/refunds", "times": 1, "after": 0.8})
    shop.postman.set_plan({"mode": "drop"})
    await cast.finn.send_form(f"{place}/refund", {"amount": "100", "why": "Discount"})
    with pytest.raises(stripe_client.Unreachable):
        await refunds.send(1)
    assert await value("SELECT state FROM refund") == "asked"
    await execute("UPDATE refund SET created_at = created_at - interval '2 days'")
    await refunds.send(1)
    await refunds.send(1)
    assert await value("SELECT state FROM refund") == "done"
    assert shop.calls("POST", "/v1/refunds") == 1
    assert shop.captured() == 190_000
    assert await checks.faults() == []
