"""What an agency types about a scheme: under which law, how it lowers a price, within what."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from server.aid import law
from server.aid.rules import CEILING_CURRENCY, Bounds, CostKind, Mode, Shown, Tier, TierBy
from server.money import exponent, is_currency, to_minor
from server.text import N_, gettext
from server.web.formats import percent
from server.web.forms import Form

YesNo = Literal["yes", "no"]


class SchemeForm(Form, kw_only=True, frozen=True):
    """A co-financing scheme: under which law, how it lowers the price, and up to what."""

    name: Annotated[str, Meta(min_length=2, max_length=200, title=N_("Name of the scheme"))]
    legal_basis: Annotated[
        str,
        Meta(
            title=N_("Legal basis"),
            description=N_("It decides ceilings, intensity and who may have the aid."),
        ),
    ]
    mode: Annotated[Mode, Meta(title=N_("How the aid lowers the price"))]
    budget: Annotated[Decimal, Meta(gt=0, title=N_("Budget"))]
    valid_from: Annotated[date, Meta(title=N_("Aid may be granted from"))]
    valid_until: Annotated[date | None, Meta(title=N_("Aid may be granted until"))] = None
    rate: Annotated[
        Decimal | None,
        Meta(
            gt=0,
            le=100,
            title=N_("Rate in percent of the eligible cost"),
            description=N_("For a rate, such as 50."),
        ),
    ] = None
    fixed_per_m2: Annotated[
        Decimal | None,
        Meta(
            ge=0,
            title=N_("What a company pays per m²"),
            description=N_(
                "For a fixed price. Leave it empty to use the reduced price of each price list."
            ),
        ),
    ] = None
    cap: Annotated[
        Decimal | None,
        Meta(gt=0, title=N_("Most aid for one participation")),
    ] = None
    currency: Annotated[
        str, Meta(pattern=r"^[A-Z]{3}$", title=N_("Currency"), description=N_("Such as EUR."))
    ] = CEILING_CURRENCY
    amount: Annotated[
        Decimal | None,
        Meta(
            gt=0,
            title=N_("Amount for one participation"),
            description=N_("For a fixed amount, such as a free module recorded as 1,000 EUR."),
        ),
    ] = None
    tier_by: Annotated[TierBy, Meta(title=N_("Steps count"))] = TierBy.PARTICIPATION
    tier2_from: (
        Annotated[
            int,
            Meta(ge=2, le=99, title=N_("Second step from number"), description=N_("Such as 3.")),
        ]
        | None
    ) = None
    tier2_rate: Annotated[
        Decimal | None, Meta(ge=0, le=100, title=N_("Rate of the second step in percent"))
    ] = None
    tier3_from: Annotated[int, Meta(ge=3, le=99, title=N_("Third step from number"))] | None = None
    tier3_rate: Annotated[
        Decimal | None,
        Meta(ge=0, le=100, title=N_("Rate of the third step in percent")),
    ] = None
    cap_fair: Annotated[Decimal | None, Meta(gt=0, title=N_("Most aid at one fair"))] = None
    cap_year: Annotated[Decimal | None, Meta(gt=0, title=N_("Most aid in one year"))] = None
    cap_lifetime: Annotated[
        Decimal | None, Meta(gt=0, title=N_("Most aid for one company in all"))
    ] = None
    most_fair: (
        Annotated[int, Meta(ge=1, le=99, title=N_("Most participations at the same fair"))] | None
    ) = None
    most_year: (
        Annotated[int, Meta(ge=1, le=99, title=N_("Most participations in one year"))] | None
    ) = None
    most_lifetime: (
        Annotated[int, Meta(ge=1, le=99, title=N_("Most participations of one company in all"))]
        | None
    ) = None
    across: Annotated[
        YesNo, Meta(title=N_("Count participations under all schemes of the programme?"))
    ] = "no"
    minimum_cost: Annotated[
        Decimal | None, Meta(gt=0, title=N_("Smallest eligible cost that has aid"))
    ] = None
    kinds: Annotated[
        list[CostKind],
        Meta(title=N_("Kinds of cost it covers"), description=N_("None ticked: all of them.")),
    ] = msgspec.field(default_factory=list)
    charge: Annotated[
        Decimal | None,
        Meta(
            gt=0,
            le=100,
            title=N_("Charge of the association, in percent of the aid"),
            description=N_("A line of its own on the quote; on aid paid later, kept back from it."),
        ),
    ] = None
    vat_eligible: Annotated[
        YesNo,
        Meta(
            title=N_("Does VAT that a company cannot recover count as cost?"),
            description=N_("VAT that can be recovered never counts."),
        ),
    ] = "no"
    shown: Annotated[Shown, Meta(title=N_("How the aid reaches the company"))] = Shown.DISCOUNT
    after_funder: Annotated[
        YesNo,
        Meta(
            title=N_("Paid out only after the funder has paid you?"),
            description=N_("For aid that is paid after proof."),
        ),
    ] = "no"
    proof: Annotated[
        str,
        Meta(
            max_length=2000,
            title=N_("What the company must hand in"),
            description=N_("For aid paid after proof: report, invoices, receipts, photographs."),
        ),
    ] = ""
    budget_line: (
        Annotated[
            int,
            Meta(title=N_("Budget line"), description=N_("Its ceiling holds for all its schemes.")),
        ]
        | None
    ) = None
    reference: Annotated[
        str,
        Meta(
            max_length=60,
            title=N_("Number of the scheme"),
            description=N_("The SA number of the Commission, or your own."),
        ),
    ] = ""
    version: int | None = None

    def check(self) -> dict[str, str]:
        """One number per mode, within what the legal basis allows, in a currency that is known."""
        wrong: dict[str, str] = {}
        by_rate = self.mode in (Mode.RATE, Mode.POT)
        if by_rate and self.rate is None:
            wrong["rate"] = gettext(N_("Say which part of the eligible cost the aid covers."))
        if self.mode is Mode.AMOUNT and self.amount is None:
            wrong["amount"] = gettext(N_("Say which amount each participation has."))
        for name in ("rate", "tier2_rate", "tier3_rate", "charge"):
            said = getattr(self, name)
            if said is not None and said * 100 != int(said * 100):
                wrong[name] = gettext(N_("A rate has at most two decimal places."))
        for name in ("tier2", "tier3"):
            first, then = getattr(self, f"{name}_from"), getattr(self, f"{name}_rate")
            if (first is None) != (then is None):
                missing = f"{name}_{'from' if first is None else 'rate'}"
                wrong[missing] = gettext(N_("A step needs its number and its rate."))
        if self.tier3_from is not None and self.tier3_from <= (self.tier2_from or 99):
            wrong["tier3_from"] = gettext(N_("The third step comes after the second."))
        if self.shown is not Shown.AFTER_PROOF and self.after_funder == "yes":
            wrong["after_funder"] = gettext(N_("Only aid that is paid after proof can wait."))
        if self.valid_until is not None and self.valid_until < self.valid_from:
            wrong["valid_until"] = gettext(N_("The last day is before the first."))
        if not is_currency(self.currency):
            wrong["currency"] = gettext(N_("There is no currency with this code."))
        else:
            wrong |= self._places()
        return self._law() | wrong

    def _places(self) -> dict[str, str]:
        places = exponent(self.currency)
        said = gettext(N_("{currency} has {n} decimal places."), currency=self.currency, n=places)
        names = (
            "fixed_per_m2", "cap", "budget", "amount", "cap_fair", "cap_year", "cap_lifetime",
            "minimum_cost",
        )  # fmt: skip
        amounts = {name: getattr(self, name) for name in names}
        return {
            name: said
            for name, amount in amounts.items()
            if amount is not None and amount.scaleb(places) != int(amount.scaleb(places))
        }

    def _law(self) -> dict[str, str]:
        if self.legal_basis not in law.codes():
            return {"legal_basis": gettext(N_("Choose one of the legal bases offered."))}
        basis = law.basis_on(self.legal_basis, self.valid_from)
        if basis is None:
            return {
                "valid_from": gettext(
                    N_("“{basis}” is not in force on this day."),
                    basis=gettext(law.NAMES[self.legal_basis]),
                )
            }
        most = basis.max_intensity_bp
        by_rate = self.mode in (Mode.RATE, Mode.POT)
        if by_rate and most is not None and self.rate_bp > most:
            return {
                "rate": gettext(
                    N_("{article} allows at most {percent} of the eligible cost."),
                    article=basis.article,
                    percent=percent(most),
                )
            }
        return {}

    @property
    def rate_bp(self) -> int:
        """The rate in basis points; 0 without one."""
        return int((self.rate or Decimal(0)) * 100)

    @property
    def tiers(self) -> tuple[Tier, ...]:
        """The steps of the rate; none if it has one only."""
        steps = [(1, self.rate), (self.tier2_from, self.tier2_rate),
                 (self.tier3_from, self.tier3_rate)]  # fmt: skip
        found = tuple(
            Tier(first, int(rate * 100))
            for first, rate in steps
            if first is not None and rate is not None
        )
        by_rate = self.mode in (Mode.RATE, Mode.POT)
        return found if by_rate and len(found) > 1 else ()

    @property
    def bounds(self) -> Bounds:
        """What narrows the scheme beside the cap of one participation."""

        def minor(amount: Decimal | None) -> int | None:
            return None if amount is None else to_minor(amount, self.currency)

        return Bounds(
            cap_fair_minor=minor(self.cap_fair),
            cap_year_minor=minor(self.cap_year),
            cap_lifetime_minor=minor(self.cap_lifetime),
            most_fair=self.most_fair,
            most_year=self.most_year,
            most_lifetime=self.most_lifetime,
            minimum_cost_minor=minor(self.minimum_cost) or 0,
            kinds=tuple(self.kinds),
            charge_bp=int((self.charge or Decimal(0)) * 100),
            vat_eligible=self.vat_eligible == "yes",
            across=self.across == "yes",
        )

    def columns(self) -> dict[str, Any]:
        """The columns of a scheme from its form, by name; the budget line is looked up."""

        def minor(amount: Decimal | None) -> int | None:
            return None if amount is None else to_minor(amount, self.currency)

        by_rate = self.mode in (Mode.RATE, Mode.POT)
        return {
            "name": self.name,
            "reference": self.reference,
            "legal_basis": self.legal_basis,
            "mode": self.mode.value,
            "rate_bp": self.rate_bp if by_rate else None,
            "fixed_per_m2_minor": (
                minor(self.fixed_per_m2) if self.mode is Mode.FIXED_PRICE else None
            ),
            "amount_minor": minor(self.amount) if self.mode is Mode.AMOUNT else None,
            "tiers": msgspec.to_builtins(self.tiers),
            "tier_by": self.tier_by.value,
            "bounds": msgspec.to_builtins(self.bounds),
            "cap_minor": minor(self.cap),
            "currency": self.currency,
            "budget_minor": minor(self.budget),
            "valid_from": self.valid_from,
            "valid_until": self.valid_until,
            "subsidy_shown": self.shown.value,
            "after_funder": self.after_funder == "yes",
            "proof": self.proof,
        }
