"""What people type about ways to take space, and about a new edition of a price list."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated

from msgspec import Meta

from booths.fees.space import Space, SpaceBy, Step
from server.errors import Refused
from server.money import parse_amount, to_minor
from server.text import N_, gettext
from server.web.forms import Form

STEPS = (1, 2, 3, 4)
UpTo = Annotated[Decimal | None, Meta(gt=0, le=10_000, title=N_("Up to"))]
Full = Annotated[Decimal | None, Meta(ge=0, title=N_("Full price"))]
Aided = Annotated[str, Meta(max_length=100, title=N_("Price with aid"))]


class SpaceForm(Form, kw_only=True, frozen=True):
    """A way to take space with up to four prices. The currency is that of the list."""

    name: Annotated[
        str,
        Meta(
            min_length=2,
            max_length=200,
            title=N_("Name"),
            description=N_("Such as “With stand construction”, “Raw space” or “Ready unit”."),
        ),
    ]
    by: Annotated[SpaceBy, Meta(title=N_("How it is priced"))] = SpaceBy.M2
    unit_m2: Annotated[
        Decimal | None,
        Meta(
            gt=0,
            le=10_000,
            title=N_("Area of one module, or of the package, in m²"),
            description=N_("For modules and packages only."),
        ),
    ] = None
    minimum_m2: Annotated[
        Decimal, Meta(ge=0, le=10_000, title=N_("Smallest area billed, in m²"))
    ] = Decimal(0)
    whole: Annotated[
        bool,
        Meta(
            title=N_("The whole stand at the price of the row it falls in"),
            description=N_("Otherwise each row prices its own part of the area."),
        ),
    ] = False
    cost: Annotated[
        Decimal | None,
        Meta(
            ge=0,
            title=N_("What one m², module or package costs your agency"),
            description=N_("Only if that is more than the full price. Quotes name both."),
        ),
    ] = None
    up_to_1: UpTo = None
    full_1: Annotated[Decimal, Meta(ge=0, title=N_("Full price"))]
    aided_1: Aided = ""
    up_to_2: UpTo = None
    full_2: Full = None
    aided_2: Aided = ""
    up_to_3: UpTo = None
    full_3: Full = None
    aided_3: Aided = ""
    up_to_4: UpTo = None
    full_4: Full = None
    aided_4: Aided = ""
    version: int | None = None

    def check(self) -> dict[str, str]:
        """Rows that follow each other, and an area where the way needs one."""
        wrong: dict[str, str] = {}
        for name in ("unit_m2", "minimum_m2", *(f"up_to_{n}" for n in STEPS)):
            given = getattr(self, name)
            if given is not None and given * 100 != int(given * 100):
                wrong[name] = gettext(N_("An area has at most two decimal places."))
        if (self.unit_m2 is None) is (self.by in (SpaceBy.MODULE, SpaceBy.PACKAGE)):
            wrong["unit_m2"] = gettext(N_("Modules and packages have an area, nothing else has."))
        if self.by is SpaceBy.PACKAGE and self.up_to_1 is not None:
            wrong["up_to_1"] = gettext(
                N_("The first price of a package is for the package itself: leave this empty.")
            )
        return wrong | self._rows()

    def _rows(self) -> dict[str, str]:
        wrong: dict[str, str] = {}
        before = self.unit_m2 if self.by is SpaceBy.PACKAGE else Decimal(0)
        ended = False
        for n in STEPS:
            up_to, full = getattr(self, f"up_to_{n}"), getattr(self, f"full_{n}")
            if full is None:
                if up_to is not None or getattr(self, f"aided_{n}"):
                    wrong[f"full_{n}"] = gettext(N_("This row needs its full price."))
                ended = True
                continue
            if ended:
                wrong[f"full_{n}"] = gettext(
                    N_("A row before this one has no end, or is empty: nothing can follow it.")
                )
            if up_to is None:
                ended = not (n == 1 and self.by is SpaceBy.PACKAGE)
            elif before is not None and up_to <= before:
                wrong[f"up_to_{n}"] = gettext(N_("This must be more than in the row before."))
            elif self.by is SpaceBy.MODULE and up_to != int(up_to):
                wrong[f"up_to_{n}"] = gettext(N_("Modules are counted whole."))
            before = up_to or before
        return wrong

    def space(self, key: str, currency: str) -> Space:
        """The way as the rules take it; Refused beside the price that is none."""
        steps = []
        for n in STEPS:
            full = getattr(self, f"full_{n}")
            if full is not None:
                whole = _minor(full, currency, f"full_{n}")
                aided = _amounts(getattr(self, f"aided_{n}"), currency, f"aided_{n}")
                if any(one > whole for one in aided):
                    raise Refused(
                        N_("The price with aid is more than the full price."), field=f"aided_{n}"
                    )
                steps.append(Step(getattr(self, f"up_to_{n}"), whole, aided))
        cost = None if self.cost is None else _minor(self.cost, currency, "cost")
        return Space(
            key, self.name, self.by, tuple(steps), self.minimum_m2, self.unit_m2, self.whole, cost
        )


class EditionForm(Form, kw_only=True, frozen=True):
    """The day from which a new edition of a price list holds."""

    valid_from: Annotated[
        date,
        Meta(
            title=N_("New prices hold from"),
            description=N_("Applications sent earlier keep the prices they were sent with."),
        ),
    ]


def _amounts(text: str, currency: str, field: str) -> tuple[int, ...]:
    """Amounts as people type them with semicolons between: for the first, second, n-th time."""
    found = []
    for each in text.split(";") if text.strip() else []:
        try:
            found.append(_minor(parse_amount(each), currency, field))
        except (Refused, InvalidOperation):
            raise Refused(
                N_(
                    "“{text}” is not an amount. Write one such as 325, or several with semicolons"
                    " between for the first, the second and further times."
                ),
                field=field,
                text=each.strip(),
            ) from None
    if any(one < 0 for one in found):
        raise Refused(N_("A price is 0 or more."), field=field)
    return tuple(found)


def _minor(amount: Decimal, currency: str, field: str) -> int:
    try:
        return to_minor(amount, currency)
    except Refused as refused:
        refused.field = field
        raise
