"""The values of a case file: text that is an amount, a rate, an area or a name, or is refused.

Each is checked where it is read, so that a refusal names its field (`price_list.fees[0].amount`).
"""

from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Self

import msgspec

from server.errors import Refused
from server.money import LARGEST_MINOR, is_currency, parse_amount
from server.organisations.rules import is_country
from server.text import N_

LARGEST_NAME = 200
LARGEST_M2 = 10_000

Nth = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Pieces = Annotated[int, msgspec.Meta(ge=0, le=10_000)]


class Amount(str):
    """An amount as people write it, 0 or more: "325" or "1,234.50"."""

    @classmethod
    def read(cls, given: object) -> Self:
        if not isinstance(given, str):
            raise Refused(N_("an amount is written as text, such as “1234.50”"))
        shown = given if len(given) <= 40 else f"{given[:40]}…"
        try:
            amount = parse_amount(given)
        except Refused:
            raise Refused(
                N_("“{text}” is not an amount; write it like 1234.50"), text=shown
            ) from None
        if amount < 0:
            raise Refused(N_("{amount} is less than 0"), amount=shown)
        if amount > LARGEST_MINOR:
            raise Refused(N_("{amount} is larger than any amount kept here"), amount=shown)
        return cls(given)


class Aided(tuple[Amount, ...]):
    """What a supported company pays: one amount, or one for each participation in turn."""

    @classmethod
    def read(cls, given: object) -> Self:
        return cls(Amount.read(one) for one in (given if isinstance(given, list) else [given]))


class Name(str):
    """What something is called: not blank, one line."""

    @classmethod
    def read(cls, given: object) -> Self:
        if not isinstance(given, str) or not given.strip() or not given.isprintable():
            raise Refused(N_("a name is text of one line and not blank"))
        if len(given) > LARGEST_NAME:
            raise Refused(N_("a name has at most {most} characters"), most=LARGEST_NAME)
        return cls(given)


class Currency(str):
    """An ISO 4217 code."""

    @classmethod
    def read(cls, given: object) -> Self:
        if not isinstance(given, str) or not is_currency(given):
            raise Refused(N_("a currency is a code of ISO 4217, such as EUR"))
        return cls(given)


class Country(str):
    """An ISO 3166-1 code of two letters."""

    @classmethod
    def read(cls, given: object) -> Self:
        if not isinstance(given, str) or not is_country(given):
            raise Refused(N_("a country is a code of ISO 3166, such as DE"))
        return cls(given)


class Percent(Decimal):
    """0 to 100 with at most two decimal places."""

    @classmethod
    def read(cls, given: object) -> Self:
        return cls(_between(given, 100, N_("a percentage lies between 0 and 100")))

    @property
    def bp(self) -> int:
        """Basis points: 60 % are 6000."""
        return int(self * 100)


class Metres(Decimal):
    """Square metres or modules, 0 to 10,000, with at most two decimal places."""

    @classmethod
    def read(cls, given: object) -> Self:
        return cls(_between(given, LARGEST_M2, N_("an area lies between 0 and 10000 m²")))


class Area(Metres):
    """Square metres of a stand: more than 0."""

    @classmethod
    def read(cls, given: object) -> Self:
        if not (found := super().read(given)):
            raise Refused(N_("an area is more than 0 m²"))
        return found


def _between(given: object, most: int, sentence: str) -> Decimal:
    if isinstance(given, bool) or not isinstance(given, int | float | str):
        raise Refused(N_("this is a number"))
    try:
        found = Decimal(str(given))
    except InvalidOperation:
        raise Refused(N_("this is a number")) from None
    if not found.is_finite() or not 0 <= found <= most:
        raise Refused(sentence)
    if found != round(found, 2):
        raise Refused(N_("this has at most two decimal places"))
    return found


def read_value(kind: Any, given: Any) -> Any:
    """msgspec's hook for the kinds above. ValueError: its sentence, to which the field is added."""
    try:
        return kind.read(given)
    except Refused as refused:
        raise ValueError(str(refused)) from None
