"""kill -9 of server or worker at random moments of a payment: nothing paid is lost, nothing
is confirmed twice. PAVILION_KILLS says how often, PAVILION_SEED repeats a run."""

import asyncio
import math
import os
import random
import time
from collections.abc import Iterable
from typing import Any

import httpx

from booths.calls import deciding
from booths.calls.forms import AdmitForm
from server import app, clock
from server.billing import checks
from server.database import rows, value
from server.mail.rules import LEASE
from tests.concurrency.world import World, build
from tests.faults.stack import Stack

KILLS = int(os.environ.get("PAVILION_KILLS", "10"))
SEED = int(os.environ.get("PAVILION_SEED", "0")) or time.time_ns() % 1_000_000
A_PAYMENT_LASTS = 1.6
PATIENCE = 240


async def admitted(number: int) -> tuple[World, list[int]]:
    """So many admitted companies, each with a held stand and an invoice."""
    world = await build(number, rows_of_stands=2 * math.ceil(number / 20), per_row=10)
    invoices = []
    for application, stand in zip(world.applications, world.stands, strict=False):
        await deciding.admit(world.mara, AdmitForm(stand=stand), application_id=application)
        invoices.append(
            await value("SELECT invoice FROM admission WHERE application = $1", application)
        )
    return world, invoices


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


async def test_killed_processes_lose_no_payment_and_confirm_none_twice(db: str) -> None:
    app.register_jobs()
    dice = random.Random(SEED)
    told: list[str] = []
    world, invoices = await admitted(KILLS)
    async with Stack(db) as stack:
        await stack.stripe("webhooks", repeat=3)
        for invoice_id, session in zip(invoices, world.tokens, strict=True):
            _, struck = await asyncio.gather(pay(stack, session, invoice_id), strike(stack, dice))
            told.append(struck)
        await until_settled(stack, told)
        at_stripe = await stack.stripe("state")
    await world.cast.leave()
    print(f"seed {SEED}: {'; '.join(told)}")
    await check_money(at_stripe["charges"].values())
    await check_stands()


async def check_money(charges: Iterable[dict[str, Any]]) -> None:
    """What Stripe captured is what the books hold, once for each invoice."""
    captured = {charge["payment_intent"]: charge["amount"] for charge in charges}
    payments = await rows("SELECT external_ref, amount_minor, state FROM payment")
    assert len(captured) == KILLS, f"somebody was charged twice; seed {SEED}"
    assert {each["external_ref"]: each["amount_minor"] for each in payments} == captured
    assert {each["state"] for each in payments} == {"matched"}
    assert not await rows("SELECT id FROM invoice WHERE paid_minor <> total_minor")
    assert await checks.faults() == []
    booked = await rows("SELECT about FROM ledger_entry WHERE kind = 'payment'")
    assert len(booked) == KILLS == len({each["about"] for each in booked})
    receipts = await rows(
        "SELECT about FROM document WHERE kind = 'receipt' AND about LIKE 'invoice:%'"
    )
    assert len(receipts) == KILLS == len({each["about"] for each in receipts})


async def check_stands() -> None:
    """Every stand is confirmed, and nobody was told so twice."""
    assert await value("SELECT count(*) FROM application WHERE state = 'confirmed'") == KILLS
    assert await value("SELECT count(*) FROM allocation WHERE state = 'confirmed'") == KILLS
    lines = await rows("SELECT thing_id FROM audit_line WHERE verb = 'application.confirm'")
    assert len(lines) == KILLS == len({each["thing_id"] for each in lines})
    told = await rows("SELECT key, to_email FROM message WHERE key LIKE '%:confirmed:%'")
    assert len(told) == len({(each["key"], each["to_email"]) for each in told}) >= KILLS
    # A mail in the hands of a killed worker goes out when its lease is over.
    later = clock.now() + LEASE
    assert not await rows(
        "SELECT id FROM message WHERE state <> 'sent'"
        " AND NOT (state = 'queued' AND next_try_at < $1)",
        later,
    )
