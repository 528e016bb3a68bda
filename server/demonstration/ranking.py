"""One call whose places are given by points: two evaluators, a conflict, a frozen decision."""

from typing import Any

from booths.calls import queries as calls
from booths.ranking import actions, deciding, evaluating, queries
from booths.ranking.forms import DeclareForm, EvaluatorsForm, NothingForm, ScoreForm
from booths.ranking.plan_forms import CriterionForm, PlanForm, QuotaForm
from server import clock
from server.accounts.permissions import Actor
from server.demonstration.calendar import Calendar
from server.demonstration.organisations import LEAD, Company
from server.demonstration.plots import ROTTERDAM
from server.demonstration.stories import Teller
from server.web.forms import parse

SETTINGS = {
    "main": "points", "tie_1": "lottery", "minimum_total": "40", "evaluators": "1",
    "drop_lowest": "", "places": "6", "gap": "fill", "published": "on",
}  # fmt: skip
CRITERIA = (
    {
        "name": "Fit to the fair", "weight": "40", "source": "evaluators",
        "hint": "Few points for goods that every shop has, many for those with a story.",
    },
    {
        "name": "Preparation and goals", "weight": "30", "source": "evaluators",
        "hint": "Goals that can be counted, people who speak the language, prices that are ready.",
    },
    {
        "name": "New to exporting", "weight": "30", "source": "facts",
        "fact_1": "export_status", "values_1": "none", "points_1": "10",
        "fact_2": "export_status", "values_2": "occasional", "points_2": "6",
    },
)  # fmt: skip
QUOTA = {
    "name": "Not exporting yet", "bound": "least", "amount": "1", "unit": "places",
    "fact_1": "export_status", "values_1": "none",
}  # fmt: skip
SCORES = ((7, 6), (9, 8), (4, 5), (8, 8), (6, 9), (3, 2), (7, 7), (5, 8), (9, 6))
AGAIN = ((8, 6), (6, 8), (4, 4), (8, 9), (2, 7), (3, 3), (7, 6), (6, 8), (9, 9))
CONFLICT = "My brother runs this company."


async def give_places(
    agencies: dict[str, dict[str, Actor]],
    companies: list[Company],
    call_id: int,
    calendar: Calendar,
) -> None:
    """From the rule to the frozen decision; carrying it out is left to whoever looks."""
    staff = agencies[LEAD]
    manager = staff["manager"]
    if await queries.plan_of(call_id) is not None:
        return
    with clock.travel(calendar.moment(-58)):
        await _write_rule(manager, call_id)
        people = [staff["viewer"].person_id, staff["finance"].person_id]
        await actions.set_evaluators(
            manager, parse(EvaluatorsForm, {"people": people}), call_id=call_id
        )
    known = {each.name: each for each in companies}
    await Teller("rotterdam", call_id, ROTTERDAM, known, staff, calendar).apply()
    for days, evaluator, given in ((-9, staff["viewer"], SCORES), (-8, staff["finance"], AGAIN)):
        with clock.travel(calendar.moment(days)):
            await _score(evaluator, call_id, given, conflict=2 if given is AGAIN else None)
    with clock.travel(calendar.moment(-5)):
        await deciding.freeze(manager, NothingForm(), call_id=call_id)


async def _write_rule(manager: Actor, call_id: int) -> None:
    await actions.save_plan(manager, parse(PlanForm, SETTINGS), call_id=call_id)
    items: list[tuple[str, Any, Any]] = [("criteria", CriterionForm, each) for each in CRITERIA]
    for kind, form, facts in [*items, ("quotas", QuotaForm, QUOTA)]:
        await actions.put_item(manager, parse(form, facts), call_id=call_id, kind=kind)
    if (await calls.own_call(manager, call_id)).state != "draft":
        await actions.publish_plan(manager, NothingForm(), call_id=call_id)


async def _score(
    evaluator: Actor, call_id: int, given: tuple[tuple[int, int], ...], *, conflict: int | None
) -> None:
    for n, (each, points) in enumerate(
        zip(await queries.work(evaluator, call_id), given, strict=True)
    ):
        word = {"conflict": "yes", "why": CONFLICT} if n == conflict else {"conflict": "no"}
        about = {"call_id": call_id, "application_id": each.application}
        await evaluating.declare(evaluator, parse(DeclareForm, word), **about)
        if n != conflict:
            scores = {"points": {"c1": points[0], "c2": points[1]}}
            await evaluating.score(evaluator, parse(ScoreForm, scores), **about)
