"""A withdrawal that the agency writes down: preview, several invoices, a second person, one act."""

from datetime import timedelta

from server import clock, jobs
from server.billing import checks
from server.database import execute, row, rows, value
from server.money import format_money
from tests.booths.calls import test_paying
from tests.booths.calls.test_ends import transfer
from tests.booths.calls.test_paying import pay
from tests.booths.calls.test_story import done, stand_ids
from tests.booths.withdrawals.test_ladder import admitted, with_terms
from tests.cast import Cast


async def test_natexpo_free_for_ten_days_then_the_full_cost(cast: Cast) -> None:
    """ICE Natexpo 2021: free within 10 days, later 1,000, 15 % of a module if let again."""
    ground = await with_terms(
        cast, starts_2="always", days_2="", share_2="0", fixed_2="1000", starts_3="", share_3="0"
    )
    application = await admitted(cast, cast.ana, ground, (await stand_ids(ground["booth"]))[0])
    path = f"/desk/applications/{application}/withdrawal"
    shown = (await cast.mara.get(path)).text
    assert "Nothing" in shown
    assert "9 m²" in shown
    assert (await cast.finn.get(path)).status_code == 403
    with clock.travel_everywhere(clock.now() + timedelta(days=11)):
        await cast.mara.arrive()
        stale = await cast.mara.send_form(path, {"seen_cost": "0", "why": "Letter of today."})
        assert stale.status_code == 409
        typed = {"seen_cost": "100000", "why": "Letter of today."}
        done(await cast.mara.send_form(path, typed))
    kept = await row("SELECT cost_minor, relet_minor FROM withdrawal")
    assert kept == {"cost_minor": 100_000, "relet_minor": 54_000}
    assert await value("SELECT committed_minor FROM scheme") == 0
    assert await checks.faults() == []


async def test_a_withdrawal_above_the_limit_waits_and_takes_all_steps_back(cast: Cast) -> None:
    ground = await in_steps(cast)
    application = await test_paying.admitted(cast, ground)
    await pay(cast, 0)
    done(await cast.olga.send_form("/desk/approvals", {"limit": "100"}))
    path = f"/desk/applications/{application}/withdrawal"
    shown = (await cast.mara.get(path)).text
    assert "Deposit" in shown
    cost = await value("SELECT net_minor FROM quote ORDER BY id DESC LIMIT 1") // 10
    to = done(await cast.mara.send_form(path, {"seen_cost": str(cost), "why": "By letter."}))
    assert "/desk/approvals/" in to
    assert await value("SELECT state FROM application") == "confirmed"
    done(await cast.olga.send_form(to, {"decision": "approve"}))
    await jobs.drain()
    assert await value("SELECT state FROM application") == "withdrawn"
    charge = await row("SELECT state, total_minor FROM invoice WHERE state = 'paid'")
    assert charge == {"state": "paid", "total_minor": cost}
    deposit = await rows("SELECT state FROM invoice WHERE kind = 'prepayment'")
    assert deposit == [{"state": "credited"}]
    assert await value("SELECT ended_at IS NOT NULL FROM payment_plan") is True
    told = await value("SELECT count(*) FROM message WHERE subject LIKE 'You have withdrawn%'")
    assert told == 2
    assert await checks.faults() == []


async def test_preview_names_money_in_a_dispute_and_what_went_back_already(cast: Cast) -> None:
    ground = await with_terms(cast)
    application = await admitted(cast, cast.ana, ground, (await stand_ids(ground["booth"]))[0])
    invoice = await row("SELECT reference, total_minor FROM invoice")
    assert invoice
    await transfer(cast.finn, invoice["reference"], invoice["total_minor"], "held-1")
    payment = await value("SELECT id FROM payment")
    done(await cast.finn.send_form(f"/desk/money/payments/{payment}/refund",
                                   {"amount": "100", "why": "One chair less"}))  # fmt: skip
    path = f"/desk/applications/{application}/withdrawal"
    left = format_money(invoice["total_minor"] - 100_00, "EUR")
    shown = (await cast.mara.get(path)).text
    assert shown.count(left) == 3, (
        "what is paid, once more by invoice, goes back: not what went back before"
    )
    await execute(
        "INSERT INTO dispute (payment, external_ref, amount_minor, held_minor, currency, reason,"
        " state, opened_at) SELECT id, 'dp_1', 5000, 5000, currency, 'fraudulent',"
        " 'needs_response', now() FROM payment"
    )
    shown = (await cast.mara.get(path)).text
    assert f"Another {left} is in a dispute" in shown
    done(await cast.mara.send_form(path, {"seen_cost": "0", "why": "Letter of today."}))
    await jobs.drain()
    assert await value("SELECT count(*) FROM refund") == 1, "nothing goes back during a dispute"


async def test_withdrawal_in_another_currency_than_the_agency_s(cast: Cast) -> None:
    """Nothing says what it is worth, so a second person looks; price, cost, invoice and what goes
    back stay in the currency of the call, and the aid in that of the scheme."""
    ground = await with_terms(
        cast, starts_1="always", days_1="", share_1="10", base_1="price",
        **{f"{name}_{n}": "" for name in ("starts", "days") for n in (2, 3)},
        **{f"{name}_{n}": "0" for name in ("share", "fixed") for n in (2, 3)},
        relet="", taxed="no",
    )  # fmt: skip
    await execute("UPDATE agency SET currency = 'SEK' WHERE id = $1", cast.nordhafen)
    application = await admitted(cast, cast.ana, ground, (await stand_ids(ground["booth"]))[0])
    invoice = await row("SELECT reference, net_minor, total_minor, currency FROM invoice")
    assert invoice
    assert invoice["currency"] == "EUR"
    await transfer(cast.finn, invoice["reference"], invoice["total_minor"], "far-1")
    done(await cast.olga.send_form("/desk/approvals", {"limit": "1000000"}))
    path = f"/desk/applications/{application}/withdrawal"
    shown = (await cast.mara.get(path)).text
    cost = invoice["net_minor"] // 10
    for amount in (cost, invoice["total_minor"], invoice["total_minor"] - cost):
        assert format_money(amount, "EUR") in shown
    assert "SEK" not in shown
    to = done(await cast.mara.send_form(path, {"seen_cost": str(cost), "why": "By letter."}))
    assert "/desk/approvals/" in to
    done(await cast.olga.send_form(to, {"decision": "approve"}))
    await jobs.drain()
    assert await value("SELECT state FROM application") == "withdrawn"
    charged = await row("SELECT currency, total_minor, state FROM invoice WHERE state = 'paid'")
    assert charged == {"currency": "EUR", "total_minor": cost, "state": "paid"}
    assert await value("SELECT array_agg(DISTINCT currency) FROM ledger_posting") == ["EUR"]
    assert await value("SELECT committed_minor FROM scheme") == 0
    assert await checks.faults() == []


async def in_steps(cast: Cast) -> dict[str, int]:
    """A call that is paid in two steps, from which withdrawing costs a tenth."""
    ladder = {"starts_1": "always", "share_1": "10", "base_1": "price", "relet": "", "taxed": "no"}

    async def before() -> None:
        call = await value("SELECT id FROM call")
        done(await cast.mara.send_form(f"/desk/calls/{call}/withdrawal", ladder))

    return await test_paying.with_terms(cast, before=before)
