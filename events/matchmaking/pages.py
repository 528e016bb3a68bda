"""Pages of people who take part, and the public ones; those of the agency are beside."""

from litestar.datastructures import Cookie

from events.fairs import zones
from events.matchmaking import (
    additions,
    desk_pages,
    invitations,
    people_pages,
    profiles,
    queries,
    set_up_pages,
    showing,
    taking_part,
)
from events.matchmaking.additions import Place
from events.matchmaking.desk_pages import Answer, Asked
from events.matchmaking.people_forms import ApplyForm, JoinForm, TimesForm
from events.matchmaking.people_pages import STATES
from events.matchmaking.profile_forms import ProfileForm, written
from events.matchmaking.rules import KIND_NAMES, SessionState
from server.accounts import rules as account_rules
from server.accounts.permissions import Actor
from server.aid.sizes import SIZE_NAMES
from server.errors import NotFound, Refused
from server.settings import load
from server.text import N_, gettext
from server.web import get, needs, page, post, see_other, submit, typed_values
from server.web.door import cookie_name
from server.web.forms import Form, parse
from server.web.respond import show_again

HOME = "/my/meetings"
AT = HOME + "/{session_id:int}"
COOPERATION = {
    "distribution": N_("Distribution"),
    "supply": N_("Supply"),
    "technology": N_("Technology"),
    "investment": N_("Investment"),
}
VISIBLE = {
    "shown": N_("Everybody of the session whom the groups allow"),
    "hidden": N_("Nobody: only I look for others and ask them"),
}


@get(HOME, needs("session.own"))
async def list_mine(request: Asked, actor: Actor) -> Answer:
    """The sessions of the actor, and of colleagues for the company's admin."""
    found, following = await queries.mine(actor, request.query_params.get("after", ""))
    return page(
        request, "matchmaking/my_list.html", sessions=found, kinds=KIND_NAMES,
        following=f"{HOME}?after={following}" if following else "",
    )  # fmt: skip


@get(AT, needs("participant.own"))
async def show_mine(request: Asked, actor: Actor, session_id: int) -> Answer:
    """A session as somebody in it sees it: what to do next, and what rooms above show."""
    found = await queries.my_session(actor, session_id)
    try:
        one = await queries.me(actor, session_id)
    except NotFound:
        one = None
    profile = (await queries.profiles([one.profile]))[one.profile] if one else None
    return page(
        request, "matchmaking/my_show.html", session=found, one=one, profile=profile,
        states=STATES, kinds=KIND_NAMES,
        away=len((await queries.away(session_id)).get(one.id, {})) if one else 0,
        tabs=additions.tabs(actor, Place.SESSION_MY) if one else [],
        panels=await additions.panels(Place.SESSION_MY, actor, found, one),
    )  # fmt: skip


@get(f"{AT}/profile", needs("participant.own"))
async def show_profile(request: Asked, actor: Actor, session_id: int) -> Answer:
    """What the actor brings and looks for."""
    found = await queries.my_session(actor, session_id)
    profile = await profiles.own_profile(actor, session_id)
    known = {name: getattr(profile, name, "") for name in ProfileForm.__struct_fields__} | {
        "offers": written([(each.text, each.codes) for each in profile.offers]),
        "needs": written([(each.text, each.codes) for each in profile.needs]),
        "phone": await profiles.own_phone(actor, profile.id),
        "certificates": ", ".join(profile.certificates),
        "asks": ", ".join(profile.asks),
    }
    countries = showing.country_choices()
    cooperation = [(code, gettext(name)) for code, name in COOPERATION.items()]
    return page(
        request, "matchmaking/profile.html", session=found, profile=profile,
        languages=dict(showing.language_choices()),
        fields=showing.show(
            ProfileForm,
            values=known,
            choices={
                "languages": showing.language_choices(),
                "sectors": showing.sector_choices(),
                "markets": countries,
                "aims": countries,
                "gives": cooperation,
                "seeks": cooperation,
                "sizes": [(each.value, gettext(name)) for each, name in SIZE_NAMES.items()],
                "visible": [(code, gettext(name)) for code, name in VISIBLE.items()],
            },
            without=("version",),
        ),
    )  # fmt: skip


@post(f"{AT}/profile", needs("participant.own"))
async def write_profile(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Save it for every session of the company."""
    return await submit(
        request,
        ProfileForm,
        act=lambda form: profiles.write_profile(actor, session_id, form),
        to=f"{HOME}/{session_id}",
        again=lambda: show_profile.fn(request, actor, session_id),
        said=N_("Your profile is saved. Every session you are in for this company uses it."),
    )


@get(f"{AT}/times", needs("participant.own"))
async def show_times(request: Asked, actor: Actor, session_id: int) -> Answer:
    """When the actor cannot."""
    found = await queries.my_session(actor, session_id)
    one = await queries.me(actor, session_id)
    away = (await queries.away(session_id)).get(one.id, {})
    slots = await queries.slots(session_id)
    others = {slot for slot, why in away.items() if why != "own"}
    return page(
        request, "matchmaking/times.html", session=found, one=one,
        others=[showing.slot_name(each) for each in slots if each.id in others],
        fields=showing.show(
            TimesForm,
            values={
                "blocked": [slot for slot, why in away.items() if why == "own"],
                "tz": one.tz, "day_from": one.day_from, "day_until": one.day_until,
            },
            choices={
                "blocked": [
                    (each.id, showing.slot_name(each)) for each in slots if each.id not in others
                ],
                "tz": [
                    ("", found.tz.replace("_", " ")),
                    *((zone, zone.replace("_", " ")) for zone in zones.all_zones()),
                ],
            },
            without=() if one.online else ("tz", "day_from", "day_until"),
        ),
    )  # fmt: skip


@post(f"{AT}/times", needs("participant.own"))
async def set_times(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Save them."""
    return await submit(
        request,
        TimesForm,
        act=lambda form: taking_part.set_my_times(actor, session_id, form),
        to=f"{HOME}/{session_id}",
        again=lambda: show_times.fn(request, actor, session_id),
        said=N_("Your times are saved. No meeting is put into a slot that you blocked."),
    )


@post(f"{AT}/leave", needs("participant.own"))
async def leave(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Take part no more."""
    return await submit(
        request,
        Form,
        act=lambda _: taking_part.leave(actor, session_id),
        to=f"{HOME}/{session_id}",
        again=lambda: show_mine.fn(request, actor, session_id),
        said=N_("You take part no more. The people you were to meet are told."),
    )


@get("/meetings/{slug:str}", needs("public.read"))
async def show_public(request: Asked, actor: Actor, slug: str) -> Answer:
    """What a session is, and how one takes part."""
    found = await queries.by_slug(slug)
    closed = ""
    try:
        taking_part.may_apply(found)
    except Refused as refused:
        closed = str(refused)
    groups = [(each.id, each.name) for each in await queries.groups(found.id)]
    return page(
        request, "matchmaking/public.html", session=found, closed=closed, kinds=KIND_NAMES,
        may=actor.may("participant.own"), fields=showing.show(ApplyForm, choices={"group": groups}),
    )  # fmt: skip


@post("/meetings/{slug:str}", needs("participant.own"))
async def apply(request: Asked, actor: Actor, slug: str) -> Answer:
    """Apply for the company that the actor acts for."""
    return await submit(
        request,
        ApplyForm,
        act=lambda form: taking_part.apply(actor, slug, form),
        to=lambda session: f"{HOME}/{session}",
        again=lambda: show_public.fn(request, actor, slug),
        said=N_("Your application is sent. The organiser answers by mail."),
    )


@get("/meetings/invitation/{token:str}", needs("account.join"))
async def show_invitation(request: Asked, actor: Actor, token: str) -> Answer:
    """What somebody is invited to, and the few questions that taking part needs."""
    return await _invitation(request, actor, token)


async def _invitation(request: Asked, actor: Actor, token: str) -> Answer:
    guest = await invitations.guest(token)
    found = await queries.session(guest.session)
    whose = actor.company_id or guest.company
    return page(
        request, "matchmaking/invitation.html", session=found, guest=guest, kinds=KIND_NAMES,
        other=actor.person_id is not None and actor.email != guest.email, token=token,
        sign_in=guest.known and actor.person_id is None,
        over=found.state in (SessionState.OVER, SessionState.CANCELLED),
        fields=showing.show(
            JoinForm,
            values={
                "name": actor.name or guest.name, "company_name": guest.company_name,
                "languages": [request.scope["state"]["actor"].locale[:2]],
            },
            choices={
                "languages": showing.language_choices(),
                "country": [("", gettext(N_("Choose a country"))), *showing.country_choices()],
            },
            without=[
                *(("company_name", "country") if whose else ()),
                *(("street", "postcode", "city") if whose or not found.fee_minor else ()),
            ],
        ),
    )  # fmt: skip


def _signed_in(answer: Answer, token: str | None) -> Answer:
    if token is not None:
        answer.set_cookie(
            Cookie(
                key=cookie_name(), value=token, path="/", httponly=True, secure=load().secure,
                samesite="lax", max_age=int(account_rules.BROWSER_LASTS.total_seconds()),
            )
        )  # fmt: skip
    return answer


@post("/meetings/invitation/{token:str}", needs("account.join"))
async def join(request: Asked, actor: Actor, token: str) -> Answer:
    """Take part, and be signed in."""
    typed = await typed_values(request)
    try:
        session, made = await invitations.join(actor, token, parse(JoinForm, typed))
    except Refused as refused:
        if refused.status == 404:
            raise
        show_again(request, typed, refused)
        return await _invitation(request, actor, token)
    return _signed_in(
        see_other(
            f"{HOME}/{session}",
            said=N_("You are in. Complete your profile so that others find you."),
        ),
        made,
    )


@post("/meetings/invitation/{token:str}/back", needs("account.join"))
async def come_back(request: Asked, actor: Actor, token: str) -> Answer:
    """Sign in again by the link."""
    try:
        session, made = await invitations.come_back(actor, token)
    except Refused as refused:
        if refused.status == 404:
            raise
        show_again(request, {}, refused)
        return await _invitation(request, actor, token)
    return _signed_in(see_other(f"{HOME}/{session}"), made)


HANDLERS = [
    *desk_pages.HANDLERS, *set_up_pages.HANDLERS, *people_pages.HANDLERS, list_mine,
    show_mine, show_profile, write_profile, show_times, set_times, leave, show_public, apply,
    show_invitation, join, come_back,
]  # fmt: skip
