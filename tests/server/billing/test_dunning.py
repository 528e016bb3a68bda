"""Reminders and dunning letters: each once, in order, and to nobody who should be left alone."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server import clock, jobs
from server.billing import checks
from server.billing.dunning_rules import Level, due_level, fault, interest, next_level
from server.database import row, rows, value
from tests.booths.calls.test_story import done
from tests.cast import Cast
from tests.server.billing.conftest import Issue

LEVELS = {
    "name_1": "Friendly reminder", "days_1": "-5",
    "name_2": "First reminder", "days_2": "7", "pay_within_2": "7",
    "name_3": "Second reminder", "days_3": "21", "fee_3": "40.00", "interest_3": "9",
    "pay_within_3": "7",
    "name_4": "Last reminder", "days_4": "35", "pay_within_4": "10", "ends_4": "on",
}  # fmt: skip
DUE = date(2027, 1, 31)


@given(
    st.lists(st.integers(-30, 90), min_size=1, max_size=5, unique=True),
    st.lists(st.integers(-40, 140), min_size=1, max_size=40),
)
def test_letters_come_in_order_and_never_two_on_a_day(days: list[int], looks: list[int]) -> None:
    levels = [Level(f"L{n}", n) for n in sorted(days)]
    assert not fault(levels)
    sent: dict[int, date] = {}
    for look in sorted(looks):
        today = DUE + timedelta(days=look)
        n = due_level(levels, sent, DUE, today)
        if n is None:
            continue
        assert n == next_level(levels, sent, DUE, today)
        assert n > max(sent, default=0)
        assert look >= levels[n - 1].days
        assert today not in sent.values() or n == min(sent)
        sent[n] = today


def test_interest_is_rounded_down_and_fees_wait_for_the_day_to_pay() -> None:
    assert interest(100_000, 900, DUE, DUE + timedelta(days=365)) == 9_000
    assert interest(100_000, 900, DUE, DUE) == 0
    assert "threatens nothing" in fault([Level("Early", -3, fee_minor=1)])
    assert "follow each other" in fault([Level("A", 7), Level("B", 7)])


async def owing(cast: Cast, issue: Issue, **more: Any) -> int:
    done(await cast.mara.send_form("/desk/money/dunning", LEVELS))
    due = clock.today("Europe/Berlin") + timedelta(days=14)
    return await issue(**{"due_on": due, **more})


async def after(days: int, *sweeps: str) -> None:
    """Let the jobs run twice on a later day."""
    with clock.travel_everywhere(clock.now() + timedelta(days=days)):
        for sweep in (*sweeps, "billing.overdue", "billing.dunning", "billing.dunning"):
            await jobs.sweep(sweep)


async def names() -> list[str]:
    return [each["name"] for each in await rows("SELECT name FROM dunning_notice ORDER BY id")]


async def test_each_letter_goes_out_once_with_its_fee(cast: Cast, issue: Issue) -> None:
    invoice = await owing(cast, issue)
    for day in (5, 10, 15, 22, 36, 50, 60):
        await after(day)
    assert await names() == [
        "Friendly reminder", "First reminder", "Second reminder", "Last reminder",
    ]  # fmt: skip
    second = await row("SELECT * FROM dunning_notice WHERE level = 3")
    assert second is not None
    assert second["fee_minor"] == 4_000
    assert second["interest_minor"] == 200_000 * 900 * 22 // 3_650_000
    fee = await row("SELECT * FROM invoice WHERE id = $1", second["fee_invoice"])
    assert fee is not None
    assert (fee["total_minor"], fee["vat_minor"]) == (4_000 + second["interest_minor"], 0)
    mails = await rows("SELECT key FROM message WHERE key LIKE 'dunning:%'")
    assert len(mails) == 4 * 3, "two people and the address for invoices"
    assert await value("SELECT count(*) FROM document WHERE kind = 'dunning'") == 4
    shown = (await cast.finn.get(f"/desk/money/invoices/{invoice}/instalments")).text
    assert "Last reminder" in shown
    assert await checks.faults() == []


async def test_a_fee_is_of_the_agencys_currency_alone(cast: Cast, issue: Issue) -> None:
    """40.00 in euro are not 4,000 yen, and nothing says what they are: interest comes alone."""
    await owing(cast, issue, currency="JPY")
    for day in (10, 22, 36):
        await after(day)
    found = await row("SELECT fee_minor, interest_minor FROM dunning_notice WHERE level = 3")
    assert found == {"fee_minor": 0, "interest_minor": 200_000 * 900 * 22 // 3_650_000}
    assert await checks.faults() == []


async def test_nobody_is_dunned_who_is_paused_or_paid(cast: Cast, issue: Issue) -> None:
    invoice = await owing(cast, issue)
    path = f"/desk/money/invoices/{invoice}/instalments"
    to = f"/desk/money/invoices/{invoice}/pause"
    done(await cast.finn.send_form(path, {"why": "They dispute it."}, to=to))
    await after(30)
    assert await names() == []
    page = (await cast.vera.get("/desk/money/dunning")).text
    assert "They dispute it." in page
    dun = f"/desk/money/invoices/{invoice}/dun"
    assert (await cast.finn.send_form("/desk/money/dunning", {}, to=dun)).status_code == 409
    done(await cast.finn.send_form(path, {}, to=f"/desk/money/invoices/{invoice}/go-on"))
    done(await cast.finn.send_form("/desk/money/dunning", {}, to=dun))
    assert await names() == ["Friendly reminder"]
    assert (await cast.vera.send_form("/desk/money/dunning", {}, to=dun)).status_code == 403


async def test_instalments_are_late_one_by_one(cast: Cast, issue: Issue) -> None:
    """2,000.00 in two parts; wrong sums are refused whole, and nothing typed is lost."""
    invoice = await owing(cast, issue)
    today = clock.today("Europe/Berlin")
    path = f"/desk/money/invoices/{invoice}/instalments"
    typed = {
        "due_on_1": (today + timedelta(days=10)).isoformat(), "amount_1": "500",
        "due_on_2": (today + timedelta(days=60)).isoformat(), "amount_2": "1400",
        "why": "Agreed by phone.",
    }  # fmt: skip
    refused = await cast.finn.send_form(path, typed)
    assert refused.status_code == 422
    assert "must add up" in refused.text
    assert 'value="1400"' in refused.text
    done(await cast.finn.send_form(path, {**typed, "amount_2": "1500"}))
    reference = await value("SELECT reference FROM invoice WHERE id = $1", invoice)
    done(
        await cast.finn.send_form(
            "/desk/money/transfer",
            {"received_on": today.isoformat(), "amount": "500", "currency": "EUR",
             "reference": reference, "bank_ref": "B1"},
        )
    )  # fmt: skip
    await after(30)
    assert await value("SELECT state FROM invoice WHERE id = $1", invoice) == "part_paid"
    assert await names() == []
    await after(68)
    assert await value("SELECT state FROM invoice WHERE id = $1", invoice) == "overdue"
    sent = await rows("SELECT instalment, open_minor FROM dunning_notice")
    assert sent == [{"instalment": 2, "open_minor": 150_000}]
    assert await checks.faults() == []


async def test_a_public_body_is_left_alone_inside_its_term(cast: Cast, issue: Issue) -> None:
    await owing(cast, issue)
    path = f"/desk/companies/{cast.quinta}/public-body"
    typed = {"term_days": "60", "why": "Law 12/1998, article 3."}
    done(await cast.finn.send_form(path, typed))
    await after(40)
    assert await names() == []
    await after(68)
    assert await names() == ["First reminder"]
