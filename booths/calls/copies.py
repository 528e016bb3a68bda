"""What a call is made of, room by room, so that it can be copied to another fair as a whole.

Each room registers the tables that it keys by call: with a copy, or with the reason why a new call
begins without them. tests/booths/calls/test_copying.py fails on a table with neither.
"""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from booths.calls.rows import CallRow
from server import clock
from server.accounts.permissions import Actor
from server.database import rows, step, value


class Shift(msgspec.Struct, frozen=True):
    """How far everything moves: whole days, and wall-clock times of the agency stay as they are."""

    days: int
    tz: str

    def day(self, given: date | None) -> date | None:
        """A date as far before or after the new fair as it was of the old one."""
        return given and given + timedelta(days=self.days)

    def at(self, given: datetime | None) -> datetime | None:
        """The same of an instant."""
        if given is None:
            return None
        there = clock.local(given, self.tz).replace(tzinfo=None)
        return clock.to_utc(there + timedelta(days=self.days), self.tz)


Copies = Callable[[Actor, CallRow, CallRow, Shift], Awaitable[list[str]]]

copied: dict[str, Copies] = {}
left_out: dict[str, str] = {}


def copies(*tables: str) -> Callable[[Copies], Copies]:
    """Register a step that takes the rows of `tables` from one call to another and says in
    sentences what it took."""

    def register(copy: Copies) -> Copies:
        copied.update(dict.fromkeys(tables, copy))
        return copy

    return register


def leaves_out(**tables: str) -> None:
    """Register tables of which a copy takes nothing, each with the reason."""
    left_out.update(tables)


@step
async def take_over(
    table: str,
    before: int,
    after: int,
    change: Callable[[dict[str, Any]], dict[str, Any]] = lambda _: {},
) -> list[dict[str, Any]]:
    """Copy what `table` holds of the call `before` to the call `after`: the rows as they are
    written, with their new ids. `change` answers the columns that differ; versions begin anew."""
    made = []
    for each in await rows(f"SELECT * FROM {table} WHERE call = $1 ORDER BY id", before):  # noqa: S608
        new = {**each, "call": after, **change(each)}
        if "version" in new:
            new["version"] = 1
        del new["id"]
        names = ", ".join(new)
        places = ", ".join(f"${n}" for n in range(1, len(new) + 1))
        new["id"] = await value(
            f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING id",  # noqa: S608
            *new.values(),
        )
        made.append(new)
    return made
