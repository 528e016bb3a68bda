"""The ground that races and benches stand on is itself sound."""

from booths.calls import deciding
from booths.calls.forms import AdmitForm
from server.database import value
from tests.concurrency.world import build


async def test_copied_applicants_are_admitted_like_the_first(db: str) -> None:
    world = await build(5, rows_of_stands=2, per_row=5)
    for application, stand in zip(world.applications, world.stands, strict=False):
        await deciding.admit(world.mara, AdmitForm(stand=stand), application_id=application)
    assert await value("SELECT count(*) FROM allocation WHERE state = 'held'") == 5
    assert await value("SELECT count(DISTINCT company) FROM aid_grant") == 5
    assert await value("SELECT committed_minor FROM scheme") == 5 * world.aid_minor
    await world.cast.leave()
