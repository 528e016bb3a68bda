"""Booking by its pages: found, held, confirmed, changed, cancelled; the host's day."""

import re
from datetime import timedelta

from server import clock
from server.database import counting, execute, value
from tests.cast import Cast
from tests.events.offices.test_offices import opened

ROOM = {
    "kind": "meeting_room", "name": "Room", "units": "1", "seats": "8", "span": "minutes",
    "step": "15", "least": "30", "most": "240", "approval": "on", "supply": "bare_space",
}  # fmt: skip


async def office(cast: Cast) -> str:
    """An open office with free desks and a room that is approved, every day of the week."""
    at = await opened(cast, keeps_holidays="")
    room = await cast.mara.send_form(f"{at}/resources/new", ROOM)
    assert room.status_code == 303, room.text[-2000:]
    week = {f"day_{n}": "09:00-18:00" for n in range(7)}
    assert (await cast.mara.send_form(f"{at}/hours", week)).status_code == 303
    for one in await _ids():
        price = {"since": clock.today("UTC").isoformat(), "per": "day", "price": "0"}
        await cast.mara.send_form(f"{at}/resources/{one}", price, to=f"{at}/resources/{one}/rates")
    return at


async def _ids() -> list[int]:
    return list(await value("SELECT array_agg(id ORDER BY id) FROM resource"))


def day(n: int) -> str:
    return (clock.today("Asia/Singapore") + timedelta(days=n)).isoformat()


async def test_desk_is_held_confirmed_moved_and_cancelled(cast: Cast) -> None:
    await office(cast)
    desk = (await _ids())[0]
    shown = await cast.ana.get("/offices/singapore")
    assert shown.status_code == 200, shown.text[-3000:]
    assert "3 of 3 free" in shown.text
    assert "Next free desk:" in shown.text
    form = {"resource": str(desk), "day": day(3), "length": "2", "purpose": "The fair"}
    at = f"/offices/singapore/book?resource={desk}"
    held = await cast.ana.send_form(at, form, to="/offices/singapore/book")
    assert held.status_code == 303, held.text[-3000:]
    mine = held.headers["location"]
    page = await cast.ana.get(mine)
    assert "Held for you for" in page.text
    refused = await cast.ana.send_form(mine, {}, to=f"{mine}/confirm")
    assert refused.status_code == 422
    assert "Accept the house rules" in refused.text
    done = await cast.ana.send_form(mine, {"accepted": "on"}, to=f"{mine}/confirm")
    assert done.status_code == 303
    page = await cast.ana.get(mine)
    assert "data:image/svg+xml" in page.text
    visitors = await cast.ana.send_form(f"{mine}/visitors", {"visitors": "Ana Vale;;PT;X1"})
    assert visitors.status_code == 303
    letter = await cast.ana.send_form(mine, {}, to=f"{mine}/letter")
    assert letter.status_code == 303, letter.text[-2000:]
    document = re.search(r'href="(/documents/\d+)"', (await cast.ana.get(mine)).text)
    assert document
    assert (await cast.ana.get(document[1])).content.startswith(b"%PDF")
    version = await value("SELECT version FROM booking")
    moved = await cast.ana.send_form(
        f"{mine}/change", {"day": day(5), "length": "1", "people": "1", "version": str(version)}
    )
    assert moved.status_code == 303, moved.text[-2000:]
    assert "Cancelling now costs nothing" in (await cast.ana.get(f"{mine}/cancel")).text
    assert (await cast.ana.send_form(f"{mine}/cancel", {})).status_code == 303
    assert await value("SELECT state FROM booking") == "cancelled"
    assert (await cast.carla.get(mine)).status_code == 404


async def test_series_names_refused_dates_and_offers_the_rest(cast: Cast) -> None:
    at = await office(cast)
    desk = (await _ids())[0]
    closed = await cast.mara.send_form(f"{at}/days", {"on": day(10), "reason": "Move"})
    assert closed.status_code == 303
    form = {"resource": str(desk), "day": day(3), "length": "1", "every": "weeks",
            "interval": "1", "times": "3"}  # fmt: skip
    book = f"/offices/singapore/book?resource={desk}"
    refused = await cast.ana.send_form(book, form, to="/offices/singapore/book")
    assert refused.status_code == 409, refused.text[-2000:]
    assert "Hold the other 2" in refused.text
    assert "Move" in refused.text
    asks = re.findall(r'name="asks" value="([^"]*)"', refused.text)
    rest = await cast.ana.send_form(book, {"asks": asks, "kind": "series"}, to="/my/bookings/hold")
    assert rest.status_code == 303, rest.text[-2000:]
    assert await value("SELECT count(*) FROM booking WHERE state = 'held'") == 2


async def test_search_over_parts_and_package_is_held_whole(cast: Cast) -> None:
    at = await office(cast)
    desk, room = await _ids()
    found = await cast.ana.get(
        f"/my/bookings/find?first={day(3)}&last={day(7)}&kind_1=desk&count_1=2&length_1=3"
        "&kind_2=meeting_room&length_2=60&seats_2=8"
    )
    assert "1 office has it all" in found.text, found.text[-3000:]
    asks = re.findall(r'name="asks" value="([^"]*)"', found.text)
    assert len(asks) == 3
    made = await cast.mara.send_form(f"{at}/packages", {"name": "Fair week"})
    package = made.headers["location"]
    await cast.mara.send_form(
        package, {"resource": str(desk), "count": "2", "day": "1", "length": "3"}
    )
    await cast.mara.send_form(
        package,
        {"resource": str(room), "count": "1", "day": "2", "opens": "10:00", "length": "60"},
    )
    number = package.rpartition("/")[2]
    whole = await cast.ana.send_form(f"/offices/singapore/packages/{number}", {"day": day(3)})
    assert whole.status_code == 303, whole.text[-2000:]
    assert "Fair week" in (await cast.ana.get(whole.headers["location"])).text
    assert await value("SELECT count(*) FROM booking") == 3
    again = await cast.carla.send_form(f"/offices/singapore/packages/{number}", {"day": day(3)})
    assert again.status_code == 409
    assert await value("SELECT count(*) FROM booking") == 3


async def test_host_answers_blocks_moves_and_sees_figures(cast: Cast) -> None:
    at = await office(cast)
    _, room = await _ids()
    book = f"/offices/singapore/book?resource={room}"
    form = {"resource": str(room), "day": day(2), "at": "10:00", "length": "60", "people": "4"}
    held = await cast.ana.send_form(book, form, to="/offices/singapore/book")
    mine = held.headers["location"]
    done = await cast.ana.send_form(mine, {"accepted": "on"}, to=f"{mine}/confirm")
    assert "waits for the office" in (await cast.ana.get(done.headers["location"])).text
    taken = await cast.carla.send_form(book, form, to="/offices/singapore/book")
    assert taken.status_code == 409
    assert "The nearest free times" in taken.text
    today = await cast.vera.get(f"{at}/today")
    assert "Quinta" in today.text
    desk_page = mine.replace("/my/", "/desk/")
    no_reason = await cast.vera.send_form(
        desk_page, {"yes": "off", "version": "2"}, to=f"{desk_page}/answer"
    )
    assert no_reason.status_code == 422
    version = str(await value("SELECT version FROM booking ORDER BY id LIMIT 1"))
    yes = await cast.vera.send_form(
        desk_page, {"yes": "on", "version": version}, to=f"{desk_page}/answer"
    )
    assert yes.status_code == 303, yes.text[-2000:]
    late = await cast.mara.send_form(
        desk_page, {"yes": "on", "version": version}, to=f"{desk_page}/answer"
    )
    assert late.status_code == 409
    early = await cast.vera.send_form(desk_page, {}, to=f"{desk_page}/check-in")
    assert early.status_code == 422
    black = await cast.mara.send_form(
        f"{at}/blackouts",
        {"starts": f"{day(2)} 09:00", "ends": f"{day(2)} 18:00", "reason": "Painters"},
    )
    assert black.status_code == 303, black.text[-2000:]
    hit = await cast.mara.get(black.headers["location"])
    assert "Quinta" in hit.text
    assert "Move to" in hit.text
    listed = await cast.vera.get(f"{at}/bookings?state=confirmed")
    assert "Quinta" in listed.text
    assert "Quinta" in (await cast.vera.get(f"{at}/bookings.csv")).text
    assert (await cast.vera.get(f"{at}/bookings.xlsx")).content.startswith(b"PK")
    figures = await cast.vera.get(f"{at}/utilisation")
    assert figures.status_code == 200, figures.text[-2000:]
    assert "By weekday and hour" in figures.text
    assert (await cast.nils.get(f"{at}/today")).status_code == 404
    assert (await cast.nils.get(desk_page)).status_code == 404


async def test_lists_of_bookings_cost_the_same_for_one_and_many(cast: Cast) -> None:
    at = await office(cast)
    desk = (await _ids())[0]

    async def hold(n: int) -> None:
        form = {"resource": str(desk), "day": day(n), "length": "1"}
        held = await cast.ana.send_form(
            f"/offices/singapore/book?resource={desk}", form, to="/offices/singapore/book"
        )
        assert held.status_code == 303

    await hold(2)
    await execute("UPDATE booking SET state = 'confirmed'")
    pages = (
        (cast.ana, "/my/bookings"), (cast.mara, f"{at}/bookings"), (cast.mara, f"{at}/today"),
        (cast.mara, f"{at}/utilisation"), (cast.ana, "/offices/singapore"),
    )  # fmt: skip
    counts = []
    for who, path in pages:
        async with counting() as few:
            assert (await who.get(path)).status_code == 200
        counts.append(len(few))
    for n in range(3, 9):
        await hold(n)
        await execute("UPDATE booking SET state = 'confirmed'")
    for (who, path), few_count in zip(pages, counts, strict=True):
        async with counting() as many:
            await who.get(path)
        assert len(many) == few_count, path
