"""An exhibitor of Nordhafen's with a paid stand, and files for the printer."""

import io
import os
from collections.abc import AsyncIterator
from copy import copy
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from server import clock, database, jobs
from server.database import row
from tests.booths.calls.test_ends import transfer
from tests.booths.calls.test_refusals import sent_application
from tests.booths.calls.test_story import admit, done, open_call, stand_ids
from tests.cast import Cast, Someone, build_cast
from tests.fresh import drop, named, run


@dataclass
class Prepared:
    """Ids of an open call with the usual tasks and one confirmed exhibitor: Quinta do Vale."""

    cast: Cast
    made: dict[str, int]
    application: int
    stands: list[int]

    @property
    def call(self) -> int:
        return self.made["call"]

    @property
    def hub(self) -> str:
        return f"/my/applications/{self.application}/hub"


async def pay(cast: Cast, application: int) -> None:
    """Finn reads the transfer for the admission."""
    bill = await row(
        "SELECT i.reference, i.total_minor FROM admission ad JOIN invoice i ON i.id = ad.invoice"
        " WHERE ad.application = $1 AND ad.ended_at IS NULL",
        application,
    )
    assert bill is not None
    await transfer(cast.finn, bill["reference"], bill["total_minor"], f"B-{application}")


async def exhibitor(cast: Cast) -> Prepared:
    """From an empty agency to a confirmed stand, with the usual tasks set before."""
    made = await open_call(cast.mara)
    tasks = f"/desk/calls/{made['call']}/tasks"
    done(await cast.mara.send_form(tasks, {}, to=f"{tasks}/usual"))
    application = await sent_application(cast.ana, made["call"])
    stands = await stand_ids(made["booth"])
    done(await admit(cast.mara, application, stands[0]))
    await pay(cast, application)
    await jobs.drain()
    return Prepared(cast, made, application, stands)


@dataclass
class Kept:
    """A database with an exhibitor in it, to be copied: the way there takes forty requests."""

    name: str
    prepared: Prepared


@pytest.fixture(scope="session")
async def kept(postgres: str, template: str) -> AsyncIterator[Kept]:
    """Made once for these tests."""
    name = f"pavilion_hub_{os.getpid()}"
    await run(postgres, f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY wal_log")
    await database.open_pool(named(postgres, name), size=10)
    try:
        made = Kept(name, await exhibitor(await build_cast()))
        await made.prepared.cast.leave()
    finally:
        await database.close_pool()
    yield made
    await drop(postgres, name)


@pytest.fixture
async def db(postgres: str, kept: Kept) -> AsyncIterator[str]:
    """A copy of it, with this process connected to it; its URL."""
    name = f"{kept.name}_copy"
    await run(postgres, f"CREATE DATABASE {name} TEMPLATE {kept.name} STRATEGY wal_log")
    await database.open_pool(named(postgres, name), size=10)
    try:
        yield named(postgres, name)
    finally:
        await database.close_pool()
        await drop(postgres, name)


@pytest.fixture
async def cast(db: str, kept: Kept) -> AsyncIterator[Cast]:
    """The people of the copy, each still signed in."""
    made = copy(kept.prepared.cast)
    for name, someone in made.people().items():
        again = Someone(someone.email, someone.person_id)
        again.session = someone.session
        again.cookies.set("pavilion", someone.session)
        setattr(made, name, again)
    yield made
    await made.leave()


@pytest.fixture
async def prepared(cast: Cast, kept: Kept) -> Prepared:
    """One exhibitor."""
    return replace(kept.prepared, cast=cast)


def picture(width: int, height: int, kind: str = "JPEG", mode: str = "RGB", **more: Any) -> bytes:
    """A plain picture as a file."""
    written = io.BytesIO()
    Image.new(mode, (width, height)).save(written, kind, **more)
    return written.getvalue()


def days_ahead(days: int) -> str:
    """A day from today, as forms send it."""
    return (clock.now() + timedelta(days=days)).date().isoformat()
