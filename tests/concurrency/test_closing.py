"""The last seconds of a call: 600 applications from 32 clients, some of them too late.

The server is the real one with two processes, and the deadline really passes while they send. The
first 96 show how fast the machine is, and the call then closes when about half of all will have
arrived. Some wait for the instant itself, and the last ones until exactly one second over.
"""

import asyncio
import html
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from booths.calls import actions as calls
from booths.calls import queries
from booths.calls.forms import CallForm
from booths.ranking import entering
from booths.ranking.ordering import rank
from booths.ranking.rules import Plan
from server import clock
from server.database import execute, rows, value
from server.documents import queries as documents
from server.web import signing
from server.web.formats import moment
from tests.bench.serving import Serving, serving
from tests.concurrency.world import World, build

APPLICATIONS, CLIENTS = 600, 32
AT_THE_INSTANT, ONE_SECOND_OVER = 64, 64
SHORTEST, LONGEST = 2.0, 15.0
ONE_SECOND = timedelta(seconds=1)
TZ = "Europe/Berlin"


@dataclass(frozen=True)
class Answer:
    """What one client was told."""

    application: int
    status: int
    text: str

    @property
    def accepted(self) -> bool:
        return self.status == 303


@dataclass(frozen=True)
class Closed:
    """A call that has closed while applications arrived."""

    world: World
    closes_at: datetime
    ended_at: datetime
    answers: dict[int, Answer]
    one_second_over: frozenset[int]
    drafts: dict[int, Any]

    @property
    def accepted(self) -> set[int]:
        return {each.application for each in self.answers.values() if each.accepted}


async def _drafts() -> dict[int, Any]:
    return {each["id"]: each["draft"] for each in await rows("SELECT id, draft FROM application")}


async def _close_in(world: World, time: timedelta) -> datetime:
    """The manager lets the call close so soon; the instant, to the microsecond."""
    actor = world.mara
    call = await queries.own_call(actor, world.call)
    closes_at = clock.now() + time
    form = CallForm(
        title=call.title, booth=call.booth, price_list=call.price_list, scheme=call.scheme,
        opens_at=clock.local(call.opens_at, TZ).replace(tzinfo=None),
        closes_at=clock.local(closes_at, TZ).replace(tzinfo=None),
        payment_days=call.payment_days,
    )  # fmt: skip
    await calls.change_call(actor, form, call_id=world.call)
    return closes_at


async def _wait_until(at: datetime) -> None:
    await asyncio.sleep(max(0.0, (at - clock.now()).total_seconds()))


async def _send(
    server: Serving,
    world: World,
    numbers: range,
    starts: Callable[[int], datetime | None] = lambda _: None,
) -> dict[int, Answer]:
    """Each application is sent once by whichever client is free, not before its time."""
    sessions = {
        each["person"]: each["id"]
        for each in await rows("SELECT max(id) AS id, person FROM session GROUP BY person")
    }
    queue = iter(numbers)
    found: dict[int, Answer] = {}
    origin = f"http://127.0.0.1:{server.port}"

    async def client() -> None:
        async with httpx.AsyncClient(base_url=origin, timeout=120) as browser:
            for number in queue:
                application, person = world.applications[number], world.people[number]
                at = starts(number)
                if at is not None:
                    await _wait_until(at)
                answer = await browser.post(
                    f"/my/applications/{application}/check",
                    data={
                        "seen_total": world.total_minor,
                        "csrf_token": signing.form_token(f"session:{sessions[person]}"),
                    },
                    headers={
                        "cookie": f"pavilion={world.tokens[number]}", "origin": origin,
                        "sec-fetch-site": "same-origin",
                    },
                )  # fmt: skip
                found[application] = Answer(application, answer.status_code, answer.text)

    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return found


@pytest.fixture
async def closed(db: str) -> AsyncIterator[Closed]:
    """The run itself."""
    world = await build(APPLICATIONS, rows_of_stands=2, per_row=5, sent=False)
    await execute("ANALYZE")
    drafts = await _drafts()
    with serving(db, 2) as server:
        answers = await _send(server, world, range(CLIENTS))
        began, first = clock.now(), 3 * CLIENTS
        answers |= await _send(server, world, range(CLIENTS, first))
        each = (clock.now() - began).total_seconds() / (first - CLIENTS)
        half = each * (APPLICATIONS / 2 - first)
        closes_at = await _close_in(world, timedelta(seconds=min(max(half, SHORTEST), LONGEST)))
        over = APPLICATIONS - ONE_SECOND_OVER

        def starts(number: int) -> datetime | None:
            if number >= over:
                return closes_at + ONE_SECOND
            if number >= over - AT_THE_INSTANT:
                nearly = (number - over + AT_THE_INSTANT / 2) * timedelta(milliseconds=10)
                return closes_at + nearly
            return None

        answers |= await _send(server, world, range(first, APPLICATIONS), starts)
    yield Closed(
        world, closes_at, clock.now(), answers, frozenset(world.applications[over:]), drafts
    )
    await world.cast.leave()


async def _in_time(closed: Closed) -> None:
    """Whoever was accepted has one submission before the closing, and a receipt that says so."""
    sent = {
        each["application"]: each
        for each in await rows(
            "SELECT s.application, s.number, s.submitted_at, s.document, x.submitted_at AS arrived,"
            " x.state, x.reference FROM submission s JOIN application x ON x.id = s.application"
        )
    }
    mails: dict[str, dict[str, Any]] = {
        each["key"]: each for each in await rows("SELECT key, body_text, attachments FROM message")
    }
    papers = {
        each["id"]: each
        for each in await rows("SELECT id, about, content FROM document WHERE kind = 'receipt'")
    }
    logged = {
        each["thing_id"]: each["after"]
        for each in await rows(
            "SELECT thing_id, after FROM audit_line WHERE verb = 'application.submit'"
        )
    }
    assert set(sent) == set(logged) == closed.accepted
    assert len(papers) == len(closed.accepted)
    people = dict(zip(closed.world.applications, closed.world.people, strict=True))
    everybody = await rows(
        "SELECT x.id, m.person FROM application x JOIN company_member m ON m.company = x.company"
    )
    assert set(mails) == {
        f"application:{each['id']}:submitted:1:{each['person']}"
        for each in everybody
        if each["id"] in sent
    }
    for application, each in sent.items():
        at = each["submitted_at"]
        assert (each["number"], each["state"], each["arrived"]) == (1, "submitted", at)
        assert at < closed.closes_at
        assert datetime.fromisoformat(logged[application]["at"]) == at
        said = moment(at, TZ, seconds=True)
        mail = mails[f"application:{application}:submitted:1:{people[application]}"]
        assert said in mail["body_text"]
        assert each["reference"] in mail["body_text"]
        assert mail["attachments"] == [each["document"]]
        paper = papers[each["document"]]
        assert paper["about"] == f"application:{application}"
        assert (paper["content"]["at"], paper["content"]["number"]) == (said, 1)
    by_time = sorted(sent.values(), key=lambda each: each["submitted_at"])
    for each in (by_time[0], by_time[-1]):
        _, media_type, data = await documents.pdf(each["document"])
        assert (media_type, data[:4]) == ("application/pdf", b"%PDF")


async def _too_late(closed: Closed) -> None:
    """Whoever was refused reads both instants, has no receipt and keeps what was written."""
    closes = re.escape(moment(closed.closes_at, TZ, seconds=True))
    until = closed.closes_at.replace(microsecond=0)
    second = timedelta(0)
    kept = await _drafts()
    states = {each["id"]: each for each in await rows("SELECT * FROM application")}
    possible = {}
    while until + second <= closed.ended_at:
        possible[moment(until + second, TZ, seconds=True)] = until + second
        second += ONE_SECOND
    for application, answer in closed.answers.items():
        if answer.accepted:
            continue
        assert answer.status == 422, (answer.status, answer.text[:300])
        said = re.search(
            rf"The call closed on {closes}\. It is (.*?) now, so your application was not taken;"
            r" what you entered is kept\.",
            html.unescape(answer.text),
        )
        assert said, answer.text[:3000]
        assert said[1] in possible
        if application in closed.one_second_over:
            assert possible[said[1]] >= until + ONE_SECOND
        mine = states[application]
        assert (mine["state"], mine["submitted_at"], mine["reference"]) == ("draft", None, None)
        assert kept[application] == closed.drafts[application] != {}


@pytest.mark.slow
async def test_600_in_the_last_seconds_each_is_in_time_with_a_receipt_or_refused_with_the_instant(
    closed: Closed,
) -> None:
    """Nobody is in between; the order of arrival is total, and the ranking goes by it."""
    assert len(closed.answers) == APPLICATIONS
    assert len(closed.accepted) >= 3 * CLIENTS
    assert closed.one_second_over.isdisjoint(closed.accepted)
    await _in_time(closed)
    await _too_late(closed)
    found = await rows(
        "SELECT reference FROM application WHERE state = 'submitted' ORDER BY submitted_at, id"
    )
    call = await queries.own_call(closed.world.mara, closed.world.call)
    entries = await entering.entries(call)
    inputs = await entering.inputs(call, Plan(), entries, None)
    order = [each.reference for each in rank(Plan(), inputs)]
    assert order == [each["reference"] for each in found]
    assert len(set(order)) == len(closed.accepted)
    queued = await value("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'documents.render'")
    assert queued == len(closed.accepted)
