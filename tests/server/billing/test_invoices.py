"""Invoices: numbers without gaps, frozen content, credit notes, and what the database refuses."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal

import asyncpg
import pytest

from server import clock, jobs
from server.accounts.permissions import SYSTEM
from server.billing import actions
from server.billing.invoices import mark_overdue
from server.billing.rules import InvoiceLine
from server.database import action, execute, row, rows, value
from server.documents.queries import pdf
from server.errors import Conflict, Forbidden, NotFound, Refused
from tests.cast import Cast
from tests.server.billing.conftest import Issue, balances, discount, invoice_state


async def test_invoice_is_frozen_with_the_fields_of_the_law(cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    found = await row("SELECT * FROM invoice WHERE id = $1::bigint", invoice)
    assert found is not None
    content = found["content"]
    assert found["number"] == f"NH-{clock.today('Europe/Berlin').year}-00001"
    assert content["seller"]["vat_id"] == "DE136695976"
    assert content["buyer"]["vat_id"] == "PT501964843"
    assert content["vat"]["reason"].startswith("Reverse charge")
    assert (found["net_minor"], found["vat_minor"], found["total_minor"]) == (200_000, 0, 200_000)
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute("UPDATE invoice SET total_minor = 1, net_minor = 1")
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute("DELETE FROM invoice")
    with pytest.raises(asyncpg.CheckViolationError):
        await execute("UPDATE invoice SET state = 'paid'")


async def test_invoice_pdf_is_made_and_belongs_to_both_sides(cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    document = await value("SELECT document FROM invoice WHERE id = $1::bigint", invoice)
    name, kind, data = await pdf(document)
    assert (name, kind) == (f"NH-{clock.today('Europe/Berlin').year}-00001.pdf", "application/pdf")
    assert data.startswith(b"%PDF")
    assert b"pdfuaid:part" in data, "accessible"
    assert b"pdfaid:part" in data, "archivable"
    for reader, status in ((cast.ana, 200), (cast.vera, 200), (cast.carla, 404), (cast.nils, 404)):
        assert (await reader.get(f"/documents/{document}")).status_code == status


async def test_domestic_invoice_carries_vat_on_the_price_after_aid(
    cast: Cast, issue: Issue
) -> None:
    await execute("UPDATE company SET country = 'DE', vat_id = '' WHERE id = $1", cast.quinta)
    invoice = await issue(
        lines=[InvoiceLine("Space", Decimal("9.5"), "m2", 33_333, 316_664)],
        subsidies=discount(100_001),
    )
    found = await row("SELECT * FROM invoice WHERE id = $1::bigint", invoice)
    assert found is not None
    assert (found["net_minor"], found["vat_minor"]) == (216_663, 41_166)
    assert (await balances())["vat"] == -41_166


async def test_numbers_have_no_gap_though_some_transactions_fail(cast: Cast, issue: Issue) -> None:
    @action
    async def fails() -> None:
        await actions.issue_invoice(
            SYSTEM, agency_id=cast.nordhafen, company_id=cast.quinta, currency="EUR",
            lines=[InvoiceLine("Space", Decimal(1), "m2", 100, 100)], due_on=date(2099, 1, 1),
            about="application:2", fair_country="JP",
        )  # fmt: skip
        raise RuntimeError("after the number was taken")

    async def one(n: int) -> None:
        if n % 3:
            await issue()
        else:
            with pytest.raises(RuntimeError):
                await fails()

    await asyncio.gather(*(one(n) for n in range(24)))
    numbers = await rows("SELECT number FROM invoice ORDER BY number")
    assert [int(each["number"].rsplit("-", 1)[1]) for each in numbers] == list(range(1, 17))
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute("UPDATE number_series SET last = last + 2")
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute("DELETE FROM number_series")


async def test_two_agencies_count_for_themselves(cast: Cast, issue: Issue) -> None:
    await issue()
    await issue(agency_id=cast.lagerwey)
    found = await rows("SELECT number, reference FROM invoice ORDER BY id")
    year = clock.today("Europe/Berlin").year
    assert [each["number"] for each in found] == [f"NH-{year}-00001", f"LE-{year}-00001"]
    assert found[0]["reference"] != found[1]["reference"]


async def test_credit_note_takes_everything_back_and_happens_once(cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    finn = await cast.finn.actor()
    note = await actions.credit_invoice(finn, invoice_id=invoice, why="Company withdrew")
    assert await balances() == {}
    assert await invoice_state(invoice) == "credited"
    found = await row("SELECT * FROM invoice WHERE id = $1::bigint", note)
    assert found is not None
    assert found["number"].endswith("-C00001")
    assert (found["total_minor"], found["state"]) == (-200_000, "credit")
    assert found["content"]["credits"]["number"].endswith("-00001")
    with pytest.raises(Conflict, match="cancelled already"):
        await actions.credit_invoice(finn, invoice_id=invoice, why="Again")
    with pytest.raises(Refused, match="cannot be cancelled"):
        await actions.credit_invoice(finn, invoice_id=note, why="Again")


async def test_invoices_of_others_cannot_be_cancelled(cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    with pytest.raises(NotFound):
        await actions.credit_invoice(await cast.nils.actor(), invoice_id=invoice, why="Mine?")
    with pytest.raises(Forbidden):
        await actions.credit_invoice(await cast.vera.actor(), invoice_id=invoice, why="May I?")
    assert await invoice_state(invoice) == "open"


async def test_free_participation_is_settled_at_once(cast: Cast, issue: Issue) -> None:
    invoice = await issue(subsidies=discount(300_000))
    assert await invoice_state(invoice) == "paid"


async def test_invoice_is_overdue_the_day_after_in_the_agencys_zone(
    cast: Cast, issue: Issue
) -> None:
    invoice = await issue(due_on=date(2099, 1, 31))
    with clock.travel(datetime(2099, 1, 31, 22, 59, tzinfo=UTC)):
        assert await mark_overdue() == 0
    with clock.travel(datetime(2099, 1, 31, 23, 1, tzinfo=UTC)):
        assert await mark_overdue() == 1
        assert await mark_overdue() == 0
    assert await invoice_state(invoice) == "overdue"


async def test_ledger_refuses_what_does_not_balance_and_all_change(
    cast: Cast, issue: Issue
) -> None:
    await issue()

    @action
    async def lopsided() -> None:
        entry = await value(
            "INSERT INTO ledger_entry (agency, at, kind, about, key)"
            " VALUES ($1::bigint, now(), 'x', 'x', 'x') RETURNING id",
            cast.nordhafen,
        )
        await execute(
            "INSERT INTO ledger_posting (entry, account, amount_minor, currency)"
            " VALUES ($1, 'bank', 5, 'EUR'), ($1, 'vat', -5, 'USD')",
            entry,
        )

    with pytest.raises(asyncpg.CheckViolationError, match="does not balance"):
        await lopsided()
    for sql in (
        "UPDATE ledger_posting SET amount_minor = 1",
        "DELETE FROM ledger_posting",
        "TRUNCATE ledger_posting",
        "UPDATE ledger_entry SET kind = 'y'",
        "DELETE FROM ledger_entry",
        "INSERT INTO ledger_posting (entry, account, amount_minor, currency)"
        " VALUES (1, 'bank', 5, 'EUR'), (1, 'vat', -5, 'EUR')",
    ):
        with pytest.raises(asyncpg.RestrictViolationError):
            await execute(sql)

    @action
    async def empty() -> None:
        await execute(
            "INSERT INTO ledger_entry (agency, at, kind, about, key)"
            " VALUES ($1::bigint, now(), 'x', 'x', 'y')",
            cast.nordhafen,
        )

    with pytest.raises(asyncpg.CheckViolationError, match="no postings"):
        await empty()


async def test_invoice_and_credit_note_are_mailed_with_their_pdf(cast: Cast, issue: Issue) -> None:
    invoice = await issue()
    await actions.credit_invoice(await cast.finn.actor(), invoice_id=invoice, why="Moved")
    mails = await rows("SELECT to_email, subject, body_text, attachments FROM message ORDER BY id")
    assert [each["to_email"] for each in mails] == [
        "ana@cast.example", "ben@cast.example", "invoice@quinta.example",
    ] * 2  # fmt: skip
    assert "RF" in mails[0]["body_text"]
    assert "Moved" in mails[3]["body_text"]
    assert all(len(each["attachments"]) == 1 for each in mails)
    assert jobs is not None
