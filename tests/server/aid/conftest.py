"""A scheme to grant from, and the steps of a grant as actions of their own."""

from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from server.accounts.permissions import Actor
from server.aid import actions
from server.aid.rules import Mode
from server.aid.scheme_forms import SchemeForm
from server.database import action
from tests.cast import Cast

MakeScheme = Callable[..., Awaitable[int]]


def scheme_form(**change: Any) -> SchemeForm:
    """Half the cost, up to 5,000 EUR, de minimis, with a budget of 50,000 EUR."""
    given: dict[str, Any] = {
        "name": "Fairs abroad",
        "legal_basis": "de_minimis",
        "mode": Mode.RATE,
        "rate": Decimal(50),
        "cap": Decimal(5000),
        "currency": "EUR",
        "budget": Decimal(50000),
        "valid_from": date(2026, 1, 1),
    }
    return SchemeForm(**(given | change))


@pytest.fixture
def make_scheme(cast: Cast) -> MakeScheme:
    """Make a scheme of Nordhafen with some terms changed."""

    async def make(**change: Any) -> int:
        return await actions.create_scheme(await cast.mara.actor(), scheme_form(**change))

    return make


@action
async def grant(actor: Actor, **what: Any) -> int:
    """The step as a transaction of its own."""
    return await actions.grant(actor, **what)


@action
async def reverse(actor: Actor, **what: Any) -> list[int]:
    """The step as a transaction of its own."""
    return await actions.reverse(actor, **what)
