"""Two offices, Singapore and Kraków, with what can be booked there and bookings of every kind."""

from datetime import datetime, time, timedelta
from typing import Any

from events.bookings import actions as bookings
from events.bookings import changing, facts, finding
from events.bookings.rules import Ask
from events.offices import actions, stocking
from events.offices.forms import (
    DayForm,
    FreeDaysForm,
    HostForm,
    LadderForm,
    OfficeForm,
    PackageForm,
    PartForm,
    RateForm,
    ResourceForm,
    ShareForm,
)
from server import clock
from server.accounts.permissions import Actor
from server.database import value
from server.demonstration.calendar import Calendar
from server.demonstration.organisations import LEAD, SIGN_INS, Company
from server.web.forms import parse

OFFICES: list[dict[str, Any]] = [
    {
        "facts": {
            "name": "Nordwind Singapore", "city": "Singapore", "country": "SG", "currency": "SGD",
            "street": "71 Robinson Road", "postcode": "068895",
            "email": "singapore@nordwind-export.example", "phone": "+65 6555 0142",
            "languages": ["en", "zh"], "markets": ["MY", "ID", "VN"], "keeps_holidays": "on",
            "about": "Nine desks, a room for eight and two advisors between the port and the"
            " fairgrounds. Bring samples: the showroom has shelves by the window.",
            "services": "Market briefings\nIntroductions to importers\nHelp with forming a company",
            "house_rules": "Leave the desk as you found it.\nVisitors are met at the reception.",
        },
        "resources": [
            ({"kind": "desk", "name": "Desks by the window", "units": 9, "most": 10, "free": "on",
              "attributes": ["screen", "locker", "wheelchair"]}, ("day", "45")),
            ({"kind": "meeting_room", "name": "Room Merlion", "seats": 8, "span": "minutes",
              "step": 15, "least": 30, "most": 480, "after_minutes": 15, "approval": "on",
              "attributes": ["screen", "video", "wheelchair"]}, ("hour", "30")),
            ({"kind": "advisor", "name": "Market briefing", "span": "minutes", "step": 60,
              "least": 60, "most": 120, "notice_minutes": 1440, "supply": "advice",
              "topics": ["market", "contacts"], "languages": ["en", "zh"],
              "attributes": ["online"]}, ("hour", "0")),
            ({"kind": "showroom_shelf", "name": "Shelves", "units": 12, "span": "weeks",
              "most": 12}, ("week", "60")),
            ({"kind": "virtual_address", "name": "Business address", "units": 50,
              "span": "months", "most": 24}, ("month", "90")),
        ],
    },
    {
        "facts": {
            "name": "Nordwind Kraków", "city": "Kraków", "country": "PL", "currency": "EUR",
            "street": "ul. Pawia 9", "postcode": "31-154",
            "email": "krakow@nordwind-export.example",
            "languages": ["pl", "de", "en"], "markets": ["UA", "SK"], "keeps_holidays": "on",
            "about": "Six desks and a room near the main station.",
            "house_rules": "Quiet in the open room after noon.",
        },
        "resources": [
            ({"kind": "hot_desk", "name": "Hot desks", "units": 6, "most": 20, "free": "on"},
             ("day", "18")),
            ({"kind": "meeting_room", "name": "Room Wawel", "seats": 6, "span": "minutes",
              "step": 30, "least": 30, "most": 480, "attributes": ["screen", "whiteboard"]},
             ("hour", "16")),
        ],
    },
]  # fmt: skip


async def run_offices(
    agencies: dict[str, dict[str, Actor]], companies: list[Company], calendar: Calendar
) -> None:
    """Offices set up some weeks ago, and what companies booked since."""
    staff = agencies[LEAD]
    manager = staff.get("manager", staff["owner"])
    if await value("SELECT 1 FROM office LIMIT 1"):
        return
    with clock.travel(calendar.moment(-40)):
        made = [await _set_up(manager, each, calendar) for each in OFFICES]
        for other, people in agencies.items():
            if other != LEAD:
                agency = people["owner"].agency_id
                await actions.share(manager, made[0][0], parse(ShareForm, {"agency": agency}))
                break
    (_, (desk, room, briefing, *_)), (_, (hot, _)) = made
    known = [email for email, _ in SIGN_INS]
    # Those whom people sign in as come first, so that they find bookings of their own.
    companies = sorted(companies, key=lambda each: each.actor.email not in known)
    for n, company in enumerate(companies[:8]):
        with clock.travel(calendar.moment(-3, n)):
            await _book(company.actor, hot if n % 3 == 2 else desk, 1 + n % 3, n)
    with clock.travel(calendar.moment(-2)):
        await _book(companies[0].actor, room, 60, 2, hour=10)
        await _book(companies[1].actor, briefing, 60, 3, hour=14)


async def _set_up(
    manager: Actor, office: dict[str, Any], calendar: Calendar
) -> tuple[int, list[int]]:
    made = await actions.create_office(manager, parse(OfficeForm, office["facts"]))
    resources = []
    for facts_of, (per, price) in office["resources"]:
        one = await stocking.add_resource(manager, made, parse(ResourceForm, facts_of))
        await stocking.add_rate(
            manager, made, one,
            parse(RateForm, {"since": calendar.day(-40), "per": per, "price": price}),
        )  # fmt: skip
        resources.append(one)
    await actions.set_ladder(
        manager, made,
        parse(LadderForm, {"since": calendar.day(-39), "rungs": "24 100\n72 50"}),
    )  # fmt: skip
    await actions.set_day(
        manager, made,
        parse(DayForm, {"on": calendar.day(40), "hours": "09:00-13:00", "reason": "Stocktaking"}),
    )  # fmt: skip
    await actions.add_host(manager, made, parse(HostForm, {"person": manager.person_id}))
    package = await actions.add_package(
        manager, made,
        parse(PackageForm, {"name": "Fair week", "about": "A desk for three days and a room for"
                            " one hour on the second of them."}),
    )  # fmt: skip
    for part in (
        {"resource": resources[0], "day": 1, "length": 3},
        {"resource": resources[1], "day": 2, "opens": "10:00", "length": 60},
    ):
        await actions.add_part(manager, made, package, parse(PartForm, part))
    for year in (clock.now().year, clock.now().year + 1):
        await actions.set_free_days(
            manager, parse(FreeDaysForm, {"year": year, "per_company": 10, "per_undertaking": 20})
        )
    await actions.set_open(manager, made, open_now=True)
    return made, resources


async def _book(actor: Actor, resource: int, length: int, days: int, hour: int = 0) -> None:
    """The nearest free time to a day some days ahead."""
    at = await facts.of_resource(resource)
    start = datetime.combine(clock.now().date() + timedelta(days=4 + days), time(hour))
    found = await finding.nearest(at, Ask(resource, start - timedelta(days=1), length))
    if found:
        (key,) = await bookings.hold(actor, [found[0]], purpose="Meetings with importers")
        await bookings.confirm(actor, [key], accepted=True)
        await changing.name_visitors(actor, key, [changing.Visitor(actor.name, actor.email)])
