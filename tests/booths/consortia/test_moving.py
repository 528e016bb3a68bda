"""A consortium gets another stand, or exchanges it: all members together or nobody."""

import re
from decimal import Decimal

import httpx

from server import jobs
from server.database import execute, rows, value
from tests.booths.calls.test_story import admit, done, stand_ids
from tests.booths.consortia.test_story import admit_all, invoices, paid, sent_by_three
from tests.booths.proposals.test_placing import another, applied
from tests.cast import Cast, Someone


async def move(mara: Someone, consortium: int, stand: int, **more: object) -> httpx.Response:
    """Look at what another stand does for everybody, then do it."""
    path = f"/desk/consortia/{consortium}/move"
    shown = (await mara.get(f"{path}?stand={stand}")).text
    form: dict[str, object] = {"stand": stand, "why": "The aisle is moved."}
    for name in ("seen_stand", "seen_total"):
        found = re.search(rf'name="{name}" value="(\d+)"', shown)
        if found:
            form[name] = found[1]
    return await mara.send_form(path, {**form, **more})


async def places() -> list[tuple[int, str, Decimal, bool]]:
    """(stand, state, area, whether shared) of every live allocation."""
    return [
        (each["stand"], each["state"], each["area_m2"], each["consortium"] is not None)
        for each in await rows(
            "SELECT stand, state, area_m2, consortium FROM allocation WHERE state <> 'released'"
            " ORDER BY application"
        )
    ]


async def test_all_members_move_together_and_keep_their_contracts(cast: Cast) -> None:
    made, _, applications, consortium = await sent_by_three(cast)
    first, second, *_ = await stand_ids(made["booth"])
    done(await admit_all(cast.mara, consortium, first))
    await jobs.drain()
    await paid(cast, applications[0])
    before = await invoices()
    await execute(
        "UPDATE stand b SET kind = a.kind, open_sides = a.open_sides FROM stand a"
        " WHERE a.id = $1 AND b.id = $2", first, second,
    )  # fmt: skip
    stale = await move(cast.mara, consortium, second, seen_stand=second)
    assert stale.status_code == 409
    done(await move(cast.mara, consortium, second))
    await jobs.drain()
    assert await places() == [
        (second, "confirmed", Decimal(3), True), (second, "held", Decimal(3), True),
        (second, "held", Decimal(3), True),
    ]  # fmt: skip
    assert await invoices() == before
    moved = await value("SELECT count(*) FROM message WHERE key LIKE '%:moved:%'")
    assert moved >= 3
    again = await move(cast.mara, consortium, second, seen_stand=second)
    assert again.status_code == 422
    assert "has this stand already" in again.text


async def test_another_kind_of_stand_is_another_contract_for_each(cast: Cast) -> None:
    made, _, _, consortium = await sent_by_three(cast)
    first, second, *_ = await stand_ids(made["booth"])
    done(await admit_all(cast.mara, consortium, first))
    await execute("UPDATE admission SET admitted_at = admitted_at - interval '20 days'")
    since = await rows("SELECT admitted_at FROM admission ORDER BY application")
    await execute(
        "UPDATE stand b SET kind = 'island', open_sides = 4 FROM stand a WHERE a.id = $1"
        " AND b.id = $2", first, second,
    )  # fmt: skip
    before = await invoices()
    unseen = await move(cast.mara, consortium, second, seen_total="1")
    assert unseen.status_code == 409
    assert await invoices() == before
    done(await move(cast.mara, consortium, second))
    await jobs.drain()
    assert await places() == [(second, "held", Decimal(3), True)] * 3
    assert await value("SELECT count(*) FROM invoice WHERE kind = 'credit_note'") == 3
    assert await value("SELECT allocated_m2 FROM booth") == 9
    live = "SELECT admitted_at FROM admission WHERE ended_at IS NULL ORDER BY application"
    assert await rows(live) == since  # the days of the ladder to withdraw go on


async def test_a_single_exhibitor_and_a_consortium_exchange_stands(cast: Cast) -> None:
    """Another kind for both: four contracts are written anew, or none."""
    made, _, _, consortium = await sent_by_three(cast)
    dora = await another("Atelier Dupont", "dora@cast.example")
    alone = await applied(dora, made["call"])
    first, second, *_ = await stand_ids(made["booth"])
    await execute("UPDATE stand SET kind = 'island', open_sides = 4 WHERE id = $1", second)
    done(await admit_all(cast.mara, consortium, first))
    done(await admit(cast.mara, alone, second))
    single = await cast.mara.get(f"/desk/applications/{alone}/swap")
    assert "Port and pasta" not in single.text
    done(await move(cast.mara, consortium, second))
    await jobs.drain()
    assert await places() == [
        *[(second, "held", Decimal(3), True)] * 3, (first, "held", Decimal(9), False),
    ]  # fmt: skip
    assert await value("SELECT allocated_m2 FROM booth") == 18
    assert await value("SELECT count(*) FROM invoice WHERE kind = 'credit_note'") == 4
    assert await value("SELECT sum(amount_minor) FROM aid_grant") == sum(
        aid for *_, aid in await invoices()
    )
