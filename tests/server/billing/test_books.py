"""The books as pages and files: what they show is what the ledger holds."""

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from server import clock
from server.billing import books, checks, payouts
from server.billing.accounts import Account
from server.billing.bank_settings import Settings
from server.billing.books import Line
from server.billing.exchange import Rates
from server.billing.statements import Period
from server.billing.stripe_seen import MovementSeen
from server.database import execute, rows, value
from server.money import to_decimal
from tests.cast import Cast
from tests.server.billing.bank_files import Line as Entry
from tests.server.billing.bank_files import camt
from tests.server.billing.conftest import Issue, balances
from tests.server.billing.test_bank import book, of

LEDGER = "/desk/money/ledger"


@pytest_asyncio.fixture
async def season(cast: Cast, issue: Issue) -> list[int]:
    """Two invoices to Quinta and one to Rossi; one paid in January, one in part."""
    made = [await issue(), await issue(), await issue(company_id=cast.rossi, vat=None)]
    refs = [(await of(each))["reference"] for each in made]
    await book(cast, camt([Entry("2000.00", refs[0], on="2026-01-12"),
                           Entry("700.00", refs[1], on="2026-02-10")]))  # fmt: skip
    return made


async def test_trial_balance_and_statement_agree_with_the_ledger(
    cast: Cast, season: list[int]
) -> None:
    whole = await cast.vera.get(LEDGER)
    assert "Bank account" in whole.text
    february = await cast.vera.get(f"{LEDGER}?since=2026-02-01&until=2026-02-28")
    bank = re.search(r">Bank account</a>(.*?)</tr>", february.text, re.S)
    assert bank
    assert re.findall(r"€[\d,.]+", bank[1]) == ["€2,000.00", "€700.00", "€0.00", "€2,700.00"]
    shown = await cast.vera.get(f"{LEDGER}/bank/EUR?since=2026-02-01&until=2026-02-28")
    assert [f in shown.text for f in ("€2,000.00", "€700.00", "€2,700.00")] == [True] * 3
    assert "12 Jan" not in shown.text
    one = await cast.vera.get(f"{LEDGER}/receivable/EUR?company={cast.rossi}")
    assert "Officina Rossi" in one.text
    assert "Quinta do Vale" not in one.text
    assert (await cast.nils.get(f"{LEDGER}/receivable/EUR?company={cast.rossi}")).status_code == 404
    odd = await cast.vera.get(f"{LEDGER}?since=2026-03-01&until=2026-02-01")
    assert odd.status_code == 422
    assert "ends before it begins" in odd.text
    assert (await cast.vera.get(f"{LEDGER}/nonsense/EUR")).status_code == 404


async def test_open_items_add_up_to_what_companies_owe(cast: Cast, season: list[int]) -> None:
    shown = await cast.vera.get(f"{LEDGER}/open-items")
    owed = (await balances())["receivable"]
    totals = re.findall(r"data-label=\"Open\"><div class=\"pv-cell\">[^€]*€([\d,.]+)", shown.text)
    cents = sum(int(re.sub(r"[,.]", "", each)) for each in totals)
    assert cents in (owed, 2 * owed), "by company and by invoice"
    assert "Not due" in shown.text
    early = await cast.vera.get(f"{LEDGER}/open-items?until=2020-01-01")
    assert "Nothing was open" in early.text


async def test_company_sees_its_own_account_and_nobody_elses(cast: Cast, season: list[int]) -> None:
    place = f"/my/invoices/accounts/{cast.nordhafen}/EUR"
    assert place in (await cast.ana.get("/my/invoices/accounts")).text
    shown = await cast.ana.get(place)
    assert "€1,300.00" in shown.text
    pdf = await cast.ana.get(f"{place}/pdf")
    assert pdf.content.startswith(b"%PDF")
    assert (await cast.ana.get(f"/my/invoices/accounts/{cast.lagerwey}/EUR")).status_code == 404
    assert (await cast.ana.get(f"/my/invoices/accounts/{cast.nordhafen}/XXX")).status_code == 404
    carla = await cast.carla.get(place)
    assert "€1,300.00" not in carla.text


async def test_exports_carry_the_check_sum_of_the_ledger(cast: Cast, season: list[int]) -> None:
    await execute("UPDATE company SET name = '=cmd|''x''!A1' WHERE id = $1", cast.rossi)
    turnover = await value(
        "SELECT sum(amount_minor)::bigint FROM ledger_posting WHERE amount_minor > 0"
    )
    said = str(to_decimal(turnover, "EUR"))
    plain = await cast.vera.get(f"{LEDGER}/export?form=csv")
    rows = list(csv.reader(io.StringIO(plain.content.decode("utf-8-sig"))))
    assert rows[-1][0] == "Check sum"
    assert rows[-1][7:9] == [said, said]
    assert sum(Decimal(row[7] or 0) for row in rows[1:-1]) == Decimal(said)
    assert not any(cell.startswith("=") for row in rows for cell in row)
    sheet = await cast.vera.get(f"{LEDGER}/export?form=xlsx")
    assert sheet.content.startswith(b"PK")
    await cast.finn.send_form(f"{LEDGER}/numbers", {"adviser": "4711", "client": "12",
                                                    "bank": "1800"})  # fmt: skip
    batch = (await cast.vera.get(f"{LEDGER}/export?form=datev")).content.decode("cp1252")
    lines = list(csv.reader(io.StringIO(batch), delimiter=";"))
    assert lines[0][:5] == ["EXTF", "700", "21", "Buchungsstapel", "13"]
    assert lines[0][10:12] == ["4711", "12"]
    check_batch(batch)
    assert said in lines[0][16]
    assert len(lines[0]) == 31
    bank = [line for line in lines[2:] if line[6] == "1800"]
    assert sum(Decimal(line[0].replace(",", ".")) for line in bank) == Decimal("2700.00")
    assert {line[7] for line in bank} == {str(10_000 + cast.quinta)}
    wrong = await cast.finn.send_form(f"{LEDGER}/numbers", {"bank": "12a"})
    assert wrong.status_code == 422


HEADER = (
    r'"EXTF";700;21;"Buchungsstapel";13;20\d{15};;"PV";"";"";\d{4,7};\d{1,5};20\d{2}0101;4;'
    r'20\d{6};20\d{6};"[^"]{0,30}";"";1;0;0;"[A-Z]{3}";;"";;;"";;;"";""'
)
ROW = (
    r'(?!0,0+;)\d{1,10},\d{2};"S";"[A-Z]{3}";((\d{1,4},\d{6});\d{1,10},\d{2};"[A-Z]{3}"|;;"");'
    r'\d{4,9};\d{4,9};"";(0[1-9]|[12]\d|3[01])(0[1-9]|1[0-2]);"[^"]{0,36}";"[^"]{0,12}";;'
    r'"[^"]{0,60}"'
)


def check_batch(text: str) -> None:
    """Every field of header version 700 and category 21, version 13, has its place, form, length
    and quotes; lines end with CR LF; all days lie in the period."""
    head, columns, *lines, last = text.split("\r\n")
    assert last == ""
    assert "\n" not in text.replace("\r\n", "")
    assert re.fullmatch(HEADER, head), head
    assert columns.count(";") == 13
    assert columns.startswith("Umsatz (ohne Soll/Haben-Kz);Soll/Haben-Kennzeichen;WKZ Umsatz;")
    since, until = (each for each in head.split(";")[14:16])
    for line in lines:
        assert re.fullmatch(ROW, line), line
        day = line.split(";")[9]
        assert any(
            since <= f"{year}{day[2:]}{day[:2]}" <= until
            for year in range(int(since[:4]), int(until[:4]) + 1)
        ), "a day without a year has to be read from the period"


async def test_exports_show_rates_and_what_stripe_converted(cast: Cast) -> None:
    """100 USD become 91.50 EUR at Stripe; the agency keeps a rate of 1.25 USD for a euro."""
    ours = Account(id=None, agency=None, way="house", key="")
    seen = MovementSeen(id="txn_1", kind="charge", source="ch_1", intent="", amount_minor=9_150,
                        fee_minor=0, currency="EUR", source_minor=10_000, source_currency="USD",
                        at=clock.now())  # fmt: skip
    assert await payouts.keep_movement(ours, cast.nordhafen, seen)
    assert not await payouts.keep_movement(ours, cast.nordhafen, seen), "once"
    assert await rows("SELECT account, currency, amount_minor AS n FROM ledger_posting ORDER BY"
                      " currency, account") == [
        {"account": "card", "currency": "EUR", "n": 9_150},
        {"account": "exchange", "currency": "EUR", "n": -9_150},
        {"account": "card", "currency": "USD", "n": -10_000},
        {"account": "exchange", "currency": "USD", "n": 10_000},
    ]  # fmt: skip
    assert await checks.faults() == []

    async def exported(form: str) -> list[list[str]]:
        got = (await cast.vera.get(f"{LEDGER}/export?form={form}")).content
        batch = form == "datev"
        text = got.decode("cp1252" if batch else "utf-8-sig")
        return list(csv.reader(io.StringIO(text), delimiter=";" if batch else ","))

    without = [line[3:6] for line in (await exported("datev"))[2:] if line[2] == "USD"]
    assert without == [["", "", ""]], "no rate is kept"
    await cast.finn.send_form("/desk/money/rates", {
        "currency": "EUR", "national": "USD", "rate": "1.25", "source": "ECB",
        "on_day": str(clock.today("Europe/Berlin"))})  # fmt: skip
    batch = (await exported("datev"))[2:]
    assert [line[3:6] for line in batch if line[2] == "USD"] == [["1,250000", "80,00", "EUR"]]
    assert [line[3:6] for line in batch if line[2] == "EUR"] == [["", "", ""]]
    lines = (await exported("csv"))[1:]
    worth = sum(Decimal(line[11]) for line in lines if line[4] == "Converted by Stripe")
    assert worth == Decimal("80.00") - Decimal("91.50"), "Stripe gave 11.50 more than that rate"


def test_batch_has_room_for_a_currency_without_cents_and_for_one_of_many_units() -> None:
    day = clock.now().date()
    lines = [
        Line(entry=n, day=day, kind="payment", about=f"payment:{n}", account=account, company=None,
             company_name=None, amount_minor=minor, currency=currency)
        for n, currency in enumerate(("JPY", "VND"), 1)
        for account, minor in (("bank", 9_150), ("unallocated", -9_150))
    ]  # fmt: skip
    kept = {"JPY": [(day, Decimal("0.00625"))], "VND": [(day, Decimal("0.00003650"))]}
    text = books.as_batch(
        lines, Settings(), Period(), clock.now(), Rates("EUR", kept)
    ).decode("cp1252")  # fmt: skip
    check_batch(text)
    fields = [line.split(";")[:6] for line in text.split("\r\n")[2:4]]
    assert fields == [
        ["9150,00", '"S"', '"JPY"', "160,000000", "57,19", '"EUR"'],
        ["9150,00", '"S"', '"VND"', "", "", '""'],
    ], "27,397 dong for a euro are no rate of four digits"


amounts = st.lists(st.integers(1, 10**9), min_size=1, max_size=6)


@given(amounts, amounts)
def test_pairs_of_an_entry_add_up_to_each_account(some: list[int], others: list[int]) -> None:
    gap = sum(some) - sum(others)
    debits, credits = list(some), list(others)
    (credits if gap > 0 else debits).append(abs(gap)) if gap else None
    lines = [
        Line(entry=1, day=clock.now().date(), kind="invoice", about="invoice:1", account=account,
             company=n, company_name=None, amount_minor=sign * amount, currency="EUR")
        for account, sign, every in (("receivable", 1, debits), ("revenue", -1, credits))
        for n, amount in enumerate(every)
    ]  # fmt: skip
    pairs = books.pairs(lines)
    for line in lines:
        own = [minor for debit, credit, minor in pairs if line in (debit, credit)]
        assert sum(own) == abs(line.amount_minor)
    assert sum(minor for _, _, minor in pairs) == books.check_sums(lines)["EUR"]
    assert all(minor > 0 for _, _, minor in pairs)


async def test_closed_month_takes_no_posting_and_corrections_stand_in_the_next(
    cast: Cast, issue: Issue
) -> None:
    ref = (await of(await issue()))["reference"]
    today = clock.today("Europe/Berlin")
    last = today.replace(day=1) - timedelta(days=1)
    odd = last - timedelta(days=1)
    for until, says in ((last + timedelta(days=40), "month"), (today, "month"), (odd, "last day")):
        refused = await cast.finn.send_form(LEDGER, {"until": until.isoformat()},
                                            to=f"{LEDGER}/close")  # fmt: skip
        assert refused.status_code == 422
        assert says in refused.text
    assert (await cast.vera.send_form(LEDGER, {"until": last.isoformat()},
                                      to=f"{LEDGER}/close")).status_code == 403  # fmt: skip
    closed = await cast.finn.send_form(LEDGER, {"until": last.isoformat()}, to=f"{LEDGER}/close")
    assert closed.status_code == 303
    again = await cast.finn.send_form(LEDGER, {"until": last.isoformat()}, to=f"{LEDGER}/close")
    assert again.status_code == 409
    await book(cast, camt([Entry("2000.00", ref, on=last.isoformat())]))
    day = await value("SELECT max(at)::date FROM ledger_entry WHERE kind = 'payment'")
    assert day > last, "the bank's day is closed, so it stands in the open period"
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute(
            "INSERT INTO ledger_entry (agency, at, kind, about, key)"
            " VALUES ($1, $2::date - 1, 'payment', 'payment:1', 'late')", cast.nordhafen, last,
        )  # fmt: skip
    for table in ("ledger_close", "ledger_entry", "ledger_posting"):
        for sql in (f"TRUNCATE {table} CASCADE", f"DELETE FROM {table}",
                    f"UPDATE {table} SET id = id"):  # fmt: skip
            with pytest.raises(asyncpg.RestrictViolationError):
                await execute(sql)
    assert await checks.faults() == []


async def test_every_account_has_a_name_and_a_number() -> None:
    from server.billing.postings import Account
    from server.billing.statements import ACCOUNTS

    assert set(ACCOUNTS) == set(books.chart()) == {each.value for each in Account}
    numbers = [each["number"] for each in books.chart().values()]
    assert len(numbers) == len(set(numbers))


async def test_open_items_of_a_past_day_know_where_money_was_on_that_day(
    cast: Cast, issue: Issue
) -> None:
    wrong, right = await issue(), await issue()
    await book(cast, camt([Entry("2000.00", (await of(wrong))["reference"], on="2026-01-12")]))
    await cast.finn.send_form("/desk/money/payments/1/undo", {"why": "Another invoice"})
    number = (await of(right))["number"]
    place = "/desk/money/payments/1"
    await cast.finn.send_form(place, {"invoice": number}, to=f"{place}/match")
    about = await rows("SELECT invoice, kind FROM ledger_entry WHERE about = 'payment:1'"
                       " ORDER BY id")  # fmt: skip
    assert [(each["kind"], each["invoice"]) for each in about] == [
        ("payment", wrong), ("unmatching", wrong), ("matching", right)]  # fmt: skip
    shown = await cast.vera.get(f"{LEDGER}/open-items")
    assert f"/desk/money/invoices/{wrong}" in shown.text
    assert f"/desk/money/invoices/{right}" not in shown.text


async def test_account_of_a_source_that_owes_nothing_here_is_not_found(cast: Cast) -> None:
    assert (await cast.vera.get(f"{LEDGER}/aid_receivable/EUR?source=1")).status_code == 404
