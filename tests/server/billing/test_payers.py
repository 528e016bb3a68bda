"""Somebody else pays: the whole or a part, two invoices that add up, in the payer's name."""

from decimal import Decimal

import pytest

from server import jobs
from server.billing import actions, checks
from server.billing.sums import InvoiceLine
from server.database import execute, row, rows, value
from server.errors import Conflict
from tests.cast import Cast
from tests.server.billing.conftest import Issue, discount

PAYER = {
    "share": "all", "name": "Holding SGPS, S.A.", "street": "Avenida 1", "postcode": "1000-001",
    "city": "Lisboa", "country": "PT", "vat_id": "PT 502 011 378", "email": "pay@holding.example",
    "order_reference": "PO-77", "buyer_reference": "R-9",
}  # fmt: skip


async def say(cast: Cast, **more: str) -> None:
    answer = await cast.ana.send_form("/my/company/payer", {**PAYER, **more})
    assert answer.status_code == 303, answer.text


async def issued() -> list[dict[str, object]]:
    return await rows("SELECT * FROM invoice ORDER BY id")


async def test_payer_of_all_is_the_buyer_and_gets_the_mail(cast: Cast, issue: Issue) -> None:
    await say(cast)
    invoice = await issue()
    await jobs.drain()
    found = await row("SELECT * FROM invoice WHERE id = $1", invoice)
    assert found is not None
    assert found["company"] == cast.quinta, "the exhibitor's account"
    assert found["content"]["buyer"]["legal_name"] == "Holding SGPS, S.A."
    assert found["content"]["buyer"]["vat_id"] == "PT502011378"
    mail = await row("SELECT * FROM message WHERE to_email = 'pay@holding.example'")
    assert mail is not None
    assert "/my/invoices" not in str(mail), "a payer has no account here"
    assert "/pay/" in str(mail), "but a link of its own"
    ubl = (await cast.finn.get(f"/desk/money/invoices/{invoice}/ubl")).text
    assert "<cbc:BuyerReference>R-9<" in ubl
    assert "PO-77" in ubl
    assert "poacc:billing:3.0" in ubl, "Peppol BIS 3: both have an electronic address"


@pytest.mark.parametrize(
    ("share", "part"),
    [
        ({"share": "percent", "percent": "33.33"}, 66_660),
        ({"share": "amount", "amount": "500"}, 50_000),
    ],
)
async def test_two_invoices_add_up_exactly(
    cast: Cast, issue: Issue, share: dict[str, str], part: int
) -> None:
    await execute("UPDATE company SET country = 'DE', vat_id = '' WHERE id = $1", cast.quinta)
    await say(cast, **share, country="DE", vat_id="")
    mine = await issue()
    theirs, whole = await issued()
    assert (whole["id"], whole["beside"]) == (mine, theirs["id"])
    assert theirs["net_minor"] == part
    assert theirs["net_minor"] + whole["net_minor"] == 200_000
    assert theirs["vat_minor"] + whole["vat_minor"] == 38_000
    assert theirs["total_minor"] + whole["total_minor"] == 238_000
    assert await checks.faults() == []
    revenue = "SELECT -sum(amount_minor) FROM ledger_posting WHERE account = 'revenue'"
    assert await value(revenue) == 300_000, "the full price once"
    shown = (await cast.ana.get(f"/my/invoices/{mine}")).text
    assert "Paid by Holding SGPS, S.A." in shown
    finn = await cast.finn.actor()
    with pytest.raises(Conflict, match="is a part of"):
        await actions.credit_invoice(finn, invoice_id=theirs["id"], why="No")
    await actions.credit_invoice(finn, invoice_id=mine, why="Withdrawn")
    states = await rows("SELECT state FROM invoice WHERE kind = 'invoice'")
    assert {each["state"] for each in states} == {"credited"}
    assert await value(revenue) == 0
    assert await checks.faults() == []


async def test_part_of_a_payer_abroad_is_taxed_where_the_payer_is(cast: Cast, issue: Issue) -> None:
    await execute("UPDATE company SET country = 'DE', vat_id = '' WHERE id = $1", cast.quinta)
    await say(cast, share="percent", percent="50")
    await issue(subsidies=discount(0))
    theirs, mine = await issued()
    assert (theirs["net_minor"], theirs["vat_minor"]) == (150_000, 0)
    assert theirs["content"]["vat"]["code"] == "reverse_charge"
    assert (mine["net_minor"], mine["vat_minor"]) == (150_000, 28_500)


async def test_fixed_amount_is_of_the_contract_and_of_its_currency(
    cast: Cast, issue: Issue
) -> None:
    await say(cast, share="amount", amount="2500", currency="EUR")
    await issue()
    await issue()
    await issue()
    await issue(about="application:2")
    await issue(currency="CHF", about="application:3")
    nets = [each["net_minor"] for each in await rows(
        "SELECT net_minor FROM invoice b WHERE EXISTS (SELECT FROM invoice i WHERE i.beside = b.id)"
        " ORDER BY id"
    )]  # fmt: skip
    assert nets == [200_000, 50_000, 200_000], "2,500 of the first contract, whatever its invoices"
    assert "EUR" in (await cast.ana.get("/my/company/payer")).text


async def test_payer_over_the_api(cast: Cast) -> None:
    path, ana = "/api/v1/my/payer", await cast.ana.program()
    assert (await ana.get(path)).status_code == 404
    form = {**PAYER, "share": "amount", "amount": "1200", "currency": "JPY"}
    put = await ana.put(path, json=form)
    assert put.status_code == 200, put.text
    found = (await ana.get(path)).json()
    assert (found["share_minor"], found["share_currency"]) == (1_200, "JPY"), "no decimals"


async def test_form_refuses_what_cannot_be_and_keeps_what_was_typed(cast: Cast) -> None:
    for wrong in (
        {"share": "percent", "percent": "100"},
        {"share": "amount", "amount": "0"},
        {"vat_id": "PT123"},
        {"email": "nobody"},
        {"city": ""},
    ):
        answer = await cast.ana.send_form("/my/company/payer", {**PAYER, **wrong})
        assert answer.status_code == 422, wrong
        assert "Holding SGPS, S.A." in answer.text
    assert await value("SELECT count(*) FROM payer") == 0
    await say(cast)
    await say(cast, share="none", name="", city="")
    assert await value("SELECT count(*) FROM payer WHERE ended_at IS NULL") == 0


async def test_vat_is_said_in_the_national_currency_by_a_kept_rate(
    cast: Cast, issue: Issue
) -> None:
    lines = [InvoiceLine("Space", Decimal(1), "m2", 100_000, 100_000)]
    await execute("UPDATE company SET country = 'DE', vat_id = '' WHERE id = $1", cast.quinta)
    with pytest.raises(Exception, match="no rate of the last 31 days is known for USD"):
        await issue(currency="USD", lines=lines, subsidies=())
    today = await value("SELECT current_date")
    form = {
        "currency": "USD", "national": "EUR", "rate": "0.86543", "source": "European Central Bank",
        "on_day": today.isoformat(),
    }  # fmt: skip
    answer = await cast.finn.send_form("/desk/money/rates", form)
    assert answer.status_code == 303, answer.text
    invoice = await issue(currency="USD", lines=lines, subsidies=())
    content = await value("SELECT content FROM invoice WHERE id = $1", invoice)
    assert content["national"]["vat_minor"] == 16_443
    assert content["national"]["currency"] == "EUR"
    assert "0.86543" in (await cast.ana.get(f"/my/invoices/{invoice}")).text
