"""What the desk answers and who does: hours, topics, routes."""

from typing import Any

from litestar import Request, Response

from events.enquiries import queries, setting
from events.enquiries.ask_pages import country_choices, language_choices
from events.enquiries.forms import DeskForm, EndRouteForm, RouteForm, TopicForm
from server import clock
from server.accounts.permissions import Actor
from server.organisations import queries as organisations
from server.text import N_
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]
DAYS = (
    (1, N_("Monday")), (2, N_("Tuesday")), (3, N_("Wednesday")), (4, N_("Thursday")),
    (5, N_("Friday")), (6, N_("Saturday")), (7, N_("Sunday")),
)  # fmt: skip


@get("/desk/enquiries/topics", needs("enquiry.list"))
async def topics(request: Asked, actor: Actor) -> Answer:
    """The topics, and the hours of the desk."""
    return page(
        request,
        "enquiries/topics.html",
        topics=await queries.topics(actor),
        desk=await queries.desk(actor.agency_id or 0),
        days=DAYS,
        agency=await organisations.own_agency(actor),
    )


@post("/desk/enquiries/topics", needs("enquiry.write"))
async def set_desk(request: Asked, actor: Actor) -> Answer:
    """Save the hours of the desk."""
    return await submit(
        request,
        DeskForm,
        act=lambda form: setting.set_desk(actor, form),
        to="/desk/enquiries/topics",
        said=N_("The hours are saved. They count for questions from now on."),
        again=lambda: topics.fn(request, actor),
    )


async def _topic_page(request: Asked, actor: Actor, topic: queries.TopicRow | None) -> Answer:
    return page(
        request,
        "enquiries/topic.html",
        topic=topic,
        staff=[(each.person_id, each.name) for each in await organisations.own_staff(actor)],
        offices=await queries.offices_of(actor),
    )


@get("/desk/enquiries/topics/new", needs("enquiry.write"))
async def topic_new(request: Asked, actor: Actor) -> Answer:
    """A new topic."""
    return await _topic_page(request, actor, None)


@post("/desk/enquiries/topics/new", needs("enquiry.write"))
async def make_topic(request: Asked, actor: Actor) -> Answer:
    """Save it."""
    return await submit(
        request,
        TopicForm,
        act=lambda form: setting.make_topic(actor, form),
        to="/desk/enquiries/topics",
        said=N_("The topic is saved."),
        again=lambda: topic_new.fn(request, actor),
    )


@get("/desk/enquiries/topics/{topic_id:int}", needs("enquiry.write"))
async def topic_page(request: Asked, actor: Actor, topic_id: int) -> Answer:
    """Change a topic."""
    return await _topic_page(request, actor, await queries.topic(actor, topic_id))


@post("/desk/enquiries/topics/{topic_id:int}", needs("enquiry.write"))
async def change_topic(request: Asked, actor: Actor, topic_id: int) -> Answer:
    """Save it."""
    return await submit(
        request,
        TopicForm,
        act=lambda form: setting.change_topic(actor, form, topic_id=topic_id),
        to="/desk/enquiries/topics",
        said=N_("The topic is saved."),
        again=lambda: topic_page.fn(request, actor, topic_id),
    )


@get("/desk/enquiries/routes", needs("enquiry.list"))
async def routes(request: Asked, actor: Actor) -> Answer:
    """Who gets which questions."""
    agency = await organisations.own_agency(actor)
    return page(
        request,
        "enquiries/routes.html",
        routes=await queries.route_rows(actor),
        topics=[(each.id, each.name) for each in await queries.topics(actor)],
        staff=[(each.person_id, each.name) for each in await organisations.own_staff(actor)],
        countries=country_choices(),
        languages=language_choices(),
        today=clock.today(agency.tz),
    )


@post("/desk/enquiries/routes", needs("enquiry.write"))
async def make_route(request: Asked, actor: Actor) -> Answer:
    """Add a route."""
    return await submit(
        request,
        RouteForm,
        act=lambda form: setting.make_route(actor, form),
        to="/desk/enquiries/routes",
        said=N_("The route holds from its first day on."),
        again=lambda: routes.fn(request, actor),
    )


@post("/desk/enquiries/routes/{route_id:int}/end", needs("enquiry.write"))
async def end_route(request: Asked, actor: Actor, route_id: int) -> Answer:
    """Give a route its last day."""
    return await submit(
        request,
        EndRouteForm,
        act=lambda form: setting.end_route(actor, form, route_id=route_id),
        to="/desk/enquiries/routes",
        said=N_("The route has its last day."),
        again=lambda: routes.fn(request, actor),
    )


HANDLERS = [
    topics, set_desk, topic_new, make_topic, topic_page, change_topic, routes, make_route,
    end_route,
]  # fmt: skip
