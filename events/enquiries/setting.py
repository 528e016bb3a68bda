"""What managers set: the desk's hours, topics with who answers, routes."""

from events.enquiries import queries
from events.enquiries.actions import works_here
from events.enquiries.forms import DeskForm, EndRouteForm, RouteForm, TopicForm
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, step, value
from server.errors import Conflict, NotFound, Refused
from server.text import N_


@action
async def set_desk(actor: Actor, form: DeskForm) -> int:
    """The hours that count for answers from now on, and how long questions are kept."""
    require(actor, "enquiry.write")
    made: int = await value(
        "INSERT INTO enquiry_desk (agency, days, opens, closes, keep_months)"
        " VALUES ($1,$2,$3,$4,$5) ON CONFLICT (agency) DO UPDATE SET days = excluded.days,"
        " opens = excluded.opens, closes = excluded.closes, keep_months = excluded.keep_months"
        " RETURNING id",
        actor.agency_id,
        sorted(set(form.days)),
        form.opens,
        form.closes,
        form.keep_months,
    )
    after = {"days": form.days, "opens": str(form.opens), "closes": str(form.closes)}
    await record(
        actor, "enquiry.desk", "enquiry_desk", made, after={**after, "months": form.keep_months}
    )
    return made


@step
async def _checked(actor: Actor, form: TopicForm, topic_id: int | None) -> None:
    for each in set(form.people):
        if not await works_here(actor.agency_id or 0, each):
            raise Refused(N_("Choose people of your agency."), field="people")
    if form.office is not None and not await value(
        "SELECT true FROM office o WHERE o.id = $1 AND (o.agency = $2 OR EXISTS"
        " (SELECT FROM office_agency x WHERE x.office = o.id AND x.agency = $2))",
        form.office,
        actor.agency_id,
    ):
        raise Refused(N_("Choose an office that your agency runs or shares."), field="office")
    if await value(
        "SELECT true FROM enquiry_topic WHERE agency = $1 AND lower(name) = lower($2)"
        " AND id IS DISTINCT FROM $3",
        actor.agency_id,
        form.name,
        topic_id,
    ):
        raise Refused(N_("You have a topic of this name. Choose another name."), field="name")


@action
async def make_topic(actor: Actor, form: TopicForm) -> int:
    """A new topic."""
    require(actor, "enquiry.write")
    await _checked(actor, form, None)
    made: int = await value(
        "INSERT INTO enquiry_topic (agency, name, about, target_hours, open, office)"
        " VALUES ($1,$2,$3,$4,$5,$6) RETURNING id",
        actor.agency_id,
        form.name,
        form.about,
        form.target_hours,
        form.open,
        form.office,
    )
    await _people(made, form.people)
    await record(actor, "enquiry.topic", "enquiry_topic", made, after=_said(form))
    return made


@action
async def change_topic(actor: Actor, form: TopicForm, *, topic_id: int) -> int:
    """Change a topic; questions that wait keep the day that was promised to them."""
    require(actor, "enquiry.write")
    before = await queries.topic(actor, topic_id)
    await _checked(actor, form, topic_id)
    await execute(
        "UPDATE enquiry_topic SET name = $3, about = $4, target_hours = $5, open = $6,"
        " office = $7 WHERE id = $1 AND agency = $2",
        topic_id,
        actor.agency_id,
        form.name,
        form.about,
        form.target_hours,
        form.open,
        form.office,
    )
    await _people(topic_id, form.people)
    await record(
        actor, "enquiry.topic", "enquiry_topic", topic_id, after=_said(form),
        before={"name": before.name, "hours": before.target_hours, "people": before.people},
    )  # fmt: skip
    return topic_id


def _said(form: TopicForm) -> dict[str, object]:
    return {
        "name": form.name, "hours": form.target_hours, "people": form.people, "open": form.open,
        "office": form.office,
    }  # fmt: skip


@step
async def _people(topic_id: int, people: list[int]) -> None:
    await execute(
        "DELETE FROM enquiry_topic_person WHERE topic = $1 AND person <> ALL($2::int[])",
        topic_id,
        people,
    )
    await execute(
        "INSERT INTO enquiry_topic_person (topic, person) SELECT $1, x FROM unnest($2::int[]) x"
        " ON CONFLICT (topic, person) DO NOTHING",
        topic_id,
        people,
    )


@action
async def make_route(actor: Actor, form: RouteForm) -> int:
    """From a day on, such questions go to one person."""
    require(actor, "enquiry.write")
    if form.topic is not None:
        await queries.topic(actor, form.topic)
    if not await works_here(actor.agency_id or 0, form.person):
        raise Refused(N_("Choose somebody of your agency."), field="person")
    made: int = await value(
        "INSERT INTO enquiry_route (agency, topic, market, language, person, from_on, until_on)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7) RETURNING id",
        actor.agency_id,
        form.topic,
        form.market,
        form.language,
        form.person,
        form.from_on,
        form.until_on,
    )
    await record(
        actor, "enquiry.route", "enquiry_route", made,
        after={"topic": form.topic, "market": form.market, "language": form.language,
               "person": form.person, "from": str(form.from_on)},
    )  # fmt: skip
    return made


@action
async def end_route(actor: Actor, form: EndRouteForm, *, route_id: int) -> int:
    """Give a route its last day. It is never deleted: it says why a question went to somebody."""
    require(actor, "enquiry.write")
    found = await row(
        "SELECT from_on, until_on FROM enquiry_route WHERE id = $1 AND agency = $2 FOR UPDATE",
        route_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound
    if form.until_on < found["from_on"]:
        raise Conflict(N_("A route cannot end before it begins. Nothing was changed."))
    await execute("UPDATE enquiry_route SET until_on = $2 WHERE id = $1", route_id, form.until_on)
    await record(
        actor, "enquiry.route", "enquiry_route", route_id,
        before={"until": str(found["until_on"] or "")}, after={"until": str(form.until_on)},
    )  # fmt: skip
    return route_id
