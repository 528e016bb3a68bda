"""Three hundred applicants for sixty places, and a list of years ago."""

import asyncio
import json
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from booths.ranking import actions, deciding, entering, queries, records
from booths.ranking.forms import ApplyForm, NothingForm
from booths.ranking.ordering import rank
from booths.ranking.plan_forms import GroupForm, PlanForm
from booths.ranking.rules import Outcome, commitment, lot
from server import clock
from server.database import counting, execute, rows, value
from server.errors import Conflict
from server.web.forms import parse
from tests.concurrency.world import World, build, more

DECISION = Path(__file__).with_name("decision-1.json")
FIRST_TIMERS = {
    "name": "First-timers", "fact_1": "participations", "op_1": "most", "values_1": "0",
}  # fmt: skip


async def drawn_by_lot(applicants: int, places: int) -> World:
    """Nordhafen's open call that gives its places by lot, first-timers first."""
    world = await build(applicants, sent=True)
    await execute("UPDATE application SET submitted_at = NULL, state = 'draft'")
    settings = {"main": "lottery", "groups_first": "on", "places": str(places), "published": "on"}
    await actions.save_plan(world.mara, parse(PlanForm, settings), call_id=world.call)
    await actions.put_item(
        world.mara, parse(GroupForm, FIRST_TIMERS), call_id=world.call, kind="groups"
    )
    await actions.publish_plan(world.mara, NothingForm(), call_id=world.call)
    await execute("UPDATE application SET submitted_at = $1, state = 'submitted'", clock.now())
    return world


@pytest.fixture
def after_closing() -> object:
    """Three weeks later."""
    return clock.travel_everywhere(clock.now() + timedelta(days=21))


@pytest.mark.slow
async def test_three_hundred_for_sixty_on_one_page(db: str, after_closing: object) -> None:
    """The list, the frozen decision and the letters; the pages ask as often for 300 as for 3."""
    world = await drawn_by_lot(3, 60)
    page = f"/desk/calls/{world.call}/ranking/list"
    counts = []
    for n in (3, 300):
        await more(world, n - len(world.applications))
        await execute("UPDATE session SET seen_at = now()")
        await world.cast.mara.get(page)
        async with counting() as noted:
            answer = await world.cast.mara.get(page)
        assert f"{n} applications take part" in answer.text
        counts.append(len(noted))
    assert counts[0] == counts[1]
    with after_closing:  # type: ignore[attr-defined]
        await world.cast.mara.arrive()
        call, plan = await queries.own_plan(world.mara, world.call)
        assert plan is not None
        assert plan.seed is None
        version = await deciding.freeze(world.mara, NothingForm(), call_id=world.call)
        shown = await world.cast.mara.get(f"/desk/calls/{world.call}/ranking/decisions/{version}")
        assert "Rank 300 of 300" in shown.text
        assert shown.text.count("Gets a place") == 60
        plan = await queries.plan_of(world.call)
        assert plan is not None
        assert plan.seed is not None
        assert commitment(plan.seed) == plan.commitment
        listed = await rows(
            "SELECT x.reference, p.outcome FROM ranking_place p JOIN application x"
            " ON x.id = p.application ORDER BY p.rank"
        )
        order = [each["reference"] for each in listed]
        assert order == sorted(order, key=lambda each: lot(plan.seed or "", each))
        assert call.left_m2 >= 60 * 9
        await execute(  # one waits already, by hand, and one has withdrawn meanwhile
            "UPDATE application SET state = 'wait_listed', wait_position = 1 WHERE reference = $1",
            order[200],
        )
        await execute("UPDATE application SET state = 'withdrawn' WHERE reference = $1", order[100])
        await deciding.apply(world.mara, ApplyForm(sure=True), call_id=world.call, version=version)
    waiting = await rows(
        "SELECT reference FROM application WHERE state = 'wait_listed' ORDER BY wait_position"
    )
    assert [each["reference"] for each in waiting] == [
        each for each in order[60:] if each != order[100]
    ]
    assert await value("SELECT count(*) FROM application WHERE state = 'eligible'") == 60
    assert await value("SELECT max(wait_position) FROM application") == 239
    assert len(await queries.selected(world.call)) == 60
    await world.cast.leave()


def test_a_decision_of_version_1_comes_out_again() -> None:
    """The file was written by the first version of this rule: it must come out for ever."""
    content = json.loads(DECISION.read_text("utf-8"))
    assert records.check(content) == []
    plan, inputs, edits, order = records.read(content)
    assert rank(plan, inputs, edits) == order
    assert {each.outcome for each in order} == set(Outcome)
    assert any(each.by_hand for each in order)
    assert any(each.tie for each in order)
    assert order[0].total == Decimal("86.00")


@pytest.mark.parametrize(
    ("path", "forged"),
    [
        (("inputs", "seed"), "0" * 64),
        (("order", 0, "reference"), "NOR-2027-00009"),
        (("inputs", "applicants", 0, "facts", "participations"), 7),
    ],
)
def test_a_forged_decision_is_found_out(path: tuple[str | int, ...], forged: object) -> None:
    """By its fingerprint; and without one by the seed, the order or the places."""
    content = json.loads(DECISION.read_text("utf-8"))
    at = content
    for step in path[:-1]:
        at = at[step]  # type: ignore[index]
    at[path[-1]] = forged  # type: ignore[index]
    assert records.check(content)
    del content["sha256"]
    assert records.check(content)


async def test_nothing_is_frozen_before_the_call_has_closed(db: str) -> None:
    """And what was only begun has no rank (ICE, Gourmet 2022: registration alone gives none)."""
    world = await drawn_by_lot(3, 1)
    await execute(
        "UPDATE application SET state = 'draft', submitted_at = NULL WHERE id = $1",
        world.applications[-1],
    )
    with pytest.raises(Conflict, match="once the call has closed"):
        await deciding.freeze(world.mara, NothingForm(), call_id=world.call)
    assert len(await entering.entries((await queries.own_plan(world.mara, world.call))[0])) == 2
    await world.cast.leave()


async def test_two_managers_freeze_one_decision(db: str, after_closing: object) -> None:
    """Both press at once: there is one version 1, and the other is told."""
    world = await drawn_by_lot(3, 1)
    with after_closing:  # type: ignore[attr-defined]
        both = await asyncio.gather(
            *(deciding.freeze(world.mara, NothingForm(), call_id=world.call) for _ in range(2)),
            return_exceptions=True,
        )
    assert sorted(type(each).__name__ for each in both) == ["Conflict", "int"]
    assert await value("SELECT count(*) FROM ranking_decision") == 1
    await world.cast.leave()
