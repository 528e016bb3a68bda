"""An office from its first form to the directory, and what its set-up refuses."""

import io
import re
from datetime import timedelta

from PIL import Image

from events.offices import rules
from server import clock
from server.database import counting, value
from server.errors import Refused
from tests.cast import Cast

OFFICE = {
    "name": "Singapore", "city": "Singapore", "country": "SG", "currency": "SGD",
    "languages": ["en", "zh"], "markets": ["MY"], "keeps_holidays": "on", "names_hours": "24",
    "house_rules": "Leave the desk as you found it.",
}  # fmt: skip
DESKS = {
    "kind": "desk", "name": "Desks", "units": "3", "seats": "1", "span": "days", "least": "1",
    "most": "5", "free": "on", "supply": "bare_space",
}  # fmt: skip


async def opened(cast: Cast, **more: object) -> str:
    """An open office with three desks, made by its pages; its address at the desk."""
    made = await cast.mara.send_form("/desk/offices/new", {**OFFICE, **more})
    assert made.status_code == 303, made.text[-3000:]
    at: str = made.headers["location"]
    desks = await cast.mara.send_form(f"{at}/resources/new", DESKS)
    assert desks.status_code == 303, desks.text[-3000:]
    done = await cast.mara.send_form(at, {}, to=f"{at}/open")
    assert done.status_code == 303
    return at


async def test_office_opens_with_something_to_book(cast: Cast) -> None:
    made = await cast.mara.send_form("/desk/offices/new", OFFICE)
    at = made.headers["location"]
    assert await value("SELECT tz FROM office") == "Asia/Singapore"
    early = await cast.mara.send_form(at, {}, to=f"{at}/open")
    assert early.status_code == 422
    assert "There is nothing to book at this office yet" in early.text
    desks = await cast.mara.send_form(f"{at}/resources/new", DESKS)
    one = desks.headers["location"]
    price = {"since": clock.today("UTC").isoformat(), "per": "day", "price": "40"}
    assert (await cast.mara.send_form(one, price, to=f"{one}/rates")).status_code == 303
    twice = await cast.mara.send_form(one, price, to=f"{one}/rates")
    assert twice.status_code == 422
    assert "There is a price from this day on already" in twice.text
    assert (await cast.mara.send_form(at, {}, to=f"{at}/open")).status_code == 303
    listed = await cast.ana.get("/offices?market=MY&language=zh&kind=desk")
    assert "/offices/singapore" in listed.text
    assert "No office fits" in (await cast.ana.get("/offices?kind=advisor")).text
    assert (await cast.nils.get(at)).status_code == 404
    assert (await cast.vera.send_form(f"{at}/hours", {"day_0": ""})).status_code == 403


async def test_hours_and_days_are_set_in_words_and_kept_when_refused(cast: Cast) -> None:
    at = await opened(cast)
    odd = await cast.mara.send_form(f"{at}/hours", {"day_0": "09:00-12:00 11:00-18:00"})
    assert odd.status_code == 422
    assert "These hours overlap" in odd.text
    assert "09:00-12:00 11:00-18:00" in odd.text
    done = await cast.mara.send_form(f"{at}/hours", {"day_0": "09:00-12:30 13:30-18:00"})
    assert done.status_code == 303
    assert "09:00-12:30 13:30-18:00" in (await cast.vera.get(at)).text
    day = (clock.today("UTC") + timedelta(days=20)).isoformat()
    kept = await cast.mara.send_form(f"{at}/days", {"on": day, "reason": "Founders' day"})
    assert kept.status_code == 303
    assert "Founders" in (await cast.vera.get(f"{at}/days")).text
    ladder = {"since": clock.today("Asia/Singapore").isoformat(), "rungs": "24 100\n72 50"}
    assert (await cast.mara.send_form(f"{at}/cancellation", ladder)).status_code == 303
    worse = await cast.mara.send_form(f"{at}/cancellation", {**ladder, "rungs": "24 10\n72 50"})
    assert "Cancelling later cannot cost less" in worse.text


async def test_package_and_people_of_an_office(cast: Cast) -> None:
    at = await opened(cast)
    made = await cast.mara.send_form(f"{at}/packages", {"name": "Fair week"})
    package = made.headers["location"]
    desk = await value("SELECT id FROM resource")
    part = {"resource": str(desk), "count": "2", "day": "1", "length": "5"}
    assert (await cast.mara.send_form(package, part)).status_code == 303
    long = await cast.mara.send_form(package, {**part, "length": "6"})
    assert "Desks is booked for 1 to 5." in long.text
    hosts = await cast.mara.send_form(f"{at}/hosts", {"person": str(cast.vera.person_id)})
    assert hosts.status_code == 303
    stranger = await cast.mara.send_form(f"{at}/hosts", {"person": str(cast.nils.person_id)})
    assert stranger.status_code == 422
    shared = await cast.mara.send_form(f"{at}/agencies", {"agency": str(cast.lagerwey)})
    assert shared.status_code == 303
    assert (await cast.nils.get(at)).status_code == 200
    assert (await cast.nils.get(f"{at}/edit")).status_code in (403, 404)


async def test_picture_is_shown_on_the_public_page_and_taken_away(cast: Cast) -> None:
    at = await opened(cast)
    file = io.BytesIO()
    Image.new("RGB", (40, 20), "navy").save(file, "PNG")
    kept = await cast.mara.send_form(
        f"{at}/photos", files={"photo": ("desk.png", file.getvalue(), "image/png")}
    )
    assert kept.status_code == 303, kept.text[-2000:]
    shown = re.search(
        r'src="(/offices/singapore/photos/(\d+))"', (await cast.ana.get("/offices/singapore")).text
    )
    assert shown
    assert (await cast.ana.get(shown[1])).content.startswith(b"\x89PNG")
    gone = await cast.mara.send_form(f"{at}/photos", {}, to=f"{at}/photos/{shown[2]}/remove")
    assert gone.status_code == 303
    assert (await cast.ana.get(shown[1])).status_code == 404


async def test_lists_of_offices_cost_the_same_for_one_and_fifty(cast: Cast) -> None:
    await opened(cast)
    counts = []
    for path, who in (("/offices", cast.ana), ("/desk/offices", cast.mara)):
        async with counting() as few:
            await who.get(path)
        counts.append((path, who, len(few)))
    for n in range(5):
        await opened(cast, name=f"Office {n}")
    for path, who, few_count in counts:
        async with counting() as many:
            await who.get(path)
        assert len(many) == few_count


def test_hours_are_read_as_people_write_them() -> None:
    assert rules.read_hours("9:00 - 12.30, 13:30–24:00") == ((540, 750), (810, 1440))
    assert rules.write_hours(rules.read_hours("09:00-18:00")) == "09:00-18:00"
    for wrong in ("nine", "18:00-09:00", "09:00-25:00", "09:61-10:00"):
        try:
            rules.read_hours(wrong)
        except Refused:
            continue
        raise AssertionError(wrong)
