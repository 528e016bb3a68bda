"""The second step of signing in, codes by mail, and what a person sets up and ends for that."""

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import segno
from litestar import Request, Response

from server.accounts import actions, mailed, queries, second
from server.accounts.entering import HOME, go_on, with_session
from server.accounts.forms import (
    CodeForm,
    EndSessionForm,
    MailCodeForm,
    MailedCodeForm,
    SecondForm,
)
from server.accounts.permissions import Actor
from server.errors import Refused
from server.settings import load
from server.text import N_
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.door import address, cookie_name
from server.web.forms import parse
from server.web.gate import local_path
from server.web.respond import show_again

Asked = Request[Any, Any, Any]


def _query(request: Asked, name: str) -> str:
    typed = request.scope["state"].get("typed", {})
    return str(typed.get(name, "") or request.query_params.get(name, ""))


async def _show_step(request: Asked) -> Response[Any]:
    return page(
        request,
        "accounts/second_step.html",
        next=local_path(_query(request, "next"), ""),
        kept=_query(request, "kept"),
    )


@get("/login/second", needs("account.sign_in"))
async def step_page(request: Asked, actor: Actor) -> Response[Any]:
    """Ask for the code of the telephone."""
    if actor.person_id is not None:
        return see_other(local_path(request.query_params.get("next", ""), HOME))
    return await _show_step(request)


@post("/login/second", needs("account.sign_in"))
async def step(request: Asked) -> Response[Any]:
    """The whole session, or the same question again."""
    typed = await typed_values(request)
    half = request.scope["state"]["session_token"]
    try:
        form = parse(CodeForm, typed)
        token = await second.finish(half, form.code, address())
    except Refused as refused:
        if refused.status == 409:
            answer = see_other("/login", said=str(refused))
            answer.delete_cookie(cookie_name(), path="/")
            return answer
        show_again(request, typed, refused)
        return await _show_step(request)
    return with_session(go_on(form.next, form.kept), token)


async def _show_mail(request: Asked) -> Response[Any]:
    return page(request, "accounts/mail_code.html", next=local_path(_query(request, "next"), ""))


@get("/login/mail", needs("account.sign_in"))
async def mail_page(request: Asked) -> Response[Any]:
    """Ask where to mail a code."""
    return await _show_mail(request)


@post("/login/mail", needs("account.sign_in"))
async def mail(request: Asked) -> Response[Any]:
    """Mail it, if there is such a person; the answer is the same."""

    async def send(form: MailCodeForm) -> str:
        await mailed.send_code(form.email)
        return "/login/mail/code?" + urlencode({"email": form.email, "next": form.next})

    return await submit(
        request, MailCodeForm, act=send, to=lambda path: path, again=lambda: _show_mail(request)
    )


async def _show_mailed(request: Asked) -> Response[Any]:
    return page(
        request,
        "accounts/mailed_code.html",
        email=_query(request, "email"),
        next=local_path(_query(request, "next"), ""),
    )


@get("/login/mail/code", needs("account.sign_in"))
async def mailed_page(request: Asked) -> Response[Any]:
    """Ask for the code of the mail."""
    return await _show_mailed(request)


@post("/login/mail/code", needs("account.sign_in"))
async def mailed_code(request: Asked) -> Response[Any]:
    """A new session, never one that the browser brought."""
    typed = await typed_values(request)
    try:
        form = parse(MailedCodeForm, typed)
        signed = await mailed.sign_in(form.email, form.code, address())
    except Refused as refused:
        show_again(request, typed, refused)
        return await _show_mailed(request)
    return with_session(go_on(form.next, "", half=signed.half), signed.token)


async def _show_second(request: Asked, actor: Actor) -> Response[Any]:
    secret = await second.waiting(actor.person_id or 0)
    return page(
        request,
        "accounts/second.html",
        has=await second.has(actor.person_id or 0),
        must=bool(actor.agency_role) and load().staff_need_second,
        left=await second.codes_left(actor.person_id or 0),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        picture=segno.make(second.uri(actor.email, secret), error="m").svg_data_uri(
            scale=5, border=4, light="#fff"
        )
        if secret
        else "",
    )


@get("/account/second", needs("account.own"))
async def second_page(request: Asked, actor: Actor) -> Response[Any]:
    """Whether there is a second factor, and how to set one up."""
    return await _show_second(request, actor)


@post("/account/second", needs("account.own"))
async def begin(request: Asked, actor: Actor) -> Response[Any]:
    """Make the secret that the telephone reads."""
    return await submit(
        request,
        SecondForm,
        act=lambda form: second.begin(actor, form.password, address()),
        to="/account/second",
        again=lambda: _show_second(request, actor),
    )


async def _codes(
    request: Asked, actor: Actor, make: Callable[[Actor, str, str], Awaitable[list[str]]]
) -> Response[Any]:
    typed = await typed_values(request)
    try:
        form = parse(CodeForm, typed)
        made = await make(actor, form.code, address())
    except Refused as refused:
        show_again(request, typed, refused)
        return await _show_second(request, actor)
    return page(request, "accounts/codes.html", codes=made)


@post("/account/second/confirm", needs("account.own"))
async def confirm(request: Asked, actor: Actor) -> Response[Any]:
    """It counts from now on; the codes on paper are shown, once."""
    return await _codes(request, actor, second.confirm)


@post("/account/second/codes", needs("account.own"))
async def renew(request: Asked, actor: Actor) -> Response[Any]:
    """New codes on paper, shown once."""
    return await _codes(request, actor, second.renew_codes)


@post("/account/second/remove", needs("account.own"))
async def remove(request: Asked, actor: Actor) -> Response[Any]:
    """Sign in by password alone again."""
    return await submit(
        request,
        CodeForm,
        act=lambda form: second.remove(actor, form.code, address()),
        to="/account/second",
        said=N_("You sign in with your password alone again."),
        again=lambda: _show_second(request, actor),
    )


async def _show_sessions(request: Asked, actor: Actor) -> Response[Any]:
    return page(request, "accounts/sessions.html", sessions=await queries.sessions(actor))


@get("/account/sessions", needs("account.own"))
async def sessions_page(request: Asked, actor: Actor) -> Response[Any]:
    """Where one is signed in."""
    return await _show_sessions(request, actor)


@post("/account/sessions", needs("account.own"))
async def end_session(request: Asked, actor: Actor) -> Response[Any]:
    """End one, or all others."""
    return await submit(
        request,
        EndSessionForm,
        act=lambda form: actions.end_session(actor, form.session),
        to="/account/sessions",
        said=N_("Signed out there."),
        again=lambda: _show_sessions(request, actor),
    )


HANDLERS = [
    step_page, step, mail_page, mail, mailed_page, mailed_code, second_page, begin, confirm, renew,
    remove, sessions_page, end_session,
]  # fmt: skip
