"""Whose account at Stripe an agency's money goes to, and the keys that open it."""

from typing import Any

import msgspec

from server.database import once, row, rows, value
from server.sealing import unseal
from server.settings import load

LATE_MONEY_DAYS = 420  # a debit can be charged back for thirteen months


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """An account at Stripe. `id` None is the installation's own; `key` is never shown.

    `way`: house (the installation's keys), keys (the agency's own), connect (an account joined to
    the installation's, named in a header), none (bank transfer only).
    """

    id: int | None
    agency: int | None
    way: str
    key: str
    account: str = ""
    live: bool = False
    ready: bool = False
    ended: bool = False

    def __repr__(self) -> str:
        return f"Account({self.id}, {self.way}, {self.account}, live={self.live})"

    @property
    def usable(self) -> bool:
        """Whether money can be asked for here now."""
        return self.ready and bool(self.key) and not self.ended


def house() -> Account:
    """The account of the settings, which joined accounts are joined to."""
    settings = load()
    return Account(
        id=None, agency=None, way="house", key=settings.stripe_secret_key,
        live=bool(settings.stripe_secret_key) and not settings.test_payments,
        ready=bool(settings.stripe_secret_key),
    )  # fmt: skip


async def house_for(agency_id: int) -> Account:
    """The account of the settings if it is this agency's, else none: bank transfer only.

    It belongs to the first agency of the installation. Money of several agencies comes together
    in it only where the operator says so (`STRIPE_SHARED`).
    """
    if load().stripe_shared or agency_id == await value("SELECT min(id) FROM agency"):
        return house()
    return Account(id=None, agency=None, way="none", key="")


_SELECT = (
    "SELECT id, agency, way, secret, account, live, ready, ended_at IS NOT NULL AS ended"
    " FROM stripe_account"
)


def _made(found: dict[str, Any]) -> Account:
    secret = found.pop("secret")
    key = load().stripe_secret_key if found["way"] == "connect" else unseal(secret)
    return Account(key=key, **found)


async def of_agency(agency_id: int) -> Account:
    """Where an agency is paid from now on."""

    async def read() -> Account:
        found = await row(f"{_SELECT} WHERE agency = $1::bigint AND ended_at IS NULL", agency_id)
        return await house_for(agency_id) if found is None else _made(found)

    return await once(("stripe account of", agency_id), read)


async def in_tests(agency_id: int) -> bool:
    """Whether nothing that an agency asks for is owed: its account is in test mode, or it has none
    where the installation's is."""
    account = await of_agency(agency_id)
    return not account.live if account.usable else load().test_payments


async def by_id(account_id: int | None) -> Account:
    """The account that something was asked under, also when its agency has another one now."""
    if account_id is None:
        return house()
    found = await row(f"{_SELECT} WHERE id = $1::bigint", account_id)
    assert found is not None, "accounts are never deleted"
    return _made(found)


async def joined(account: str, live: bool) -> Account | None:
    """The account joined to the installation's that Stripe names in an event."""
    found = await row(
        f"{_SELECT} WHERE way = 'connect' AND account = $1 AND live = $2 ORDER BY id DESC",
        account,
        live,
    )
    return None if found is None else _made(found)


async def to_compare() -> list[Account]:
    """Every account on which money of ours may still move."""
    found = await rows(
        f"{_SELECT} WHERE way <> 'none' AND ready"
        " AND (ended_at IS NULL OR ended_at > now() - make_interval(days => $1)) ORDER BY id",
        LATE_MONEY_DAYS,
    )
    own = house()
    return [*([own] if own.usable else []), *(_made(each) for each in found)]
