"""The hub in the JSON API: tasks, answers, orders, the catalogue."""

from typing import Any

import msgspec

from booths.hub import (
    answers,
    catalogue,
    ordering,
    orders,
    printing,
    queries,
    reminding,
    setup,
    shop,
)
from booths.hub.catalogue import Entry
from booths.hub.forms import (
    BadgesForm,
    CatalogueForm,
    CustomForm,
    FileForm,
    FreightForm,
    InsuranceForm,
    MarkForm,
    OrderForm,
    OrdersForm,
    PressForm,
    RemindersForm,
    TaskForm,
    TermsForm,
)
from booths.hub.orders import OrderRow
from booths.hub.queries import ExhibitorRow, Item, TaskRow
from booths.hub.shop import Offer
from server.accounts.permissions import Actor
from server.text import N_
from server.web.api import Endpoint

TAG = "Hub"
Read = tuple[list[Any], str | None]
_CALL = "/desk/calls/{call_id:int}"
_MINE = "/my/applications/{application_id:int}"


class Reminded(msgspec.Struct, frozen=True):
    """How many exhibitors were reminded."""

    reminded: int


class Added(msgspec.Struct, frozen=True):
    """How many tasks were added."""

    added: int


async def _items(actor: Actor, *, application_id: int, cursor: str, limit: int) -> Read:
    return (await queries.own_hub(actor, application_id)).items, None


async def _offers(actor: Actor, *, application_id: int, cursor: str, limit: int) -> Read:
    return await shop.offers((await queries.own_hub(actor, application_id)).found), None


async def _orders(actor: Actor, *, application_id: int, cursor: str, limit: int) -> Read:
    await queries.own_hub(actor, application_id)
    return await orders.orders(application_id), None


def _read(path: str, verb: str, summary: str, fetch: Any, row: Any, **more: Any) -> Endpoint:
    return Endpoint(
        method="GET", path=path, verb=verb, summary=summary, tag=TAG, fetch=fetch, row=row,
        many=True, **more,
    )  # fmt: skip


def _do(path: str, verb: str, summary: str, form: Any, act: Any, **more: Any) -> Endpoint:
    return Endpoint(
        method="POST", path=path, verb=verb, summary=summary, tag=TAG, form=form, act=act, **more
    )


def _answer(name: str, summary: str, form: Any) -> Endpoint:
    return _do(f"{_MINE}/tasks/{{task_id:int}}/{name}", "hub.answer", summary, form, answers.answer)


ENDPOINTS = [
    _read(_CALL + "/tasks", "hub.read", N_("List the tasks of a call's exhibitors"),
          queries.tasks_page, TaskRow),
    _do(_CALL + "/tasks", "hub.manage", N_("Add a task"), TaskForm, setup.add_task, status=201),
    _do(_CALL + "/tasks/{task_id:int}", "hub.manage", N_("Change a task"), TaskForm,
        setup.change_task),
    _do(_CALL + "/tasks/{task_id:int}/removal", "hub.manage", N_("Take a task away"), PressForm,
        setup.remove_task),
    _do(_CALL + "/usual-tasks", "hub.manage", N_("Add the tasks that most joint booths have"),
        PressForm, setup.add_usual, shape=Added, row=Added, status=201),
    _do(_CALL + "/reminder-days", "hub.manage", N_("Set when exhibitors are reminded"),
        RemindersForm, setup.set_reminders),
    _read(_CALL + "/exhibitors", "hub.read", N_("List exhibitors with the states of their tasks"),
          queries.matrix_page, ExhibitorRow),
    _do(_CALL + "/reminders", "hub.remind", N_("Remind every exhibitor who is late"), PressForm,
        reminding.remind_late, shape=Reminded, row=Reminded),
    _do("/desk/applications/{application_id:int}/tasks/{task_id:int}", "hub.manage",
        N_("Mark an exhibitor's task"), MarkForm, answers.mark),
    _do(_CALL + "/services/{fee_id:int}", "hub.manage", N_("Set when a service can be ordered"),
        TermsForm, shop.set_terms),
    _read(_CALL + "/orders", "hub.read", N_("List the orders of a call's exhibitors"),
          orders.orders_of_call, OrderRow),
    _do("/desk/booths/{booth_id:int}/catalogue", "hub.manage", N_("Have the catalogue printed"),
        PressForm, printing.ask_for_print, status=202),
    _read(_MINE + "/tasks", "hub.own", N_("List an exhibitor's tasks with their deadlines"),
          _items, Item),
    _answer("catalogue", N_("Write the catalogue entry"), CatalogueForm),
    _answer("badges", N_("Give names for badges"), BadgesForm),
    _answer("file", N_("Send the logo or the graphics for the printer"), FileForm),
    _answer("insurance", N_("Prove the insurance"), InsuranceForm),
    _answer("custom", N_("Answer a task of the agency’s own"), CustomForm),
    _answer("freight", N_("Say what is sent"), FreightForm),
    _answer("all-ordered", N_("Say that all is ordered"), OrdersForm),
    _read(_MINE + "/offers", "hub.own", N_("List what can be ordered now"), _offers, Offer),
    _read(_MINE + "/orders", "hub.own", N_("List an exhibitor's orders"), _orders, OrderRow),
    _do(_MINE + "/orders", "shop.order", N_("Order services"), OrderForm, ordering.order,
        status=201),
    _do(_MINE + "/orders/{order_id:int}/cancellation", "shop.order", N_("Take an order back"),
        PressForm, ordering.cancel),
    _read("/booths/{booth_id:int}/catalogue", "public.read", N_("List the entries of a catalogue"),
          catalogue.public_page, Entry, no_token=True),
]  # fmt: skip
