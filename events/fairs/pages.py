"""Pages of fairs: the public list and page, the agency's list, form and overview, the import."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response

from events.fairs import actions, queries, rules, shows, zones
from events.fairs.forms import ChangedFair, FairFilter, FairForm, ImportForm
from events.fairs.queries import DayRow, FairRow
from events.fairs.rules import SECTOR_NAMES, Hours
from server import clock
from server.accounts.permissions import Actor
from server.errors import Invalid, Refused
from server.organisations.rules import countries
from server.text import N_, gettext, locale
from server.web import get, needs, page, post, submit, typed_values
from server.web.forms import Form, fields, parse
from server.web.respond import show_again

RECENT = timedelta(days=60)
Asked = Request[Any, Any, Any]
Answer = Response[Any]


def _words(form: type[Form]) -> dict[str, dict[str, str]]:
    """Labels and hints of a form, for the macros."""
    return {
        each.name: {"label": gettext(each.label), "hint": gettext(each.hint) if each.hint else ""}
        for each in fields(form)
    }


def _sectors() -> list[tuple[str, str]]:
    return sorted(
        ((str(code), gettext(name)) for code, name in SECTOR_NAMES.items()),
        key=lambda pair: pair[1],
    )


def _filter(request: Asked) -> tuple[FairFilter, dict[str, str]]:
    """The filter in the address; a wrong one is shown with its fault and narrows nothing."""
    asked = {
        field.name: request.query_params[field.name]
        for field in fields(FairFilter)
        if request.query_params.get(field.name)
    }
    try:
        return parse(FairFilter, asked), asked
    except Invalid as invalid:
        show_again(request, asked, invalid)
        return FairFilter(), asked


def _page_link(path: str, asked: Mapping[str, str], cursor: str | None) -> str:
    return f"{path}?{urlencode({**asked, 'after': cursor})}" if cursor else ""


def _country_choices(codes: list[str]) -> list[tuple[str, str]]:
    names = countries(locale())
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda pair: pair[1])


@get("/fairs", needs("public.read"))
async def list_published(request: Asked) -> Answer:
    """Every published fair, narrowed by words, country, sector and days."""
    wanted, asked = _filter(request)
    after = request.query_params.get("after", "")
    found, following = await queries.published(wanted, after)
    return page(
        request,
        "fairs/public_list.html",
        fairs=found,
        asked=asked,
        first=not after,
        following=_page_link("/fairs", asked, following),
        countries=_country_choices(await queries.countries_in_use()),
        sectors=_sectors(),
    )


@get("/fairs/{slug:str}", needs("public.read"))
async def show_published(request: Asked, actor: Actor, slug: str) -> Answer:
    """A fair's facts, hours and joint booths."""
    fair = await queries.fair_by_slug(slug, actor)
    return page(
        request,
        "fairs/public_show.html",
        fair=fair,
        days=await queries.days(fair.id),
        booths=await shows.public_cards(actor, fair.id),
    )


@get("/desk/fairs", needs("fair.list"))
async def list_own(request: Asked, actor: Actor) -> Answer:
    """The agency's fairs; long past ones only when they are asked for."""
    wanted, asked = _filter(request)
    after = request.query_params.get("after", "")
    recent = not asked and "all" not in request.query_params
    if recent:
        wanted = wanted.replace(since=clock.today("UTC") - RECENT)
    elif not asked:
        asked = {"all": "1"}
    found, following = await queries.of_agency(actor, wanted, after)
    return page(
        request,
        "fairs/desk_list.html",
        fairs=found,
        recent=recent,
        asked=asked,
        following=_page_link("/desk/fairs", asked, following),
        countries=_country_choices(await queries.countries_in_use(actor.agency_id)),
        sectors=_sectors(),
    )


async def _form_page(
    request: Asked, actor: Actor, fair: FairRow | None, shown: dict[str, object]
) -> Answer:
    known = await queries.known_series(actor.agency_id)
    return page(
        request,
        "fairs/form.html",
        fair=fair,
        shown=shown,
        series=[(name, name) for name in known if fair is None or name != fair.name],
        form=_words(FairForm),
        countries=list(countries(locale()).items()),
        zones=[(zone, zone.replace("_", " ")) for zone in zones.all_zones()],
        sectors=_sectors(),
    )


@get("/desk/fairs/new", needs("fair.create"))
async def new_fair(request: Asked, actor: Actor) -> Answer:
    """An empty form, with the hours that most fairs keep."""
    return await _form_page(request, actor, None, {"opens_at": "09:00", "closes_at": "18:00"})


@post("/desk/fairs/new", needs("fair.create"))
async def create_fair(request: Asked, actor: Actor) -> Answer:
    """Make the draft and go to it."""
    return await submit(
        request,
        FairForm,
        act=lambda form: actions.create_fair(actor, form),
        to=lambda made: f"/desk/fairs/{made}",
        again=lambda: new_fair.fn(request, actor),
        said=N_("The fair is saved as a draft. Publish it when it is ready to be seen."),
    )


@get("/desk/fairs/{fair_id:int}", needs("fair.list"))
async def show_own(request: Asked, actor: Actor, fair_id: int) -> Answer:
    """What is known of the fair, its joint booths, and what to do next."""
    fair = await queries.own_fair(actor, fair_id)
    return page(
        request,
        "fairs/desk_show.html",
        fair=fair,
        days=await queries.days(fair_id),
        booths=await shows.desk_cards(actor, fair_id),
        own=fair.agency == actor.agency_id,
    )


def _shown(fair: FairRow, days: list[DayRow]) -> dict[str, object]:
    opens, closes, other = rules.usual_hours(
        fair.starts_on,
        fair.ends_on,
        [Hours(each.day, each.opens_at, each.closes_at) for each in days],
    )
    return {
        "opens_at": f"{opens:%H:%M}" if opens else "",
        "closes_at": f"{closes:%H:%M}" if closes else "",
        "other_hours": other,
    }


@get("/desk/fairs/{fair_id:int}/edit", needs("fair.change"))
async def edit_fair(request: Asked, actor: Actor, fair_id: int) -> Answer:
    """The form with what is known."""
    fair = await queries.own_fair(actor, fair_id)
    return await _form_page(request, actor, fair, _shown(fair, await queries.days(fair_id)))


@post("/desk/fairs/{fair_id:int}/edit", needs("fair.change"))
async def change_fair(request: Asked, actor: Actor, fair_id: int) -> Answer:
    """Save the changes."""
    return await submit(
        request,
        ChangedFair,
        act=lambda form: actions.change_fair(actor, fair_id, form),
        to=f"/desk/fairs/{fair_id}",
        again=lambda: edit_fair.fn(request, actor, fair_id),
        said=N_("The fair is changed. Calendars that show it follow by themselves."),
    )


@post("/desk/fairs/{fair_id:int}/publish", needs("fair.change"))
async def publish_fair(request: Asked, actor: Actor, fair_id: int) -> Answer:
    """Show the fair to everybody."""
    return await submit(
        request,
        Form,
        act=lambda _: actions.publish_fair(actor, fair_id),
        to=f"/desk/fairs/{fair_id}",
        again=lambda: show_own.fn(request, actor, fair_id),
        said=N_("The fair is published. Everybody can see it and subscribe to its calendar."),
    )


@get("/desk/fairs/import", needs("fair.import"))
async def ask_import(request: Asked) -> Answer:
    """The form for a file."""
    return await _import_page(request, None)


async def _import_page(request: Asked, report: actions.ImportReport | None) -> Answer:
    return page(
        request,
        "fairs/import.html",
        report=report,
        form=_words(ImportForm),
        countries=list(countries(locale()).items()),
        zones=[(zone, zone.replace("_", " ")) for zone in zones.all_zones()],
    )


@post("/desk/fairs/import", needs("fair.import"))
async def take_import(request: Asked, actor: Actor) -> Answer:
    """Import the file, or say line by line what keeps it out."""
    typed = await typed_values(request)
    try:
        form = parse(ImportForm, typed)
        assert form.file is not None
        report = await actions.import_fairs(
            actor,
            form.file.data,
            tz=form.tz,
            country=form.country,
            leave_out=form.leave_out,
            anyway=form.anyway,
            publish=form.publish,
        )
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await _import_page(request, None)
    state = request.scope["state"]
    state["typed"] = {name: kept for name, kept in typed.items() if isinstance(kept, str)}
    state["status"] = 200 if report.written else 422
    return await _import_page(request, report)


HANDLERS = [
    list_published,
    show_published,
    list_own,
    new_fair,
    create_fair,
    show_own,
    edit_fair,
    change_fair,
    publish_fair,
    ask_import,
    take_import,
]
