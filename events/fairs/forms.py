"""Input for fairs. Hours are wall-clock readings of the fair's own zone."""

from datetime import date, datetime, time, timedelta
from typing import Annotated

from msgspec import Meta

from events.fairs import rules, zones
from events.fairs.rules import Sector
from server import clock
from server.errors import Refused
from server.organisations.rules import is_country
from server.text import N_, gettext
from server.web.forms import Form, Upload

LONGEST_BUILD = timedelta(days=30)


class FairForm(Form, kw_only=True):
    """A fair edition: what it is, where, when, and when its doors are open."""

    name: Annotated[
        str,
        Meta(
            min_length=2,
            max_length=200,
            title=N_("Name of the fair"),
            description=N_("With its year, as the fair itself writes it."),
        ),
    ]
    series: Annotated[
        str,
        Meta(
            max_length=200,
            title=N_("Series"),
            description=N_(
                "Editions of one series count as the same fair, for aid and for rankings."
                " Choose an earlier fair if this one has another name."
            ),
        ),
    ] = ""
    new_series: Annotated[
        str,
        Meta(
            max_length=200,
            title=N_("Or a new series"),
            description=N_("Where its own name would put it with a fair it is not."),
        ),
    ] = ""
    venue: Annotated[
        str,
        Meta(max_length=200, title=N_("Venue"), description=N_("The fairground or hall complex.")),
    ] = ""
    city: Annotated[str, Meta(min_length=1, max_length=120, title=N_("City"))]
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$", title=N_("Country"))]
    tz: Annotated[
        str,
        Meta(
            max_length=60,
            title=N_("Time zone"),
            description=N_(
                "All hours of this fair are shown in it."
                " Leave it empty to take the zone of country and city."
            ),
        ),
    ] = ""
    starts_on: Annotated[date, Meta(title=N_("First day"))]
    ends_on: Annotated[date, Meta(title=N_("Last day"))]
    opens_at: Annotated[time | None, Meta(title=N_("Opens at"))] = None
    closes_at: Annotated[time | None, Meta(title=N_("Closes at"))] = None
    other_hours: Annotated[
        str,
        Meta(
            max_length=2000,
            title=N_("Days with other hours"),
            description=N_("One day a line: 2027-03-05 09:00-16:00, or 2027-03-05 closed."),
        ),
    ] = ""
    website: Annotated[str, Meta(max_length=300, title=N_("Website of the fair"))] = ""
    sectors: Annotated[
        list[Sector],
        Meta(
            max_length=8, title=N_("Sectors"), description=N_("Companies find the fair by these.")
        ),
    ] = []  # noqa: RUF012
    description: Annotated[
        str,
        Meta(
            max_length=4000,
            title=N_("Description"),
            description=N_("What visitors and exhibitors meet there, in a few sentences."),
        ),
    ] = ""
    setup_from: Annotated[datetime | None, Meta(title=N_("Set-up from"))] = None
    setup_until: Annotated[datetime | None, Meta(title=N_("Set-up until"))] = None
    dismantling_from: Annotated[datetime | None, Meta(title=N_("Dismantling from"))] = None
    dismantling_until: Annotated[datetime | None, Meta(title=N_("Dismantling until"))] = None

    anyway: Annotated[bool, Meta(title=N_("It is another fair: create it all the same"))] = False

    @property
    def zone(self) -> str:
        """The zone given, or the one that country and city leave no doubt about; else ""."""
        return self.tz or zones.derive(self.country, self.city, self.starts_on.year) or ""

    def hours(self) -> list[rules.Hours]:
        """Opening hours day by day. Raises Refused."""
        return rules.opening_hours(
            self.starts_on, self.ends_on, self.opens_at, self.closes_at, self.other_hours
        )

    def check(self) -> dict[str, str]:
        """Country, zone, days, hours and building times that can be."""
        errors: dict[str, str] = {}
        if not is_country(self.country):
            errors["country"] = gettext(N_("Choose a country of the list."))
            return errors
        if self.tz and not clock.is_zone(self.tz):
            errors["tz"] = gettext(N_("Choose a time zone of the list."))
        elif not self.zone:
            errors["tz"] = gettext(
                N_("Clocks differ within this country. Choose the time zone of the fair.")
            )
        try:
            hours = self.hours()
            if not errors:
                for each in hours:
                    for at in (each.opens_at, each.closes_at):
                        clock.to_utc(datetime.combine(each.day, at), self.zone)
        except Refused as refused:
            errors |= {name or "opens_at": said for name, said in refused.errors.items()}
        try:
            rules.web_address(self.website)
        except Refused as refused:
            errors["website"] = str(refused)
        if not errors:
            self._building(errors)
        return errors

    def _building(self, errors: dict[str, str]) -> None:
        spans = (
            ("setup_from", self.setup_from, "setup_until", self.setup_until),
            (
                "dismantling_from",
                self.dismantling_from,
                "dismantling_until",
                self.dismantling_until,
            ),
        )
        first = datetime.combine(self.starts_on, time.min)
        last = datetime.combine(self.ends_on, time.max)
        for since_name, since, until_name, until in spans:
            if since is None and until is None:
                continue
            if since is None or until is None:
                missing = since_name if since is None else until_name
                errors[missing] = gettext(N_("Give both ends, or none while they are not known."))
                continue
            if until <= since:
                errors[until_name] = gettext(N_("This is before it begins."))
                continue
            if since < first - LONGEST_BUILD or until > last + LONGEST_BUILD:
                errors[since_name] = gettext(
                    N_("This is more than {n} days away from the fair. Check the month."),
                    n=LONGEST_BUILD.days,
                )
                continue
            for name, at in ((since_name, since), (until_name, until)):
                try:
                    clock.to_utc(at, self.zone)
                except Refused as refused:
                    errors[name] = str(refused)
        if not errors and self.setup_from and self.setup_from > last:
            errors["setup_from"] = gettext(N_("Set-up comes before the fair, not after it."))
        if not errors and self.dismantling_from and self.dismantling_from < first:
            errors["dismantling_from"] = gettext(
                N_("Dismantling comes after the fair, not before it.")
            )


class ChangedFair(FairForm, kw_only=True):
    """The same, with the version that was on the screen."""

    version: Annotated[int, Meta(ge=1, title=N_("Version"))]


class FairFilter(Form):
    """How a list of fairs is narrowed."""

    q: Annotated[str, Meta(max_length=100, title=N_("Search"))] = ""
    country: Annotated[str, Meta(max_length=2, title=N_("Country"))] = ""
    sector: Annotated[str, Meta(max_length=40, title=N_("Sector"))] = ""
    since: Annotated[date | None, Meta(title=N_("From"))] = None
    until: Annotated[date | None, Meta(title=N_("Until"))] = None


class ImportForm(Form):
    """A list of fairs as a file."""

    file: Annotated[
        Upload | None,
        Meta(title=N_("File"), description=N_("CSV with one fair a line, up to 5 MB.")),
    ] = None
    tz: Annotated[
        str, Meta(max_length=60, title=N_("Time zone for lines that do not tell theirs"))
    ] = ""
    country: Annotated[
        str, Meta(max_length=2, title=N_("Country for lines that do not name one"))
    ] = ""
    leave_out: Annotated[
        bool, Meta(title=N_("Leave out the lines that are refused and take the others"))
    ] = False
    anyway: Annotated[
        bool, Meta(title=N_("Take fairs that another agency has too: they are other ones"))
    ] = False
    publish: Annotated[bool, Meta(title=N_("Publish the fairs at once"))] = False

    def check(self) -> dict[str, str]:
        """A file must be there and be of a size that is a list."""
        if self.file is None or not self.file.data:
            return {"file": gettext(N_("Choose the file with the fairs."))}
        if len(self.file.data) > 5_000_000:
            return {"file": gettext(N_("The file is larger than 5 MB. Split it."))}
        return {}
