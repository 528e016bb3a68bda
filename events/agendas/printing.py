"""Agendas on paper: a page for each person, or one for each table and stand."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any

from events.agendas.rows import Occasion
from events.agendas.wall import desk_occasion
from server import clock
from server.accounts.permissions import Actor
from server.database import rows
from server.documents.typesetting import typeset
from server.errors import Refused
from server.organisations.queries import letterhead
from server.text import N_, gettext, locale
from server.web.formats import day

MOST_SHEETS = 3000
PEOPLE = """
SELECT p.id AS sheet, pe.name AS title, c.name || ', ' || g.name AS under, sl.start_local,
    sl.end_local, coalesce(nullif(concat_ws(', ', pl.label, nullif(pl.area, '')), ''), $2) AS place,
    (SELECT string_agg(ope.name || ', ' || oc.name, '; ' ORDER BY o.id) FROM meeting_seat os
    JOIN participant o ON o.id = os.participant JOIN person ope ON ope.id = o.person
    JOIN company oc ON oc.id = o.company WHERE os.meeting = m.id AND o.id <> p.id) AS others
FROM meeting m JOIN session_slot sl ON sl.id = m.slot JOIN meeting_seat t ON t.meeting = m.id
JOIN participant p ON p.id = t.participant JOIN person pe ON pe.id = p.person
JOIN company c ON c.id = p.company JOIN participant_group g ON g.id = p.in_group
LEFT JOIN session_place pl ON pl.id = m.place
WHERE m.session = $1 AND m.live AND ($3::int IS NULL OR p.id = $3)
ORDER BY pe.name, p.id, sl.starts_at
"""
PLACES = """
SELECT pl.id AS sheet, pl.label AS title, pl.area AS under, sl.start_local, sl.end_local,
    '' AS place, (SELECT string_agg(ope.name || ', ' || oc.name, '; ' ORDER BY o.id)
    FROM meeting_seat os JOIN participant o ON o.id = os.participant
    JOIN person ope ON ope.id = o.person JOIN company oc ON oc.id = o.company
    WHERE os.meeting = m.id) AS others
FROM meeting m JOIN session_slot sl ON sl.id = m.slot JOIN session_place pl ON pl.id = m.place
WHERE m.session = $1 AND m.live ORDER BY pl.position, pl.id, sl.starts_at
"""


async def by_person(actor: Actor, session_id: int) -> bytes:
    """The PDF with a page for each person who has a meeting."""
    occasion = await desk_occasion(actor, session_id)
    found = await rows(PEOPLE, session_id, gettext(N_("Online")), None)
    return await _pdf(occasion, gettext(N_("Agendas: {title}"), title=occasion.title), found)


async def by_place(actor: Actor, session_id: int) -> bytes:
    """The PDF with a page for each place where there is a meeting."""
    occasion = await desk_occasion(actor, session_id)
    found = await rows(PLACES, session_id)
    return await _pdf(occasion, gettext(N_("Tables: {title}"), title=occasion.title), found)


async def of_one(occasion: Occasion, participant: int) -> bytes:
    """The PDF of one person's agenda; the caller has checked whose it is."""
    found = await rows(PEOPLE, occasion.id, gettext(N_("Online")), participant)
    return await _pdf(occasion, gettext(N_("Agenda: {title}"), title=occasion.title), found)


async def _pdf(occasion: Occasion, title: str, found: Sequence[dict[str, Any]]) -> bytes:
    sheets = _sheets(found)
    if not sheets:
        raise Refused(N_("There is nothing to print yet: no meeting has a time."))
    if len(sheets) > MOST_SHEETS:
        raise Refused(N_("More than {n} pages are too many for one file."), n=MOST_SHEETS)
    places = any(each["place"] for each in found)
    columns = [N_("Time"), N_("Place"), N_("With")] if places else [N_("Time"), N_("Who")]
    content = {
        "title": title,
        "language": locale(),
        "agency": await letterhead(occasion.agency),
        "session": occasion.title,
        "venue": occasion.venue,
        "head": [gettext(each) for each in columns],
        "sheets": sheets,
        "as_of": gettext(
            N_("As of {time}. The agenda on the phone is always the current one."),
            time=f"{clock.local(clock.now(), occasion.tz):%Y-%m-%d %H:%M}",
        ),
    }
    return await asyncio.to_thread(typeset, "agendas", content, clock.now())


def _sheets(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    made: dict[int, dict[str, Any]] = {}
    for each in found:
        sheet = made.setdefault(
            each["sheet"], {"title": each["title"], "under": each["under"], "days": {}}
        )
        on: date = each["start_local"].date()
        time = f"{each['start_local']:%H:%M}–{each['end_local']:%H:%M}"
        cells = [time, each["place"], each["others"]] if each["place"] else [time, each["others"]]
        sheet["days"].setdefault(on, []).append(cells)
    return [
        sheet | {"days": [{"day": day(on), "rows": lines} for on, lines in sheet["days"].items()]}
        for sheet in made.values()
    ]
