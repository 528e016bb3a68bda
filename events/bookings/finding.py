"""Finding a time: parts that belong together, across offices, and what is near when none fits."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import islice

from events.bookings import rules
from events.bookings.facts import Fit, ResourceFacts, Stretch, fit, of_resources, taken_of
from events.bookings.hours import DAY, free, local
from events.bookings.rules import Ask, Span
from server import clock
from server.database import rows
from server.errors import Refused
from server.text import N_

ALTERNATIVES = 3
LOOK_AROUND = timedelta(days=14)
MOST_OFFICES = 20
FIRST_GO = 25
"""Of many offices so many are looked at first."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a search: `count` of something of `kind` for `length` spans, `seats` each.

    `day` is the part's own first day ("a room on one of them": None, any day of the search's
    window); `opens` a certain start (minutes after midnight, None for any). `person` names an
    advisor, `topic` what they know; without both any advisor will do.
    """

    kind: str
    length: int
    count: int = 1
    seats: int = 1
    day: date | None = None
    opens: int | None = None
    person: int | None = None
    topic: str = ""
    language: str = ""
    attributes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Search:
    """Parts within the days `first` to `last` in one office; which offices may be narrowed.

    `agency` has to run or share the office; `q` is a part of its name or city.
    """

    parts: tuple[Part, ...]
    first: date
    last: date
    offices: tuple[int, ...] = ()
    country: str = ""
    market: str = ""
    language: str = ""
    agency: int | None = None
    q: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What an office has for a part: the resource, and one ask for each of its `count`."""

    part: Part
    resource: ResourceFacts
    fit: Fit
    asks: tuple[Ask, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """All parts in one office."""

    office: int
    name: str
    city: str
    tz: str
    found: tuple[Found, ...]

    @property
    def asks(self) -> tuple[Ask, ...]:
        """What to book to have it all."""
        return tuple(ask for each in self.found for ask in each.asks)


@dataclass(frozen=True, slots=True)
class Result:
    """Offices that have it all; where none has, how near others come: `moved` have it on other
    days (at most three, nearest first), `lacking` says by office which parts are missing."""

    offers: tuple[Offer, ...]
    moved: tuple[Offer, ...] = ()
    lacking: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


CANDIDATES = """
SELECT p.n, r.office, array_agg(r.id ORDER BY r.seats, r.position, r.id) AS ids
FROM unnest($1::text[], $2::int[], $3::int[], $4::text[], $5::text[], $6::text[])
    WITH ORDINALITY p (kind, seats, person, topic, language, attributes, n)
JOIN resource r ON r.active AND r.kind = p.kind AND r.seats >= p.seats
    AND (p.person IS NULL OR r.person = p.person)
    AND (p.topic = '' OR p.topic = ANY(r.topics))
    AND (p.language = '' OR p.language = ANY(r.languages))
    AND (p.attributes = '' OR string_to_array(p.attributes, chr(31)) <@ r.attributes::text[])
JOIN office o ON o.id = r.office
WHERE o.open AND (cardinality($7::int[]) = 0 OR o.id = ANY($7::int[]))
    AND ($8 = '' OR o.country = $8)
    AND ($9 = '' OR $9 = ANY(o.markets) OR o.country = $9)
    AND ($10 = '' OR $10 = ANY(o.languages))
    AND ($11::int IS NULL OR o.agency = $11 OR EXISTS
        (SELECT FROM office_agency a WHERE a.office = o.id AND a.agency = $11))
    AND ($12 = '' OR strpos(lower(o.name || ' ' || o.city), lower($12)) > 0)
GROUP BY p.n, r.office ORDER BY r.office
"""


async def find(search: Search) -> Result:
    """The first MOST_OFFICES offices that have all parts in the window; otherwise what comes
    nearest.

    Offices are looked at in two goes, so that a search which many can serve reads few of them: the
    statements are ten for each go, however many offices there are. Raises Refused for a window of
    more than 62 days and for one without parts.
    """
    if not search.parts or not 0 <= (search.last - search.first).days <= 62:
        raise Refused(
            N_("Say what you need, and within which days: at most 62 of them."), field="first"
        )
    by_office = await _candidates(search)
    order = list(by_office)
    offers: list[Offer] = []
    without: list[int] = []
    lacking: dict[str, tuple[str, ...]] = {}
    for go in (order[:FIRST_GO], order[FIRST_GO:]):
        if not go or len(offers) >= MOST_OFFICES:
            break
        known, taken = await _read(search, [by_office[key] for key in go], timedelta(0))
        now = clock.now()
        for key in go:
            if len(offers) >= MOST_OFFICES:
                break
            sets = [[known[one] for one in each] for each in by_office[key]]
            offer, missing = _offer(search, sets, taken, now)
            if offer is not None:
                offers.append(offer)
            else:
                lacking[next(each for of in sets for each in of).office.name] = missing
                without += [key] if all(sets) else []
    if offers:
        return Result(tuple(offers))
    near = await _near(search, [by_office[key] for key in without[:MOST_OFFICES]])
    return Result((), near, lacking)


async def _near(search: Search, sets: Sequence[Sequence[Sequence[int]]]) -> tuple[Offer, ...]:
    """Some offices on other days: three, the nearest first."""
    if not sets:
        return ()
    known, taken = await _read(search, sets, LOOK_AROUND)
    now = clock.now()
    found: list[tuple[int, Offer]] = []
    for of in sets:
        facts = [[known[one] for one in each] for each in of]
        found += islice(_moved(search, facts, taken, now), 1)
    found.sort(key=lambda pair: (pair[0], pair[1].office))
    return tuple(each for _, each in found[:ALTERNATIVES])


async def _read(
    search: Search, sets: Sequence[Sequence[Sequence[int]]], around: timedelta
) -> tuple[dict[int, ResourceFacts], dict[int, list[Stretch]]]:
    """All that is known of some resources, and what is taken of them in the window and around."""
    known = await of_resources(sorted({one for of in sets for each in of for one in each}))
    around += _reach(search, known.values())
    zone = clock.now().tzinfo
    start = datetime.combine(search.first, time.min, zone) - around
    end = datetime.combine(search.last, time.min, zone) + around
    return known, await taken_of(sorted(known), start, end)


async def _candidates(search: Search) -> dict[int, list[list[int]]]:
    """For each office, the resources that may serve each part."""
    parts = search.parts
    made: dict[int, list[list[int]]] = {}
    for each in await rows(
        CANDIDATES,
        [part.kind for part in parts], [part.seats for part in parts],
        [part.person for part in parts], [part.topic for part in parts],
        [part.language for part in parts], [chr(31).join(part.attributes) for part in parts],
        list(search.offices), search.country, search.market, search.language, search.agency,
        search.q.strip(),
    ):  # fmt: skip
        made.setdefault(each["office"], [[] for _ in parts])[each["n"] - 1] = each["ids"]
    return made


_DAYS = {Span.MINUTES: 0, Span.DAYS: 1, Span.WEEKS: 7, Span.MONTHS: 31}


def _reach(search: Search, known: Iterable[ResourceFacts]) -> timedelta:
    """How far beyond the window a part may run, and a day for buffers and zones on top."""
    spans: dict[str, int] = {}
    for each in known:
        spans[each.kind] = max(spans.get(each.kind, 0), _DAYS[each.terms.span])
    days = max((part.length * spans.get(part.kind, 0) for part in search.parts), default=0)
    return timedelta(days=2 + min(days, 1100))


def _offer(
    search: Search,
    sets: Sequence[Sequence[ResourceFacts]],
    taken: Mapping[int, Sequence[Stretch]],
    now: datetime,
) -> tuple[Offer | None, tuple[str, ...]]:
    """All parts in one office, each beside those before it; or the kinds that are missing."""
    units = {unit for of in sets for each in of for unit, _ in each.units}
    mine = {unit: list(taken.get(unit, ())) for unit in units}
    found: list[Found] = []
    missing: list[str] = []
    for part, candidates in zip(search.parts, sets, strict=True):
        one = _serve(part, candidates, search.first, search.last, mine, now, found)
        if one is None:
            missing.append(part.kind)
        else:
            found.append(one)
    if missing:
        return None, tuple(missing)
    at = found[0].resource.office
    return Offer(at.id, at.name, at.city, at.tz, tuple(found)), ()


def _moved(
    search: Search,
    sets: Sequence[Sequence[ResourceFacts]],
    taken: Mapping[int, Sequence[Stretch]],
    now: datetime,
) -> Iterator[tuple[int, Offer]]:
    """The same in the same office on other days, the nearest first."""
    for away in range(1, LOOK_AROUND.days + 1):
        for by in (timedelta(days=away), timedelta(days=-away)):
            parts = tuple(
                replace(part, day=None if part.day is None else part.day + by)
                for part in search.parts
            )
            there = replace(
                search, parts=parts, first=search.first + by, last=search.last + by
            )  # fmt: skip
            offer, _ = _offer(there, sets, taken, now)
            if offer is not None:
                yield away, offer


def _serve(
    part: Part,
    candidates: Sequence[ResourceFacts],
    first: date,
    last: date,
    mine: dict[int, list[Stretch]],
    now: datetime,
    beside: Sequence[Found],
) -> Found | None:
    """The first time and resource with enough free units, which are then taken in `mine`.

    Any day means a day of the parts before it where there are some: "a room on one of them".
    """
    if part.day is not None:
        days = [part.day]
    elif beside:
        days = sorted({day for each in beside for day in each.fit.open_days})
    else:
        days = [first + n * DAY for n in range((last - first).days + 1)]
    for day in days:
        for known in candidates:
            for start in _starts(known, part, day, mine):
                after = rules.end_day(known.terms.span, day, part.length)
                if part.day is None and known.terms.span is Span.DAYS and after - DAY > last:
                    continue
                ask = Ask(known.id, start, part.length, people=part.seats)
                try:
                    where = fit(known, ask, now)
                except Refused:
                    continue
                units = _pick(known, part.count, where.blocked, mine)
                if units is None:
                    continue
                for unit in units:
                    mine.setdefault(unit, []).append(where.blocked)
                return Found(part, known, where, (ask,) * part.count)
    return None


def _pick(
    known: ResourceFacts, count: int, blocked: Stretch, mine: Mapping[int, Sequence[Stretch]]
) -> list[int] | None:
    """`count` free units, or None."""
    left = list(known.units)
    found: list[int] = []
    while len(found) < count:
        unit = rules.best_unit(left, mine, blocked)
        if unit is None:
            return None
        found.append(unit)
        left = [each for each in left if each[0] != unit]
    return found


def _starts(
    known: ResourceFacts, part: Part, day: date, mine: Mapping[int, Sequence[Stretch]]
) -> Iterator[datetime]:
    """Wall times on `day` at which the part may start."""
    midnight = datetime.combine(day, time.min)
    if known.terms.span is not Span.MINUTES:
        yield midnight
    elif part.opens is not None:
        yield midnight + timedelta(minutes=part.opens)
    else:
        yield from starts(known, day, part.length, mine)


def starts(
    known: ResourceFacts, day: date, length: int, taken: Mapping[int, Sequence[Stretch]]
) -> Iterator[datetime]:
    """The wall times of `day` at which a unit is free for `length` minutes, buffers included."""
    terms, tz = known.terms, known.office.tz
    needs = timedelta(minutes=length)
    before, after = timedelta(minutes=terms.before_minutes), timedelta(minutes=terms.after_minutes)
    spans = known.hours.spans(day)
    # A buffer may lie outside the hours: what is asked is that nothing else lies in it.
    gaps = {
        gap
        for unit, _ in known.units
        for gap in free(spans, [(a - after, b + before) for a, b in taken.get(unit, ())])
        if gap[1] - gap[0] >= needs
    }
    wall = datetime.combine(day, time.min)
    for minute in range(0, 1440, terms.step):
        start = wall + timedelta(minutes=minute)
        for opens, closes in gaps:
            a, b = local(opens, tz), local(closes, tz)
            if a <= start and start + needs <= b:
                yield start
                break


async def nearest(known: ResourceFacts, ask: Ask, *, without: int = 0) -> list[Ask]:
    """The three free times nearest to the one that is asked for, in order of nearness."""
    length = rules.end_day(known.terms.span, ask.start.date(), ask.length) - ask.start.date()
    reach = LOOK_AROUND + (DAY if known.terms.span is Span.MINUTES else length)
    middle = ask.start.replace(tzinfo=clock.now().tzinfo)
    taken = await taken_of([known.id], middle - reach, middle + reach + reach, without=without)
    now, found = clock.now(), list[Ask]()
    for away in range(LOOK_AROUND.days + 1):
        if len(found) >= ALTERNATIVES:
            break
        day = timedelta(days=away)
        for on in sorted({ask.start.date() - day, ask.start.date() + day}):
            found += _free_on(known, replace(ask, meant=""), on, taken, now)
    found.sort(key=lambda each: (abs(each.start - ask.start), each.start))
    return found[:ALTERNATIVES]


def _free_on(
    known: ResourceFacts,
    ask: Ask,
    on: date,
    taken: Mapping[int, Sequence[Stretch]],
    now: datetime,
) -> list[Ask]:
    midnight = datetime.combine(on, time.min)
    minutes = known.terms.span is Span.MINUTES
    made = []
    units = [each for each in known.units if ask.unit in (None, each[0])]
    for start in starts(known, on, ask.length, taken) if minutes else (midnight,):
        one = replace(ask, start=start)
        try:
            where = fit(known, one, now)
        except Refused:
            continue
        if start != ask.start and rules.best_unit(units, taken, where.blocked) is not None:
            made.append(one)
    return made


async def next_free(resource: int, length: int) -> datetime | None:
    """The first wall time from now on at which a resource is free, in the next two weeks."""
    known = (await of_resources([resource])).get(resource)
    if known is None:
        return None
    now = clock.now()
    taken = await taken_of([resource], now - DAY, now + 2 * LOOK_AROUND)
    today = local(now, known.office.tz).date()
    for n in range(LOOK_AROUND.days):
        ask = Ask(resource, local(now, known.office.tz) - DAY, length)
        free_then = _free_on(known, ask, today + n * DAY, taken, now)
        if free_then:
            return free_then[0].start
    return None
