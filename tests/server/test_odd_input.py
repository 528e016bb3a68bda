"""Odd input to every route: nonsense is refused in words, never with a fault of ours.

One agency with a call, an admitted application, an invoice and a payment; every form of pages and
API is sent with values that no person types, one field at a time, and every list is asked for
pages that do not exist. What is answered with 5xx fails; whatever is accepted stays accepted, and
all pages open afterwards.
"""

import json
import re
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Literal, get_args, get_origin
from urllib.parse import quote

import httpx
import pytest

from booths.calls import deciding
from booths.calls.forms import AdmitForm
from server.accounts.permissions import TABLE
from server.app import endpoints
from server.billing import actions as billing
from server.billing.forms import TransferForm
from server.database import row, value
from server.web.api import PREFIX
from server.web.forms import Form, fields
from tests.cast import Cast, Someone, Visitor
from tests.concurrency.world import World, build
from tests.server.test_permissions import routes

TYPED = ("²", "a\x00b", "9" * 18)
MOMENTS = ("2027-01-01T00:00:00Z", "9999-12-31T23:59:59", "0001-01-01", "24:00")
SENT: dict[Any, tuple[object, ...]] = {
    int: (2**63, 1e300, "²", [2**63]),
    Decimal: (10**30, "-1", "NaN", "9" * 40),
    datetime: MOMENTS,
    date: MOMENTS,
    time: MOMENTS,
    str: ("\x00", "\ud83d", {"": 1}),
    dict: ({"abc": 1}, {"²": 1}, {str(10**12): 1}, [None]),
}
OTHER = (None, [None], {}, -1)
CURSORS = ("²", "9" * 30, "9999-12-31T00:00-14:00_" + "9" * 18)
ASKED = ("state", "call", "q", "text", "search", "stand", "fair", "country", "show", "thing", "id")
SLOW = ("tokens", "people")  # a password is hashed, or a mail written, at each try


class Ground:
    """A world with one of everything, and who knocks where."""

    def __init__(self, world: World, applicant: Someone, ids: dict[str, Any]) -> None:
        self.world = world
        self.applicant = applicant
        self.ids = ids
        self.faults: list[tuple[object, ...]] = []

    def address(self, path: str, **more: object) -> str:
        """`path` with ids of things that are there."""
        known = {**self.ids, **more}
        return re.sub(
            r"\{(\w+):\w+\}", lambda found: quote(str(known.get(found[1], 1)), safe=""), path
        )

    def who(self, path: str, verb: str, visitor: Visitor) -> Visitor:
        """Somebody who may, on the right side."""
        roles = TABLE[verb]
        if "/my/applications" in path:
            return self.applicant
        if "everyone" in roles:
            return visitor
        own = "admin" in roles and "/desk" not in path
        return self.world.cast.ana if own else self.world.cast.olga

    def note(self, answer: httpx.Response, *about: object) -> None:
        """Remember a fault of ours."""
        if answer.status_code >= 500 and about[1] != "/readyz":
            self.faults.append((answer.status_code, *about))


@pytest.fixture
async def ground(db: str) -> Ground:
    """An admitted and a sent application of two companies; the second plays with its own."""
    world = await build(2, rows_of_stands=2, per_row=4)
    first, second = world.applications
    form = AdmitForm(stand=world.stands[0])
    admission = await deciding.admit(world.mara, form, application_id=first)
    invoice = await row(
        "SELECT i.id, i.number FROM invoice i JOIN admission a ON a.invoice = i.id"
        " WHERE a.id = $1", admission,
    )  # fmt: skip
    assert invoice is not None
    paid = await billing.record_transfer(
        world.mara,
        TransferForm(
            amount=Decimal(10), currency="EUR", received_on=date(2026, 11, 1),
            reference=invoice["number"], payer="Quinta", bank_ref="1",
        ),
    )  # fmt: skip
    applicant = await Someone("a1@many.example", world.people[1]).arrive()
    ids = {
        "fair_id": world.fair, "booth_id": world.booth, "price_list_id": world.price_list,
        "call_id": world.call, "application_id": second, "invoice_id": invoice["id"],
        "invoice": invoice["number"], "payment_id": paid.id, "scheme_id": world.scheme,
        "stand_id": world.stands[1], "company_id": world.companies[0],
        "person_id": world.cast.paul.person_id, "slug": "anuga-2027", "account": "bank",
        "currency": "EUR", "task": "stand",
        "fee_id": await value("SELECT min(id) FROM fee"),
        "grant_id": await value("SELECT min(id) FROM aid_grant"),
        "document_id": await value("SELECT min(id) FROM document"),
        "message_id": await value("SELECT min(id) FROM message"),
    }  # fmt: skip
    return Ground(world, applicant, ids)


def plausible(form: type[Form], ids: dict[str, Any]) -> dict[str, object]:
    """A body that gets past the gate, so that one odd field at a time is seen behind it."""
    kinds: dict[Any, object] = {
        int: 1, Decimal: "10", bool: True, date: "2027-05-01", str: "Some text here", dict: {},
    }  # fmt: skip
    named = {
        "tz": "Europe/Berlin", "currency": "EUR", "country": "DE", "member_state": "DE",
        "email": "a@b.example", "website": "https://a.example", "booth": ids["booth_id"],
        "price_list": ids["price_list_id"], "scheme": ids["scheme_id"], "fair": ids["fair_id"],
        "stand": ids["stand_id"], "invoice": ids["invoice"], "opens_at": "2027-05-01T10:00",
        "closes_at": "2027-06-01T18:00", "applications": ids["application_id"],
    }  # fmt: skip
    made: dict[str, object] = {}
    for field in fields(form):
        if isinstance(field.base, type) and issubclass(field.base, Enum):
            one: object = next(iter(field.base)).value
        elif get_origin(field.base) is Literal:
            one = get_args(field.base)[0]
        else:
            one = named.get(field.name, kinds.get(field.base, "2027-05-01T10:00"))
        made[field.name] = [one] if field.many else one
    return made


def odd_fields(form: type[Form]) -> list[tuple[str, object]]:
    """What each field of a form is tried with."""
    return [(each.name, odd) for each in fields(form) for odd in SENT.get(each.base, OTHER)]


async def test_odd_addresses_and_pages_of_lists(ground: Ground, visitor: Visitor) -> None:
    """Lists end where nothing is; addresses lead nowhere."""
    programs = {someone: await someone.program() for someone in everybody(ground)}
    for method, path, opt in routes():
        if method != "GET" or path.startswith("/static"):
            continue
        who = ground.who(path, opt["verb"], visitor)
        caller = programs.get(who, who) if opt.get("api") else who
        plain = ground.address(path)
        for odd in CURSORS:
            asked = {"cursor": odd, "after": odd, **dict.fromkeys(ASKED, odd)}
            ground.note(await caller.get(plain, params=asked), method, path, odd)
        for name in re.findall(r"\{(\w+):str\}", path):
            for odd in ("\x00", "²"):
                answer = await caller.get(ground.address(path, **{name: odd}))
                ground.note(answer, method, path, name, odd)
        for name in re.findall(r"\{(\w+):int\}", path):
            answer = await caller.get(ground.address(path, **{name: 9 * 10**18}))
            ground.note(answer, method, path, name)
    await close(programs)
    assert not ground.faults, "\n".join(map(str, ground.faults))


async def test_odd_bodies_of_the_api(ground: Ground, visitor: Visitor) -> None:
    """Each field of each form with each odd value, then what is no JSON."""
    programs = {someone: await someone.program() for someone in everybody(ground)}
    for endpoint in sorted(endpoints(), key=lambda each: each.path.endswith("withdrawal")):
        if endpoint.form is None or endpoint.path.split("/")[-1] in SLOW:
            continue
        who = ground.who(endpoint.path, endpoint.verb, visitor)
        path = PREFIX + ground.address(endpoint.path)
        whole = plausible(endpoint.form, ground.ids)
        bodies = [b"[]", b'{"\xc3\x28":1}', b'{"a":' * 3000]
        bodies += [
            json.dumps({**whole, name: odd}).encode() for name, odd in odd_fields(endpoint.form)
        ]
        for body in bodies:
            answer = await programs.get(who, who).request(endpoint.method, path, content=body)
            ground.note(answer, endpoint.method, endpoint.path, body[:200])
    for part in ("", "/quote"):
        answer = await programs[ground.applicant].get(
            f"{PREFIX}/my/applications/{ground.ids['application_id']}{part}"
        )
        ground.note(answer, "GET", answer.request.url.path)
    await close(programs)
    assert not ground.faults, "\n".join(map(str, ground.faults))


async def test_odd_forms_of_pages(ground: Ground, visitor: Visitor) -> None:
    """Each field that a page shows with each odd value, and a file where none is asked for."""
    for method, path, opt in routes():
        last = path.split("/")[-1]
        if method != "POST" or opt.get("api") or opt.get("open") or last in (*SLOW, "logout"):
            continue
        who = ground.who(path, opt["verb"], visitor)
        plain = ground.address(path)
        shown = await who.get(plain)
        typed = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', shown.text))
        for name in re.findall(r'<(?:input|select|textarea)[^>]*name="(\w+)"', shown.text):
            typed.setdefault(name, "1")
        csrf = typed.pop("csrf_token", "")
        for name in typed:
            for odd in TYPED:
                data = {**typed, name: odd, "csrf_token": csrf}
                ground.note(await who.post(plain, data=data), method, path, name, odd)
            files = {name: ("a.png", b"\x89PNG\r\n\x1a\n", "image/png")}
            rest = {other: typed[other] for other in typed if other != name}
            answer = await who.post(plain, data={**rest, "csrf_token": csrf}, files=files)
            ground.note(answer, method, path, name, "a file")
        twice: dict[str, Any] = {name: [odd, odd] for name, odd in typed.items()}
        answer = await who.post(plain, data={**twice, "csrf_token": csrf})
        ground.note(answer, method, path, "everything twice")
    assert not ground.faults, "\n".join(map(str, ground.faults))


async def test_what_nobody_typed_is_not_kept_for_after_the_sign_in(visitor: Visitor) -> None:
    """A form that a stranger sends leads to the sign-in; it fills no table and breaks none."""
    for odd in ("a\x00b", "x" * 1_000_000):
        answer = await visitor.post("/desk/calls/new", data={"title": odd})
        assert answer.status_code == 303
    assert await value("SELECT count(*) FROM kept_form WHERE typed <> '{}'") == 0


def everybody(ground: Ground) -> list[Someone]:
    cast: Cast = ground.world.cast
    return [cast.ana, cast.olga, ground.applicant]


async def close(programs: dict[Someone, httpx.AsyncClient]) -> None:
    for each in programs.values():
        await each.aclose()
