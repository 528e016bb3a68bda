"""What a manager does with a call: write, publish, decide, close out, copy."""

from datetime import datetime
from itertools import chain, count
from typing import Any

from booths.calls import additions, queries, rules
from booths.calls.forms import CallForm, MoveForm, StartForm
from booths.calls.rows import CallRow
from booths.calls.rules import CallState, Phase
from booths.fees import actions as fees
from booths.partners import queries as partners
from events.calendars import actions as calendars
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, rows, step, value
from server.errors import Conflict, NotFound, Refused
from server.locking import lock
from server.organisations import queries as organisations
from server.organisations.rules import slug
from server.text import N_, gettext
from server.web.formats import moment

_COLUMNS = (
    "booth", "price_list", "scheme", "title", "text", "opens_at", "closes_at", "maximum_m2",
    "payment_days",
)  # fmt: skip


@action
async def create_call(actor: Actor, form: CallForm) -> int:
    """A draft that nobody else sees."""
    return await create(actor, form)


@step
async def create(actor: Actor, form: CallForm) -> int:
    """The same, within an act."""
    require(actor, "call.write")
    columns = await _columns(actor, form)
    free = await _free_slug(slug(form.title))
    made = int(
        await value(
            "INSERT INTO call (agency, booth, price_list, scheme, title, text, opens_at, closes_at,"
            " maximum_m2, payment_days, slug, state, created_at)"
            " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,'draft',$12) RETURNING id",
            actor.agency_id,
            *(columns[name] for name in _COLUMNS),
            free,
            clock.now(),
        )
    )
    await _name_sources(made, form)
    await record(actor, "call.create", "call", made, after=columns)
    return made


@action
async def change_call(actor: Actor, form: CallForm, *, call_id: int) -> int:
    """Change a draft; of a published call only its text, its closing and its largest stand."""
    require(actor, "call.write")
    before = await _held(actor, call_id)
    if form.version is not None and form.version != before.version:
        raise Conflict(
            N_(
                "Somebody changed this call meanwhile. What you typed is below:"
                " compare and save again."
            )
        )
    columns = await _columns(actor, form)
    if before.state is not CallState.DRAFT:
        fixed = ("booth", "price_list", "scheme", "opens_at", "payment_days")
        held = {name: getattr(before, name) for name in fixed}
        other = form.more_schemes != before.more_schemes
        if (
            before.state is not CallState.PUBLISHED
            or other
            or any(columns[name] != held[name] for name in fixed)
        ):
            raise Conflict(
                N_(
                    "This call is published: companies rely on its booth, prices, co-financing,"
                    " opening and time to pay. You can still change its title, text, closing and"
                    " largest stand."
                )
            )
        if columns["closes_at"] < clock.now() and before.phase is Phase.OPEN:
            raise Refused(
                N_("An open call closes in the future: give those who are writing a fair warning."),
                field="closes_at",
            )
    await execute(
        "UPDATE call SET booth=$2, price_list=$3, scheme=$4, title=$5, text=$6, opens_at=$7,"
        " closes_at=$8, maximum_m2=$9, payment_days=$10, version = version + 1 WHERE id=$1",
        call_id,
        *(columns[name] for name in _COLUMNS),
    )
    if before.state is CallState.DRAFT:
        await _name_sources(call_id, form)
    await record(
        actor, "call.change", "call", call_id,
        before={name: getattr(before, name) for name in _COLUMNS}, after=columns,
    )  # fmt: skip
    if before.state is CallState.PUBLISHED:
        await _write_deadlines(await queries.own_call(actor, call_id))
    return call_id


@action
async def publish_call(actor: Actor, _: StartForm, *, call_id: int) -> int:
    """Put a call before everybody: its prices freeze, its deadlines go into the calendars."""
    require(actor, "call.publish")
    call = await _held(actor, call_id)
    rules.move_call(call.state, CallState.PUBLISHED)
    if call.closes_at <= clock.now():
        raise Refused(
            N_("The call would be closed already. Set its closing to a later time first.")
        )
    if not await partners.may_use(actor.agency_id, call.booth):
        raise Conflict(
            N_(
                "Your agency does not share this booth any more. Nothing was published: ask the"
                " agency that leads it for a new allotment."
            )
        )
    published = await value("SELECT published_at FROM fair WHERE id = $1", call.fair)
    if published is None:
        raise Refused(N_("Publish the fair first: the call is shown on its page."))
    if not await value("SELECT 1 FROM stand WHERE booth = $1 LIMIT 1", call.booth):
        raise Refused(N_("The joint booth has no stands yet. Draw them on its plan first."))
    await execute(
        "UPDATE call SET state='published', published_at=$2, version = version + 1 WHERE id=$1",
        call_id,
        clock.now(),
    )
    await fees.freeze(call.price_list)
    await record(
        actor, "call.publish", "call", call_id,
        before={"state": call.state.value}, after={"state": "published"},
    )  # fmt: skip
    await _write_deadlines(call)
    await additions.call_moved(additions.CallEvent.PUBLISHED, actor, call)
    return call_id


@action
async def move_call(actor: Actor, form: MoveForm, *, call_id: int) -> int:
    """Say that a call is decided, or that all about it is done."""
    require(actor, "call.decide")
    call = await _held(actor, call_id)
    to = rules.move_call(call.state, CallState(form.to))
    if to is CallState.DECIDED:
        if call.phase is not Phase.CLOSED:
            raise Conflict(N_("The call is still open. It can be decided once it has closed."))
        waiting = await value(
            "SELECT count(*) FROM application WHERE call = $1"
            " AND state IN ('submitted','eligible')",
            call_id,
        )
        if waiting:
            raise Conflict(
                N_("{n} applications wait for a decision. Decide on each of them first."), n=waiting
            )
    await execute("UPDATE call SET state=$2, version = version + 1 WHERE id=$1", call_id, to.value)
    await record(
        actor, "call.move", "call", call_id,
        before={"state": call.state.value}, after={"state": to.value},
    )  # fmt: skip
    return call_id


@step
async def _write_deadlines(call: CallRow) -> None:
    url = f"/calls/{call.slug}"
    for key, words, at in (
        ("opens", N_("Call opens: {title}"), call.opens_at),
        ("closes", N_("Apply by today: {title}"), call.closes_at),
    ):
        there = clock.local(at, call.tz).replace(tzinfo=None)
        await calendars.put(
            key=f"call:{call.id}:{key}",
            kind="deadline",
            summary=gettext(words, title=call.title),
            tz=call.tz,
            start=there,
            description=gettext(
                N_("{title}, {fair}. Exactly {at}."),
                title=call.title,
                fair=call.fair_name,
                at=moment(at, call.tz, seconds=True),
            ),
            url=url,
            fair=call.fair,
            booth=call.booth,
            agency=call.agency,
            visibility="public",
            country=call.fair_country,
        )


async def _held(actor: Actor, call_id: int) -> CallRow:
    held = await row(
        "SELECT 1 FROM call WHERE id = $1 AND agency = $2 FOR UPDATE", call_id, actor.agency_id
    )
    if held is None:
        raise NotFound
    return await queries.own_call(actor, call_id)


@step
async def _name_sources(call_id: int, form: CallForm) -> None:
    """The further sources of a draft, in order."""
    await execute("DELETE FROM call_scheme WHERE call = $1", call_id)
    for position, scheme in enumerate(form.more_schemes, 2):
        await execute(
            "INSERT INTO call_scheme (call, scheme, position) VALUES ($1, $2, $3)",
            call_id,
            scheme,
            position,
        )


async def _columns(actor: Actor, form: CallForm) -> dict[str, Any]:
    agency = await organisations.own_agency(actor)
    fits = await row(
        "SELECT b.id AS booth, (SELECT 1 FROM price_list p WHERE p.id = $3 AND p.agency = $1"
        " AND p.booth = b.id) AS listed, (SELECT s.currency FROM scheme s WHERE s.id = $4::bigint"
        " AND s.agency = $1) AS scheme, (SELECT currency FROM price_list WHERE id = $3)"
        " AS currency, (SELECT count(*) FROM scheme s WHERE s.id = ANY($5::bigint[])"
        " AND s.agency = $1 AND s.currency = (SELECT currency FROM price_list WHERE id = $3))"
        " AS more"
        " FROM booth b WHERE b.id = $2",
        actor.agency_id,
        form.booth,
        form.price_list,
        form.scheme,
        form.more_schemes,
    )
    if fits is None or not await partners.may_use(actor.agency_id, form.booth):
        raise Refused(N_("Choose a joint booth that your agency leads or shares."), field="booth")
    if not fits["listed"]:
        raise Refused(
            N_("Choose a price list that belongs to this joint booth."), field="price_list"
        )
    if form.scheme is not None and fits["scheme"] is None:
        raise Refused(N_("Choose one of your schemes."), field="scheme")
    if form.scheme is not None and fits["scheme"] != fits["currency"]:
        raise Refused(
            N_("The scheme pays in {scheme} and the price list counts in {list}: they must agree."),
            field="scheme",
            scheme=fits["scheme"],
            list=fits["currency"],
        )
    if fits["more"] < len(form.more_schemes):
        raise Refused(
            N_("Choose your own schemes, in the currency of the price list."), field="scheme_2"
        )
    found: dict[str, Any] = {
        name: getattr(form, name) for name in _COLUMNS if not name.endswith("_at")
    }
    for name in ("opens_at", "closes_at"):
        found[name] = _instant(form, name, agency.tz)
    return found


def _instant(form: CallForm, name: str, tz: str) -> datetime:
    try:
        return clock.to_utc(getattr(form, name), tz)
    except Refused as refused:
        raise Refused(refused.text, field=name, errors=None, **refused.values) from None


async def _free_slug(wanted: str) -> str:
    """`wanted`, or the first of wanted-2, wanted-3 ... that no call has."""
    wanted = wanted or "call"
    await lock("call.slug", wanted)
    found = await rows("SELECT slug FROM call WHERE slug = $1 OR slug LIKE $1 || '-%'", wanted)
    taken = {each["slug"] for each in found}
    tries = chain([wanted], (f"{wanted}-{n}" for n in count(2)))
    return next(each for each in tries if each not in taken)
