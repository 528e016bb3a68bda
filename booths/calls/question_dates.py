"""Questions with deadlines of their own: in the call's calendar, and a mail before they end."""

from datetime import timedelta

from booths.calls import answering, queries
from booths.calls.applying import link, write_to_company
from booths.calls.rules import State
from booths.questions import queries as questions
from booths.questions.rules import given, questions_of, shown
from events.calendars import actions as calendars
from server import clock
from server.accounts.permissions import Actor
from server.database import action, rows
from server.text import N_, gettext
from server.web.formats import moment

BEFORE = timedelta(days=3)
ASKED = (State.DRAFT, *answering.SENT)


async def to_write() -> list[int]:
    """Published calls with a question whose own deadline is still to come."""
    found = await rows(
        "SELECT DISTINCT c.id FROM call c JOIN question q ON q.call = c.id"
        " WHERE c.state IN ('published', 'decided', 'running') AND q.answer_until > $1"
        " ORDER BY c.id",
        clock.now(),
    )
    return [each["id"] for each in found]


@action
async def write_dates(call_id: int) -> None:
    """Each own deadline as an item of the call's calendar; one that was moved moves with it."""
    call = await queries.published_call(call_id)
    for each in questions_of(await questions.form(call_id)):
        if each.answer_until is None:
            continue
        await calendars.put(
            key=f"call:{call.id}:question:{each.id}",
            kind="deadline",
            summary=gettext(
                N_("Answer “{question}” by today: {title}"), question=each.label, title=call.title
            ),
            tz=call.tz,
            start=clock.local(each.answer_until, call.tz).replace(tzinfo=None),
            description=gettext(
                N_("{title}, {fair}. Exactly {at}."), title=call.title, fair=call.fair_name,
                at=moment(each.answer_until, call.tz, seconds=True),
            ),
            url=f"/calls/{call.slug}",
            fair=call.fair,
            booth=call.booth,
            agency=call.agency,
            visibility="public",
            country=call.fair_country,
        )  # fmt: skip


async def to_remind() -> list[int]:
    """Applications that are asked something whose own deadline is at most three days off."""
    found = await rows(
        "SELECT DISTINCT x.id FROM application x JOIN call c ON c.id = x.call"
        " JOIN question q ON q.call = c.id WHERE x.state = ANY($1::text[])"
        " AND c.state IN ('published', 'decided', 'running')"
        " AND q.answer_until > $2 AND q.answer_until <= $3 ORDER BY x.id",
        [each.value for each in ASKED],
        clock.now(),
        clock.now() + BEFORE,
    )
    return [each["id"] for each in found]


@action
async def remind(application_id: int) -> None:
    """One mail about the questions that are still open; never twice about one deadline."""
    [found_row] = await rows("SELECT company FROM application WHERE id = $1", application_id)
    company = Actor(
        name="Pavilion", system=True, company_id=found_row["company"], company_role="member"
    )
    found = await answering.sent_by_company(company, application_id)
    answers = answering.with_supplements(found, await answering.supplements(application_id))
    now = clock.now()
    due = [
        each
        for each in shown(questions_of(found.form), answers)
        if each.answer_until is not None
        and now < each.answer_until <= now + BEFORE
        and not given(answers.get(each.key))
    ]
    for each in due:
        assert each.answer_until is not None
        await write_to_company(
            found.row.company,
            found.call,
            f"application:{application_id}:question:{each.id}:{each.answer_until:%Y%m%d%H%M}",
            "question-due",
            call=found.call.title,
            question=each.label,
            until=moment(each.answer_until, found.call.tz),
            link=link(f"/my/applications/{application_id}"),
        )
