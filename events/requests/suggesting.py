"""Whom to meet: worked out in a thread for all of a session or for one, and kept with reasons."""

import asyncio
from collections.abc import Mapping, Sequence

from events.matchmaking.recommending import lists
from events.matchmaking.recommending.index import Index
from events.matchmaking.recommending.lists import Suggestion
from events.matchmaking.recommending.reasons import reasons
from events.requests import gathering
from events.requests.rows import Exposure
from events.requests.rules import gini
from server import clock
from server.accounts.permissions import Actor
from server.database import action, execute, row, rows, value
from server.locking import lock
from server.text import speaking

SMALL = 1500
"""Up to so many people, whoever looks and has no list yet waits for theirs."""
AT_ONCE = 200  # people whose lists are written by one statement


async def for_all(session_id: int) -> int:
    """Work out the lists of everybody and keep them; how many people have one."""
    of = f"{await gathering.stamp(session_id)}{await gathering.signals_stamp(session_id)}"[:64]
    index = await gathering.index(session_id)
    locales = await _locales(session_id)
    found = await asyncio.to_thread(_all, index, locales)
    await _keep_all(session_id, of, found)
    return len(found)


async def stale(session_id: int) -> bool:
    """Whether something has changed since the lists of a session were worked out."""
    of = f"{await gathering.stamp(session_id)}{await gathering.signals_stamp(session_id)}"[:64]
    known = await value("SELECT stamp FROM meeting_suggesting WHERE session = $1", session_id)
    return bool(known != of)


async def for_one(participant_id: int) -> None:
    """The list of one person anew, with what they have just said; nobody else's changes."""
    found = await row(
        "SELECT p.session, h.locale FROM participant p JOIN person h ON h.id = p.person"
        " WHERE p.id = $1 AND p.state = 'taking'",
        participant_id,
    )
    if found is None:
        return
    index = await gathering.index(found["session"])
    if str(participant_id) not in index.at:
        return
    shown = {
        str(each["other"]): int(each["n"])
        for each in await rows(
            "SELECT s.other, count(*) AS n FROM meeting_suggestion s"
            " JOIN participant p ON p.id = s.other WHERE p.session = $1 AND s.participant <> $2"
            " GROUP BY s.other",
            found["session"],
            participant_id,
        )
    }
    made = await asyncio.to_thread(_one, index, str(participant_id), shown, found["locale"])
    await _keep_one(participant_id, made)


def _all(index: Index, locales: Mapping[str, str]) -> dict[int, list[dict[str, object]]]:
    return {
        int(who): _worded(index, who, found, locales.get(who, "en"))
        for who, found in lists.everybody(index).items()
    }


def _one(index: Index, who: str, shown: Mapping[str, int], locale: str) -> list[dict[str, object]]:
    return _worded(index, who, lists.suggest(index, who, shown), locale)


def _worded(
    index: Index, who: str, found: Sequence[Suggestion], locale: str
) -> list[dict[str, object]]:
    with speaking(locale):
        return [
            {
                "participant": int(who),
                "other": int(each.id),
                "rank": rank,
                "score": each.score,
                "reasons": reasons(index, who, each.id),
            }
            for rank, each in enumerate(found, start=1)
        ]


async def _locales(session_id: int) -> dict[str, str]:
    return {
        str(each["id"]): each["locale"]
        for each in await rows(
            "SELECT p.id, h.locale FROM participant p JOIN person h ON h.id = p.person"
            " WHERE p.session = $1",
            session_id,
        )
    }


@action
async def _keep_all(
    session_id: int, stamp: str, found: Mapping[int, list[dict[str, object]]]
) -> None:
    await lock("meeting_suggesting", session_id)
    people = list(found)
    for first in range(0, len(people), AT_ONCE):
        some = people[first : first + AT_ONCE]
        await _write(some, [line for each in some for line in found[each]])
    await execute(
        "DELETE FROM meeting_suggestion s USING participant p WHERE p.id = s.participant"
        " AND p.session = $1 AND p.id <> ALL($2::int[])",
        session_id,
        people,
    )
    await execute(
        "INSERT INTO meeting_suggesting (session, stamp, made_at, people) VALUES ($1,$2,$3,$4)"
        " ON CONFLICT (session) DO UPDATE SET stamp = excluded.stamp, made_at = excluded.made_at,"
        " people = excluded.people",
        session_id,
        stamp,
        clock.now(),
        len(people),
    )


@action
async def _keep_one(participant_id: int, found: list[dict[str, object]]) -> None:
    await _write([participant_id], found)


async def _write(people: list[int], lines: list[dict[str, object]]) -> None:
    """The lists of some people: how often somebody was shown stays. Whoever asked, blocked or was
    passed over while it was worked out is left out."""
    await execute(
        "WITH new AS (SELECT * FROM jsonb_to_recordset($2::jsonb)"
        " AS x(participant int, other int, rank int, score real, reasons text[]) WHERE"
        " NOT EXISTS (SELECT FROM meeting_request r WHERE r.state IN ('open', 'accepted')"
        " AND (r.asker, r.asked) IN ((x.participant, x.other), (x.other, x.participant)))"
        " AND NOT EXISTS (SELECT FROM meeting_signal g WHERE g.participant = x.participant"
        " AND g.other = x.other AND g.kind = 'refused')"
        " AND NOT EXISTS (SELECT FROM meeting_block k JOIN participant a ON a.id = x.participant"
        " JOIN participant b ON b.id = x.other WHERE (k.person, k.other)"
        " IN ((a.person, b.person), (b.person, a.person)))"
        " AND EXISTS (SELECT FROM participant p WHERE p.id = x.other AND p.state = 'taking')),"
        " gone AS (DELETE FROM meeting_suggestion s WHERE s.participant = ANY($1::int[])"
        " AND NOT EXISTS (SELECT FROM new n WHERE n.participant = s.participant"
        " AND n.other = s.other))"
        " INSERT INTO meeting_suggestion (participant, other, rank, score, reasons, made_at, shown)"
        " SELECT participant, other, rank, score, reasons, $3, 0 FROM new"
        " ON CONFLICT (participant, other) DO UPDATE SET rank = excluded.rank,"
        " score = excluded.score, reasons = excluded.reasons, made_at = excluded.made_at",
        people,
        lines,
        clock.now(),
    )


@action
async def note_shown(participant_id: int, others: Sequence[int]) -> None:
    """Somebody has seen their recommendations: counted for each who stood in the list."""
    await execute(
        "UPDATE meeting_suggestion SET shown = shown + 1 WHERE participant = $1"
        " AND other = ANY($2::int[])",
        participant_id,
        list(others),
    )


async def exposure(actor: Actor, session_id: int) -> Exposure:
    """How the recommendations of a session share attention out; the session is checked before."""
    found = await rows(
        "SELECT (SELECT count(*) FROM meeting_suggestion s WHERE s.other = p.id) AS n"
        " FROM participant p JOIN meeting_profile r ON r.id = p.profile"
        " WHERE p.session = $1 AND p.state = 'taking' AND r.visible = 'shown'",
        session_id,
    )
    counts = [int(each["n"]) for each in found]
    made = await value("SELECT made_at FROM meeting_suggesting WHERE session = $1", session_id)
    return Exposure(
        made_at=made,
        people=len(counts),
        lists=sum(counts),
        gini=round(gini(counts), 3),
        unseen=sum(1 for n in counts if n == 0),
        most=max(counts, default=0),
    )
