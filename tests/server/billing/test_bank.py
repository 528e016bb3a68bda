"""Statements of the bank, from the file to the books: read, matched, decided, taken back."""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import asyncpg
import httpx
import msgspec
import pytest

from server.billing import bank, checks
from server.billing.accounts import Account
from server.billing.bank import account_hash
from server.billing.payouts import keep_payout
from server.billing.stripe_seen import PayoutSeen
from server.database import counting, execute, row, rows, value
from server.settings import load
from tests.cast import Cast
from tests.server.billing import bank_files
from tests.server.billing.bank_files import Line, camt, swift, table
from tests.server.billing.conftest import Issue, balances, invoice_state, payment_states

BANK = "/desk/money/bank"
OURS = Account(id=None, agency=None, way="house", key="")
Written = Callable[[Sequence[Line]], bytes]


async def of(invoice: int) -> Any:
    found = await row("SELECT number, reference FROM invoice WHERE id = $1::bigint", invoice)
    assert found
    return found


async def send(cast: Cast, data: bytes, name: str = "statement.xml") -> httpx.Response:
    return await cast.finn.send_form(BANK, files={"file": (name, data, "text/plain")})


async def book(cast: Cast, data: bytes, **more: str) -> httpx.Response:
    """Read a file and book it."""
    sent = await send(cast, data)
    assert sent.status_code == 303, re.findall(r"error-message[^>]*>(.*?)</", sent.text, re.S)
    place = sent.headers["location"]
    booked = await cast.finn.send_form(place, more, to=f"{place}/book")
    assert await checks.faults() == []
    return booked


async def states() -> list[str]:
    return [each["state"] for each in await rows("SELECT state FROM bank_entry ORDER BY id")]


@pytest.mark.parametrize(
    "written",
    [camt, lambda lines: camt(lines, version="08"), swift, table],
    ids=["camt 02", "camt 08", "mt940", "csv"],
)
async def test_statement_books_what_is_certain(cast: Cast, issue: Issue, written: Written) -> None:
    first, second, third = await issue(), await issue(), await issue()
    ref = (await of(first))["reference"]
    spaced = f"{ref[:4]} {ref[4:8].lower()} {ref[8:12]} {ref[12:]}"
    several = f"{(await of(second))['reference']} {(await of(third))['reference']}"
    lines = [
        Line("2000.00", f"Payment {spaced} thanks", "Somebody Else", ref="B1"),
        Line("4000.00", several, "Quinta do Vale", ref="B2"),
        Line("-12.50", "Account fee", "The Bank", ref="B3"),
        Line("99.00", "rent", "A Neighbour", ref="B4"),
    ]
    sent = await send(cast, written(lines))
    shown = await cast.finn.get(sent.headers["location"])
    assert "Not booked" in shown.text
    assert await value("SELECT count(*) FROM bank_entry") == 0, "only shown"
    booked = await book(cast, written(lines))
    assert booked.headers["location"] == f"{BANK}/entries"
    assert await states() == ["booked", "booked", "not_ours", "open"]
    for invoice in (first, second, third):
        assert await invoice_state(invoice) == "paid"
    assert await payment_states() == ["matched"] * 3
    stood = await balances()
    assert stood["bank"] == 608_650, "what the bank's own balance moved by"
    assert (stood["suspense"], stood["other"]) == (-9_900, 1_250)
    for page in (BANK, booked.headers["location"], f"{BANK}/entries?state=booked"):
        assert (await cast.finn.get(page)).status_code == 200


async def test_same_file_and_overlapping_file_change_nothing(cast: Cast, issue: Issue) -> None:
    ref = (await of(await issue()))["reference"]
    twins = [Line("500.00", ref, "Quinta do Vale"), Line("500.00", ref, "Quinta do Vale")]
    await book(cast, camt(twins))
    assert await payment_states() == ["matched", "matched"], "two that are alike are two"
    before = await balances()
    await book(cast, camt(twins))
    longer = camt([*twins, Line("1.00", "new", on="2026-01-13")], opening="1000.00")
    shown = await cast.finn.get((await send(cast, longer)).headers["location"])
    assert "of which 2 are known already" in shown.text
    await book(cast, longer)
    assert await balances() == before | {"bank": before["bank"] + 100, "suspense": -100}
    assert await value("SELECT count(*) FROM payment") == 2
    assert await value("SELECT count(*) FROM bank_entry") == 3
    raw = await cast.finn.get(f"{BANK}/1/raw")
    assert raw.content == camt(twins)
    assert (await cast.vera.get(f"{BANK}/1/raw")).status_code == 403, "it holds accounts"
    assert (await cast.nils.get(f"{BANK}/1")).status_code == 404


async def test_equal_transfers_of_two_statements_of_a_day_are_two(cast: Cast, issue: Issue) -> None:
    """The second begins at the balance where the first ends, so it holds other entries."""
    ref = (await of(await issue()))["reference"]
    alike = [Line("500.00", ref, "Quinta do Vale")]
    await book(cast, camt(alike))
    await book(cast, camt(alike, opening="1500.00"))
    assert await payment_states() == ["matched", "matched"]
    before = await balances()
    await book(cast, camt(alike, opening="1500.00") + b"\n")
    await book(cast, camt(alike) + b"\n")
    await book(cast, camt([*alike, *alike]))
    assert await balances() == before, "said again in another file, they are the same two"
    third = camt(alike, opening="2000.00")
    shown = await cast.finn.get((await send(cast, third)).headers["location"])
    assert "known already" not in shown.text
    await book(cast, third)
    assert await value("SELECT count(*) FROM bank_entry") == 3
    assert await value("SELECT sum(paid_minor) FROM invoice") == 150_000


async def test_balance_that_comes_back_leaves_what_is_known_known(cast: Cast) -> None:
    """In and out again on one day: from balances alone a repetition cannot be told apart."""
    there = [Line("500.00", "stand", "A"), Line("-500.00", "stand", "A")]
    await book(cast, camt(there[:1]))
    await book(cast, camt(there[1:], opening="1500.00"))
    await book(cast, camt(there[:1]) + b"\n")
    assert await value("SELECT count(*) FROM bank_entry") == 2


async def test_files_that_are_no_statement_are_refused_with_a_sentence(cast: Cast) -> None:
    good = camt([Line("5.00", "x")]).decode()
    laughs = "<!DOCTYPE d [" + '<!ENTITY a "ha">' + '<!ENTITY b "&a;&a;">' * 3 + "]>"
    outside = '<!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    cut = good.index("</Ntry>")
    for data, says in (
        (b"", "is empty"),
        (b"   \n", "is empty"),
        (b"%PDF-1.7 not this", "This is a PDF"),
        (good.replace("<Document", f"{laughs}<Document", 1).encode(), "definitions of its own"),
        (good.replace("<Document", f"{outside}<Document", 1).encode(), "definitions of its own"),
        (good.replace('encoding="UTF-8"?>', 'encoding="UTF-16"?>' + outside)[0:].encode("utf-16"),
         "definitions of its own"),
        (good[:cut].encode(), "is broken at line"),
        (good.replace("camt.053.001.02", "camt.052.001.02").encode(), "not a statement"),
        (good.replace("camt.053.001.02", "camt.053.001.99").encode(), "versions 02 to 08"),
        (b"<html><body>Please sign in</body></html>", "no camt.053"),
        (b"\x00\x01\x02;;;\xff" * 40, "cannot be read"),
        (b"one line only", "neither camt.053 nor MT940"),
        (b"a" * 9_100_000, "larger than 9 MB"),
    ):  # fmt: skip
        sent = await send(cast, data)
        assert sent.status_code == 422, says
        assert says in sent.text, says
    assert (await send(cast, b"x" * 50_000_000)).status_code == 413
    assert await value("SELECT count(*) FROM bank_file") == 0


async def test_half_broken_file_is_shown_line_by_line_and_never_booked(
    cast: Cast, issue: Issue
) -> None:
    ref = (await of(await issue()))["reference"]
    rows_ = table([Line("2000.00", ref), Line("12x.00", "?"), Line("5.00", "?", on="2026-02-31")])
    wrong_sum = camt([Line("2000.00", ref)], closing="2999.00")
    odd = camt([Line("2000.00", ref)]).replace(b"CRDT</CdtDbtInd><Sts", b"XXXX</CdtDbtInd><Sts")
    short = swift([Line("2000.00", ref)]).split(b":62F:")[0]
    for data, says in (
        (rows_, "is not a day such as"),
        (rows_, "“12x.00” is not an amount"),
        (wrong_sum, "entries are missing or changed"),
        (odd, "whether it is a credit or a debit"),
        (short, "the file is not complete"),
        (swift([Line("5.00", "x")]).replace(b"C5,00", b"Q5,00"), "Field 61 is not written"),
    ):
        place = (await send(cast, data)).headers["location"]
        shown = await cast.finn.get(place)
        assert says in shown.text, says
        assert f'action="{place}/book"' not in shown.text
        refused = await cast.finn.send_form(place, to=f"{place}/book")
        assert refused.status_code == 422
        assert "nothing of it was booked" in refused.text
    assert await payment_states() == []
    away = await cast.finn.send_form(place, to=f"{place}/forget")
    assert away.status_code == 303
    assert (await cast.finn.get(place)).status_code == 404


async def test_account_of_somebody_else_is_booked_only_when_a_person_says_it_is_ours(
    cast: Cast, issue: Issue
) -> None:
    ref = (await of(await issue()))["reference"]
    data = camt([Line("2000.00", ref)], account="DE02120300000000202051")
    refused = await book(cast, data)
    assert refused.status_code == 422
    assert "is not known as yours" in refused.text
    assert await payment_states() == []
    assert (await book(cast, data, ours="on")).status_code == 303
    assert await payment_states() == ["matched"]


async def test_csv_of_an_unknown_bank_asks_for_its_columns_once(cast: Cast, issue: Issue) -> None:
    ref = (await of(await issue()))["reference"]
    head = "Tag;Wer;Wofür;Haben;Soll\n"
    place = (await send(cast, (head + f"02.01.2026;Q;{ref};1.000,00;\n").encode("cp1252"))).headers[
        "location"
    ]
    assert "Which column holds what?" in (await cast.finn.get(place)).text
    wrong = await cast.finn.send_form(place, {"date": "Tag", "amount": "Nothing"},
                                      to=f"{place}/columns")  # fmt: skip
    assert wrong.status_code == 422
    mapping = {"date": "Tag", "name": "Wer", "text": "Wofür", "credit": "Haben", "debit": "Soll"}
    assert (await cast.finn.send_form(place, mapping, to=f"{place}/columns")).status_code == 303
    assert (await cast.finn.send_form(place, to=f"{place}/book")).status_code == 303
    await book(cast, (head + f"03.01.2026;Q;{ref};1000,00;\n04.01.2026;B;fee;;3,00\n").encode())
    assert await payment_states() == ["matched", "matched"], "the second file was understood"
    assert await states() == ["booked", "booked", "not_ours"]


async def test_what_is_not_certain_waits_with_guesses_and_is_booked_with_one_click(
    cast: Cast, issue: Issue
) -> None:
    first, second = await issue(), await issue()
    found, other = await of(first), await of(second)
    typo = found["reference"][:-2] + ("0" if found["reference"][-2] != "0" else "1")
    typo += found["reference"][-1]
    await book(
        cast,
        camt([
            Line("2000.00", f"ref {typo}", "Unknown Ltd", ref="B1"),
            Line("2000.00", f"Invoice {other['number']}", "Unknown Ltd", ref="B2"),
            Line("1999.00", "stand", "QUINTA DO VALE, LDA", ref="B3"),
            Line("7.00", "gift", "Nobody", ref="B4"),
        ]),
    )  # fmt: skip
    assert await states() == ["open"] * 4, "a number without its payer may be a mistake"
    assert await payment_states() == []
    shown = await cast.finn.get(f"{BANK}/entries")
    assert "One character away" in shown.text
    guess = await value("SELECT guesses FROM bank_entry ORDER BY id LIMIT 1")
    assert guess[0]["invoices"] == [first]
    taken = await cast.finn.send_form(f"{BANK}/entries", {"guess": "0"},
                                      to=f"{BANK}/entries/1/take")  # fmt: skip
    assert taken.status_code == 303
    assert await invoice_state(first) == "paid"
    again = await cast.finn.send_form(f"{BANK}/entries", {"guess": "0"},
                                      to=f"{BANK}/entries/1/take")  # fmt: skip
    assert again.status_code == 409
    assert (await cast.vera.send_form(f"{BANK}/entries", {"guess": "0"},
                                      to=f"{BANK}/entries/2/take")).status_code == 403  # fmt: skip
    aside = await cast.finn.send_form(f"{BANK}/entries/4", to=f"{BANK}/entries/4/not-ours")
    assert aside.status_code == 303
    assert await states() == ["booked", "open", "open", "not_ours"]
    await cast.finn.send_form(f"{BANK}/entries/4", to=f"{BANK}/entries/4/ours")
    assert (await states())[3] == "open"
    assert await checks.faults() == []


async def test_entry_is_split_by_hand_and_the_rest_waits(cast: Cast, issue: Issue) -> None:
    first, second = await issue(), await issue()
    one, two = (await of(first))["number"], (await of(second))["number"]
    await book(cast, camt([Line("3500.00", "for all", "Holding AG")]))
    place = f"{BANK}/entries/1"
    for typed, says in (
        ({"invoice_1": "NH-1999-1"}, "There is no invoice NH-1999-1"),
        ({"invoice_1": one, "amount_1": "2.500,00"}, "asks for €2,000.00 only"),
        ({"amount_1": "5"}, "Say which invoice"),
        ({"invoice_1": one, "invoice_2": one}, "named twice"),
        ({"invoice_1": one, "amount_1": "-5"}, "more than 0"),
    ):
        refused = await cast.finn.send_form(place, typed, to=f"{place}/put")
        assert refused.status_code == 422
        assert says in refused.text, says
    assert await states() == ["open"], "a refusal keeps nothing"
    assert await payment_states() == []
    typed = {"invoice_1": one, "invoice_2": two, "amount_2": "1.000,00", "why": "phoned"}
    assert (await cast.finn.send_form(place, typed, to=f"{place}/put")).status_code == 303
    assert [await invoice_state(each) for each in (first, second)] == ["paid", "part_paid"]
    assert await balances() == {"bank": 350_000, "revenue": -600_000, "aid": 200_000,
                                "receivable": 100_000, "unallocated": -50_000}  # fmt: skip
    waits = await value("SELECT id FROM payment WHERE matched_minor = 0")
    split = f"/desk/money/payments/{waits}/split"
    await cast.finn.send_form(split, {"invoice_1": two, "amount_1": "300"})
    assert (await balances())["receivable"] == 70_000
    assert await checks.faults() == []
    with pytest.raises(asyncpg.CheckViolationError):
        await execute("UPDATE payment SET amount_minor = amount_minor - 1 WHERE received_minor > 0")


async def test_wrong_match_is_undone_by_a_reversal_with_its_reason(
    cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    number = (await of(invoice))["number"]
    account = "PT50000201231234567890154"
    await book(cast, camt([Line("2000.00", "?", "Holding AG", account)]))
    await cast.finn.send_form(f"{BANK}/entries/1", {"invoice_1": number},
                              to=f"{BANK}/entries/1/put")  # fmt: skip
    assert await value("SELECT count(*) FROM payer_account") == 1
    place = "/desk/money/payments/1"
    assert (await cast.finn.send_form(f"{place}/undo", {"why": ""})).status_code == 422
    assert (
        await cast.finn.send_form(f"{place}/undo", {"why": "It was Rossi's"})
    ).status_code == 303
    assert await invoice_state(invoice) == "open"
    assert await balances() == {"bank": 200_000, "revenue": -300_000, "aid": 100_000,
                                "receivable": 200_000, "unallocated": -200_000}  # fmt: skip
    assert await value("SELECT count(*) FROM payer_account") == 0, "nothing is learnt from it"
    assert "It was Rossi" in (await cast.finn.get(place)).text
    assert (await cast.finn.send_form(f"{place}/undo", {"why": "again"})).status_code in (404, 409)
    await cast.finn.send_form(place, {"invoice": number}, to=f"{place}/match")
    assert await invoice_state(invoice) == "paid", "and it can be put there again"
    assert await checks.faults() == []


async def test_transfer_that_was_recorded_by_hand_is_not_booked_twice(
    cast: Cast, issue: Issue
) -> None:
    ref = (await of(await issue()))["reference"]
    await cast.finn.send_form(
        "/desk/money/transfer",
        {"received_on": "2026-01-10", "amount": "2000", "currency": "EUR", "reference": ref,
         "payer": "Quinta do Vale"},
    )  # fmt: skip
    await book(cast, camt([Line("2000.00", ref, "Quinta do Vale", on="2026-01-12")]))
    assert await payment_states() == ["matched"]
    assert (await balances())["bank"] == 200_000
    assert await states() == ["booked"]


async def test_payout_of_stripe_is_known_and_not_booked_twice(cast: Cast) -> None:
    for n in range(2):
        await keep_payout(
            OURS, cast.nordhafen,
            PayoutSeen(id=f"po_{n}", amount_minor=90_000, currency="EUR", state="paid",
                       arrives_on=date(2026, 1, 11)),
        )  # fmt: skip
    await book(
        cast,
        camt([
            Line("900.00", "STRIPE PAYOUT", "Stripe Payments Europe", ref="P1"),
            Line("900.00", "stand", "Another Payer", ref="P2"),
            Line("901.00", "STRIPE PAYOUT", "Stripe Payments Europe", ref="P3"),
        ]),
    )  # fmt: skip
    assert await states() == ["not_ours", "open", "open"]
    refs = [each["statement_ref"] for each in await rows("SELECT * FROM payout ORDER BY id")]
    assert refs == ["2026-01-12 P1", ""]


async def test_two_people_book_one_file_at_once(cast: Cast, issue: Issue) -> None:
    ref = (await of(await issue()))["reference"]
    place = (await send(cast, camt([Line("2000.00", ref)]))).headers["location"]
    answers = await asyncio.gather(
        *(who.send_form(place, to=f"{place}/book") for who in (cast.finn, cast.mara, cast.olga))
    )
    assert {each.status_code for each in answers} == {303}
    assert await payment_states() == ["matched"]
    assert await checks.faults() == []


async def test_known_account_books_only_what_is_unmistakable(cast: Cast, issue: Issue) -> None:
    account = "PT50000201231234567890154"
    first = await issue()
    await book(cast, camt([Line("2000.00", (await of(first))["reference"], "Quinta do Vale",
                                account)]))  # fmt: skip
    kept = await value("SELECT account_hash FROM payer_account")
    assert account not in kept
    assert await value("SELECT account_hint FROM bank_entry") == "PT…0154"
    second, third = await issue(), await issue()
    await book(cast, camt([Line("2000.00", "no words", "X", account, on="2026-01-14")]))
    assert (await states())[-1] == "open", "two invoices have this amount"
    await book(cast, camt([Line("4000.00", "no words", "X", account, on="2026-01-15")]))
    assert [await invoice_state(each) for each in (second, third)] == ["paid", "paid"]


async def test_over_under_other_currency_and_cancelled(cast: Cast, issue: Issue) -> None:
    await cast.finn.send_form(f"{BANK}/settings", {"tolerance": "5,00"})
    over, short, less, gone = [await issue() for _ in range(4)]
    dollars = await issue(currency="USD")
    yen = await issue(currency="JPY")
    refs = [(await of(each))["reference"] for each in (over, short, less, gone, dollars, yen)]
    await cast.mara.send_form(f"/desk/money/invoices/{gone}/cancel", {"why": "A mistake"})
    await book(
        cast,
        camt([
            Line("2100.00", refs[0], ref="1"), Line("1995.00", refs[1], ref="2"),
            Line("1990.00", refs[2], ref="3"), Line("2000.00", refs[3], ref="4"),
            Line("2000.00", refs[4], ref="5"),
        ]),
    )  # fmt: skip
    assert await payment_states() == ["matched", "matched", "matched", "late", "flagged"]
    assert await invoice_state(over) == "paid", "a sure reference: the rest is a credit"
    assert "€100.00" in (await cast.finn.get("/desk/money/payments/1")).text
    assert await value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'billing.needs_a_person'"
                       " ") == 3  # fmt: skip
    assert await invoice_state(short) == "paid", "the bank kept 5.00 of it"
    assert await invoice_state(less) == "part_paid", "10.00 is no bank fee"
    assert (await balances())["differences"] == 500
    await book(cast, camt([Line("199600", refs[5], ref="6")], currency="JPY", opening="1000"))
    assert await invoice_state(yen) == "part_paid", "5.00 in euro say nothing about yen"
    await cast.mara.send_form(f"/desk/money/invoices/{short}/cancel", {"why": "A mistake"})
    assert "differences" not in await balances()
    assert await checks.faults() == []


async def test_refund_by_file_waits_for_the_statement(cast: Cast, issue: Issue) -> None:
    ref = (await of(await issue()))["reference"]
    await cast.finn.send_form(f"{BANK}/settings", {"tolerance": "0", "refunds_by_file": "on"})
    await book(cast, camt([Line("2000.00", ref, "Quinta do Vale")]))
    place = "/desk/money/payments/1"
    await cast.finn.send_form(f"{place}/refund", {"amount": "500", "why": "Smaller & nicer"})
    assert (await balances())["bank"] == 200_000, "it has not gone out"
    assert "has given no account" in (await cast.finn.get(f"{BANK}/refunds")).text
    assert (await cast.finn.send_form(f"{BANK}/refunds")).status_code == 409
    iban = "PT50000201231234567890154"
    await execute("UPDATE company SET iban = $2 WHERE id = $1", cast.quinta, iban)
    assert (await cast.finn.send_form(f"{BANK}/refunds")).status_code == 303
    order = await cast.finn.get(f"{BANK}/refunds/1")
    assert f"<IBAN>{iban}</IBAN>" in order.text
    assert iban not in str(await value("SELECT xml FROM refund_file")), "kept under a key"
    assert (await cast.finn.send_form(f"{BANK}/refunds")).status_code == 409, "in one file only"
    token = re.search(r"<EndToEndId>(.*?)</EndToEndId>", order.text)
    assert token
    out = Line("-500.00", "Refund", "Quinta", end_to_end=token[1], on="2026-01-20")
    await book(cast, camt([Line("-500.00", "Rent", "Landlord", on="2026-01-19"), out]))
    assert await states() == ["booked", "not_ours", "refund"]
    assert (await balances())["bank"] == 100_000
    assert (await balances())["other"] == 50_000, "the rent"
    assert await value("SELECT state FROM refund") == "done"


async def test_number_of_statements_does_not_grow_with_the_file(cast: Cast, issue: Issue) -> None:
    refs = [(await of(await issue()))["reference"] for _ in range(12)]
    noted = []
    for n, some in enumerate((refs[:2], refs[2:])):
        data = camt([Line("2000.00", ref, on=f"2026-01-1{n}") for ref in some])
        place = (await send(cast, data)).headers["location"]
        async with counting() as statements:
            assert (await cast.finn.send_form(place, to=f"{place}/book")).status_code == 303
        noted.append(len(statements))
    assert noted[0] == noted[1]
    assert await payment_states() == ["matched"] * 12
    assert bank_files.ACCOUNT in (await cast.finn.get(BANK)).text


async def test_decisions_move_entries_from_account_to_account_and_never_the_bank(
    cast: Cast, issue: Issue
) -> None:
    invoice = await issue()
    await book(cast, camt([Line("2000.00", "stand", "Nobody", ref="1"),
                           Line("30.00", "gift", "Nobody", ref="2")]))  # fmt: skip
    assert (await balances())["suspense"] == -203_000
    for act, stands in (("not-ours", ("other", -3_000)), ("ours", ("suspense", -203_000))):
        await cast.finn.send_form(f"{BANK}/entries/2", to=f"{BANK}/entries/2/{act}")
        found = await balances()
        assert (found["bank"], found[stands[0]]) == (203_000, stands[1])
        assert await checks.faults() == []
    number = (await of(invoice))["number"]
    await cast.finn.send_form("/desk/money/transfer",
                              {"received_on": "2026-01-20", "amount": "2000", "currency": "EUR",
                               "reference": number, "payer": "Nobody at all"})  # fmt: skip
    await book(cast, camt([Line("2000.00", "stand", "Somebody", ref="3", on="2026-01-21")]))
    assert (await balances())["bank"] == 603_000, "one transfer is on the books twice for now"
    taken = await cast.finn.send_form(f"{BANK}/entries", {"guess": "0"},
                                      to=f"{BANK}/entries/3/take")  # fmt: skip
    assert taken.status_code == 303
    assert (await balances())["bank"] == 403_000
    assert await checks.faults() == []


async def test_refund_recorded_by_hand_is_recognised_on_the_statement(
    cast: Cast, issue: Issue
) -> None:
    ref = (await of(await issue()))["reference"]
    await book(cast, camt([Line("2000.00", ref, "Quinta do Vale")]))
    await cast.finn.send_form("/desk/money/payments/1/refund", {"amount": "500", "why": "Less"})
    today = str(await value("SELECT done_at::date FROM refund"))
    await book(cast, camt([Line("-500.00", "back", "Quinta do Vale", on=today)]))
    assert await states() == ["booked", "refund"]
    assert (await balances())["bank"] == 150_000, "once"


async def test_payers_are_known_after_the_key_has_changed(
    cast: Cast, issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = "PT50000201231234567890154"
    await book(cast, camt([Line("2000.00", (await of(await issue()))["reference"],
                                "Quinta do Vale", account)]))  # fmt: skip
    known = await value("SELECT account_hash FROM payer_account")
    await issue()
    before = load().secret_key
    now = msgspec.structs.replace(load(), secret_key="another", previous_secret_key=before)
    monkeypatch.setattr(bank, "load", lambda: now)
    await book(cast, camt([Line("2000.00", "no words", "X", account, on="2026-01-14")]))
    assert await states() == ["booked", "booked"]
    kept = [each["account_hash"] for each in await rows("SELECT account_hash FROM payer_account")]
    assert kept == [known, account_hash(account)]


async def test_slip_in_a_reference_is_booked_only_with_payer_and_an_amount_of_its_own(
    cast: Cast, issue: Issue
) -> None:
    first = await issue()
    ref = (await of(first))["reference"]
    slip = ref[:-1] + ("0" if ref[-1] != "0" else "1")
    await book(cast, camt([Line("2000.00", slip, "Somebody", ref="1"),
                           Line("1999.00", slip, "Quinta do Vale", ref="2")]))  # fmt: skip
    assert await states() == ["open", "open"]
    other = await issue()
    await book(cast, camt([Line("2000.00", slip, "Quinta do Vale", ref="3", on="2026-01-14")]))
    assert await states() == ["open"] * 3, "two of its invoices have the amount"
    await cast.mara.send_form(f"/desk/money/invoices/{other}/cancel", {"why": "A mistake"})
    await book(cast, camt([Line("2000.00", slip, "Quinta do Vale", ref="4", on="2026-01-15")]))
    assert (await states())[-1] == "booked"
    assert await invoice_state(first) == "paid"
