"""Input about people in a session: their times, their group, invitations and how they answer."""

from typing import Annotated

from msgspec import Meta

from server import clock
from server.accounts.forms import Email, PersonName
from server.organisations.rules import is_country
from server.text import N_, gettext
from server.web.forms import Form, Upload

Group = Annotated[int, Meta(title=N_("Group"))]
Slots = Annotated[list[int], Meta(max_length=400, title=N_("Slots that are blocked"))]
CompanyName = Annotated[str, Meta(max_length=200, title=N_("Name of the company"))]
Country = Annotated[str, Meta(max_length=2, title=N_("Country"))]


def _country(country: str) -> dict[str, str]:
    if country and not is_country(country):
        return {"country": gettext(N_("Choose a country of the list."))}
    return {}


class WhyForm(Form):
    """A reason that the person is told."""

    why: Annotated[
        str,
        Meta(min_length=3, max_length=1000, title=N_("Reason"),
             description=N_("The person reads it.")),
    ]  # fmt: skip


class AddPersonForm(Form):
    """Somebody whom the agency puts into the session."""

    email: Email
    name: PersonName
    group: Group
    company_name: CompanyName = ""
    country: Country = ""
    free: Annotated[bool, Meta(title=N_("Takes part free of charge"))] = False

    def check(self) -> dict[str, str]:
        """A country that exists."""
        return _country(self.country)


class PersonForm(Form):
    """What the agency sets for a person."""

    group: Group
    most_meetings: (
        Annotated[
            int,
            Meta(ge=0, le=400, title=N_("Most meetings"), description=N_("Empty: as the group.")),
        ]
        | None
    ) = None
    place: (
        Annotated[
            int,
            Meta(title=N_("Own place"), description=N_("A stand or premises: they are met there.")),
        ]
        | None
    ) = None
    online: Annotated[bool, Meta(title=N_("Meets by video"))] = False
    blocked: Slots = []  # noqa: RUF012


class TimesForm(Form):
    """When somebody cannot, and which hours are decent where they are."""

    blocked: Slots = []  # noqa: RUF012
    tz: Annotated[
        str,
        Meta(
            max_length=60,
            title=N_("Your time zone"),
            description=N_("If you take part from elsewhere by video."),
        ),
    ] = ""
    day_from: Annotated[int, Meta(ge=0, le=23, title=N_("Not before this hour"))] = 8
    day_until: Annotated[int, Meta(ge=1, le=24, title=N_("Not after this hour"))] = 20

    def check(self) -> dict[str, str]:
        """A zone that exists, hours in order."""
        errors = {}
        if self.tz and not clock.is_zone(self.tz):
            errors["tz"] = gettext(N_("Choose a time zone of the list."))
        if self.day_from >= self.day_until:
            errors["day_until"] = gettext(N_("This is before it begins."))
        return errors


class ApplyForm(Form):
    """In which group somebody wants to take part."""

    group: Group


class InviteForm(Form):
    """Addresses to invite: pasted one a line, or a file."""

    group: Group
    lines: Annotated[
        str,
        Meta(
            max_length=10_000,
            title=N_("Addresses"),
            description=N_(
                "One a line: the address, or address; name; company. You can paste rows of a"
                " spreadsheet."
            ),
        ),
    ] = ""
    file: Annotated[
        Upload | None,
        Meta(title=N_("Or a file"), description=N_("CSV with one person a line, up to 1 MB.")),
    ] = None

    def check(self) -> dict[str, str]:
        """Something to read."""
        if not self.lines and (self.file is None or not self.file.data):
            return {"lines": gettext(N_("Paste the addresses, or choose a file."))}
        if self.file is not None and len(self.file.data) > 1_000_000:
            return {"file": gettext(N_("The file is larger than 1 MB. Split it."))}
        return {}


class JoinForm(Form):
    """How somebody answers an invitation: who they are, for which company."""

    name: PersonName
    company_name: CompanyName = ""
    country: Country = ""
    position: Annotated[str, Meta(max_length=120, title=N_("Your position"))] = ""
    offer: Annotated[
        str,
        Meta(max_length=300, title=N_("What do you offer?"), description=N_("In a few words.")),
    ] = ""
    need: Annotated[
        str,
        Meta(max_length=300, title=N_("What do you look for?"), description=N_("In a few words.")),
    ] = ""
    languages: Annotated[
        list[Annotated[str, Meta(pattern="^[a-z]{2,3}$")]],
        Meta(max_length=20, title=N_("Languages you speak")),
    ] = []  # noqa: RUF012
    street: Annotated[str, Meta(max_length=200, title=N_("Street and number"))] = ""
    postcode: Annotated[str, Meta(max_length=20, title=N_("Postcode"))] = ""
    city: Annotated[str, Meta(max_length=120, title=N_("Town or city"))] = ""

    def check(self) -> dict[str, str]:
        """A country that exists."""
        return _country(self.country)
