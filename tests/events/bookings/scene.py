"""An office with desks, a room, an advisor and a shelf, as bookings need it."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from server.database import execute, value

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
"""A Monday."""
EVERY_DAY = range(7)


async def office(agency: int, **more: Any) -> int:
    """An open office in Berlin from 8 to 18 on weekdays, unless `more` says otherwise."""
    facts: dict[str, Any] = {
        "agency": agency, "slug": f"office-{await value('SELECT count(*) FROM office')}",
        "name": "Harbour office", "country": "DE", "city": "Berlin", "tz": "Europe/Berlin",
        "open": True, "changed_at": NOW, "created_at": NOW,
    }  # fmt: skip
    hours = more.pop("hours", (8 * 60, 18 * 60))
    weekdays = more.pop("weekdays", range(5))
    facts |= more
    made = await insert("office", facts)
    for weekday in weekdays:
        await insert(
            "opening_hours",
            {"office": made, "weekday": weekday, "opens": hours[0], "closes": hours[1]},
        )
    return made


async def resource(office: int, *, units: int = 1, **more: Any) -> int:
    """A desk by the day, for one to ten days, unless `more` says otherwise."""
    price = more.pop("price", None)
    facts: dict[str, Any] = {
        "office": office, "kind": "desk", "name": "Desk", "span": "days", "most": 10,
        "changed_at": NOW,
    }  # fmt: skip
    facts |= more
    made = await insert("resource", facts)
    for number in range(1, units + 1):
        await insert("resource_unit", {"resource": made, "number": number})
    if price:
        await insert(
            "resource_rate",
            {"resource": made, "since": date(2020, 1, 1), "per": price[0], "price_minor": price[1]},
        )
    return made


async def room(office: int, **more: Any) -> int:
    """A room for 8 by the quarter of an hour, half an hour to eight hours."""
    facts = {
        "kind": "meeting_room", "name": "Room", "span": "minutes", "step": 15, "least": 30,
        "most": 480, "seats": 8,
    }  # fmt: skip
    return await resource(office, **(facts | more))


async def insert(table: str, facts: dict[str, Any]) -> int:
    """One row."""
    names = ", ".join(f'"{name}"' for name in facts)
    places = ", ".join(f"${n}" for n in range(1, len(facts) + 1))
    made: int = await value(
        f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id", *facts.values()
    )
    return made


async def free_days(agency: int, company: int, undertaking: int, scheme: int | None = None) -> None:
    """Free days of 2026."""
    await execute(
        "INSERT INTO free_days (agency, year, per_company, per_undertaking, scheme)"
        " VALUES ($1, 2026, $2, $3, $4)",
        agency, company, undertaking, scheme,
    )  # fmt: skip


def at(day: int, hour: int = 0, minute: int = 0, month: int = 3) -> datetime:
    """A wall time of 2026."""
    return datetime.combine(date(2026, month, day), time(hour, minute))


def utc(wall: datetime, tz: str = "Europe/Berlin") -> datetime:
    """The instant of a plain wall time."""
    return wall.replace(tzinfo=ZoneInfo(tz)).astimezone(UTC)
