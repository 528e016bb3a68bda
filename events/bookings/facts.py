"""What is known of resources before a time is looked for: one read of each kind, however many.

Nothing here is about one company; prices, hours and units are the same for everybody.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from events.bookings import rules
from events.bookings.hours import DAY, Hours, Meant, day_start, instant, local
from events.bookings.rules import Ask, Rate, Rung, Span, Terms
from server import clock, holidays
from server.database import rows
from server.errors import NotFound, Refused
from server.text import N_

Stretch = tuple[datetime, datetime]
Week = dict[int, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class OfficeFacts:
    """An office as bookings need it."""

    id: int
    agency: int
    agencies: frozenset[int]
    name: str
    slug: str
    city: str
    country: str
    street: str
    postcode: str
    tz: str
    currency: str
    open: bool
    house_rules: str
    names_hours: int
    email: str
    hours: Hours
    rungs: tuple[Rung, ...]

    @property
    def address(self) -> str:
        """One line for calendars and mails."""
        place = f"{self.postcode} {self.city}".strip()
        return ", ".join(part for part in (self.name, self.street, place) if part)


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    """A resource with its office, its terms, hours, units and rate card.

    `allotments` are the units that an agency may have at one time, by agency. `blackouts` are the
    ones not lifted that end in the future: (start, end, reason).
    """

    id: int
    kind: str
    name: str
    seats: int
    approval: bool
    free: bool
    supply: str
    person: int | None
    active: bool
    topics: tuple[str, ...]
    languages: tuple[str, ...]
    attributes: tuple[str, ...]
    office: OfficeFacts
    terms: Terms
    hours: Hours
    units: tuple[tuple[int, int], ...]
    labels: Mapping[int, str] = field(default_factory=dict)
    rates: tuple[Rate, ...] = ()
    allotments: Mapping[int, int] = field(default_factory=dict)
    blackouts: tuple[tuple[datetime, datetime, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Fit:
    """A time that the rules allow: instants, wall times, what is blocked, its open days."""

    starts_at: datetime
    ends_at: datetime
    start_local: datetime
    end_local: datetime
    blocked: Stretch
    open_days: tuple[date, ...]


RESOURCES = """
SELECT r.*, o.agency, o.name AS office_name, o.slug, o.city, o.country, o.street, o.postcode, o.tz,
    o.currency, o.open, o.house_rules, o.names_hours, o.email, o.keeps_holidays,
    coalesce((SELECT array_agg(a.agency) FROM office_agency a WHERE a.office = o.id), '{}')
        AS agencies
FROM resource r JOIN office o ON o.id = r.office WHERE r.id = ANY($1::int[])
"""


async def of_resources(ids: Sequence[int]) -> dict[int, ResourceFacts]:
    """All that is known of the resources of `ids`, by id; eight statements for one or for many."""
    found = await rows(RESOURCES, list(ids))
    return await _put_together(found)


async def of_resource(resource_id: int) -> ResourceFacts:
    """One resource; NotFound where there is none."""
    known = await of_resources([resource_id])
    if resource_id not in known:
        raise NotFound
    return known[resource_id]


async def _put_together(found: list[dict[str, Any]]) -> dict[int, ResourceFacts]:
    ids = [each["id"] for each in found]
    offices = sorted({each["office"] for each in found})
    now = clock.now()
    week, own = await _weeks(offices)
    days: dict[int, dict[date, list[tuple[int, int]]]] = defaultdict(dict)
    reasons: dict[int, dict[date, str]] = defaultdict(dict)
    for day in await rows(
        'SELECT office, "on", opens, closes, reason FROM office_day'
        ' WHERE office = ANY($1::int[]) AND "on" >= $2',
        offices,
        (now - 2 * DAY).date(),
    ):
        days[day["office"]][day["on"]] = (
            [] if day["opens"] is None else [(day["opens"], day["closes"])]
        )
        reasons[day["office"]][day["on"]] = day["reason"]
    units = await _listed(
        "SELECT id, resource, number, label FROM resource_unit"
        " WHERE resource = ANY($1::int[]) AND active ORDER BY number",
        ids,
    )
    rates = await _listed(
        "SELECT resource, since, per, price_minor FROM resource_rate"
        " WHERE resource = ANY($1::int[])",
        ids,
    )
    allotments = await _listed(
        "SELECT resource, agency, units FROM resource_allotment WHERE resource = ANY($1::int[])",
        ids,
    )
    rungs = await _listed(
        "SELECT office AS resource, since, hours, share_bp FROM cancellation_rung"
        " WHERE office = ANY($1::int[])",
        offices,
    )
    black = await rows(
        "SELECT office, resource, starts_at, ends_at, reason FROM blackout"
        " WHERE office = ANY($1::int[]) AND lifted_at IS NULL AND ends_at > $2 ORDER BY starts_at",
        offices,
        now,
    )
    known: dict[int, OfficeFacts] = {}
    made: dict[int, ResourceFacts] = {}
    for each in found:
        office = each["office"]
        if office not in known:
            kept = _holidays(each["country"], now.year) if each["keeps_holidays"] else {}
            hours = Hours(each["tz"], week[office], days[office], kept, reasons[office])
            known[office] = OfficeFacts(
                id=office,
                name=each["office_name"],
                agencies=frozenset({each["agency"], *each["agencies"]}),
                hours=hours,
                rungs=tuple(Rung(r["since"], r["hours"], r["share_bp"]) for r in rungs[office]),
                **{
                    name: each[name]
                    for name in (
                        "agency", "slug", "city", "country", "street", "postcode", "tz",
                        "currency", "open", "house_rules", "names_hours", "email",
                    )
                },
            )  # fmt: skip
        at = known[office]
        mine = own.get(each["id"])
        made[each["id"]] = ResourceFacts(
            office=at,
            terms=Terms(
                each["name"], Span(each["span"]), each["step"], each["least"], each["most"],
                each["notice_minutes"], each["horizon_days"], each["before_minutes"],
                each["after_minutes"],
            ),
            hours=at.hours if mine is None else replace(at.hours, own=mine),
            units=tuple((u["id"], u["number"]) for u in units[each["id"]]),
            labels={u["id"]: u["label"] or str(u["number"]) for u in units[each["id"]]},
            rates=tuple(
                Rate(r["since"], rules.Per(r["per"]), r["price_minor"]) for r in rates[each["id"]]
            ),
            allotments={a["agency"]: a["units"] for a in allotments[each["id"]]},
            blackouts=tuple(
                (b["starts_at"], b["ends_at"], b["reason"])
                for b in black
                if b["office"] == office and b["resource"] in (None, each["id"])
            ),
            topics=tuple(each["topics"]),
            languages=tuple(each["languages"]),
            attributes=tuple(each["attributes"]),
            **{
                name: each[name]
                for name in (
                    "id", "kind", "name", "seats", "approval", "free", "supply", "person",
                    "active",
                )
            },
        )  # fmt: skip
    return made


async def _weeks(
    offices: Sequence[int],
) -> tuple[
    dict[int, dict[int, list[tuple[int, int]]]], dict[int, dict[int, list[tuple[int, int]]]]
]:
    """Weekly hours by office, and own ones by resource."""
    week: dict[int, Week] = defaultdict(dict)
    own: dict[int, Week] = {}
    for each in await rows(
        "SELECT office, resource, weekday, opens, closes FROM opening_hours"
        " WHERE office = ANY($1::int[]) ORDER BY weekday, opens",
        list(offices),
    ):
        line = (each["opens"], each["closes"])
        if each["resource"] is None:
            week[each["office"]].setdefault(each["weekday"], []).append(line)
        else:
            own.setdefault(each["resource"], {}).setdefault(each["weekday"], []).append(line)
    return week, own


async def _listed(sql: str, ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    made: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for each in await rows(sql, list(ids)):
        made[each["resource"]].append(each)
    return made


@lru_cache(maxsize=256)
def _holidays(country: str, year: int) -> Mapping[date, str]:
    # A horizon is three years at most.
    return dict(holidays.of_years(country, year, year + 4))


def fit(known: ResourceFacts, ask: Ask, now: datetime) -> Fit:
    """The time that is asked for, if the rules allow it; Refused or AskedBack otherwise.

    Whether a unit is free then is another question.
    """
    office, terms = known.office, known.terms
    if not office.open:
        raise Refused(
            N_("{office} takes no bookings at present. Choose another office; nothing was booked."),
            office=office.name,
        )
    if not known.active or not known.units:
        raise Refused(
            N_("{name} cannot be booked any more. Choose something else; nothing was booked."),
            name=known.name,
        )
    if ask.people > known.seats:
        raise Refused(
            N_("{name} has {seats} seats, and you are {people}."),
            field="people", name=known.name, seats=known.seats, people=ask.people,
        )  # fmt: skip
    rules.check_length(terms, ask.length)
    rules.check_grid(terms, ask.start)
    made = _minutes(known, ask) if terms.span is Span.MINUTES else _days(known, ask)
    today = local(now, office.tz).date()
    first = known.hours.spans(made.open_days[0])
    begins, ends = (
        (made.starts_at, made.ends_at)
        if terms.span is Span.MINUTES
        else (max(first[0][0], made.starts_at), first[-1][1])
    )
    rules.check_ahead(terms, begins, ends, made.start_local.date(), now, today)
    for start, end, reason in known.blackouts:
        if start < made.blocked[1] and made.blocked[0] < end:
            raise Refused(
                N_("{office} is closed from {start} to {end}: {reason}. Choose another time."),
                field="start", office=office.name, reason=reason,
                start=f"{local(start, office.tz):%Y-%m-%d %H:%M}",
                end=f"{local(end, office.tz):%Y-%m-%d %H:%M}",
            )  # fmt: skip
    return made


def _blocked(terms: Terms, starts: datetime, ends: datetime) -> Stretch:
    return (
        starts - timedelta(minutes=terms.before_minutes),
        ends + timedelta(minutes=terms.after_minutes),
    )


def _minutes(known: ResourceFacts, ask: Ask) -> Fit:
    tz = known.office.tz
    starts = instant(ask.start, tz, Meant(ask.meant) if ask.meant else None)
    ends = starts + timedelta(minutes=ask.length)
    if not known.hours.open_at(starts, ends):
        _closed(known, ask.start.date())
        raise Refused(
            N_("{name} is open {hours} on {on}. Choose a time inside these hours."),
            field="start", name=known.name, on=ask.start.date().isoformat(),
            hours=said(known.hours.of_day(ask.start.date())),
        )  # fmt: skip
    return Fit(
        starts, ends, local(starts, tz), local(ends, tz), _blocked(known.terms, starts, ends),
        (local(starts, tz).date(),),
    )  # fmt: skip


def _days(known: ResourceFacts, ask: Ask) -> Fit:
    tz, first = known.office.tz, ask.start.date()
    after = rules.end_day(known.terms.span, first, ask.length)
    days = [first + n * DAY for n in range((after - first).days)]
    opened = tuple(day for day in days if known.hours.of_day(day))
    if known.terms.span is Span.DAYS or not opened:
        for day in days:
            _closed(known, day)
    starts, ends = day_start(first, tz), day_start(after, tz)
    midnight = datetime.combine(first, time.min)
    return Fit(
        starts, ends, midnight, datetime.combine(after, time.min),
        _blocked(known.terms, starts, ends), opened,
    )  # fmt: skip


def _closed(known: ResourceFacts, on: date) -> None:
    """Refuse a day without hours, with what it is."""
    hours = known.hours
    if hours.of_day(on):
        return
    what = hours.reasons.get(on) or ("" if on in hours.days else hours.holidays.get(on, ""))
    if what:
        raise Refused(
            N_("{name} is closed on {on}: {what}. Choose another day."),
            field="start", name=known.name, on=on.isoformat(), what=what,
        )  # fmt: skip
    raise Refused(
        N_("{name} is closed on {on}. Choose another day."),
        field="start", name=known.name, on=on.isoformat(),
    )  # fmt: skip


def said(hours: Sequence[tuple[int, int]]) -> str:
    """Opening hours as people write them: 09:00–12:30, 13:30–18:00."""
    return ", ".join(f"{a // 60:02}:{a % 60:02}–{b // 60:02}:{b % 60:02}" for a, b in hours)


TAKEN = """
SELECT unit, blocked_from, blocked_until FROM booking
WHERE resource = ANY($1::int[]) AND tstzrange(blocked_from, blocked_until) && tstzrange($2, $3)
    AND state IN ('held', 'pending', 'confirmed', 'done')
    AND NOT (state = 'held' AND held_until <= $4) AND id <> $5
"""


async def taken_of(
    resources: Sequence[int], start: datetime, end: datetime, *, without: int = 0
) -> dict[int, list[Stretch]]:
    """What is blocked of each unit between two instants; holds that are over do not count."""
    made: dict[int, list[Stretch]] = defaultdict(list)
    for each in await rows(
        TAKEN,
        list(resources),
        start,
        end,
        clock.now(),
        without,
    ):
        made[each["unit"]].append((each["blocked_from"], each["blocked_until"]))
    return made
