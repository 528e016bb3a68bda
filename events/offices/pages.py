"""Pages of offices: the directory, and what the agency that runs an office sets."""

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response

from events.fairs import zones
from events.offices import actions, package_pages, queries, rules, stock_pages
from events.offices.forms import (
    ChangedOffice,
    DayForm,
    HostForm,
    HoursForm,
    OfficeFilter,
    OfficeForm,
    ShareForm,
)
from events.offices.rows import HoursRow, OfficeRow
from events.offices.rules import KIND_NAMES, WEEKDAYS
from server import clock, holidays
from server.accounts.permissions import Actor
from server.errors import Invalid, NotFound
from server.organisations.rules import countries
from server.text import N_, gettext, locale
from server.web import get, needs, page, post, submit
from server.web.forms import Form, parse
from server.web.respond import show_again
from server.web.showing import language_choices, show

HOME = "/desk/offices"
AT = HOME + "/{office_id:int}"
AHEAD = timedelta(days=365)
Asked = Request[Any, Any, Any]
Answer = Response[Any]


def _country_choices() -> list[tuple[str, str]]:
    return list(countries(locale()).items())


def _named(codes: list[str], names: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(((code, names.get(code, code)) for code in codes), key=lambda one: one[1])


@get("/offices", needs("public.read"))
async def directory(request: Asked) -> Answer:
    """Open offices by words, market, language and service."""
    asked = {
        name: request.query_params[name]
        for name in ("q", "market", "language", "kind")
        if request.query_params.get(name)
    }
    try:
        wanted = parse(OfficeFilter, asked)
    except Invalid as invalid:
        show_again(request, asked, invalid)
        wanted = OfficeFilter()
    after = request.query_params.get("after", "")
    found, following = await queries.directory(wanted, after)
    markets, languages = await queries.in_use()
    return page(
        request, "offices/directory.html", offices=found, asked=asked, first=not after,
        following=f"/offices?{urlencode({**asked, 'after': following})}" if following else "",
        markets=_named(markets, countries(locale())),
        languages=_named(languages, dict(language_choices())), kinds=KIND_NAMES,
        names=dict(language_choices()),
    )  # fmt: skip


@get("/offices/{slug:str}/photos/{document_id:int}", needs("public.read"))
async def photo(slug: str, document_id: int) -> Response[bytes]:
    """A picture of an office."""
    data = await queries.photo(slug, document_id)
    if data is None:
        raise NotFound
    return Response(
        data,
        media_type="image/png",
        headers={
            "cache-control": "public, max-age=3600",
            "content-security-policy": "default-src 'none'; sandbox",
            "x-content-type-options": "nosniff",
        },
    )


@get(HOME, needs("office.list"))
async def list_own(request: Asked, actor: Actor) -> Answer:
    """The offices that the agency runs or shares."""
    found, following = await queries.of_agency(actor, request.query_params.get("after", ""))
    return page(
        request, "offices/desk_list.html", offices=found, kinds=KIND_NAMES,
        following=f"{HOME}?after={following}" if following else "",
    )  # fmt: skip


def _form_page(
    request: Asked, title: str, form: type[Form], known: Any, *, found: OfficeRow | None = None,
    cancel: str = HOME, more: tuple[str, str] | None = None, **choices: Any,
) -> Answer:  # fmt: skip
    """A page that is one form."""
    return page(
        request, "offices/form.html", title=title, office=found, cancel=cancel, more=more,
        fields=show(form, values=known, choices=choices, without=("version",)),
        version=getattr(known, "version", None) if "version" in form.__struct_fields__ else None,
    )  # fmt: skip


def _office_choices() -> dict[str, Any]:
    return {
        "country": _country_choices(),
        "tz": [
            ("", gettext(N_("Found from the city"))),
            *((zone, zone.replace("_", " ")) for zone in zones.all_zones()),
        ],
        "languages": language_choices(),
        "markets": _country_choices(),
    }


@get(f"{HOME}/new", needs("office.write"))
async def new_office(request: Asked) -> Answer:
    """An empty form."""
    return _form_page(
        request, gettext(N_("New office")), OfficeForm,
        {"keeps_holidays": True, "names_hours": 24, "currency": "EUR"}, **_office_choices(),
    )  # fmt: skip


@post(f"{HOME}/new", needs("office.write"))
async def create(request: Asked, actor: Actor) -> Answer:
    """Make it; it opens when there is something to book."""
    return await submit(
        request,
        OfficeForm,
        act=lambda form: actions.create_office(actor, form),
        to=lambda made: f"{HOME}/{made}",
        again=lambda: new_office.fn(request),
        said=N_("The office is made, with hours from Monday to Friday. Add what can be booked."),
    )


@get(AT, needs("office.list"))
async def show_office(request: Asked, actor: Actor, office_id: int) -> Answer:
    """One office: what is set, what is missing, where each thing is."""
    found = await queries.seen_office(actor, office_id)
    today = clock.today(found.tz)
    return page(
        request, "offices/show.html", office=found, mine=found.agency == actor.agency_id,
        resources=await queries.resources(office_id), week=_week_text(
            await queries.hours(office_id)
        ), weekdays=WEEKDAYS, hosts=await queries.hosts(office_id),
        sharing=await queries.sharing(office_id), days=await queries.days(office_id, today),
        ladder=await queries.ladder(office_id), packages=await queries.packages(office_id),
        kinds=KIND_NAMES, names=dict(language_choices()),
    )  # fmt: skip


def _week_text(lines: list[HoursRow], resource: int | None = None) -> list[str]:
    """The week as it is typed, Monday first."""
    return [
        rules.write_hours(
            [(x.opens, x.closes) for x in lines if x.weekday == day and x.resource == resource]
        )
        for day in range(7)
    ]


@get(f"{AT}/edit", needs("office.write"))
async def edit_office(request: Asked, actor: Actor, office_id: int) -> Answer:
    """Its form."""
    found = await queries.own_office(actor, office_id)
    return _form_page(
        request, found.name, ChangedOffice, found, found=found, cancel=f"{HOME}/{office_id}",
        **_office_choices(),
    )  # fmt: skip


@post(f"{AT}/edit", needs("office.write"))
async def change_office(request: Asked, actor: Actor, office_id: int) -> Answer:
    """Change it."""
    return await submit(
        request,
        ChangedOffice,
        act=lambda form: actions.change_office(actor, office_id, form),
        to=f"{HOME}/{office_id}",
        again=lambda: edit_office.fn(request, actor, office_id),
        said=N_("The office is changed."),
    )


@post(f"{AT}/open", needs("office.write"))
async def open_office(request: Asked, actor: Actor, office_id: int) -> Answer:
    """Into the directory."""
    return await submit(
        request,
        Form,
        act=lambda _: actions.set_open(actor, office_id, open_now=True),
        to=f"{HOME}/{office_id}",
        again=lambda: show_office.fn(request, actor, office_id),
        said=N_("The office is in the directory and can be booked."),
    )


@post(f"{AT}/close", needs("office.write"))
async def close_office(request: Asked, actor: Actor, office_id: int) -> Answer:
    """Out of the directory."""
    return await submit(
        request,
        Form,
        act=lambda _: actions.set_open(actor, office_id, open_now=False),
        to=f"{HOME}/{office_id}",
        again=lambda: show_office.fn(request, actor, office_id),
        said=N_("The office takes no new bookings. Those that exist stay."),
    )


@get(f"{AT}/hours", needs("office.write"))
async def edit_hours(request: Asked, actor: Actor, office_id: int) -> Answer:
    """The usual week."""
    found = await queries.own_office(actor, office_id)
    week = _week_text(await queries.hours(office_id))
    return _form_page(
        request, gettext(N_("Opening hours")), HoursForm,
        {f"day_{n}": said for n, said in enumerate(week)}, found=found,
        cancel=f"{HOME}/{office_id}",
    )  # fmt: skip


@post(f"{AT}/hours", needs("office.write"))
async def set_hours(request: Asked, actor: Actor, office_id: int) -> Answer:
    """Keep it."""
    return await submit(
        request,
        HoursForm,
        act=lambda form: actions.set_hours(actor, office_id, form),
        to=f"{HOME}/{office_id}",
        again=lambda: edit_hours.fn(request, actor, office_id),
        said=N_("The opening hours are kept. Bookings that exist stay as they are."),
    )


@get(f"{AT}/days", needs("office.list"))
async def show_days(request: Asked, actor: Actor, office_id: int) -> Answer:
    """Days that differ, and the public holidays of a year ahead."""
    found = await queries.seen_office(actor, office_id)
    today = clock.today(found.tz)
    differing = await queries.days(office_id, today)
    corrected = {each.on for each in differing}
    coming: list[tuple[date, str]] = []
    if found.keeps_holidays:
        until = today + AHEAD
        coming = [
            (on, name)
            for on, name in holidays.of_years(found.country, today.year, until.year)
            if today <= on <= until and on not in corrected
        ]
    on = request.query_params.get("on", "")
    return page(
        request, "offices/days.html", office=found, days=differing, coming=coming,
        clock=rules.clock_time, mine=found.agency == actor.agency_id,
        fields=show(DayForm, values={"on": on[:10]}),
    )  # fmt: skip


@post(f"{AT}/days", needs("office.write"))
async def set_day(request: Asked, actor: Actor, office_id: int) -> Answer:
    """A day that differs."""
    return await submit(
        request,
        DayForm,
        act=lambda form: actions.set_day(actor, office_id, form),
        to=f"{HOME}/{office_id}/days",
        again=lambda: show_days.fn(request, actor, office_id),
        said=N_("The day is kept."),
    )


@post(f"{AT}/days/{{day_id:int}}/remove", needs("office.write"))
async def remove_day(request: Asked, actor: Actor, office_id: int, day_id: int) -> Answer:
    """As usual again."""
    return await submit(
        request,
        Form,
        act=lambda _: actions.remove_day(actor, office_id, day_id),
        to=f"{HOME}/{office_id}/days",
        again=lambda: show_days.fn(request, actor, office_id),
        said=N_("The day is as usual again."),
    )


@get(f"{AT}/agencies", needs("office.list"))
async def show_agencies(request: Asked, actor: Actor, office_id: int) -> Answer:
    """Who shares the office."""
    found = await queries.seen_office(actor, office_id)
    sharing = await queries.sharing(office_id)
    others = await queries.agencies(found.agency)
    known = {each.id for each in sharing}
    return page(
        request, "offices/people.html", office=found, mine=found.agency == actor.agency_id,
        title=gettext(N_("Agencies that share the office")), listed=sharing, kind="agencies",
        words=gettext(N_("No other agency shares it: only your companies book here.")),
        take=gettext(N_("Stop sharing with")),
        fields=show(
            ShareForm,
            choices={"agency": [(x.id, x.name) for x in others if x.id not in known]},
        ),
    )  # fmt: skip


@post(f"{AT}/agencies", needs("office.write"))
async def add_agency(request: Asked, actor: Actor, office_id: int) -> Answer:
    """Share with one more."""
    return await submit(
        request,
        ShareForm,
        act=lambda form: actions.share(actor, office_id, form),
        to=f"{HOME}/{office_id}/agencies",
        again=lambda: show_agencies.fn(request, actor, office_id),
        said=N_("Its companies can book here. Set allotments at each resource."),
    )


@post(f"{AT}/agencies/{{who:int}}/remove", needs("office.write"))
async def remove_agency(request: Asked, actor: Actor, office_id: int, who: int) -> Answer:
    """Share no longer."""
    return await submit(
        request,
        Form,
        act=lambda _: actions.unshare(actor, office_id, who),
        to=f"{HOME}/{office_id}/agencies",
        again=lambda: show_agencies.fn(request, actor, office_id),
        said=N_("Its companies make no new bookings here."),
    )


@get(f"{AT}/hosts", needs("office.list"))
async def show_hosts(request: Asked, actor: Actor, office_id: int) -> Answer:
    """Who runs it on site."""
    found = await queries.seen_office(actor, office_id)
    listed = await queries.hosts(office_id)
    known = {each.id for each in listed}
    return page(
        request, "offices/people.html", office=found, mine=found.agency == actor.agency_id,
        title=gettext(N_("Hosts")), listed=listed, kind="hosts",
        words=gettext(N_("Nobody yet: hosts see the day, check people in and answer approvals.")),
        take=gettext(N_("Take off the list:")),
        fields=show(
            HostForm,
            choices={
                "person": [
                    (x.id, x.name) for x in await queries.staff(office_id) if x.id not in known
                ]
            },
        ),
    )  # fmt: skip


@post(f"{AT}/hosts", needs("office.write"))
async def add_host(request: Asked, actor: Actor, office_id: int) -> Answer:
    """One more."""
    return await submit(
        request,
        HostForm,
        act=lambda form: actions.add_host(actor, office_id, form),
        to=f"{HOME}/{office_id}/hosts",
        again=lambda: show_hosts.fn(request, actor, office_id),
        said=N_("They are told of bookings that wait and see the day of the office."),
    )


@post(f"{AT}/hosts/{{who:int}}/remove", needs("office.write"))
async def remove_host(request: Asked, actor: Actor, office_id: int, who: int) -> Answer:
    """No longer."""
    return await submit(
        request,
        Form,
        act=lambda _: actions.remove_host(actor, office_id, who),
        to=f"{HOME}/{office_id}/hosts",
        again=lambda: show_hosts.fn(request, actor, office_id),
        said=N_("They are no longer a host here."),
    )


HANDLERS = [
    directory, photo, list_own, new_office, create, show_office, edit_office, change_office,
    open_office, close_office, edit_hours, set_hours, show_days, set_day, remove_day,
    show_agencies, add_agency, remove_agency, show_hosts, add_host, remove_host, 
    *package_pages.HANDLERS, *stock_pages.HANDLERS,
]  # fmt: skip
