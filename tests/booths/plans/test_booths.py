"""Booths through the front door: who may, what is refused, what is kept."""

from decimal import Decimal

import asyncpg
import pytest

from booths.plans import actions, queries
from server.database import action, counting, execute, row, rows, value
from server.errors import Conflict, NotFound
from tests.booths.plans.conftest import BOOTH, Ground, make_fair
from tests.cast import Cast

D = Decimal


async def test_a_new_booth_counts_its_gross_area_and_leads_to_its_stands(ground: Ground) -> None:
    found = await queries.booth(ground.booth)
    assert (found.gross_m2, found.net_m2, found.shared_m2) == (D("108.00"), D("81.00"), D("27.00"))
    shown = await ground.cast.vera.get(ground.path)
    assert shown.status_code == 200
    assert "No stand is drawn yet" in shown.text
    line = await row("SELECT verb, person_name FROM audit_line WHERE thing = 'booth'")
    assert line == {"verb": "booth.create", "person_name": "Mara Example"}


async def test_a_net_area_above_the_gross_area_is_refused_and_keeps_what_was_typed(
    ground: Ground,
) -> None:
    answer = await ground.cast.mara.send_form(
        f"{ground.path}/edit", {**BOOTH, "name": "A name typed", "net_m2": "108,01", "version": 1}
    )
    assert answer.status_code == 422
    assert "108.00 m², so the net area cannot be 108.01" in answer.text
    assert 'value="A name typed"' in answer.text
    assert (await queries.booth(ground.booth)).name == BOOTH["name"]


async def test_a_block_without_an_open_side_is_refused(ground: Ground) -> None:
    closed = {key: given for key, given in BOOTH.items() if key != "open_edges"}
    answer = await ground.cast.mara.send_form(f"{ground.path}/edit", {**closed, "version": 1})
    assert answer.status_code == 422
    assert "Tick at least one side" in answer.text


async def test_a_change_of_a_booth_that_somebody_changed_meanwhile_is_a_conflict(
    ground: Ground,
) -> None:
    first = await ground.cast.mara.send_form(
        f"{ground.path}/edit", {**BOOTH, "name": "Mara was first", "version": 1}
    )
    assert first.status_code == 303
    second = await ground.cast.olga.send_form(
        f"{ground.path}/edit", {**BOOTH, "name": "Olga was second", "version": 1}
    )
    assert second.status_code == 409
    assert "Somebody else changed this while you were editing" in second.text
    assert 'value="Olga was second"' in second.text
    assert (await queries.booth(ground.booth)).name == "Mara was first"
    assert 'name="version" value="2"' in second.text


async def test_a_block_cannot_shrink_under_its_stands(ground: Ground) -> None:
    await ground.add("A1", "9", "0")
    answer = await ground.cast.mara.send_form(
        f"{ground.path}/edit", {**BOOTH, "width_m": "11", "net_m2": "81", "version": 1}
    )
    assert answer.status_code == 422
    assert "outside the block: A1" in answer.text


async def test_the_net_area_cannot_fall_below_what_was_given(ground: Ground) -> None:
    @action
    async def give() -> None:
        await actions.take_area(ground.booth, D("40"))

    await give()
    answer = await ground.cast.mara.send_form(
        f"{ground.path}/edit", {**BOOTH, "net_m2": "39", "version": 1}
    )
    assert answer.status_code == 422
    assert "40 m² are already given" in answer.text


async def test_another_agency_never_learns_of_a_booth(ground: Ground) -> None:
    nils = ground.cast.nils
    stand = await ground.add("A1", "0", "0")
    assert stand.status_code == 303
    a1 = await ground.stand("A1")
    for path in (
        ground.path,
        f"{ground.path}/edit",
        f"{ground.path}/plan",
        f"{ground.path}/layout",
    ):
        assert (await nils.get(path)).status_code == 404, path
    token = {"version": 1}
    for path in (f"{ground.path}/stands/{a1}/remove", f"{ground.path}/stands/{a1}/block"):
        answer = await nils.send_form("/desk/booths/new?fair=" + str(ground.fair), token, to=path)
        assert answer.status_code == 404, path
    assert await value("SELECT count(*) FROM stand") == 1


async def test_who_only_looks_may_see_a_booth_but_not_change_it(ground: Ground) -> None:
    assert (await ground.cast.vera.get(ground.path)).status_code == 200
    assert (await ground.cast.vera.get(f"{ground.path}/plan")).status_code == 403
    assert (await ground.cast.ana.get(ground.path)).status_code == 403


async def test_a_booth_at_an_unpublished_fair_of_another_agency_is_not_offered(cast: Cast) -> None:
    fair = await make_fair(cast.lagerwey, "secret", published=False)
    assert (await cast.mara.get(f"/desk/booths/new?fair={fair}")).status_code == 404
    shown = await make_fair(cast.lagerwey, "shown")
    assert (await cast.mara.get(f"/desk/booths/new?fair={shown}")).status_code == 200


async def test_a_booth_is_public_when_its_fair_is(ground: Ground) -> None:
    assert (await queries.public_booth(ground.booth)).name == BOOTH["name"]
    await execute("UPDATE fair SET published_at = NULL WHERE id = $1", ground.fair)
    with pytest.raises(NotFound):
        await queries.public_booth(ground.booth)


async def test_area_is_taken_to_the_last_square_metre_and_not_beyond(ground: Ground) -> None:
    @action
    async def take(m2: str) -> None:
        await actions.take_area(ground.booth, D(m2))

    @action
    async def give_back(m2: str) -> None:
        await actions.give_back_area(ground.booth, D(m2))

    await take("72.50")
    with pytest.raises(Conflict) as refused:
        await take("9")
    assert "8.50 m² of this booth are left, and 9 m² are wanted" in str(refused.value)
    await take("8.50")
    await give_back("81")
    with pytest.raises(RuntimeError):
        await give_back("0.01")
    assert await value("SELECT allocated_m2 FROM booth") == 0


@pytest.mark.parametrize(
    "change",
    [
        "allocated_m2 = net_m2 + 0.01",
        "allocated_m2 = -1",
        "net_m2 = gross_m2 + 1",
        "gross_m2 = gross_m2 + 1",
        "open_edges = '{}'",
        "open_edges = '{north}'",
    ],
)
async def test_the_database_refuses_a_booth_that_does_not_add_up(
    ground: Ground, change: str
) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await execute(f"UPDATE booth SET {change}")


async def test_the_api_speaks_of_booths_as_pages_do(ground: Ground) -> None:
    async with await ground.cast.mara.program() as program:
        sent = {**BOOTH, "fair": ground.fair, "name": "By API"}
        made = await program.post("/api/v1/booths", json=sent)
        assert made.status_code == 201, made.text
        listed = await program.get("/api/v1/booths?limit=1")
        assert [each["name"] for each in listed.json()["items"]] == ["By API"]
        rest = await program.get(f"/api/v1/booths?limit=1&cursor={listed.json()['next']}")
        assert [each["name"] for each in rest.json()["items"]] == [BOOTH["name"]]
        refused = await program.post("/api/v1/booths", json={**sent, "net_m2": "999"})
        assert refused.status_code == 422
        assert refused.headers["content-type"].startswith("application/problem+json")


async def test_the_list_of_stands_takes_as_many_statements_for_one_stand_as_for_fifty(
    ground: Ground,
) -> None:
    await ground.add("A1", "0", "0")
    async with counting() as few:
        await ground.cast.mara.get(ground.path)
    small = len(few)
    await ground.cast.mara.send_form(
        f"{ground.path}/layout",
        {"width_m": "1", "depth_m": "1", "aisle_m": "1", "version": 1},
    )
    assert len(await rows("SELECT id FROM stand")) > 50
    async with counting() as many:
        await ground.cast.mara.get(ground.path)
    assert len(many) == small
