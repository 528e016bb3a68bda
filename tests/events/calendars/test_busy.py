"""Calendars that say when somebody is busy: fetched safely, kept as ranges, avoided by plans."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from events.calendars import fetching, free
from events.calendars.busy import ranges
from events.schedules.queries import question
from server import clock, jobs, settings
from server.database import rows, value
from server.errors import Refused
from tests.cast import Cast
from tests.events.matchmaking.scene import session_with

FIRST, LAST = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC)


def calendar(*entries: str, zone: str = "Europe/Berlin") -> bytes:
    """A calendar of entries, each the lines between BEGIN and END."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", f"X-WR-TIMEZONE:{zone}"]
    for n, entry in enumerate(entries):
        uid = [] if "UID:" in entry else [f"UID:{n}"]
        lines += ["BEGIN:VEVENT", *uid, *entry.split(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def spans(*entries: str, ours: tuple[str, ...] = ()) -> list[str]:
    return [
        f"{start:%m%d %H%M}-{end:%m%d %H%M}"
        for start, end in ranges(calendar(*entries), FIRST, LAST, ours)
    ]


NINE = "DTSTART;TZID=Europe/Berlin:20270301T090000 DTEND;TZID=Europe/Berlin:20270301T100000"


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        ([NINE], ["0301 0800-0301 0900"]),
        (["DTSTART:20270301T090000 DURATION:PT30M"], ["0301 0800-0301 0830"]),
        (["DTSTART;VALUE=DATE:20270402"], ["0401 2200-0402 2200"]),
        (["DTSTART:20270301T090000Z"], []),
        ([NINE + " TRANSP:TRANSPARENT"], []),
        ([NINE + " STATUS:CANCELLED"], []),
        ([NINE + " X-MICROSOFT-CDO-BUSYSTATUS:FREE"], []),
        (["UID:ours " + NINE], []),
        ([NINE, "DTSTART:20270301T083000Z DTEND:20270301T110000Z"], ["0301 0800-0301 1100"]),
        ([NINE + " RRULE:FREQ=HOURLY"], []),
        # Over the change of the clocks, with an exception and one that was moved.
        (
            [
                "UID:a " + NINE + " RRULE:FREQ=WEEKLY;UNTIL=20270329T070000Z"
                " EXDATE;TZID=Europe/Berlin:20270308T090000",
                "UID:a RECURRENCE-ID;TZID=Europe/Berlin:20270315T090000"
                " DTSTART:20270315T110000Z DURATION:PT1H",
            ],
            ["0301 0800-0301 0900", "0315 1100-0315 1200", "0322 0800-0322 0900",
             "0329 0700-0329 0800"],
        ),
        ([NINE + " RRULE:FREQ=DAILY;COUNT=2"], ["0301 0800-0301 0900", "0302 0800-0302 0900"]),
        ([NINE + " RDATE;TZID=Europe/Berlin:20270305T090000"],
         ["0301 0800-0301 0900", "0305 0800-0305 0900"]),
        # Never true, and began long ago: over in no time.
        (["DTSTART:20200101T090000Z DURATION:PT1H RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"], []),
        (["DTSTART:20260105T090000Z DURATION:PT1H RRULE:FREQ=YEARLY;UNTIL=20270105"],
         ["0105 0900-0105 1000"]),
    ],
)  # fmt: skip
def test_ranges_are_what_an_entry_takes(entries: list[str], found: list[str]) -> None:
    assert spans(*entries, ours=("ours",)) == found


def test_ranges_of_free_and_busy_blocks_and_of_no_calendar() -> None:
    block = (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VFREEBUSY\r\nUID:f\r\n"
        b"FREEBUSY;FBTYPE=BUSY:20270501T100000Z/PT2H,20270502T100000Z/20270502T110000Z\r\n"
        b"FREEBUSY;FBTYPE=FREE:20270601T100000Z/PT2H\r\nEND:VFREEBUSY\r\nEND:VCALENDAR\r\n"
    )
    found = ranges(block, FIRST, LAST)
    assert [end - start for start, end in found] == [timedelta(hours=2), timedelta(hours=1)]
    with pytest.raises(ValueError, match=r"."):
        ranges(b"<html>", FIRST, LAST)


@pytest.mark.parametrize(
    "url",
    [
        "http://calendar.example/a.ics", "file:///etc/passwd", "ftp://calendar.example/a", "x",
        "https://", "https://user:pw@calendar.example/a.ics", "https://calendar.example:8443/a.ics",
        "https://127.0.0.1/a", "https://10.1.2.3/a", "https://169.254.169.254/latest/meta-data",
        "https://[::1]/a", "https://[::ffff:127.0.0.1]/a", "https://[fd00::1]/a",
        "https://[64:ff9b::7f00:1]/a", "https://[2002:7f00:1::]/a", "https://224.0.0.1/a",
        "https://100.64.0.1/a", "https://0.0.0.0/a", "https://[bad/a", "https://h:99999/a",
    ],
)  # fmt: skip
async def test_unsafe_address_is_refused_before_anything_is_asked(url: str) -> None:
    with pytest.raises(Refused):
        fetching.checked(url)


async def test_name_that_leads_into_the_house_is_not_connected_to() -> None:
    """`localhost` resolves to a private address, as any name of an attacker may."""
    with pytest.raises(Refused, match="not an address on the public internet"):
        await fetching.fetch("https://localhost/a.ics")


class Elsewhere:
    """A calendar server with a certificate of its own; `say` makes each answer."""

    port = 0

    def __init__(self) -> None:
        self.say: Callable[[str], bytes] = lambda path: b""
        self.asked: list[str] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append(head.decode())
        writer.write(self.say(head.split()[1].decode()))
        try:
            await writer.drain()
        except ConnectionError:
            return
        writer.close()

    @property
    def url(self) -> str:
        return f"https://localhost:{self.port}/a.ics"


def ok(data: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(data) + data


@pytest.fixture
async def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Elsewhere]:
    """A real https server on this machine, in a network that the operator allows."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(
            [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    both = tmp_path / "both.pem"
    both.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ) + made.public_bytes(serialization.Encoding.PEM)
    )  # fmt: skip
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(both)
    there = Elsewhere()
    server = await asyncio.start_server(there.serve, "127.0.0.1", 0, ssl=shown)
    there.port = server.sockets[0].getsockname()[1]
    monkeypatch.setenv("SSL_CERT_FILE", str(both))
    monkeypatch.setenv("PAVILION_CALENDAR_NETWORKS", "127.0.0.0/8 ::1/128")
    settings.load.cache_clear()
    try:
        yield there
    finally:
        server.close()
        monkeypatch.undo()
        settings.load.cache_clear()


async def test_fetch_follows_redirects_and_gives_up_what_is_too_much(
    elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    def moved(to: str) -> bytes:
        return f"HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n".encode()

    elsewhere.say = lambda path: moved("/b.ics") if path == "/a.ics" else ok(b"there")
    assert await fetching.fetch(elsewhere.url) == b"there"
    for answer, words in (
        (moved("https://169.254.169.254/"), "not an address"),
        (moved("http://localhost/"), "begins with https"),
        (moved("/a.ics"), "too often"),
        (b"HTTP/1.1 404 Gone\r\ncontent-length: 0\r\n\r\n", "404"),
        (b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 1\r\n\r\nx", "other than"),
        (b"nonsense\r\n\r\n", "could not be reached"),
    ):
        elsewhere.say = lambda path, answer=answer: answer  # type: ignore[misc]
        with pytest.raises(Refused, match=words):
            await fetching.fetch(elsewhere.url)
    elsewhere.say = lambda path: ok(b"x" * (fetching.LARGEST + 1))
    with pytest.raises(Refused, match="larger than"):
        await fetching.fetch(elsewhere.url)
    monkeypatch.setattr(fetching, "SECONDS", 0.2)
    elsewhere.say = lambda path: b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n"
    with pytest.raises(Refused):
        await fetching.fetch(elsewhere.url)
    monkeypatch.setenv("SSL_CERT_FILE", "/dev/null")
    with pytest.raises(Refused):
        await fetching.fetch(elsewhere.url)


async def test_plan_avoids_what_a_given_calendar_says_and_keeps_only_the_times(
    cast: Cast, elsewhere: Elsewhere
) -> None:
    scene = await session_with(cast, 3)
    slot = scene.slots[1]
    entry = (
        f"DTSTART:{slot.starts_at:%Y%m%dT%H%M%SZ} DTEND:{slot.ends_at:%Y%m%dT%H%M%SZ}"
        " SUMMARY:Surgery"
    )
    elsewhere.say = lambda path: ok(calendar(entry))
    page = "/my/calendars/busy"
    sent = await cast.ana.send_form(page, {"url": elsewhere.url.replace("https", "webcal", 1)})
    assert sent.status_code == 303, sent.text
    await jobs.drain()
    ana, carla, other = (each.id for each in scene.people)
    away = {who.id: who.away for who in (await question(await _session(scene.id))).people}
    assert away == {ana: (slot.id,), carla: (), other: ()}
    assert "cookie" not in elsewhere.asked[0].lower()
    kept = str([await rows("SELECT * FROM busy_calendar"), await rows("SELECT * FROM busy_range")])
    assert "Surgery" not in kept
    assert elsewhere.url not in kept
    shown = (await cast.ana.get(page)).text
    assert "localhost" in shown
    assert elsewhere.url not in shown
    assert "localhost" not in (await cast.ben.get(page)).text
    times = await cast.ana.get(f"/my/meetings/{scene.id}/times")
    assert times.status_code == 200
    company = scene.people[0].company_id
    assert len(await free.busy(company, slot.starts_at, slot.ends_at, cast.ana.person_id)) == 1
    assert await free.busy(company, slot.starts_at, slot.ends_at, cast.ben.person_id) == []

    # A calendar that fails keeps what was known; one that is taken away is forgotten.
    elsewhere.say = lambda path: ok(b"<html>gone</html>")
    with clock.travel(clock.now() + timedelta(hours=2)):
        await free.read_due()
    assert await value("SELECT count(*) FROM busy_range") == 1
    assert "other than a calendar" in (await cast.ana.get(page)).text
    number = await value("SELECT id FROM busy_calendar")
    for who, status in ((cast.ben, 404), (cast.carla, 404), (cast.ana, 303)):
        gone = await who.send_form(page, to=f"{page}/{number}/end")
        assert gone.status_code == status
    assert await value("SELECT count(*) FROM busy_range") == 0


async def _session(session_id: int):  # type: ignore[no-untyped-def]
    from events.matchmaking import queries

    return await queries.session(session_id)


async def test_address_that_is_not_safe_is_refused_and_stays_typed(cast: Cast) -> None:
    sent = await cast.ana.send_form("/my/calendars/busy", {"url": "http://10.0.0.1/a.ics"})
    assert sent.status_code == 422
    assert "http://10.0.0.1/a.ics" in sent.text
    assert await value("SELECT count(*) FROM busy_calendar") == 0
