"""Every kind of feed over HTTP on a running server, read by five programs; a real subscription."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from events.calendars import actions, delivery, jobs, subjects
from server import clock
from server.database import action, rows, value
from tests.cast import Cast, door
from tests.events.calendars.engines import agreed
from tests.events.calendars.test_feeds import subscribe
from tests.events.calendars.test_rendering import NASTY

ZONES = ("Europe/Berlin", "Africa/Casablanca", "Asia/Kolkata", "America/Santiago", "UTC")
NIGHTLY = bool(os.environ.get("PAVILION_NIGHTLY"))


@pytest.fixture
async def running(db: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx.AsyncClient]:
    """The real server on a port of this machine, with a fair and a booth that have addresses."""

    async def fair(slug: str) -> subjects.Subject | None:
        return subjects.Subject(12, slug, "Europe/Berlin") if slug == "wine" else None

    async def booth(address: str) -> subjects.Subject | None:
        return subjects.Subject(3, "Booth", "Europe/Berlin", 12) if address == "3" else None

    application = door()
    monkeypatch.setitem(subjects._resolvers, "f", fair)
    monkeypatch.setitem(subjects._resolvers, "b", booth)
    delivery.forget()
    config = uvicorn.Config(
        application, port=0, lifespan="off", log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    server.config.load()
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
            yield client
    finally:
        server.should_exit = True
        await task


@action
async def put_all(cast: Cast, many: int) -> None:
    """Items of all kinds of time and with nasty words, each in every kind of feed."""
    noon = clock.now().replace(hour=12, minute=0, second=0, microsecond=0, tzinfo=None)
    for n in range(many):
        text, tz = NASTY[n % len(NASTY)], ZONES[n % len(ZONES)]
        day = noon + timedelta(days=1 + n % 500)
        hours: dict[str, Any] = {"start": day, "end": day + timedelta(minutes=45)}
        if n % 4 == 1:
            hours = {"start_on": day.date(), "end_on": day.date() + timedelta(days=n % 3)}
        elif n % 4 == 2:
            hours = {"start": day}
        await actions.put(
            key=f"item:{n}", kind=("fair", "deadline")[n % 2], summary=f"{n} {text}",
            description=text, location=text, tz=tz, fair=12, booth=3 if n % 2 else None,
            agency=cast.nordhafen, company=cast.quinta, sectors=["wine", "food"], country="PT",
            url=f"/fairs/{n}", **hours,
        )  # fmt: skip
    for n in range(3, many, 7):
        await actions.cancel(f"item:{n}")


async def expected() -> dict[str, tuple[str, str]]:
    """What the database says of each item, as readers say it."""
    found = await rows("SELECT * FROM calendar_item WHERE kind <> 'holiday'")
    shown = {}
    for each in found:
        if each["start_on"] is not None:
            span = each["start_on"].isoformat(), each["end_on"].isoformat()
        else:
            span = tuple(
                each[name].astimezone(UTC).isoformat() for name in ("starts_at", "ends_at")
            )  # type: ignore[assignment]
        shown[str(each["uid"])] = span
    return shown


@pytest.mark.parametrize(
    "many",
    [
        1,
        22,
        pytest.param(1_000, marks=pytest.mark.skipif(not NIGHTLY, reason="nightly")),
        pytest.param(10_000, marks=pytest.mark.skipif(not NIGHTLY, reason="nightly")),
    ],
)
async def test_five_programs_read_every_kind_of_feed_alike(
    cast: Cast, running: httpx.AsyncClient, many: int
) -> None:
    await put_all(cast, many)
    if many == 1:
        await jobs.holidays()
    own = await subscribe(cast.ana)
    desk = await subscribe(cast.mara, "/desk/calendars", alarms="on")
    whole = await expected()
    uid = next(iter(whole))
    first = [f"/cal/{name}.ics" for name in ("f/wine", "s/food", "a/nordhafen")]
    paths = [*first, "/cal/b/3.ics", "/cal/p/nordhafen.ics", "/cal/h/PT.ics", "/cal/all.ics", own,
             desk, f"/cal/e/{uid}.ics"]  # fmt: skip
    seen_already: dict[bytes, Any] = {}
    for path in paths:
        answer = await running.get(path)
        assert answer.status_code == 200, path
        body = answer.content.partition(b"BEGIN:VEVENT")[2]
        # The same entries under another name are read once: 10,000 of them take minutes.
        if body not in seen_already:
            seen_already[body] = agreed(answer.content)
        seen = seen_already[body]
        wanted = {uid: whole[uid]} if "/e/" in path else whole
        assert {one: span for one, span in seen.items() if one in whole} == wanted, path
    if many == 1:
        assert agreed((await running.get("/cal/d/PT.ics")).content)
    assert (await running.get(own.replace(".ics", "x.ics"))).content == delivery.MISSING


async def test_revoked_and_altered_addresses_tell_nothing_on_a_running_server(
    cast: Cast, running: httpx.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    await put_all(cast, 2)
    path = await subscribe(cast.ana)
    shown = await running.get(path, headers={"accept-encoding": "gzip"})
    assert len(agreed(shown.content)) == 2
    assert "set-cookie" not in shown.headers
    again = await running.get(path, headers={"if-none-match": shown.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    feed = await value("SELECT id FROM feed")
    await cast.ana.send_form(f"/my/calendars/{feed}", to=f"/my/calendars/{feed}/revoke")
    swapped = path.swapcase().replace("/CAL/", "/cal/").replace(".ICS", ".ics")
    tried = [path, swapped, path.replace(".ics", "A.ics"), path[:-6] + ".ics", "/cal/x.ics"]
    answers = [await running.get(each) for each in tried]
    assert {each.status_code for each in answers} == {404}
    kept = {
        (each.content, str([pair for pair in each.headers.items() if pair[0] != "date"]))
        for each in answers
    }
    assert len(kept) == 1
    logged = capfd.readouterr()
    assert path.removeprefix("/cal/")[:20] not in logged.out + logged.err


async def sync(folder: Path) -> list[str]:
    """One run of vdirsyncer; the files that it wrote anew."""
    store = folder / "store"
    before = {each.name: each.read_bytes() for each in store.rglob("*.ics")}
    for command in (["discover"], ["sync"]):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "vdirsyncer", "-c", str(folder / "config"), *command,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, "PYTHONWARNINGS": "ignore", "NO_PROXY": "127.0.0.1"},
        )  # fmt: skip
        said, _ = await asyncio.wait_for(process.communicate(b"y\ny\n"), 60)
        assert process.returncode == 0, said.decode()
    now = {each.name: each.read_bytes() for each in store.rglob("*.ics")}
    return [name for name, data in now.items() if before.get(name) != data]


async def test_subscription_of_vdirsyncer_takes_what_is_new_and_nothing_else(
    cast: Cast, running: httpx.AsyncClient, tmp_path: Path
) -> None:
    await put_all(cast, 12)
    path = await subscribe(cast.ana)
    (tmp_path / "config").write_text(
        f'[general]\nstatus_path = "{tmp_path}/status/"\n'
        '[pair fairs]\na = "house"\nb = "files"\ncollections = null\n'
        f'[storage house]\ntype = "http"\nurl = "{str(running.base_url).rstrip("/")}{path}"\n'
        f'[storage files]\ntype = "filesystem"\npath = "{tmp_path}/store"\nfileext = ".ics"\n',
        "utf-8",
    )
    (tmp_path / "store").mkdir()
    assert len(await sync(tmp_path)) == 12
    assert await sync(tmp_path) == []

    @action
    async def move() -> None:
        tomorrow = date.fromordinal(clock.now().toordinal() + 1)
        await actions.put(
            key="item:1", kind="fair", summary="Moved", tz="Europe/Berlin", start_on=tomorrow,
            fair=12, company=cast.quinta,
        )  # fmt: skip

    await move()
    (changed,) = await sync(tmp_path)
    # It names files by what is in them, so an edited entry is a new file in place of the old one.
    store = list((tmp_path / "store").rglob("*.ics"))
    assert len(store) == 12
    assert "SUMMARY:Moved" in (tmp_path / "store" / changed).read_text()
