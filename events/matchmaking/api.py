"""Sessions of meetings in the JSON API."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from events.matchmaking import (
    actions,
    cancelling,
    invitations,
    profiles,
    queries,
    setting_up,
    taking_part,
)
from events.matchmaking.forms import (
    ChangedSession,
    GroupForm,
    InterpreterForm,
    MatrixForm,
    PlaceForm,
    PlacesForm,
    SessionForm,
    TimetableForm,
)
from events.matchmaking.invitations import InvitationRow
from events.matchmaking.people_forms import (
    AddPersonForm,
    ApplyForm,
    InviteForm,
    PersonForm,
    TimesForm,
    WhyForm,
)
from events.matchmaking.profile_forms import ProfileForm
from events.matchmaking.rows import (
    GroupRow,
    InterpreterRow,
    ParticipantRow,
    PlaceRow,
    ProfileRow,
    SessionRow,
    SlotRow,
)
from server.accounts.permissions import Actor
from server.text import N_
from server.web.api import Endpoint

TAG = "Meetings"
ONE = "/desk/meetings/{session_id:int}"
PERSON = ONE + "/people/{participant_id:int}"
MINE = "/my/meetings/{session_id:int}"


class Count(msgspec.Struct, frozen=True):
    """How many slots, places or reminders there are now."""

    count: int


class Invited(msgspec.Struct, frozen=True):
    """How many were invited now, and how many were known before."""

    invited: int
    known: int


def _all(
    read: Callable[[int], Awaitable[list[Any]]],
) -> Callable[..., Awaitable[tuple[list[Any], str | None]]]:
    """Everything of one of the agency's sessions, from the number in `cursor` on."""

    async def fetch(
        actor: Actor, session_id: int, cursor: str, limit: int
    ) -> tuple[list[Any], str | None]:
        await queries.own_session(actor, session_id)
        found = await read(session_id)
        begin = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 6 else 0
        more = len(found) > begin + limit
        return found[begin : begin + limit], str(begin + limit) if more else None

    return fetch


async def _people(
    actor: Actor, session_id: int, cursor: str, limit: int
) -> tuple[list[ParticipantRow], str | None]:
    await queries.own_session(actor, session_id)
    return await queries.people_page(session_id, cursor=cursor, limit=limit)


async def _person(actor: Actor, session_id: int, participant_id: int) -> ParticipantRow:
    await queries.own_session(actor, session_id)
    return await queries.participant(session_id, participant_id)


def _list(path: str, summary: str, row: Any, fetch: Any) -> Endpoint:
    return Endpoint(
        method="GET", path=path, verb="session.list", summary=summary, tag=TAG, fetch=fetch,
        row=row, many=True,
    )  # fmt: skip


def _act(method: str, path: str, summary: str, form: Any, act: Any, **more: Any) -> Endpoint:
    verb = more.pop("verb", "session.write")
    return Endpoint(
        method=method, path=path, verb=verb, summary=summary, tag=TAG, form=form, act=act, **more
    )


_counted = {"shape": lambda n: Count(n), "row": Count}

ENDPOINTS = [
    _list("/desk/meetings", N_("List your agency's sessions of meetings"), SessionRow,
          lambda actor, cursor, limit: queries.of_agency(actor, cursor, limit)),
    _act("POST", "/desk/meetings", N_("Create a session as a draft"), SessionForm,
         lambda actor, form: actions.create_session(actor, form), status=201),
    Endpoint(method="GET", path=ONE, verb="session.list", summary=N_("Show a session"), tag=TAG,
             fetch=lambda actor, session_id: queries.own_session(actor, session_id),
             row=SessionRow),
    _act("PUT", ONE, N_("Change a session"), ChangedSession,
         lambda actor, form, session_id: actions.change_session(actor, session_id, form)),
    _act("POST", f"{ONE}/open", N_("Open a session for requests"), None,
         lambda actor, session_id: actions.open_session(actor, session_id)),
    _act("POST", f"{ONE}/close", N_("End the requests of a session"), None,
         lambda actor, session_id: actions.close_session(actor, session_id)),
    _act("POST", f"{ONE}/cancel", N_("Cancel a session"), None,
         lambda actor, session_id: cancelling.cancel_session(actor, session_id)),
    _list(f"{ONE}/slots", N_("List the slots of a session"), SlotRow, _all(queries.slots)),
    _act("PUT", f"{ONE}/slots", N_("Make the slots of a session from a timetable"), TimetableForm,
         lambda actor, form, session_id: actions.set_timetable(actor, session_id, form),
         **_counted),
    _list(f"{ONE}/places", N_("List the places of a session"), PlaceRow, _all(queries.places)),
    _act("POST", f"{ONE}/places", N_("Add places to a session"), PlacesForm,
         lambda actor, form, session_id: setting_up.add_places(actor, session_id, form),
         **_counted),
    _act("PUT", f"{ONE}/places/{{place_id:int}}", N_("Change a place"), PlaceForm,
         lambda actor, form, session_id, place_id:
         setting_up.change_place(actor, session_id, place_id, form)),
    _act("DELETE", f"{ONE}/places/{{place_id:int}}", N_("Take a place away"), None,
         lambda actor, session_id, place_id:
         setting_up.remove_place(actor, session_id, place_id)),
    _list(f"{ONE}/groups", N_("List the groups of a session and whom they may ask"), GroupRow,
          _all(queries.groups)),
    _act("POST", f"{ONE}/groups", N_("Add a group"), GroupForm,
         lambda actor, form, session_id: setting_up.add_group(actor, session_id, form)),
    _act("PUT", f"{ONE}/groups/{{group_id:int}}", N_("Change a group"), GroupForm,
         lambda actor, form, session_id, group_id:
         setting_up.change_group(actor, session_id, group_id, form)),
    _act("DELETE", f"{ONE}/groups/{{group_id:int}}", N_("Take a group away"), None,
         lambda actor, session_id, group_id:
         setting_up.remove_group(actor, session_id, group_id)),
    _act("PUT", f"{ONE}/matrix", N_("Set which groups may ask which"), MatrixForm,
         lambda actor, form, session_id: setting_up.set_matrix(actor, session_id, form)),
    _list(f"{ONE}/interpreters", N_("List the interpreters of a session"), InterpreterRow,
          _all(queries.interpreters)),
    _act("POST", f"{ONE}/interpreters", N_("Add an interpreter"), InterpreterForm,
         lambda actor, form, session_id: setting_up.add_interpreter(actor, session_id, form)),
    _act("DELETE", f"{ONE}/interpreters/{{who:int}}", N_("Take an interpreter away"), None,
         lambda actor, session_id, who:
         setting_up.remove_interpreter(actor, session_id, who)),
    _list(f"{ONE}/people", N_("List the people of a session"), ParticipantRow, _people),
    _act("POST", f"{ONE}/people", N_("Add somebody to a session"), AddPersonForm,
         lambda actor, form, session_id: taking_part.add_by_hand(actor, session_id, form),
         status=201),
    Endpoint(method="GET", path=PERSON, verb="session.list", tag=TAG, fetch=_person,
             summary=N_("Show somebody of a session"), row=ParticipantRow),
    _act("PUT", PERSON, N_("Change what is set for somebody"), PersonForm,
         lambda actor, form, session_id, participant_id:
         taking_part.change_person(actor, session_id, participant_id, form)),
    _act("POST", f"{PERSON}/accept", N_("Accept an application"), None,
         lambda actor, session_id, participant_id:
         taking_part.accept(actor, session_id, participant_id)),
    _act("POST", f"{PERSON}/refuse", N_("Refuse an application"), WhyForm,
         lambda actor, form, session_id, participant_id:
         taking_part.refuse(actor, session_id, participant_id, form)),
    _act("POST", f"{PERSON}/out", N_("Take somebody out of a session"), WhyForm,
         lambda actor, form, session_id, participant_id:
         taking_part.take_out(actor, session_id, participant_id, form)),
    _list(f"{ONE}/invitations", N_("List the invitations of a session"), InvitationRow,
          lambda actor, session_id, cursor, limit:
          invitations.of_session(actor, session_id, cursor, limit)),
    _act("POST", f"{ONE}/invitations", N_("Invite people by mail"), InviteForm,
         lambda actor, form, session_id: invitations.invite(actor, session_id, form),
         shape=lambda found: Invited(*found), row=Invited),
    _act("POST", f"{ONE}/invitations/remind", N_("Remind those who have not answered"), None,
         lambda actor, session_id: invitations.remind(actor, session_id), **_counted),
    _act("DELETE", f"{ONE}/invitations/{{invitation_id:int}}", N_("Take an invitation back"), None,
         lambda actor, session_id, invitation_id:
         invitations.take_back(actor, session_id, invitation_id)),
    Endpoint(method="GET", path="/my/meetings", verb="session.own", tag=TAG, many=True,
             summary=N_("List the sessions you take part in"), row=SessionRow,
             fetch=lambda actor, cursor, limit: queries.mine(actor, cursor, limit)),
    Endpoint(method="GET", path=MINE, verb="participant.own", tag=TAG, row=SessionRow,
             summary=N_("Show a session you take part in"),
             fetch=lambda actor, session_id: queries.my_session(actor, session_id)),
    Endpoint(method="GET", path=f"{MINE}/profile", verb="participant.own", tag=TAG, row=ProfileRow,
             summary=N_("Show your profile"),
             fetch=lambda actor, session_id: profiles.own_profile(actor, session_id)),
    _act("PUT", f"{MINE}/profile", N_("Write your profile"), ProfileForm,
         lambda actor, form, session_id: profiles.write_profile(actor, session_id, form),
         verb="participant.own"),
    _act("PUT", f"{MINE}/times", N_("Say when you cannot meet"), TimesForm,
         lambda actor, form, session_id: taking_part.set_my_times(actor, session_id, form),
         verb="participant.own"),
    _act("POST", f"{MINE}/leave", N_("Take part no more"), None,
         lambda actor, session_id: taking_part.leave(actor, session_id), verb="participant.own"),
    _act("POST", "/meetings/{slug:str}/apply", N_("Apply for a session"), ApplyForm,
         lambda actor, form, slug: taking_part.apply(actor, slug, form), verb="participant.own"),
]  # fmt: skip
