"""Reads for plans: the question as it stands, runs, meetings and who sits in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from events.calendars.free import CLASH
from events.matchmaking import queries as sessions
from events.matchmaking.rows import SessionRow
from events.schedules.planning import Quality
from events.schedules.rules import (
    Ask,
    At,
    Interpreter,
    MeetingState,
    Place,
    Question,
    RunKind,
    RunState,
    Slot,
    Who,
)
from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed
from server.errors import NotFound

PAGE = 50
BUSY = CLASH.format(who="p", slot="t")


class RunRow(msgspec.Struct, frozen=True, kw_only=True):
    """A run. `answer` is what is known of its plan; `said` why there is none."""

    id: int
    session: int
    number: int
    kind: RunKind
    state: RunState
    made_by: str
    made_at: datetime
    seconds: int
    based_on: int | None
    stamp: str
    progress: float
    said: str
    answer: Quality | None
    done_at: datetime | None
    published_at: datetime | None

    @property
    def at_work(self) -> bool:
        """Whether it is still being worked out."""
        return self.state in (RunState.WAITING, RunState.WORKING)


class LineRow(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run puts a request, or why it has no slot."""

    request: int
    slot: int | None
    place: int | None
    interpreter: int | None
    why: str

    @property
    def at(self) -> At | None:
        """When and where, if it has a slot."""
        return None if self.slot is None else At(self.slot, self.place, self.interpreter)


class SeatRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who sits in a meeting."""

    participant: int
    name: str
    company: str


class MeetingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A meeting as people know it. Without a place it is by video."""

    id: int
    session: int
    request: int
    key: UUID
    slot: int
    slot_number: int
    half: int
    start_local: datetime
    end_local: datetime
    starts_at: datetime
    ends_at: datetime
    place: int | None
    place_label: str
    area: str
    interpreter: int | None
    interpreter_name: str
    state: MeetingState
    pinned: bool
    version: int
    why: str
    people: list[SeatRow]

    @property
    def live(self) -> bool:
        """Whether it occupies its people."""
        return self.state in (MeetingState.PLANNED, MeetingState.HELD)

    @property
    def at(self) -> At:
        """When and where."""
        return At(self.slot, self.place, self.interpreter)

    @property
    def names(self) -> str:
        """Who meets."""
        return ", ".join(each.name for each in self.people)


_RUN = (
    "SELECT id, session, number, kind, state, made_by, made_at, seconds, based_on, stamp,"
    " progress, said, answer, done_at, published_at FROM schedule_run"
)
_MEETING = (
    "SELECT m.id, m.session, m.request, m.key, m.slot, s.number AS slot_number, s.half,"
    " s.start_local, s.end_local, s.starts_at, s.ends_at, m.place,"
    " coalesce(p.label, '') AS place_label, coalesce(p.area, '') AS area, m.interpreter,"
    " coalesce(i.name, '') AS interpreter_name, m.state, m.pinned, m.version, m.why,"
    " (SELECT jsonb_agg(jsonb_build_object('participant', a.id, 'name', h.name,"
    " 'company', c.name) ORDER BY t.id) FROM meeting_seat t"
    " JOIN participant a ON a.id = t.participant JOIN person h ON h.id = a.person"
    " JOIN company c ON c.id = a.company WHERE t.meeting = m.id) AS people"
    " FROM meeting m JOIN session_slot s ON s.id = m.slot"
    " LEFT JOIN session_place p ON p.id = m.place"
    " LEFT JOIN interpreter i ON i.id = m.interpreter"
)


async def own_session(actor: Actor, session_id: int) -> SessionRow:
    """A session of the actor's agency, for whoever may read its plan."""
    require(actor, "schedule.read")
    return await sessions.own_session(actor, session_id)


async def question(session: SessionRow) -> Question:
    """The question as it stands now: six reads, however many people there are."""
    slots = await rows(
        "SELECT id, number, half, starts_at, ends_at FROM session_slot WHERE session = $1"
        " ORDER BY number",
        session.id,
    )
    places = await rows(
        "SELECT id, kind, label, area, seats, company, closed FROM session_place"
        " WHERE session = $1 ORDER BY position, id",
        session.id,
    )
    interpreters = await rows(
        "SELECT i.id, i.name, i.languages, coalesce((SELECT array_agg(slot ORDER BY slot)"
        " FROM interpreter_away WHERE interpreter = i.id), '{}') AS away"
        " FROM interpreter i WHERE i.session = $1 ORDER BY i.id",
        session.id,
    )
    asks = await rows(
        "SELECT r.id, ARRAY[r.asker, r.asked] || coalesce((SELECT array_agg(g.participant"
        " ORDER BY g.id) FROM request_guest g JOIN participant x ON x.id = g.participant"
        " AND x.state = 'taking' WHERE g.request = r.id), '{}') AS people,"
        " r.priority, r.answer_priority, m.slot, m.place, m.interpreter,"
        " coalesce(m.pinned OR m.state = 'held', false) AS pinned"
        " FROM meeting_request r LEFT JOIN meeting m ON m.request = r.id AND m.live"
        " JOIN participant a ON a.id = r.asker AND a.state = 'taking'"
        " JOIN participant b ON b.id = r.asked AND b.state = 'taking'"
        " WHERE r.session = $1 AND r.state = 'accepted' AND NOT EXISTS (SELECT FROM meeting x"
        " WHERE x.request = r.id AND x.state = 'missed') ORDER BY r.id",
        session.id,
    )
    people = await rows(
        "SELECT p.id, h.name, p.company, f.languages, p.online, p.tz, p.day_from, p.day_until,"  # noqa: S608
        " least(p.most_meetings, g.most_meetings) AS most, p.place,"
        " ARRAY(SELECT slot FROM participant_away WHERE participant = p.id UNION"
        f" SELECT t.id FROM session_slot t WHERE t.session = p.session AND {BUSY}"
        " ORDER BY 1) AS away"
        " FROM participant p JOIN participant_group g ON g.id = p.in_group"
        " JOIN person h ON h.id = p.person JOIN meeting_profile f ON f.id = p.profile"
        " WHERE p.session = $1 AND p.state = 'taking' ORDER BY p.id",
        session.id,
    )
    known = {each["id"] for each in asks}
    orders = await rows(
        "SELECT o.earlier, o.later FROM request_order o JOIN meeting_request r ON r.id = o.earlier"
        " WHERE r.session = $1 ORDER BY o.id",
        session.id,
    )
    return Question(
        kind=session.kind.value,
        tz=session.tz,
        slots=tuple(Slot(**each) for each in slots),
        people=tuple(
            Who(**{**each, "languages": tuple(each["languages"]), "away": tuple(each["away"])})
            for each in people
        ),
        places=tuple(Place(**each) for each in places),
        asks=tuple(
            Ask(
                each["id"], tuple(each["people"]), each["priority"], each["answer_priority"],
                None if each["slot"] is None
                else At(each["slot"], each["place"], each["interpreter"]),
                each["pinned"],
            )
            for each in asks
        ),
        interpreters=tuple(
            Interpreter(each["id"], each["name"], tuple(each["languages"]), tuple(each["away"]))
            for each in interpreters
        ),
        orders=tuple(
            (each["earlier"], each["later"])
            for each in orders
            if each["earlier"] in known and each["later"] in known
        ),
        in_a_row=session.most_in_a_row,
        fairness=session.fairness,
        walking=session.walking,
    )  # fmt: skip


async def runs(session_id: int, before: int | None = None, limit: int = PAGE) -> list[RunRow]:
    """The runs of a session, the latest first."""
    return typed(
        RunRow,
        await rows(
            f"{_RUN} WHERE session = $1 AND ($2::int IS NULL OR number < $2)"
            " ORDER BY number DESC LIMIT $3",
            session_id, before, limit,
        ),
    )  # fmt: skip


async def own_run(actor: Actor, session_id: int, number: int) -> tuple[SessionRow, RunRow]:
    """A run of a session of the actor's agency, by its number."""
    session = await own_session(actor, session_id)
    found = await row(f"{_RUN} WHERE session = $1 AND number = $2", session_id, number)
    if found is None:
        raise NotFound
    return session, typed(RunRow, found)


async def run(run_id: int) -> RunRow | None:
    """A run for the worker."""
    found = await row(f"{_RUN} WHERE id = $1", run_id)
    return None if found is None else typed(RunRow, found)


async def asked(run_id: int) -> Question | None:
    """The question of a run as it was; kept apart, for it is large."""
    found = await row("SELECT asked FROM schedule_run WHERE id = $1", run_id)
    return None if not found or found["asked"] is None else read_question(found["asked"])


def read_question(kept: dict[str, Any]) -> Question:
    """The way back from what is kept."""
    return msgspec.convert(kept, Question)


async def lines(run_id: int) -> dict[int, LineRow]:
    """Where a run puts each request."""
    found = await rows(
        "SELECT request, slot, place, interpreter, why FROM run_meeting WHERE run = $1"
        " ORDER BY request",
        run_id,
    )
    return {each["request"]: typed(LineRow, each) for each in found}


async def meetings(session_id: int, half: int | None = None) -> list[MeetingRow]:
    """The meetings that people know, of a half-day or of all, in the order of time."""
    return typed(
        MeetingRow,
        await rows(
            f"{_MEETING} WHERE m.session = $1 AND m.live AND ($2::int IS NULL OR s.half = $2)"
            " ORDER BY s.number, m.id",
            session_id, half,
        ),
    )  # fmt: skip


async def own_meetings(
    actor: Actor, session_id: int, cursor: str = "", limit: int = PAGE
) -> tuple[list[MeetingRow], str | None]:
    """All meetings of a session, those that were cancelled too, a page at a time."""
    await own_session(actor, session_id)
    found = typed(
        MeetingRow,
        await rows(
            f"{_MEETING} WHERE m.session = $1 AND m.id > $2 ORDER BY m.id LIMIT $3",
            session_id, page_id(cursor) or 0, limit + 1,
        ),
    )  # fmt: skip
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


async def own_meeting(actor: Actor, session_id: int, meeting_id: int) -> MeetingRow:
    """One meeting of a session of the actor's agency."""
    await own_session(actor, session_id)
    return await meeting(meeting_id, session_id)


async def meeting(meeting_id: int, session_id: int) -> MeetingRow:
    """One meeting of a session; raises NotFound."""
    found = await row(f"{_MEETING} WHERE m.id = $1 AND m.session = $2", meeting_id, session_id)
    if found is None:
        raise NotFound
    return typed(MeetingRow, found)


async def live_of(
    request_ids: list[int] | None = None, participant_id: int | None = None
) -> list[MeetingRow]:
    """Meetings that people know, of some requests or of one participant."""
    return typed(
        MeetingRow,
        await rows(
            f"{_MEETING} WHERE m.live AND (m.request = ANY($1::int[]) OR EXISTS (SELECT FROM"
            " meeting_seat z WHERE z.meeting = m.id AND z.participant = $2)) ORDER BY m.id",
            request_ids or [], participant_id,
        ),
    )  # fmt: skip


async def published(session_id: int) -> RunRow | None:
    """The run that was published last."""
    found = await row(
        f"{_RUN} WHERE session = $1 AND state = 'published' ORDER BY published_at DESC, id DESC"
        " LIMIT 1",
        session_id,
    )
    return None if found is None else typed(RunRow, found)


async def last_draft(session_id: int) -> RunRow | None:
    """The latest run that is a draft."""
    found = await row(
        f"{_RUN} WHERE session = $1 AND state = 'draft' ORDER BY number DESC LIMIT 1", session_id
    )
    return None if found is None else typed(RunRow, found)


async def reasons_now(session_id: int) -> dict[int, str]:
    """Why requests have no slot, as the run that was published last said it."""
    found = await rows(
        "SELECT request, why FROM run_meeting WHERE slot IS NULL AND run = (SELECT id FROM"
        " schedule_run WHERE session = $1 AND state = 'published'"
        " ORDER BY published_at DESC, id DESC LIMIT 1)",
        session_id,
    )
    return {each["request"]: each["why"] for each in found}
