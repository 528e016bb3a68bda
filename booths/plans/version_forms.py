"""What people type about versions of a plan, files that plans are read from, and pictures."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from server.text import N_, gettext
from server.web.forms import Form, Upload

Length = Annotated[Decimal, Meta(ge=-1000, le=1000)]


class PublishPlan(Form, kw_only=True):
    """The next version of a plan."""

    note: Annotated[
        str,
        Meta(
            title=N_("What has changed, in a sentence"),
            description=N_("Exhibitors whose stand changed read it in their mail."),
            max_length=500,
        ),
    ] = ""


class PlanFile(Form, kw_only=True):
    """A plan as a file."""

    file: Annotated[
        Upload | None,
        Meta(
            title=N_("File"),
            description=N_(
                "SVG or DXF with the labels written inside the stands, JSON, or CSV with the"
                " columns label, x, y, width, depth in metres."
            ),
        ),
    ] = None

    def check(self) -> dict[str, str]:
        """Only with a file."""
        return {} if self.file is not None else {"file": gettext(N_("Choose a file first."))}


class ImportChoice(Form, kw_only=True):
    """How a file is read."""

    scale: Annotated[
        Decimal | None,
        Meta(
            title=N_("Metres in one unit of the file"),
            description=N_("Leave it empty to take what the file itself says."),
            gt=0,
            le=100_000,
        ),
    ] = None
    upside_down: Annotated[bool, Meta(title=N_("Turn it upside down"))] = False


class UsedImport(ImportChoice, kw_only=True):
    """A file that becomes the plan."""

    version: Annotated[int, Meta(ge=1, title=N_("Version"))]
    grow: Annotated[
        bool, Meta(title=N_("Make the block and its net area large enough for these stands"))
    ] = False
    centred: Annotated[bool, Meta(title=N_("Put the stands into the middle of the block"))] = False


class BackdropForm(Form, kw_only=True):
    """A picture of the hall and where it lies under the plan."""

    file: Annotated[
        Upload | None,
        Meta(title=N_("Picture of the hall"), description=N_("PNG or JPEG, up to 9 MB.")),
    ] = None
    x_m: Annotated[
        Length, Meta(title=N_("Its left edge, in metres from the left of the block"))
    ] = Decimal(0)
    y_m: Annotated[
        Length, Meta(title=N_("Its upper edge, in metres from the top of the block"))
    ] = Decimal(0)
    width_m: Annotated[Decimal, Meta(title=N_("How wide it is, in metres"), gt=0, le=2000)]
    depth_m: Annotated[Decimal, Meta(title=N_("How deep it is, in metres"), gt=0, le=2000)]
    strength: Annotated[
        int,
        Meta(
            title=N_("Strength in percent"),
            description=N_("5 can hardly be seen, 100 is the picture as it is."),
            ge=5,
            le=100,
        ),
    ] = 40


class RemovedBackdrop(Form):
    """The press on "Take the picture away"."""
