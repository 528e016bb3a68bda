"""What makes a company's numbers right: VAT ID, register number, IBAN, colours, money and people.

The checks are those of python-stdnum (form and check digits). Whether a VAT ID is registered only
the tax office's VIES can say; nothing here asks it.
"""

import importlib
import re
import tomllib
import unicodedata
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources
from types import ModuleType
from typing import Any

from babel import Locale
from stdnum import get_cc_module
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError
from stdnum.iban import validate as validate_iban

from server.errors import Refused
from server.text import N_, locale


class CompanyRole(StrEnum):
    """What a person may do for a company."""

    MEMBER = "member"
    ADMIN = "admin"


class AgencyRole(StrEnum):
    """What a person may do for an agency."""

    VIEWER = "viewer"
    FINANCE = "finance"
    MANAGER = "manager"
    OWNER = "owner"


class VatState(StrEnum):
    """What is known of a VAT ID: form and check digits only, or the tax office's word."""

    NONE = ""
    UNCHECKED = "unchecked"
    VALID = "valid"
    INVALID = "invalid"


@dataclass(frozen=True)
class VatNumber:
    """A VAT ID as printed on invoices, and its issuer (ISO 3166-1; XI: Northern Ireland)."""

    text: str
    issuer: str


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("countries.toml").read_text("utf-8"))


_NOT_COUNTRIES = {
    "AC",
    "CP",
    "CQ",
    "DG",
    "EA",
    "EU",
    "EZ",
    "IC",
    "QO",
    "TA",
    "UN",
    "XA",
    "XB",
    "ZZ",
}


@cache
def countries(in_locale: str = "en") -> dict[str, str]:
    """ISO 3166-1 code -> name in `in_locale`, in the order of names. Kosovo is XK, as in EU use."""
    names = Locale.parse(in_locale).territories
    found = {
        code: name
        for code, name in names.items()
        if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES
    }
    return dict(sorted(found.items(), key=lambda pair: pair[1]))


def is_country(code: str) -> bool:
    """Whether `code` is an ISO 3166-1 code of two letters."""
    return code in countries()


def country_name(code: str, in_locale: str | None = None) -> str:
    """The name of a country in `in_locale` or the current one; the code itself if unknown."""
    return countries(in_locale or locale()).get(code, code)


def is_eu(country: str, on: date) -> bool:
    """Whether `country` was a member state of the European Union on that day."""
    term = _data()["eu"].get(country)
    if term is None:
        return False
    return date.fromisoformat(term[0]) <= on and (
        len(term) == 1 or on <= date.fromisoformat(term[1])
    )


def vat_example(country: str) -> str:
    """How a VAT ID of `country` looks; empty where the form is not known."""
    return str(_data()["vat"].get(country, {}).get("example", ""))


def vat_number(text: str, country: str) -> VatNumber:
    """A typed VAT ID in its printed form: `DE 271 364 813`, country DE -> DE271364813.

    Refused on `vat_id` when the form or the check digits are wrong. Of countries whose form is not
    known any text is kept as it is, without spaces at its ends.
    """
    known = _data()["vat"].get(country)
    if known is None:
        return VatNumber(" ".join(text.split()), country)
    issuer, prefix, example = known.get("issuer", country), known["prefix"], known["example"]
    compact = re.sub(r"[^A-Z0-9]", "", text.upper())
    if country == "GB" and compact.startswith("XI"):
        issuer, prefix, compact = "XI", "XI", compact[2:]
    if compact.startswith("GR") and country == "GR":
        compact = compact[2:]
    _refuse_foreign(compact, country, prefix, example)
    module = get_cc_module("gb" if issuer == "XI" else issuer.lower(), "vat")
    if module is None:
        return VatNumber(compact, issuer)
    try:
        number = str(module.validate(compact))
    except InvalidLength:
        said = N_(
            "“{text}” has the wrong number of characters for a VAT ID of {country}. It looks"
            " like {example}."
        )
    except InvalidChecksum:
        said = N_(
            "The check digits of “{text}” are wrong, so one character may be mistyped. A VAT"
            " ID of {country} looks like {example}."
        )
    except ValidationError:
        said = N_("“{text}” is not a VAT ID of {country}. It looks like {example}.")
    else:
        return VatNumber(number if number.startswith(prefix) else prefix + number, issuer)
    raise Refused(
        said, field="vat_id", text=text.strip(), country=country_name(country), example=example
    )


def _refuse_foreign(compact: str, country: str, prefix: str, example: str) -> None:
    """Name the other state when a VAT ID begins with that state's prefix."""
    lead = compact[:2]
    if not prefix or lead == prefix[:2] or not lead.isalpha():
        return
    for other, known in _data()["vat"].items():
        if known["prefix"][:2] == lead and "issuer" not in known and other != country:
            module = get_cc_module(other.lower(), "vat")
            if module is not None and module.is_valid(compact):
                raise Refused(
                    N_(
                        "“{text}” is a VAT ID of {other}, but the company's country is"
                        " {country}. Give the one of {country}, such as {example}, or change"
                        " the country."
                    ),
                    field="vat_id",
                    text=compact,
                    other=country_name(other),
                    country=country_name(country),
                    example=example,
                )


def register_number(text: str, country: str) -> str:
    """A typed company register number in its compact form; refused on `register_no` when wrong.

    Of countries that stand in no list of known forms the text is kept as typed.
    """
    plain = " ".join(text.split())
    known = _data()["register"].get(country)
    if known is None:
        return plain
    module: ModuleType = importlib.import_module(f"stdnum.{known['module']}")
    try:
        return str(module.validate(plain))
    except ValidationError:
        raise Refused(
            N_("“{text}” is not a register number of {country}. It looks like {example}."),
            field="register_no",
            text=plain,
            country=country_name(country),
            example=known["example"],
        ) from None


def iban(text: str) -> str:
    """A typed IBAN without spaces, in capitals; refused on `iban` when it is wrong."""
    try:
        return str(validate_iban(text))
    except ValidationError:
        raise Refused(
            N_(
                "“{text}” is not an IBAN: its length or its check digits are wrong. It looks"
                " like {example}."
            ),
            field="iban",
            text=text.strip(),
            example="DE75 5121 0800 1245 1261 99",
        ) from None


def bic(text: str) -> str:
    """A typed BIC in capitals: 8 or 11 characters (ISO 9362); refused on `bic` when it is wrong."""
    compact = re.sub(r"\s", "", text.upper())
    if not re.fullmatch(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?", compact):
        raise Refused(
            N_("“{text}” is not a BIC. It has 8 or 11 characters, such as {example}."),
            field="bic",
            text=text.strip(),
            example="SOGEDEFF",
        )
    return compact


def website(text: str) -> str:
    """A typed web address, with https:// in front; refused on `website` when it is none."""
    plain = text.strip()
    if plain and "://" not in plain:
        plain = f"https://{plain}"
    if not re.fullmatch(r"https?://[^\s/?#@:]+\.[^\s/?#@:]+(:\d{1,5})?([/?#]\S*)?", plain):
        raise Refused(
            N_("“{text}” is not a web address. It looks like https://www.example.com."),
            field="website",
            text=text.strip(),
        )
    return plain


LEAST_CONTRAST = 4.5


def contrast(colour: str, against: str = "#ffffff") -> float:
    """The contrast ratio of two #rrggbb colours as WCAG 2.2 defines it (1 to 21)."""
    bright, dark = sorted((_luminance(colour), _luminance(against)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def brand_colour(text: str) -> str:
    """A typed #rrggbb in small letters; refused when white text on it could not be read."""
    plain = text.strip().lower()
    if re.fullmatch(r"[0-9a-f]{6}", plain):
        plain = f"#{plain}"
    if not re.fullmatch(r"#[0-9a-f]{6}", plain):
        raise Refused(
            N_("“{text}” is not a colour. It looks like #003a70."),
            field="brand_colour",
            text=text.strip(),
        )
    if contrast(plain) < LEAST_CONTRAST:
        raise Refused(
            N_(
                "White text on {colour} has a contrast of {ratio}:1; it needs 4.5:1 to be"
                " readable. Choose a darker colour."
            ),
            field="brand_colour",
            colour=plain,
            ratio=f"{contrast(plain):.1f}",
        )
    return plain


def slug(name: str) -> str:
    """A short name for addresses: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")[:60]
