"""Offices in the JSON API."""

from events.offices import actions, queries, stocking
from events.offices.forms import (
    AllotmentForm,
    ChangedOffice,
    ChangedResource,
    DayForm,
    FreeDaysForm,
    HostForm,
    HoursForm,
    LadderForm,
    OfficeFilter,
    OfficeForm,
    PackageForm,
    PartForm,
    RateForm,
    ResourceForm,
    ShareForm,
)
from events.offices.rows import OfficeRow, ResourceRow
from server.accounts.permissions import Actor
from server.text import N_
from server.web.api import Endpoint
from server.web.forms import Form

TAG = "Offices"
ONE = "/desk/offices/{office_id:int}"
RESOURCES = ONE + "/resources"
PACKAGES = ONE + "/packages"


async def _directory(
    actor: Actor, query: OfficeFilter, cursor: str, limit: int
) -> tuple[list[OfficeRow], str | None]:
    return await queries.directory(query, cursor, limit)


async def _resources(
    actor: Actor, office_id: int, cursor: str, limit: int
) -> tuple[list[ResourceRow], str | None]:
    await queries.seen_office(actor, office_id)
    found = await queries.resources(office_id)
    begin = int(cursor) if cursor.isascii() and cursor.isdigit() and len(cursor) < 6 else 0
    more = len(found) > begin + limit
    return found[begin : begin + limit], str(begin + limit) if more else None


def _act(method: str, path: str, summary: str, form: type[Form], act: object) -> Endpoint:
    return Endpoint(
        method=method, path=path, verb="office.write", summary=summary, tag=TAG, form=form,
        act=act,  # type: ignore[arg-type]
        status=201 if method == "POST" and path in (RESOURCES, PACKAGES, "/desk/offices") else 200,
    )  # fmt: skip


ENDPOINTS = [
    Endpoint(method="GET", path="/offices", verb="public.read", tag=TAG,
             summary=N_("Search the directory of offices"), query=OfficeFilter, fetch=_directory,
             row=OfficeRow, many=True),
    Endpoint(method="GET", path="/desk/offices", verb="office.list", tag=TAG,
             summary=N_("List the offices your agency runs or shares"), row=OfficeRow, many=True,
             fetch=lambda actor, cursor, limit: queries.of_agency(actor, cursor, limit)),
    Endpoint(method="GET", path=ONE, verb="office.list", tag=TAG, summary=N_("Show an office"),
             fetch=lambda actor, office_id: queries.seen_office(actor, office_id), row=OfficeRow),
    Endpoint(method="GET", path=RESOURCES, verb="office.list", tag=TAG,
             summary=N_("List what can be booked at an office"), fetch=_resources,
             row=ResourceRow, many=True),
    _act("POST", "/desk/offices", N_("Make an office"), OfficeForm,
         lambda actor, form: actions.create_office(actor, form)),
    _act("PUT", ONE, N_("Change an office"), ChangedOffice,
         lambda actor, form, office_id: actions.change_office(actor, office_id, form)),
    _act("POST", f"{ONE}/open", N_("Open an office for bookings"), Form,
         lambda actor, form, office_id: actions.set_open(actor, office_id, open_now=True)),
    _act("POST", f"{ONE}/close", N_("Take no new bookings"), Form,
         lambda actor, form, office_id: actions.set_open(actor, office_id, open_now=False)),
    _act("PUT", f"{ONE}/hours", N_("Set the opening hours"), HoursForm,
         lambda actor, form, office_id: actions.set_hours(actor, office_id, form)),
    _act("POST", f"{ONE}/days", N_("Set a day that differs"), DayForm,
         lambda actor, form, office_id: actions.set_day(actor, office_id, form)),
    _act("POST", f"{ONE}/agencies", N_("Share an office with an agency"), ShareForm,
         lambda actor, form, office_id: actions.share(actor, office_id, form)),
    _act("POST", f"{ONE}/hosts", N_("Name a host"), HostForm,
         lambda actor, form, office_id: actions.add_host(actor, office_id, form)),
    _act("POST", f"{ONE}/cancellation", N_("Set what a cancellation costs"), LadderForm,
         lambda actor, form, office_id: actions.set_ladder(actor, office_id, form)),
    _act("POST", "/desk/offices/free-days", N_("Set the free days of a year"), FreeDaysForm,
         lambda actor, form: actions.set_free_days(actor, form)),
    _act("POST", RESOURCES, N_("Add something to book"), ResourceForm,
         lambda actor, form, office_id: stocking.add_resource(actor, office_id, form)),
    _act("PUT", f"{RESOURCES}/{{resource_id:int}}", N_("Change the terms of a resource"),
         ChangedResource, lambda actor, form, office_id, resource_id:
         stocking.change_resource(actor, office_id, resource_id, form)),
    _act("PUT", f"{RESOURCES}/{{resource_id:int}}/hours", N_("Set hours of a resource"), HoursForm,
         lambda actor, form, office_id, resource_id:
         stocking.set_own_hours(actor, office_id, resource_id, form)),
    _act("POST", f"{RESOURCES}/{{resource_id:int}}/rates", N_("Add a price"), RateForm,
         lambda actor, form, office_id, resource_id:
         stocking.add_rate(actor, office_id, resource_id, form)),
    _act("POST", f"{RESOURCES}/{{resource_id:int}}/allotments", N_("Set an allotment"),
         AllotmentForm, lambda actor, form, office_id, resource_id:
         stocking.allot(actor, office_id, resource_id, form)),
    _act("POST", PACKAGES, N_("Make a package"), PackageForm,
         lambda actor, form, office_id: actions.add_package(actor, office_id, form)),
    _act("POST", f"{PACKAGES}/{{package_id:int}}/parts", N_("Add a part to a package"), PartForm,
         lambda actor, form, office_id, package_id:
         actions.add_part(actor, office_id, package_id, form)),
]  # fmt: skip
