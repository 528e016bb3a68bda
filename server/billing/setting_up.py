"""Setting up where an agency is paid: its own keys, an account joined to ours, or transfers only.

Keys are sealed when they are stored and never shown again. Stripe is asked before anything is
kept, so a key that opens nothing is refused while its owner still looks at it.
"""

import re
import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from server import audit, clock
from server.accounts.actions import ask_again
from server.accounts.forms import Password
from server.accounts.permissions import Actor, require
from server.billing import accounts, stripe_books
from server.billing.accounts import Account
from server.billing.stripe_books import AccountSeen
from server.billing.stripe_client import Broken, Unreachable
from server.database import action, execute, row, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.organisations.queries import own_agency
from server.sealing import seal, sealed_anew, unseal
from server.settings import load
from server.text import N_, gettext
from server.web.forms import Form

OVERLAP = timedelta(days=3)  # as long as Stripe goes on sending what was signed with the old secret
KEY = re.compile(r"[sr]k_(test|live)_\w{4,200}")


class KeysForm(Form, frozen=True):
    """The agency's own keys at Stripe."""

    key: Annotated[
        str,
        Meta(
            max_length=220,
            title=N_("Restricted key"),
            description=N_("It begins with rk_live_ or, for a trial, with rk_test_."),
        ),
    ]
    password: Password
    webhook_secret: Annotated[
        str,
        Meta(
            max_length=220,
            title=N_("Signing secret of the webhook"),
            description=N_(
                "It begins with whsec_. You may leave it empty until the endpoint is there."
            ),
        ),
    ] = ""

    def check(self) -> dict[str, str]:
        """Both look like what Stripe gives out."""
        found = {}
        if self.key.strip().startswith("pk_"):
            found["key"] = gettext(N_("This is the publishable key. Copy the restricted one."))
        elif not KEY.fullmatch(self.key.strip()):
            found["key"] = gettext(N_("This is no key of Stripe. Copy the whole of it."))
        if self.webhook_secret and not re.fullmatch(r"whsec_\w+", self.webhook_secret.strip()):
            found["webhook_secret"] = gettext(N_("A signing secret begins with whsec_."))
        return found


class WayForm(Form, frozen=True):
    """Another way of being paid."""

    way: Annotated[str, Meta(title=N_("How the agency is paid"), pattern="^(house|connect|none)$")]
    own_password: Password


class AccountShown(msgspec.Struct, frozen=True, kw_only=True):
    """What the settings show of an agency's account; no key among it."""

    way: str
    account: str
    live: bool
    ready: bool
    signed: bool
    endpoint: str
    seen: AccountSeen | None
    seen_at: datetime | None
    key_ends: str


async def shown(actor: Actor) -> AccountShown:
    """Where the agency is paid now."""
    require(actor, "agency.change")
    found = await row(
        "SELECT * FROM stripe_account WHERE agency = $1::bigint AND ended_at IS NULL",
        actor.agency_id,
    )
    base = load().base_url.rstrip("/")
    if found is None:
        own = accounts.house()
        return AccountShown(
            way="house", account="", live=own.live, ready=own.ready, seen=None, seen_at=None,
            signed=bool(load().stripe_webhook_secret), key_ends="",
            endpoint=f"{base}/stripe/webhook",
        )  # fmt: skip
    return AccountShown(
        way=found["way"], account=found["account"], live=found["live"], ready=found["ready"],
        signed=found["way"] == "connect" or bool(found["webhooks"]),
        endpoint=f"{base}/stripe/webhook/{found['token']}",
        seen=msgspec.convert(found["seen"], AccountSeen) if found["seen"] else None,
        seen_at=found["seen_at"], key_ends=unseal(found["secret"])[-4:] if found["secret"] else "",
    )  # fmt: skip


async def set_keys(actor: Actor, form: KeysForm, address: str = "") -> AccountSeen:
    """Keep the agency's own keys after Stripe has said whose they are."""
    require(actor, "agency.change")
    await ask_again(actor, form.password, address)
    key = form.key.strip()
    tried = Account(id=None, agency=actor.agency_id, way="keys", key=key)
    seen = await _described(tried, "key")
    await _keep_keys(actor, key, form.webhook_secret.strip(), seen)
    return seen


async def _described(account: Account, field: str | None = None) -> AccountSeen:
    try:
        return await stripe_books.describe(account)
    except Unreachable:
        raise Refused(
            N_("Stripe does not answer at the moment. Nothing was changed: try again in a minute."),
            field=field,
        ) from None
    except Broken as fault:
        raise Refused(
            N_("Stripe says no: {why}. Nothing was changed."), field=field, why=str(fault)[:200]
        ) from None


@action
async def _keep_keys(actor: Actor, key: str, webhook_secret: str, seen: AccountSeen) -> None:
    live = "_live_" in key[:9]
    now = await _lock(actor)
    hooks: list[dict[str, Any]] = []
    if now is not None and (now["way"], now["account"], now["live"]) == ("keys", seen.id, live):
        hooks = _next_hooks(now["webhooks"], webhook_secret)
        await execute(
            "UPDATE stripe_account SET secret = $2, webhooks = $3, seen = $4, seen_at = $5,"
            " ready = $6 WHERE id = $1::bigint",
            now["id"],
            seal(key),
            hooks,
            msgspec.to_builtins(seen),
            clock.now(),
            seen.charges,
        )
        changed = int(now["id"])
    else:
        hooks = _next_hooks([], webhook_secret)
        changed = await _begin(actor, now, "keys", seen.id, live, seal(key), hooks)
        await _note(changed, seen)
    await audit.record(
        actor, "payments.keys", "agency", actor.agency_id or 0,
        after={"account": seen.id, "live": live, "stripe_account": changed,
               "key_ends": key[-4:], "webhook": bool(webhook_secret)},
    )  # fmt: skip


def _next_hooks(now: list[dict[str, Any]], secret: str) -> list[dict[str, Any]]:
    """The new signing secret, and the last one for as long as messages signed by it may come."""
    if not secret:
        return now
    until = (clock.now() + OVERLAP).isoformat()
    former = [{**each, "until": each["until"] or until} for each in now if _good(each)]
    return [{"secret": seal(secret), "until": None}, *former]


def _good(hook: dict[str, Any]) -> bool:
    return hook["until"] is None or datetime.fromisoformat(hook["until"]) > clock.now()


@step
async def _lock(actor: Actor) -> dict[str, Any] | None:
    await row("SELECT id FROM agency WHERE id = $1::bigint FOR UPDATE", actor.agency_id)
    return await row(
        "SELECT * FROM stripe_account WHERE agency = $1::bigint AND ended_at IS NULL FOR UPDATE",
        actor.agency_id,
    )


@step
async def _begin(
    actor: Actor,
    now: dict[str, Any] | None,
    way: str,
    account: str,
    live: bool,
    secret: str = "",
    hooks: list[dict[str, Any]] | None = None,
) -> int:
    """End the account of now, whose keys stay for what is under way there, and begin another."""
    if now is not None:
        await execute(
            "UPDATE stripe_account SET ended_at = $2 WHERE id = $1::bigint", now["id"], clock.now()
        )
    if account and await value(
        "SELECT 1 FROM stripe_account WHERE account = $1 AND live = $2 AND ended_at IS NULL",
        account,
        live,
    ):
        raise Conflict(N_("Another agency here is paid to this account. Nothing was changed."))
    made = await value(
        "INSERT INTO stripe_account (agency, way, account, live, token, secret, webhooks,"
        " created_at) VALUES ($1,$2,$3,$4,$5,$6,$7,$8) RETURNING id",
        actor.agency_id,
        way,
        account,
        live,
        secrets.token_urlsafe(24),
        secret,
        hooks or [],
        clock.now(),
    )
    return int(made)


async def test(actor: Actor) -> AccountSeen:
    """Ask Stripe now; what it says is kept and shown."""
    require(actor, "agency.change")
    assert actor.agency_id is not None
    account = await accounts.of_agency(actor.agency_id)
    if not account.key or (account.way == "connect" and not account.account):
        raise Refused(N_("There is nothing to test yet: set up an account first."))
    seen = await _described(account)
    await _tested(actor, account.id, seen)
    return seen


@action
async def _tested(actor: Actor, account_id: int | None, seen: AccountSeen) -> None:
    if account_id is not None:
        await _note(account_id, seen)
    await audit.record(
        actor, "payments.test", "agency", actor.agency_id or 0,
        after={"account": seen.id, "charges": seen.charges},
    )  # fmt: skip


@step
async def _note(account_id: int, seen: AccountSeen) -> None:
    await execute(
        "UPDATE stripe_account SET seen = $2, seen_at = $3, ready = $4 WHERE id = $1::bigint",
        account_id,
        msgspec.to_builtins(seen),
        clock.now(),
        seen.charges,
    )


async def choose(actor: Actor, form: WayForm, address: str = "") -> str:
    """Another way of being paid; the address where the agency goes next."""
    require(actor, "agency.change")
    await ask_again(actor, form.own_password, address, field="own_password")
    if form.way == "connect":
        if not accounts.house().usable:
            raise Refused(
                N_("This installation has no account at Stripe that yours could be joined to."),
                field="way",
            )
        await _choose(actor, "connect", accounts.house().live)
        return await onboard(actor)
    if form.way == "house":
        assert actor.agency_id is not None
        if not (await accounts.house_for(actor.agency_id)).usable:
            raise Refused(
                N_("The account of this installation belongs to another agency."), field="way"
            )
    await _choose(actor, form.way, live=False)
    return "/desk/settings/payments"


@action
async def _choose(actor: Actor, way: str, live: bool) -> None:
    now = await _lock(actor)
    if now is not None and now["way"] == way:
        return
    if way == "house":
        if now is not None:
            await execute(
                "UPDATE stripe_account SET ended_at = $2 WHERE id = $1::bigint",
                now["id"],
                clock.now(),
            )
    else:
        await _begin(actor, now, way, "", live)
    await audit.record(
        actor, "payments.way", "agency", actor.agency_id or 0,
        before={"way": now["way"] if now else "house"}, after={"way": way},
    )  # fmt: skip


async def onboard(actor: Actor) -> str:
    """Where the agency tells Stripe who it is. The account is made once, under a key that is
    stored before Stripe is asked."""
    require(actor, "agency.change")
    found = await row(
        "SELECT id, account, token FROM stripe_account WHERE agency = $1::bigint"
        " AND ended_at IS NULL AND way = 'connect'",
        actor.agency_id,
    )
    if found is None:
        raise NotFound()
    agency, platform = await own_agency(actor), accounts.house()
    back = f"{load().base_url.rstrip('/')}/desk/settings/payments"
    try:
        account = found["account"] or await stripe_books.create_account(
            platform, f"join-{found['token']}", agency.country, agency.email, agency.name
        )
        await _joined(found["id"], account)
        return await stripe_books.onboarding(platform, account, back)
    except (Unreachable, Broken) as fault:
        raise Refused(
            N_("Stripe did not open the page: {why}. Try again in a minute."), why=str(fault)[:200]
        ) from None


@action
async def _joined(account_id: int, account: str) -> None:
    await execute(
        "UPDATE stripe_account SET account = $2 WHERE id = $1::bigint", account_id, account
    )


async def endpoint(token: str) -> tuple[Account, list[str]] | None:
    """The account whose webhooks come to an address, and the secrets that may sign them."""
    found = await row("SELECT id, webhooks FROM stripe_account WHERE token = $1", token)
    if found is None:
        return None
    known = [unseal(each["secret"]) for each in found["webhooks"] if _good(each)]
    return await accounts.by_id(found["id"]), known


@action
async def reseal() -> int:
    """Seal every key anew under today's secret; how many there were."""
    found = await rows("SELECT id, secret, webhooks FROM stripe_account FOR UPDATE")
    for each in found:
        hooks = [{**hook, "secret": sealed_anew(hook["secret"])} for hook in each["webhooks"]]
        await execute(
            "UPDATE stripe_account SET secret = $2, webhooks = $3 WHERE id = $1::bigint",
            each["id"],
            sealed_anew(each["secret"]),
            hooks,
        )
    return len(found)
