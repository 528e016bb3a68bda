"""Pages and lists of the hub ask the database as often for twelve exhibitors as for two."""

from booths.calls import deciding
from booths.calls.forms import AdmitForm
from booths.hub import setup
from booths.hub.forms import PressForm
from server import jobs
from server.database import counting, execute, value
from tests.cast import Visitor
from tests.concurrency.world import World, build

FEW, MANY = 2, 12


async def admit(world: World, since: int, until: int) -> None:
    """Stands for some, as if they had paid."""
    for n in range(since, until):
        form = AdmitForm(stand=world.stands[n])
        await deciding.admit(world.mara, form, application_id=world.applications[n])
    await jobs.drain()
    await execute("UPDATE allocation SET state = 'confirmed'")
    await execute("UPDATE application SET state = 'confirmed' WHERE state = 'admitted'")
    await execute("UPDATE session SET seen_at = now()")


async def counted(world: World) -> dict[str, int]:
    """Statements by address."""
    slug = await value("SELECT slug FROM fair WHERE id = $1", world.fair)
    desk, api = f"/desk/calls/{world.call}", f"/api/v1/desk/calls/{world.call}"
    found = {}
    async with Visitor() as nobody, await world.cast.mara.program() as program:
        for reader, paths in (
            (
                world.cast.mara,
                [f"{desk}/hub", f"{desk}/tasks", f"{desk}/shop", f"{desk}/orders", desk, "/desk",
                 f"{desk}/hub?show=late"],
            ),
            (world.cast.ana, [f"/my/applications/{world.applications[0]}/hub"]),
            (nobody, [f"/fairs/{slug}/booths/{world.booth}/catalogue"]),
            (program, [f"{api}/exhibitors", f"{api}/orders", f"{api}/tasks"]),
        ):  # fmt: skip
            for path in paths:
                async with counting() as noted:
                    answer = await reader.get(path)
                assert answer.status_code == 200, path
                found[path] = len(noted)
    return found


async def test_the_matrix_asks_as_often_for_many_as_for_few(db: str) -> None:
    world = await build(MANY)
    await setup.add_usual(world.mara, PressForm(), call_id=world.call)
    await execute("UPDATE hub_task SET days_before = 700 WHERE kind = 'logo'")
    await admit(world, 0, FEW)
    await counted(world)
    few = await counted(world)
    await admit(world, FEW, MANY)
    many = await counted(world)
    shown = await world.cast.mara.get(f"/desk/calls/{world.call}/hub?show=late")
    assert f"{MANY} exhibitors are late." in shown.text
    await world.cast.leave()
    assert many == few
