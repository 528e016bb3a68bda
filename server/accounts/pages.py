"""Joining, signing in, a forgotten password, and which organisation to act for."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response

from server.accounts import actions, queries, second_pages
from server.accounts.entering import HOME, go_on, with_session
from server.accounts.forms import (
    ActForForm,
    ForgotForm,
    JoinForm,
    ResetForm,
    SignInForm,
    TokenForm,
)
from server.accounts.permissions import Actor
from server.errors import Refused
from server.text import N_
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.door import address, cookie_name
from server.web.forms import parse
from server.web.gate import local_path
from server.web.respond import show_again

Asked = Request[Any, Any, Any]


async def _show_sign_in(request: Asked) -> Response[Any]:
    query = request.query_params
    return page(
        request,
        "accounts/sign_in.html",
        next=local_path(query.get("next", ""), ""),
        kept=query.get("kept", ""),
    )


@get("/login", needs("account.sign_in"))
async def sign_in_page(request: Asked, actor: Actor) -> Response[Any]:
    """Ask for address and password."""
    if actor.person_id is not None:
        return see_other(local_path(request.query_params.get("next", ""), HOME))
    return await _show_sign_in(request)


@post("/login", needs("account.sign_in"))
async def sign_in(request: Asked) -> Response[Any]:
    """A new session, never one that the browser brought."""
    typed = await typed_values(request)
    try:
        form = parse(SignInForm, typed)
        signed = await actions.sign_in(form.email, form.password, address())
    except Refused as refused:
        typed.pop("password", None)
        show_again(request, typed, refused)
        return page(
            request,
            "accounts/sign_in.html",
            next=local_path(str(typed.get("next", "")), ""),
            kept=str(typed.get("kept", "")),
        )
    return with_session(go_on(form.next, form.kept, half=signed.half), signed.token)


@get(HOME, needs("account.own"))
async def home(actor: Actor) -> Response[Any]:
    """Where somebody belongs after signing in."""
    return see_other("/desk" if actor.agency_id else "/my")


@post("/logout", needs("account.sign_in"))
async def sign_out(request: Asked) -> Response[Any]:
    """End this session here and in the database."""
    token = request.scope["state"]["session_token"]
    if token:
        await actions.sign_out(token)
    answer = see_other("/", said=N_("You are signed out."))
    answer.delete_cookie(cookie_name(), path="/")
    return answer


async def _show_join(request: Asked) -> Response[Any]:
    return page(
        request,
        "accounts/join.html",
        next=local_path(request.query_params.get("next", ""), ""),
    )


@get("/join", needs("account.join"))
async def join_page(request: Asked) -> Response[Any]:
    """Ask who somebody is."""
    return await _show_join(request)


@post("/join", needs("account.join"))
async def join(request: Asked) -> Response[Any]:
    """Make the person and mail the link; the answer is the same for every address."""
    return await submit(
        request, JoinForm, act=actions.join, to="/join/sent", again=lambda: _show_join(request)
    )


@get("/join/sent", needs("account.join"))
async def join_sent(request: Asked) -> Response[Any]:
    """Look into your mail."""
    return page(request, "accounts/join_sent.html")


async def _show_confirm(request: Asked, token: str = "") -> Response[Any]:
    return page(
        request, "accounts/confirm.html", token=token or request.query_params.get("token", "")
    )


@get("/confirm", needs("account.join"))
async def confirm_page(request: Asked) -> Response[Any]:
    """A button, since mail scanners follow links."""
    return await _show_confirm(request)


@post("/confirm", needs("account.join"))
async def confirm(request: Asked) -> Response[Any]:
    """The address is confirmed."""
    return await submit(
        request,
        TokenForm,
        act=lambda form: actions.confirm(form.token),
        to=lambda wanted: "/login?" + urlencode({"next": local_path(wanted, "/my")}),
        said=N_("Your address is confirmed. Sign in to go on."),
        again=lambda: _show_confirm(request),
    )


async def _show_forgot(request: Asked) -> Response[Any]:
    return page(request, "accounts/forgot.html")


@get("/password/forgot", needs("account.sign_in"))
async def forgot_page(request: Asked) -> Response[Any]:
    """Ask for the address."""
    return await _show_forgot(request)


@post("/password/forgot", needs("account.sign_in"))
async def forgot(request: Asked) -> Response[Any]:
    """Mail the link, if there is such a person; the answer is the same."""
    return await submit(
        request,
        ForgotForm,
        act=lambda form: actions.forgot(form.email),
        to="/login",
        said=N_("If this address is known here, a mail with a link is on its way."),
        again=lambda: _show_forgot(request),
    )


async def _show_reset(request: Asked) -> Response[Any]:
    typed = request.scope["state"].get("typed", {})
    token = request.query_params.get("token", "") or typed.get("token", "")
    return page(request, "accounts/reset.html", token=token)


@get("/password/reset", needs("account.sign_in"))
async def reset_page(request: Asked) -> Response[Any]:
    """Ask for the new password."""
    return await _show_reset(request)


@post("/password/reset", needs("account.sign_in"))
async def reset(request: Asked) -> Response[Any]:
    """Set it and end all sessions."""
    return await submit(
        request,
        ResetForm,
        act=lambda form: actions.reset(form.token, form.password),
        to="/login",
        said=N_("Your new password is set. Sign in with it."),
        again=lambda: _show_reset(request),
    )


async def _act_for(actor: Actor, form: ActForForm) -> None:
    kind, _, organisation_id = form.organisation.partition(":")
    await actions.act_for(actor, kind, int(organisation_id))


async def _show_account(request: Asked, actor: Actor) -> Response[Any]:
    return page(request, "accounts/account.html", memberships=await queries.memberships(actor))


@get("/account", needs("account.own"))
async def account(request: Asked, actor: Actor) -> Response[Any]:
    """Who is signed in, and for whom they act."""
    return await _show_account(request, actor)


@post("/account", needs("account.own"))
async def act_for(request: Asked, actor: Actor) -> Response[Any]:
    """Switch to another organisation of the same person."""
    return await submit(
        request,
        ActForForm,
        act=lambda form: _act_for(actor, form),
        to=HOME,
        again=lambda: _show_account(request, actor),
    )


HANDLERS = [
    sign_in_page, sign_in, home, sign_out, join_page, join, join_sent, confirm_page, confirm,
    forgot_page, forgot, reset_page, reset, account, act_for, *second_pages.HANDLERS,
]  # fmt: skip
