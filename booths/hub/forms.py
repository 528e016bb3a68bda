"""What agencies set and what exhibitors send. Lengths in mm, weights in kg."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from booths.hub.rules import FORMATS, Colour, Kind, Limits, Marked, TaskState, Wants
from server.money import LARGEST_MINOR
from server.text import N_, gettext
from server.web.forms import Form, Upload

Total = Annotated[int, Meta(ge=0, le=LARGEST_MINOR)]


class TaskForm(Form):
    """A task of a call. Fields of other kinds are ignored."""

    kind: Annotated[Kind, Meta(title=N_("What it is"))]
    title: Annotated[str, Meta(title=N_("Title"), min_length=2, max_length=120)]
    explanation: Annotated[
        str,
        Meta(
            title=N_("Explanation"),
            description=N_("What exhibitors should know. They read it above the form."),
            max_length=2000,
        ),
    ] = ""
    days_before: (
        Annotated[
            int,
            Meta(
                title=N_("Days before the fair opens"),
                description=N_(
                    "Such as 42. It moves with the fair. A minus means after the opening."
                ),
                ge=-365,
                le=730,
            ),
        ]
        | None
    ) = None
    due_on: Annotated[
        date | None,
        Meta(title=N_("Or until a day"), description=N_("The whole of this day still counts.")),
    ] = None
    required: Annotated[Literal["yes", "no"], Meta(title=N_("Must every exhibitor do this?"))] = (
        "yes"
    )
    characters: Annotated[int, Meta(title=N_("Characters of the text"), ge=50, le=4000)] = 600
    formats: Annotated[
        list[Literal["pdf", "tiff", "png", "jpeg"]],
        Meta(title=N_("Files the printer takes"), description=N_("None ticked: all of them.")),
    ] = msgspec.field(default_factory=list)
    dpi: Annotated[
        int, Meta(title=N_("Smallest resolution at the printed size, in dpi"), ge=30, le=1200)
    ] = 150
    width_mm: Annotated[int, Meta(title=N_("Printed width in mm"), ge=10, le=20_000)] = 1000
    height_mm: Annotated[int, Meta(title=N_("Printed height in mm"), ge=10, le=20_000)] = 1000
    bleed_mm: Annotated[
        int,
        Meta(
            title=N_("Bleed on each side in mm"),
            description=N_("What is cut off after printing. 0 if the printer needs none."),
            ge=0,
            le=100,
        ),
    ] = 0
    colour: Annotated[Colour, Meta(title=N_("Colours"))] = Colour.ANY
    transparency: Annotated[Literal["yes", "no"], Meta(title=N_("May parts be transparent?"))] = (
        "yes"
    )
    badges: Annotated[int, Meta(title=N_("Free badges"), ge=0, le=50)] = 1
    badge_step_m2: Annotated[
        Decimal,
        Meta(
            title=N_("For each started number of m²"),
            description=N_("1 badge for each 3 m² gives 4 badges on 10 m²."),
            gt=0,
            le=1000,
        ),
    ] = Decimal(3)
    badge_price: Annotated[
        Decimal, Meta(title=N_("Price of one more badge, without VAT"), ge=0, le=10_000)
    ] = Decimal(0)
    wants: Annotated[Wants, Meta(title=N_("What do they give?"))] = Wants.CONFIRMATION
    version: Annotated[int | None, Meta(title=N_("Version"))] = None

    def check(self) -> dict[str, str]:
        """One deadline, and an area that the database can keep."""
        wrong = {}
        if (self.days_before is None) == (self.due_on is None):
            wrong["days_before"] = gettext(
                N_("Give one of the two: days before the fair opens, or a day.")
            )
        if self.badge_step_m2 != round(self.badge_step_m2, 2):
            wrong["badge_step_m2"] = gettext(N_("An area has at most two decimal places."))
        return wrong

    def limits(self, badge_minor: int) -> Limits:
        """The limits as the rules take them; the price of a badge in minor units."""
        return Limits(
            characters=self.characters,
            formats=tuple(each for each in FORMATS if not self.formats or each in self.formats),
            dpi=self.dpi,
            width_mm=self.width_mm,
            height_mm=self.height_mm,
            bleed_mm=self.bleed_mm,
            colour=self.colour,
            transparency=self.transparency == "yes",
            badges=self.badges,
            badge_step_m2=self.badge_step_m2,
            badge_minor=badge_minor,
            wants=self.wants,
        )


class PressForm(Form):
    """A button and nothing else."""


class RemindersForm(Form):
    """When exhibitors are reminded by themselves."""

    remind_days: Annotated[
        str,
        Meta(
            title=N_("Days before a deadline"),
            description=N_("With commas between, such as 14, 3. Empty: nobody is reminded."),
            max_length=40,
        ),
    ] = ""

    @property
    def days(self) -> list[int]:
        """The days, the longest first."""
        parts = {each.strip() for each in self.remind_days.split(",") if each.strip()}
        return sorted({int(each) for each in parts}, reverse=True)

    def check(self) -> dict[str, str]:
        """Whole numbers of days, not too many."""
        parts = [each.strip() for each in self.remind_days.split(",") if each.strip()]
        good = all(each.isdecimal() and len(each) < 4 and int(each) <= 365 for each in parts)
        if not good or len(parts) > 5:
            return {
                "remind_days": gettext(
                    N_("Write at most five whole numbers up to 365, such as 14, 3.")
                )
            }
        return {}


class CatalogueForm(Form):
    """An entry of the joint catalogue."""

    headline: Annotated[
        str,
        Meta(
            title=N_("Headline"),
            description=N_("What you offer, in a few words."),
            min_length=2,
            max_length=400,
        ),
    ]
    text: Annotated[str, Meta(title=N_("Text"), min_length=2)]
    products: Annotated[
        str,
        Meta(title=N_("Products"), description=N_("With commas between."), max_length=600),
    ] = ""
    contact_name: Annotated[str, Meta(title=N_("Contact person"), max_length=120)] = ""
    contact_email: Annotated[
        str,
        Meta(
            title=N_("E-mail address"),
            description=N_("Everybody can read it."),
            max_length=254,
            pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$",
        ),
    ] = ""
    contact_phone: Annotated[
        str, Meta(title=N_("Telephone"), max_length=40, pattern=r"^[0-9+()/ .-]*$")
    ] = ""
    website: Annotated[
        str,
        Meta(
            title=N_("Website"),
            description=N_("It begins with https://"),
            max_length=300,
            pattern=r"^$|^https?://\S+$",
        ),
    ] = ""
    languages: Annotated[
        str,
        Meta(
            title=N_("Languages spoken at your stand"),
            description=N_("With commas between."),
            max_length=200,
        ),
    ] = ""


class FileForm(Form):
    """A file for the printer."""

    file: Annotated[Upload | None, Meta(title=N_("File"))] = None

    def check(self) -> dict[str, str]:
        """There is one."""
        if self.file is None:
            return {"file": gettext(N_("Choose a file first."))}
        return {}


class BadgesForm(Form):
    """Who works at the stand; and the price seen, where some must be bought."""

    names: Annotated[
        str,
        Meta(
            title=N_("Names"),
            description=N_("One person a line: name, comma, function. Ana Costa, sales"),
            max_length=8000,
        ),
    ] = ""
    seen_total: Annotated[Total | None, Meta(title=N_("Total"))] = None


class FreightForm(Form):
    """What is sent to the fair."""

    nothing: Annotated[bool, Meta(title=N_("We bring everything ourselves"))] = False
    packages: Annotated[int, Meta(title=N_("Packages"), ge=1, le=1000)] | None = None
    weight_kg: Annotated[
        Decimal | None, Meta(title=N_("Weight of all in kg"), gt=0, le=100_000)
    ] = None
    length_cm: (
        Annotated[int, Meta(title=N_("Length of the largest in cm"), ge=1, le=2000)] | None
    ) = None
    width_cm: Annotated[int, Meta(title=N_("Width of the largest in cm"), ge=1, le=2000)] | None = (
        None
    )
    height_cm: (
        Annotated[int, Meta(title=N_("Height of the largest in cm"), ge=1, le=2000)] | None
    ) = None
    dangerous: Annotated[
        str,
        Meta(
            title=N_("Dangerous goods"),
            description=N_("UN number and amount, such as UN 1170, 4 litres. Empty if none."),
            max_length=300,
        ),
    ] = ""
    sender: Annotated[str, Meta(title=N_("Forwarder and place of departure"), max_length=300)] = ""

    def check(self) -> dict[str, str]:
        """Either nothing is sent, or it is said what."""
        if self.nothing:
            return {}
        asked = {
            "packages": N_("Packages"),
            "weight_kg": N_("Weight"),
            "length_cm": N_("Length"),
            "width_cm": N_("Width"),
            "height_cm": N_("Height"),
        }
        return {
            name: gettext(N_("{label} is missing."), label=gettext(label))
            for name, label in asked.items()
            if getattr(self, name) is None
        }


class InsuranceForm(Form):
    """Proof of insurance."""

    insurer: Annotated[str, Meta(title=N_("Insurance company"), min_length=2, max_length=200)]
    policy: Annotated[str, Meta(title=N_("Number of the policy"), min_length=2, max_length=80)]
    valid_until: Annotated[date, Meta(title=N_("Valid until"))]
    file: Annotated[
        Upload | None,
        Meta(title=N_("Certificate"), description=N_("PDF, PNG or JPEG, up to 9 MB.")),
    ] = None


class CustomForm(Form):
    """The answer to a task of the agency's own."""

    text: Annotated[str, Meta(title=N_("Your answer"), max_length=4000)] = ""
    file: Annotated[
        Upload | None, Meta(title=N_("File"), description=N_("PDF, PNG or JPEG, up to 9 MB."))
    ] = None
    confirmed: Annotated[bool, Meta(title=N_("Yes, this is done"))] = False


class OrdersForm(Form):
    """Everything that is needed is ordered."""

    confirmed: Annotated[bool, Meta(title=N_("We have ordered all that we need"))] = False

    def check(self) -> dict[str, str]:
        """Only with the tick."""
        if not self.confirmed:
            return {"confirmed": gettext(N_("Tick the box when you have all that you need."))}
        return {}


class MarkForm(Form):
    """What the agency writes down about a task of an exhibitor."""

    state: Annotated[Marked, Meta(title=N_("State"))]
    why: Annotated[
        str,
        Meta(
            title=N_("Reason"),
            description=N_("The company reads it."),
            min_length=3,
            max_length=1000,
        ),
    ]


class TermsForm(Form):
    """When one service can be ordered after admission."""

    offered: Annotated[Literal["yes", "no"], Meta(title=N_("In the shop?"))] = "yes"
    late_days: (
        Annotated[
            int,
            Meta(title=N_("Dearer from this many days before the fair"), ge=-30, le=730),
        ]
        | None
    ) = None
    surcharge: Annotated[Decimal, Meta(title=N_("Late surcharge in percent"), ge=0, le=200)] = (
        Decimal(0)
    )
    last_days: (
        Annotated[
            int,
            Meta(title=N_("Last order this many days before the fair"), ge=-30, le=730),
        ]
        | None
    ) = None

    def check(self) -> dict[str, str]:
        """Dearer before it ends; a surcharge that can be counted."""
        wrong = {}
        late, last = self.late_days, self.last_days
        if late is not None and last is not None and late < last:
            wrong["late_days"] = gettext(N_("It must become dearer before it cannot be ordered."))
        if late is not None and not self.surcharge:
            wrong["surcharge"] = gettext(N_("Say how much dearer it becomes, such as 25."))
        if self.surcharge * 100 != int(self.surcharge * 100):
            wrong["surcharge"] = gettext(N_("A percentage has at most two decimal places."))
        return wrong


class OrderForm(Form):
    """Pieces by service, and the total that was seen."""

    seen_total: Annotated[Total, Meta(title=N_("Total"))]
    services: Annotated[dict[str, int], Meta(title=N_("Services"))] = msgspec.field(
        default_factory=dict
    )

    def check(self) -> dict[str, str]:
        """Services have numbers, and something is ordered."""
        if not all(one.isdecimal() and len(one) < 10 for one in self.services):
            return {"services": gettext(N_("Name services by their numbers on the price list."))}
        if any(not 0 <= pieces <= 1000 for pieces in self.services.values()):
            return {"services": gettext(N_("Order from 0 to 1,000 pieces of a service."))}
        if not any(self.services.values()):
            return {"services": gettext(N_("Nothing is in your basket. Choose something first."))}
        return {}

    @property
    def wanted(self) -> dict[int, int]:
        """Pieces by the service's id."""
        return {int(one): pieces for one, pieces in self.services.items() if pieces}


class MatrixFilter(Form):
    """Which exhibitors to list."""

    show: Annotated[TaskState | None, Meta(title=N_("Show"))] = None


class CatalogueFilter(Form):
    """Which entries of a catalogue to show."""

    q: Annotated[str, Meta(title=N_("Company or product"), max_length=100)] = ""
    country: Annotated[str, Meta(title=N_("Country"), max_length=2)] = ""
    sector: Annotated[str, Meta(title=N_("Line of business"), max_length=40)] = ""
