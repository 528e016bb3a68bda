"""The demonstration: every state can be seen, and a second load changes nothing."""

import html
import re
import time

from server import app, demonstration
from server.database import execute, rows, value
from server.demonstration.organisations import PASSWORD, SIGN_INS
from tests.cast import Visitor

TABLES = (
    "agency", "company", "person", "fair", "booth", "stand", "call", "application", "admission",
    "invoice", "payment", "ledger_entry", "aid_grant", "document", "message", "calendar_item",
    "audit_line",
)  # fmt: skip


SHARED = ("/desk/fairs/",)
"""Agencies see each other's published fairs, so that none is served twice."""


async def _sizes() -> dict[str, int]:
    return {name: await value(f"SELECT count(*) FROM {name}") for name in TABLES}


async def test_demonstration_shows_every_state_and_is_loaded_once(db: str) -> None:
    app.register_jobs()
    said: list[str] = []
    began = time.monotonic()
    await demonstration.load(said.append)
    assert time.monotonic() - began < 90
    sizes = await _sizes()
    assert sizes["company"] >= 40
    assert await value("SELECT count(DISTINCT country) FROM company") >= 12
    assert await value("SELECT count(*) FROM agency") == 3
    zones = {each["tz"] for each in await rows("SELECT tz FROM fair")}
    assert {"Asia/Kolkata", "America/Chicago", "Europe/Lisbon"} <= zones
    states = {each["state"] for each in await rows("SELECT DISTINCT state FROM application")}
    assert states == {
        "draft", "submitted", "to_correct", "eligible", "ineligible", "wait_listed", "rejected",
        "admitted", "confirmed", "exhibited", "no_show", "lapsed", "released", "withdrawn",
    }  # fmt: skip
    found = {each["outcome"] for each in await rows("SELECT DISTINCT outcome FROM check_finding")}
    assert found >= {"ok", "failed"}
    offered = {each["state"] for each in await rows("SELECT DISTINCT state FROM offer")}
    assert offered >= {"open", "declined"}
    assert await value("SELECT count(*) FROM allocation WHERE purpose = 'desk' AND state = 'kept'")
    payments = {each["state"] for each in await rows("SELECT DISTINCT state FROM payment")}
    assert {"matched", "flagged", "late", "unmatched", "refunded"} <= payments
    assert await value("SELECT count(*) FROM approval WHERE state = 'waiting'") == 1
    assert await value("SELECT count(*) FROM payer WHERE ended_at IS NULL") == 1
    assert await value("SELECT count(*) FROM aid_proof WHERE state = 'handed_in'") == 1
    steps = await rows(
        "SELECT state FROM invoice WHERE kind = 'prepayment' AND state <> 'credited' ORDER BY id"
    )
    assert [each["state"] for each in steps] == ["paid", "open", "open"], "one deposit is paid"
    assert await value("SELECT count(*) FROM undertaking_link WHERE state = 'declared'") == 1
    issued = [
        each["issued_on"]
        for each in await rows("SELECT issued_on FROM invoice WHERE kind = 'invoice' ORDER BY id")
    ]
    assert issued == sorted(issued)
    await demonstration.load(said.append)
    assert said[-1] == "The demonstration is loaded already."
    assert await _sizes() == sizes
    for email, _ in SIGN_INS:
        async with Visitor() as somebody:
            assert (await somebody.sign_in(email, PASSWORD)).headers["location"] == "/home"
            assert (await somebody.get("/home", follow_redirects=True)).status_code == 200
    async with Visitor() as manager:
        await manager.sign_in("manager@nordwind-export.example", PASSWORD)
        board = (await manager.get("/desk")).text
        assert "wait for a second person" in board
        assert "bank entries to decide" in board
        await _others_see_nothing_and_looking_changes_nothing(manager)


async def _fingerprints() -> dict[str, str]:
    """What every table holds, but for what looking itself writes: when a session was last used,
    and papers that are typeset when somebody asks for them."""
    names = await rows(
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'"
        " AND table_type = 'BASE TABLE' AND table_name NOT LIKE 'pgqueuer%'"
        " AND table_name NOT IN ('session', 'sign_in_try', 'document', 'audit_line')"
    )
    return {
        each["name"]: await value(
            f"SELECT coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '')"
            f" FROM {each['name']} t"
        )
        for each in names
    }


async def _outsider() -> str:
    """Somebody who manages an agency that has nothing to do with anybody here; their address."""
    kept = await value(
        "SELECT password_hash FROM person WHERE email = 'manager@nordwind-export.example'"
    )
    person = await value(
        "INSERT INTO person (email, name, password_hash, confirmed_at, created_at)"
        " VALUES ('out@sider.example', 'Out Sider', $1, now(), now()) RETURNING id",
        kept,
    )
    agency = await value(
        "INSERT INTO agency SELECT (jsonb_populate_record(a, jsonb_build_object('id',"
        " (SELECT max(id) + 1 FROM agency), 'slug', 'sider', 'name', 'Sider', 'logo_document',"
        " null, 'invoice_prefix', 'SID'))).* FROM agency a ORDER BY a.id LIMIT 1 RETURNING id"
    )
    await execute(
        "INSERT INTO agency_member (agency, person, role, since) VALUES ($1,$2,'owner',now())",
        agency,
        person,
    )
    return "out@sider.example"


async def _others_see_nothing_and_looking_changes_nothing(manager: Visitor) -> None:
    """Every kind of address that leads a manager to a thing of theirs leads others nowhere, and
    following links writes nothing."""
    async with Visitor() as outsider:
        await outsider.sign_in(await _outsider(), PASSWORD)
        before = await _fingerprints()
        todo, seen, things = ["/desk"], set(), 0
        while todo:
            path = todo.pop()
            shape = re.sub(r"\d+", "N", path)
            if shape in seen or len(seen) > 260:
                continue
            seen.add(shape)
            page = await manager.get(path)
            if page.status_code != 200 or "text/html" not in page.headers["content-type"]:
                continue
            found = re.findall(r'href="(/desk/[^"#]*)"', page.text)
            todo += [html.unescape(each) for each in found]
            if re.search(r"/\d+", path) and not path.startswith(SHARED):
                things += 1
                theirs = await outsider.get(path)
                assert theirs.status_code in (303, 403, 404), path
        assert things > 60
        assert await _fingerprints() == before
