"""Amounts: integer minor units with an ISO 4217 currency; Decimal only at the edge."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from babel.numbers import format_currency, get_currency_precision, list_currencies

from server.errors import Refused
from server.text import N_, locale

LARGEST_MINOR = 10**13


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in a sentence, written in the language of whoever reads it."""

    minor: int
    currency: str

    def __str__(self) -> str:
        return format_money(self.minor, self.currency)


def exponent(currency: str) -> int:
    """Decimal places of `currency`: 2 for EUR, 0 for JPY, 3 for KWD."""
    return get_currency_precision(currency)


def is_currency(code: str) -> bool:
    """Whether `code` is an ISO 4217 code."""
    return code in list_currencies("en")


def to_minor(amount: Decimal, currency: str) -> int:
    """`amount` in minor units; refused when it has more places than the currency."""
    scaled = amount.scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise Refused(
            N_("{amount} has more decimal places than {currency} knows."),
            amount=amount,
            currency=currency,
        )
    minor = int(scaled)
    if abs(minor) > LARGEST_MINOR:
        raise Refused(N_("{amount} is larger than any amount kept here."), amount=amount)
    return minor


def to_decimal(minor: int, currency: str) -> Decimal:
    """Minor units as the amount people write, with all its places: 120 EUR-cents -> 1.20."""
    places = exponent(currency)
    return Decimal(minor).scaleb(-places).quantize(Decimal(1).scaleb(-places))


def format_money(minor: int, currency: str, to: str | None = None) -> str:
    """The amount as locale `to` (or the current one) writes it."""
    return format_currency(to_decimal(minor, currency), currency, locale=to or locale())


def parse_amount(text: str) -> Decimal:
    """An amount as people type it: 1234.5, 1,234.50, 1.234,50, 1 234,50, 1'234.50.

    With one separator only, three digits behind it read as thousands unless it leads a zero.
    """
    plain = re.sub(r"[\s\u00a0\u202f'’]", "", text)
    if not re.fullmatch(r"[-+]?[\d.,]+", plain):
        raise Refused(N_("“{text}” is not an amount. Write it like 1234.50."), text=text)
    last = max(plain.rfind("."), plain.rfind(","))
    if last >= 0:
        mark, head, tail = plain[last], plain[:last], plain[last + 1 :]
        other = "," if mark == "." else "."
        grouped = mark in head or (
            other not in head and len(tail) == 3 and head.lstrip("+-") not in ("", "0")
        )
        head = head.replace(",", "").replace(".", "")
        plain = head + tail if grouped else f"{head}.{tail}"
    try:
        return Decimal(plain)
    except InvalidOperation:
        raise Refused(N_("“{text}” is not an amount. Write it like 1234.50."), text=text) from None


def round_half_up(value: Decimal) -> int:
    """The nearest whole minor unit, halves away from zero: how prices are rounded."""
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def floor_bp(minor: int, bp: int) -> int:
    """`bp` basis points of `minor`, rounded down so that an intensity never exceeds its cap."""
    parts = minor * bp
    return parts // 10_000 if parts >= 0 else -(-parts // 10_000)


def of_bp(minor: int, bp: int) -> int:
    """`bp` basis points of `minor`, rounded half up: how VAT is rounded."""
    parts = minor * bp
    return (parts + 5_000) // 10_000 if parts >= 0 else -((5_000 - parts) // 10_000)


def split(whole: int, weights: Sequence[int]) -> tuple[int, ...]:
    """`whole` in parts by `weights` that add up to it exactly: by largest remainder, ties in order.

    Weights are 0 or more and not all 0; no part is a whole unit away from its exact share.
    """
    total = sum(weights)
    parts = [whole * weight // total for weight in weights]
    rests = sorted(range(len(weights)), key=lambda n: (-(whole * weights[n] % total), n))
    for n in rests[: whole - sum(parts)]:
        parts[n] += 1
    return tuple(parts)
