"""One process of a race: it connects, says that it is ready, and starts with all others.

The plan comes as one line of JSON on standard input; "go" is the second line; the outcomes go back
as one line of JSON, and the next plan may come. It ends with its input.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from booths.calls import deciding
from booths.calls.forms import AdmitForm
from booths.offers import actions as offers
from events.bookings import actions as bookings
from events.bookings.rules import Ask
from server import clock, database
from server.accounts.permissions import Actor
from server.app import register_jobs
from server.errors import Conflict, Refused

Verb = Callable[[Actor, dict[str, Any]], Awaitable[object]]


async def admit(actor: Actor, item: dict[str, Any]) -> object:
    """The real thing: a binding admission."""
    return await deciding.admit(
        actor, AdmitForm(stand=item["stand"]), application_id=item["application"]
    )


async def _think() -> None:
    """What code does between reading and writing; every other client reads meanwhile."""
    await database.execute("SELECT pg_sleep(0.02)")


@database.action
async def naive_stand(actor: Actor, item: dict[str, Any]) -> object:
    """Read, then write: as it is done where nobody thinks of the second client."""
    taken = await database.value(
        "SELECT count(*) FROM allocation WHERE stand = $1 AND state <> 'released'", item["stand"]
    )
    await _think()
    if taken:
        raise Conflict("taken")
    return await database.value(
        "INSERT INTO allocation (stand, application, area_m2, state, since)"
        " VALUES ($1, $2, 9, 'held', $3) RETURNING id",
        item["stand"],
        item["application"],
        clock.now(),
    )


@database.action
async def naive_area(actor: Actor, item: dict[str, Any]) -> object:
    """Read what is left, then take it."""
    wanted = Decimal(item["m2"])
    left = await database.value(
        "SELECT net_m2 - allocated_m2 FROM booth WHERE id = $1", item["booth"]
    )
    await _think()
    if left < wanted:
        raise Conflict("nothing left")
    return await database.execute(
        "UPDATE booth SET allocated_m2 = allocated_m2 + $2 WHERE id = $1", item["booth"], wanted
    )


@database.action
async def naive_budget(actor: Actor, item: dict[str, Any]) -> object:
    """Read what is left, then commit it."""
    left = await database.value(
        "SELECT budget_minor - committed_minor FROM scheme WHERE id = $1", item["scheme"]
    )
    await _think()
    if left < item["aid"]:
        raise Conflict("nothing left")
    return await database.execute(
        "UPDATE scheme SET committed_minor = committed_minor + $2 WHERE id = $1",
        item["scheme"],
        item["aid"],
    )


async def ask(actor: Actor, item: dict[str, Any]) -> object:
    """The real thing: a free stand goes to the next of the waiting list."""
    return await offers.ask_next(item["gap"])


@database.action
async def naive_offer(actor: Actor, item: dict[str, Any]) -> object:
    """Look whether somebody is asked, then ask the first of the list."""
    if await database.value(
        "SELECT count(*) FROM offer WHERE gap = $1 AND state = 'open'", item["gap"]
    ):
        return False
    await _think()
    kept = await database.row(
        "INSERT INTO allocation (stand, application, area_m2, state, since, purpose, until)"
        " SELECT g.stand, x.id, 9, 'kept', now(), 'offer', now() + interval '1 day' FROM gap g"
        " JOIN application x ON x.call = g.call AND x.wait_position = 1 WHERE g.id = $1"
        " RETURNING id, application",
        item["gap"],
    )
    assert kept is not None
    return await database.execute(
        "INSERT INTO offer (gap, application, allocation, state, made_at, until)"
        " VALUES ($1, $2, $3, 'open', now(), now() + interval '1 day')",
        item["gap"],
        kept["application"],
        kept["id"],
    )


async def book(actor: Actor, item: dict[str, Any]) -> object:
    """The real thing: a desk for a day."""
    ask = Ask(item["resource"], datetime.fromisoformat(item["start"]), 1)
    return await bookings.book(actor, [ask], accepted=True)


@database.action
async def naive_desk(actor: Actor, item: dict[str, Any]) -> object:
    """Look for a free desk, then write the booking."""
    start = datetime.fromisoformat(item["start"])
    unit = await database.value(
        "SELECT u.id FROM resource_unit u WHERE u.resource = $1 AND NOT EXISTS (SELECT FROM booking"
        " b WHERE b.unit = u.id AND b.start_local = $2) ORDER BY u.number LIMIT 1",
        item["resource"],
        start,
    )
    await _think()
    if unit is None:
        raise Conflict("taken")
    return await database.value(
        "INSERT INTO booking (key, office, resource, unit, agency, company, undertaking, person,"
        " state, starts_at, ends_at, start_local, end_local, blocked_from, blocked_until, currency,"
        " changed_at, made_at) SELECT gen_random_uuid(), r.office, r.id, $2, o.agency, c.id,"
        " c.undertaking, $4, 'confirmed', t, t + '1 day', $5, $5 + interval '1 day', t,"
        " t + '1 day', 'EUR', now(), now()"
        " FROM resource r JOIN office o ON o.id = r.office, company c,"
        " LATERAL (SELECT $5::timestamp AT TIME ZONE 'UTC' AS t) x"
        " WHERE r.id = $1 AND c.id = $3 RETURNING id",
        item["resource"],
        unit,
        actor.company_id,
        actor.person_id,
        start,
    )


VERBS: dict[str, Verb] = {
    "book": book,
    "naive_desk": naive_desk,
    "ask": ask,
    "naive_offer": naive_offer,
    "admit": admit,
    "naive_stand": naive_stand,
    "naive_area": naive_area,
    "naive_budget": naive_budget,
}


async def _one(verb: Verb, actor: Actor, item: dict[str, Any]) -> dict[str, Any]:
    began = time.perf_counter()
    accepted, said, fault = False, "", ""
    try:
        await verb(actor, item)
        accepted = True
    except Refused as refused:
        said = str(refused)
    except Exception as wrong:
        fault = f"{type(wrong).__name__}: {wrong}"
    return {
        "accepted": accepted,
        "said": said,
        "fault": fault,
        "seconds": time.perf_counter() - began,
        **item,
    }


async def _run() -> None:
    register_jobs()
    while line := sys.stdin.readline():
        await _race(json.loads(line))


async def _race(plan: dict[str, Any]) -> None:
    await database.open_pool(plan["url"], size=4)
    await database.value("SELECT 1")
    actor = msgspec.convert(plan["actor"], Actor)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    outcomes = await asyncio.gather(
        *(_one(VERBS[plan["verb"]], actor, item) for item in plan["items"])
    )
    await database.close_pool()
    sys.stdout.write(json.dumps(outcomes) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_run())
