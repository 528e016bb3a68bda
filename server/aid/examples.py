"""The worked example beside a scheme: what its terms would mean for one participation."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta

from server.aid import law, rules
from server.aid.rules import (
    Award,
    Cost,
    CostKind,
    Headroom,
    Mode,
    Past,
    Received,
    SchemeTerms,
    Source,
)
from server.aid.scheme_forms import SchemeForm
from server.money import round_half_up, to_minor
from server.text import N_
from server.web.forms import Form

Area = Annotated[Decimal, Meta(gt=0, le=10_000, title=N_("Area in m²"))]
FullPrice = Annotated[Decimal, Meta(ge=0, title=N_("Full price per m²"))]
OtherCost = Annotated[Decimal, Meta(ge=0, title=N_("Other eligible cost"))]
Before = Annotated[int, Meta(ge=0, le=99, title=N_("Participations with aid before"))]
Claims = Annotated[
    Decimal,
    Meta(
        ge=0,
        title=N_("What all others claim of the pot"),
        description=N_("For a shared pot."),
    ),
]
AidBefore = Annotated[Decimal, Meta(ge=0, title=N_("Aid received in the last three years"))]


class ExampleForm(Form, kw_only=True, frozen=True):
    """One participation to try a scheme on; amounts before VAT."""

    example_m2: Area = Decimal(12)
    example_full_per_m2: FullPrice = Decimal(400)
    example_other: OtherCost = Decimal(0)
    example_received: AidBefore = Decimal(0)
    example_before: Before = 0
    example_claims: Claims = Decimal(0)


class SchemePage(SchemeForm, kw_only=True, frozen=True):
    """The scheme's page: its terms, the example, and whether to save or only to try."""

    example_m2: Area = Decimal(12)
    example_full_per_m2: FullPrice = Decimal(400)
    example_other: OtherCost = Decimal(0)
    example_received: AidBefore = Decimal(0)
    example_before: Before = 0
    example_claims: Claims = Decimal(0)
    intent: Literal["save", "try"] = "save"

    @property
    def example(self) -> ExampleForm:
        """The participation alone."""
        return ExampleForm(**{name: getattr(self, name) for name in _EXAMPLE})


_EXAMPLE = ExampleForm.__struct_fields__


@dataclass(frozen=True, slots=True)
class Example:
    """What comes out: minor units of `currency`. `by_list`: each price list says what is paid."""

    currency: str
    area_m2: Decimal
    space_minor: int
    other_minor: int
    full_minor: int
    award: Award
    headroom: Headroom
    by_list: bool = False

    @property
    def net_minor(self) -> int:
        """What the company pays before VAT."""
        return self.full_minor - self.award.aid_minor + self.award.charge_minor


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
    kinds = {CostKind.SPACE: space, CostKind.REGISTRATION: other}
    cost = Cost(space + other, space, form.example_m2, per_m2, kinds)
    past = tuple(
        Past(rules.years_before(day, form.example_before - n), 0, same_fair=True)
        for n in range(form.example_before)
    )
    source = Source(terms, room.left_minor, past, _share(terms, form, cost, day))
    given = rules.stack([(source, basis)], cost, day)[0]
    by_list = terms.mode is Mode.FIXED_PRICE and terms.fixed_per_m2_minor is None
    full = space + other
    return Example(terms.currency, form.example_m2, space, other, full, given, room, by_list)


def _share(terms: SchemeTerms, form: ExampleForm, cost: Cost, on: date) -> int | None:
    """This company's part of a pot that others claim as well."""
    if terms.mode is not Mode.POT:
        return None
    own = rules.award(
        terms,
        law.basis_on("none", on),
        rules.cost_for(Source(terms), cost),
        headroom_minor=None,
        on=on,
        share_minor=cost.eligible_minor,
    ).aid_minor
    others = to_minor(round(form.example_claims, 2), terms.currency)
    return rules.split_pot(terms.budget_minor, [own, others])[0]
