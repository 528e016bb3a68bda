"""Who did what to which record, and why: a page for reading, lists for taking along."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from litestar import Request, Response
from msgspec import Meta, to_builtins

from server import audit, audit_words
from server.accounts.permissions import Actor
from server.audit import AuditRow, LogFilter
from server.database import LARGEST_ID, page_id
from server.errors import Refused
from server.organisations import queries as organisations
from server.text import N_, gettext
from server.web import get, needs, page
from server.web.forms import Form, parse
from server.web.respond import show_again
from server.web.workbooks import MEDIA_TYPE, Cell, workbook

Asked = Request[Any, Any, Any]
Answer = Response[Any]
PAGE = 50
MOST = 50_000
HEAD = (
    N_("Line"), N_("When (UTC)"), N_("Who"), N_("What"), N_("Thing"), N_("Number"), N_("Before"),
    N_("After"), N_("Why"), N_("Act"),
)  # fmt: skip


class LogAsked(Form):
    """What is looked for in the log. Days are those of the agency."""

    thing: Annotated[str, Meta(title=N_("About"), max_length=40)] = ""
    id: Annotated[int, Meta(title=N_("Number"), ge=1)] | None = None
    person: Annotated[str, Meta(title=N_("Who"), max_length=120)] = ""
    since: Annotated[date, Meta(title=N_("From"))] | None = None
    until: Annotated[date, Meta(title=N_("Until"))] | None = None
    before: str = ""


def _filter(asked: LogAsked, tz: str) -> LogFilter:
    zone = ZoneInfo(tz)
    return LogFilter(
        thing=asked.thing,
        thing_id=asked.id or 0,
        person=asked.person.strip(),
        since=datetime.combine(asked.since, time(), zone) if asked.since else None,
        until=datetime.combine(asked.until + timedelta(days=1), time(), zone)
        if asked.until
        else None,
    )


def _again(asked: LogAsked, **more: object) -> str:
    """The same question as a query string."""
    given = {k: v for k, v in {**to_builtins(asked), "before": "", **more}.items() if v}
    return urlencode(given)


@get("/desk/log", needs("log.read"))
async def log(request: Asked, actor: Actor) -> Answer:
    """The latest first, fifty at a time; by thing, person and day."""
    agency = await organisations.own_agency(actor)
    typed = dict(request.query_params)
    try:
        asked = parse(LogAsked, typed)
    except Refused as refused:
        show_again(request, typed, refused)
        asked = LogAsked()
    found = await audit.lines(
        actor.agency_id,
        _filter(asked, agency.tz),
        before=page_id(asked.before) or LARGEST_ID,
        limit=PAGE + 1,
    )
    shown = found[:PAGE]
    return page(
        request,
        "public/log.html",
        lines=shown,
        tz=agency.tz,
        asked=asked,
        kinds=sorted(
            ((kind, gettext(words)) for kind, (words, _) in audit_words.THINGS.items()),
            key=lambda pair: pair[1],
        ),
        words=audit_words,
        following=f"/desk/log?{_again(asked, before=shown[-1].id)}" if len(found) > PAGE else "",
        take=_again(asked),
    )


async def _all(request: Asked, actor: Actor) -> list[AuditRow]:
    agency = await organisations.own_agency(actor)
    asked = parse(LogAsked, dict(request.query_params))
    found = await audit.lines(actor.agency_id, _filter(asked, agency.tz), limit=MOST + 1)
    if len(found) > MOST:
        raise Refused(
            N_("These are more than {most} lines. Choose fewer days, and take them in parts."),
            most=MOST,
        )
    return found


def _cells(line: AuditRow) -> Sequence[Cell]:
    kept = [
        "; ".join(f"{name}: {text}" for name, text in audit_words.facts(facts))
        for facts in (line.before, line.after)
    ]
    return (
        line.id, line.at.astimezone(UTC).isoformat(timespec="seconds"), line.person_name,
        audit_words.act(line.verb), audit_words.thing(line.thing), line.thing_id, *kept, line.why,
        line.verb,
    )  # fmt: skip


def _plain(cell: Cell) -> str:
    """A cell of CSV that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def _file(data: bytes, media_type: str, ending: str) -> Answer:
    return Response(
        data,
        media_type=media_type,
        headers={"content-disposition": f'attachment; filename="log.{ending}"'},
    )


@get("/desk/log.csv", needs("log.read"))
async def log_csv(request: Asked, actor: Actor) -> Answer:
    """The same lines as CSV (UTF-8 with a mark, so that spreadsheets read it right)."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([gettext(each) for each in HEAD])
    writer.writerows([_plain(cell) for cell in _cells(line)] for line in await _all(request, actor))
    return _file(out.getvalue().encode("utf-8-sig"), "text/csv; charset=utf-8", "csv")


@get("/desk/log.xlsx", needs("log.read"))
async def log_xlsx(request: Asked, actor: Actor) -> Answer:
    """The same lines as a workbook."""
    found = await _all(request, actor)
    data = workbook(gettext(N_("Log")), [gettext(each) for each in HEAD], map(_cells, found))
    return _file(data, MEDIA_TYPE, "xlsx")


HANDLERS = [log, log_csv, log_xlsx]
