"""`pavilion doctor`: what is wrong with this installation, and what to do about it."""

import asyncio
import os
import shutil
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

import asyncpg
import click

from server.commands import instance
from server.embedded_place import locate
from server.settings import Settings

OLDEST_POSTGRESQL = 15
EXTENSIONS = {"btree_gist", "pg_trgm", "unaccent"}
LITTLE_SPACE = 1_000_000_000
LARGEST_SKEW = 2.0
LONGEST_SILENCE = 120
SLOW_MAIL = 15


class State(StrEnum):
    """How a check went; the letters are what is printed."""

    FINE = "ok     "
    ODD = "look   "
    WRONG = "WRONG  "


@dataclass(frozen=True)
class Finding:
    """One line of the report."""

    state: State
    about: str
    said: str


def fine(about: str, said: str) -> Finding:
    return Finding(State.FINE, about, said)


def odd(about: str, said: str) -> Finding:
    return Finding(State.ODD, about, said)


def wrong(about: str, said: str) -> Finding:
    return Finding(State.WRONG, about, said)


def configuration(settings: Settings) -> list[Finding]:
    """Settings that are legal one by one and wrong together."""
    local = "127.0.0.1" in settings.base_url or "localhost" in settings.base_url
    found = []
    if not settings.secure and not local:
        found.append(
            wrong(
                "configuration",
                f"PAVILION_BASE_URL is {settings.base_url}: people would send passwords in the"
                " clear; put a proxy with TLS in front and make it start with https://.",
            )
        )
    if settings.demo and settings.secure:
        found.append(
            wrong(
                "configuration",
                "PAVILION_DEMO is on for a public address: its passwords are known to everybody;"
                " set it to false.",
            )
        )
    if settings.secure and not settings.trusted_proxy:
        found.append(
            odd(
                "configuration",
                "PAVILION_TRUSTED_PROXY is empty: sign-in limits then count the proxy as one"
                " visitor; set it to the proxy's address.",
            )
        )
    return found or [fine("configuration", f"served at {settings.base_url}")]


def disk(settings: Settings) -> Finding:
    """Room in the instance's folder."""
    free = shutil.disk_usage(settings.var_dir).free
    said = f"{free / 1e9:.1f} GB free at {settings.var_dir}"
    if free < LITTLE_SPACE:
        return wrong("disk", f"{said}; make room before the database stops.")
    return fine("disk", said)


async def database(connection: asyncpg.Connection, where: str) -> AsyncIterator[Finding]:
    """Version, extensions, clock."""
    version = await connection.fetchval("SHOW server_version_num")
    major = int(version) // 10000
    if major < OLDEST_POSTGRESQL:
        yield wrong("database", f"PostgreSQL {major} is too old; upgrade it to 15 or newer.")
    else:
        yield fine("database", f"PostgreSQL {major}, {where}")
    there = await connection.fetch("SELECT name FROM pg_available_extensions")
    lacking = EXTENSIONS - {line["name"] for line in there}
    if lacking:
        yield wrong(
            "extensions",
            f"{', '.join(sorted(lacking))} cannot be had; install PostgreSQL's contrib package.",
        )
    before = time.time()
    there_now = (await connection.fetchval("SELECT clock_timestamp()")).timestamp()
    skew = there_now - (before + time.time()) / 2
    if abs(skew) > LARGEST_SKEW:
        yield wrong(
            "clock",
            f"this machine and the database are {abs(skew):.0f} seconds apart; run a time service"
            " (chrony, systemd-timesyncd) on both, because calls close to the second.",
        )
    else:
        yield fine("clock", f"{abs(skew) * 1000:.0f} ms from the database's")


async def schema() -> Finding:
    """Whether the database is at this version."""
    try:
        await instance.require_current_schema()
    except instance.Problem as problem:
        return wrong("schema", problem.format_message())
    return fine("schema", "at this version")


async def worker(connection: asyncpg.Connection) -> Finding:
    """The worker's last sign of life."""
    age = await connection.fetchval(
        "SELECT extract(epoch FROM now() - max(seen_at)) FROM worker_sign"
    )
    if age is None:
        return wrong("worker", "has never run; start `pavilion worker`, or nothing is mailed.")
    if age > LONGEST_SILENCE:
        return wrong(
            "worker",
            f"silent for {age / 60:.0f} minutes; start `pavilion worker` and read its log.",
        )
    return fine("worker", f"seen {age:.0f} seconds ago")


async def held_jobs(connection: asyncpg.Connection) -> Finding:
    """Work that was given up after all its tries."""
    count = await connection.fetchval("SELECT count(*) FROM pgqueuer WHERE status = 'failed'")
    if count:
        return odd("jobs", f"{count} were given up; the worker's log says why.")
    return fine("jobs", "none was given up")


async def outbox(connection: asyncpg.Connection) -> Finding:
    """Mail that waits or failed."""
    line = await connection.fetchrow(
        "SELECT count(*) FILTER (WHERE state = 'failed') AS failed,"
        " extract(epoch FROM now() - min(created_at) FILTER (WHERE state = 'queued')) AS oldest"
        " FROM message"
    )
    if line["failed"]:
        return odd("outbox", f"{line['failed']} mail(s) failed; see the page Mail of each agency.")
    if (line["oldest"] or 0) > SLOW_MAIL * 60:
        return wrong(
            "outbox",
            f"the oldest mail waits for {line['oldest'] / 60:.0f} minutes; see worker and mail.",
        )
    return fine("outbox", "nothing waits")


async def mail(settings: Settings) -> Finding:
    """A conversation with the mail server, up to the sign-in."""
    import aiosmtplib

    if not settings.smtp_host:
        return wrong(
            "mail",
            "SMTP_HOST is not set, so nothing can be sent; set it. (`pavilion run` brings a mail"
            " catcher of its own for the demonstration.)",
        )
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    client = aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        start_tls=settings.smtp_starttls,
        username=settings.smtp_user or None,
        password=settings.smtp_password or None,
        timeout=10,
    )
    try:
        async with client:
            await client.noop()
    except (aiosmtplib.SMTPException, OSError) as fault:
        why = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        return wrong("mail", f"{where} does not take our mail ({why}); check the SMTP_ settings.")
    return fine("mail", f"{where} answers")


async def payments(settings: Settings) -> list[Finding]:
    """One harmless question to Stripe, and whether the keys belong together."""
    import stripe

    if not settings.stripe_secret_key:
        return [odd("payments", "STRIPE_SECRET_KEY is not set: companies pay by transfer only.")]
    found = []
    if settings.secure and settings.test_payments:
        found.append(odd("payments", "STRIPE_SECRET_KEY is a test key: no money moves."))
    if not settings.stripe_webhook_secret.startswith("whsec_"):
        found.append(
            wrong(
                "payments",
                "STRIPE_WEBHOOK_SECRET is missing or is none; take it from the endpoint"
                f" {settings.base_url}/stripe/webhook in Stripe's dashboard.",
            )
        )
    base = settings.stripe_api_base
    client = stripe.StripeClient(
        settings.stripe_secret_key,
        base_addresses={"api": base} if base else None,
        http_client=stripe.HTTPXClient(timeout=10, allow_sync_methods=False),
    )
    try:
        await client.v1.balance.retrieve_async()
    except stripe.AuthenticationError:
        found.append(wrong("payments", "Stripe refuses STRIPE_SECRET_KEY; take a new one there."))
    except stripe.StripeError as fault:
        why = str(fault).splitlines()[0]
        found.append(wrong("payments", f"Stripe cannot be reached ({why}); check the network."))
    else:
        found.append(fine("payments", "Stripe answers" + (f" at {base}" if base else "")))
    return found


async def books() -> list[Finding]:
    """Whether every rule of the books holds: ledger, invoices, payments, bank, Stripe."""
    from server.billing import checks

    broken = await checks.faults()
    if broken:
        return [wrong("books", f"{each}. Nothing was changed; tell the makers.") for each in broken]
    return [fine("books", f"all {len(checks.CHECKS)} rules hold")]


async def examine(settings: Settings, where: str, invariants: bool = False) -> list[Finding]:
    """All findings, of the database at `where`. What depends on a broken thing is not asked."""
    found = [*configuration(settings), disk(settings)]
    of_books: list[Finding] = []
    try:
        connection = await instance.connect(settings.database_url)
    except instance.Problem as problem:
        return [*found, wrong("database", problem.format_message())]
    try:
        found += [each async for each in database(connection, where)]
        async with instance.pool(settings, size=1):
            found.append(await schema())
            if invariants and found[-1].state is State.FINE:
                of_books = await books()
        if found[-1].state is State.FINE:
            found += [await worker(connection), await held_jobs(connection)]
            found.append(await outbox(connection))
            found += of_books
    finally:
        await connection.close()
    found.append(await mail(settings))
    return found + await payments(settings)


@click.command("doctor")
@click.option("--invariants", is_flag=True, help="Check every rule of the books, too.")
def command(invariants: bool) -> int:
    """Check configuration, database, mail, payments, worker, clock and disk; say what to do.

    The exit code is 1 when something is wrong.
    """
    own = not os.environ.get("DATABASE_URL")
    with instance.opened() as settings:
        where = instance.without_password(settings.database_url)
        if own:
            where = f"embedded in {locate(settings.var_dir / instance.DATABASE).home}"
        findings = asyncio.run(examine(settings, where, invariants))
    for each in findings:
        click.echo(f"{each.state.value}{each.about}: {each.said}")
    return int(any(each.state is State.WRONG for each in findings))
