"""Which clock a fair keeps: from its country, or from country and city, or not to be guessed.

Countries and their zones are those of the CLDR, by way of babel; zones.toml holds what it lacks.
"""

import tomllib
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global

from server.clock import is_zone

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "da", "sv", "cs", "fi", "ro", "hu")
NO_COUNTRIES = ("EU", "EZ", "UN", "ZZ", "XA", "XB")
ALSO = {
    "usa": "US",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "uae": "AE",
    "korea": "KR",
    "korea republic of": "KR",
    "republic of korea": "KR",
    "hong kong": "HK",
    "macau": "MO",
    "macao": "MO",
    "taiwan": "TW",
    "turkey": "TR",
    "turkiye": "TR",
    "holland": "NL",
    "czech republic": "CZ",
    "pr china": "CN",
    "p r china": "CN",
    "viet nam": "VN",
    "russian federation": "RU",
}


def plain(text: str) -> str:
    """`text` for comparing: small letters, no accents, single spaces, no punctuation."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    letters = "".join(c if c.isalnum() else " " for c in bare.casefold().replace("ß", "ss"))
    return " ".join(letters.split())


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads((Path(__file__).parent / "zones.toml").read_text("utf-8"))


@cache
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES:
                found.setdefault(plain(name), code)
    return found | ALSO


def country_code(text: str) -> str | None:
    """The ISO 3166 code of a country written as a code or by its name in one of LANGUAGES."""
    wanted = text.strip()
    if len(wanted) == 2 and wanted.upper() in _countries().values():
        return wanted.upper()
    return _countries().get(plain(text))


@cache
def zones_of(country: str) -> tuple[str, ...]:
    """The IANA zones of a country, in alphabetical order."""
    return tuple(
        sorted(
            zone for zone, code in get_global("zone_territories").items()
            if code == country and is_zone(zone)
        )
    )  # fmt: skip


def country_of(zone: str) -> str | None:
    """The country whose zone this is."""
    code = get_global("zone_territories").get(zone)
    return str(code) if code and len(code) == 2 and code.isalpha() else None


@cache
def _clocks(country: str, year: int) -> dict[str, tuple[object, ...]]:
    """What each zone's clocks show through a year, sampled every ten days."""
    noons = [datetime(year, 1, 1, 12, tzinfo=UTC) + timedelta(days=10 * n) for n in range(37)]
    return {
        zone: tuple(noon.astimezone(ZoneInfo(zone)).utcoffset() for noon in noons)
        for zone in zones_of(country)
    }


def derive(country: str, city: str, year: int) -> str | None:
    """The zone of a fair in that year, or None where country and city leave a choice."""
    known: dict[str, str] = _data()["cities"].get(country, {})
    if plain(city) in known:
        return known[plain(city)]
    if country in _data()["official"]:
        return str(_data()["official"][country])
    clocks = _clocks(country, year)
    if clocks and len(set(clocks.values())) == 1:
        return next(iter(clocks))
    return None


@cache
def all_zones() -> tuple[str, ...]:
    """Every zone a person may choose: those that belong to a country."""
    return tuple(
        sorted(zone for zone in get_global("zone_territories") if is_zone(zone) and "/" in zone)
    )
