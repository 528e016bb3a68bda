"""What an evaluator does: declare whether there is a conflict of interest, then score."""

from booths.ranking import queries
from booths.ranking.forms import DeclareForm, ScoreForm
from booths.ranking.queries import PlanRow, Work
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute
from server.errors import Conflict, Forbidden, Invalid, NotFound
from server.text import N_, gettext


async def own_task(actor: Actor, call_id: int, application_id: int) -> Work:
    """One application in the actor's list of work."""
    found = await queries.work(actor, call_id)
    for each in found:
        if each.application == application_id:
            return each
    raise NotFound


def locked_out() -> Forbidden:
    """What an evaluator reads who has declared a conflict."""
    return Forbidden(
        N_(
            "You have declared a conflict of interest with this company, so its application is"
            " closed to you until the decision is frozen."
        )
    )


async def _open(actor: Actor, call_id: int) -> PlanRow:
    """The rule, held so that no decision freezes the scores meanwhile."""
    _, found = await queries.must_have_plan(actor, call_id)
    await execute("SELECT 1 FROM ranking_plan WHERE call = $1 FOR SHARE", call_id)
    if await queries.is_decided(call_id):
        raise Conflict(N_("The decision is frozen, and with it all scores."))
    return found


@action
async def declare(actor: Actor, form: DeclareForm, *, call_id: int, application_id: int) -> int:
    """Say whether there is a conflict of interest. A conflict stands, and scores count no more."""
    require(actor, "ranking.score")
    await _open(actor, call_id)
    task = await own_task(actor, call_id, application_id)
    if task.conflict:
        raise locked_out()
    conflict = form.conflict == "yes"
    await execute(
        "INSERT INTO conflict_declaration (application, person, conflict, why, at)"
        " VALUES ($1, $2, $3, $4, $5)",
        application_id,
        actor.person_id,
        conflict,
        form.why if conflict else "",
        clock.now(),
    )
    await record(
        actor, "ranking.declare", "application", application_id,
        after={"conflict": conflict}, why=form.why if conflict else "",
    )  # fmt: skip
    return application_id


@action
async def score(actor: Actor, form: ScoreForm, *, call_id: int, application_id: int) -> int:
    """Keep an evaluator's scores as a new version. Returns its number."""
    require(actor, "ranking.score")
    found = await _open(actor, call_id)
    task = await own_task(actor, call_id, application_id)
    if task.conflict is None:
        raise Conflict(N_("Declare first whether you have a conflict of interest."))
    if task.conflict:
        raise locked_out()
    errors = {
        f"points_{each.key}": gettext(
            N_("Give “{name}” a whole number from {low} to {high}."),
            name=each.name, low=each.low, high=each.high,
        )
        for each in found.plan.scored
        if not each.low <= form.points.get(each.key, each.low - 1) <= each.high
    }  # fmt: skip
    if set(form.points) - {each.key for each in found.plan.scored}:
        errors["points"] = gettext(N_("Score only the criteria of this call."))
    if errors:
        raise Invalid(errors, form.typed())
    number = (task.number or 0) + 1
    await execute(
        "INSERT INTO evaluation (application, person, number, points, comment, at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        application_id,
        actor.person_id,
        number,
        dict(form.points),
        form.comment,
        clock.now(),
    )
    await record(
        actor, "ranking.score", "application", application_id,
        before={"number": task.number} if task.number else None, after={"number": number},
    )  # fmt: skip
    return number
