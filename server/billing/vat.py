"""Which VAT applies to an invoice, decided from the dated table in vat.toml. Pure."""

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources

from server.errors import Refused
from server.organisations.rules import country_name
from server.text import N_

REVERSE_CHARGE = "reverse_charge"


class Supply(StrEnum):
    """What is sold, as far as VAT cares."""

    PACKAGE = "package"
    BARE_SPACE = "bare_space"
    ADMISSION = "admission"
    CATERING = "catering"
    LODGING = "lodging"
    TRANSPORT = "transport"
    ADVICE = "advice"


SUPPLY_NAMES = {
    Supply.ADMISSION: N_("Tickets to the fair"),
    Supply.CATERING: N_("Restaurant and catering"),
    Supply.LODGING: N_("Accommodation"),
    Supply.TRANSPORT: N_("Transport of goods"),
    Supply.ADVICE: N_("Advice"),
}
"""What is sold beside a stand, as people read it."""
GENERAL = (Supply.PACKAGE, Supply.TRANSPORT, Supply.ADVICE)
"""Services under the general rule: a business is taxed where it is established (Art. 44)."""
WHERE_THE_FAIR_IS = {
    Supply.BARE_SPACE: ("land_rule", "land_outside"),
    Supply.LODGING: ("lodging_state", "lodging_outside"),
    Supply.CATERING: ("catering_state", "catering_outside"),
}
"""Services that are taxed where they are given, whoever buys them: the treatment in a Member
State, and outside the EU (Art. 47 and 55)."""


@dataclass(frozen=True, slots=True)
class VatDecision:
    """The rate in basis points, the treatment's code and its printed reason. `category` is the
    EN 16931 code, `source` the legal provision, `check` asks for a person's look, `country` is
    the State whose VAT it is ("" where none is due)."""

    rate_bp: int
    code: str
    reason: str
    category: str = "S"
    source: str = ""
    check: bool = False
    country: str = ""


@dataclass(frozen=True, slots=True)
class Treatment:
    code: str
    valid_from: date
    category: str
    source: str
    reason: str
    check: bool = False
    reason_unproven: str = ""


@dataclass(frozen=True, slots=True)
class Rate:
    country: str
    bp: int
    valid_from: date
    source: str


@cache
def _law() -> tuple[tuple[Treatment, ...], dict[str, tuple[Rate, ...]]]:
    """The treatments, and the rates by country, each list in the order of its dates."""
    data = tomllib.loads(resources.files(__package__).joinpath("vat.toml").read_text("utf-8"))
    rates: dict[str, list[Rate]] = {}
    for row in data["rate"]:
        rates.setdefault(row["country"], []).append(Rate(**row))
    in_order = {c: tuple(sorted(of, key=lambda r: r.valid_from)) for c, of in rates.items()}
    return tuple(Treatment(**row) for row in data["treatment"]), in_order


def in_eu(country: str) -> bool:
    """Whether `country` (ISO 3166-1 alpha-2) is an EU Member State, as far as the table goes."""
    return country in _law()[1]


def standard_rate(country: str, on: date) -> int:
    """The standard rate in basis points on that day; refused where the table has none."""
    held = [rate for rate in _law()[1].get(country, ()) if rate.valid_from <= on]
    if not held:
        raise Refused(
            N_("No VAT rate is known for {country} on {on}. Add it to the table of rates."),
            country=country,
            on=on.isoformat(),
        )
    return held[-1].bp


def vat_decision(
    supplier_country: str,
    customer_country: str,
    customer_vat_id_valid: bool,
    taxable_person: bool,
    supply: str,
    fair_country: str,
    on: date,
) -> VatDecision:
    """The VAT of one supply by an agency on the date `on`.

    Countries are ISO 3166-1 codes. A customer in another Member State counts as a taxable person
    only with a valid VAT ID; without one a package is taxed by the fair's State (Art. 54), advice
    by the supplier's (Art. 45), transport by that of departure, the customer's (Art. 50).
    """
    supply = Supply(supply)
    fair_in_eu = in_eu(fair_country)
    general = supply in GENERAL and taxable_person
    if not in_eu(supplier_country):
        code, taxed_by = "supplier_outside", ""
    elif supply in WHERE_THE_FAIR_IS:
        inside, outside = WHERE_THE_FAIR_IS[supply]
        code, taxed_by = (inside, fair_country) if fair_in_eu else (outside, "")
    elif general and customer_country == supplier_country:
        code, taxed_by = "domestic", supplier_country
    elif general and not in_eu(customer_country):
        code, taxed_by = "outside_scope", ""
    elif general and customer_vat_id_valid:
        code, taxed_by = REVERSE_CHARGE, ""
    elif supply in (Supply.TRANSPORT, Supply.ADVICE) and not in_eu(customer_country):
        code, taxed_by = "private_outside", ""
    elif supply is Supply.ADVICE:
        code, taxed_by = "advice_supplier", supplier_country
    elif supply is Supply.TRANSPORT:
        code, taxed_by = "transport_departure", customer_country
    else:
        code, taxed_by = ("fair_state", fair_country) if fair_in_eu else ("fair_outside", "")
    treatment = _treatment(code, on)
    unproven = supply is Supply.PACKAGE and taxable_person and treatment.reason_unproven
    return VatDecision(
        rate_bp=standard_rate(taxed_by, on) if taxed_by else 0,
        code=code,
        reason=(unproven or treatment.reason).format(
            supplier=country_name(supplier_country, "en"),
            customer=country_name(customer_country, "en"),
            fair=country_name(fair_country, "en"),
        ),
        category=treatment.category,
        source=treatment.source,
        check=treatment.check,
        country=taxed_by,
    )


def _treatment(code: str, on: date) -> Treatment:
    found = max(
        (t for t in _law()[0] if t.code == code and t.valid_from <= on),
        key=lambda t: t.valid_from,
        default=None,
    )
    if found is None:
        raise Refused(N_("No VAT rule is known for {on}."), on=on.isoformat())
    return found


def as_quoted(
    rate_bp: int, code: str, reason: str, supplier_country: str, fair_country: str, on: date
) -> VatDecision:
    """A decision that a kept quote names by its rate, code and reason, whole again."""
    treatment = _treatment(code, on)
    state = {"domestic": supplier_country, "fair_state": fair_country, "land_rule": fair_country}
    return VatDecision(
        rate_bp, code, reason, treatment.category, treatment.source, treatment.check,
        state.get(code, ""),
    )  # fmt: skip
