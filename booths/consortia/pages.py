"""What the members of a consortium see."""

from typing import Any

from litestar import Request, Response

from booths.calls import queries as calls
from booths.calls.rows import Dossier
from booths.calls.rules import Phase
from booths.consortia import (
    actions,
    agreeing,
    co_pages,
    desk_pages,
    move_pages,
    pricing,
    queries,
    rules,
)
from booths.consortia.desk_pages import words
from booths.consortia.forms import (
    AnswerForm,
    BeginForm,
    InviteForm,
    JoinForm,
    LeaveForm,
    SendForm,
    TermsForm,
)
from booths.consortia.queries import Together
from booths.consortia.rules import Stage
from server.accounts.permissions import Actor
from server.errors import Invalid, NotFound, Refused
from server.money import parse_amount
from server.text import N_, gettext
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.forms import parse
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]
_BASE = "/my/applications/{application_id:int}/consortium"
_DESK = "/desk/consortia/{consortium_id:int}"


async def _show(request: Asked, actor: Actor, application_id: int) -> Answer:
    """The consortium of an application, or the form that begins one."""
    found = await calls.own_dossier(actor, application_id)
    together = await queries.own_consortium(actor, application_id)
    if together is None:
        if not found.editable:
            raise NotFound
        return page(request, "consortia/begin.html", found=found, **words())
    return await _show_own(request, actor, found, together)


async def _show_own(request: Asked, actor: Actor, found: Dossier, together: Together) -> Answer:
    me = together.member_of(actor.company_id)
    place = together.terms.place(me.id)
    leads = together.row.lead == actor.company_id
    quote = await agreeing.own_price(found, together, me) if place is not None else None
    part = together.terms.parts[place] if place is not None else None
    said = None
    if part is not None and part.agrees is not None:
        said = rules.Answer(part.agrees, part.seen_minor or 0)
    stand = await agreeing.stand_of(together)
    return page(
        request,
        "consortia/own.html",
        found=found,
        together=together,
        me=me,
        leads=leads,
        part=part,
        area=None if part is None or place is None else pricing.area(together.terms, place, stand),
        quote=quote,
        standing=rules.standing(said, quote.total_minor) if quote else None,
        unready=agreeing.unready(together),
        standings=rules.STANDING_WORDS,
        open=found.call.phase in (Phase.OPEN, Phase.PUBLISHED),
        **words(),
    )


@get(_BASE, needs("consortium.own"))
async def show(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Begin one, or see who is in, who has what, and one's own price."""
    return await _show(request, actor, application_id)


@post(_BASE, needs("consortium.write"))
async def begin(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Begin."""
    return await submit(
        request,
        BeginForm,
        act=lambda form: actions.begin(actor, form, application_id=application_id),
        to=f"/my/applications/{application_id}/consortium",
        said=N_("The consortium is begun. Invite its members now."),
        again=lambda: _show(request, actor, application_id),
    )


def _member_post(path: str, verb: str, form: Any, act: Any, said: str, doc: str) -> Any:
    """A form on the consortium's page."""

    async def handle(request: Asked, actor: Actor, application_id: int) -> Answer:
        return await submit(
            request,
            form,
            act=lambda given: act(actor, given, application_id=application_id),
            to=f"/my/applications/{application_id}/consortium",
            said=said,
            again=lambda: _show(request, actor, application_id),
        )

    handle.__doc__ = doc
    handle.__name__ = act.__name__
    return post(_BASE + path, needs(verb))(handle)


invite = _member_post(
    "/members", "consortium.write", InviteForm, actions.invite,
    N_("The invitation is on its way."), "Invite somebody.",
)  # fmt: skip
answer = _member_post(
    "/answer", "consortium.write", AnswerForm, agreeing.answer,
    N_("Your answer is kept."), "Agree to the terms, or not.",
)  # fmt: skip
send = _member_post(
    "/send", "consortium.send", SendForm, agreeing.send,
    N_("Sent for all members. Each of them gets its own receipt."), "Send for all.",
)  # fmt: skip


def _leaving(path: str, act: Any, said: str, title: str, warns: str) -> list[Any]:
    """A page that asks for the reason, and the act."""

    async def again(request: Asked, actor: Actor, application_id: int) -> Answer:
        found = await calls.own_dossier(actor, application_id)
        together = await queries.own_consortium(actor, application_id)
        if together is None:
            raise NotFound
        return page(
            request, "consortia/leave.html", found=found, together=together,
            title=gettext(title), warns=gettext(warns), here=request.url.path,
        )  # fmt: skip

    async def ask(request: Asked, actor: Actor, application_id: int) -> Answer:
        """Ask once more."""
        return await again(request, actor, application_id)

    async def do(request: Asked, actor: Actor, application_id: int) -> Answer:
        """Do it."""
        return await submit(
            request,
            LeaveForm,
            act=lambda form: act(actor, form, application_id=application_id),
            to=f"/my/applications/{application_id}",
            said=said,
            again=lambda: again(request, actor, application_id),
        )

    return [
        get(_BASE + path, needs("consortium.leave"))(ask),
        post(_BASE + path, needs("consortium.leave"))(do),
    ]


_LEAVING = _leaving(
    "/leave", actions.leave, N_("You have left the consortium."),
    N_("Leave the consortium"),
    N_(
        "The others are asked whether they take your part over; nothing changes for them before all"
        " have agreed. What the consortium sent for you is withdrawn; until the call closes you may"
        " send one alone."
    ),
)  # fmt: skip
_DISSOLVING = _leaving(
    "/dissolve", actions.dissolve, N_("The consortium is given up."),
    N_("Give the consortium up"),
    N_("Every member may apply alone then; the answers of all are kept."),
)  # fmt: skip


@post(_BASE + "/members/{member_id:int}/leave-out", needs("consortium.write"))
async def leave_out(request: Asked, actor: Actor, application_id: int, member_id: int) -> Answer:
    """Take an invitation back, or leave a member out."""
    return await submit(
        request,
        LeaveForm,
        act=lambda form: actions.leave_out(
            actor, form, application_id=application_id, member_id=member_id
        ),
        to=f"/my/applications/{application_id}/consortium",
        said=N_("It is not part of the consortium any more."),
        again=lambda: _show(request, actor, application_id),
    )


async def _show_terms(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await calls.own_dossier(actor, application_id)
    together = await queries.own_consortium(actor, application_id)
    if together is None or together.row.lead != actor.company_id:
        raise NotFound
    return page(
        request,
        "consortia/terms.html",
        found=found,
        together=together,
        parts={part.member: part for part in together.terms.parts},
        running=together.row.state is not Stage.FORMING,
        **words(),
    )


@get(_BASE + "/terms", needs("consortium.write"))
async def terms_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Key, island, and who has what."""
    return await _show_terms(request, actor, application_id)


@post(_BASE + "/terms", needs("consortium.write"))
async def propose(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Propose them."""
    typed = await typed_values(request)
    try:
        form = parse(TermsForm, _parts(typed))
        await agreeing.propose(actor, form, application_id=application_id)
    except Refused as refused:
        if refused.status in (403, 404):
            raise
        show_again(request, typed, refused)
        return await _show_terms(request, actor, application_id)
    return see_other(
        f"/my/applications/{application_id}/consortium",
        said=N_("The new terms are written. Every member is asked to agree, and so are you."),
    )


def _parts(typed: dict[str, object]) -> dict[str, object]:
    """What was typed beside each member, as the form and the API take it."""
    found = {name: raw for name, raw in typed.items() if not name.startswith("part_")}
    parts, errors = {}, {}
    for name, raw in typed.items():
        if name.startswith("part_") and str(raw).strip():
            try:
                parts[name.removeprefix("part_")] = parse_amount(str(raw))
            except Refused as refused:
                errors[name] = str(refused)
    if errors:
        raise Invalid(errors, typed)
    return {**found, "parts": parts}


async def _show_invitation(request: Asked, actor: Actor, token: str) -> Answer:
    return page(
        request, "consortia/invitation.html", offer=await queries.invitation(token), token=token,
        **words(),
    )  # fmt: skip


@get("/my/consortia/invitation/{token:str}", needs("consortium.own"))
async def invitation(request: Asked, actor: Actor, token: str) -> Answer:
    """What is offered."""
    return await _show_invitation(request, actor, token)


@post("/my/consortia/invitation/{token:str}", needs("consortium.write"))
async def join(request: Asked, actor: Actor, token: str) -> Answer:
    """Join or decline."""
    return await submit(
        request,
        JoinForm,
        act=lambda form: actions.answer_invitation(actor, form, token=token),
        to=lambda made: f"/my/applications/{made}" if made else "/my",
        said=N_("Your answer is kept."),
        again=lambda: _show_invitation(request, actor, token),
    )


HANDLERS = [
    show, begin, invite, answer, send, *_LEAVING, *_DISSOLVING, leave_out, terms_page, propose,
    invitation, join, *desk_pages.HANDLERS, *move_pages.HANDLERS,
    *co_pages.HANDLERS,
]  # fmt: skip
