"""Telling people of their bookings: their calendar, and one mail for all that one act changed."""

from collections.abc import Sequence
from datetime import datetime

from events.bookings.hours import local, readings
from events.bookings.rows import BOOKING, BookingRow
from events.bookings.rules import State
from events.calendars import actions as calendars
from events.calendars import invitations
from events.calendars.invitations import Mailbox, Told
from server import clock, text
from server.database import rows, step, typed
from server.mail.actions import send
from server.settings import load
from server.text import N_, gettext
from server.web.formats import wall

MOST_INVITATIONS = 40
SHOWN = frozenset({State.PENDING, State.CONFIRMED, State.DONE, State.NO_SHOW})
SENTENCES = {
    State.PENDING: N_("Waits for the office: {what}, {when}."),
    State.CONFIRMED: N_("Confirmed: {what}, {when}."),
    State.REFUSED: N_("Refused: {what}, {when}. {why}"),
    State.CANCELLED: N_("Cancelled: {what}, {when}. {why}"),
    State.EXPIRED: N_("No longer held: {what}, {when}."),
    State.NO_SHOW: N_("Nobody came: {what}, {when}."),
}


@step
async def read(ids: Sequence[int]) -> list[BookingRow]:
    """Bookings in the order of their starts."""
    sql = BOOKING + "WHERE b.id = ANY($1::int[]) ORDER BY b.starts_at, b.id"
    return typed(BookingRow, await rows(sql, list(ids)))


@step
async def tell(ids: Sequence[int]) -> None:
    """Put the entries of bookings right and tell whoever made them, in one mail each."""
    found = await read(ids)
    keys = [key(one) for one in found]
    before = await invitations.standing(keys)
    for one in found:
        await _put(one)
    after = await invitations.standing(keys)
    for person in dict.fromkeys(one.person for one in found):
        mine = [one for one in found if one.person == person]
        await _mail(mine, before, after)


def key(one: BookingRow) -> str:
    """The name of a booking's entry."""
    return f"booking:{one.key}"


async def _put(one: BookingRow) -> None:
    if one.state not in SHOWN:
        await calendars.cancel(key(one))
        return
    tz, start, end = _times(one)
    with text.speaking(None):
        await calendars.put(
            key=key(one),
            kind="office_booking",
            summary=gettext(
                N_("{name} {label}, {office}"),
                name=one.resource_name, label=one.label, office=one.office_name,
            ),
            description=one.purpose,
            location=", ".join(filter(None, (one.office_name, one.city))),
            tz=tz,
            start=start,
            end=end,
            url=f"/bookings/{one.key}",
            company=one.company,
            agency=one.agency,
            visibility="company",
            country=one.country,
            tentative=one.state is State.PENDING,
        )  # fmt: skip


def _times(one: BookingRow) -> tuple[str, datetime, datetime]:
    """The zone and wall times of an entry: in UTC where the clock of the office says them twice,
    or not at all."""
    exact = [(one.starts_at, one.start_local), (one.ends_at, one.end_local)]
    if all(readings(wall, one.tz) == (at,) for at, wall in exact):
        return one.tz, one.start_local, one.end_local
    return "UTC", local(one.starts_at, "UTC"), local(one.ends_at, "UTC")


async def _mail(
    mine: Sequence[BookingRow], before: dict[str, Told], after: dict[str, Told]
) -> None:
    first = mine[0]
    organizer = Mailbox(first.agency_name, first.agency_email or load().smtp_from)
    attendee = Mailbox(first.person_name, first.person_email)
    changed = [
        after[key(one)]
        for one in mine
        if key(one) in after and invitations.changed(before.get(key(one)), after[key(one)])
    ]
    with text.speaking(first.locale):
        lines = [line(one) for one in mine]
    await send(
        key=f"bookings:{first.person}:{first.id}:{len(mine)}:{clock.now():%Y%m%d%H%M%S%f}",
        to_email=first.person_email,
        to_name=first.person_name,
        locale=first.locale,
        template="bookings-changed",
        agency=first.agency,
        company=first.company,
        person=first.person,
        invitations=[
            (
                await invitations.issue(
                    one, organizer, attendee, agency=first.agency, company=first.company
                )
            ).calendar
            for one in changed[:MOST_INVITATIONS]
        ],
        lines=lines,
        one=lines[0] if len(lines) == 1 else "",
        office=first.office_name,
        path=f"/my/bookings/{first.key}" if len(mine) == 1 else "/my/bookings",
    )


def line(one: BookingRow) -> str:
    """How a booking stands, in one line."""
    said = SENTENCES.get(one.state, N_("{what}, {when}."))
    return gettext(
        said,
        what=f"{one.resource_name} {one.label}, {one.office_name}",
        when=when(one),
        why=one.why,
    ).strip()


def when(one: BookingRow) -> str:
    """Its time on the wall clock of the office, which is named."""
    return f"{wall(one.start_local)} – {wall(one.end_local)} ({one.tz})"


HOSTS = """
SELECT DISTINCT p.id, p.name, p.email, p.locale FROM office_host h JOIN person p ON p.id = h.person
WHERE h.office = $1 AND p.disabled_at IS NULL ORDER BY p.id
"""


@step
async def tell_hosts(office: int, key: str, found: Sequence[BookingRow]) -> None:
    """Tell the people who run an office that bookings wait for an answer; `key` names the event.

    An office without hosts is told at its own address, or at its agency's.
    """
    first = found[0]
    people = await rows(HOSTS, office)
    if not people:
        people = await rows(
            "SELECT NULL::int AS id, o.name, coalesce(nullif(o.email, ''), a.email) AS email,"
            " 'en' AS locale FROM office o JOIN agency a ON a.id = o.agency WHERE o.id = $1",
            office,
        )
    for each in people:
        await send(
            key=f"{key}:{each['email']}",
            to_email=each["email"],
            to_name=each["name"],
            locale=each["locale"],
            template="bookings-waiting",
            agency=first.office_agency,
            person=each["id"],
            office=first.office_name,
            lines=[f"{one.company_name}: {one.resource_name}, {when(one)}" for one in found],
            path=f"/desk/offices/{office}/today",
        )
