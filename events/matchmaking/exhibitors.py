"""Exhibitors of a fair as participants, and their stands as places: kept as the fair has them.

The rooms above know who exhibits where and say so to `follow`, as often as they like.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from events.matchmaking import queries
from events.matchmaking.actions import touched
from events.matchmaking.rows import PlaceRow, SessionRow
from events.matchmaking.rules import CameBy, ParticipantState, PlaceKind
from events.matchmaking.taking_part import end, take_in
from server.accounts.permissions import Actor
from server.audit import record
from server.database import execute, rows, step, value
from server.text import N_, gettext

GROUP = N_("Exhibitors")
GONE = N_("Exhibits at this fair no more")


class Exhibit(msgspec.Struct, frozen=True, kw_only=True):
    """A company with its stand: `person` is who takes part for it."""

    company: int
    person: int | None
    stand: int
    label: str
    area: str


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """What changed: people that came and left, stands that are new, moved or gone."""

    came: int = 0
    left: int = 0
    stands: int = 0

    @property
    def any(self) -> bool:
        """Whether anything did."""
        return bool(self.came or self.left or self.stands)


@step
async def follow(
    actor: Actor,
    session: SessionRow,
    exhibits: Sequence[Exhibit],
    building: Sequence[tuple[datetime, datetime]],
) -> Followed:
    """Make a session's exhibitors those of `exhibits`, and their places their stands.

    Companies that share a stand are all in; it is the place of the first. A stand that moved stays
    the same place, so that its meetings move with it. Slots that touch
    one of the `building` times are blocked for exhibitors. Whoever has left of their own will, or
    was refused, is not brought back.
    """
    holders = list({each.stand: each for each in reversed(exhibits)}.values())
    stands = await _stands(session.id, holders)
    group = await _group(session.id)
    known = {
        (each["company"], each["person"]): each
        for each in await rows(
            "SELECT id, company, person, state, came_by, why FROM participant WHERE session = $1",
            session.id,
        )
    }
    of_company = {company for company, _ in known}
    came = left = 0
    places = {each.stand: each for each in await queries.places(session.id) if each.stand}
    for each in exhibits:
        back = known.get((each.company, each.person or 0))
        returns = (
            back is not None
            and back["state"] == ParticipantState.LEFT
            and back["why"] == gettext(GONE)
        )
        if each.person is None or (each.company in of_company and not returns):
            continue
        if await value(
            "SELECT true FROM participant WHERE session = $1 AND person = $2 AND company <> $3",
            session.id,
            each.person,
            each.company,
        ):
            continue
        of_company.add(each.company)
        await take_in(
            actor, session, person_id=each.person, company_id=each.company, group=group,
            came_by=CameBy.EXHIBITOR, accepted=True, free=True, place=places[each.stand].id,
        )  # fmt: skip
        came += 1
    here = {each.company for each in exhibits}
    for (company, _), one in known.items():
        if (
            company not in here
            and one["came_by"] == CameBy.EXHIBITOR
            and one["state"] == ParticipantState.TAKING
        ):
            row = await queries.participant(session.id, one["id"])
            await end(actor, session, row, gettext(GONE))
            left += 1
    await _at_their_stands(session.id)
    await _block(session.id, building)
    found = Followed(came=came, left=left, stands=stands)
    if found.any:
        await touched(session.id)
        await record(
            actor, "session.exhibitors", "meeting_session", session.id,
            after={"came": came, "left": left, "stands": stands}, agency_id=session.agency,
        )  # fmt: skip
    return found


async def _group(session_id: int) -> int:
    """The group of exhibitors; made now, with everybody free to ask it and it everybody else."""
    found = await value(
        "SELECT g.id FROM participant_group g LEFT JOIN participant p ON p.in_group = g.id"
        " AND p.came_by = 'exhibitor' WHERE g.session = $1 AND (p.id IS NOT NULL OR g.name = $2)"
        " ORDER BY p.id NULLS LAST LIMIT 1",
        session_id,
        gettext(GROUP),
    )
    if found is not None:
        return int(found)
    made: int = await value(
        "INSERT INTO participant_group (session, name, position)"
        " SELECT $1, $2, coalesce(max(position) + 1, 0) FROM participant_group WHERE session = $1"
        " RETURNING id",
        session_id,
        gettext(GROUP),
    )
    await execute(
        "INSERT INTO group_rule (asker, asked) SELECT id, $2::int FROM participant_group"
        " WHERE session = $1 AND id <> $2 UNION ALL SELECT $2, id FROM participant_group"
        " WHERE session = $1 AND id <> $2",
        session_id,
        made,
    )
    return made


async def _stands(session_id: int, exhibits: Sequence[Exhibit]) -> int:
    """Places of stands: new ones, moved ones, closed ones. How many changed."""
    known = await queries.places(session_id)
    of: dict[int, list[PlaceRow]] = {}
    for place in known:
        if place.stand is not None and place.company is not None:
            of.setdefault(place.company, []).append(place)
    labels = {each.label for each in known}
    changed = 0
    wanted = {each.stand for each in exhibits}
    free = {
        company: [each for each in places if each.stand not in wanted]
        for company, places in of.items()
    }
    at = {each.stand: each for places in of.values() for each in places}
    # a stand that goes to somebody else is let go first: it stands in one place at a time
    given = [
        at[each.stand].id
        for each in exhibits
        if each.stand in at and at[each.stand].company != each.company
    ]
    if given:
        await execute("UPDATE session_place SET stand = NULL WHERE id = ANY($1::int[])", given)
    for each in exhibits:
        one: PlaceRow | None = at.get(each.stand)
        if one is None or one.company != each.company:
            spare = free.get(each.company) or [
                place for place in of.get(each.company, ()) if place.id in given
            ]
            one = spare.pop(0) if spare else None
        label = each.label
        if label in labels - ({one.label} if one else set()):
            label = f"{each.label} ({each.area})"[:60]
        if one is None:
            await execute(
                "INSERT INTO session_place (session, kind, label, area, company, stand, position)"
                " VALUES ($1, $2, $3, $4, $5, $6, 10000)",
                session_id,
                PlaceKind.STAND.value,
                label,
                each.area,
                each.company,
                each.stand,
            )
        elif (one.label, one.area, one.stand, one.closed) == (label, each.area, each.stand, False):
            continue
        else:
            await execute(
                "UPDATE session_place SET label = $2, area = $3, stand = $4, closed = false"
                " WHERE id = $1",
                one.id,
                label,
                each.area,
                each.stand,
            )
        labels.add(label)
        changed += 1
    companies = {each.company for each in exhibits}
    for company, places in of.items():
        for place in places:
            if company not in companies and not place.closed:
                await execute("UPDATE session_place SET closed = true WHERE id = $1", place.id)
                changed += 1
    return changed


async def _at_their_stands(session_id: int) -> None:
    """Whoever is of a company with a stand is met there, unless another place was chosen."""
    await execute(
        "UPDATE participant p SET place = l.id FROM session_place l WHERE p.session = $1"
        " AND l.session = $1 AND l.company = p.company AND l.stand IS NOT NULL AND NOT l.closed"
        " AND p.place IS NULL AND p.state = 'taking'",
        session_id,
    )


async def _block(session_id: int, building: Sequence[tuple[datetime, datetime]]) -> None:
    """Slots that touch set-up or dismantling are blocked for exhibitors, and only those."""
    since, until = [a for a, _ in building], [b for _, b in building]
    await execute(
        "DELETE FROM participant_away w USING session_slot t, participant p"
        " WHERE t.id = w.slot AND p.id = w.participant AND p.session = $1 AND w.why = 'busy'"
        " AND p.came_by = 'exhibitor' AND NOT EXISTS (SELECT FROM"
        " unnest($2::timestamptz[], $3::timestamptz[]) AS b (since, until)"
        " WHERE t.starts_at < b.until AND t.ends_at > b.since)",
        session_id,
        since,
        until,
    )
    await execute(
        "INSERT INTO participant_away (participant, slot, why) SELECT DISTINCT p.id, t.id, 'busy'"
        " FROM participant p JOIN session_slot t ON t.session = p.session"
        " JOIN unnest($2::timestamptz[], $3::timestamptz[]) AS b (since, until)"
        " ON t.starts_at < b.until AND t.ends_at > b.since"
        " WHERE p.session = $1 AND p.came_by = 'exhibitor' AND p.state = 'taking'"
        " ON CONFLICT (participant, slot) DO NOTHING",
        session_id,
        since,
        until,
    )
