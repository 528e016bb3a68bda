"""The scene that tests of meetings begin with."""

from events.matchmaking import queries
from tests.cast import Cast
from tests.events.matchmaking.scene import session_with


async def test_scene_is_an_open_session_with_people(cast: Cast) -> None:
    scene = await session_with(cast, 4)
    found = await queries.session(scene.id)
    assert (found.state, found.slots, found.taking) == ("open", 6, 4)
    assert [each.half for each in scene.slots] == [0, 0, 0, 1, 1, 1]
    assert [each.label for each in scene.places] == [f"Table {n}" for n in range(1, 6)]
    assert [each.person_id for each in scene.people[:2]] == [
        cast.ana.person_id, cast.carla.person_id,
    ]  # fmt: skip
    await scene.leave()
