"""What rooms above this one show on a fair's page: its joint booths, with their open calls.

A room that knows booths registers itself once, when it is imported; this room asks without
knowing who answers.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from decimal import Decimal

import msgspec

from server.accounts.permissions import Actor


class CallLink(msgspec.Struct, frozen=True, kw_only=True):
    """A call as the fair's page shows it."""

    title: str
    href: str
    state: str
    opens_at: datetime | None = None
    closes_at: datetime | None = None


class BoothCard(msgspec.Struct, frozen=True, kw_only=True):
    """A joint booth at the fair."""

    name: str
    href: str
    agency_name: str = ""
    hall: str = ""
    net_m2: Decimal | None = None
    calls: tuple[CallLink, ...] = ()


Shows = Callable[[Actor, int], Awaitable[list[BoothCard]]]
_public: list[Shows] = []
_desk: list[Shows] = []


def on_public_page(shows: Shows) -> Shows:
    """Register what everybody sees on /fairs/<slug>: `await shows(actor, fair_id)`."""
    _public.append(shows)
    return shows


def on_desk_page(shows: Shows) -> Shows:
    """Register what an agency sees on /desk/fairs/<id>."""
    _desk.append(shows)
    return shows


async def public_cards(actor: Actor, fair_id: int) -> list[BoothCard]:
    """Every booth card of the public page."""
    return [card for shows in _public for card in await shows(actor, fair_id)]


async def desk_cards(actor: Actor, fair_id: int) -> list[BoothCard]:
    """Every booth card of the agency's page."""
    return [card for shows in _desk for card in await shows(actor, fair_id)]
