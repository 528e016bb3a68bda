"""Stands through the front door: geometry refuses, kinds follow the aisles, nobody overwrites."""

import asyncio
from collections.abc import Iterator
from decimal import Decimal

import asyncpg
import pytest

from booths.plans import actions, drafting, occupancy, queries
from booths.plans.drawing import Occupant
from booths.plans.forms import NewStand
from booths.plans.looks import StandState
from booths.plans.rules import StandKind
from server.database import action, execute, value
from server.errors import Conflict, Refused
from tests.booths.plans.conftest import Ground

D = Decimal


@pytest.fixture
def given() -> Iterator[dict[int, Occupant]]:
    """Stands that exhibitors have, as a room above would say."""
    taken: dict[int, Occupant] = {}

    async def known(booth_id: int) -> dict[int, Occupant]:
        return taken

    before = list(occupancy._sources)
    occupancy._sources[:] = [known]
    yield taken
    occupancy._sources[:] = before


async def kinds(ground: Ground) -> dict[str, str]:
    return {stand.label: stand.kind for stand in await queries.stands(ground.booth)}


async def test_a_stand_alone_is_an_island_and_becomes_a_head_beside_a_neighbour(
    ground: Ground,
) -> None:
    assert (await ground.add("A1", "3", "3")).status_code == 303
    assert await kinds(ground) == {"A1": "island"}
    assert (await ground.add("A2", "6", "3")).status_code == 303
    assert await kinds(ground) == {"A1": "head", "A2": "head"}
    await ground.add("A3", "9", "3")
    assert (await kinds(ground))["A2"] == "corner"


async def test_a_stand_keeps_the_area_of_its_sides(ground: Ground) -> None:
    await ground.add("A1", "0", "0", "3.33", "2,55")
    found = await queries.stand(await ground.stand("A1"))
    assert found.area_m2 == D("8.49")


@pytest.mark.parametrize(
    ("x", "y", "width", "depth", "sentence"),
    [
        ("2.99", "0", "3", "3", "would overlap A1"),
        ("9.01", "0", "3", "3", "outside the block of 12.00 × 9.00 m"),
        ("3", "0", "9", "9", "81 m². That is 9 m² too much"),
        ("3", "0", "0", "3", "Width in metres must be more than 0"),
        ("3", "0", "3.0015", "3", "to the centimetre"),
        ("-1", "0", "3", "3", "must be 0 or more"),
        ("three", "0", "3", "3", "From the left in metres"),
    ],
)
async def test_a_stand_that_does_not_fit_is_refused_and_what_was_typed_is_kept(
    ground: Ground, x: str, y: str, width: str, depth: str, sentence: str
) -> None:
    await ground.add("A1", "0", "0")
    answer = await ground.add("B1", x, y, width, depth)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{x}"' in answer.text
    assert await value("SELECT count(*) FROM stand") == 1


async def test_a_label_is_used_once_whatever_its_case(ground: Ground) -> None:
    await ground.add("A1", "0", "0")
    answer = await ground.add("a1", "3", "0")
    assert answer.status_code == 422
    assert "There is a stand a1 on this plan already" in answer.text


async def test_a_stand_that_walls_another_in_is_refused(ground: Ground) -> None:
    for label, x, y in (("N", "3", "0"), ("W", "0", "3"), ("E", "6", "3"), ("M", "3", "3")):
        assert (await ground.add(label, x, y)).status_code == 303
    answer = await ground.add("S", "3", "6")
    assert answer.status_code == 422
    assert "Nobody could walk up to M" in answer.text


async def test_a_stated_kind_may_promise_less_than_the_plan_but_never_more(ground: Ground) -> None:
    await ground.add("A1", "0", "0", "12", "3", kind="row")
    assert await kinds(ground) == {"A1": "row"}
    await ground.add("B1", "0", "6")
    answer = await ground.add("B2", "3", "6", kind="island")
    assert answer.status_code == 422
    assert "B2 would have fewer open sides" in answer.text


async def test_moving_a_stand_counts_its_version_and_a_second_editor_is_told(
    ground: Ground,
) -> None:
    await ground.add("A1", "0", "0")
    a1 = await ground.stand("A1")
    path = f"{ground.path}/stands/{a1}"
    move = {"label": "A1", "x_m": "3", "y_m": "0", "width_m": "3", "depth_m": "3", "version": 1}
    assert (await ground.cast.mara.send_form(path, move)).status_code == 303
    late = await ground.cast.olga.send_form(path, {**move, "x_m": "6"})
    assert late.status_code == 409
    assert "Mara Example changed A1 while you were editing" in late.text
    assert "what you typed is kept" in late.text
    assert 'name="x_m" type="text" value="6"' in late.text
    assert (await queries.stand(a1)).x_m == D("3.00")
    knowing = await ground.cast.olga.send_form(path, {**move, "x_m": "6", "version": 2})
    assert knowing.status_code == 303


async def test_a_stand_removed_meanwhile_is_said_so(ground: Ground) -> None:
    await ground.add("A1", "0", "0")
    a1 = await ground.stand("A1")
    path = f"{ground.path}/stands/{a1}"
    gone = await ground.cast.mara.send_form(path, {"version": 1}, to=f"{path}/remove")
    assert gone.status_code == 303
    answer = await ground.cast.olga.send_form(
        f"{ground.path}/plan", {"version": 1}, to=f"{path}/remove"
    )
    assert answer.status_code == 404
    assert "no longer on the plan" in answer.text


async def test_a_stand_that_an_exhibitor_has_moves_but_keeps_size_and_kind(
    ground: Ground, given: dict[int, Occupant]
) -> None:
    await ground.add("A1", "3", "3")
    a1 = await ground.stand("A1")
    given[a1] = Occupant(StandState.HELD, "Quinta do Vale")
    path = f"{ground.path}/stands/{a1}"
    typed = {"label": "A1", "x_m": "3", "y_m": "3", "width_m": "3", "depth_m": "3", "version": 1}
    bigger = await ground.cast.mara.send_form(path, {**typed, "width_m": "4"})
    assert bigger.status_code == 422
    assert "its size stays 3.00 × 3.00 m" in bigger.text
    other = await ground.cast.mara.send_form(path, {**typed, "kind": "row"})
    assert "its kind stays as it is" in other.text
    moved = await ground.cast.mara.send_form(path, {**typed, "x_m": "6"})
    assert moved.status_code == 303
    beside = await ground.add("A2", "3", "3")
    assert beside.status_code == 422
    assert "A1 would have fewer open sides than stated or sold" in beside.text
    blocked = await ground.cast.mara.send_form(path, {"version": 2}, to=f"{path}/block")
    assert blocked.status_code == 409
    shown = await ground.cast.vera.get(ground.path)
    assert "Quinta do Vale" in shown.text
    assert "Held" in shown.text


async def test_a_stand_that_an_exhibitor_ever_had_is_never_removed(ground: Ground) -> None:
    await ground.add("A1", "0", "0")
    a1 = await ground.stand("A1")
    await execute("CREATE TABLE had (stand integer NOT NULL REFERENCES stand)")
    await execute("INSERT INTO had VALUES ($1)", a1)
    path = f"{ground.path}/stands/{a1}"
    answer = await ground.cast.mara.send_form(path, {"version": 1}, to=f"{path}/remove")
    assert answer.status_code == 409
    assert "has or had A1" in answer.text
    again = await ground.cast.mara.send_form(
        f"{ground.path}/layout",
        {"width_m": "3", "depth_m": "3", "aisle_m": "3", "version": 1},
    )
    assert again.status_code == 409
    assert (await queries.stand(a1)).label == "A1"


async def test_a_blocked_stand_is_not_given_and_can_be_offered_again(ground: Ground) -> None:
    await ground.add("A1", "0", "0")
    a1 = await ground.stand("A1")
    path = f"{ground.path}/stands/{a1}"

    @action
    async def claim() -> StandKind:
        return (await actions.claim_stand(a1)).kind

    sent = await ground.cast.mara.send_form(
        path, {"version": 1, "why": "information desk"}, to=f"{path}/block"
    )
    assert sent.status_code == 303
    with pytest.raises(Conflict, match="Stand A1 is blocked"):
        await claim()
    assert "information desk" in (await ground.cast.mara.get(path)).text
    await ground.cast.mara.send_form(path, {"version": 2}, to=f"{path}/unblock")
    assert await claim() == StandKind.ISLAND


async def test_a_layout_is_shown_before_it_is_drawn(ground: Ground) -> None:
    shown = await ground.cast.mara.get(f"{ground.path}/layout?width_m=3&depth_m=3&aisle_m=3")
    assert "8 stands, 72 m² of 81 m² net area" in shown.text
    assert await value("SELECT count(*) FROM stand") == 0
    sizes = {"width_m": "3", "depth_m": "3", "aisle_m": "3", "version": 1}
    drawn = await ground.cast.mara.send_form(f"{ground.path}/layout", sizes)
    assert drawn.status_code == 303
    assert set((await kinds(ground)).values()) == {"corner", "row"}
    late = await ground.cast.olga.send_form(f"{ground.path}/layout", sizes)
    assert late.status_code == 409


async def test_a_layout_never_takes_a_stand_from_an_exhibitor(
    ground: Ground, given: dict[int, Occupant]
) -> None:
    await ground.add("A1", "0", "0")
    given[await ground.stand("A1")] = Occupant(StandState.CONFIRMED, "Quinta do Vale")
    answer = await ground.cast.mara.send_form(
        f"{ground.path}/layout", {"width_m": "3", "depth_m": "3", "aisle_m": "3", "version": 1}
    )
    assert answer.status_code == 409
    assert "Exhibitors have stands on this plan: A1" in answer.text


@pytest.mark.parametrize(
    "query", ["width_m=&depth_m=3&aisle_m=3", "width_m=x&depth_m=3&aisle_m=3", "width_m=3"]
)
async def test_a_layout_of_sizes_that_are_none_says_so(ground: Ground, query: str) -> None:
    answer = await ground.cast.mara.get(f"{ground.path}/layout?{query}")
    assert answer.status_code == 200
    assert "govuk-error-summary" in answer.text


async def test_two_who_draw_on_the_same_floor_at_once_never_overlap(ground: Ground) -> None:
    mara = await ground.cast.mara.actor()

    async def draw(label: str) -> str:
        form = NewStand(label=label, x_m=D(0), y_m=D(0), width_m=D(3), depth_m=D(3))
        try:
            await drafting.add_stand(mara, ground.booth, form)
        except Refused:
            return "refused"
        return "drawn"

    answers = await asyncio.gather(*(draw(f"A{n}") for n in range(8)))
    assert sorted(answers) == ["drawn", *["refused"] * 7]


@pytest.mark.parametrize(
    "change",
    [
        "area_m2 = 10",
        "open_sides = 2, kind = 'row'",
        "x_m = -1",
        "width_m = 0, area_m2 = 0",
    ],
)
async def test_the_database_refuses_a_stand_that_cannot_be(ground: Ground, change: str) -> None:
    await ground.add("A1", "0", "0")
    with pytest.raises(asyncpg.CheckViolationError):
        await execute(f"UPDATE stand SET {change}")


async def test_the_database_refuses_an_overlap_and_lets_stands_touch(ground: Ground) -> None:
    await ground.add("A1", "0", "0")
    await ground.add("A2", "3", "0")
    with pytest.raises(asyncpg.ExclusionViolationError):
        await execute(
            'UPDATE stand SET x_m = 2.99, outline = \'[["2.99", "0"], ["5.99", "0"],'
            ' ["5.99", "3"], ["2.99", "3"]]\' WHERE label = \'A2\''
        )


async def test_stands_are_listed_as_people_count(ground: Ground) -> None:
    for number, label in enumerate(("A10", "A2", "AA1", "B1", "A1")):
        await ground.add(label, str(2 * number), "0", "1", "1")
    assert [s.label for s in await queries.stands(ground.booth)] == ["A1", "A2", "A10", "B1", "AA1"]


async def test_the_api_draws_and_removes_stands(ground: Ground) -> None:
    async with await ground.cast.mara.program() as program:
        path = f"/api/v1/booths/{ground.booth}/stands"
        sent = {"label": "A1", "x_m": 0, "y_m": "0", "width_m": 3, "depth_m": "3"}
        made = await program.post(path, json=sent)
        assert made.status_code == 201, made.text
        listed = (await program.get(path)).json()["items"]
        assert [(each["label"], each["area_m2"]) for each in listed] == [("A1", "9.00")]
        one = f"{path}/{made.json()['id']}"
        moved = await program.put(one, json={**sent, "x_m": 3, "version": 1})
        assert moved.status_code == 200, moved.text
        late = await program.put(one, json={**sent, "version": 1})
        assert late.status_code == 409
        gone = await program.post(f"{one}/remove", json={"version": 2})
        assert gone.status_code == 200, gone.text
        assert (await program.get(path)).json()["items"] == []
