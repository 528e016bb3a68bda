"""How a consortium is put together: begin, invite, join, leave, give up."""

from decimal import Decimal

from booths.calls import applying, withdrawing
from booths.calls import queries as calls
from booths.calls.applying import link
from booths.calls.rows import Dossier
from booths.calls.rules import OPEN_STATES, Phase, State
from booths.consortia import pricing, queries, rules, steps
from booths.consortia.forms import (
    BeginForm,
    InviteForm,
    JoinForm,
    LeaveForm,
)
from booths.consortia.queries import Together
from booths.consortia.rules import Key, MemberState, Stage
from server import clock, jobs
from server.accounts.actions import issue_token, redeem
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, step, value
from server.errors import Conflict, NotFound, Refused
from server.text import N_, gettext

_IN_ONE = N_("This application takes part in a consortium already. Leave that one first.")
_GONE = N_("This invitation is no longer good. Ask whoever invited you for another.")
_CLOSED = N_("The call is closed, so nobody can join or be invited any more.")


@action
async def begin(actor: Actor, form: BeginForm, *, application_id: int) -> int:
    """Start a consortium from one's own application, as its lead; its id."""
    require(actor, "consortium.write")
    found = await steps.dossier(actor, application_id)
    _must_be_free(found)
    consortium = int(
        await value(
            "INSERT INTO consortium (call, lead, name, state, created_at)"
            " VALUES ($1,$2,$3,'forming',$4) RETURNING id",
            found.call.id,
            actor.company_id,
            form.name,
            clock.now(),
        )
    )
    member = int(
        await value(
            "INSERT INTO consortium_member (consortium, company, application, state, invited_name,"
            " invited_email, invited_at) VALUES ($1,$2,$3,'joined',$4,$5,$6) RETURNING id",
            consortium,
            actor.company_id,
            application_id,
            actor.name,
            actor.email,
            clock.now(),
        )
    )
    await record(
        actor, "consortium.begin", "consortium", consortium, after={"name": form.name},
        agency_id=found.call.agency,
    )  # fmt: skip
    whole = form.island_m2 if form.key is Key.BY_M2 else Decimal(100)
    await steps.propose(
        actor, consortium, key=form.key, stand_kind=form.stand_kind, island_m2=form.island_m2,
        members=[member], stated=[whole],
    )  # fmt: skip
    return consortium


@action
async def invite(actor: Actor, form: InviteForm, *, application_id: int) -> int:
    """Mail somebody a link with which a company joins; the member's id."""
    require(actor, "consortium.write")
    found, together, _ = await steps.held(actor, application_id, lead=True)
    if found.call.phase not in (Phase.OPEN, Phase.PUBLISHED):
        raise Conflict(_CLOSED)
    _may_change(together)
    if len(together.live) >= rules.MOST_MEMBERS:
        raise Refused(N_("A consortium has from 1 to {most} members."), most=rules.MOST_MEMBERS)
    email = form.email.lower()
    if any(each.invited_email == email for each in together.live):
        raise Refused(N_("{email} is invited already."), field="email", email=email)
    member = int(
        await value(
            "INSERT INTO consortium_member (consortium, state, invited_name, invited_email,"
            " invited_at) VALUES ($1,'invited',$2,$3,$4) RETURNING id",
            together.row.id,
            form.name,
            email,
            clock.now(),
        )
    )
    token = await issue_token("consortium", email, member=member)
    await jobs.enqueue(
        "mail.compose",
        to_email=email,
        to_name=form.name,
        template="consortium-invited",
        context={
            "inviter": actor.name, "lead": together.row.lead_name,
            "consortium": together.row.name, "call": together.row.call_title,
            "fair": together.row.fair_name, "link": link(f"/my/consortia/invitation/{token}"),
        },
    )  # fmt: skip
    await record(
        actor, "consortium.invite", "consortium", together.row.id, after={"email": email},
        agency_id=together.row.agency,
    )  # fmt: skip
    terms = together.terms
    if terms.key is Key.EQUAL:
        members = [*(part.member for part in terms.parts), member]
        await steps.propose(
            actor, together.row.id, key=terms.key, stand_kind=terms.stand_kind,
            island_m2=terms.island_m2, members=members, stated=[Decimal(1)] * len(members),
        )  # fmt: skip
    return member


@action
async def answer_invitation(actor: Actor, form: JoinForm, *, token: str) -> int:
    """Join with the actor's company (its application is begun, if it has none), or decline.

    Returns the application, or 0 where the invitation was declined.
    """
    require(actor, "consortium.write")
    offer = await queries.invitation(token)
    if offer is None:
        raise Refused(_GONE)
    await steps.lock(offer.consortium)
    if await queries.invitation(token) is None:  # taken back while we waited
        raise Refused(_GONE)
    await redeem("consortium", token)
    if not form.accept:
        await steps.depart(
            actor, offer.consortium, offer.member, gettext(N_("The invitation was declined.")),
            to=MemberState.DECLINED,
        )  # fmt: skip
        return 0
    return await join(actor, offer.consortium, offer.call, offer.member)


@step
async def join(actor: Actor, consortium_id: int, call_id: int, member_id: int) -> int:
    """Join with the actor's company; its application. The consortium is locked by the caller."""
    application = await applying.begin(actor, call_id)
    found = await steps.dossier(actor, application)
    if found.call.phase not in (Phase.OPEN, Phase.PUBLISHED):
        raise Conflict(_CLOSED)
    _must_be_free(found)
    await execute(
        "UPDATE consortium_member SET state = 'joined', company = $2, application = $3"
        " WHERE id = $1",
        member_id,
        actor.company_id,
        application,
    )
    together = await queries.together(consortium_id)
    place = together.terms.place(member_id)
    answers = {"share": {}} if place is None else pricing.asked(together.terms, place)
    await execute(
        "UPDATE application SET draft = (draft - 'stand') || $2::jsonb WHERE id = $1",
        application,
        answers,
    )
    await record(
        actor, "consortium.join", "consortium", consortium_id,
        after={"company": actor.company_name}, agency_id=together.row.agency,
    )  # fmt: skip
    return application


@action
async def leave(actor: Actor, form: LeaveForm, *, application_id: int) -> int:
    """Leave before there is a contract. What the consortium sent is withdrawn; one may apply alone
    again."""
    require(actor, "consortium.leave")
    found, together, me = await steps.held(actor, application_id)
    if together.row.state is Stage.ADMITTED:
        raise Conflict(
            N_("You have a contract. Ask the agency to end it: the other members are asked then.")
        )
    await steps.depart(actor, together.row.id, me.id, form.why)
    applied = together.row.state is Stage.SENT
    if applied and found.row.state in (*OPEN_STATES, State.WAIT_LISTED):
        await withdrawing.take_back(actor, await calls.own_dossier(actor, application_id))
    return application_id


@action
async def leave_out(actor: Actor, form: LeaveForm, *, application_id: int, member_id: int) -> int:
    """The lead takes an invitation back or leaves a member out, as long as nothing was sent."""
    require(actor, "consortium.write")
    _, together, me = await steps.held(actor, application_id, lead=True)
    _may_change(together)
    if member_id == me.id or all(each.id != member_id for each in together.live):
        raise NotFound
    await steps.depart(actor, together.row.id, member_id, form.why)
    return application_id


@action
async def dissolve(actor: Actor, form: LeaveForm, *, application_id: int) -> int:
    """The lead gives the consortium up before it was sent: everybody may apply alone."""
    require(actor, "consortium.leave")
    _, together, _ = await steps.held(actor, application_id, lead=True)
    _may_change(together)
    await steps.dissolve(actor, together, form.why)
    return application_id


def _may_change(together: Together) -> None:
    if together.row.state is not Stage.FORMING:
        raise Conflict(
            N_("The consortium has applied. A member may leave; the agency may leave one out.")
        )


def _must_be_free(found: Dossier) -> None:
    if "share" in found.draft:
        raise Conflict(_IN_ONE)
    if not found.editable:
        raise Conflict(N_("This application cannot change any more, so it joins no consortium."))
