"""Requests for correction: what is to be mended, until when, and what becomes of it."""

from datetime import datetime, timedelta

from booths.calls import additions, rules
from booths.calls.additions import CallEvent, Event
from booths.calls.applying import link, write_to_company
from booths.calls.contracts import for_agency
from booths.calls.deciding import hold
from booths.calls.forms import CorrectForm
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import State
from events.calendars import actions as calendars
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, rows, step, value
from server.errors import Refused
from server.text import N_, gettext
from server.web.formats import moment

LONGEST = timedelta(days=90)
MOST = 30


def points_of(text: str) -> list[str]:
    """The points of a request, one a line."""
    return [line.strip(" -•\t") for line in text.splitlines() if line.strip(" -•\t")]


@action
async def ask(actor: Actor, form: CorrectForm, *, application_id: int) -> int:
    """Ask a company to mend its application; a second request replaces the first one."""
    require(actor, "application.correct")
    found = await hold(actor, application_id)
    moved = rules.move(found.row.state, State.TO_CORRECT)
    now, points = clock.now(), points_of(form.points)
    until = clock.to_utc(form.until, found.call.tz)
    if not 0 < len(points) <= MOST:
        raise Refused(N_("Name from 1 to {most} points, one a line."), field="points", most=MOST)
    if not now < until <= now + LONGEST:
        raise Refused(
            N_("Give a time within the next {days} days, so that the company can keep it."),
            field="until",
            days=LONGEST.days,
        )
    arrived = found.row.submitted_at
    assert arrived is not None
    await execute(
        "UPDATE correction SET ended_at = $2 WHERE application = $1 AND answered_at IS NULL"
        " AND ended_at IS NULL",
        application_id,
        now,
    )
    await execute(
        "INSERT INTO correction (application, points, asked_by, asked_at, until, arrived_at)"
        " VALUES ($1,$2,$3,$4,$5,$6)",
        application_id,
        points,
        actor.person_id,
        now,
        until,
        arrived,
    )
    await execute(
        "UPDATE application SET state = 'to_correct', why = '' WHERE id = $1", application_id
    )
    await record(
        actor, "application.correct", "application", application_id,
        before={"state": found.row.state.value},
        after={"state": "to_correct", "points": points, "until": until},
        company_id=found.row.company,
    )  # fmt: skip
    await write_to_company(
        found.row.company,
        found.call,
        f"application:{application_id}:correct:{now:%Y%m%d%H%M%S%f}",
        f"application-{moved.mail}",
        reference=found.row.reference,
        call=found.call.title,
        points=points,
        until=moment(until - timedelta(seconds=1), found.call.tz, seconds=True),
        arrived=moment(arrived, found.call.tz, seconds=True),
        link=link(f"/my/applications/{application_id}"),
    )
    await _write_calendar(found, until)
    await additions.moved(additions.Event.DECIDED, actor, found)
    return application_id


@step
async def _write_calendar(found: Dossier, until: datetime) -> None:
    """The deadline among the company's own; it goes with the answer."""
    last_second = clock.local(until - timedelta(seconds=1), found.call.tz)
    await calendars.put(
        key=f"application:{found.row.id}:correction",
        kind="deadline",
        summary=gettext(
            N_("Mend the application by now: {fair} ({company})"),
            fair=found.call.fair_name,
            company=found.row.company_name,
        ),
        tz=found.call.tz,
        start=last_second.replace(tzinfo=None, microsecond=0),
        fair=found.call.fair,
        booth=found.call.booth,
        agency=found.call.agency,
        company=found.row.company,
        visibility="company",
        country=found.call.fair_country,
        url=f"/applications/{found.row.id}",
    )


async def over() -> list[int]:
    """Applications whose time to correct has passed."""
    found = await rows(
        "SELECT k.application FROM correction k JOIN application x ON x.id = k.application"
        " WHERE k.until <= $1 AND k.answered_at IS NULL AND k.ended_at IS NULL"
        " AND x.state = 'to_correct' ORDER BY k.until LIMIT 100",
        clock.now(),
    )
    return [each["application"] for each in found]


@action
async def end(application_id: int) -> bool:
    """The deadline has passed: the application counts as it was sent before. Twice is once."""
    actor = await for_agency(application_id)
    found = await hold(actor, application_id)
    asked = found.correction
    if found.row.state is not State.TO_CORRECT or asked is None or clock.now() < asked.until:
        return False
    moved = rules.move(found.row.state, State.SUBMITTED, "application.correct")
    await execute("UPDATE correction SET ended_at = $2 WHERE id = $1", asked.id, clock.now())
    await calendars.cancel(f"application:{application_id}:correction")
    await execute("UPDATE application SET state = 'submitted' WHERE id = $1", application_id)
    await record(
        actor, "application.correction_over", "application", application_id,
        before={"state": "to_correct"}, after={"state": "submitted", "correction": asked.id},
        company_id=found.row.company,
    )  # fmt: skip
    await write_to_company(
        found.row.company,
        found.call,
        f"application:{application_id}:correction-over:{asked.id}",
        f"application-{moved.mail}",
        reference=found.row.reference,
        call=found.call.title,
        until=moment(asked.last_second, found.call.tz, seconds=True),
        points=asked.points,
        link=link(f"/my/applications/{application_id}"),
    )
    return True


@additions.follows(Event.DECIDED, Event.WITHDRAWN)
async def out(_: Actor, found: Dossier) -> None:
    """Who withdraws or is excluded has nothing to mend any more."""
    state = await value("SELECT state FROM application WHERE id = $1", found.row.id)
    if found.row.state is State.TO_CORRECT and state != State.TO_CORRECT:
        await _drop(found.row.id)


@additions.follows_call(CallEvent.CANCELLED)
async def all_out(_: Actor, call: CallRow) -> None:
    """Nor has anybody whose call was cancelled."""
    for each in await rows(
        "SELECT k.application FROM correction k JOIN application x ON x.id = k.application"
        " WHERE x.call = $1 AND k.answered_at IS NULL AND k.ended_at IS NULL ORDER BY k.id",
        call.id,
    ):
        await _drop(each["application"])


@step
async def _drop(application_id: int) -> None:
    await execute(
        "UPDATE correction SET ended_at = $2 WHERE application = $1 AND answered_at IS NULL"
        " AND ended_at IS NULL",
        application_id,
        clock.now(),
    )
    await calendars.cancel(f"application:{application_id}:correction")
