"""Input for offices. Hours are wall-clock readings of the office's own zone."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import partial
from typing import Annotated

from msgspec import Meta, field

from events.fairs import zones
from events.offices import rules
from events.offices.rules import Kind, Per, Span, Supply
from server import clock
from server.errors import Refused
from server.money import is_currency
from server.organisations.rules import is_country
from server.text import N_, gettext
from server.web.forms import Form, Upload
from server.web.showing import LANGUAGES

Why = Annotated[str, Meta(max_length=200, title=N_("Reason"))]


def _read(name: str, read: Callable[[], object]) -> dict[str, str]:
    """What a rule says against a field, if anything."""
    try:
        read()
    except Refused as refused:
        return {name: next(iter(refused.errors.values()))}
    return {}


class OfficeFilter(Form):
    """What somebody looks for in the directory."""

    q: Annotated[str, Meta(max_length=100, title=N_("City or name"))] = ""
    market: Annotated[str, Meta(max_length=2, title=N_("Market"))] = ""
    language: Annotated[str, Meta(max_length=3, title=N_("Language"))] = ""
    kind: Annotated[Kind | None, Meta(title=N_("Service"))] = None


class OfficeForm(Form):
    """What an office is, where, and what is said about it."""

    name: Annotated[str, Meta(min_length=2, max_length=200, title=N_("Name of the office"))]
    city: Annotated[str, Meta(min_length=1, max_length=120, title=N_("City"))]
    country: Annotated[str, Meta(max_length=2, title=N_("Country"))]
    region: Annotated[str, Meta(max_length=120, title=N_("Region or state"))] = ""
    street: Annotated[str, Meta(max_length=200, title=N_("Street and number"))] = ""
    postcode: Annotated[str, Meta(max_length=20, title=N_("Postcode"))] = ""
    tz: Annotated[
        str,
        Meta(
            max_length=60,
            title=N_("Time zone"),
            description=N_("All hours of the office are shown in it. Empty: found from the city."),
        ),
    ] = ""
    email: Annotated[str, Meta(max_length=254, title=N_("Email"))] = ""
    phone: Annotated[str, Meta(max_length=40, title=N_("Telephone"))] = ""
    languages: Annotated[list[str], Meta(max_length=20, title=N_("Languages spoken"))] = field(
        default_factory=list
    )
    markets: Annotated[list[str], Meta(max_length=80, title=N_("Markets it serves"))] = field(
        default_factory=list
    )
    services: Annotated[
        str,
        Meta(max_length=2000, title=N_("Services"), description=N_("One a line.")),
    ] = ""
    about: Annotated[str, Meta(max_length=4000, title=N_("About the office"))] = ""
    house_rules: Annotated[
        str,
        Meta(
            max_length=4000,
            title=N_("House rules"),
            description=N_("Whoever books accepts them."),
        ),
    ] = ""
    keeps_holidays: Annotated[
        bool, Meta(title=N_("The office is closed on the public holidays of its country"))
    ] = False
    names_hours: Annotated[
        int,
        Meta(
            ge=0,
            le=720,
            title=N_("Visitors are named how many hours before?"),
            description=N_("24 is usual. 0: up to the start."),
        ),
    ] = 24
    currency: Annotated[str, Meta(max_length=3, title=N_("Currency of its prices"))] = "EUR"

    @property
    def zone(self) -> str:
        """The zone that was chosen, or the one that country and city leave no doubt about."""
        return self.tz or zones.derive(self.country, self.city, clock.now().year) or ""

    def check(self) -> dict[str, str]:
        """Countries, languages and currency exist, and the zone is known."""
        errors: dict[str, str] = {}
        if not is_country(self.country):
            errors["country"] = gettext(N_("Choose a country of the list."))
        if self.tz and not clock.is_zone(self.tz):
            errors["tz"] = gettext(N_("Choose a time zone of the list."))
        elif "country" not in errors and not self.zone:
            errors["tz"] = gettext(N_("This country has several time zones: choose the city's."))
        if not set(self.languages) <= set(LANGUAGES):
            errors["languages"] = gettext(N_("Choose languages of the list."))
        if not all(is_country(each) for each in self.markets):
            errors["markets"] = gettext(N_("Choose countries of the list."))
        if not is_currency(self.currency):
            errors["currency"] = gettext(N_("Choose a currency of the list."))
        if self.email and "@" not in self.email.strip("@"):
            errors["email"] = gettext(N_("An address for email looks like name@example.org."))
        return errors


class ChangedOffice(OfficeForm):
    """The same, with the version that the page showed."""

    version: Annotated[int, Meta(title=N_("Version"))] = 0


_USUAL = N_("For example 09:00-12:30 13:30-18:00. Empty: closed.")


class HoursForm(Form):
    """The hours of a usual week, for an office or for one of its resources."""

    day_0: Annotated[str, Meta(max_length=100, title=N_("Monday"), description=_USUAL)] = ""
    day_1: Annotated[str, Meta(max_length=100, title=N_("Tuesday"))] = ""
    day_2: Annotated[str, Meta(max_length=100, title=N_("Wednesday"))] = ""
    day_3: Annotated[str, Meta(max_length=100, title=N_("Thursday"))] = ""
    day_4: Annotated[str, Meta(max_length=100, title=N_("Friday"))] = ""
    day_5: Annotated[str, Meta(max_length=100, title=N_("Saturday"))] = ""
    day_6: Annotated[str, Meta(max_length=100, title=N_("Sunday"))] = ""

    def week(self) -> dict[int, rules.Hours]:
        """Hours by weekday (0 is Monday). Raises Refused."""
        return {n: rules.read_hours(getattr(self, f"day_{n}")) for n in range(7)}

    def check(self) -> dict[str, str]:
        """Every day can be read."""
        errors: dict[str, str] = {}
        for n in range(7):
            text = getattr(self, f"day_{n}")
            errors |= _read(f"day_{n}", partial(rules.read_hours, text))
        return errors


class DayForm(Form):
    """One day that differs from the week."""

    on: Annotated[date, Meta(title=N_("Day"))]
    hours: Annotated[
        str,
        Meta(
            max_length=40,
            title=N_("Hours on this day"),
            description=N_("For example 10:00-14:00. Empty: closed all day."),
        ),
    ] = ""
    reason: Why = ""

    def check(self) -> dict[str, str]:
        """One span of hours, or none."""
        errors = _read("hours", lambda: rules.read_hours(self.hours))
        if not errors and len(rules.read_hours(self.hours)) > 1:
            errors["hours"] = gettext(N_("Give one span of hours for this day."))
        return errors


class ResourceForm(Form):
    """Something that is booked, and its terms."""

    kind: Annotated[Kind, Meta(title=N_("What is it?"))]
    name: Annotated[str, Meta(min_length=2, max_length=120, title=N_("Name"))]
    about: Annotated[str, Meta(max_length=1000, title=N_("In a few sentences"))] = ""
    units: Annotated[
        int,
        Meta(
            ge=1,
            le=rules.MOST_UNITS,
            title=N_("How many are there?"),
            description=N_("Equal ones are numbered; the system picks one."),
        ),
    ] = 1
    seats: Annotated[int, Meta(ge=1, le=1000, title=N_("Seats of each"))] = 1
    span: Annotated[Span, Meta(title=N_("Lengths are counted in"))] = Span.DAYS
    step: Annotated[
        int,
        Meta(ge=5, le=1440, title=N_("Minutes of a step"),
             description=N_("Only where minutes are counted: 15 is usual.")),
    ] = 15  # fmt: skip
    least: Annotated[int, Meta(ge=1, le=1440, title=N_("Shortest booking"))] = 1
    most: Annotated[int, Meta(ge=1, le=1440, title=N_("Longest booking"))] = 5
    notice_minutes: Annotated[
        int, Meta(ge=0, le=129_600, title=N_("Minutes of notice"),
                  description=N_("1440 is a day before. 0: at once.")),
    ] = 0  # fmt: skip
    horizon_days: Annotated[
        int, Meta(ge=1, le=1100, title=N_("Days ahead it can be booked"))
    ] = 365  # fmt: skip
    before_minutes: Annotated[int, Meta(ge=0, le=1440, title=N_("Minutes kept free before"))] = 0
    after_minutes: Annotated[int, Meta(ge=0, le=1440, title=N_("Minutes kept free after"))] = 0
    approval: Annotated[bool, Meta(title=N_("The office approves each booking"))] = False
    free: Annotated[bool, Meta(title=N_("Free days pay for it"))] = False
    supply: Annotated[Supply, Meta(title=N_("For VAT it is"))] = Supply.BARE_SPACE
    attributes: Annotated[list[str], Meta(max_length=20, title=N_("It has"))] = field(
        default_factory=list
    )
    topics: Annotated[list[str], Meta(max_length=20, title=N_("Topics (advisors)"))] = field(
        default_factory=list
    )
    languages: Annotated[list[str], Meta(max_length=20, title=N_("Languages (people)"))] = field(
        default_factory=list
    )
    person: Annotated[int, Meta(title=N_("Person (advisors)"))] | None = None

    def check(self) -> dict[str, str]:
        """Lengths in order and on their grid, known words."""
        errors: dict[str, str] = {}
        if self.least > self.most:
            errors["most"] = gettext(N_("The longest booking is shorter than the shortest one."))
        elif self.most > rules.MOST_OF[self.span]:
            errors["most"] = gettext(
                N_("A booking has at most {n}."), n=rules.MOST_OF[self.span]
            )  # fmt: skip
        elif self.span is Span.MINUTES and (self.least % self.step or self.most % self.step):
            errors["step"] = gettext(N_("Shortest and longest booking are whole steps."))
        for name, known in (
            ("attributes", rules.ATTRIBUTE_NAMES),
            ("topics", rules.TOPIC_NAMES),
            ("languages", LANGUAGES),
        ):
            if not set(getattr(self, name)) <= set(known):
                errors[name] = gettext(N_("Choose from the list."))
        return errors


class ChangedResource(ResourceForm):
    """The same, with the version that the page showed and whether it can be booked."""

    active: Annotated[bool, Meta(title=N_("It can be booked"))] = False
    version: Annotated[int, Meta(title=N_("Version"))] = 0


class RateForm(Form):
    """A further line of the rate card; nothing that was said before is changed."""

    since: Annotated[date, Meta(title=N_("From this day on"))]
    per: Annotated[Per, Meta(title=N_("It is the price of"))]
    price: Annotated[Decimal, Meta(ge=0, le=1_000_000, title=N_("Price without VAT"))]


class AllotmentForm(Form):
    """How many units an agency's companies have at one time at most."""

    agency: Annotated[int, Meta(title=N_("Agency"))]
    units: (
        Annotated[
            int,
            Meta(ge=0, le=rules.MOST_UNITS, title=N_("Units at most"),
                 description=N_("Empty: no limit.")),
        ]
        | None
    ) = None  # fmt: skip


class ShareForm(Form):
    """An agency whose companies may book here."""

    agency: Annotated[int, Meta(title=N_("Agency"))]


class HostForm(Form):
    """Somebody who runs the office on site."""

    person: Annotated[int, Meta(title=N_("Person"))]


class FreeDaysForm(Form):
    """The free days of a year."""

    year: Annotated[int, Meta(ge=2020, le=2100, title=N_("Year"))]
    per_company: Annotated[int, Meta(ge=0, le=366, title=N_("Days for each company"))]
    per_undertaking: Annotated[
        int,
        Meta(
            ge=0,
            le=366,
            title=N_("Days for each undertaking"),
            description=N_("Linked companies together. The smaller rest counts."),
        ),
    ]
    scheme: (
        Annotated[
            int,
            Meta(title=N_("Scheme"), description=N_("Their value is entered under it as aid.")),
        ]
        | None
    ) = None


class LadderForm(Form):
    """What a cancellation costs, from a day on."""

    since: Annotated[date, Meta(title=N_("For bookings made from"))]
    rungs: Annotated[
        str,
        Meta(
            max_length=1000,
            title=N_("Rungs"),
            description=N_(
                "One a line: hours before the start, and per cent of the price. “24 100” says that"
                " less than 24 hours before, all of it is due."
            ),
        ),
    ]

    def check(self) -> dict[str, str]:
        """Every line can be read."""
        errors = _read("rungs", lambda: rules.read_ladder(self.rungs))
        if not errors and not rules.read_ladder(self.rungs):
            errors["rungs"] = gettext(N_("Write one rung at least; “0 0” says nothing is due."))
        return errors


class BlackoutForm(Form):
    """A time in which nothing can be booked."""

    reason: Annotated[str, Meta(min_length=3, max_length=200, title=N_("Reason"))]
    starts: Annotated[datetime, Meta(title=N_("From"))]
    ends: Annotated[datetime, Meta(title=N_("Until"))]
    resource: (
        Annotated[int, Meta(title=N_("What"), description=N_("Empty: the whole office."))] | None
    ) = None

    def check(self) -> dict[str, str]:
        """It ends after it starts."""
        if self.ends <= self.starts:
            return {"ends": gettext(N_("It ends before it starts."))}
        return {}


class PackageForm(Form):
    """A template whose parts are booked together or not at all."""

    name: Annotated[str, Meta(min_length=3, max_length=120, title=N_("Name"))]
    about: Annotated[str, Meta(max_length=1000, title=N_("What it is for"))] = ""


class PartForm(Form):
    """One part of a package."""

    resource: Annotated[int, Meta(title=N_("What"))]
    count: Annotated[int, Meta(ge=1, le=50, title=N_("How many"))] = 1
    day: Annotated[
        int,
        Meta(ge=1, le=366, title=N_("On which day"), description=N_("1 is the first day.")),
    ] = 1
    opens: Annotated[
        str,
        Meta(
            max_length=5,
            title=N_("At"),
            description=N_("Such as 10:00, for what is counted in minutes."),
        ),
    ] = ""
    length: Annotated[
        int,
        Meta(
            ge=1, le=1440, title=N_("For how long"),
            description=N_("In what it is counted in: minutes, days, weeks or months."),
        ),
    ] = 1  # fmt: skip

    def minute(self) -> int | None:
        """The minute after midnight at which it starts. Raises Refused."""
        if not self.opens:
            return None
        return rules.read_hours(f"{self.opens}-24:00")[0][0]

    def check(self) -> dict[str, str]:
        """The time can be read."""
        return _read("opens", self.minute)


class PhotoForm(Form):
    """A picture of the office."""

    photo: Annotated[Upload, Meta(title=N_("Picture"), description=N_("PNG or JPEG."))]
