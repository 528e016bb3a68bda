"""A member has gone and the others keep the stand with its empty place, once all have agreed."""

from decimal import Decimal

import asyncpg
import pytest

from server import jobs
from server.database import execute, rows, value
from tests.booths.calls.test_story import done, stand_ids
from tests.booths.consortia.test_moving import move, places
from tests.booths.consortia.test_story import admit_all, agree, invoices, sent_by_three
from tests.cast import Cast


async def test_those_who_stay_keep_their_parts_and_share_the_cost_of_the_gap(cast: Cast) -> None:
    made, _, applications, consortium = await sent_by_three(cast)
    first, second, *_ = await stand_ids(made["booth"])
    done(await admit_all(cast.mara, consortium, first))
    before = await invoices()
    path = f"/desk/consortia/{consortium}"
    assert "Keep the stand with the gap" not in (await cast.mara.get(path)).text
    early = await cast.mara.send_form(path, {"version": "3"}, to=f"{path}/gap")
    assert early.status_code == 409
    done(
        await cast.mara.send_form(
            f"/desk/applications/{applications[2]}/release", {"why": "It asked us to end it."}
        )
    )
    assert "Keep the stand with the gap" in (await cast.mara.get(path)).text
    version = await value("SELECT max(version) FROM consortium_terms")
    done(await cast.mara.send_form(path, {"version": version}, to=f"{path}/gap"))
    asked = await cast.carla.get(f"/my/applications/{applications[1]}/consortium")
    assert "Empty place" in asked.text
    assert "Part of the empty place of 3 m²" in asked.text
    assert await invoices() == before[:2]
    for someone, application in ((cast.ana, applications[0]), (cast.carla, applications[1])):
        done(await agree(someone, application))
    done(await cast.mara.send_form(path, {"version": version + 1}, to=f"{path}/correct"))
    await jobs.drain()

    # 3 m² of their own each as before with the same aid, and half of 3 m² at 400.00 without
    gaps = await rows(
        "SELECT (l->>'amount_minor')::bigint AS cost FROM admission ad"
        " JOIN quote q ON q.id = ad.quote, jsonb_array_elements(q.lines) l"
        " WHERE ad.ended_at IS NULL AND l->>'key' LIKE '%gap%'"
    )
    assert [each["cost"] for each in gaps] == [60_000, 60_000]
    after = await invoices()
    assert [aid for *_, aid in after] == [aid for *_, aid in before[:2]]
    assert [total > old for (total, *_), (old, *_) in zip(after, before, strict=False)] == [
        True, True,
    ]  # fmt: skip
    assert await places() == [(first, "held", Decimal(3), True)] * 2

    await execute("UPDATE stand SET kind = 'island', open_sides = 4 WHERE id = $1", second)
    done(await move(cast.mara, consortium, second))
    assert await places() == [(second, "held", Decimal(3), True)] * 2
    assert await value("SELECT allocated_m2 FROM booth") == 6


async def test_the_database_refuses_a_gap_that_does_not_add_up(cast: Cast) -> None:
    *_, consortium = await sent_by_three(cast)
    with pytest.raises(asyncpg.CheckViolationError):
        await execute(
            "INSERT INTO consortium_terms (consortium, version, key, stand_kind, island_m2, gap_m2,"
            " why, made_at) VALUES ($1, 99, 'equal', 'island', 9, 9, '', now())",
            consortium,
        )
