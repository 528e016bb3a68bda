"""Tokens for programs."""

from typing import Any

import msgspec

from server.accounts import second
from server.accounts.forms import Code, Email, Password
from server.accounts.permissions import Actor
from server.text import N_
from server.web.api import Endpoint
from server.web.door import address
from server.web.forms import Form


class TokenAsked(Form):
    """Whose token."""

    email: Email
    password: Password
    code: Code = ""


class Token(msgspec.Struct, frozen=True):
    """Shown once; send it as `Authorization: Bearer …`. Good for 90 days."""

    token: str


class Me(msgspec.Struct, frozen=True):
    """Who a token stands for."""

    name: str
    email: str
    agency: str
    agency_role: str
    company: str
    company_role: str


async def _token(actor: Actor, form: TokenAsked) -> Token:
    return Token(await second.token_for_program(form.email, form.password, form.code, address()))


async def _me(actor: Actor, **_: Any) -> Me:
    return Me(
        actor.name,
        actor.email,
        actor.agency_name,
        actor.agency_role,
        actor.company_name,
        actor.company_role,
    )


ENDPOINTS = [
    Endpoint(
        method="POST",
        path="/tokens",
        verb="account.sign_in",
        tag="accounts",
        summary=N_("Get a token by address and password"),
        form=TokenAsked,
        act=_token,
        row=Token,
        status=201,
        no_token=True,
    ),
    Endpoint(
        method="GET",
        path="/me",
        verb="account.own",
        tag="accounts",
        summary=N_("Who the token stands for"),
        fetch=_me,
        row=Me,
    ),
]
