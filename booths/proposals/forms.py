"""What managers write down before a proposal, and what they do with it."""

from decimal import Decimal
from typing import Annotated

from msgspec import Meta, field

from booths.proposals.rules import USUAL_WEIGHTS, Again, Utility, WishKind
from server.text import N_, gettext
from server.web.forms import Form

Weight = Annotated[int, Meta(ge=0, le=100)]


class ProposeForm(Form):
    """How a first proposal is made."""

    smaller_by: Annotated[
        int,
        Meta(
            title=N_("Smaller than wanted, in percent"),
            description=N_("For applicants without limits of their own."),
            ge=0,
            le=90,
        ),
    ] = 20
    larger_by: Annotated[
        int,
        Meta(
            title=N_("Larger than wanted, in percent"),
            description=N_("For applicants without limits of their own."),
            ge=0,
            le=300,
        ),
    ] = 25
    area: Annotated[Weight, Meta(title=N_("The area wanted"))] = USUAL_WEIGHTS[WishKind.AREA]
    kind: Annotated[Weight, Meta(title=N_("The kind of stand"))] = USUAL_WEIGHTS[WishKind.KIND]
    open_sides: Annotated[Weight, Meta(title=N_("Open sides"))] = USUAL_WEIGHTS[WishKind.OPEN_SIDES]
    neighbour: Annotated[Weight, Meta(title=N_("A neighbour"))] = USUAL_WEIGHTS[WishKind.NEIGHBOUR]
    apart: Annotated[Weight, Meta(title=N_("Apart from a competitor"))] = USUAL_WEIGHTS[
        WishKind.APART
    ]
    apart_m: Annotated[
        Decimal, Meta(title=N_("Apart means at least so many metres"), gt=0, le=100)
    ] = Decimal(6)
    aisle_m: Annotated[
        Decimal,
        Meta(
            title=N_("Width of an aisle in metres"),
            description=N_("Where the block is still to be cut into stands."),
            ge=1,
            le=20,
        ),
    ] = Decimal(3)

    @property
    def weights(self) -> dict[WishKind, int]:
        """The weights by wish."""
        return {kind: getattr(self, kind.value) for kind in WishKind}


class AgainForm(Form):
    """Another proposal after this one: who stays where, and what comes first."""

    pins: Annotated[list[str], Meta(title=N_("Pinned"), max_length=1000)] = field(
        default_factory=list
    )
    again: Annotated[Again, Meta(title=N_("What comes first?"))] = Again.FEW_MOVES


class DoForm(Form):
    """A press on a button that says it all."""


class NeedForm(Form):
    """What one applicant can do with, and whom it wishes beside it or apart."""

    minimum_m2: Annotated[Decimal, Meta(title=N_("Smallest area in m²"), gt=0, le=10_000)]
    maximum_m2: Annotated[Decimal, Meta(title=N_("Largest area in m²"), gt=0, le=10_000)]
    open_sides: Annotated[
        int,
        Meta(title=N_("Open sides wished"), description=N_("At least; 0 for none."), ge=0, le=4),
    ] = 0
    power_kw: Annotated[Decimal, Meta(title=N_("Power needed in kW"), ge=0, le=1000)] = Decimal(0)
    needs: Annotated[list[Utility], Meta(title=N_("Also needed"))] = field(default_factory=list)
    neighbours: Annotated[list[int], Meta(title=N_("Wished beside it"), max_length=20)] = field(
        default_factory=list
    )
    apart_from: Annotated[list[int], Meta(title=N_("Competitors to keep apart"), max_length=20)] = (
        field(default_factory=list)
    )

    def check(self) -> dict[str, str]:
        """The smallest is not larger than the largest."""
        if self.minimum_m2 > self.maximum_m2:
            return {"maximum_m2": gettext(N_("The largest area cannot be less than the smallest."))}
        if set(self.neighbours) & set(self.apart_from):
            return {"apart_from": gettext(N_("Nobody can be wished beside it and apart from it."))}
        return {}


class UtilityForm(Form):
    """What a stand has."""

    power_kw: Annotated[
        Decimal | None,
        Meta(
            title=N_("Power in kW"),
            description=N_("Leave it empty if as much as anybody needs can be laid on."),
            ge=0,
            le=1000,
        ),
    ] = None
    has: Annotated[list[Utility], Meta(title=N_("It has"))] = field(default_factory=list)
