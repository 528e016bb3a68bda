"""Asking Stripe about accounts, disputes, movements and payouts. Never inside a transaction."""

from datetime import datetime
from io import BytesIO
from typing import Any

import msgspec

from server.billing import stripe_seen
from server.billing.accounts import Account
from server.billing.stripe_client import answer, api, listed, options
from server.billing.stripe_seen import DisputeSeen, MovementSeen, PayoutSeen


class AccountSeen(msgspec.Struct, frozen=True, kw_only=True):
    """An account as Stripe describes it. `methods` are those that are switched on."""

    id: str
    name: str
    country: str
    currency: str
    currencies: list[str]
    methods: list[str]
    charges: bool
    payouts: bool
    missing: list[str]


class Named(BytesIO):
    """A file in memory with the name that Stripe shows."""

    def __init__(self, name: str, data: bytes) -> None:
        super().__init__(data)
        self.name = name


async def describe(account: Account) -> AccountSeen:
    """Whose account it is and what it can take."""
    client, asked = api(account), options(account)
    if account.way == "connect":
        found: Any = await answer(client.v1.accounts.retrieve_async(account.account))
    else:
        found = await answer(client.v1.accounts.retrieve_current_async({}, asked))
    spec = await answer(client.v1.country_specs.retrieve_async(found.country, {}, asked))
    configured = await listed(
        client.v1.payment_method_configurations.list_async({"limit": 100}, asked)
    )
    methods = {
        name
        for each in configured
        if each.active
        for name, method in each.to_dict().items()
        if isinstance(method, dict) and method.get("available")
    }
    profile, business = getattr(found, "settings", None), getattr(found, "business_profile", None)
    shown = getattr(getattr(profile, "dashboard", None), "display_name", None)
    needed = getattr(getattr(found, "requirements", None), "currently_due", None)
    return AccountSeen(
        id=found.id,
        name=str(shown or getattr(business, "name", None) or found.id),
        country=str(found.country),
        currency=str(found.default_currency).upper(),
        currencies=sorted(each.upper() for each in spec.supported_payment_currencies),
        methods=sorted(methods),
        charges=bool(found.charges_enabled),
        payouts=bool(found.payouts_enabled),
        missing=[str(each) for each in needed or []],
    )


async def create_account(platform: Account, key: str, country: str, email: str, name: str) -> str:
    """A new account joined to the installation's, with Stripe's own dashboard; its id."""
    made = await answer(
        api(platform).v1.accounts.create_async(
            {
                "country": country,
                "email": email,
                "business_profile": {"name": name},
                "controller": {
                    "fees": {"payer": "account"},
                    "losses": {"payments": "stripe"},
                    "stripe_dashboard": {"type": "full"},
                },
            },
            options(platform, key),
        )
    )
    return str(made.id)


async def onboarding(platform: Account, account: str, back: str) -> str:
    """Where the agency tells Stripe who it is; works once, for some minutes."""
    made = await answer(
        api(platform).v1.account_links.create_async(
            {
                "account": account,
                "type": "account_onboarding",
                "refresh_url": back,
                "return_url": back,
            }
        )
    )
    return str(made.url)


async def dispute(account: Account, dispute_id: str) -> DisputeSeen:
    """The dispute as it is now."""
    found = api(account).v1.disputes.retrieve_async(dispute_id, {}, options(account))
    return stripe_seen.dispute(await answer(found))


async def disputes(
    account: Account, *, intent: str = "", since: datetime | None = None
) -> list[DisputeSeen]:
    """The disputes of one payment intent, or all since an instant."""
    asked: dict[str, Any] = {"limit": 100}
    if intent:
        asked["payment_intent"] = intent
    if since:
        asked["created"] = {"gte": int(since.timestamp())}
    found = api(account).v1.disputes.list_async(asked, options(account))  # type: ignore[arg-type]
    return [stripe_seen.dispute(each) for each in await listed(found)]


async def upload(account: Account, key: str, name: str, data: bytes) -> str:
    """A file as evidence, once per key; Stripe's name of it."""
    made = await answer(
        api(account).v1.files.create_async(
            {"purpose": "dispute_evidence", "file": Named(name, data)}, options(account, key)
        )
    )
    return str(made.id)


async def answer_dispute(
    account: Account, key: str, dispute_id: str, evidence: dict[str, str]
) -> DisputeSeen:
    """Send the evidence to the card's bank; it can be sent once."""
    asked: Any = {"evidence": evidence, "submit": True}
    return stripe_seen.dispute(
        await answer(
            api(account).v1.disputes.update_async(dispute_id, asked, options(account, key))
        )
    )


async def movements(account: Account, since: datetime) -> list[MovementSeen]:
    """What moved the account's balance since an instant, oldest first."""
    asked: Any = {
        "limit": 100,
        "created": {"gte": int(since.timestamp())},
        "expand": ["data.source"],
    }
    found = await listed(api(account).v1.balance_transactions.list_async(asked, options(account)))
    return [stripe_seen.movement(each) for each in reversed(found)]


async def payouts(account: Account, since: datetime) -> list[PayoutSeen]:
    """Payouts to the bank since an instant, oldest first."""
    asked: Any = {"limit": 100, "created": {"gte": int(since.timestamp())}}
    found = await listed(api(account).v1.payouts.list_async(asked, options(account)))
    return [stripe_seen.payout(each) for each in reversed(found)]


async def balances(account: Account) -> dict[str, int]:
    """What Stripe holds for the account, available or not yet, in minor units by currency."""
    found: Any = await answer(api(account).v1.balance.retrieve_async({}, options(account)))
    held: dict[str, int] = {}
    for each in [*found.available, *found.pending]:
        currency = each.currency.upper()
        held[currency] = held.get(currency, 0) + stripe_seen.from_stripe(each.amount, currency)
    return held
