"""Finding a time over all offices, and holding what a page offered."""

from datetime import timedelta
from typing import Any

from litestar import Request, Response

from events.bookings import actions, finding
from events.bookings.actions import PartsRefused, Taken
from events.bookings.forms import HoldForm, SearchForm, read_ask, write_ask
from events.bookings.hours import AskedBack
from events.offices import queries as offices
from events.offices import rules as office_rules
from events.offices.rules import KIND_NAMES, SPAN_NAMES
from server import clock
from server.accounts.permissions import Actor
from server.errors import Refused
from server.organisations.rules import countries
from server.text import gettext, locale
from server.web import get, needs, page, post, see_other, typed_values
from server.web.forms import parse
from server.web.respond import show_again
from server.web.showing import language_choices

MINE = "/my/bookings"
Asked = Request[Any, Any, Any]
Answer = Response[Any]


def offered_by(refused: Refused) -> dict[str, Any]:
    """What a refusal offers instead: nearest times, the rest of a series, two readings."""
    found: dict[str, Any] = {"nearest": (), "rest": (), "refused": (), "choices": ()}
    if isinstance(refused, Taken):
        found["nearest"] = refused.alternatives
    if isinstance(refused, PartsRefused):
        found |= {"rest": refused.rest, "refused": refused.refused}
    if isinstance(refused, AskedBack):
        found["choices"] = refused.choices
    return found


NOTHING = {"nearest": (), "rest": (), "refused": (), "choices": ()}


PEOPLE = (office_rules.Kind.ADVISOR, office_rules.Kind.INTERPRETER)


def _part(form: SearchForm, n: int) -> finding.Part:
    kind: office_rules.Kind = getattr(form, f"kind_{n}")
    return finding.Part(
        kind.value,
        getattr(form, f"length_{n}"),
        getattr(form, f"count_{n}"),
        getattr(form, f"seats_{n}"),
        topic=form.topic if kind is office_rules.Kind.ADVISOR else "",
        language=form.language if kind in PEOPLE else "",
    )


def _search(form: SearchForm) -> finding.Search:
    parts = tuple(_part(form, n) for n in (1, 2, 3) if getattr(form, f"kind_{n}"))
    return finding.Search(parts, form.first, form.last, market=form.market, q=form.q)


@get(f"{MINE}/find", needs("booking.own"))
async def find(request: Asked) -> Answer:
    """Several things within some days, in any office; near ones where none has it all."""
    asked = {name: text for name, text in request.query_params.items() if text}
    result = None
    if asked:
        try:
            result = await finding.find(_search(parse(SearchForm, asked)))
        except Refused as refused:
            show_again(request, asked, refused)
    markets, _ = await offices.in_use()
    names = countries(locale())
    return page(
        request, "bookings/find.html", asked=asked, result=result, kinds=KIND_NAMES,
        spans=SPAN_NAMES, write=write_ask, languages=language_choices(),
        topics=[(code, gettext(name)) for code, name in office_rules.TOPIC_NAMES.items()],
        markets=sorted(((x, names.get(x, x)) for x in markets), key=lambda pair: pair[1]),
        first=clock.today("UTC") + timedelta(days=1), last=clock.today("UTC") + timedelta(days=7),
    )  # fmt: skip


@post(f"{MINE}/hold", needs("booking.own"))
async def hold(request: Asked, actor: Actor) -> Answer:
    """Hold what a page offered: the rest of a series, an alternative, a whole search."""
    typed = await typed_values(request)
    try:
        form = parse(HoldForm, typed)
        keys = await actions.hold(
            actor, [read_ask(each) for each in form.asks], kind=form.kind, title=form.title,
            agency=form.agency, purpose=form.purpose,
        )  # fmt: skip
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return page(
            request, "bookings/offered.html", offered=offered_by(refused), write=write_ask,
            typed=typed,
        )  # fmt: skip
    return see_other(f"{MINE}/{keys[0]}")


HANDLERS = [find, hold]
