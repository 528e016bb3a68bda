"""kill -9 of server or worker at random moments of a payment: nothing paid is lost, nothing
is confirmed twice. PAVILION_KILLS says how often, PAVILION_SEED repeats a run."""

import asyncio
import os
import random
import time
from datetime import timedelta
from decimal import Decimal

import httpx

from server import app, clock
from server.accounts.permissions import SYSTEM
from server.billing.invoices import issue_invoice
from server.billing.rules import InvoiceLine
from server.database import action, rows, value
from tests.cast import Cast
from tests.faults.stack import Stack

KILLS = int(os.environ.get("PAVILION_KILLS", "10"))
SEED = int(os.environ.get("PAVILION_SEED", "0")) or time.time_ns() % 1_000_000
A_PAYMENT_LASTS = 1.6
PATIENCE = 120


@action
async def an_invoice(cast: Cast, n: int) -> int:
    net = 10_000 + n
    return await issue_invoice(
        SYSTEM,
        agency_id=cast.nordhafen,
        company_id=cast.quinta,
        lines=[InvoiceLine("Stand", Decimal(1), "piece", net, net)],
        aid_minor=0,
        currency="EUR",
        due_on=clock.today("Europe/Berlin") + timedelta(days=14),
        about=f"kill:{n}",
        fair_country="DE",
    )


async def pay(stack: Stack, session: str, invoice_id: int) -> None:
    """As a person does it: the button, the card, back; a page that fails is tried again."""
    patience = time.monotonic() + PATIENCE
    headers = {"origin": stack.url, "sec-fetch-site": "same-origin"}
    address = ""
    async with httpx.AsyncClient(
        base_url=stack.url, headers=headers, cookies={"pavilion": session}, trust_env=False
    ) as person:
        while not address:
            assert time.monotonic() < patience, stack.last_words()
            try:
                shown = await person.get(f"/my/invoices/{invoice_id}")
                if 'name="csrf_token" value="' not in shown.text:
                    await asyncio.sleep(0.1)
                    continue
                csrf = shown.text.split('name="csrf_token" value="')[1].split('"')[0]
                sent = await person.post(
                    f"/my/invoices/{invoice_id}/pay", data={"csrf_token": csrf}
                )
                if sent.status_code == 303:
                    address = sent.headers["location"]
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
        await stack.stripe("pay", session=address.rsplit("/", 1)[1])
        try:
            await person.get(f"/my/invoices/{invoice_id}/back")
        except httpx.HTTPError:
            return  # the person never came back; the webhook must do


async def strike(stack: Stack, dice: random.Random) -> str:
    """Kill one of the two at some moment of a payment, and start it again."""
    victim = dice.choice(["server", "worker"])
    moment = dice.uniform(0, A_PAYMENT_LASTS)
    await asyncio.sleep(moment)
    await asyncio.to_thread(stack.kill, victim)
    stack.start(victim)
    return f"{victim} after {moment:.2f} s"


async def until_settled(stack: Stack, told: list[str]) -> None:
    """Until every invoice is paid and no job is left, or PATIENCE has run out."""
    patience = time.monotonic() + PATIENCE
    while True:
        open_invoices = await value("SELECT count(*) FROM invoice WHERE state <> 'paid'")
        jobs = await value("SELECT count(*) FROM pgqueuer")
        if not open_invoices and not jobs:
            return
        assert time.monotonic() < patience, (
            f"{open_invoices} invoice(s) unpaid, {jobs} job(s) left; seed {SEED}, kills: {told}\n"
            + stack.last_words()
        )
        await asyncio.sleep(0.5)


async def test_killed_processes_lose_no_payment_and_confirm_none_twice(db: str, cast: Cast) -> None:
    app.register_jobs()
    dice = random.Random(SEED)
    told: list[str] = []
    async with Stack(db) as stack:
        for n in range(KILLS):
            invoice_id = await an_invoice(cast, n)
            _, struck = await asyncio.gather(
                pay(stack, cast.ana.session, invoice_id), strike(stack, dice)
            )
            told.append(struck)
        await until_settled(stack, told)
        at_stripe = await stack.stripe("state")

    captured = {
        charge["payment_intent"]: charge["amount"] for charge in at_stripe["charges"].values()
    }
    payments = await rows("SELECT external_ref, amount_minor, state FROM payment")
    assert len(captured) == KILLS, f"somebody was charged twice; seed {SEED}, kills: {told}"
    assert {each["external_ref"]: each["amount_minor"] for each in payments} == captured
    assert {each["state"] for each in payments} == {"matched"}
    assert not await rows("SELECT id FROM invoice WHERE paid_minor <> total_minor")
    assert not await rows(
        "SELECT entry FROM ledger_posting GROUP BY entry, currency HAVING sum(amount_minor) <> 0"
    )
    booked = await rows(
        "SELECT about, count(*) AS n FROM ledger_entry WHERE kind = 'payment' GROUP BY about"
    )
    assert len(booked) == KILLS, booked
    assert {each["n"] for each in booked} == {1}
    receipts = await rows("SELECT key FROM message WHERE key LIKE '%receipt%'")
    assert len(receipts) == KILLS
    assert not await rows("SELECT id FROM message WHERE state <> 'sent'")
