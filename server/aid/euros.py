"""Ceilings are in euro: what a grant in another currency comes to, at a rate of its day.

De minimis and thresholds count the gross grant equivalent in euro on the date of grant (Articles
3(2) and 3(5) of Regulation (EU) 2023/2831). Rates are kept by the room that invoices, which
registers here how to find one.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from server.aid.bases import CEILING_CURRENCY, LegalBasis, Note
from server.errors import Refused
from server.money import exponent
from server.text import N_


@dataclass(frozen=True, slots=True)
class Rate:
    """So many units of `currency` for one euro, as published for a day; None for the euro."""

    currency: str = CEILING_CURRENCY
    units: Decimal | None = None
    on: date | None = None
    source: str = ""

    @property
    def _factor(self) -> Decimal:
        places = Decimal(10) ** (exponent(self.currency) - exponent(CEILING_CURRENCY))
        return (self.units or Decimal(1)) * places

    def euro(self, amount_minor: int) -> int:
        """An amount in euro cents, rounded up: no ceiling is passed by a fraction of a cent."""
        return int((amount_minor / self._factor).to_integral_value(ROUND_CEILING))

    def own(self, euro_minor: int) -> int:
        """What euro cents come to in the currency of the scheme, rounded down; minor units."""
        return int((euro_minor * self._factor).to_integral_value(ROUND_FLOOR))


Find = Callable[[int, str, date], Awaitable[Rate | None]]
_find: list[Find] = []


def rates(found: Find) -> Find:
    """Register how to find the rate of an agency for a currency on a day; None: none is known."""
    _find.append(found)
    return found


async def rate(agency_id: int, currency: str, on: date) -> Rate | None:
    """The rate that counts for a grant on a day, or None where no fresh one is known."""
    if currency == CEILING_CURRENCY:
        return Rate()
    for find in _find:
        known = await find(agency_id, currency, on)
        if known is not None:
            return known
    return None


async def rate_for(
    agency_id: int, currency: str, basis: LegalBasis, on: date
) -> tuple[Rate | None, Note | None]:
    """The rate for a grant under `basis`, and why there can be none: the basis has a ceiling and
    no rate is known."""
    known = await rate(agency_id, currency, on)
    if known is None and basis.limits:
        return None, Note(
            N_(
                "The ceilings of “{basis}” are in euro, and no rate of the last 31 days is known"
                " for {currency}. The agency enters one under “Money”, “Rates of exchange”: one"
                " unit of EUR in {currency}."
            ),
            {"basis": basis.name, "currency": currency},
        )
    return known, None


async def needed(agency_id: int, currency: str, basis: LegalBasis, on: date) -> Rate | None:
    """The same; refused where a rate is needed and none is known."""
    known, missing = await rate_for(agency_id, currency, basis, on)
    if missing is not None:
        refused: Refused = missing.refusal()
        raise refused
    return known
