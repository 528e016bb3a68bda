"""What came of a session in numbers, and the list of its meetings for a spreadsheet."""

import csv
import io
from collections.abc import Iterable

from events.agendas import rules
from events.agendas.rows import Figures, MeetingLine
from events.agendas.rules import OUTCOME_NAMES, Outcome
from events.agendas.wall import desk_occasion
from server import clock
from server.accounts.permissions import Actor
from server.database import rows, typed
from server.text import N_, gettext
from server.web.formats import country, wall
from server.web.tags import TAGS
from server.web.workbooks import Cell, workbook

# A meeting whose time is over and that nobody has called missed counts as held.
BY = """
WITH held AS (
    SELECT m.id, m.state IN ('planned', 'held', 'missed') AS placed,
        m.state = 'held' OR (m.state = 'planned' AND sl.ends_at <= $2) AS held,
        m.state = 'missed' AS missed
    FROM meeting m JOIN session_slot sl ON sl.id = m.slot WHERE m.session = $1
), each_one AS (
    SELECT g.name AS group_name, c.country, p.state = 'taking' AS taking,
        (SELECT count(*) FROM meeting_request q WHERE q.asker = p.id) AS requested,
        (SELECT count(*) FROM meeting_request q WHERE q.asker = p.id AND q.state = 'accepted')
            AS accepted,
        x.placed, x.held, x.missed, r.rated, r.stars_sum, r.stars_n
    FROM participant p JOIN participant_group g ON g.id = p.in_group
    JOIN company c ON c.id = p.company
    LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE h.placed) AS placed,
        count(*) FILTER (WHERE h.held) AS held, count(*) FILTER (WHERE h.missed) AS missed
        FROM meeting_seat t JOIN held h ON h.id = t.meeting WHERE t.participant = p.id) x ON true
    LEFT JOIN LATERAL (SELECT count(*) AS rated, coalesce(sum(stars), 0) AS stars_sum,
        count(stars) AS stars_n FROM meeting_rating WHERE participant = p.id) r ON true
    WHERE p.session = $1 AND p.state IN ('taking', 'left')
)
SELECT CASE WHEN grouping(group_name) = 0 THEN 'group' WHEN grouping(country) = 0 THEN 'country'
    ELSE 'all' END AS by, coalesce(group_name, country, '') AS name,
    count(*) FILTER (WHERE taking) AS people,
    coalesce(sum(requested), 0)::int AS requested, coalesce(sum(accepted), 0)::int AS accepted,
    CASE WHEN grouping(group_name, country) = 3 THEN (SELECT count(*) FROM held WHERE placed)
        ELSE sum(placed) END::int AS placed,
    CASE WHEN grouping(group_name, country) = 3 THEN (SELECT count(*) FROM held h WHERE h.held)
        ELSE sum(held) END::int AS held,
    CASE WHEN grouping(group_name, country) = 3 THEN (SELECT count(*) FROM held h WHERE h.missed)
        ELSE sum(missed) END::int AS missed,
    coalesce(sum(rated), 0)::int AS rated, coalesce(sum(stars_sum), 0)::int AS stars_sum,
    coalesce(sum(stars_n), 0)::int AS stars_n
FROM each_one GROUP BY GROUPING SETS ((), (group_name), (country)) ORDER BY by, people DESC, name
"""


async def statistics(actor: Actor, session_id: int) -> list[Figures]:
    """The line of all, then one for each group and one for each country."""
    await desk_occasion(actor, session_id)
    return typed(Figures, await rows(BY, session_id, clock.now()))


async def statistics_page(
    actor: Actor, *, session_id: int, cursor: str = "", limit: int = 50
) -> tuple[list[Figures], str | None]:
    """The same in pages."""
    found = await statistics(actor, session_id)
    at = int(cursor) if cursor.isdigit() and len(cursor) < 6 else 0
    return found[at : at + limit], str(at + limit) if len(found) > at + limit else None


OUTCOMES = """
SELECT r.outcome, count(*) AS n FROM meeting_rating r JOIN meeting m ON m.id = r.meeting
WHERE m.session = $1 GROUP BY r.outcome
"""


async def outcomes(session_id: int) -> list[tuple[str, int, int | None]]:
    """(what was said, how often, percent) of all ratings of a session."""
    found = {each["outcome"]: each["n"] for each in await rows(OUTCOMES, session_id)}
    whole = sum(found.values())
    return [
        (gettext(OUTCOME_NAMES[each]), found.get(each, 0), rules.share(found.get(each, 0), whole))
        for each in Outcome
    ]


LINES = """
SELECT m.id, sl.start_local, sl.end_local, coalesce(pl.label, '') AS place,
    CASE WHEN m.state = 'planned' AND sl.ends_at <= $2 THEN 'held' ELSE m.state END AS state,
    x.people, x.companies, x.countries, x.groups, x.missed, r.outcomes, r.stars
FROM meeting m JOIN session_slot sl ON sl.id = m.slot
LEFT JOIN session_place pl ON pl.id = m.place
JOIN meeting_request q ON q.id = m.request
JOIN LATERAL (
    SELECT array_agg(pe.name ORDER BY o.at, p.id) AS people,
        array_agg(c.name ORDER BY o.at, p.id) AS companies,
        array_agg(c.country ORDER BY o.at, p.id) AS countries,
        array_agg(g.name ORDER BY o.at, p.id) AS groups,
        coalesce(array_agg(pe.name ORDER BY o.at, p.id) FILTER (WHERE ns.id IS NOT NULL), '{}')
            AS missed
    FROM meeting_seat t JOIN participant p ON p.id = t.participant
    JOIN person pe ON pe.id = p.person JOIN company c ON c.id = p.company
    JOIN participant_group g ON g.id = p.in_group
    LEFT JOIN meeting_no_show ns ON ns.meeting = m.id AND ns.participant = p.id
        AND ns.taken_back_at IS NULL
    CROSS JOIN LATERAL (SELECT CASE p.id WHEN q.asker THEN 0 WHEN q.asked THEN 1 ELSE 2 END AS at) o
    WHERE t.meeting = m.id
) x ON true
JOIN LATERAL (
    SELECT coalesce(array_agg(outcome ORDER BY id), '{}') AS outcomes,
        coalesce(array_agg(stars ORDER BY id) FILTER (WHERE stars IS NOT NULL), '{}') AS stars
    FROM meeting_rating WHERE meeting = m.id
) r ON true
WHERE m.session = $1 ORDER BY sl.starts_at, pl.position, m.id
"""
HEAD = (
    N_("Start"), N_("End"), N_("Place"), N_("State"), N_("Person 1"), N_("Company 1"),
    N_("Country 1"), N_("Group 1"), N_("Person 2"), N_("Company 2"), N_("Country 2"), N_("Group 2"),
    N_("Others"), N_("Did not come"), N_("What came of it"), N_("Stars"),
)  # fmt: skip


async def meeting_lines(actor: Actor, session_id: int) -> list[MeetingLine]:
    """Every meeting there is or was, in the order of the day."""
    await desk_occasion(actor, session_id)
    return typed(MeetingLine, await rows(LINES, session_id, clock.now()))


def _cells(found: Iterable[MeetingLine]) -> list[list[Cell]]:
    made: list[list[Cell]] = []
    for each in found:
        who: list[Cell] = []
        for n in (0, 1):
            here = n < len(each.people)
            who += [
                each.people[n] if here else "",
                each.companies[n] if here else "",
                country(each.countries[n]) if here else "",
                each.groups[n] if here else "",
            ]
        others = zip(each.people[2:], each.companies[2:], strict=True)
        made.append(
            [
                wall(each.start_local),
                f"{each.end_local:%H:%M}",
                each.place or gettext(N_("Online")),
                gettext(TAGS[f"meeting_{each.state}"][1]),
                *who,
                ", ".join(f"{name} ({company})" for name, company in others),
                ", ".join(each.missed),
                ", ".join(gettext(OUTCOME_NAMES[Outcome(said)]) for said in each.outcomes),
                ", ".join(map(str, each.stars)),
            ]
        )
    return made


def as_csv(found: Iterable[MeetingLine]) -> bytes:
    """UTF-8 with a byte order mark, commas; a cell that a spreadsheet would calculate is text."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([gettext(each) for each in HEAD])
    for line in _cells(found):
        writer.writerow(
            [f"'{cell}" if str(cell)[:1] in tuple("=+-@\t\r") else cell for cell in line]
        )
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def as_xlsx(title: str, found: Iterable[MeetingLine]) -> bytes:
    """The same as a workbook."""
    sheet = "".join(letter for letter in title if letter not in "[]:*?/\\") or "Meetings"
    return workbook(sheet, [gettext(each) for each in HEAD], _cells(found))
