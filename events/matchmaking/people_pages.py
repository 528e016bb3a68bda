"""The agency's pages of people: the list, one person, who is added by hand, invitations."""

from urllib.parse import urlencode

from events.matchmaking import additions, invitations, queries, showing, taking_part
from events.matchmaking.additions import Place
from events.matchmaking.desk_pages import HOME, Answer, Asked
from events.matchmaking.people_forms import AddPersonForm, InviteForm, PersonForm, WhyForm
from events.matchmaking.rules import ParticipantState
from server.accounts.permissions import Actor
from server.billing import queries as billing
from server.database import page_id
from server.text import N_, gettext, ngettext
from server.web import get, needs, page, post, submit
from server.web.forms import Form

AT = HOME + "/{session_id:int}"
PERSON = AT + "/people/{participant_id:int}"
STATES = {
    ParticipantState.APPLIED: N_("Applied"),
    ParticipantState.UNPAID: N_("Not paid yet"),
    ParticipantState.TAKING: N_("Takes part"),
    ParticipantState.REFUSED: N_("Refused"),
    ParticipantState.LEFT: N_("Left"),
}


@get(f"{AT}/people", needs("session.list"))
async def show_people(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Everybody, narrowed by state, group and words."""
    found = await queries.own_session(actor, session_id)
    asked = {name: request.query_params.get(name, "") for name in ("state", "group", "q", "after")}
    groups = await queries.groups(session_id)
    state = asked["state"] if asked["state"] in set(ParticipantState) else ""
    people, following = await queries.people_page(
        session_id, state=state, group=page_id(asked["group"]), words=asked["q"],
        cursor=asked["after"],
    )  # fmt: skip
    onward = urlencode({**asked, "after": following or ""})
    return page(
        request, "matchmaking/people.html", session=found, people=people, asked=asked,
        states=[(each.value, gettext(name)) for each, name in STATES.items()], words=STATES,
        groups=[(each.id, each.name) for each in groups],
        following=f"{HOME}/{session_id}/people?{onward}" if following else "",
    )  # fmt: skip


@get(f"{AT}/people/new", needs("session.write"))
async def new_person(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Who is added by hand."""
    found = await queries.own_session(actor, session_id)
    groups = [(each.id, each.name) for each in await queries.groups(session_id)]
    return page(
        request, "matchmaking/person_new.html", session=found,
        fields=showing.show(
            AddPersonForm,
            choices={
                "group": groups,
                "country": [("", gettext(N_("As known"))), *showing.country_choices()],
            },
            without=() if found.fee_minor else ("free",),
        ),
    )  # fmt: skip


@post(f"{AT}/people/new", needs("session.write"))
async def add_person(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Put them in."""
    return await submit(
        request,
        AddPersonForm,
        act=lambda form: taking_part.add_by_hand(actor, session_id, form),
        to=lambda made: f"{HOME}/{session_id}/people/{made}",
        again=lambda: new_person.fn(request, actor, session_id),
        said=N_("The person is in the session and is told by mail."),
    )


@get(PERSON, needs("session.list"))
async def show_person(request: Asked, actor: Actor, session_id: int, participant_id: int) -> Answer:
    """One person: profile, what the agency sets, what rooms above know."""
    found = await queries.own_session(actor, session_id)
    one = await queries.participant(session_id, participant_id)
    slots = await queries.slots(session_id)
    away = (await queries.away(session_id)).get(one.id, {})
    known = {
        "group": one.group_id, "most_meetings": one.most_meetings, "place": one.place,
        "online": one.online, "blocked": [slot for slot, why in away.items() if why == "agency"],
    }  # fmt: skip
    places = [each for each in await queries.places(session_id) if not each.closed]
    return page(
        request, "matchmaking/person.html", session=found, one=one, states=STATES,
        profile=(await queries.profiles([one.profile]))[one.profile],
        languages=dict(showing.language_choices()),
        invoices=await billing.invoices_about(f"participant:{one.id}"),
        away=[showing.slot_name(each) for each in slots if each.id in away],
        fields=showing.show(
            PersonForm,
            values=known,
            choices={
                "group": [(each.id, each.name) for each in await queries.groups(session_id)],
                "place": [
                    ("", gettext(N_("Any free table"))),
                    *((each.id, each.label) for each in places),
                ],
                "blocked": [(each.id, showing.slot_name(each)) for each in slots],
            },
        ),
        why=showing.show(WhyForm),
        panels=await additions.panels(Place.PERSON_DESK, actor, found, one),
    )  # fmt: skip


@post(PERSON, needs("session.write"))
async def change_person(
    request: Asked, actor: Actor, session_id: int, participant_id: int
) -> Answer:
    """What the agency sets for them."""
    return await submit(
        request,
        PersonForm,
        act=lambda form: taking_part.change_person(actor, session_id, participant_id, form),
        to=f"{HOME}/{session_id}/people/{participant_id}",
        again=lambda: show_person.fn(request, actor, session_id, participant_id),
        said=N_("This is saved."),
    )


@post(f"{PERSON}/accept", needs("session.write"))
async def accept(request: Asked, actor: Actor, session_id: int, participant_id: int) -> Answer:
    """An application is accepted."""
    return await submit(
        request,
        Form,
        act=lambda _: taking_part.accept(actor, session_id, participant_id),
        to=f"{HOME}/{session_id}/people/{participant_id}",
        again=lambda: show_person.fn(request, actor, session_id, participant_id),
        said=N_("The person is accepted and is told by mail."),
    )


@post(f"{PERSON}/refuse", needs("session.write"))
async def refuse(request: Asked, actor: Actor, session_id: int, participant_id: int) -> Answer:
    """An application is refused."""
    return await submit(
        request,
        WhyForm,
        act=lambda form: taking_part.refuse(actor, session_id, participant_id, form),
        to=f"{HOME}/{session_id}/people/{participant_id}",
        again=lambda: show_person.fn(request, actor, session_id, participant_id),
        said=N_("The application is refused; the person is told the reason."),
    )


@post(f"{PERSON}/out", needs("session.write"))
async def take_out(request: Asked, actor: Actor, session_id: int, participant_id: int) -> Answer:
    """Somebody is taken out."""
    return await submit(
        request,
        WhyForm,
        act=lambda form: taking_part.take_out(actor, session_id, participant_id, form),
        to=f"{HOME}/{session_id}/people/{participant_id}",
        again=lambda: show_person.fn(request, actor, session_id, participant_id),
        said=N_("The person is out of the session; the people they were to meet are told."),
    )


@get(f"{AT}/invitations", needs("session.list"))
async def show_invitations(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Who was invited, and the form for more."""
    found = await queries.own_session(actor, session_id)
    listed, following = await invitations.of_session(
        actor, session_id, request.query_params.get("after", "")
    )
    return page(
        request, "matchmaking/invitations.html", session=found, invitations=listed,
        fields=showing.show(
            InviteForm,
            choices={"group": [(each.id, each.name) for each in await queries.groups(session_id)]},
        ),
        following=f"{HOME}/{session_id}/invitations?after={following}" if following else "",
    )  # fmt: skip


def _invited(counted: tuple[int, int]) -> str:
    said = ngettext(
        "{n} invitation is on its way.", "{n} invitations are on their way.", counted[0]
    )
    if counted[1]:
        said += " " + ngettext(
            "{n} address was invited or takes part already.",
            "{n} addresses were invited or take part already.",
            counted[1],
        )
    return said


@post(f"{AT}/invitations", needs("session.write"))
async def invite(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Mail the links."""
    return await submit(
        request,
        InviteForm,
        act=lambda form: invitations.invite(actor, session_id, form),
        to=f"{HOME}/{session_id}/invitations",
        again=lambda: show_invitations.fn(request, actor, session_id),
        said=_invited,
    )


@post(f"{AT}/invitations/remind", needs("session.write"))
async def remind(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Mail those who have not answered."""
    return await submit(
        request,
        Form,
        act=lambda _: invitations.remind(actor, session_id),
        to=f"{HOME}/{session_id}/invitations",
        again=lambda: show_invitations.fn(request, actor, session_id),
        said=lambda n: ngettext(
            "{n} person is reminded. Whoever had a mail in the last day is left alone.",
            "{n} people are reminded. Whoever had a mail in the last day is left alone.",
            n,
        ),
    )


@post(f"{AT}/invitations/{{invitation_id:int}}/take-back", needs("session.write"))
async def take_back(request: Asked, actor: Actor, session_id: int, invitation_id: int) -> Answer:
    """The link works no more."""
    return await submit(
        request,
        Form,
        act=lambda _: invitations.take_back(actor, session_id, invitation_id),
        to=f"{HOME}/{session_id}/invitations",
        again=lambda: show_invitations.fn(request, actor, session_id),
        said=N_("The invitation is taken back: its link works no more."),
    )


HANDLERS = [
    show_people, new_person, add_person, show_person, change_person, accept, refuse, take_out,
    show_invitations, invite, remind, take_back,
]  # fmt: skip
