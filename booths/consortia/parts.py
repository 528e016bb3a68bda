"""What consortia add to the pages and acts of calls."""

from booths.calls import additions
from booths.calls.additions import CallEvent, Event, Panel, Place
from booths.calls.rows import CallRow, Dossier
from booths.consortia import co_parts, queries, steps
from booths.consortia.rules import KEY_WORDS, STAGE_WORDS, Stage
from server.accounts.permissions import Actor
from server.database import value
from server.errors import Conflict
from server.text import N_, gettext

assert co_parts


additions.bound(queries.members_of_call)


@additions.panel(Place.APPLICATION_COMPANY, Place.APPLICATION_CHECK, Place.APPLICATION_DESK)
async def _membership(_: Actor, found: Dossier) -> Panel | None:
    """The consortium of an application, or the way to begin one."""
    consortium = await queries.consortium_of(found.row.id)
    if consortium is None and not found.editable:
        return None
    return Panel(
        template="consortia/_panel.html",
        context={"consortium": consortium, "key_words": KEY_WORDS, "stages": STAGE_WORDS},
    )


@additions.panel(Place.CALL_DESK)
async def _of_call(_: Actor, call: CallRow) -> Panel | None:
    """How many consortia have applied."""
    n = await queries.applying_together(call.id)
    return Panel(template="consortia/_call.html", context={"n": n}) if n else None


@additions.follows(Event.ADMITTED)
async def _only_together(actor: Actor, found: Dossier) -> None:
    """Who has applied with a consortium is admitted with it; who never sent it has left it."""
    consortium = await queries.consortium_of(found.row.id)
    if consortium is None or await value(
        "SELECT 1 FROM allocation WHERE application = $1 AND state <> 'released'"
        " AND consortium = $2",
        found.row.id,
        consortium.id,
    ):
        return
    if consortium.state is not Stage.FORMING:
        raise Conflict(
            N_(
                "{company} applies with the consortium “{consortium}”. Nothing was done: admit the"
                " consortium as a whole, or leave the company out of it first."
            ),
            company=found.row.company_name,
            consortium=consortium.name,
        )
    await _gone(actor, found, gettext(N_("It was admitted alone.")))


@additions.follows(Event.WITHDRAWN)
async def _withdrawn(actor: Actor, found: Dossier) -> None:
    """Who withdraws leaves the consortium."""
    await _gone(actor, found, gettext(N_("The application was withdrawn.")))


@additions.follows(Event.ENDED)
async def _ended(actor: Actor, found: Dossier) -> None:
    """Whose contract ends leaves the consortium; the stand stays with the others."""
    await _gone(actor, found, gettext(N_("Its contract ended.")))


@additions.follows_call(CallEvent.CANCELLED)
async def _cancelled(actor: Actor, call: CallRow) -> None:
    """A call that does not take place ends its consortia; the letters come from the call."""
    for each in await queries.living(call.id):
        await steps.lock(each)
        found = await queries.together(each)
        await steps.dissolve(actor, found, gettext(N_("The call was cancelled.")), tell=False)


async def _gone(actor: Actor, found: Dossier, why: str) -> None:
    consortium = await queries.consortium_of(found.row.id)
    if consortium is None:
        return
    await steps.lock(consortium.id)
    member = await value(
        "SELECT id FROM consortium_member WHERE consortium = $1 AND application = $2"
        " AND state = 'joined'",
        consortium.id,
        found.row.id,
    )
    if member is not None:
        await steps.depart(actor, consortium.id, member, why)
