"""From the database to an index of a session's people: profiles, free slots, signals, rules."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from events.matchmaking import queries as sessions
from events.matchmaking.recommending.index import Index
from events.matchmaking.recommending.profiles import (
    Cooperation,
    Good,
    MayAsk,
    Profile,
    Signals,
    Visibility,
)
from events.matchmaking.rows import GoodRow, ParticipantRow, ProfileRow, SlotRow
from server.aid.sizes import SizeClass
from server.database import rows, value

_indices: dict[int, tuple[str, Index]] = {}
KEPT_INDICES = 4


async def stamp(session_id: int) -> str:
    """Changes whenever a profile, the people, their times or the rules of groups do."""
    return str(
        await value(
            "SELECT md5(concat_ws(' ', (SELECT concat_ws(' ', count(*), max(p.changed_at),"
            " max(r.changed_at), sum(p.in_group)) FROM participant p"
            " JOIN meeting_profile r ON r.id = p.profile"
            " WHERE p.session = $1 AND p.state = 'taking'),"
            " (SELECT concat_ws(' ', count(*), sum(w.id)) FROM participant_away w"
            " JOIN participant p ON p.id = w.participant WHERE p.session = $1),"
            " (SELECT concat_ws(' ', count(*), sum(id)) FROM session_slot WHERE session = $1),"
            " (SELECT string_agg(g.asker || '>' || g.asked, ',' ORDER BY g.asker, g.asked)"
            " FROM group_rule g JOIN participant_group k ON k.id = g.asker"
            " WHERE k.session = $1)))",
            session_id,
        )
    )


async def signals_stamp(session_id: int) -> str:
    """Changes whenever somebody says something of somebody."""
    return str(
        await value(
            "SELECT md5(concat_ws(' ', (SELECT concat_ws(' ', count(*), sum(g.id))"
            " FROM meeting_signal g JOIN participant p ON p.id = g.participant"
            " WHERE p.session = $1), (SELECT concat_ws(' ', count(*), sum(k.id))"
            " FROM meeting_block k JOIN participant p ON p.person = k.person"
            " WHERE p.session = $1)))",
            session_id,
        )
    )


async def index(session_id: int) -> Index:
    """The index of a session with the signals of this moment. It is built in a thread, and kept
    by this process as long as nobody's profile or time changes."""
    wanted = await stamp(session_id)
    known = _indices.get(session_id)
    if known is None or known[0] != wanted:
        profiles, rules = await _profiles(session_id), await may_ask(session_id)
        known = (wanted, await asyncio.to_thread(Index, profiles, rules))
        while len(_indices) >= KEPT_INDICES and session_id not in _indices:
            _indices.pop(next(iter(_indices)))
        _indices[session_id] = known
    return known[1].hearing(await _signals(session_id))


async def may_ask(session_id: int) -> MayAsk:
    """The rules between groups, by their ids as text."""
    return {
        str(each.id): frozenset(map(str, each.may_ask))
        for each in await sessions.groups(session_id)
    }


async def _profiles(session_id: int) -> list[Profile]:
    people = await sessions.people(session_id)
    profiles = await sessions.profiles(each.profile for each in people)
    slots, away = await sessions.slots(session_id), await sessions.away(session_id)
    return [profile(each, profiles[each.profile], slots, away.get(each.id, {})) for each in people]


def profile(
    who: ParticipantRow, said: ProfileRow, slots: Sequence[SlotRow], away: Mapping[int, str]
) -> Profile:
    """One participant as the index needs them. Where a company is at home is one of its markets;
    a session without slots has one in which all are free."""
    free = sum(
        1 << n
        for n, slot in enumerate(slots)
        if slot.id not in away and (not who.online or _awake(who, slot))
    )
    return Profile(
        id=str(who.id),
        company=str(who.company_id),
        group=str(who.group_id),
        offers=_goods(said.offers),
        needs=_goods(said.needs),
        markets=frozenset(said.markets) | {said.company_country},
        aims=frozenset(said.aims),
        languages=frozenset(said.languages),
        gives=frozenset(map(Cooperation, said.gives)),
        seeks=frozenset(map(Cooperation, said.seeks)),
        certificates=frozenset(said.certificates),
        asks=frozenset(said.asks),
        size=SizeClass(said.size_class) if said.size_class in set(SizeClass) else None,
        sizes=frozenset(map(SizeClass, said.sizes)),
        slots=free if slots else 1,
        visibility=Visibility(said.visible),
    )


def _goods(found: Iterable[GoodRow]) -> tuple[Good, ...]:
    return tuple(Good(each.text, tuple(each.codes)) for each in found)


def _awake(who: ParticipantRow, slot: SlotRow) -> bool:
    """Whether a slot lies within the hours of somebody who meets by video."""
    if not who.tz:
        return True
    zone = ZoneInfo(who.tz)
    start = slot.starts_at.astimezone(zone)
    end = slot.ends_at.astimezone(zone)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(hours=who.day_from) <= start and end <= midnight + timedelta(
        hours=who.day_until
    )


async def _signals(session_id: int) -> Signals:
    found = await rows(
        "SELECT g.kind, g.participant AS who, g.other AS whom FROM meeting_signal g"
        " JOIN participant p ON p.id = g.participant WHERE p.session = $1"
        " UNION ALL SELECT 'blocked', a.id, b.id FROM meeting_block k"
        " JOIN participant a ON a.person = k.person AND a.session = $1"
        " JOIN participant b ON b.person = k.other AND b.session = $1"
        " UNION ALL SELECT 'asked', asker, asked FROM meeting_request"
        " WHERE session = $1 AND state <> 'cancelled'",
        session_id,
    )
    said: dict[str, set[tuple[str, str]]] = {}
    for each in found:
        said.setdefault(each["kind"], set()).add((str(each["who"]), str(each["whom"])))

    def of(kind: str) -> frozenset[tuple[str, str]]:
        return frozenset(said.get(kind, ()))

    return Signals(of("wish"), of("refused"), of("blocked"), of("asked"))
