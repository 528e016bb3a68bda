"""Days of the demonstration, counted from the day it is loaded."""

import asyncio
from collections.abc import Awaitable, Iterable
from datetime import date, datetime, timedelta
from typing import TypeVar

from server import clock

T = TypeVar("T")
AT_ONCE = 4


async def together(acts: Iterable[Awaitable[T]]) -> list[T]:
    """Acts that do not wait for each other, a few at a time; their results in order."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(act: Awaitable[T]) -> T:
        async with turn:
            return await act

    return list(await asyncio.gather(*(one(act) for act in acts)))


class Calendar:
    """Day 0 is the day of loading; all acts of the stories happen before its noon."""

    def __init__(self, noon: datetime) -> None:
        self.noon = noon

    def day(self, offset: int) -> date:
        """The date `offset` days away."""
        return (self.noon + timedelta(days=offset)).date()

    def tuesday(self, offset: int) -> date:
        """The first Tuesday from `offset` days on: fairs begin on one."""
        day = self.day(offset)
        return day + timedelta(days=(1 - day.weekday()) % 7)

    def moment(self, offset: int, minutes: int = 0) -> datetime:
        """A little after eight in the morning, UTC, `offset` days away."""
        at = self.noon + timedelta(days=offset, hours=-4, minutes=minutes)
        return min(at, clock.now() - timedelta(minutes=1)) if offset >= 0 else at
