"""The worked example beside a scheme: what its terms would mean for one participation."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from server.aid import law, rules
from server.aid.rules import Award, Cost, Headroom, Received, SchemeTerms
from server.aid.scheme_forms import SchemeForm
from server.money import round_half_up, to_minor
from server.text import N_
from server.web.forms import Form

Area = Annotated[Decimal, Meta(gt=0, le=10_000, title=N_("Area in m²"))]
FullPrice = Annotated[Decimal, Meta(ge=0, title=N_("Full price per m²"))]
OtherCost = Annotated[Decimal, Meta(ge=0, title=N_("Other eligible cost"))]
AidBefore = Annotated[Decimal, Meta(ge=0, title=N_("Aid received in the last three years"))]


class ExampleForm(Form, kw_only=True, frozen=True):
    """One participation to try a scheme on; amounts before VAT."""

    example_m2: Area = Decimal(12)
    example_full_per_m2: FullPrice = Decimal(400)
    example_other: OtherCost = Decimal(0)
    example_received: AidBefore = Decimal(0)


class SchemePage(SchemeForm, kw_only=True, frozen=True):
    """The scheme's page: its terms, the example, and whether to save or only to try."""

    example_m2: Area = Decimal(12)
    example_full_per_m2: FullPrice = Decimal(400)
    example_other: OtherCost = Decimal(0)
    example_received: AidBefore = Decimal(0)
    intent: Literal["save", "try"] = "save"

    @property
    def example(self) -> ExampleForm:
        """The participation alone."""
        return ExampleForm(**{name: getattr(self, name) for name in _EXAMPLE})


_EXAMPLE = ExampleForm.__struct_fields__


@dataclass(frozen=True, slots=True)
class Example:
    """What comes out: minor units of `currency`."""

    currency: str
    area_m2: Decimal
    space_minor: int
    other_minor: int
    full_minor: int
    award: Award
    headroom: Headroom

    @property
    def net_minor(self) -> int:
        """What the company pays before VAT."""
        return self.full_minor - self.award.aid_minor


def work_out(terms: SchemeTerms, form: ExampleForm, on: date) -> Example:
    """The aid of `terms` for the example, granted on `on` or on the scheme's first day if later."""
    day = max(on, terms.valid_from)

    def minor(amount: Decimal) -> int:
        return to_minor(round(amount, 2), terms.currency)

    per_m2 = minor(form.example_full_per_m2)
    space = round_half_up(form.example_m2 * per_m2)
    other = minor(form.example_other)
    basis = law.basis_on(terms.legal_basis, day, terms.valid_from)
    got = [Received(day, minor(form.example_received), terms.legal_basis)]
    room = rules.headroom(basis, got, day) if basis else Headroom(None, 0, None, None)
    cost = Cost(space + other, space, form.example_m2, per_m2)
    given = rules.award(terms, basis, cost, headroom_minor=room.left_minor, on=day)
    return Example(terms.currency, form.example_m2, space, other, space + other, given, room)
