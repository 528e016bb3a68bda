"""Fairs in the JSON API."""

from events.fairs import actions, queries
from events.fairs.forms import ChangedFair, FairFilter, FairForm
from events.fairs.queries import DayRow, FairRow
from server.accounts.permissions import Actor
from server.text import N_
from server.web.api import Endpoint

TAG = "Fairs"


async def _published(
    _: Actor, query: FairFilter, cursor: str, limit: int
) -> tuple[list[FairRow], str | None]:
    return await queries.published(query, cursor, limit)


async def _own(
    actor: Actor, query: FairFilter, cursor: str, limit: int
) -> tuple[list[FairRow], str | None]:
    return await queries.of_agency(actor, query, cursor, limit)


async def _hours(
    actor: Actor, slug: str, cursor: str, limit: int
) -> tuple[list[DayRow], str | None]:
    fair = await queries.fair_by_slug(slug, actor)
    return (await queries.days(fair.id))[:limit], None


ENDPOINTS = [
    Endpoint(
        method="GET",
        path="/fairs",
        verb="public.read",
        summary=N_("List published fairs"),
        tag=TAG,
        query=FairFilter,
        fetch=_published,
        row=FairRow,
        many=True,
        no_token=True,
    ),
    Endpoint(
        method="GET",
        path="/fairs/{slug:str}",
        verb="public.read",
        summary=N_("Show a published fair"),
        tag=TAG,
        fetch=lambda actor, slug: queries.fair_by_slug(slug, actor),
        row=FairRow,
        no_token=True,
    ),
    Endpoint(
        method="GET",
        path="/fairs/{slug:str}/days",
        verb="public.read",
        summary=N_("List a fair's opening hours day by day"),
        tag=TAG,
        fetch=_hours,
        row=DayRow,
        many=True,
        no_token=True,
    ),
    Endpoint(
        method="GET",
        path="/desk/fairs",
        verb="fair.list",
        summary=N_("List your agency's fairs, drafts included"),
        tag=TAG,
        query=FairFilter,
        fetch=_own,
        row=FairRow,
        many=True,
    ),
    Endpoint(
        method="POST",
        path="/desk/fairs",
        verb="fair.create",
        summary=N_("Create a fair edition as a draft"),
        tag=TAG,
        form=FairForm,
        act=lambda actor, form: actions.create_fair(actor, form),
        status=201,
    ),
    Endpoint(
        method="GET",
        path="/desk/fairs/{fair_id:int}",
        verb="fair.list",
        summary=N_("Show a fair your agency may work with"),
        tag=TAG,
        fetch=lambda actor, fair_id: queries.own_fair(actor, fair_id),
        row=FairRow,
    ),
    Endpoint(
        method="PUT",
        path="/desk/fairs/{fair_id:int}",
        verb="fair.change",
        summary=N_("Change a fair"),
        tag=TAG,
        form=ChangedFair,
        act=lambda actor, form, fair_id: actions.change_fair(actor, fair_id, form),
    ),
    Endpoint(
        method="POST",
        path="/desk/fairs/{fair_id:int}/publish",
        verb="fair.change",
        summary=N_("Publish a fair"),
        tag=TAG,
        act=lambda actor, fair_id: actions.publish_fair(actor, fair_id),
    ),
]
