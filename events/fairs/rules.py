"""What a fair is: its sectors, its stages, its opening hours, its name in an address."""

import hashlib
import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from events.fairs.spans import LONGEST_DAYS, read_day
from events.fairs.zones import plain
from server.errors import Refused
from server.text import N_

_YEAR = re.compile(r"\b(19|20)\d\d\b")


def same_edition(
    name: str, starts_on: date, ends_on: date, other: str, other_starts: date, other_ends: date
) -> bool:
    """Whether two entries in one country look like one edition of one fair.

    Their days overlap, and at least half of the words of the shorter name, without years and
    accents, stand in the longer one.
    """
    if starts_on > other_ends or other_starts > ends_on:
        return False
    words, others = (set(plain(_YEAR.sub(" ", each)).split()) for each in (name, other))
    shorter = min(len(words), len(others))
    return shorter > 0 and 2 * len(words & others) >= shorter


class Sector(StrEnum):
    """What a fair is about."""

    AGRICULTURE = "agriculture"
    FOOD = "food"
    WINE = "wine"
    FASHION = "fashion"
    BEAUTY = "beauty"
    HEALTH = "health"
    HOME = "home"
    BUILDING = "building"
    MACHINERY = "machinery"
    ELECTRONICS = "electronics"
    DIGITAL = "digital"
    ENERGY = "energy"
    ENVIRONMENT = "environment"
    MOBILITY = "mobility"
    AEROSPACE = "aerospace"
    MARITIME = "maritime"
    CHEMISTRY = "chemistry"
    PACKAGING = "packaging"
    TOURISM = "tourism"
    CREATIVE = "creative"
    TOYS = "toys"
    SPORT = "sport"
    SERVICES = "services"
    SECURITY = "security"


SECTOR_NAMES: dict[Sector, str] = {
    Sector.AGRICULTURE: N_("Agriculture and forestry"),
    Sector.FOOD: N_("Food and drink"),
    Sector.WINE: N_("Wine and spirits"),
    Sector.FASHION: N_("Fashion, textiles and leather"),
    Sector.BEAUTY: N_("Beauty and cosmetics"),
    Sector.HEALTH: N_("Health and medical technology"),
    Sector.HOME: N_("Home, furniture and gifts"),
    Sector.BUILDING: N_("Building and construction"),
    Sector.MACHINERY: N_("Machinery and industrial technology"),
    Sector.ELECTRONICS: N_("Electronics"),
    Sector.DIGITAL: N_("Software and telecommunication"),
    Sector.ENERGY: N_("Energy"),
    Sector.ENVIRONMENT: N_("Environment and water"),
    Sector.MOBILITY: N_("Vehicles, transport and logistics"),
    Sector.AEROSPACE: N_("Aerospace"),
    Sector.MARITIME: N_("Ships and fishery"),
    Sector.CHEMISTRY: N_("Chemistry, plastics and materials"),
    Sector.PACKAGING: N_("Packaging and printing"),
    Sector.TOURISM: N_("Tourism and hospitality"),
    Sector.CREATIVE: N_("Books, media and arts"),
    Sector.TOYS: N_("Toys and games"),
    Sector.SPORT: N_("Sport and leisure"),
    Sector.SERVICES: N_("Business services and education"),
    Sector.SECURITY: N_("Security and safety"),
}


class Stage(StrEnum):
    """Where a fair stands, by its own clock."""

    DRAFT = "draft"
    UPCOMING = "upcoming"
    SETTING_UP = "setting_up"
    RUNNING = "running"
    DISMANTLING = "dismantling"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Hours:
    """When visitors may come in on one day."""

    day: date
    opens_at: time
    closes_at: time


def stage(
    *,
    published: bool,
    local: datetime,
    starts_on: date,
    ends_on: date,
    setup_from: datetime | None = None,
    dismantling_until: datetime | None = None,
) -> Stage:
    """The stage at `local`, a naive reading of the fair's own clock."""
    if not published:
        return Stage.DRAFT
    if local.date() < starts_on:
        return Stage.SETTING_UP if setup_from and setup_from <= local else Stage.UPCOMING
    if local.date() <= ends_on:
        return Stage.RUNNING
    if dismantling_until and local < dismantling_until:
        return Stage.DISMANTLING
    return Stage.OVER


def days_of(starts_on: date, ends_on: date) -> list[date]:
    """Every day of the fair. Raises Refused for spans that are none."""
    if ends_on < starts_on:
        raise Refused(N_("The last day is before the first day."), field="ends_on")
    if (ends_on - starts_on).days >= LONGEST_DAYS:
        raise Refused(
            N_("A fair of {n} days or more is not possible here. Check the year."),
            field="ends_on",
            n=LONGEST_DAYS,
        )
    return [starts_on + timedelta(days=n) for n in range((ends_on - starts_on).days + 1)]


_LINE = re.compile(
    r"(?P<day>.+?)[\s:]+(?:(?P<opens>\d{1,2}[:.]\d\d)\s*(?:-|–|to|bis)\s*(?P<closes>\d{1,2}[:.]\d\d)|(?P<closed>closed))",
    re.IGNORECASE,
)


def opening_hours(
    starts_on: date, ends_on: date, opens_at: time | None, closes_at: time | None, other: str = ""
) -> list[Hours]:
    """Hours day by day: the usual ones, and what `other` says line by line of single days.

    A line is "2027-03-05 09:00-16:00" or "2027-03-05 closed". Without usual hours only the days
    named are open. Raises Refused.
    """
    days = days_of(starts_on, ends_on)
    if (opens_at is None) != (closes_at is None):
        raise Refused(
            N_("Give both hours, or none while they are not known."),
            field="closes_at" if closes_at is None else "opens_at",
        )
    found: dict[date, Hours] = {}
    if opens_at is not None and closes_at is not None:
        if closes_at <= opens_at:
            raise Refused(N_("The fair would close before it opens."), field="closes_at")
        found = {day: Hours(day, opens_at, closes_at) for day in days}
    for line in other.splitlines():
        if not line.strip():
            continue
        matched = _LINE.fullmatch(line.strip())
        if matched is None:
            raise Refused(
                N_(
                    "“{line}” is not understood."
                    " Write it like 2027-03-05 09:00-16:00, or 2027-03-05 closed."
                ),
                field="other_hours",
                line=line.strip(),
            )
        try:
            day = read_day(matched["day"])
        except Refused as refused:
            raise Refused(str(refused), field="other_hours") from None
        if day not in days:
            raise Refused(
                N_("{day} is not a day of the fair."), field="other_hours", day=day.isoformat()
            )
        if matched["closed"]:
            found.pop(day, None)
            continue
        opens, closes = _time(matched["opens"], line), _time(matched["closes"], line)
        if closes <= opens:
            raise Refused(
                N_("On {day} the fair would close before it opens."),
                field="other_hours",
                day=day.isoformat(),
            )
        found[day] = Hours(day, opens, closes)
    return [found[day] for day in sorted(found)]


def _time(text: str, line: str) -> time:
    hours, minutes = re.split("[:.]", text)
    try:
        return time(int(hours), int(minutes))
    except ValueError:
        raise Refused(
            N_("“{line}” names an hour that does not exist."),
            field="other_hours",
            line=line.strip(),
        ) from None


def usual_hours(
    starts_on: date, ends_on: date, hours: list[Hours]
) -> tuple[time | None, time | None, str]:
    """The way back: (opens, closes, lines of the other days), as the form shows them."""
    spans = [(each.opens_at, each.closes_at) for each in hours]
    if not spans:
        return None, None, ""
    usual = max(dict.fromkeys(spans), key=spans.count)
    by_day = {each.day: each for each in hours}
    lines = []
    for day in days_of(starts_on, ends_on):
        each = by_day.get(day)
        if each is None:
            lines.append(f"{day.isoformat()} closed")
        elif (each.opens_at, each.closes_at) != usual:
            lines.append(f"{day.isoformat()} {each.opens_at:%H:%M}-{each.closes_at:%H:%M}")
    return *usual, "\n".join(lines)


def slug(name: str, starts_on: date, taken: set[str] | frozenset[str] = frozenset()) -> str:
    """The fair's name in an address: letters, digits and hyphens, with its year, not in `taken`."""
    words = [word for word in plain(name).split() if word.isascii()]
    year = str(starts_on.year)
    stem = "-".join(words)[:60].strip("-") or "fair"
    if year not in words:
        stem = f"{stem}-{year}"
    found, n = stem, 1
    while found in taken:
        n += 1
        found = f"{stem}-{n}"
    return found


def import_key(name: str, starts_on: date) -> str:
    """What makes two rows one edition: the same name, however spaced, on the same first day."""
    return hashlib.sha256(f"{plain(name)}\0{starts_on.isoformat()}".encode()).hexdigest()


def web_address(text: str) -> str:
    """A web address as it is kept; "www.x.org" is given its https. Raises Refused."""
    wanted = text.strip()
    if not wanted:
        return ""
    if not re.match(r"^[a-z][a-z0-9+.-]*:", wanted, re.IGNORECASE):
        wanted = f"https://{wanted}"
    if not re.fullmatch(r"https?://[^\s/?#@\\]+\.[^\s/?#@\\]+([/?#]\S*)?", wanted, re.IGNORECASE):
        raise Refused(
            N_("“{text}” is not a web address. It looks like https://www.example.org."),
            field="website",
            text=text.strip()[:80],
        )
    return wanted
