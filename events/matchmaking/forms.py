"""Input for sessions of meetings. Hours are wall-clock readings of the session's own zone."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from events.matchmaking import rules
from events.matchmaking.rules import Kind, PlaceKind
from server import clock
from server.errors import Refused
from server.money import is_currency
from server.organisations.rules import is_country
from server.text import N_, gettext
from server.web.forms import Form

Title = Annotated[str, Meta(min_length=3, max_length=200, title=N_("Name of the session"))]


class SessionForm(Form):
    """What a session is, who may come, what it costs, and the rules its plan keeps."""

    title: Title
    kind: Annotated[Kind, Meta(title=N_("Where do people meet?"))]
    fair: Annotated[int, Meta(title=N_("Fair"))] | None = None
    description: Annotated[
        str,
        Meta(
            max_length=4000,
            title=N_("What it is"),
            description=N_("Who meets whom and why, in a few sentences. Everybody can read it."),
        ),
    ] = ""
    venue: Annotated[str, Meta(max_length=200, title=N_("Venue"))] = ""
    country: Annotated[str, Meta(max_length=2, title=N_("Country"))] = ""
    tz: Annotated[
        str,
        Meta(
            max_length=60,
            title=N_("Time zone"),
            description=N_("All hours of the session are shown in it. Empty: the fair's."),
        ),
    ] = ""
    requests_until: Annotated[
        datetime | None,
        Meta(title=N_("Requests until"), description=N_("Nobody can ask after it.")),
    ] = None
    answers_until: Annotated[
        datetime | None,
        Meta(title=N_("Answers until"), description=N_("Requests without an answer end then.")),
    ] = None
    by_application: Annotated[
        bool, Meta(title=N_("People may apply on the session's public page"))
    ] = False
    of_exhibitors: Annotated[
        bool, Meta(title=N_("The exhibitors of our joint booths at this fair take part"))
    ] = False
    most_in_a_row: (
        Annotated[
            int,
            Meta(
                ge=1,
                le=40,
                title=N_("Most meetings in a row"),
                description=N_("Then everybody has a slot free. Empty: no limit."),
            ),
        ]
        | None
    ) = None
    fairness: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=20,
                title=N_("Largest difference of breaks between two people"),
                description=N_("2 is usual. Empty: no limit."),
            ),
        ]
        | None
    ) = None
    walking: Annotated[
        bool, Meta(title=N_("Two meetings in a row must be in the same area or hall"))
    ] = False
    fee: Annotated[
        Decimal | None,
        Meta(
            gt=0,
            le=1_000_000,
            title=N_("Price of taking part, without VAT"),
            description=N_("Empty: free."),
        ),
    ] = None
    currency: Annotated[str, Meta(max_length=3, title=N_("Currency"))] = "EUR"

    def check(self) -> dict[str, str]:
        """A fair where it is at one, a zone that exists, deadlines in order."""
        errors: dict[str, str] = {}
        if self.kind is Kind.FAIR and self.fair is None:
            errors["fair"] = gettext(N_("Choose the fair at which people meet."))
        if self.of_exhibitors and self.fair is None:
            errors["of_exhibitors"] = gettext(N_("Exhibitors are those of a fair: choose it."))
        if self.fair is None and not self.tz:
            errors["tz"] = gettext(N_("Choose the time zone of the session."))
        if self.tz and not clock.is_zone(self.tz):
            errors["tz"] = gettext(N_("Choose a time zone of the list."))
        if self.country and not is_country(self.country):
            errors["country"] = gettext(N_("Choose a country of the list."))
        if self.requests_until and self.answers_until and self.answers_until < self.requests_until:
            errors["answers_until"] = gettext(N_("Answers need at least as long as requests."))
        if not is_currency(self.currency):
            errors["currency"] = gettext(N_("Choose a currency of the list."))
        return errors


class ChangedSession(SessionForm):
    """The same, with the version that the page showed."""

    version: Annotated[int, Meta(title=N_("Version"))] = 0


class TimetableForm(Form):
    """The half-days of a session and how long a slot is."""

    first_on: Annotated[date, Meta(title=N_("First day"))]
    last_on: Annotated[date, Meta(title=N_("Last day"))]
    morning_from: Annotated[time | None, Meta(title=N_("Morning from"))] = None
    morning_until: Annotated[time | None, Meta(title=N_("Morning until"))] = None
    afternoon_from: Annotated[time | None, Meta(title=N_("Afternoon from"))] = None
    afternoon_until: Annotated[time | None, Meta(title=N_("Afternoon until"))] = None
    other_days: Annotated[
        str,
        Meta(
            max_length=3000,
            title=N_("Days with other hours"),
            description=N_(
                "One day a line: 2027-03-05 09:00-12:30 13:30-17:00, or 2027-03-05 none."
            ),
        ),
    ] = ""
    minutes: Annotated[
        int,
        Meta(
            ge=5,
            le=480,
            title=N_("Minutes of a meeting"),
            description=N_("20 is usual, 30 in big halls."),
        ),
    ] = 20
    gap: Annotated[
        int,
        Meta(
            ge=0,
            le=120,
            title=N_("Minutes between two meetings"),
            description=N_("To walk and to write notes down. 0 for none."),
        ),
    ] = 0

    def halves(self) -> list[rules.Half]:
        """The half-days. Raises Refused."""
        spans = [
            (since, until)
            for since, until in (
                (self.morning_from, self.morning_until),
                (self.afternoon_from, self.afternoon_until),
            )
            if since and until
        ]
        return rules.halves(self.first_on, self.last_on, spans, self.other_days)

    def check(self) -> dict[str, str]:
        """Both ends of a half-day, and hours into which a slot fits."""
        errors: dict[str, str] = {}
        for half in ("morning", "afternoon"):
            ends = [f"{half}_from", f"{half}_until"]
            given = [name for name in ends if getattr(self, name)]
            if len(given) == 1:
                (missing,) = set(ends) - set(given)
                errors[missing] = gettext(N_("Give both ends, or none."))
        if not errors:
            try:
                rules.timetable(self.halves(), self.minutes, self.gap)
            except Refused as refused:
                errors = {name or "minutes": said for name, said in refused.errors.items()}
        return errors


class PlacesForm(Form):
    """Several places of one kind, numbered on."""

    kind: Annotated[PlaceKind, Meta(title=N_("What are they?"))] = PlaceKind.TABLE
    word: Annotated[
        str,
        Meta(
            max_length=40,
            title=N_("Word before the number"),
            description=N_("For example “Table ”, or the name of the one place."),
        ),
    ] = ""
    first: (
        Annotated[
            int,
            Meta(ge=0, le=100_000, title=N_("First number"), description=N_("Empty: no number.")),
        ]
        | None
    ) = 1
    count: Annotated[int, Meta(ge=1, le=rules.MOST_PLACES, title=N_("How many"))] = 1
    area: Annotated[
        str,
        Meta(
            max_length=60,
            title=N_("Hall or area"),
            description=N_("People walk between areas, so it matters who meets where."),
        ),
    ] = ""
    seats: Annotated[int, Meta(ge=2, le=100, title=N_("Seats"))] = 4
    company: (
        Annotated[
            int,
            Meta(
                title=N_("Whose place it is"),
                description=N_("For a stand or a company's premises: its people are met there."),
            ),
        ]
        | None
    ) = None

    def check(self) -> dict[str, str]:
        """A name for each, and an owner for a stand or premises."""
        errors: dict[str, str] = {}
        if not self.word and self.first is None:
            errors["word"] = gettext(N_("Give the place a name or a number."))
        if self.first is None and self.count > 1:
            errors["first"] = gettext(N_("Several places need numbers to tell them apart."))
        if self.kind in (PlaceKind.STAND, PlaceKind.COMPANY):
            if self.company is None:
                errors["company"] = gettext(N_("Choose the company whose place it is."))
            elif self.count > 1:
                errors["count"] = gettext(N_("Stands and premises are added one at a time."))
        return errors


class PlaceForm(Form):
    """One place as it is from now on."""

    label: Annotated[str, Meta(min_length=1, max_length=60, title=N_("Name"))]
    area: Annotated[str, Meta(max_length=60, title=N_("Hall or area"))] = ""
    seats: Annotated[int, Meta(ge=2, le=100, title=N_("Seats"))] = 4
    closed: Annotated[bool, Meta(title=N_("Closed: no new meeting is put here"))] = False


class GroupForm(Form):
    """What people are in the session, and how much they may ask for."""

    name: Annotated[
        str,
        Meta(
            min_length=2,
            max_length=60,
            title=N_("Name of the group"),
            description=N_("For example buyer, exhibitor, speaker."),
        ),
    ]
    most_requests: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=1000,
                title=N_("Most requests of a person"),
                description=N_("Empty: no limit."),
            ),
        ]
        | None
    ) = None
    most_meetings: (
        Annotated[
            int,
            Meta(
                ge=0,
                le=400,
                title=N_("Most meetings of a person"),
                description=N_("Empty: no limit."),
            ),
        ]
        | None
    ) = None


class MatrixForm(Form):
    """Who may ask whom: "asker-asked" of ids of groups."""

    may: Annotated[
        list[Annotated[str, Meta(pattern=r"^\d{1,9}-\d{1,9}$")]],
        Meta(max_length=2500, title=N_("Who may ask whom")),
    ] = []  # noqa: RUF012


class InterpreterForm(Form):
    """Somebody who interprets, and when they are away."""

    name: Annotated[str, Meta(min_length=2, max_length=120, title=N_("Name"))]
    languages: Annotated[
        list[Annotated[str, Meta(pattern="^[a-z]{2,3}$")]],
        Meta(max_length=20, title=N_("Languages")),
    ] = []  # noqa: RUF012
    away: Annotated[list[int], Meta(max_length=400, title=N_("Away in these slots"))] = []  # noqa: RUF012

    def check(self) -> dict[str, str]:
        """An interpreter speaks two languages at least."""
        if len(set(self.languages)) < 2:
            return {"languages": gettext(N_("Choose at least two languages."))}
        return {}
