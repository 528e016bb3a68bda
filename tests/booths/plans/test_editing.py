"""The editor through the front door: split, merge, copy, shared areas, undo; who was quicker."""

import json
import os
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from booths.plans import drafting, occupancy, queries, sharing, undoing
from booths.plans.drawing import Occupant
from booths.plans.forms import (
    Blocking,
    ChangedStand,
    Merging,
    NewShared,
    NewStand,
    RemovedStand,
    Split,
    Step,
)
from booths.plans.looks import StandState
from booths.plans.outlines import Axis
from booths.plans.queries import StandRow
from booths.plans.rules import SharedKind, StandKind, collisions
from server.accounts.permissions import Actor
from server.database import execute, row, rows, value
from server.errors import Refused
from server.web.formats import number
from tests.booths.plans.conftest import Ground

D = Decimal
EXAMPLES = 60 if "PAVILION_KILLS" in os.environ else 6
ELL = "0 0; 6 0; 6 3; 3 3; 3 6; 0 6"


@pytest.fixture
def given_away() -> Iterator[dict[int, Occupant]]:
    """Stands that exhibitors have, as a room above would say."""
    taken: dict[int, Occupant] = {}

    async def known(booth_id: int) -> dict[int, Occupant]:
        return taken

    before = list(occupancy._sources)
    occupancy._sources[:] = [known]
    yield taken
    occupancy._sources[:] = before


async def drawn(ground: Ground) -> dict[str, str]:
    """Label -> place and size of the rectangle around it, in metres."""
    return {
        stand.label: " ".join(
            number(each) for each in (stand.x_m, stand.y_m, stand.width_m, stand.depth_m)
        )
        for stand in await queries.stands(ground.booth)
    }


async def send(ground: Ground, label: str, act: str, who: str = "mara", **fields: Any) -> Any:
    """Send one of the small forms on a stand's page, as somebody who has just opened it."""
    stand_id = await ground.stand(label)
    path = f"{ground.path}/stands/{stand_id}"
    version = (await queries.stand(stand_id)).version
    person = getattr(ground.cast, who)
    return await person.send_form(path, {"version": version, **fields}, to=f"{path}/{act}")


async def step(ground: Ground, way: str, who: str = "mara") -> Any:
    """Press Undo or Redo on the plan; an AssertionError when the page has no such button."""
    person = getattr(ground.cast, who)
    actor = await person.actor()
    edit = getattr(await undoing.steps_of(actor, ground.booth), way)
    assert edit is not None
    path = f"{ground.path}/plan"
    assert f'name="edit" value="{edit.id}"' in (await person.get(path)).text
    return await person.send_form(path, {"edit": edit.id}, to=f"{path}/{way}")


# -- outlines -------------------------------------------------------------------------------------


async def test_an_l_shaped_stand_is_drawn_by_its_corners_and_keeps_its_area(ground: Ground) -> None:
    sent = {"label": "A1", "x_m": "3", "y_m": "0", "corners": ELL}
    answer = await ground.cast.mara.send_form(f"{ground.path}/plan", sent)
    assert answer.status_code == 303, answer.text
    found = await queries.stand(await ground.stand("A1"))
    assert (found.area_m2, found.width_m, found.depth_m) == (D("27.00"), D("6.00"), D("6.00"))
    assert found.outline[2] == (D("9.00"), D("3.00"))
    assert (await ground.add("A2", "6", "3")).status_code == 303
    shown = await ground.cast.mara.get(f"{ground.path}/stands/{found.id}")
    assert 'value="0.00 0.00; 6.00 0.00; 6.00 3.00; 3.00 3.00; 3.00 6.00; 0.00 6.00"' in shown.text
    assert "6 corners within 6 × 6 m" in (await ground.cast.vera.get(ground.path)).text


@pytest.mark.parametrize(
    ("corners", "sentence"),
    [
        ("0 0; 6", "Give two lengths in metres for each corner"),
        ("0 0; 3 0; 0 3; 3 3", "The walls of A1 would cross"),
        ("0 0; 3 0", "A1 needs three to 40 corners"),
        ("0 0; 0.5 0; 0.5 3; 0 3", "A1 would be narrower than 1 m"),
        ("0 0; 13 0; 13 3; 0 3", "A1 would lie outside the block"),
    ],
)
async def test_corners_that_are_no_stand_are_refused_and_kept(
    ground: Ground, corners: str, sentence: str
) -> None:
    sent = {"label": "A1", "x_m": "0", "y_m": "0", "corners": corners}
    answer = await ground.cast.mara.send_form(f"{ground.path}/plan", sent)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert f'value="{corners}"' in answer.text
    assert await value("SELECT count(*) FROM stand") == 0


@pytest.mark.parametrize(("x", "ok"), [("3.00", True), ("2.99", False), ("0.00", False)])
async def test_the_database_knows_the_notch_of_an_l(ground: Ground, x: str, ok: bool) -> None:
    """Direct SQL, past all rules: a stand may fill the notch and may not come out of it."""
    sent = {"label": "A1", "x_m": "0", "y_m": "0", "corners": ELL}
    await ground.cast.mara.send_form(f"{ground.path}/plan", sent)
    outline = [[x, "3"], [str(D(x) + 3), "3"], [str(D(x) + 3), "6"], [x, "6"]]
    statement = (
        "INSERT INTO stand (booth, label, kind, kind_stated, x_m, y_m, width_m, depth_m, outline,"
        " area_m2, open_sides, blocked, blocked_why, version)"
        " VALUES ($1, 'B1', 'row', false, $2, 3, 3, 3, $3, 9, 1, false, '', 1)"
    )
    if ok:
        await execute(statement, ground.booth, D(x), outline)
    else:
        with pytest.raises(asyncpg.ExclusionViolationError):
            await execute(statement, ground.booth, D(x), outline)


@pytest.mark.parametrize(
    "change",
    [
        "x_m = x_m + 1",
        'outline = \'[["0", "0"], ["0", "3"], ["3", "3"], ["3", "0"]]\'',
    ],
)
async def test_the_database_refuses_an_outline_that_is_not_its_rectangle(
    ground: Ground, change: str
) -> None:
    await ground.add("A1", "0", "0")
    with pytest.raises(asyncpg.CheckViolationError):
        await execute(f"UPDATE stand SET {change}")


async def test_the_database_lets_no_stand_onto_a_shared_area(ground: Ground) -> None:
    await share(ground, "0", "0", "3", "3")
    with pytest.raises(asyncpg.ExclusionViolationError):
        await execute(
            "INSERT INTO stand (booth, label, kind, kind_stated, x_m, y_m, width_m, depth_m,"
            " outline, area_m2, open_sides, blocked, blocked_why, version) SELECT booth, 'B1',"
            " 'row', false, 0, 0, 3, 3, outline, 9, 1, false, '', 1 FROM shared_area"
        )


# -- split, merge, copy ---------------------------------------------------------------------------


async def test_a_stand_is_split_at_a_line_and_merged_again(ground: Ground) -> None:
    await ground.add("A1", "0", "0", "6", "3")
    assert (await send(ground, "A1", "split", axis="across", at_m="2.5")).status_code == 303
    assert await drawn(ground) == {"A1": "0 0 2.5 3", "A1-2": "2.5 0 3.5 3"}
    second = await ground.stand("A1-2")
    shown = await ground.cast.mara.get(f"{ground.path}/stands/{await ground.stand('A1')}")
    assert f'name="others" type="checkbox" value="{second}"' in shown.text
    assert (await send(ground, "A1", "merge", others=[str(second)])).status_code == 303
    assert await drawn(ground) == {"A1": "0 0 6 3"}


async def test_a_stand_is_split_into_equal_parts(ground: Ground) -> None:
    await ground.add("A1", "0", "0", "3", "9")
    assert (await send(ground, "A1", "split", axis="down", parts="3")).status_code == 303
    assert await drawn(ground) == {"A1": "0 0 3 3", "A1-2": "0 3 3 3", "A1-3": "0 6 3 3"}


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"axis": "across"}, "Say where to cut in metres"),
        ({"axis": "across", "at_m": "1", "parts": "2"}, "one of the two"),
        ({"axis": "across", "at_m": "6"}, "does not go through stand A1"),
        ({"axis": "across", "at_m": "0.5"}, "A1 would be narrower than 1 m"),
        ({"axis": "down", "parts": "21"}, "must be 20 or less"),
    ],
)
async def test_a_cut_that_makes_no_stands_is_refused(
    ground: Ground, typed: dict[str, str], sentence: str
) -> None:
    await ground.add("A1", "0", "0", "6", "3")
    answer = await send(ground, "A1", "split", **typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert await drawn(ground) == {"A1": "0 0 6 3"}


async def test_stands_that_are_apart_or_blocked_are_not_merged(ground: Ground) -> None:
    for label, x in (("A1", "0"), ("A2", "3"), ("A3", "9")):
        await ground.add(label, x, "0")
    far = await send(ground, "A1", "merge", others=[str(await ground.stand("A3"))])
    assert far.status_code == 422
    assert "A1 and A3 do not share walls" in far.text
    none = await send(ground, "A1", "merge")
    assert "Tick at least one neighbour" in none.text
    await send(ground, "A2", "block", why="desk")
    blocked = await send(ground, "A1", "merge", others=[str(await ground.stand("A2"))])
    assert blocked.status_code == 409
    assert "A2 is blocked, so nothing was joined" in blocked.text


@pytest.mark.parametrize("state", [StandState.KEPT, StandState.CONFIRMED])
async def test_what_an_exhibitor_has_or_has_on_hold_is_not_cut_joined_or_resized(
    ground: Ground, given_away: dict[int, Occupant], state: StandState
) -> None:
    await ground.add("A1", "0", "0", "6", "3")
    await ground.add("A2", "6", "0")
    a1 = await ground.stand("A1")
    given_away[a1] = Occupant(state, "Quinta do Vale")
    cut = await send(ground, "A1", "split", axis="across", parts="2")
    assert cut.status_code == 409
    assert "An exhibitor has A1 or has it on hold" in cut.text
    joined = await send(ground, "A2", "merge", others=[str(a1)])
    assert joined.status_code == 409
    removed = await send(ground, "A1", "remove")
    assert removed.status_code == 409
    assert "Stand A1 is held or given" in removed.text
    assert await drawn(ground) == {"A1": "0 0 6 3", "A2": "6 0 3 3"}


async def test_a_copy_has_the_same_outline_at_the_nearest_free_place(ground: Ground) -> None:
    await ground.add("A1", "0", "0", "6", "3")
    await ground.add("A2", "6", "0")
    copied = await send(ground, "A1", "copy")
    assert copied.status_code == 303
    assert await drawn(ground) == {"A1": "0 0 6 3", "A2": "6 0 3 3", "A3": "0 3 6 3"}
    assert copied.headers["location"] == f"{ground.path}/stands/{await ground.stand('A3')}"


# -- shared areas ---------------------------------------------------------------------------------


async def share(ground: Ground, x: str, y: str, width: str, depth: str, use: str = "lounge") -> Any:
    path = f"{ground.path}/shared/new"
    sent = {"use": use, "label": "Meeting point", "x_m": x, "y_m": y}
    return await ground.cast.mara.send_form(path, {**sent, "width_m": width, "depth_m": depth})


async def test_a_shared_area_is_drawn_told_and_kept_from_stands(ground: Ground) -> None:
    assert (await share(ground, "0", "0", "3", "2")).status_code == 303
    onto = await ground.add("A1", "2", "0")
    assert onto.status_code == 422
    assert "A1 would overlap Meeting point" in onto.text
    await ground.add("A1", "3", "0")
    shown = (await ground.cast.vera.get(ground.path)).text
    assert "27 m², of which 6 m² are drawn" in shown
    assert "Meeting point, Lounge, 6 m², for everybody" in shown
    assert "1 area, 6 m²" in shown
    (area,) = (await queries.booth(ground.booth)).shared
    path = f"{ground.path}/shared/{area.id}"
    assert "Meeting point" in (await ground.cast.mara.get(path)).text
    sent = {"use": "storage", "label": "Store", "x_m": "0", "y_m": "0", "width_m": "2"}
    changed = await ground.cast.mara.send_form(path, {**sent, "depth_m": "2", "version": 1})
    assert changed.status_code == 303, changed.text
    late = await ground.cast.olga.send_form(path, {**sent, "depth_m": "3", "version": 1})
    assert late.status_code == 409
    assert "Mara Example changed Store while you were editing" in late.text
    gone = await ground.cast.mara.send_form(path, {"version": 2}, to=f"{path}/remove")
    assert gone.status_code == 303
    assert (await ground.cast.mara.get(path)).status_code == 404


async def test_shared_areas_never_take_more_than_gross_less_net(ground: Ground) -> None:
    answer = await share(ground, "0", "0", "12", "3")
    assert answer.status_code == 422
    assert "would add up to 36 m², but gross less net area leaves 27 m²" in answer.text
    assert (await share(ground, "0", "0", "9", "3")).status_code == 303
    booth = await queries.booth(ground.booth)
    facts = {
        "name": booth.name, "width_m": "12", "depth_m": "9", "net_m2": "82", "version": "1",
        "open_edges": ["top", "right", "bottom", "left"],
    }  # fmt: skip
    less = await ground.cast.mara.send_form(f"{ground.path}/edit", facts)
    assert less.status_code == 422
    assert "gross less net area leaves 26 m²" in less.text


# -- taking back ----------------------------------------------------------------------------------


async def test_undo_and_redo_go_along_ones_own_edits(ground: Ground) -> None:
    await ground.add("A1", "0", "0", "6", "3")
    await send(ground, "A1", "split", axis="across", parts="2")
    assert (await step(ground, "undo")).status_code == 303
    assert await drawn(ground) == {"A1": "0 0 6 3"}
    assert (await step(ground, "undo")).status_code == 303
    assert await drawn(ground) == {}
    await step(ground, "redo")
    await step(ground, "redo")
    assert await drawn(ground) == {"A1": "0 0 3 3", "A1-2": "3 0 3 3"}
    shown = await ground.cast.mara.get(f"{ground.path}/plan")
    assert "Undo: you split A1" in shown.text
    assert "Redo" not in shown.text
    assert "Mara Example took back: split A1" in shown.text


async def test_an_undo_sent_twice_undoes_once(ground: Ground) -> None:
    await ground.add("A1", "0", "0")
    await ground.add("A2", "3", "0")
    edit = await value("SELECT max(id) FROM plan_edit")
    path = f"{ground.path}/plan"
    first = await ground.cast.mara.send_form(path, {"edit": edit}, to=f"{path}/undo")
    again = await ground.cast.mara.send_form(path, {"edit": edit}, to=f"{path}/undo")
    assert (first.status_code, again.status_code) == (303, 409)
    assert "taken back or done again already" in again.text
    assert await drawn(ground) == {"A1": "0 0 3 3"}


async def test_nobody_takes_back_over_anothers_later_change(ground: Ground) -> None:
    await ground.add("A1", "0", "0")
    assert (await undoing.steps_of(await ground.cast.olga.actor(), ground.booth)).undo is None
    await send(ground, "A1", "block", who="olga", why="desk")
    answer = await step(ground, "undo")
    assert answer.status_code == 409
    assert "Olga Example blocked A1 since" in answer.text
    assert await drawn(ground) == {"A1": "0 0 3 3"}
    assert (await step(ground, "undo", "olga")).status_code == 303
    assert (await queries.stand(await ground.stand("A1"))).blocked is False


async def test_an_undo_that_would_run_into_a_newer_stand_is_refused(ground: Ground) -> None:
    await ground.add("A1", "0", "0")
    await send(ground, "A1", "remove")
    await ground.cast.olga.send_form(
        f"{ground.path}/plan",
        {"label": "B1", "x_m": "1", "y_m": "0", "width_m": "3", "depth_m": "3"},
    )
    answer = await step(ground, "undo")
    assert answer.status_code == 422
    assert "A1 would overlap B1" in answer.text


async def test_an_undo_never_takes_a_stand_from_an_exhibitor(
    ground: Ground, given_away: dict[int, Occupant]
) -> None:
    await ground.add("A1", "0", "0")
    given_away[await ground.stand("A1")] = Occupant(StandState.HELD, "Quinta do Vale")
    answer = await step(ground, "undo")
    assert answer.status_code == 409
    assert "Stand A1 is held or given" in answer.text


async def test_the_log_of_edits_is_never_rewritten(ground: Ground) -> None:
    await ground.add("A1", "0", "0")
    with pytest.raises(asyncpg.RestrictViolationError):
        await execute("UPDATE plan_edit SET person_name = 'Nobody'")


async def test_who_removed_a_stand_is_named(ground: Ground) -> None:
    await ground.add("A1", "0", "0")
    path = f"{ground.path}/stands/{await ground.stand('A1')}"
    await send(ground, "A1", "remove")
    answer = await ground.cast.olga.send_form(
        f"{ground.path}/plan", {"version": 1}, to=f"{path}/block"
    )
    assert answer.status_code == 404
    assert "Mara Example removed A1" in answer.text


async def test_the_api_edits_as_pages_do(ground: Ground) -> None:
    async with await ground.cast.mara.program() as program:
        path = f"/api/v1/booths/{ground.booth}"
        sent = {"label": "A1", "x_m": 0, "y_m": 0, "corners": ELL}
        made = (await program.post(f"{path}/stands", json=sent)).json()["id"]
        cut = await program.post(
            f"{path}/stands/{made}/split", json={"version": 1, "axis": "down", "at_m": 3}
        )
        assert cut.status_code == 200, cut.text
        listed = (await program.get(f"{path}/stands")).json()["items"]
        assert [each["label"] for each in listed] == ["A1", "A1-2"]
        assert listed[0]["outline"][1] == ["6.00", "0.00"]
        shared = {
            "use": "lounge",
            "label": "Lounge",
            "x_m": 9,
            "y_m": 6,
            "width_m": 3,
            "depth_m": 3,
        }
        area = await program.post(f"{path}/shared", json=shared)
        assert area.status_code == 201, area.text
        assert (await program.get(path)).json()["shared"][0]["area_m2"] == "9.00"
        edits = (await program.get(f"{path}/edits")).json()["items"]
        assert [each["verb"] for each in edits] == ["add", "split", "add"]
        undone = await program.post(f"{path}/undo", json={"edit": edits[0]["id"]})
        assert undone.status_code == 200, undone.text
        assert (await program.get(path)).json()["shared"] == []


# -- whatever they do -----------------------------------------------------------------------------


async def picture(booth_id: int) -> str:
    """The whole plan as text, apart from versions."""
    stands = await rows(
        "SELECT id, label, kind, kind_stated, outline, area_m2::text, open_sides, blocked,"
        " blocked_why FROM stand WHERE booth = $1 ORDER BY id", booth_id,
    )  # fmt: skip
    shared = await rows(
        "SELECT id, kind, label, outline FROM shared_area WHERE booth = $1 ORDER BY id", booth_id
    )
    return json.dumps([stands, shared])


VERBS = ["add", "ell", "share", "move", "split", "merge", "copy", "block", "remove"]
metre = st.integers(0, 18).map(lambda half: D(half) / 2)
edits = st.lists(
    st.tuples(
        st.sampled_from(VERBS),
        st.integers(0, 5), metre, metre, st.integers(2, 8).map(lambda half: D(half) / 2),
    ),
    min_size=4, max_size=9,
)  # fmt: skip


async def do(
    actor: Actor, booth: int, stands: list[StandRow], edit: tuple[str, int, D, D, D], place: int
) -> None:
    """One edit of a list, on one of the stands that there are."""
    verb, which, x, y, size = edit
    label = f"N{place}"
    if verb == "add":
        form = NewStand(label=label, x_m=x, y_m=y, width_m=size, depth_m=D(2))
        await drafting.add_stand(actor, booth, form)
    elif verb == "ell":
        await drafting.add_stand(actor, booth, NewStand(label=label, x_m=x, y_m=y, corners=ELL))
    elif verb == "share":
        area = NewShared(
            use=SharedKind.LOUNGE, label=label, x_m=x, y_m=y, width_m=size, depth_m=D(1)
        )
        await sharing.add_shared(actor, booth, area)
    else:
        stand = stands[which % len(stands)]
        other = stands[(which + 1) % len(stands)]
        version = stand.version
        if verb == "move":
            moved = ChangedStand(
                version=version, label=label, x_m=x, y_m=y, width_m=size, depth_m=size,
                kind=StandKind.ROW if which == 0 else None,
            )  # fmt: skip
            await drafting.change_stand(actor, booth, stand.id, moved)
        elif verb == "split":
            axis = Axis.ACROSS if which % 2 else Axis.DOWN
            await drafting.split_stand(
                actor, booth, stand.id, Split(version=version, axis=axis, at_m=size)
            )
        elif verb == "merge":
            await drafting.merge_stands(
                actor, booth, stand.id, Merging(version=version, others=[other.id])
            )
        elif verb == "copy":
            await drafting.copy_stand(actor, booth, stand.id, RemovedStand(version=version))
        elif verb == "block":
            await drafting.block_stand(actor, booth, stand.id, Blocking(version=version, why="x"))
        else:
            await drafting.remove_stand(actor, booth, stand.id, RemovedStand(version=version))


@settings(
    max_examples=EXAMPLES,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # to shrink would take minutes
)
@given(edits)
async def test_no_edits_make_an_overlap_and_undo_brings_back_every_plan_before(
    ground: Ground, sequence: list[tuple[str, int, D, D, D]]
) -> None:
    await execute("TRUNCATE stand, shared_area, plan_floor, plan_edit CASCADE")
    actor = await ground.cast.mara.actor()
    start = await picture(ground.booth)
    plans = [start]
    for place, edit in enumerate(sequence):
        stands = await queries.stands(ground.booth)
        if not stands and edit[0] not in ("add", "ell", "share"):
            continue
        try:
            await do(actor, ground.booth, stands, edit, place)
        except Refused:
            assert await picture(ground.booth) == plans[-1]
            continue
        plans.append(await picture(ground.booth))
        booth = await queries.booth(ground.booth)
        pieces = [
            *queries.placed(await queries.stands(ground.booth)), *queries.placed(booth.shared)
        ]  # fmt: skip
        assert collisions(pieces) == []
    for plan in reversed(plans[:-1]):
        (undo, _) = await undoing.steps_of(actor, ground.booth)
        assert undo is not None
        await undoing.step_back(actor, ground.booth, Step(edit=undo.id))
        assert await picture(ground.booth) == plan
    if len(plans) > 1:
        (_, redo) = await undoing.steps_of(actor, ground.booth)
        assert redo is not None
        await undoing.step_back(actor, ground.booth, Step(edit=redo.id))
        assert await picture(ground.booth) == plans[1]
        await undoing.step_back(actor, ground.booth, Step(edit=(await last(ground)) or 0))
    assert await picture(ground.booth) == start


async def last(ground: Ground) -> int | None:
    """The latest edit of the plan."""
    found = await row("SELECT max(id) AS id FROM plan_edit WHERE booth = $1", ground.booth)
    return found["id"] if found else None


async def test_ones_own_edits_come_page_by_page_and_each_once(ground: Ground) -> None:
    for label, x in (("A1", "0"), ("A2", "3"), ("A3", "6")):
        await ground.add(label, x, "0")
    actor = await ground.cast.mara.actor()
    seen, cursor = [], ""
    for _ in range(9):
        page, following = await undoing.own_edits(actor, ground.booth, cursor=cursor, limit=2)
        seen += [each.id for each in page]
        if following is None:
            break
        cursor = following
    assert len(seen) == len(set(seen)) >= 3
