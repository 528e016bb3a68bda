"""Fairs in three zones, joint booths with plans, price lists, schemes and calls."""

from collections.abc import Awaitable, Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from booths.calls import actions as calls
from booths.calls import listing
from booths.calls.forms import CallForm, StartForm
from booths.fees import actions as fees
from booths.fees import spaces
from booths.fees.forms import CopyForm, FeeForm, PriceListForm
from booths.fees.space_forms import SpaceForm
from booths.plans import actions as plans
from booths.plans import drafting, sharing
from booths.plans import queries as plan_queries
from booths.plans.forms import AppliedLayout, NewBooth, NewShared, RemovedStand
from booths.plans.rules import SharedKind
from events.fairs import actions as fairs
from events.fairs.forms import FairForm
from server import clock
from server.accounts.permissions import Actor
from server.aid import actions as aid
from server.aid import budgets, law
from server.aid.programme_forms import BudgetLineForm, ProgrammeForm
from server.aid.scheme_forms import SchemeForm
from server.database import value
from server.demonstration import conditions, questions
from server.demonstration.calendar import Calendar
from server.demonstration.owing import pay_in_steps
from server.demonstration.texts import CALLS, FAIRS, SCHEMES
from server.web.forms import parse

SERVICES = [
    ("Registration fee", "mandatory", "participation", "350", "yes", None),
    ("Marketing package: catalogue, entry in the fair's directory", "mandatory", "participation",
     "420", "yes", None),
    ("Counter with lock", "service", "piece", "145", "yes", None),
    ("Refrigerated display", "service", "piece", "390", "yes", 8),
    ("Screen, 43 inches, with stand", "service", "piece", "310", "yes", 10),
    ("Power connection, 3 kW", "service", "piece", "185", "yes", None),
    ("Interpreter, one day", "service", "piece", "340", "no", 6),
    ("Catering voucher", "service", "piece", "18", "no", None),
]  # fmt: skip


async def _once(find: str, args: tuple[object, ...], make: Callable[[], Awaitable[int]]) -> int:
    found = await value(find, *args)
    return int(found) if found is not None else await make()


async def build(agencies: dict[str, dict[str, Actor]], calendar: Calendar) -> dict[str, int]:
    """Everything that calls stand on, and the calls themselves: key -> call id."""
    fair_ids: dict[str, int] = {}
    for key, told in FAIRS.items():
        actor = manager(agencies, told["agency"])
        with clock.travel(calendar.moment(told["known_on"])):
            fair_ids[key] = await _fair(actor, told, calendar)
    schemes: dict[str, int] = {}
    for key, told in SCHEMES.items():
        with clock.travel(calendar.moment(-240)):
            made = await _scheme(manager(agencies, told["agency"]), told, calendar)
        if made is not None:
            schemes[key] = made
    return {
        key: await _call(manager(agencies, told["agency"]), told, fair_ids, schemes, calendar)
        for key, told in CALLS.items()
    }


def manager(agencies: dict[str, dict[str, Actor]], slug: str) -> Actor:
    """Whoever runs the fairs of an agency."""
    people = agencies[slug]
    return people.get("manager", people["owner"])


async def _fair(actor: Actor, told: dict[str, Any], calendar: Calendar) -> int:
    first = calendar.tuesday(told["starts"])
    last = first + timedelta(days=told["days"] - 1)
    name = f"{told['name']} {first.year}"

    async def make() -> int:
        facts = {
            field: told[field]
            for field in ("venue", "city", "country", "tz", "website", "sectors", "description")
        }
        facts |= {
            "name": name,
            "starts_on": first,
            "ends_on": last,
            "opens_at": "09:30",
            "closes_at": "18:00",
            "other_hours": f"{last} 09:30-16:00",
            "setup_from": _wall(first - timedelta(days=3), 8),
            "setup_until": _wall(first - timedelta(days=1), 20),
            "dismantling_from": _wall(last, 16),
            "dismantling_until": _wall(last + timedelta(days=2), 12),
        }
        return await fairs.create_fair(actor, parse(FairForm, facts))

    fair_id = await _once(
        "SELECT id FROM fair WHERE name = $1 AND agency = $2", (name, actor.agency_id), make
    )
    if told.get("published", True):
        await fairs.publish_fair(actor, fair_id)
    return fair_id


def _wall(day: object, hour: int) -> str:
    return f"{day} {hour:02d}:00"


async def _scheme(actor: Actor, told: dict[str, Any], calendar: Calendar) -> int | None:
    first = calendar.day(-250).replace(month=1, day=1)
    if law.basis_on(told["legal_basis"], first) is None:
        return None
    facts = {
        "currency": "EUR",
        "valid_from": first,
        "valid_until": first.replace(year=first.year + 2, month=12, day=31),
        "budget_line": await _budget_line(actor, first.year),
        **{name: said for name, said in told.items() if name != "agency"},
    }
    return await _once(
        "SELECT id FROM scheme WHERE name = $1 AND agency = $2",
        (told["name"], actor.agency_id),
        lambda: aid.create_scheme(actor, parse(SchemeForm, facts)),
    )


async def _budget_line(actor: Actor, year: int) -> int:
    """The agency's programme with a line for the year, on which its schemes stand."""
    programme = await _once(
        "SELECT id FROM programme WHERE name = $1 AND agency = $2",
        ("Exports of small firms", actor.agency_id),
        lambda: budgets.create_programme(
            actor, ProgrammeForm(name="Exports of small firms", ceiling=Decimal(3_000_000))
        ),
    )
    return await _once(
        "SELECT id FROM budget_line WHERE name = $1 AND programme = $2",
        (f"Fairs {year}", programme),
        lambda: budgets.add_line(
            actor,
            BudgetLineForm(
                name=f"Fairs {year}", funds="State budget", year=year, ceiling=Decimal(2_000_000)
            ),
            programme_id=programme,
        ),
    )


async def _call(
    actor: Actor,
    told: dict[str, Any],
    fair_ids: dict[str, int],
    schemes: dict[str, int],
    calendar: Calendar,
) -> int:
    with clock.travel(calendar.moment(told["written_on"])):
        fair_id = fair_ids[told["fair"]]
        booth = await _once(
            "SELECT id FROM booth WHERE fair = $1 AND agency = $2",
            (fair_id, actor.agency_id),
            lambda: plans.create_booth(actor, parse(NewBooth, {**told["booth"], "fair": fair_id})),
        )
        await _draw(actor, booth, told["stand"])
        prices = await _prices(actor, booth, told, calendar)
        facts = {
            "title": told["title"],
            "booth": booth,
            "price_list": prices,
            "scheme": schemes.get(told["scheme"]),
            "scheme_2": schemes.get(told.get("scheme_2", "")),
            "opens_at": datetime.combine(calendar.day(told["opens"]), time(10)),
            "closes_at": datetime.combine(calendar.day(told["closes"]), time(17)),
            "payment_days": told["payment_days"],
            "maximum_m2": Decimal(36),
            "text": told["text"],
        }
        call_id = await _once(
            "SELECT id FROM call WHERE title = $1 AND agency = $2",
            (told["title"], actor.agency_id),
            lambda: calls.create_call(actor, parse(CallForm, facts)),
        )
        state = await value("SELECT state FROM call WHERE id = $1", call_id)
        if told.get("asks") and state == "draft":
            await questions.ask(actor, call_id, told["closes"], calendar)
        if told.get("rules") and state == "draft":
            await conditions.set_rules(actor, call_id)
        if told.get("spaces") and state == "draft":
            await _full_price(actor, call_id, prices, booth, told["spaces"])
        if told.get("steps") and state == "draft":
            await pay_in_steps(actor, call_id)
        if told["published"] and state == "draft":
            await calls.publish_call(actor, StartForm(), call_id=call_id)
    return call_id


async def _full_price(
    actor: Actor, call_id: int, prices: int, booth: int, ways: list[dict[str, Any]]
) -> None:
    """The list for companies that cannot declare that nobody else pays."""
    form = CopyForm(booth=booth, name="Full price, without the declaration")
    made = await fees.copy_price_list(actor, form, price_list_id=prices)
    for key, way in enumerate(ways, 1):
        plain = {name: given for name, given in way.items() if not name.startswith("aided")}
        await spaces.change_space(actor, parse(SpaceForm, plain), price_list_id=made, space_key=key)
    lists = {"undeclared": made, "declarations": ["no_double_funding"]}
    await listing.set_lists(actor, parse(listing.ListsForm, lists), call_id=call_id)


async def _draw(actor: Actor, booth: int, size: tuple[str, str, str]) -> None:
    if await plan_queries.stands(booth):
        return
    width, depth, aisle = size
    layout = {"width_m": width, "depth_m": depth, "aisle_m": aisle, "version": 1}
    await drafting.lay_out(actor, booth, parse(AppliedLayout, layout))
    first = (await plan_queries.stands(booth))[0]
    await drafting.remove_stand(actor, booth, first.id, RemovedStand(version=first.version))
    desk = NewShared(
        use=SharedKind.INFO_DESK,
        label="Information",
        x_m=first.x_m,
        y_m=first.y_m,
        width_m=first.width_m,
        depth_m=first.depth_m,
    )
    await sharing.add_shared(actor, booth, desk)


async def _prices(actor: Actor, booth: int, told: dict[str, Any], calendar: Calendar) -> int:
    async def make() -> int:
        facts = {
            "booth": booth,
            "name": "Stand with construction",
            "minimum_m2": "9",
            "valid_from": calendar.day(told["written_on"]),
            **told["prices"],
        }
        made = await fees.create_price_list(actor, parse(PriceListForm, facts))
        first, *more = told.get("spaces", [None])
        for way in more:
            await spaces.add_space(actor, parse(SpaceForm, way), price_list_id=made)
        if first is not None:
            way = parse(SpaceForm, first)
            await spaces.change_space(actor, way, price_list_id=made, space_key=1)
        for name, kind, unit, amount, eligible, stock in SERVICES:
            fee = {"name": name, "kind": kind, "unit": unit, "amount": amount, "eligible": eligible}
            if stock is not None:
                fee["stock"] = str(stock)
            await fees.add_fee(actor, parse(FeeForm, fee), price_list_id=made)
        return made

    return await _once("SELECT id FROM price_list WHERE booth = $1 ORDER BY id", (booth,), make)
