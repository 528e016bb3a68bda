"""Forms and slots as pages of this room show them."""

from datetime import datetime

from babel.dates import format_date

from events.matchmaking.rows import SlotRow
from server.organisations import nace
from server.organisations.rules import countries
from server.text import locale
from server.web.showing import LANGUAGES, Choices, Shown, language_choices, show

__all__ = ["LANGUAGES", "Choices", "Shown", "language_choices", "show"]


def country_choices() -> list[tuple[str, str]]:
    """Countries by name."""
    return list(countries(locale()).items())


def sector_choices() -> list[tuple[str, str]]:
    """The divisions of NACE with their titles."""
    return [(code, f"{code} {said}") for code, said in nace.divisions("2.1").items()]


def hours(start: datetime, end: datetime) -> str:
    """10:00 to 10:20 as people read it."""
    return f"{start:%H:%M}–{end:%H:%M}"


def slot_name(slot: SlotRow) -> str:
    """Day and hours of a slot, on the session's clock."""
    day = format_date(slot.start_local.date(), "EEE d MMM", locale=locale())
    return f"{day}, {hours(slot.start_local, slot.end_local)}"
