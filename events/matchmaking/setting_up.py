"""Verbs of what a session is made of: places, groups and who may ask whom, interpreters."""

import asyncpg

from events.matchmaking import queries, rules
from events.matchmaking.actions import held_open, touched
from events.matchmaking.forms import (
    GroupForm,
    InterpreterForm,
    MatrixForm,
    PlaceForm,
    PlacesForm,
)
from server.accounts.permissions import Actor
from server.audit import record
from server.database import action, execute, row, step, value
from server.errors import NotFound, Refused
from server.text import N_

_NO_PLACE = N_("This place is not in the session.")
_NO_GROUP = N_("This group is not in the session.")
_GROUP_TWICE = N_("There is a group {name} already.")


def no_place() -> NotFound:
    """The place is not one of the session."""
    return NotFound(_NO_PLACE)


def no_group() -> NotFound:
    """The group is not one of the session."""
    return NotFound(_NO_GROUP)


@action
async def add_places(actor: Actor, session_id: int, form: PlacesForm) -> int:
    """Several places in one step, behind those that are there. How many were added."""
    await held_open(actor, session_id)
    known = await queries.places(session_id)
    taken = {each.label for each in known}
    if len(known) + form.count > rules.MOST_PLACES:
        raise Refused(
            N_("A session has at most {n} places. Nothing was added."),
            field="count",
            n=rules.MOST_PLACES,
        )
    if form.first is None:
        if form.word in taken:
            raise Refused(N_("There is a place {label} already."), field="word", label=form.word)
        made = [form.word]
    else:
        word = f"{form.word} " if form.word[-1:].isalpha() and len(form.word) > 1 else form.word
        made = rules.labels(word, form.first, form.count, taken)
    try:
        await execute(
            "INSERT INTO session_place (session, kind, label, area, seats, company, position)"
            " SELECT $1, $2, l, $4, $5, $6, $7 + n FROM unnest($3::text[])"
            " WITH ORDINALITY AS x (l, n)",
            session_id,
            form.kind.value,
            made,
            form.area,
            form.seats,
            form.company,
            max((each.position for each in known), default=0),
        )
    except asyncpg.ForeignKeyViolationError:
        raise Refused(N_("Choose a company of the list."), field="company") from None
    if form.company is not None:
        await execute(
            "UPDATE participant SET place = (SELECT id FROM session_place WHERE session = $1"
            " AND label = $3) WHERE session = $1 AND company = $2 AND place IS NULL",
            session_id,
            form.company,
            made[0],
        )
    await touched(session_id)
    await record(actor, "session.places", "meeting_session", session_id, after={"places": made})
    return len(made)


@step
async def _place(session_id: int, place_id: int) -> dict[str, object]:
    found = await row(
        "SELECT label, stand FROM session_place WHERE id = $1 AND session = $2",
        place_id,
        session_id,
    )
    if found is None:
        raise no_place()
    return found


@action
async def change_place(actor: Actor, session_id: int, place_id: int, form: PlaceForm) -> None:
    """Another name, area or number of seats; a closed one keeps the meetings it has."""
    await held_open(actor, session_id)
    before = await _place(session_id, place_id)
    try:
        await execute(
            "UPDATE session_place SET label = $2, area = $3, seats = $4, closed = $5 WHERE id = $1",
            place_id,
            form.label,
            form.area,
            form.seats,
            form.closed,
        )
    except asyncpg.UniqueViolationError:
        raise Refused(
            N_("There is a place {label} already."), field="label", label=form.label
        ) from None
    await touched(session_id)
    await record(
        actor, "session.place", "meeting_session", session_id,
        before={"label": before["label"]}, after=form.typed(),
    )  # fmt: skip


@action
async def remove_place(actor: Actor, session_id: int, place_id: int) -> None:
    """Take away a place that no meeting uses or used. Raises Refused for others."""
    await held_open(actor, session_id)
    before = await _place(session_id, place_id)
    try:
        await execute("DELETE FROM session_place WHERE id = $1", place_id)
    except asyncpg.ForeignKeyViolationError:
        raise Refused(
            N_(
                "{label} stands in a plan of this session, so it stays. Close it instead: then no"
                " new meeting is put there."
            ),
            label=before["label"],
        ) from None
    await touched(session_id)
    await record(
        actor, "session.place_gone", "meeting_session", session_id,
        before={"label": before["label"]},
    )  # fmt: skip


@action
async def add_group(actor: Actor, session_id: int, form: GroupForm) -> int:
    """A further group. Nobody of it may ask anybody until the matrix says so. Its id."""
    await held_open(actor, session_id)
    try:
        made: int = await value(
            "INSERT INTO participant_group (session, name, position, most_requests, most_meetings)"
            " SELECT $1, $2, coalesce(max(position) + 1, 0), $3, $4 FROM participant_group"
            " WHERE session = $1 RETURNING id",
            session_id,
            form.name,
            form.most_requests,
            form.most_meetings,
        )
    except asyncpg.UniqueViolationError:
        raise Refused(
            N_("There is a group {name} already."), field="name", name=form.name
        ) from None
    await touched(session_id)
    await record(actor, "session.group", "meeting_session", session_id, after=form.typed())
    return made


@action
async def change_group(actor: Actor, session_id: int, group_id: int, form: GroupForm) -> None:
    """Another name, other limits. Meetings that were told to people stay."""
    await held_open(actor, session_id)
    most = await value(
        "SELECT max(n) FROM (SELECT count(*) AS n FROM meeting_seat x JOIN participant p"
        " ON p.id = x.participant WHERE p.in_group = $1 AND x.live GROUP BY p.id) t",
        group_id,
    )
    if form.most_meetings is not None and (most or 0) > form.most_meetings:
        raise Refused(
            N_("Somebody of this group has {n} meetings already. Cancel some of them first."),
            field="most_meetings",
            n=most,
        )
    try:
        changed = await execute(
            "UPDATE participant_group SET name = $3, most_requests = $4, most_meetings = $5"
            " WHERE id = $1 AND session = $2",
            group_id,
            session_id,
            form.name,
            form.most_requests,
            form.most_meetings,
        )
    except asyncpg.UniqueViolationError:
        raise Refused(
            N_("There is a group {name} already."), field="name", name=form.name
        ) from None
    if changed == "UPDATE 0":
        raise no_group()
    await touched(session_id)
    await record(actor, "session.group", "meeting_session", session_id, after=form.typed())


@action
async def remove_group(actor: Actor, session_id: int, group_id: int) -> None:
    """Take away a group that nobody is in or was invited to; never the last one."""
    await held_open(actor, session_id)
    known = {each.id: each for each in await queries.groups(session_id)}
    if group_id not in known:
        raise no_group()
    if len(known) == 1:
        raise Refused(N_("A session needs one group. Give this one another name instead."))
    try:
        await execute("DELETE FROM participant_group WHERE id = $1", group_id)
    except asyncpg.ForeignKeyViolationError:
        raise Refused(
            N_("There are people or invitations in {name}. Move them to another group first."),
            name=known[group_id].name,
        ) from None
    await touched(session_id)
    await record(
        actor, "session.group_gone", "meeting_session", session_id,
        before={"name": known[group_id].name},
    )  # fmt: skip


@action
async def set_matrix(actor: Actor, session_id: int, form: MatrixForm) -> None:
    """Who may ask whom from now on. Requests that were made stay."""
    await held_open(actor, session_id)
    known = {each.id for each in await queries.groups(session_id)}
    pairs = {tuple(int(n) for n in each.split("-")) for each in form.may}
    if not {one for pair in pairs for one in pair} <= known:
        raise Refused(N_("The groups have changed since this page was opened. Open it again."))
    await execute(
        "DELETE FROM group_rule r USING participant_group g WHERE g.id = r.asker"
        " AND g.session = $1",
        session_id,
    )
    await execute(
        "INSERT INTO group_rule (asker, asked) SELECT * FROM unnest($1::int[], $2::int[])",
        [asker for asker, _ in sorted(pairs)],
        [asked for _, asked in sorted(pairs)],
    )
    await touched(session_id)
    await record(
        actor, "session.matrix", "meeting_session", session_id, after={"may": sorted(form.may)}
    )


@step
async def _write_away(session_id: int, interpreter: int, slots: list[int]) -> None:
    known = {each.id for each in await queries.slots(session_id)}
    if not set(slots) <= known:
        raise Refused(
            N_("The slots have changed since this page was opened. Open it again."), field="away"
        )
    await execute("DELETE FROM interpreter_away WHERE interpreter = $1", interpreter)
    await execute(
        "INSERT INTO interpreter_away (interpreter, slot) SELECT $1, unnest($2::int[])",
        interpreter,
        sorted(set(slots)),
    )


@action
async def add_interpreter(actor: Actor, session_id: int, form: InterpreterForm) -> int:
    """Somebody who interprets in one meeting at a time. Their id."""
    await held_open(actor, session_id)
    try:
        made: int = await value(
            "INSERT INTO interpreter (session, name, languages) VALUES ($1, $2, $3) RETURNING id",
            session_id,
            form.name,
            list(dict.fromkeys(form.languages)),
        )
    except asyncpg.UniqueViolationError:
        raise Refused(
            N_("There is an interpreter {name} already."), field="name", name=form.name
        ) from None
    await _write_away(session_id, made, form.away)
    await touched(session_id)
    await record(
        actor, "session.interpreter", "meeting_session", session_id, after={"name": form.name}
    )
    return made


@action
async def remove_interpreter(actor: Actor, session_id: int, interpreter: int) -> None:
    """Take away an interpreter who is in no plan."""
    await held_open(actor, session_id)
    name = await value(
        "SELECT name FROM interpreter WHERE id = $1 AND session = $2", interpreter, session_id
    )
    if name is None:
        raise NotFound(N_("This interpreter is not in the session."))
    try:
        await execute("DELETE FROM interpreter WHERE id = $1", interpreter)
    except asyncpg.ForeignKeyViolationError:
        raise Refused(
            N_("{name} stands in a plan of this session, so the name stays there."), name=name
        ) from None
    await touched(session_id)
    await record(
        actor, "session.interpreter_gone", "meeting_session", session_id, before={"name": name}
    )
