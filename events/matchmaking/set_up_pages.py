"""What a session is made of, as the agency sets it: slots, places, groups, interpreters."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

from events.fairs import queries as fairs
from events.fairs import rules as fair_rules
from events.matchmaking import actions, queries, rules, setting_up, showing
from events.matchmaking.desk_pages import HOME, Answer, Asked
from events.matchmaking.forms import (
    GroupForm,
    InterpreterForm,
    MatrixForm,
    PlaceForm,
    PlacesForm,
    TimetableForm,
)
from events.matchmaking.rows import SessionRow
from events.matchmaking.rules import PLACE_NAMES, Kind
from server.accounts.permissions import Actor
from server.database import rows
from server.text import N_, gettext, ngettext
from server.web import get, needs, page, post, submit
from server.web.forms import Form


async def _timetable(found: SessionRow) -> dict[str, Any]:
    """The form as the slots are; before the first ones, the fair's days and opening hours."""
    slots = await queries.slots(found.id)
    if slots:
        usual, other = rules.usual(
            [(each.half, each.start_local, each.end_local) for each in slots]
        )
        gaps = [b.start_local - a.end_local for a, b in pairwise(slots) if a.half == b.half]
        known: dict[str, Any] = {
            "first_on": slots[0].start_local.date(),
            "last_on": slots[-1].end_local.date(),
            "other_days": other,
            "minutes": found.slot_minutes,
            "gap": int(min(gaps, default=timedelta()).total_seconds()) // 60,
        }
        for name, span in zip(("morning", "afternoon"), usual, strict=False):
            known |= {f"{name}_from": span[0], f"{name}_until": span[1]}
        return known
    known = {"minutes": 20, "gap": 0}
    if found.fair is None:
        return known | {
            "morning_from": "09:00", "morning_until": "12:30",
            "afternoon_from": "13:30", "afternoon_until": "17:00",
        }  # fmt: skip
    fair = await fairs.fair(found.fair)
    days = await fairs.days(found.fair)
    opens, closes, _ = fair_rules.usual_hours(
        fair.starts_on,
        fair.ends_on,
        [fair_rules.Hours(each.day, each.opens_at, each.closes_at) for each in days],
    )
    return known | {
        "first_on": fair.starts_on,
        "last_on": fair.ends_on,
        "morning_from": opens or "09:00",
        "morning_until": "12:30",
        "afternoon_from": "13:30",
        "afternoon_until": closes or "17:00",
    }


@get(f"{HOME}/{{session_id:int}}/slots", needs("session.list"))
async def show_slots(request: Asked, actor: Actor, session_id: int) -> Answer:
    """The timetable and its form."""
    found = await queries.own_session(actor, session_id)
    halves: dict[int, list[Any]] = {}
    for each in await queries.slots(session_id):
        halves.setdefault(each.half, []).append(each)
    return page(
        request, "matchmaking/slots.html", session=found, halves=list(halves.values()),
        fields=showing.show(TimetableForm, values=await _timetable(found)),
        hours=showing.hours,
    )  # fmt: skip


@post(f"{HOME}/{{session_id:int}}/slots", needs("session.write"))
async def set_slots(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Make the slots."""
    return await submit(
        request,
        TimetableForm,
        act=lambda form: actions.set_timetable(actor, session_id, form),
        to=f"{HOME}/{session_id}/slots",
        again=lambda: show_slots.fn(request, actor, session_id),
        said=lambda n: ngettext("The session has {n} slot.", "The session has {n} slots.", n),
    )


@get(f"{HOME}/{{session_id:int}}/places", needs("session.list"))
async def show_places(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Where meetings can be."""
    found = await queries.own_session(actor, session_id)
    companies = await rows(
        "SELECT DISTINCT c.id, c.name FROM participant p JOIN company c ON c.id = p.company"
        " WHERE p.session = $1 AND p.state IN ('applied', 'unpaid', 'taking') ORDER BY c.name",
        session_id,
    )
    kind = "company" if found.kind is Kind.INWARD else "table"
    return page(
        request, "matchmaking/places.html", session=found, names=PLACE_NAMES,
        places=await queries.places(session_id),
        fields=showing.show(
            PlacesForm,
            values={"kind": kind, "word": "", "first": 1, "count": 1, "seats": 4},
            choices={
                "kind": [(each.value, gettext(name)) for each, name in PLACE_NAMES.items()],
                "company": [
                    ("", gettext(N_("Nobody's"))),
                    *((each["id"], each["name"]) for each in companies),
                ],
            },
        ),
    )  # fmt: skip


@post(f"{HOME}/{{session_id:int}}/places", needs("session.write"))
async def add_places(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Add several in one step."""
    return await submit(
        request,
        PlacesForm,
        act=lambda form: setting_up.add_places(actor, session_id, form),
        to=f"{HOME}/{session_id}/places",
        again=lambda: show_places.fn(request, actor, session_id),
        said=lambda n: ngettext("{n} place is added.", "{n} places are added.", n),
    )


@get(f"{HOME}/{{session_id:int}}/places/{{place_id:int}}", needs("session.write"))
async def edit_place(request: Asked, actor: Actor, session_id: int, place_id: int) -> Answer:
    """One place."""
    found = await queries.own_session(actor, session_id)
    one = next((each for each in await queries.places(session_id) if each.id == place_id), None)
    if one is None:
        raise setting_up.no_place()
    return page(
        request, "matchmaking/place.html", session=found, place=one,
        fields=showing.show(PlaceForm, values=one),
    )  # fmt: skip


@post(f"{HOME}/{{session_id:int}}/places/{{place_id:int}}", needs("session.write"))
async def change_place(request: Asked, actor: Actor, session_id: int, place_id: int) -> Answer:
    """Change it."""
    return await submit(
        request,
        PlaceForm,
        act=lambda form: setting_up.change_place(actor, session_id, place_id, form),
        to=f"{HOME}/{session_id}/places",
        again=lambda: edit_place.fn(request, actor, session_id, place_id),
        said=N_("The place is changed."),
    )


@post(f"{HOME}/{{session_id:int}}/places/{{place_id:int}}/remove", needs("session.write"))
async def remove_place(request: Asked, actor: Actor, session_id: int, place_id: int) -> Answer:
    """Take it away."""
    return await submit(
        request,
        Form,
        act=lambda _: setting_up.remove_place(actor, session_id, place_id),
        to=f"{HOME}/{session_id}/places",
        again=lambda: edit_place.fn(request, actor, session_id, place_id),
        said=N_("The place is gone."),
    )


@get(f"{HOME}/{{session_id:int}}/groups", needs("session.list"))
async def show_groups(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Groups, and the matrix of who may ask whom."""
    found = await queries.own_session(actor, session_id)
    return page(
        request, "matchmaking/groups.html", session=found,
        groups=await queries.groups(session_id), fields=showing.show(GroupForm),
    )  # fmt: skip


@post(f"{HOME}/{{session_id:int}}/groups", needs("session.write"))
async def add_group(request: Asked, actor: Actor, session_id: int) -> Answer:
    """A further group."""
    return await submit(
        request,
        GroupForm,
        act=lambda form: setting_up.add_group(actor, session_id, form),
        to=f"{HOME}/{session_id}/groups",
        again=lambda: show_groups.fn(request, actor, session_id),
        said=N_("The group is added. Say below whom its people may ask."),
    )


@post(f"{HOME}/{{session_id:int}}/groups/matrix", needs("session.write"))
async def set_matrix(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Who may ask whom."""
    return await submit(
        request,
        MatrixForm,
        act=lambda form: setting_up.set_matrix(actor, session_id, form),
        to=f"{HOME}/{session_id}/groups",
        again=lambda: show_groups.fn(request, actor, session_id),
        said=N_("It is set who may ask whom."),
    )


@get(f"{HOME}/{{session_id:int}}/groups/{{group_id:int}}", needs("session.write"))
async def edit_group(request: Asked, actor: Actor, session_id: int, group_id: int) -> Answer:
    """One group."""
    found = await queries.own_session(actor, session_id)
    one = next((each for each in await queries.groups(session_id) if each.id == group_id), None)
    if one is None:
        raise setting_up.no_group()
    return page(
        request, "matchmaking/group.html", session=found, group=one,
        fields=showing.show(GroupForm, values=one),
    )  # fmt: skip


@post(f"{HOME}/{{session_id:int}}/groups/{{group_id:int}}", needs("session.write"))
async def change_group(request: Asked, actor: Actor, session_id: int, group_id: int) -> Answer:
    """Change it."""
    return await submit(
        request,
        GroupForm,
        act=lambda form: setting_up.change_group(actor, session_id, group_id, form),
        to=f"{HOME}/{session_id}/groups",
        again=lambda: edit_group.fn(request, actor, session_id, group_id),
        said=N_("The group is changed."),
    )


@post(f"{HOME}/{{session_id:int}}/groups/{{group_id:int}}/remove", needs("session.write"))
async def remove_group(request: Asked, actor: Actor, session_id: int, group_id: int) -> Answer:
    """Take it away."""
    return await submit(
        request,
        Form,
        act=lambda _: setting_up.remove_group(actor, session_id, group_id),
        to=f"{HOME}/{session_id}/groups",
        again=lambda: edit_group.fn(request, actor, session_id, group_id),
        said=N_("The group is gone."),
    )


@get(f"{HOME}/{{session_id:int}}/interpreters", needs("session.list"))
async def show_interpreters(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Who interprets, and when they are away."""
    found = await queries.own_session(actor, session_id)
    slots = await queries.slots(session_id)
    return page(
        request, "matchmaking/interpreters.html", session=found,
        interpreters=await queries.interpreters(session_id),
        languages=dict(showing.language_choices()),
        fields=showing.show(
            InterpreterForm,
            choices={
                "languages": showing.language_choices(),
                "away": [(each.id, showing.slot_name(each)) for each in slots],
            },
        ),
    )  # fmt: skip


@post(f"{HOME}/{{session_id:int}}/interpreters", needs("session.write"))
async def add_interpreter(request: Asked, actor: Actor, session_id: int) -> Answer:
    """Somebody who interprets."""
    return await submit(
        request,
        InterpreterForm,
        act=lambda form: setting_up.add_interpreter(actor, session_id, form),
        to=f"{HOME}/{session_id}/interpreters",
        again=lambda: show_interpreters.fn(request, actor, session_id),
        said=N_("The interpreter is added."),
    )


@post(f"{HOME}/{{session_id:int}}/interpreters/{{who:int}}/remove", needs("session.write"))
async def remove_interpreter(request: Asked, actor: Actor, session_id: int, who: int) -> Answer:
    """No longer there."""
    return await submit(
        request,
        Form,
        act=lambda _: setting_up.remove_interpreter(actor, session_id, who),
        to=f"{HOME}/{session_id}/interpreters",
        again=lambda: show_interpreters.fn(request, actor, session_id),
        said=N_("The interpreter is gone."),
    )


HANDLERS = [
    show_slots,
    set_slots,
    show_places,
    add_places,
    edit_place,
    change_place,
    remove_place,
    show_groups,
    add_group,
    set_matrix,
    edit_group,
    change_group,
    remove_group,
    show_interpreters,
    add_interpreter,
    remove_interpreter,
]
