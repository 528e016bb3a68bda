"""Paying by card: the intent is stored first, Stripe is asked outside the transaction, and what
Stripe shows is believed over what a webhook says or what we remember."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import msgspec
import structlog

from server import audit, clock, crashing
from server.accounts.permissions import Actor, require
from server.billing import accounts, payer_links, rules, stripe_client, stripe_seen
from server.billing.invoices import lock_invoice, owed
from server.billing.rules import LIVE_CHECKOUTS, CheckoutState
from server.billing.sessions import Started, failed, lapsed, session_seen, started
from server.billing.stripe_client import Broken, Gone, Unreachable
from server.database import action, at_commit, in_transaction, row, rows, value
from server.errors import Conflict, NotFound, Refused
from server.money import format_money
from server.settings import load
from server.text import N_

OPEN_FOR = timedelta(hours=2)
LOOK_AGAIN = timedelta(minutes=1)
LIVE = [state.value for state in LIVE_CHECKOUTS]
# For other rooms, with an invoice `i`: a debit is under way, or failed less than three days ago.
ON_ITS_WAY = """EXISTS (SELECT 1 FROM checkout k WHERE k.invoice = i.id AND (k.state = 'processing'
 OR (k.state = 'failed' AND k.failed_at > now() - interval '3 days')))"""
UNANSWERED = N_(
    "The card service does not answer at the moment. Nothing was charged, and your invoice stays as"
    " it is. Try again in a minute, or pay by bank transfer."
)
log = structlog.get_logger("billing")


class CheckoutRow(msgspec.Struct, frozen=True, kw_only=True):
    """An intent to pay by card. `asks_minor` is what its invoice asks for now."""

    id: int
    invoice: int
    amount_minor: int
    currency: str
    key: str
    params: dict[str, Any]
    session_id: str | None
    url: str
    state: CheckoutState
    expires_at: datetime
    account: int | None
    account_now: int | None
    live: bool | None
    asks_minor: int

    @property
    def stale(self) -> bool:
        """Whether Stripe must be asked before anybody is sent there: another amount, another
        account than the agency's of now, or too old."""
        return (
            self.asks_minor != self.amount_minor
            or self.account != self.account_now
            or self.expires_at <= clock.now() + LOOK_AGAIN
        )


SELECT = (
    "SELECT c.id, c.invoice, c.amount_minor, c.currency, c.key, c.params, c.session_id, c.url,"
    " c.state, c.expires_at, c.account, c.live, s.id AS account_now,"
    " i.total_minor - i.paid_minor AS asks_minor"
    " FROM checkout c JOIN invoice i ON i.id = c.invoice"
    " LEFT JOIN stripe_account s ON s.agency = i.agency AND s.ended_at IS NULL"
)


def _row(found: dict[str, Any]) -> CheckoutRow:
    return CheckoutRow(**{**found, "state": CheckoutState(found["state"])})


async def pay(actor: Actor, *, invoice_id: int) -> Started:
    """The address of the one live Checkout Session of an invoice; a second click gets the same.

    Refused with a plain sentence when Stripe does not answer; the intent is kept and the next
    click goes on under the same key.
    """
    with at_commit(_not_yet):
        ready = await _session_to_pay(actor, invoice_id)
    return await hand_over(ready)


async def _not_yet(_: object) -> None:
    """The answer to who asked is not known before the last of several transactions."""


@action
async def hand_over(ready: Started) -> Started:
    """The last transaction of paying, in which the answer to an API call can be kept."""
    return ready


async def _session_to_pay(actor: Actor, invoice_id: int) -> Started:
    assert not in_transaction()
    for attempt in range(6):
        intent = await open_intent(actor, invoice_id)
        account = await accounts.by_id(intent.account)
        crashing.point("checkout.intent")
        if intent.state is CheckoutState.PROCESSING:
            raise Conflict(
                N_("Your bank is still working on a payment of this invoice. Do not pay again.")
            )
        try:
            if intent.url and not intent.stale:
                return Started(id=intent.id, url=intent.url)
            if stripe_client.breaker.open:
                raise Refused(UNANSWERED)
            if intent.stale:
                await settle_stale(intent)
                continue
            return await started(
                intent.id, await stripe_client.create_session(account, intent.key, intent.params)
            )
        except Unreachable as fault:
            log.warning("stripe unreachable", checkout=intent.id, fault=str(fault))
            if not fault.busy:
                raise Refused(UNANSWERED) from fault
            await asyncio.sleep(0.2 * (attempt + 1))
        except Gone as fault:
            await failed(intent.id, str(fault), gone=True)
        except Broken as fault:
            log.warning("stripe refused", checkout=intent.id, fault=str(fault))
            await failed(intent.id, str(fault))
            raise Refused(UNANSWERED) from fault
    raise Refused(UNANSWERED)


@action
async def open_intent(actor: Actor, invoice_id: int) -> CheckoutRow:
    """The live intent of an invoice, or a new one: key and parameters, before Stripe is asked."""
    require(actor, "invoice.pay")
    invoice = await lock_invoice(invoice_id)
    if invoice["company"] != actor.company_id:
        raise NotFound()
    live = await row(
        f"{SELECT} WHERE c.invoice = $1::bigint AND c.state = ANY($2)",
        invoice_id,
        LIVE,
    )
    if live is not None:
        return _row(live)
    asks = owed(invoice)
    if asks.state not in rules.TO_PAY or asks.open_minor == 0:
        raise Conflict(N_("Nothing is to be paid on this invoice any more."))
    account = await accounts.of_agency(invoice["agency"])
    if not account.usable:
        raise Refused(N_("Card payments are not set up here. Pay by bank transfer."))
    if not stripe_seen.fits(asks.open_minor, asks.currency):
        raise Refused(
            N_("{amount} cannot be paid by card: amounts in {currency} begin at {least} there. Pay"
               " by bank transfer."),
            amount=format_money(asks.open_minor, asks.currency), currency=asks.currency,
            least=format_money(stripe_seen.smallest(asks.currency), asks.currency),
        )  # fmt: skip
    key = f"checkout-{uuid4().hex}"
    expires = clock.now() + OPEN_FOR
    checkout_id = await value(
        "INSERT INTO checkout (invoice, amount_minor, currency, key, params, state, created_at,"
        " expires_at, seen_at, account, live) VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$7,$9,$10)"
        " RETURNING id",
        invoice_id,
        asks.open_minor,
        asks.currency,
        key,
        _params(
            invoice,
            actor,
            key,
            asks.open_minor,
            expires,
            linked=await payer_links.link_of(invoice_id) is not None,
        ),
        CheckoutState.STARTING.value,
        clock.now(),
        expires,
        account.id,
        account.live,
    )
    await audit.record(
        actor, "checkout.start", "invoice", invoice_id,
        after={"checkout": checkout_id, "amount_minor": asks.open_minor},
        agency_id=invoice["agency"],
    )  # fmt: skip
    made = await row(f"{SELECT} WHERE c.id = $1::bigint", checkout_id)
    assert made is not None
    return _row(made)


def _params(
    invoice: dict[str, Any], actor: Actor, key: str, amount_minor: int, expires: datetime,
    *, linked: bool,
) -> dict[str, Any]:  # fmt: skip
    """What Stripe is asked. Where a payer has an address of its own, exhibitor and payer come back
    to the same page, and Stripe never learns that address."""
    home = load().base_url.rstrip("/")
    back = f"{home}/my/invoices/{invoice['id']}"
    about = {"checkout": key, "invoice": invoice["number"]}
    subject = invoice["content"].get("subject") or ""
    made: dict[str, Any] = {
        "mode": "payment",
        "success_url": f"{home}/paid" if linked else f"{back}/back",
        "cancel_url": f"{home}/paid" if linked else back,
        "client_reference_id": invoice["reference"],
        "expires_at": int(expires.timestamp()),
        "metadata": about,
        "payment_intent_data": {"metadata": about, "description": invoice["number"]},
        "line_items": [
            {
                "quantity": 1,
                "price_data": {
                    "currency": invoice["currency"].lower(),
                    "unit_amount": stripe_seen.to_stripe(amount_minor, invoice["currency"]),
                    "product_data": {"name": f"{invoice['number']} {subject}".strip()[:250]},
                },
            }
        ],
    }
    if actor.email:
        made["customer_email"] = actor.email
    return made


async def settle_stale(intent: CheckoutRow) -> None:
    """Close a live intent that nobody should be sent to, by what Stripe says about it."""
    account = await accounts.by_id(intent.account)
    if intent.session_id is None:
        if intent.expires_at <= clock.now() + LOOK_AGAIN:
            await lapsed(intent.id)
            return
        seen = await stripe_client.create_session(account, intent.key, intent.params)
        await started(intent.id, seen)
    else:
        seen = await stripe_client.session(account, intent.session_id)
    if seen.status == "open":
        seen = await stripe_client.expire_session(account, seen.id)
    await session_seen(account, seen)


async def close(checkout_id: int) -> None:
    """Make sure that the session of a settled or cancelled invoice cannot be paid any more."""
    found = await row(
        f"{SELECT} WHERE c.id = $1::bigint AND c.state = ANY($2)",
        checkout_id,
        LIVE,
    )
    if found is None:
        return
    try:
        await settle_stale(_row(found))
    except Gone as fault:
        await failed(checkout_id, str(fault), gone=True)


async def look_up(checkout_id: int) -> None:
    """Compare one live intent with Stripe: what a lost webhook would have said is found here."""
    found = await row(
        f"{SELECT} WHERE c.id = $1::bigint AND c.state = ANY($2)",
        checkout_id,
        LIVE,
    )
    if found is None:
        return
    intent = _row(found)
    account = await accounts.by_id(intent.account)
    try:
        if intent.session_id is not None:
            seen = await stripe_client.session(account, intent.session_id)
            await session_seen(account, seen)
        elif intent.expires_at <= clock.now():
            await lapsed(intent.id)
        else:
            seen = await stripe_client.create_session(account, intent.key, intent.params)
            await started(intent.id, seen)
    except Broken as fault:
        await failed(intent.id, str(fault), gone=isinstance(fault, Gone))


async def open_checkouts() -> list[int]:
    """Live intents that nobody has compared with Stripe for a minute."""
    found = await rows(
        "SELECT id FROM checkout WHERE state = ANY($1) AND seen_at < $2 ORDER BY seen_at LIMIT 50",
        LIVE,
        clock.now() - LOOK_AGAIN,
    )
    return [each["id"] for each in found]
