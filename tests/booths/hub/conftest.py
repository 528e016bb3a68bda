"""An exhibitor of Nordhafen's with a paid stand, and files for the printer."""

import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from server import clock, jobs
from server.database import row
from tests.booths.calls.test_ends import transfer
from tests.booths.calls.test_refusals import sent_application
from tests.booths.calls.test_story import admit, done, open_call, stand_ids
from tests.cast import Cast


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


@pytest.fixture
async def prepared(cast: Cast) -> Prepared:
    """One exhibitor."""
    return await exhibitor(cast)


def picture(width: int, height: int, kind: str = "JPEG", mode: str = "RGB", **more: Any) -> bytes:
    """A plain picture as a file."""
    written = io.BytesIO()
    Image.new(mode, (width, height)).save(written, kind, **more)
    return written.getvalue()


def days_ahead(days: int) -> str:
    """A day from today, as forms send it."""
    return (clock.now() + timedelta(days=days)).date().isoformat()
