"""`python -m tests.bench`: measure pages, the closing minute, races, calendars, placings, quotes,
meetings, recommendations and finding a time in offices.

Every figure stands beside the barest answer the same server gives in the same run, because a
shared machine is never as fast twice. Nothing here passes or fails.
"""

import argparse
import asyncio
import os
import tempfile
import warnings
from pathlib import Path

os.environ["PAVILION_SECRET_KEY"] = "a-secret-for-benches-only-0123456789abcdef"
os.environ["PAVILION_POOL_SIZE"] = "4"
os.environ["STRIPE_SECRET_KEY"] = "sk_test_pavilion"
os.environ["STRIPE_SHARED"] = "true"
os.environ["STRIPE_WEBHOOK_SECRET"] = "whsec_pavilion_bench"
os.environ.setdefault("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")

from server import embedded
from server.database import execute, value
from tests.bench import (
    bench_feeds,
    meetings,
    offices,
    placings,
    publishing,
    quotes,
    recommendations,
    transfers,
)
from tests.bench.closing import CLIENTS, closing_minute, fair_page
from tests.bench.ground import decide_some, empty, ground, prepare
from tests.bench.load import Load
from tests.bench.pages import Measured, measure
from tests.bench.serving import database_process, serving
from tests.concurrency.races import race, retire
from tests.concurrency.test_scarcity import FITTING, everybody
from tests.concurrency.world import STAND_M2

FEW, MANY = 40, 4000


def say(line: str = "") -> None:
    print(line, flush=True)


async def pages(url: str, seconds: float) -> None:
    """The ten busiest pages, twice."""
    found: dict[int, list[Measured]] = {}
    for applicants in (FEW, MANY):
        say(f"preparing {applicants} applications ...")
        async with ground(url, f"bench_{applicants}", applicants) as (here, world):
            await decide_some(world, applicants * 3 // 4 if applicants == FEW else 60)
            with serving(here, 1) as server:
                found[applicants] = await measure(server, world, seconds)
    say()
    say(f"Busiest pages with {FEW} and {MANY} applications, one worker, 4 clients.")
    say("per core = answers per second of the server's CPU; ratio = part of the bare answer's rate")
    say(
        f"{'':26}{'per core':>9}{'ratio':>8}{'SQL':>5}{'bytes':>9}"
        f"{'per core':>12}{'ratio':>8}{'SQL':>5}{'bytes':>9}"
    )
    for few, many in zip(found[FEW], found[MANY], strict=True):
        cells = "".join(
            f"{one.per_core:>{wide}.0f}{one.per_core / found[n][0].per_core:>8.4f}"
            f"{one.statements:>5}{one.size:>9}"
            for one, n, wide in ((few, FEW, 9), (many, MANY, 12))
        )
        note = "" if few.statements == many.statements else "  statements grow with rows"
        say(f"{few.name:26}{cells}{note}")


async def closing(url: str, database: int, seconds: float) -> None:
    """The last minute before a call closes, and the fair's page while it lasts."""
    say()
    say(f"preparing {MANY} finished applications ...")
    async with ground(url, "bench_closing", MANY, sent=False) as (here, world):
        with serving(here, 2) as server:
            slug = await value("SELECT slug FROM fair")
            read, *read_cpu = await fair_page(server, database, f"/fairs/{slug}", seconds)
            bare, *_ = await fair_page(server, database, "/bare", seconds)
            sent = await closing_minute(server, database, world, max(20.0, 4 * seconds))
    say()
    say(f"Public fair page, 2 workers and {CLIENTS} clients on {os.cpu_count()} cores:")
    say(
        f"  {read.rate:.0f} answers/s ({read.rate / bare.rate:.3f} of the bare answer's"
        f" {bare.rate:.0f}/s), p99 {read.percentile(0.99) * 1000:.0f} ms, statuses {read.statuses}"
    )
    say(f"  {cost(read, *read_cpu)}")
    say(f"Closing minute, 2 workers and {CLIENTS} clients on {os.cpu_count()} cores, fsync on:")
    load = sent.load
    say(
        f"  {load.rate:.0f} applications/s ({load.rate / bare.rate:.4f} of bare) for"
        f" {load.seconds:.1f} s, p50 {load.percentile(0.5) * 1000:.0f} ms,"
        f" p99 {load.percentile(0.99) * 1000:.0f} ms, slowest {max(load.latencies) * 1000:.0f} ms"
    )
    say(f"  {cost(load, sent.server_cpu, sent.database_cpu)}")
    say(
        f"  answers {load.statuses} {load.places}; in the database: {sent.submissions} submissions,"
        f" {sent.receipts} receipts, {sent.mails} mails, {sent.jobs} jobs enqueued"
    )


def cost(load: Load, server: float, database: float) -> str:
    """CPU for one answer, and what that comes to where nobody else uses the machine."""
    answers, cores = len(load.latencies), os.cpu_count() or 1
    return (
        f"CPU for each: {1000 * server / answers:.1f} ms server, {1000 * database / answers:.1f} ms"
        f" PostgreSQL; {cores} cores with nothing else to do have time for"
        f" {cores * answers / (server + database):.0f}/s"
    )


async def races(url: str) -> None:
    """64 clients for one of something."""
    say()
    say("Races, 64 clients in 4 processes, real code:")
    for what in ("last stand", "last m²", "last euro"):
        async with ground(url, "bench_race", 64) as (here, world):
            if what == "last m²":
                await execute("UPDATE booth SET net_m2 = $1", FITTING * STAND_M2 + 4)
            if what == "last euro":
                await execute(
                    "UPDATE scheme SET budget_minor = $1", (FITTING + 1) * world.aid_minor - 1
                )
            items = everybody(world, one_stand=what == "last stand")
            found = await race(here, "admit", world.mara, items)
            say(f"  {found.told(what)}")


async def run(asked: argparse.Namespace) -> None:
    """Everything asked for, on a PostgreSQL of its own that writes durably."""
    with tempfile.TemporaryDirectory(prefix="pb") as folder:
        place = Path(folder) / "pg"
        url = embedded.start(place)
        try:
            await prepare(url)
            if "pages" in asked.what:
                await pages(url, asked.seconds)
            if "closing" in asked.what:
                await closing(url, database_process(place), asked.seconds)
            if "races" in asked.what:
                await races(url)
                await retire()
            if "offices" in asked.what:
                async with empty(url, "bench_offices"):
                    say()
                    for line in await offices.measure():
                        say(line)
            if "publishing" in asked.what:
                async with empty(url, "bench_publishing"):
                    say()
                    for line in await publishing.measure():
                        say(line)
            if "statement" in asked.what:
                say()
                say(await transfers.bench(url))
        finally:
            embedded.stop(place)
            embedded.remove(place)


def main() -> None:
    """What to measure, and for how long."""
    parts = ["pages", "closing", "races", "statement", "feeds", "placings", "quotes", "meetings",
             "recommendations", "offices", "publishing"]  # fmt: skip
    asked = argparse.ArgumentParser(prog="python -m tests.bench", description=main.__doc__)
    asked.add_argument("what", nargs="*", default=parts, help=f"{', '.join(parts)} (all)")
    asked.add_argument("--seconds", type=float, default=4.0, help="for each page")
    warnings.simplefilter("ignore", ResourceWarning)
    wanted = asked.parse_args()
    if {"pages", "closing", "races", "statement", "offices", "publishing"} & set(wanted.what):
        asyncio.run(run(wanted))
    if "feeds" in wanted.what:
        say()
        bench_feeds.main()
    if "placings" in wanted.what:
        say()
        placings.main()
    if "quotes" in wanted.what:
        say()
        quotes.main()
    if "meetings" in wanted.what:
        say()
        meetings.main()
    if "recommendations" in wanted.what:
        say()
        recommendations.main()


if __name__ == "__main__":
    main()
