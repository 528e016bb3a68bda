"""The demonstration: every state can be seen, and a second load changes nothing."""

import time

from server import app, demonstration
from server.database import rows, value
from server.demonstration.organisations import PASSWORD, SIGN_INS
from tests.cast import Visitor

TABLES = (
    "agency", "company", "person", "fair", "booth", "stand", "call", "application", "admission",
    "invoice", "payment", "ledger_entry", "aid_grant", "document", "message", "calendar_item",
    "audit_line",
)  # fmt: skip


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
