"""Argon2id in a thread, a few at a time, so that sign-ins never starve the pages."""

import asyncio
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


@cache
def _turns() -> asyncio.Semaphore:
    return asyncio.Semaphore(2)


@cache
def _nobody() -> str:
    return _hasher.hash("a password that nobody has")


async def hashed(password: str) -> str:
    """The argon2id hash of `password`."""
    async with _turns():
        return await asyncio.to_thread(_hasher.hash, password)


def _fits(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (Argon2Error, InvalidHashError):
        return False


async def fits(stored: str | None, password: str) -> bool:
    """Whether `password` is the one behind `stored`; takes as long when there is none."""
    async with _turns():
        return await asyncio.to_thread(_fits, stored or _nobody(), password) and bool(stored)
