"""Bookings as pages read them: of a company, of an office, of a day."""

import csv
import io
from datetime import date, datetime, time, timedelta
from uuid import UUID

import msgspec

from events.bookings.forms import ListForm
from events.bookings.rows import BOOKING, HOSTED, BookingRow
from events.bookings.rules import STATE_NAMES
from events.offices import queries as offices
from events.offices.rows import OfficeRow
from server import clock
from server.accounts.permissions import Actor, require
from server.database import page_id, row, rows, typed, value
from server.errors import NotFound
from server.money import to_decimal
from server.text import N_, gettext
from server.web.workbooks import Cell, workbook

PAGE = 50
MOST_EXPORTED = 20_000
NONE = N_("This booking does not exist, or it is not yours.")


class VisitorRow(msgspec.Struct, frozen=True):
    """Somebody who comes."""

    booking: int
    name: str
    email: str
    country: str
    passport: str


class PaperRow(msgspec.Struct, frozen=True):
    """A letter that was made for a booking."""

    id: int
    title: str
    created_at: datetime


async def mine(
    actor: Actor, cursor: str = "", limit: int = PAGE
) -> tuple[list[BookingRow], str | None]:
    """The bookings of the actor's company, the latest made first."""
    require(actor, "booking.own")
    found = typed(
        BookingRow,
        await rows(
            BOOKING + "WHERE b.company = $1 AND ($2::int IS NULL OR b.id < $2)"
            " ORDER BY b.id DESC LIMIT $3",
            actor.company_id,
            page_id(cursor),
            limit + 1,
        ),
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


async def own(actor: Actor, key: UUID) -> BookingRow:
    """A booking of the actor's company."""
    require(actor, "booking.own")
    found = await row(BOOKING + "WHERE b.key = $1 AND b.company = $2", key, actor.company_id)
    if found is None:
        raise NotFound(NONE)
    return typed(BookingRow, found)


async def together(one: BookingRow) -> list[BookingRow]:
    """What was booked in the same act, by time; itself alone otherwise."""
    if one.in_group is None:
        return [one]
    return typed(
        BookingRow,
        await rows(
            BOOKING + "WHERE b.in_group = $1 AND b.company = $2 ORDER BY b.starts_at, b.id",
            one.in_group,
            one.company,
        ),
    )


async def at_desk(actor: Actor, key: UUID) -> BookingRow:
    """A booking at an office that the actor runs or hosts."""
    require(actor, "booking.host")
    found = await row(BOOKING + "WHERE b.key = $1", key)
    if found is None or not await value(
        HOSTED, found["office"], actor.agency_id, actor.person_id
    ):  # fmt: skip
        raise NotFound(NONE)
    return typed(BookingRow, found)


async def hosted_office(actor: Actor, office_id: int) -> OfficeRow:
    """An office that the actor runs or hosts."""
    require(actor, "booking.host")
    if not await value(HOSTED, office_id, actor.agency_id, actor.person_id):
        raise NotFound(offices.NONE)
    return await offices.office(office_id)


async def visitors(bookings: list[int]) -> list[VisitorRow]:
    """Who comes, by booking."""
    return typed(
        VisitorRow,
        await rows(
            "SELECT booking, name, email, country, passport FROM booking_visitor"
            " WHERE booking = ANY($1::int[]) ORDER BY booking, position, id",
            bookings,
        ),
    )


async def papers(one: BookingRow) -> list[PaperRow]:
    """The letters made for it, the latest first."""
    return typed(
        PaperRow,
        await rows(
            "SELECT id, title, created_at FROM document WHERE about = $1 ORDER BY id DESC LIMIT 20",
            f"booking:{one.id}",
        ),
    )


async def day(office_id: int, on: date) -> list[BookingRow]:
    """What is on at an office on a day of its clock, by start."""
    begin = datetime.combine(on, time.min)
    return typed(
        BookingRow,
        await rows(
            BOOKING + "WHERE b.office = $1 AND b.start_local < $3 AND b.end_local > $2"
            " AND b.state IN ('confirmed', 'done', 'no_show')"
            " AND b.starts_at > $4 ORDER BY b.starts_at, r.position, b.id LIMIT 500",
            office_id,
            begin,
            begin + timedelta(days=1),
            clock.now() - timedelta(days=1200),
        ),
    )


async def waiting(office_id: int) -> list[BookingRow]:
    """What waits for the office's answer, the nearest first."""
    return typed(
        BookingRow,
        await rows(
            BOOKING + "WHERE b.office = $1 AND b.state = 'pending'"
            " ORDER BY b.starts_at, b.id LIMIT 200",
            office_id,
        ),
    )


async def of_office(
    office_id: int, wanted: ListForm, cursor: str = "", limit: int = PAGE
) -> tuple[list[BookingRow], str | None]:
    """The bookings of an office that fit, the latest made first."""
    found = typed(
        BookingRow,
        await rows(
            BOOKING + "WHERE b.office = $1 AND ($2::int IS NULL OR b.id < $2)"
            " AND ($3 = '' OR b.state = $3) AND ($4::date IS NULL OR b.end_local > $4)"
            " AND ($5::date IS NULL OR b.start_local < $5::date + 1)"
            " AND (b.state NOT IN ('held', 'expired') OR $3 <> '')"
            " ORDER BY b.id DESC LIMIT $6",
            office_id,
            page_id(cursor),
            wanted.state,
            wanted.first,
            wanted.last,
            limit + 1,
        ),
    )
    return found[:limit], str(found[limit - 1].id) if len(found) > limit else None


HEAD = (
    N_("Company"), N_("Agency"), N_("What"), N_("Unit"), N_("From"), N_("Until"), N_("People"),
    N_("State"), N_("Free days"), N_("Price"), N_("Currency"), N_("Booked by"), N_("Email"),
)  # fmt: skip


def _cells(one: BookingRow) -> list[Cell]:
    return [
        one.company_name, one.agency_name, one.resource_name, one.label,
        f"{one.start_local:%Y-%m-%d %H:%M}", f"{one.end_local:%Y-%m-%d %H:%M}", one.people,
        gettext(STATE_NAMES[one.state]), one.free_days, to_decimal(one.price_minor, one.currency),
        one.currency, one.person_name, one.person_email,
    ]  # fmt: skip


def as_workbook(found: list[BookingRow]) -> bytes:
    """The list as XLSX."""
    head = [gettext(each) for each in HEAD]
    return workbook(gettext(N_("Bookings")), head, (_cells(each) for each in found))


def as_csv(found: list[BookingRow]) -> bytes:
    """The list as CSV (RFC 4180, UTF-8 with a mark for spreadsheets); no cell is a formula."""
    said = io.StringIO()
    out = csv.writer(said)
    out.writerow([gettext(each) for each in HEAD])
    for each in found:
        out.writerow(
            "'" + cell if isinstance(cell, str) and cell[:1] in "=+-@\t" and cell else cell
            for cell in _cells(each)
        )
    return ("\ufeff" + said.getvalue()).encode()


class Taking(msgspec.Struct, frozen=True):
    """A booking as figures need it."""

    resource: int
    agency: int
    agency_name: str
    start_local: datetime
    end_local: datetime


async def taking(office_id: int, first: date, last: date) -> list[Taking]:
    """What was or is booked between two days of the office, both included."""
    return typed(
        Taking,
        await rows(
            "SELECT b.resource, b.agency, a.name AS agency_name, b.start_local, b.end_local"
            " FROM booking b JOIN agency a ON a.id = b.agency WHERE b.office = $1"
            " AND b.start_local < $3::date + 1 AND b.end_local > $2::date"
            " AND b.state IN ('confirmed', 'done', 'no_show')",
            office_id,
            first,
            last,
        ),
    )
