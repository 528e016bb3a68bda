"""Input for booths and stands. Lengths are metres, areas square metres."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta

from booths.plans.outlines import Axis, Point, Rect, metres, read_corners, ring
from booths.plans.rules import Edge, SharedKind, StandKind
from server.text import N_, gettext
from server.web.forms import Form

Name = Annotated[str, Meta(min_length=2, max_length=200, title=N_("Name of the joint booth"))]
Width = Annotated[
    Decimal,
    Meta(gt=0, le=500, title=N_("Width in metres"), description=N_("From left to right as drawn.")),
]
Depth = Annotated[
    Decimal,
    Meta(gt=0, le=500, title=N_("Depth in metres"), description=N_("From top to bottom as drawn.")),
]
Version = Annotated[int, Meta(ge=1, title=N_("Version"))]


def _centimetres(form: Form, *names: str) -> dict[str, str]:
    """Sentences for lengths with more than two places."""
    return {
        name: gettext(N_("Give this to the centimetre at most, such as 3.25."))
        for name in names
        if getattr(form, name) is not None and getattr(form, name) != round(getattr(form, name), 2)
    }


class BoothFacts(Form, kw_only=True, frozen=True):
    """What a booth is, apart from its stands."""

    name: Name
    hall: Annotated[
        str,
        Meta(
            max_length=80,
            title=N_("Hall"),
            description=N_("As the fair calls it, such as Hall 7.1."),
        ),
    ] = ""
    block: Annotated[
        str,
        Meta(
            max_length=80,
            title=N_("Block"),
            description=N_("As it is in the fair’s contract, such as B30–C39."),
        ),
    ] = ""
    width_m: Width
    depth_m: Depth
    net_m2: Annotated[
        Decimal,
        Meta(
            gt=0,
            le=250000,
            title=N_("Net area for exhibitors in m²"),
            description=N_(
                "The rented area less what everybody shares: information desk, lounge, storage, "
                "aisles."
            ),
        ),
    ]
    open_edges: Annotated[
        list[Edge],
        Meta(
            min_length=1,
            max_length=4,
            title=N_("Sides along the hall’s aisles"),
            description=N_(
                "Visitors can walk in from these sides. The others are walls or neighbours."
            ),
        ),
    ]
    description: Annotated[
        str,
        Meta(
            max_length=4000,
            title=N_("Description"),
            description=N_("Shown on the public page of the booth."),
        ),
    ] = ""

    def check(self) -> dict[str, str]:
        errors = _centimetres(self, "width_m", "depth_m", "net_m2")
        gross = round(self.width_m * self.depth_m, 2)
        if not errors and self.net_m2 > gross:
            errors["net_m2"] = gettext(
                N_("The block has {gross} m², so the net area cannot be {net} m²."),
                gross=gross,
                net=self.net_m2,
            )
        if not self.open_edges:
            errors["open_edges"] = gettext(N_("Tick at least one side, or nobody could enter."))
        return errors


class NewBooth(BoothFacts, kw_only=True, frozen=True):
    """A booth at a fair."""

    fair: Annotated[int, Meta(ge=1, title=N_("Fair"))]


class ChangedBooth(BoothFacts, kw_only=True, frozen=True):
    """The facts as they should be; `version` is the one that the person was shown."""

    version: Version


class Floor(Form, kw_only=True, frozen=True):
    """A piece of floor: where it is, and a rectangle's size or the corners of any other outline."""

    x_m: Annotated[
        Decimal,
        Meta(
            ge=0,
            le=500,
            title=N_("From the left in metres"),
            description=N_("Distance from the block’s left side."),
        ),
    ]
    y_m: Annotated[
        Decimal,
        Meta(
            ge=0,
            le=500,
            title=N_("From the top in metres"),
            description=N_("Distance from the block’s upper side."),
        ),
    ]
    width_m: Width | None = None
    depth_m: Depth | None = None
    corners: Annotated[
        str,
        Meta(
            max_length=1000,
            title=N_("Corners"),
            description=N_(
                "Only where it is no rectangle: each corner in metres from its own upper left,"
                " around the floor, such as 0 0; 6 0; 6 3; 3 3; 3 6; 0 6. Leave width and depth"
                " empty then."
            ),
        ),
    ] = ""

    @property
    def outline(self) -> tuple[Point, ...]:
        """The outline on the block."""
        x_m, y_m = metres(self.x_m), metres(self.y_m)
        if self.corners:
            return ring((x_m + x, y_m + y) for x, y in read_corners(self.corners) or ())
        assert self.width_m is not None
        assert self.depth_m is not None
        return Rect(x_m, y_m, metres(self.width_m), metres(self.depth_m)).outline

    def check(self) -> dict[str, str]:
        errors = _centimetres(self, "x_m", "y_m", "width_m", "depth_m")
        if not self.corners:
            for name in ("width_m", "depth_m"):
                if getattr(self, name) is None:
                    errors[name] = gettext(N_("Give width and depth, or the corners."))
        elif read_corners(self.corners) is None:
            errors["corners"] = gettext(
                N_("Give two lengths in metres for each corner, such as 0 0; 6 0; 6 2.5; 0 2.5.")
            )
        elif self.width_m is not None or self.depth_m is not None:
            errors["corners"] = gettext(
                N_("Give width and depth, or the corners, but not both: which one is meant?")
            )
        return errors


class NewStand(Floor, kw_only=True, frozen=True):
    """A stand on the plan. Without a kind, the kind follows the aisles."""

    label: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=12,
            pattern=r"^\w[\w ./-]*$",
            title=N_("Label"),
            description=N_("Letters and digits, such as A1."),
        ),
    ]
    kind: Annotated[
        StandKind | None,
        Meta(
            title=N_("Kind"),
            description=N_("Leave it to the plan, unless the fair counts otherwise."),
        ),
    ] = None


class ChangedStand(NewStand, kw_only=True, frozen=True):
    """The stand as it should be; `version` is the one that the person was shown."""

    version: Version


class RemovedStand(Form, kw_only=True, frozen=True):
    """A stand to take off the plan."""

    version: Version


class Blocking(Form, kw_only=True, frozen=True):
    """A stand to keep from exhibitors, with the reason for colleagues."""

    version: Version
    why: Annotated[
        str,
        Meta(
            max_length=200,
            title=N_("Why it is blocked"),
            description=N_("Such as “information desk”."),
        ),
    ] = ""


class Split(Form, kw_only=True, frozen=True):
    """Cut a stand at one line, or into equal parts."""

    version: Version
    axis: Annotated[Axis, Meta(title=N_("How is it cut?"))]
    at_m: Annotated[
        Decimal | None,
        Meta(
            gt=0,
            lt=500,
            title=N_("Where, in metres"),
            description=N_("From the stand’s own left side, or from its upper side."),
        ),
    ] = None
    parts: (
        Annotated[
            int,
            Meta(
                ge=2,
                le=20,
                title=N_("Or into how many equal parts"),
                description=N_("Leave the metres empty then."),
            ),
        ]
        | None
    ) = None

    def check(self) -> dict[str, str]:
        errors = _centimetres(self, "at_m")
        if (self.at_m is None) == (self.parts is None):
            errors["at_m"] = gettext(
                N_("Say where to cut in metres, or into how many equal parts: one of the two.")
            )
        return errors


class Merging(Form, kw_only=True, frozen=True):
    """Join neighbours to a stand, which keeps its label."""

    version: Version
    others: Annotated[list[int], Meta(min_length=1, title=N_("Neighbours to join"))]

    def check(self) -> dict[str, str]:
        if not self.others:
            return {"others": gettext(N_("Tick at least one neighbour to join."))}
        return {}


class Step(Form, kw_only=True, frozen=True):
    """An edit to take back, or to do again: the one that the person was shown."""

    edit: Annotated[int, Meta(ge=1, title=N_("Edit"))]


class NewShared(Floor, kw_only=True, frozen=True):
    """Floor for everybody."""

    use: Annotated[
        SharedKind,
        Meta(
            title=N_("What is it?"),
            description=N_("Visitors walk on an aisle; all else stands in their way."),
        ),
    ]
    label: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=40,
            title=N_("Label"),
            description=N_("As written on the plan, such as Information."),
        ),
    ]


class ChangedShared(NewShared, kw_only=True, frozen=True):
    """The shared area as it should be; `version` is the one that the person was shown."""

    version: Version


class Layout(Form, kw_only=True, frozen=True):
    """Rows of equal stands along aisles."""

    width_m: Annotated[
        Decimal,
        Meta(
            ge=1, le=100, title=N_("Width of a stand in metres"), description=N_("Along the aisle.")
        ),
    ]
    depth_m: Annotated[Decimal, Meta(ge=1, le=100, title=N_("Depth of a stand in metres"))]
    aisle_m: Annotated[
        Decimal,
        Meta(
            ge=1,
            le=50,
            title=N_("Width of an aisle in metres"),
            description=N_("Fairs often ask for 2 to 3 metres."),
        ),
    ]

    def check(self) -> dict[str, str]:
        return _centimetres(self, "width_m", "depth_m", "aisle_m")


class AppliedLayout(Layout, kw_only=True, frozen=True):
    """A layout that takes the place of all stands; `version` is the booth's that the person was
    shown.
    """

    version: Version
