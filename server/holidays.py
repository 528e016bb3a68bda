"""National public holidays: for deadlines in working days, and as calendar items."""

from collections.abc import Iterator
from datetime import date
from functools import cache, lru_cache

from holidays import country_holidays, list_supported_countries


@cache
def supported() -> frozenset[str]:
    """The countries whose holidays are known (ISO 3166)."""
    return frozenset(list_supported_countries(include_aliases=False))


def of_years(country: str, first: int, last: int) -> Iterator[tuple[date, str]]:
    """The nationwide public holidays of `country`, in English where the source has it."""
    try:
        found = country_holidays(country, years=range(first, last + 1), language="en_US")
    except (NotImplementedError, ValueError):
        return
    for day in sorted(found):
        yield day, found[day]


@lru_cache(maxsize=512)
def days_of(country: str, year: int) -> frozenset[date]:
    """The days alone; none where the country is not known."""
    return frozenset(day for day, _ in of_years(country, year, year))
