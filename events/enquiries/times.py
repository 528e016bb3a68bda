"""How fast a desk answers: figures by topic, on a page and as CSV. Times are working minutes."""

import csv
import io
from datetime import date, timedelta

import msgspec

from events.enquiries.forms import TimesQuery
from server import clock
from server.accounts.permissions import Actor, require
from server.database import rows, typed
from server.organisations import queries as organisations
from server.text import N_, gettext

USUAL = timedelta(days=90)
HEAD = (
    N_("Topic"), N_("Target in working hours"), N_("Received"), N_("Answered"),
    N_("First answer, median, working minutes"), N_("First answer, 90 %, working minutes"),
    N_("Last answer, median, working minutes"), N_("Last answer, 90 %, working minutes"),
    N_("Within the target, percent"), N_("Waiting now"), N_("Late now"), N_("Passed on"),
    N_("Ratings"), N_("Satisfied, percent"),
)  # fmt: skip


class TimesRow(msgspec.Struct, frozen=True, kw_only=True):
    """One topic, or all (`topic` is None). Shares are basis points, of questions whose answer was
    given or is late (`in_time_bp`), and of ratings (`satisfied_bp`: yes or in part)."""

    topic: int | None
    topic_name: str
    target_hours: int | None
    received: int
    answered: int
    first_median: int | None
    first_90: int | None
    whole_median: int | None
    whole_90: int | None
    in_time_bp: int | None
    waiting: int
    late: int
    passed: int
    rated: int
    satisfied_bp: int | None


def span(query: TimesQuery, tz: str) -> tuple[date, date]:
    """The first and the last day that are counted: the last ninety where nothing is said."""
    until = query.until or clock.today(tz)
    return query.since or until - USUAL, until


async def figures(actor: Actor, query: TimesQuery) -> list[TimesRow]:
    """By topic, the sum of all first. Percentiles are of real values (percentile_disc)."""
    require(actor, "enquiry.list")
    agency = await organisations.agency(actor.agency_id or 0)
    since, until = span(query, agency.tz)
    found = await rows(
        "WITH e AS (SELECT * FROM enquiry WHERE agency = $1 AND arrived_at IS NOT NULL"
        " AND (arrived_at AT TIME ZONE $4)::date BETWEEN $2 AND $3)"
        " SELECT t.id AS topic, coalesce(max(t.name), '') AS topic_name,"
        " CASE WHEN t.id IS NOT NULL THEN max(t.target_hours) END AS target_hours,"
        " count(e.id) AS received, count(e.first_answered_at) AS answered,"
        " percentile_disc(0.5) WITHIN GROUP (ORDER BY e.first_minutes) AS first_median,"
        " percentile_disc(0.9) WITHIN GROUP (ORDER BY e.first_minutes) AS first_90,"
        " percentile_disc(0.5) WITHIN GROUP (ORDER BY e.whole_minutes) AS whole_median,"
        " percentile_disc(0.9) WITHIN GROUP (ORDER BY e.whole_minutes) AS whole_90,"
        " (10000 * count(*) FILTER (WHERE e.in_time) / nullif(count(*) FILTER (WHERE"
        " e.in_time IS NOT NULL OR (e.state = 'waiting' AND e.due_at < $5)), 0))::int"
        " AS in_time_bp, count(*) FILTER (WHERE e.state IN ('waiting', 'consent')) AS waiting,"
        " count(*) FILTER (WHERE e.state = 'waiting' AND e.due_at < $5) AS late,"
        " count(*) FILTER (WHERE e.state = 'passed_on') AS passed,"
        " count(e.satisfaction) AS rated, (10000 * count(*) FILTER (WHERE e.satisfaction >= 2)"
        " / nullif(count(e.satisfaction), 0))::int AS satisfied_bp"
        " FROM enquiry_topic t LEFT JOIN e ON e.topic = t.id WHERE t.agency = $1"
        " GROUP BY GROUPING SETS ((t.id), ())"
        " ORDER BY t.id IS NOT NULL, lower(max(t.name)), t.id",
        actor.agency_id,
        since,
        until,
        agency.tz,
        clock.now(),
    )
    if found and found[0]["topic"] is None:
        found[0] = {**found[0], "topic_name": gettext(N_("All topics"))}
    return typed(TimesRow, found)


def as_csv(found: list[TimesRow]) -> bytes:
    """The figures as CSV in UTF-8 with a byte order mark, so that spreadsheets read it right."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([gettext(title) for title in HEAD])
    for one in found:
        writer.writerow(
            [
                one.topic_name, one.target_hours, one.received, one.answered, one.first_median,
                one.first_90, one.whole_median, one.whole_90, _percent(one.in_time_bp),
                one.waiting, one.late, one.passed, one.rated, _percent(one.satisfied_bp),
            ]
        )  # fmt: skip
    return b"\xef\xbb\xbf" + file.getvalue().encode()


def _percent(bp: int | None) -> str:
    return "" if bp is None else f"{bp / 100:.2f}"


def hours(minutes: int | None) -> str:
    """Working minutes as people say them: 45 min, 3 h 05."""
    if minutes is None:
        return "–"
    if minutes < 60:
        return gettext(N_("{n} min"), n=minutes)
    return gettext(N_("{h} h {m}"), h=minutes // 60, m=f"{minutes % 60:02d}")
