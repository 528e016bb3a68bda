"""A third party pays its subsidies: by hand, from the bank, with a receipt, and taken back."""

from datetime import date
from decimal import Decimal

from server import clock
from server.accounts.permissions import SYSTEM
from server.aid.rules import Shown
from server.billing import actions, checks
from server.billing.sums import InvoiceLine, Subsidy
from server.database import action, row, rows, value
from tests.booths.calls.test_story import id_in
from tests.cast import Cast
from tests.server.billing.bank_files import Line, camt
from tests.server.billing.conftest import balances
from tests.server.billing.test_bank import book, states

SCHEME = {
    "name": "Regional fund", "legal_basis": "de_minimis", "mode": "rate", "rate": "25",
    "budget": "50000", "currency": "EUR", "valid_from": "2026-01-01",
    "intent": "save",
}  # fmt: skip


async def owing(cast: Cast) -> int:
    """A source that owes 500.00; the scheme's id."""
    made = await cast.mara.send_form("/desk/schemes/new", SCHEME)
    assert made.status_code == 303, made.text
    source = id_in(made.headers["location"])

    @action
    async def bill() -> int:
        return await actions.issue_invoice(
            SYSTEM, agency_id=cast.nordhafen, company_id=cast.quinta,
            lines=[InvoiceLine("Stand", Decimal(1), "participation", 200_000, 200_000)],
            currency="EUR", due_on=date(2099, 1, 31), about="application:1", fair_country="DE",
            subsidies=[Subsidy(Shown.THIRD_PARTY, "Regional fund", 50_000, source)],
        )  # fmt: skip

    await bill()
    return source


async def test_payment_by_hand_has_a_receipt_and_is_never_more_than_owed(cast: Cast) -> None:
    source = await owing(cast)
    page = f"/desk/money/sources/{source}"
    assert f'href="{page}"' in (await cast.finn.get("/desk/money/ledger")).text
    form = {"received_on": clock.today("Europe/Berlin").isoformat(), "amount": "300",
            "currency": "EUR", "payer": "Regional fund of the North"}  # fmt: skip
    sent = await cast.finn.send_form(page, form)
    assert sent.status_code == 303, sent.text
    assert (await balances())["aid_receivable"] == 20_000
    assert await checks.faults() == []
    shown = (await cast.finn.get(page)).text
    assert "Receipt as PDF" in shown
    document = await value("SELECT document FROM source_payment")
    receipt = await cast.finn.get(f"/documents/{document}")
    assert receipt.content.startswith(b"%PDF")
    kept = await row("SELECT content FROM document WHERE id = $1", document)
    assert kept is not None
    assert kept["content"]["to"]["name"] == "Regional fund of the North"
    more = await cast.finn.send_form(page, {**form, "amount": "200.01"})
    assert more.status_code == 422
    assert "owes €200.00" in more.text
    back = f"{page}/payments/{await value('SELECT id FROM source_payment')}/back"
    assert (await cast.finn.send_form(page, {"why": ""}, to=back)).status_code == 422
    assert (await cast.finn.send_form(page, {"why": "Another fund."}, to=back)).status_code == 303
    assert (await balances())["aid_receivable"] == 50_000
    assert await checks.faults() == []
    again = await cast.finn.send_form(page, {"why": "Another fund."}, to=back)
    assert again.status_code in (409, 422)
    assert (await cast.ana.get(page)).status_code in (303, 403)
    assert (await cast.finn.get("/desk/money/sources/987654")).status_code == 404


async def test_entry_of_the_bank_is_the_sources_and_counts_once(cast: Cast) -> None:
    """One that was recorded by hand before is found again; taken back, the entry is open."""
    source = await owing(cast)
    page = f"/desk/money/sources/{source}"
    today = clock.today("Europe/Berlin").isoformat()
    form = {"received_on": today, "amount": "100", "currency": "EUR", "payer": "Fund"}
    assert (await cast.finn.send_form(page, form)).status_code == 303
    await book(cast, camt([Line("100.00", "Part one", "Fund", ref="S1"),
                           Line("150.00", "Part two", "Fund", ref="S2")]))  # fmt: skip
    shown = (await cast.finn.get(page)).text
    assert "Part one" in shown
    for entry in await rows("SELECT id FROM bank_entry ORDER BY id"):
        sent = await cast.finn.send_form(
            page, {"entry": entry["id"], "payer": "Fund"}, to=f"{page}/entry"
        )
        assert sent.status_code == 303, sent.text
        assert await checks.faults() == []
    assert await value("SELECT count(*) FROM source_payment") == 2, "by hand, and the new one"
    stood = await balances()
    assert (stood["bank"], stood["aid_receivable"]) == (25_000, 25_000)
    assert "suspense" not in stood
    assert (await cast.finn.get("/desk/money/bank/entries?state=source")).status_code == 200
    for paid in await rows("SELECT id FROM source_payment ORDER BY id"):
        back = f"{page}/payments/{paid['id']}/back"
        done = await cast.finn.send_form(page, {"why": "Not theirs."}, to=back)
        assert done.status_code == 303, done.text
        assert await checks.faults() == []
    assert await states() == ["open", "open"]
    assert (await balances())["aid_receivable"] == 50_000
