"""What it costs to withdraw after the admission: the ladder as rules, and by hand from form to
refund.
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from booths.withdrawals.rules import (
    Amounts,
    Base,
    Cost,
    Ladder,
    Paid,
    Starts,
    Step,
    divide,
    due,
    fault,
    last_day,
)
from server import clock
from server.database import execute, row, rows, value
from tests.booths.calls.test_ends import transfer
from tests.booths.calls.test_story import admit, done, fill, open_call, send, stand_ids
from tests.cast import Cast, Someone

OPENS = date(2027, 10, 9)
costs = st.builds(Cost, st.integers(0, 20_000), st.sampled_from(Base), st.integers(0, 500_000))
amounts = st.builds(
    Amounts, st.integers(0, 10**7), st.integers(0, 10**7), st.integers(0, 10**6)
)  # fmt: skip


@st.composite
def ladders(draw: st.DrawFn) -> Ladder:
    """Any ladder that may be written."""
    after = sorted(draw(st.sets(st.integers(0, 60), max_size=2)))
    before = sorted(draw(st.sets(st.integers(0, 200), max_size=3)), reverse=True)
    steps = [Step(Starts.ADMISSION, days, draw(costs)) for days in after]
    steps += [Step(Starts.OPENING, days, draw(costs)) for days in before]
    steps.append(Step(Starts.ALWAYS, 0, draw(costs)))
    return Ladder(tuple(steps), draw(st.none() | costs))


@given(ladders(), amounts, st.integers(1, 400), st.integers(0, 500))
def test_each_day_has_one_step_and_a_stand_let_again_never_costs_more(
    ladder: Ladder, of: Amounts, before: int, later: int
) -> None:
    assert not fault(ladder.steps)
    admitted = OPENS - timedelta(days=before)
    on = admitted + timedelta(days=later)
    found = due(ladder, of, admitted, OPENS, on)
    earlier = ladder.steps[: found.step]
    assert all((last_day(step, admitted, OPENS) or on) < on for step in earlier)
    assert found.until is None or on <= found.until
    assert found.relet_minor is None or 0 <= found.relet_minor < found.cost_minor
    if on >= OPENS:
        assert found.relet_minor is None


@given(
    st.lists(st.builds(Paid, st.integers(1, 10**7), st.booleans(), st.booleans()), max_size=6),
    st.integers(0, 10**7),
)
def test_what_was_paid_pays_the_cost_and_the_rest_goes_back(paid: list[Paid], cost: int) -> None:
    back = divide(paid, cost)
    whole = sum(each.left_minor for each in paid)
    assert back.whole_minor == max(0, whole - cost)
    assert back.bound_minor <= sum(each.left_minor for each in paid if each.bound)
    assert back.card_minor <= sum(each.left_minor for each in paid if each.by_card)


def test_step_until_the_plan_ends_with_its_publication_and_with_the_fair_at_the_latest() -> None:
    ladder = Ladder((Step(Starts.PLAN, 3, Cost()), Step(Starts.ALWAYS, 0, Cost(5000))))
    of, admitted_on = Amounts(100_000, 0, 0), OPENS - timedelta(days=90)

    def on(day: date, plan_on: date | None) -> tuple[int, date | None]:
        found = due(ladder, of, admitted_on, OPENS, day, plan_on)
        return found.cost_minor, found.until

    early, plan_on = OPENS - timedelta(days=60), OPENS - timedelta(days=50)
    assert on(early, None) == (0, None)
    assert on(plan_on + timedelta(days=3), plan_on) == (0, plan_on + timedelta(days=3))
    assert on(plan_on + timedelta(days=4), plan_on) == (50_000, None)
    assert on(admitted_on, admitted_on - timedelta(days=9)) == (0, admitted_on + timedelta(days=3))
    assert on(OPENS, None) == (50_000, None)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        ((), "at least one"),
        ((Step(Starts.OPENING, 30, Cost()),), "The last step"),
        ((Step(Starts.ALWAYS, 0, Cost()), Step(Starts.ALWAYS, 0, Cost())), "only be the last"),
        (
            (
                Step(Starts.OPENING, 30, Cost()),
                Step(Starts.OPENING, 60, Cost()),
                Step(Starts.ALWAYS, 0, Cost()),
            ),
            "follow each other",
        ),
    ],
)
def test_steps_that_leave_a_day_open_are_no_ladder(steps: tuple[Step, ...], said: str) -> None:
    assert said in fault(steps)


# Free within 10 days of the admission, half until 60 days before the fair, then all; 15 % of a
# module of 9 m² if the stand is let again.
TERMS: dict[str, Any] = {
    "starts_1": "admission", "days_1": "10", "share_1": "0", "base_1": "price",
    "starts_2": "opening", "days_2": "60", "share_2": "50", "base_2": "price",
    "starts_3": "always", "share_3": "100", "base_3": "full",
    "relet": "yes", "relet_share": "15", "relet_base": "module", "module_m2": "9", "taxed": "no",
}  # fmt: skip


async def with_terms(cast: Cast, **changes: Any) -> dict[str, int]:
    """An open call with the ladder above, written while it was a draft."""
    ground = await open_call(cast.mara)
    call = ground["call"]
    await execute("UPDATE call SET state = 'draft' WHERE id = $1", call)
    path = f"/desk/calls/{call}/withdrawal"
    done(await cast.mara.send_form(path, {**TERMS, **changes}))
    await execute("UPDATE call SET state = 'published' WHERE id = $1", call)
    return ground


async def admitted(cast: Cast, who: Someone, ground: dict[str, int], stand: int) -> int:
    application = await fill(who, ground["call"])
    await send(who, application)
    await admit(cast.mara, application, stand)
    return application


async def test_terms_are_read_before_applying_and_stay_once_published(cast: Cast) -> None:
    ground = await with_terms(cast)
    call = ground["call"]
    slug = await value("SELECT slug FROM call WHERE id = $1", call)
    for path in (f"/calls/{slug}", f"/my/apply/{call}"):
        shown = (await cast.ana.get(path)).text
        assert "until 10 days after the admission:" in shown
        assert "15 % of the full price of one module" in shown.replace("15%", "15 %")
    refused = await cast.mara.send_form(f"/desk/calls/{call}/withdrawal", TERMS)
    assert refused.status_code == 409
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute("UPDATE withdrawal_terms SET taxed = true WHERE call = $1", call)


async def test_lines_that_are_no_ladder_are_refused_and_kept(cast: Cast) -> None:
    ground = await open_call(cast.mara)
    await execute("UPDATE call SET state = 'draft' WHERE id = $1", ground["call"])
    wrong = {**TERMS, "starts_3": "", "days_2": "77"}
    refused = await cast.mara.send_form(f"/desk/calls/{ground['call']}/withdrawal", wrong)
    assert refused.status_code == 422
    assert "The last step must be" in refused.text
    assert 'value="77"' in refused.text
    assert await value("SELECT count(*) FROM withdrawal_terms") == 0


async def test_free_in_the_first_days_everything_is_given_back(cast: Cast) -> None:
    ground = await with_terms(cast)
    stand = (await stand_ids(ground["booth"]))[0]
    application = await admitted(cast, cast.ana, ground, stand)
    base = f"/my/applications/{application}"
    by_the_other_door = await cast.ana.send_form(
        f"{base}/leave", {"sure": "on"}, to=f"{base}/withdraw"
    )
    assert by_the_other_door.status_code == 409
    page = await cast.ana.get(f"{base}/leave")
    assert "Nothing" in page.text
    unsure = await cast.ana.send_form(f"{base}/leave", {"seen_cost": "0"})
    assert unsure.status_code == 422
    done(await cast.ana.send_form(f"{base}/leave", {"seen_cost": "0", "sure": "on"}))
    found = await row("SELECT state, wait_position FROM application WHERE id = $1", application)
    assert found == {"state": "withdrawn", "wait_position": None}
    assert await value("SELECT allocated_m2 FROM booth WHERE id = $1", ground["booth"]) == 0
    assert await value("SELECT committed_minor FROM scheme") == 0
    states = await rows("SELECT kind, state FROM invoice ORDER BY id")
    assert [(each["kind"], each["state"]) for each in states] == [
        ("invoice", "credited"), ("credit_note", "settled"),
    ] or states[0]["state"] == "credited"  # fmt: skip


async def test_later_half_is_invoiced_what_was_paid_is_set_against_it_and_letting_again_lowers_it(
    cast: Cast,
) -> None:
    ground = await with_terms(cast)
    stand = (await stand_ids(ground["booth"]))[0]
    application = await admitted(cast, cast.ana, ground, stand)
    invoice = await row("SELECT id, reference, total_minor FROM invoice ORDER BY id LIMIT 1")
    assert invoice
    await transfer(cast.finn, invoice["reference"], invoice["total_minor"], "leave-1")
    net = await value("SELECT net_minor FROM quote ORDER BY id DESC LIMIT 1")
    base = f"/my/applications/{application}/leave"
    with clock.travel_everywhere(clock.now() + timedelta(days=12)):
        for who in (cast.ana, cast.mara, cast.carla, cast.finn):
            await who.arrive()
        stale = await cast.ana.send_form(base, {"seen_cost": "0", "sure": "on"})
        assert stale.status_code == 409
        assert "Nothing was done" in stale.text
        done(await cast.ana.send_form(base, {"seen_cost": str(net // 2), "sure": "on"}))
        kept = await row("SELECT cost_minor, relet_minor, invoice_id FROM withdrawal")
        assert kept
        assert kept["cost_minor"] == net // 2
        assert kept["relet_minor"] == 400_00 * 9 * 15 // 100
        charge = await row(
            "SELECT total_minor, paid_minor, state FROM invoice WHERE id = $1", kept["invoice_id"]
        )
        assert charge == {"total_minor": net // 2, "paid_minor": net // 2, "state": "paid"}
        other = await admitted(cast, cast.carla, ground, stand)
        assert await value("SELECT relet_at FROM withdrawal") is None  # nobody has paid for it yet
        asked = await row("SELECT reference, total_minor FROM invoice ORDER BY id DESC LIMIT 1")
        assert asked
        await transfer(cast.finn, asked["reference"], asked["total_minor"], "leave-2")
        after = await row("SELECT relet_at, relet_invoice_id FROM withdrawal")
        assert after
        assert after["relet_at"] is not None
        lower = await row(
            "SELECT total_minor, paid_minor FROM invoice WHERE id = $1", after["relet_invoice_id"]
        )
        assert lower == {"total_minor": 540_00, "paid_minor": 540_00}
        assert await value("SELECT state FROM application WHERE id = $1", other) == "confirmed"
    balance = await value("SELECT sum(amount_minor) FROM ledger_posting")
    assert balance == 0
    waits = await value(
        "SELECT amount_minor - matched_minor - asked_back_minor FROM payment ORDER BY id LIMIT 1"
    )
    assert waits == invoice["total_minor"] - 540_00
    told = await rows(
        "SELECT subject FROM message WHERE key LIKE '%leave:%' OR key LIKE '%relet:%'"
    )
    assert {each["subject"] for each in told} == {
        "You have withdrawn from Anuga 2027", "Withdrawing from Anuga 2027 costs you less",
    }  # fmt: skip
    assert (
        Decimal(await value("SELECT allocated_m2 FROM booth WHERE id = $1", ground["booth"])) == 9
    )


async def test_once_the_fair_is_over_nothing_is_left_to_withdraw_from(cast: Cast) -> None:
    """Else the price with its VAT would turn into compensation without, and the aid be lost."""
    ground = await with_terms(cast)
    application = await admitted(cast, cast.ana, ground, (await stand_ids(ground["booth"]))[0])
    invoice = await row("SELECT reference, total_minor FROM invoice")
    assert invoice
    await transfer(cast.finn, invoice["reference"], invoice["total_minor"], "over-1")
    base = f"/my/applications/{application}"
    with clock.travel_everywhere(datetime(2027, 10, 13, 21, 30, tzinfo=UTC)):
        await cast.ana.arrive()
        assert (await cast.ana.get(f"{base}/leave")).status_code == 200
        assert f"{base}/leave" in (await cast.ana.get(base)).text
    with clock.travel_everywhere(datetime(2027, 10, 13, 22, 30, tzinfo=UTC)):
        await cast.ana.arrive()
        assert f"{base}/leave" not in (await cast.ana.get(base)).text
        late = await cast.ana.send_form(
            base, {"seen_cost": "360000", "sure": "on"}, to=f"{base}/leave"
        )
        assert late.status_code == 409
        assert "The fair is over" in late.text
    assert await value("SELECT state FROM application WHERE id = $1", application) == "confirmed"


async def test_a_refund_on_its_way_keeps_nobody_else_out_of_the_stand(cast: Cast) -> None:
    """Letting again asks for a second refund of a card payment while the first one is sent."""
    ground = await with_terms(cast)
    stand = (await stand_ids(ground["booth"]))[0]
    application = await admitted(cast, cast.ana, ground, stand)
    invoice = await row("SELECT reference, total_minor FROM invoice")
    assert invoice
    await transfer(cast.finn, invoice["reference"], invoice["total_minor"], "way-1")
    await execute("ALTER TABLE payment DISABLE TRIGGER USER")
    await execute("UPDATE payment SET method = 'card'")
    await execute("ALTER TABLE payment ENABLE TRIGGER USER")
    net = await value("SELECT net_minor FROM quote ORDER BY id DESC LIMIT 1")
    with clock.travel_everywhere(clock.now() + timedelta(days=12)):
        for who in (cast.ana, cast.mara, cast.carla, cast.finn):
            await who.arrive()
        leave = f"/my/applications/{application}/leave"
        done(await cast.ana.send_form(leave, {"seen_cost": str(net // 2), "sure": "on"}))
        await execute("UPDATE refund SET state = 'sent'")
        await execute("DELETE FROM pgqueuer WHERE entrypoint = 'billing.refund'")
        other = await admitted(cast, cast.carla, ground, stand)
        asked = await row("SELECT reference, total_minor FROM invoice ORDER BY id DESC LIMIT 1")
        assert asked
        await transfer(cast.finn, asked["reference"], asked["total_minor"], "way-2")
    assert await value("SELECT state FROM application WHERE id = $1", other) == "confirmed"
    assert await value("SELECT count(*) FROM refund") == 1
    waits = await value(
        "SELECT amount_minor - matched_minor - asked_back_minor FROM payment ORDER BY id LIMIT 1"
    )
    assert waits == net // 2 - 540_00
