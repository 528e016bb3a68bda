"""Versions of a plan, plans read from files, and the picture under the drawing: by forms."""

import io
import json
import re
from decimal import Decimal
from typing import Any

import httpx
import pytest
from PIL import Image

from booths.plans import apart, versions
from booths.plans import queries as plans
from booths.plans.comparing import Change, Seen, differences
from booths.plans.rules import StandKind
from server.database import execute, row, rows, value
from tests.booths.calls.test_story import admit, done, fill, open_call, send, stand_ids
from tests.booths.plans.test_reading import SVG
from tests.cast import Cast, Someone

D = Decimal


def square(label: str, x: int, y: int, size: int = 3, kind: StandKind = StandKind.ROW) -> Seen:
    corners = [(x, y), (x + size, y), (x + size, y + size), (x, y + size)]
    return Seen(label, tuple((D(a), D(b)) for a, b in corners), kind)


def test_what_became_of_each_stand_is_said_in_words() -> None:
    before = {1: square("A1", 0, 0), 2: square("A2", 3, 0), 3: square("A3", 6, 0),
              4: square("A4", 9, 0)}  # fmt: skip
    after = {1: square("A1", 0, 0), 2: square("A2", 5, 1), 3: square("B3", 6, 3, 4),
             5: square("A5", 0, 6, kind=StandKind.CORNER)}  # fmt: skip
    found = {each.label: each for each in differences(before, after)}
    assert found["A1"].change is Change.SAME
    assert found["A2"].said == ("It was moved 2 m to the right, 1 m down on the plan.",)
    assert found["B3"].said[0] == "It is called B3 now."
    assert "3 × 3 m (9 m²) and is 4 × 4 m (16 m²)" in found["B3"].said[1]
    assert found["A4"].change is Change.GONE
    assert found["A5"].change is Change.NEW
    assert {each.change for each in differences(after, after)} == {Change.SAME}


async def upload(who: Someone, path: str, file: tuple[str, bytes], **data: Any) -> httpx.Response:
    shown = await who.get(path)
    token = re.search(r'name="csrf_token" value="([^"]*)"', shown.text)
    assert token
    return await who.post(path, data={**data, "csrf_token": token[1]}, files={"file": file})


async def test_publishing_keeps_each_version_and_tells_whom_it_concerns(cast: Cast) -> None:
    ground = await open_call(cast.mara)
    booth = ground["booth"]
    path = f"/desk/booths/{booth}/versions"
    stands = await stand_ids(booth)
    for who, stand in ((cast.ana, stands[0]), (cast.carla, stands[1])):
        application = await fill(who, ground["call"])
        await send(who, application)
        await admit(cast.mara, application, stand)
    done(await cast.mara.send_form(path, {"note": "First"}))
    nothing = await cast.mara.send_form(path, {})
    assert nothing.status_code == 409
    assert "nothing to publish" in nothing.text
    moved = await row("SELECT label, x_m, y_m, version FROM stand WHERE id = $1", stands[0])
    public = f"/fairs/{await value('SELECT slug FROM fair')}/booths/{booth}"
    before = (await cast.paul.get(public)).text
    done(
        await cast.mara.send_form(
            f"/desk/booths/{booth}/stands/{stands[0]}",
            {
                "label": "Z9", "x_m": moved["x_m"], "y_m": moved["y_m"], "width_m": "3",
                "depth_m": "3", "version": moved["version"],
            },
        )
    )  # fmt: skip
    assert "Z9" not in (await cast.paul.get(public)).text
    await execute("UPDATE allocation SET state = 'confirmed'")
    cards = (await cast.paul.get(f"/api/v1/booths/{booth}/exhibitors")).json()["items"]
    assert moved["label"] in {each["stand"] for each in cards}, "as the published plan names it"
    await execute("UPDATE allocation SET state = 'held'")
    assert "Not published yet" in (await cast.mara.get(path)).text
    published = done(await cast.mara.send_form(path, {"note": "New numbers"}))
    shown = await cast.mara.get(published)
    assert "It is called Z9 now." in shown.text
    assert "1 exhibitors were told" in shown.text
    assert "Z9" in (await cast.paul.get(public)).text
    assert "Z9" not in before
    told = await rows(
        "SELECT company, body_text FROM message WHERE key LIKE 'plan:%' ORDER BY company"
    )
    assert {each["company"] for each in told} == {cast.quinta}
    assert "It is called Z9 now." in told[0]["body_text"]
    label = await value("SELECT summary FROM calendar_item WHERE summary LIKE '%stand Z9%'")
    assert label is not None
    assert (await cast.nils.get(path)).status_code == 404


async def test_who_was_admitted_to_a_stand_that_is_new_on_the_plan_is_not_told_of_a_change(
    cast: Cast,
) -> None:
    ground = await open_call(cast.mara)
    booth = ground["booth"]
    path = f"/desk/booths/{booth}/versions"
    done(await cast.mara.send_form(path, {"note": "First"}))
    stand = (await stand_ids(booth))[1]
    old = await row("SELECT x_m, y_m, version FROM stand WHERE id = $1", stand)
    assert old
    at = f"/desk/booths/{booth}/stands/{stand}"
    done(await cast.mara.send_form(at, {"version": old["version"]}, to=f"{at}/remove"))
    new = {"label": "N1", "x_m": old["x_m"], "y_m": old["y_m"], "width_m": "3", "depth_m": "3"}
    done(await cast.mara.send_form(f"/desk/booths/{booth}/plan", new))
    application = await fill(cast.ana, ground["call"])
    await send(cast.ana, application)
    made = await value("SELECT id FROM stand WHERE label = 'N1'")
    done(await admit(cast.mara, application, made))
    done(await cast.mara.send_form(path, {"note": "With N1"}))
    assert await value("SELECT count(*) FROM message WHERE key LIKE 'plan:%'") == 0


async def test_a_stand_that_is_gone_since_the_published_plan_is_not_shown_as_free(
    cast: Cast,
) -> None:
    booth = (await open_call(cast.mara))["booth"]
    done(await cast.mara.send_form(f"/desk/booths/{booth}/versions", {"note": "First"}))
    found = await plans.public_booth(booth)
    gone, shut, back, *rest = await stand_ids(booth)
    for stand, act in ((gone, "remove"), (shut, "block"), (back, "block"), (back, "unblock")):
        at = f"/desk/booths/{booth}/stands/{stand}"
        version = await value("SELECT version FROM stand WHERE id = $1", stand)
        why = {"why": "desk"} if act == "block" else {}
        done(await cast.mara.send_form(at, {"version": version, **why}, to=f"{at}/{act}"))
    _, stands, _ = await versions.shown(found)
    assert {each.id: each.blocked for each in stands} == {
        gone: True, shut: True, **dict.fromkeys([back, *rest], False),
    }  # fmt: skip


async def test_a_plan_is_read_from_a_file_looked_at_and_used(cast: Cast) -> None:
    booth = (await open_call(cast.mara))["booth"]
    path = f"/desk/booths/{booth}/import"
    refused = await upload(cast.mara, path, ("plan.txt", b"A1"))
    assert refused.status_code == 422
    assert "SVG, DXF, JSON or CSV" in refused.text
    read = done(await upload(cast.mara, path, ("hall.svg", SVG.encode())))
    shown = await cast.mara.get(read)
    assert "A1 3X3" in shown.text
    assert "What was not understood" in shown.text
    before = await value("SELECT count(*) FROM stand")
    version = await value("SELECT version FROM booth WHERE id = $1", booth)
    here = read
    small = await cast.mara.send_form(here, {"version": version, "scale": "0.02"})
    assert small.status_code == 422
    assert "Tick the box to make it as" in small.text
    assert await value("SELECT count(*) FROM stand") == before
    done(await cast.mara.send_form(here, {"version": version, "scale": "0.02", "grow": "on"}))
    found = await rows("SELECT label, area_m2 FROM stand WHERE booth = $1 ORDER BY label", booth)
    assert [(each["label"], each["area_m2"]) for each in found] == [
        ("A1", 36), ("A2", 36), ("A3", 36), ("B1", 48),
    ]  # fmt: skip
    stale = await cast.mara.send_form(here, {"version": version, "grow": "on"})
    assert stale.status_code == 409
    assert (await cast.nils.get(here)).status_code == 404


async def test_a_file_that_repeats_itself_without_end_is_given_up(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drawing of two kilobytes that would be read for minutes keeps nobody waiting."""
    booth = (await open_call(cast.mara))["booth"]
    uses = '<use xlink:href="#l{}"/>'
    levels = "".join(
        f'<g id="l{deep}">{uses.format(deep - 1) * 10}</g>' for deep in range(1, 9)
    )  # fmt: skip
    bomb = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<defs><rect id="l0" width="3" height="3"/>{levels}</defs>{uses.format(8)}</svg>'
    )
    monkeypatch.setattr(apart, "SECONDS", 1)
    path = f"/desk/booths/{booth}/import"
    refused = await upload(cast.mara, path, ("hall.svg", bomb.encode()))
    assert refused.status_code == 422
    assert "takes more time or memory" in refused.text
    assert await value("SELECT count(*) FROM plan_import") == 0


async def test_stands_spread_wider_than_a_block_can_be_need_another_scale(cast: Cast) -> None:
    booth = (await open_call(cast.mara))["booth"]
    stands = [{"label": f"X{x}", "x": x, "y": 0, "width": 3, "depth": 3} for x in (1, 900_000_000)]
    path = f"/desk/booths/{booth}/import"
    read = done(await upload(cast.mara, path, ("s.json", json.dumps({"stands": stands}).encode())))
    version = await value("SELECT version FROM booth WHERE id = $1", booth)
    refused = await cast.mara.send_form(read, {"version": version, "grow": "on"})
    assert refused.status_code == 422
    assert "Choose another scale" in refused.text


async def test_a_file_never_takes_an_exhibitors_stand_away(cast: Cast) -> None:
    ground = await open_call(cast.mara)
    booth = ground["booth"]
    application = await fill(cast.ana, ground["call"])
    await send(cast.ana, application)
    await admit(cast.mara, application, (await stand_ids(booth))[0])
    stands = {"stands": [{"label": "X1", "x": 0, "y": 0, "width": 3, "depth": 3}]}
    path = f"/desk/booths/{booth}/import"
    read = done(await upload(cast.mara, path, ("s.json", json.dumps(stands).encode())))
    version = await value("SELECT version FROM booth WHERE id = $1", booth)
    refused = await cast.mara.send_form(read, {"version": version})
    assert refused.status_code == 409
    assert "Exhibitors have stands on this plan: A1" in refused.text
    assert await value("SELECT count(*) FROM stand WHERE booth = $1", booth) == 8


async def test_stands_that_no_aisle_reaches_come_blocked(cast: Cast) -> None:
    booth = (await open_call(cast.mara))["booth"]
    grid = [
        {"label": f"{'ABC'[line]}{at + 1}", "x": 3 * at, "y": 3 * line, "width": 3, "depth": 3}
        for line in range(3)
        for at in range(4)
    ]
    await execute("UPDATE booth SET net_m2 = gross_m2 WHERE id = $1", booth)
    path = f"/desk/booths/{booth}/import"
    read = done(await upload(cast.mara, path, ("s.json", json.dumps({"stands": grid}).encode())))
    version = await value("SELECT version FROM booth WHERE id = $1", booth)
    done(await cast.mara.send_form(read, {"version": version}))
    lost = await rows(
        "SELECT label, blocked_why FROM stand WHERE booth = $1 AND blocked ORDER BY label", booth
    )
    assert [each["label"] for each in lost] == ["B1", "B2", "B3", "B4"]
    assert lost[0]["blocked_why"] == "No aisle reaches it on this plan."


async def test_a_picture_lies_under_the_drawing_for_the_own_agency_only(cast: Cast) -> None:
    booth = (await open_call(cast.mara))["booth"]
    path = f"/desk/booths/{booth}/backdrop"
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(out, "PNG")
    place = {"x_m": "-1", "y_m": "0", "width_m": "14", "depth_m": "10", "strength": "30"}
    none = await upload(cast.mara, path, ("", b""), **place)
    assert none.status_code == 422
    done(await upload(cast.mara, path, ("hall.png", out.getvalue()), **place))
    assert f"{path}.png" in (await cast.mara.get(f"/desk/booths/{booth}/plan")).text
    assert (await cast.mara.get(f"{path}.png")).headers["content-type"] == "image/png"
    assert (await cast.nils.get(f"{path}.png")).status_code == 404
    done(await cast.mara.send_form(path, {}, to=f"{path}/remove"))
    assert f"{path}.png" not in (await cast.mara.get(f"/desk/booths/{booth}/plan")).text
