"""An open session of meetings with people in it, made as an agency makes it.

Two half-days of Nordhafen (09:00 to 10:00 and 14:00 to 15:00 of one day, slots of 20 minutes), five
tables in hall A, buyers and sellers who may ask each other, and people with profiles.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import uuid4

from events.matchmaking import actions, queries, setting_up
from events.matchmaking.forms import (
    GroupForm,
    MatrixForm,
    PlacesForm,
    SessionForm,
    TimetableForm,
)
from events.matchmaking.rows import GroupRow, ParticipantRow, PlaceRow, SlotRow
from server import clock
from server.database import action, execute
from server.web.forms import parse
from tests.cast import Cast, Someone, _insert, company, member, person


@dataclass
class Scene:
    """A session with what it is made of; `someone[n]` can sign in as `people[n]`."""

    id: int
    slots: list[SlotRow]
    places: list[PlaceRow]
    groups: dict[str, GroupRow]
    people: list[ParticipantRow] = field(default_factory=list)
    someone: list[Someone] = field(default_factory=list)

    async def leave(self) -> None:
        """Close every client."""
        for each in self.someone:
            await each.aclose()


async def participant(session: int, group: int, person_id: int, company_id: int) -> int:
    """A person of a company who takes part, with a profile; as rows."""
    now = clock.now()
    profile = await _insert(
        "meeting_profile", person=person_id, company=company_id, position="Head of sales",
        intro="We meet to do business.", languages=["en", "de"], markets=["DE"], aims=["FR"],
        gives=["supply"], seeks=["distribution"], changed_at=now,
    )  # fmt: skip
    await execute(
        "INSERT INTO profile_good (profile, side, text, codes, position) VALUES"
        " ($1, 'offer', 'Refrigerated transport', '{nace2:4941}', 0),"
        " ($1, 'need', 'Cold-chain packaging', '{hs:481910}', 0)",
        profile,
    )
    return await _insert(
        "participant", session=session, in_group=group, person=person_id, company=company_id,
        profile=profile, key=uuid4(), state="taking", came_by="agency", changed_at=now,
        created_at=now,
    )  # fmt: skip


async def session_with(
    cast: Cast, n: int = 4, *, opened: bool = True, kind: str = "office", sign_in: bool = True,
    days_ahead: int = 30,
) -> Scene:  # fmt: skip
    """A session of Nordhafen with `n` people: the first is Ana's, the second Carla's, the others
    of companies of their own; odd ones are sellers, even ones buyers."""
    mara = await cast.mara.actor()
    day: date = clock.today("Europe/Berlin") + timedelta(days=days_ahead)
    made = await actions.create_session(
        mara,
        parse(
            SessionForm,
            {"title": "Cold chain meetings", "kind": kind, "tz": "Europe/Berlin",
             "description": "Buyers meet sellers.", "venue": "Chamber of commerce"},
        ),
    )  # fmt: skip
    await actions.set_timetable(
        mara,
        made,
        parse(
            TimetableForm,
            {"first_on": day.isoformat(), "last_on": day.isoformat(), "morning_from": "09:00",
             "morning_until": "10:00", "afternoon_from": "14:00", "afternoon_until": "15:00",
             "minutes": 20},
        ),
    )  # fmt: skip
    await setting_up.add_places(
        mara, made, parse(PlacesForm, {"word": "Table", "count": 5, "area": "A"})
    )
    (first,) = await queries.groups(made)
    await setting_up.change_group(mara, made, first.id, parse(GroupForm, {"name": "Buyers"}))
    sellers = await setting_up.add_group(mara, made, parse(GroupForm, {"name": "Sellers"}))
    await setting_up.set_matrix(
        mara, made, MatrixForm(may=[f"{first.id}-{sellers}", f"{sellers}-{first.id}"])
    )
    scene = Scene(
        made, await queries.slots(made), await queries.places(made),
        {each.name: each for each in await queries.groups(made)},
    )  # fmt: skip

    @action
    async def fill() -> list[tuple[str, int, int]]:
        found = []
        for number in range(n):
            if number < 2:
                known = (cast.ana, cast.carla)[number]
                who, whose = known.person_id, (cast.quinta, cast.rossi)[number]
                email = known.email
            else:
                email = f"person{number}@meetings.example"
                who = await person(email, f"Person {number}")
                whose = await company(f"Company {number}", "FR", "", "Lyon")
                await member("company", whose, who, "admin")
            group = scene.groups[("Buyers", "Sellers")[number % 2]].id
            found.append((email, who, await participant(made, group, who, whose)))
        return found

    rows = await fill()
    by_id = {each.id: each for each in await queries.people(made)}
    scene.people = [by_id[each[2]] for each in rows]
    if sign_in:
        scene.someone = [await Someone(email, who).arrive() for email, who, _ in rows]
    if opened:
        await actions.open_session(mara, made)
    return scene
