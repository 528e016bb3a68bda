"""The database goes away in the middle of a request, and comes back."""

import asyncio
import time

import asyncpg
import httpx

from server import clock
from server.billing import checks
from server.database import execute, value
from tests.cast import BASE, Cast, door
from tests.fresh import named


async def test_lost_connection_undoes_the_act_and_the_pool_heals(cast: Cast, db: str) -> None:
    name = await value("SELECT current_database()")
    await execute("INSERT INTO worker_sign (name, seen_at) VALUES ('w', $1)", clock.now())
    agency = await value("SELECT name FROM agency WHERE id = $1", cast.nordhafen)
    outside = await asyncpg.connect(named(db, "postgres"))
    inside = await asyncpg.connect(db)
    cut = (
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE datname = $1 AND application_name = 'pavilion'"
    )
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=door(), raise_app_exceptions=False), base_url=BASE
    ) as anybody:
        assert (await anybody.get("/readyz")).status_code == 200
        held = inside.transaction()
        await held.start()
        await inside.execute("SELECT 1 FROM agency WHERE id = $1 FOR UPDATE", cast.nordhafen)
        shown = await cast.olga.get("/desk/settings")
        assert shown.status_code == 200
        paying = asyncio.create_task(
            cast.olga.send_form("/desk/settings/payments", {"way": "none",
                                "own_password": "orchard lantern velvet"},
                                to="/desk/settings/payments/way")
        )  # fmt: skip
        while not await outside.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock'",
            name,
        ):
            assert not paying.done(), paying.result().text
            await asyncio.sleep(0.02)
        await outside.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        await outside.fetchval(cut, name)
        lost = await paying
        assert lost.status_code == 503
        assert "cannot reach its database" in lost.text
        assert (await anybody.get("/readyz")).status_code == 503
        await held.rollback()
        await inside.close()
        await outside.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await outside.close()
        back = time.monotonic()
        while (await anybody.get("/readyz")).status_code != 200:
            assert time.monotonic() - back < 5
            await asyncio.sleep(0.05)
    assert await value("SELECT count(*) FROM stripe_account") == 0, "nothing half done was kept"
    assert await value("SELECT name FROM agency WHERE id = $1", cast.nordhafen) == agency
    assert (await cast.olga.get("/desk/settings")).status_code == 200
    assert await checks.faults() == []
