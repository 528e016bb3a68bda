"""Input for bookings. Days and times are readings of the office's wall clock."""

from datetime import date, datetime, time
from typing import Annotated, Literal

from msgspec import Meta

from events.bookings.rules import MOST_PARTS, Ask, Span
from events.offices.rules import Kind
from server.errors import Refused
from server.text import N_, gettext
from server.web.forms import Form

People = Annotated[int, Meta(ge=1, le=1000, title=N_("How many people?"))]
Purpose = Annotated[str, Meta(max_length=500, title=N_("What is it for?"))]
Why = Annotated[str, Meta(max_length=500, title=N_("Reason"))]
Meant = Literal["", "earlier", "later"]


def write_ask(ask: Ask) -> str:
    """An ask as a hidden field holds it."""
    return (
        f"{ask.resource}|{ask.start:%Y-%m-%dT%H:%M}|{ask.length}|{ask.people}|{ask.meant}"
        f"|{ask.unit or ''}"
    )


def read_ask(text: str) -> Ask:
    """The way back. Raises Refused for what no page of ours sends."""
    try:
        resource, start, length, people, meant, unit = text.split("|")
        if meant not in ("", "earlier", "later") or not 0 < int(length) < 10_000:
            raise ValueError
        return Ask(
            int(resource), datetime.fromisoformat(start).replace(tzinfo=None), int(length), meant,
            int(unit) if unit else None, max(1, min(int(people), 1000)),
        )  # fmt: skip
    except ValueError:
        raise Refused(N_("This time cannot be read. Search again and choose one.")) from None


class TimeForm(Form):
    """A time of a resource: `at` only where minutes are counted."""

    day: Annotated[date, Meta(title=N_("First day"))]
    at: Annotated[time | None, Meta(title=N_("At"), description=N_("On the office's clock."))] = (
        None
    )
    length: Annotated[int, Meta(ge=1, le=1440, title=N_("For how long"))] = 1
    people: People = 1
    meant: Annotated[Meant, Meta(title=N_("Which time do you mean?"))] = ""

    def ask(self, resource: int) -> Ask:
        """What is asked for."""
        start = datetime.combine(self.day, self.at or time.min)
        return Ask(resource, start, self.length, self.meant, None, self.people)


class BookForm(TimeForm):
    """A first booking: once, or a series."""

    resource: Annotated[int, Meta(title=N_("What"))] = 0
    purpose: Purpose = ""
    agency: Annotated[int, Meta(title=N_("Book through"))] | None = None
    every: Annotated[
        Literal["", "days", "weeks", "months"], Meta(title=N_("Repeat it"))
    ] = ""  # fmt: skip
    interval: Annotated[int, Meta(ge=1, le=60, title=N_("Every how many"))] = 1
    times: Annotated[int, Meta(ge=1, le=MOST_PARTS, title=N_("How many times in all"))] = 1

    def span(self) -> Span | None:
        """What the series counts in; None for a single booking."""
        return Span(self.every) if self.every and self.times > 1 else None


class HoldForm(Form):
    """Times that a page of ours offered, held together or not at all."""

    asks: Annotated[list[str], Meta(min_length=1, max_length=MOST_PARTS, title=N_("Times"))]
    kind: Annotated[Literal["parts", "series", "package"], Meta(title=N_("Kind"))] = "parts"
    title: Annotated[str, Meta(max_length=200, title=N_("Title"))] = ""
    purpose: Purpose = ""
    agency: Annotated[int, Meta(title=N_("Book through"))] | None = None


class PackageTimeForm(Form):
    """The first day of a package."""

    day: Annotated[date, Meta(title=N_("First day"))]
    purpose: Purpose = ""


class ConfirmForm(Form):
    """The last step of a booking."""

    accepted: Annotated[bool, Meta(title=N_("We keep the house rules"))] = False


class CancelForm(Form):
    """Why it is not needed."""

    why: Why = ""


class ChangeForm(TimeForm):
    """Another time, with the version that the page showed."""

    version: Annotated[int, Meta(title=N_("Version"))] = 0


class VisitorsForm(Form):
    """Who comes, one a line."""

    visitors: Annotated[
        str,
        Meta(
            max_length=10_000,
            title=N_("Who comes?"),
            description=N_(
                "One a line: name; email; country; number of the passport. Country and passport"
                " are only for a letter of invitation."
            ),
        ),
    ] = ""

    def lines(self) -> list[tuple[str, str, str, str]]:
        """Name, email, country, passport of each."""
        found = []
        for line in self.visitors.splitlines():
            parts = [part.strip() for part in line.split(";")][:4]
            if parts and parts[0]:
                name, email, country, passport = parts + [""] * (4 - len(parts))
                found.append((name, email, country.upper(), passport))
        return found

    def check(self) -> dict[str, str]:
        """Each line fits its columns."""
        for name, email, country, passport in self.lines():
            if len(name) > 120 or len(email) > 254 or len(passport) > 40:
                return {"visitors": gettext(N_("“{name}” is too long."), name=name[:40])}
            if len(country) not in (0, 2):
                return {
                    "visitors": gettext(
                        N_("Write the country of {name} with two letters, such as DE."), name=name
                    )
                }
        return {}


class AnswerForm(Form):
    """The office's answer to what waits."""

    yes: Annotated[bool, Meta(title=N_("Approve"))] = False
    why: Why = ""
    version: Annotated[int, Meta(title=N_("Version"))] = 0


class MoveForm(Form):
    """The office moves a booking to a time that the page offered."""

    ask: Annotated[str, Meta(max_length=200, title=N_("Time"))]
    version: Annotated[int, Meta(title=N_("Version"))] = 0


class SearchForm(Form):
    """Up to three things that are needed together."""

    first: Annotated[date, Meta(title=N_("From"))]
    last: Annotated[date, Meta(title=N_("Until"))]
    q: Annotated[str, Meta(max_length=100, title=N_("City or office"))] = ""
    market: Annotated[str, Meta(max_length=2, title=N_("Market"))] = ""
    topic: Annotated[str, Meta(max_length=60, title=N_("Topic of advice"))] = ""
    language: Annotated[str, Meta(max_length=3, title=N_("Language of advice"))] = ""
    kind_1: Annotated[Kind, Meta(title=N_("What"))] = Kind.DESK
    count_1: Annotated[int, Meta(ge=1, le=20, title=N_("How many"))] = 1
    length_1: Annotated[int, Meta(ge=1, le=1440, title=N_("For how long"))] = 1
    seats_1: Annotated[int, Meta(ge=1, le=1000, title=N_("People"))] = 1
    kind_2: Annotated[Kind | None, Meta(title=N_("What"))] = None
    count_2: Annotated[int, Meta(ge=1, le=20, title=N_("How many"))] = 1
    length_2: Annotated[int, Meta(ge=1, le=1440, title=N_("For how long"))] = 60
    seats_2: Annotated[int, Meta(ge=1, le=1000, title=N_("People"))] = 1
    kind_3: Annotated[Kind | None, Meta(title=N_("What"))] = None
    count_3: Annotated[int, Meta(ge=1, le=20, title=N_("How many"))] = 1
    length_3: Annotated[int, Meta(ge=1, le=1440, title=N_("For how long"))] = 60
    seats_3: Annotated[int, Meta(ge=1, le=1000, title=N_("People"))] = 1

    def check(self) -> dict[str, str]:
        """The days are in order."""
        if self.last < self.first:
            return {"last": gettext(N_("It ends before it begins."))}
        return {}


class ListForm(Form):
    """What of an office's bookings is looked at."""

    state: Annotated[str, Meta(max_length=9, title=N_("State"))] = ""
    first: Annotated[date | None, Meta(title=N_("From"))] = None
    last: Annotated[date | None, Meta(title=N_("Until"))] = None


class ApiHoldForm(Form):
    """A time of a resource for programs."""

    resource: Annotated[int, Meta(title=N_("What"))]
    start: Annotated[datetime, Meta(title=N_("Start"))]
    length: Annotated[int, Meta(ge=1, le=1440, title=N_("For how long"))]
    people: People = 1
    meant: Annotated[Meant, Meta(title=N_("Which time do you mean?"))] = ""
    agency: Annotated[int, Meta(title=N_("Book through"))] | None = None
    purpose: Purpose = ""

    def asks(self) -> list[Ask]:
        """The time."""
        return [Ask(self.resource, self.start, self.length, self.meant, None, self.people)]
