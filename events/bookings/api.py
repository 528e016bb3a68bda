"""Bookings in the JSON API: of the company, and of the office that is run."""

from typing import Any
from uuid import UUID

import msgspec

from events.bookings import actions, changing, queries
from events.bookings.forms import (
    AnswerForm,
    ApiHoldForm,
    CancelForm,
    ChangeForm,
    ConfirmForm,
    ListForm,
    VisitorsForm,
)
from events.bookings.rows import BookingRow
from server.accounts.permissions import Actor
from server.text import N_
from server.web.api import Endpoint
from server.web.forms import Form

TAG = "Bookings"
MINE = "/my/bookings"
ONE = MINE + "/{key:uuid}"
DESK = "/desk/bookings/{key:uuid}"


class Held(msgspec.Struct, frozen=True):
    """The keys of what was held, in the order it was asked for."""

    keys: list[UUID]


class Due(msgspec.Struct, frozen=True):
    """What a cancelled booking still costs, in minor units, net."""

    due_minor: int


async def _hold(actor: Actor, form: ApiHoldForm) -> list[UUID]:
    return await actions.hold(actor, form.asks(), agency=form.agency, purpose=form.purpose)


async def _confirm(actor: Actor, form: ConfirmForm, key: UUID) -> list[UUID]:
    return await actions.confirm(actor, [key], accepted=form.accepted)


async def _change(actor: Actor, form: ChangeForm, key: UUID) -> None:
    one = await queries.own(actor, key)
    await changing.change(actor, key, form.ask(one.resource), version=form.version)


async def _visitors(actor: Actor, form: VisitorsForm, key: UUID) -> None:
    await changing.name_visitors(
        actor, key, [changing.Visitor(*line) for line in form.lines()]
    )  # fmt: skip


async def _of_office(
    actor: Actor, query: ListForm, office_id: int, cursor: str, limit: int
) -> tuple[list[BookingRow], str | None]:
    await queries.hosted_office(actor, office_id)
    return await queries.of_office(office_id, query, cursor, limit)


async def _check_in(actor: Actor, form: Form, key: UUID) -> None:
    await changing.check_in(actor, key)


async def _cost(actor: Actor, key: UUID) -> Due:
    return Due(await changing.cancellation(await queries.own(actor, key)))


_held: dict[str, Any] = {"shape": Held, "row": Held}

ENDPOINTS = [
    Endpoint(method="GET", path=MINE, verb="booking.own", tag=TAG, row=BookingRow, many=True,
             summary=N_("List your company's bookings"),
             fetch=lambda actor, cursor, limit: queries.mine(actor, cursor, limit)),
    Endpoint(method="POST", path=f"{MINE}/hold", verb="booking.own", tag=TAG, form=ApiHoldForm,
             summary=N_("Hold a time for ten minutes"), act=_hold, status=201, **_held),
    Endpoint(method="GET", path=ONE, verb="booking.own", tag=TAG, row=BookingRow,
             summary=N_("Show a booking"), fetch=lambda actor, key: queries.own(actor, key)),
    Endpoint(method="POST", path=f"{ONE}/confirm", verb="booking.own", tag=TAG, form=ConfirmForm,
             summary=N_("Book what is held"), act=_confirm, **_held),
    Endpoint(method="POST", path=f"{ONE}/change", verb="booking.own", tag=TAG, form=ChangeForm,
             summary=N_("Move a booking"), act=_change),
    Endpoint(method="PUT", path=f"{ONE}/visitors", verb="booking.own", tag=TAG, form=VisitorsForm,
             summary=N_("Name the visitors"), act=_visitors),
    Endpoint(method="GET", path=f"{ONE}/cancel", verb="booking.own", tag=TAG, row=Due,
             summary=N_("What cancelling would cost now"), fetch=_cost),
    Endpoint(method="POST", path=f"{ONE}/cancel", verb="booking.own", tag=TAG, form=CancelForm,
             summary=N_("Cancel a booking"), shape=Due, row=Due,
             act=lambda actor, form, key: changing.cancel(actor, key, why=form.why)),
    Endpoint(method="GET", path="/desk/offices/{office_id:int}/bookings", verb="booking.host",
             tag=TAG, summary=N_("List the bookings of an office"), query=ListForm,
             fetch=_of_office, row=BookingRow, many=True),
    Endpoint(method="GET", path=DESK, verb="booking.host", tag=TAG, row=BookingRow,
             summary=N_("Show a booking at an office"),
             fetch=lambda actor, key: queries.at_desk(actor, key)),
    Endpoint(method="POST", path=f"{DESK}/answer", verb="booking.host", tag=TAG, form=AnswerForm,
             summary=N_("Approve or refuse a booking"), act=lambda actor, form, key:
             changing.answer(actor, key, version=form.version, yes=form.yes, why=form.why)),
    Endpoint(method="POST", path=f"{DESK}/check-in", verb="booking.host", tag=TAG, form=Form,
             summary=N_("Check somebody in"), act=_check_in),
    Endpoint(method="POST", path=f"{DESK}/no-show", verb="booking.host", tag=TAG, form=Form,
             summary=N_("Note that nobody came"),
             act=lambda actor, form, key: changing.no_show(actor, key)),
    Endpoint(method="POST", path=f"{DESK}/call-off", verb="booking.host", tag=TAG,
             form=CancelForm, summary=N_("Call a booking off"),
             act=lambda actor, form, key: changing.call_off(actor, key, why=form.why)),
]  # fmt: skip
