"""PostgreSQL: the pool, the one transaction an action opens, and plain typed reads.

A transaction that fails to commit gives its connection back and leaves nothing behind; a
serialization failure or a deadlock repeats the whole action, never a part of it.
"""

import asyncio
import functools
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from typing import Any, ParamSpec, TypeVar, overload

import asyncpg
import msgspec
from piccolo.engine import engine_finder
from piccolo.engine.postgres import PostgresEngine, PostgresTransaction

from server.errors import Conflict
from server.text import N_

P = ParamSpec("P")
T = TypeVar("T")
ATTEMPTS = 6
LARGEST_ID = 2**31 - 1
_PASSING = (asyncpg.SerializationError, asyncpg.DeadlockDetectedError)
_at_commit: ContextVar[Callable[[Any], Awaitable[None]] | None] = ContextVar(
    "at_commit", default=None
)
_known: ContextVar[dict[tuple[object, ...], Any] | None] = ContextVar("known", default=None)
_statements: ContextVar[list[str] | None] = ContextVar("statements", default=None)


def _encode(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


async def _prepare(connection: asyncpg.Connection) -> None:
    for kind in ("json", "jsonb"):
        await connection.set_type_codec(
            kind, encoder=_encode, decoder=json.loads, schema="pg_catalog"
        )


def connection_options(url: str) -> dict[str, Any]:
    """What asyncpg is told: sessions in UTC, no statement for ever, no wait for ever."""
    return {
        "dsn": url,
        "timeout": 10,
        "server_settings": {
            "timezone": "UTC",
            "statement_timeout": "30s",
            "lock_timeout": "10s",
            "idle_in_transaction_session_timeout": "60s",
            "application_name": "pavilion",
        },
    }


async def _nothing_to_undo(_: asyncpg.Connection) -> None:
    """Sessions keep no state (locks and settings end with their transaction, which asyncpg rolls
    back in any case), so a connection goes back without asyncpg's reset query: one journey to the
    database for each statement instead of two."""


def engine() -> PostgresEngine:
    """The engine of this process."""
    found = engine_finder()
    assert isinstance(found, PostgresEngine)
    return found


async def open_pool(url: str | None = None, size: int = 4) -> None:
    """Connect this process to `url`, or to the database of its settings."""
    if url is not None:
        engine().config = connection_options(url)
    await engine().start_connection_pool(
        min_size=1, max_size=size, init=_prepare, reset=_nothing_to_undo
    )


async def close_pool() -> None:
    """Give every connection back."""
    await engine().close_connection_pool()


def in_transaction() -> bool:
    """Whether an action is under way in this task."""
    return engine().current_transaction.get() is not None


def connection() -> asyncpg.Connection:
    """The connection of the current transaction; an error outside one."""
    transaction = engine().current_transaction.get()
    if transaction is None:
        raise RuntimeError("This step needs the transaction of an action.")
    return transaction.connection


@asynccontextmanager
async def unit_of_work() -> AsyncIterator[None]:
    """One transaction. Nesting is an error: inner writes would seem saved when they are not."""
    base = engine()
    if base.current_transaction.get() is not None:
        raise RuntimeError("An action cannot call an action: make the inner one a step.")
    if base.pool is None:
        raise RuntimeError("The database pool is not open.")
    async with base.pool.acquire() as held:
        transaction = PostgresTransaction(engine=base, allow_nested=False)
        transaction.connection = held
        token = base.current_transaction.set(transaction)
        known = _known.set({})
        try:
            async with held.transaction():
                yield
        finally:
            _known.reset(known)
            base.current_transaction.reset(token)


def action(verb: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """A verb that is one transaction, repeated as a whole when PostgreSQL asks for it."""

    @functools.wraps(verb)
    async def whole(*args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(ATTEMPTS):
            try:
                async with unit_of_work():
                    result = await verb(*args, **kwargs)
                    hook = _at_commit.get()
                    if hook is not None:
                        await hook(result)
                    return result
            except _PASSING:
                await asyncio.sleep(random.uniform(0, 0.02 * 2**attempt))  # noqa: S311
            except asyncpg.LockNotAvailableError:
                break  # it has waited long enough
        raise Conflict(
            N_("Too many people changed this at the same moment. Nothing was saved: try again.")
        )

    return whole


@contextmanager
def at_commit(hook: Callable[[Any], Awaitable[None]]) -> Iterator[None]:
    """Let `hook(result)` be the last thing in the transaction of the action called inside."""
    token = _at_commit.set(hook)
    try:
        yield
    finally:
        _at_commit.reset(token)


def step(verb: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """A verb that joins the transaction of the action that calls it, and needs one."""

    @functools.wraps(verb)
    async def joined(*args: P.args, **kwargs: P.kwargs) -> T:
        connection()
        return await verb(*args, **kwargs)

    return joined


@asynccontextmanager
async def _borrowed() -> AsyncIterator[Any]:
    base = engine()
    transaction = base.current_transaction.get()
    if transaction is not None:
        yield transaction.connection
    else:
        if base.pool is None:
            raise RuntimeError("The database pool is not open.")
        async with base.pool.acquire() as held:
            yield held


async def rows(sql: str, *args: object) -> list[dict[str, Any]]:
    """All rows of `sql` ($1, $2 ... are `args`), inside the current transaction if there is one."""
    _note(sql)
    async with _borrowed() as held:
        return [dict(found) for found in await held.fetch(sql, *args)]


async def row(sql: str, *args: object) -> dict[str, Any] | None:
    """The first row of `sql`, or None."""
    _note(sql)
    async with _borrowed() as held:
        found = await held.fetchrow(sql, *args)
        return None if found is None else dict(found)


async def value(sql: str, *args: object) -> Any:
    """The first column of the first row of `sql`, or None."""
    _note(sql)
    async with _borrowed() as held:
        return await held.fetchval(sql, *args)


async def execute(sql: str, *args: object) -> str:
    """Run `sql`; the answer is PostgreSQL's command tag, such as "UPDATE 1"."""
    _note(sql)
    async with _borrowed() as held:
        return str(await held.execute(sql, *args))


async def once(key: tuple[object, ...], read: Callable[[], Awaitable[T]]) -> T:
    """`read()`, asked once in a transaction however many of its steps need the answer.

    For what an action only looks at; outside a transaction it is asked every time.
    """
    known = _known.get()
    if known is None:
        return await read()
    if key not in known:
        known[key] = await read()
    answer: T = known[key]
    return answer


@overload
def typed(kind: type[T], found: dict[str, Any]) -> T: ...
@overload
def typed(kind: type[T], found: Sequence[dict[str, Any]]) -> list[T]: ...
def typed(kind: type[T], found: dict[str, Any] | Sequence[dict[str, Any]]) -> T | list[T]:
    """Rows as the frozen Structs that pages and the API are given."""
    wanted: Any = kind if isinstance(found, dict) else list[kind]  # type: ignore[valid-type]
    made: T | list[T] = msgspec.convert(found, wanted)
    return made


def _note(sql: str) -> None:
    noted = _statements.get()
    if noted is not None:
        noted.append(sql)


@asynccontextmanager
async def counting() -> AsyncIterator[list[str]]:
    """Tests and bench: the statements that `rows`, `row`, `value` and `execute` send."""
    noted: list[str] = []
    token = _statements.set(noted)
    try:
        yield noted
    finally:
        _statements.reset(token)


def page_id(cursor: str) -> int | None:
    """The id at which a page of a list ended; None for the first page, and for what is no id."""
    plain = cursor.isascii() and cursor.isdigit() and len(cursor) < 11
    return int(cursor) if plain and int(cursor) <= LARGEST_ID else None


async def script(sql: str) -> None:
    """Several statements at once, without arguments: what a migration needs."""
    async with _borrowed() as held:
        await held.execute(sql)
