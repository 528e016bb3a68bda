"""Tokens for programs."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from server.accounts import second
from server.accounts.forms import Code, Email, Password
from server.accounts.permissions import TABLE, Actor
from server.accounts.rules import SESSION_LASTS
from server.text import N_, gettext
from server.web.api import Endpoint
from server.web.door import address
from server.web.forms import Form

LONGEST = SESSION_LASTS["program"]


class TokenAsked(Form):
    """Whose token."""

    email: Email
    password: Password
    code: Code = ""
    scopes: Annotated[
        list[str],
        Meta(
            max_length=50,
            title=N_("What the token is good for"),
            description=N_(
                "Verbs of the permission table, such as application.list, or what stands before"
                " their dot, such as application. None: all that the person may do."
            ),
        ),
    ] = msgspec.field(default_factory=list)
    days: Annotated[int, Meta(ge=1, le=LONGEST.days, title=N_("Days until it ends"))] = LONGEST.days

    def check(self) -> dict[str, str]:
        """Only scopes that there are."""
        known = {*TABLE, *(verb.partition(".")[0] for verb in TABLE)}
        for each in self.scopes:
            if each not in known:
                said = gettext(N_("“{scope}” is no scope. Take a verb of the table."), scope=each)
                return {"scopes": said}
        return {}


class Token(msgspec.Struct, frozen=True):
    """Shown once; send it as `Authorization: Bearer …`. Good for 90 days, or as many as asked."""

    token: str


class Me(msgspec.Struct, frozen=True):
    """Who a token stands for."""

    name: str
    email: str
    agency: str
    agency_role: str
    company: str
    company_role: str
    scopes: list[str]


async def _token(actor: Actor, form: TokenAsked) -> Token:
    return Token(
        await second.token_for_program(
            form.email, form.password, form.code, address(), form.days, form.scopes
        )
    )


async def _me(actor: Actor, **_: Any) -> Me:
    return Me(
        actor.name,
        actor.email,
        actor.agency_name,
        actor.agency_role,
        actor.company_name,
        actor.company_role,
        list(actor.scopes),
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
