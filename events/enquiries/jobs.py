"""By the clock: reminders of late questions, closing what rests, erasing what is old."""

from events.enquiries import asking, queries, rules, telling
from events.enquiries.rules import Act, State
from server import clock
from server.accounts.permissions import SYSTEM
from server.audit import record
from server.database import action, execute, rows
from server.jobs import every
from server.mail import actions as mail
from server.web.formats import moment


@every("enquiries.remind", minutes=15)
async def remind() -> None:
    """One reminder for each question whose target has passed without an answer."""
    for each in await rows(
        "SELECT id FROM enquiry WHERE state = 'waiting' AND reminded_at IS NULL AND due_at < $1"
        " ORDER BY due_at LIMIT 200",
        clock.now(),
    ):
        await _remind(each["id"])


@action
async def _remind(enquiry_id: int) -> None:
    done = await execute(
        "UPDATE enquiry SET reminded_at = $2 WHERE id = $1 AND state = 'waiting'"
        " AND reminded_at IS NULL AND due_at < $2",
        enquiry_id,
        clock.now(),
    )
    if done == "UPDATE 1":
        found = await queries.enquiry(enquiry_id)
        await telling.tell_desk(
            found, "enquiry-late", f"late:{found.turn}", due=moment(found.due_at, found.tz)
        )


@every("enquiries.rest", minutes=30)
async def rest() -> None:
    """Answered questions close after a month of silence; unconfirmed ones, addresses and old
    questions are forgotten."""
    now = clock.now()
    for each in await rows(
        "SELECT id FROM enquiry WHERE state = 'answered' AND moved_at < $1 ORDER BY id LIMIT 500",
        now - rules.QUIET_FOR,
    ):
        await _close(each["id"])
    await _sweep()
    for each in await rows(
        "SELECT e.id, e.agency FROM enquiry e LEFT JOIN enquiry_desk d ON d.agency = e.agency"
        " WHERE e.erased_at IS NULL AND e.state IN ('closed', 'passed_on')"
        " AND e.moved_at < $1::timestamptz - make_interval(months => coalesce(d.keep_months, 24))"
        " ORDER BY e.id LIMIT 500",
        now,
    ):
        await _forget(each["id"], each["agency"])


@action
async def _close(enquiry_id: int) -> None:
    now = clock.now()
    state = rules.after(State.ANSWERED, Act.CLOSE)
    done = await execute(
        "UPDATE enquiry SET state = $2, turn = turn + 1, closed_at = $3, moved_at = $3"
        " WHERE id = $1 AND state = 'answered' AND moved_at < $4",
        enquiry_id,
        state.value,
        now,
        now - rules.QUIET_FOR,
    )
    if done == "UPDATE 1":
        found = await queries.enquiry(enquiry_id)
        await record(
            SYSTEM, "enquiry.close", "enquiry", enquiry_id, before={"state": "answered"},
            after={"state": state.value}, agency_id=found.agency, company_id=found.company,
        )  # fmt: skip


@action
async def _forget(enquiry_id: int, agency: int) -> None:
    await asking.forget(enquiry_id, agency)


@action
async def _sweep() -> None:
    now = clock.now()
    for each in await rows(
        "DELETE FROM enquiry WHERE state = 'unconfirmed' AND asked_at < $1 RETURNING id",
        now - rules.UNCONFIRMED_FOR,
    ):
        await mail.forget(f"enquiry:{each['id']}:")
    await execute(
        "UPDATE enquiry SET address = '' WHERE address <> '' AND asked_at < $1",
        now - rules.ADDRESS_KEPT,
    )
    await execute("DELETE FROM article_vote WHERE at < $1", now - rules.VOTES_KEPT)
