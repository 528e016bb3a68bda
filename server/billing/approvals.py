"""Four eyes: what moves more money than the agency's limit waits for a second person.

A room registers each act once: what it holds still, what it weighs then (`Weight`), and the step
that does it. `run` does it at once where it is small enough, or keeps it with what its person saw;
`decide` lets another person with the same verb do it, if the facts are still those. Both hold
first and weigh afterwards: no payment changes the facts in between. One that nobody decides
expires.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import msgspec

from server import audit, clock
from server.accounts.permissions import AGENCY_ROLES, SYSTEM, TABLE, Actor, require
from server.billing.owed_forms import DecisionForm, LimitForm
from server.database import action, execute, page_id, row, rows, step, typed, value
from server.errors import Conflict, NotFound, Refused
from server.mail import actions as mail
from server.money import format_money, to_minor
from server.organisations import queries as organisations
from server.settings import load
from server.text import N_, gettext

PAGE = 50
KEPT_FOR = timedelta(days=14)
WAITS = N_("This waits for a second person now, because of the amount. Nothing was done yet.")
Payload = dict[str, Any]


class Weight(msgspec.Struct, frozen=True, kw_only=True):
    """What an act would do now. `seen` names exactly this state of affairs; `says` tells people.
    `before_minor` moved in the same matter already: several small acts weigh what one large does.
    """

    agency: int
    about: str
    amount_minor: int
    currency: str
    seen: str
    says: str
    link: str
    before_minor: int = 0


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """Something that may need a second person. `hold` locks all that `weigh` reads, in the order
    in which `do` locks it."""

    name: str
    verb: str
    title: str
    hold: Callable[[Actor, Payload], Awaitable[None]]
    weigh: Callable[[Actor, Payload], Awaitable[Weight]]
    do: Callable[[Actor, Payload, str], Awaitable[int]]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it: `id` of what was done, or `approval` that waits for a second person."""

    id: int | None = None
    approval: int | None = None


class ApprovalRow(msgspec.Struct, frozen=True, kw_only=True):
    """One act that waited, or still does."""

    id: int
    act: str
    title: str
    about: str
    amount_minor: int
    currency: str
    why: str
    asked_by: int | None
    asked_by_name: str | None
    asked_at: datetime
    expires_at: datetime
    state: str
    decided_by_name: str | None
    decided_at: datetime | None
    decided_why: str


class ApprovalDetail(msgspec.Struct, frozen=True, kw_only=True):
    """One of them with what it would do now; `stale` when that is not what was asked for."""

    row: ApprovalRow
    says: str
    link: str
    stale: bool
    may_decide: bool
    own: bool


def waiting(done: object) -> int | None:
    """The approval that an act waits for, whatever act it was; None when it is done."""
    return done.approval if isinstance(done, Outcome) else None


def waits_or(done: object, path: str) -> str:
    """Where to go on: to what waits for a second person, or to `path`."""
    approval = waiting(done)
    return f"/desk/approvals/{approval}" if approval else path


_acts: dict[str, Act] = {}


def register(act: Act) -> None:
    """Make an act known; once."""
    assert act.name not in _acts, act.name
    _acts[act.name] = act


async def limit(agency_id: int) -> int | None:
    """Above how many minor units of its currency an agency wants a second person; None: never."""
    found = await value("SELECT limit_minor FROM approval_limit WHERE agency = $1", agency_id)
    return None if found is None else int(found)


async def is_above(agency_id: int, amount_minor: int, currency: str) -> bool:
    """Whether so much waits for a second person. Another currency than the agency's always does:
    nothing says here what it is worth."""
    most = await limit(agency_id)
    if most is None or amount_minor <= 0:
        return False
    agency = await organisations.agency(agency_id)
    return currency != agency.currency or amount_minor > most


@action
async def set_limit(actor: Actor, form: LimitForm) -> int:
    """Write the limit of the actor's agency, or take it away."""
    require(actor, "approval.limit")
    assert actor.agency_id is not None
    agency = await organisations.agency(actor.agency_id)
    before = await limit(agency.id)
    after = None if form.limit is None else to_minor(form.limit, agency.currency)
    if after is None:
        await execute("DELETE FROM approval_limit WHERE agency = $1", agency.id)
    else:
        await execute(
            "INSERT INTO approval_limit (agency, limit_minor) VALUES ($1, $2)"
            " ON CONFLICT (agency) DO UPDATE SET limit_minor = excluded.limit_minor",
            agency.id,
            after,
        )
    await audit.record(
        actor, "approval.limit", "agency", agency.id,
        before={"limit_minor": before}, after={"limit_minor": after},
    )  # fmt: skip
    return agency.id


@action
async def run(actor: Actor, *, act: str, payload: Payload, why: str) -> Outcome:
    """Do an act, or keep it for a second person when it is above the limit."""
    known = _acts[act]
    require(actor, known.verb)
    await known.hold(actor, payload)
    weight = await known.weigh(actor, payload)
    whole = weight.amount_minor + weight.before_minor
    if not await is_above(weight.agency, whole, weight.currency):
        return Outcome(id=await known.do(actor, payload, why))
    return Outcome(approval=await ask(actor, act, payload, weight, why))


async def waits(act: str, about: str) -> bool:
    """Whether this very act waits for a second person already."""
    return bool(
        await value(
            "SELECT 1 FROM approval WHERE act = $1 AND about = $2 AND state = 'waiting'", act, about
        )
    )


@step
async def ask(actor: Actor, act: str, payload: Payload, weight: Weight, why: str) -> int:
    """Keep an act for a second person and write to those who may decide; its id."""
    now = clock.now()
    if not why.strip():
        raise Refused(N_("Say why: the second person reads it."), field="why")
    made = await value(
        "INSERT INTO approval (agency, act, about, payload, seen, amount_minor, currency, why,"
        " asked_by, asked_at, expires_at, state)"
        " VALUES ($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,'waiting') ON CONFLICT DO NOTHING"
        " RETURNING id",
        weight.agency,
        act,
        weight.about,
        payload,
        weight.seen,
        weight.amount_minor,
        weight.currency,
        why.strip(),
        actor.person_id,
        now,
        now + KEPT_FOR,
    )
    if made is None:
        raise Conflict(N_("This waits for a second person already. Nothing was changed."))
    await audit.record(
        actor, "approval.ask", "approval", made,
        after={"act": act, "about": weight.about, "amount_minor": weight.amount_minor},
        why=why, agency_id=weight.agency,
    )  # fmt: skip
    may = {role.value for role in TABLE[_acts[act].verb] if role in AGENCY_ROLES}
    for person in await organisations.people_of_agency(weight.agency):
        if person.role in may and person.person_id != actor.person_id:
            await mail.send(
                key=f"approval:{made}:{person.person_id}",
                to_email=person.email,
                to_name=person.name,
                locale=person.locale,
                template="approval-waits",
                agency=weight.agency,
                person=person.person_id,
                title=_acts[act].title,
                says=weight.says,
                amount=format_money(weight.amount_minor, weight.currency, person.locale),
                who=actor.name,
                why=why.strip(),
                url=f"{load().base_url.rstrip('/')}/desk/approvals/{made}",
            )
    return int(made)


@action
async def decide(actor: Actor, form: DecisionForm, *, approval_id: int) -> str:
    """Approve, which does it, or refuse; the state it has then.

    "stale" when the facts are others than those that were asked about: nothing is done then.
    """
    require(actor, "money.read")
    asked = await _asked(actor, approval_id)
    known = _acts[asked["act"]]
    require(actor, known.verb)
    now = None
    if form.decision == "approve" and asked["state"] == "waiting":
        now = await _weighed(known, actor, asked["payload"])
    kept = await _asked(actor, approval_id, "FOR UPDATE")
    if kept["state"] != "waiting" or kept["expires_at"] <= clock.now():
        raise Conflict(N_("This is decided already, or its time is over. Nothing was changed."))
    if actor.person_id is None or actor.person_id == kept["asked_by"]:
        raise Refused(N_("You asked for this yourself: a second person decides."))
    state = "refused"
    if form.decision == "approve":
        fits = now and (now.seen, now.amount_minor) == (kept["seen"], kept["amount_minor"])
        state = "approved" if fits else "stale"
    await _set(actor, kept, state, form.why)
    if state == "approved":
        await known.do(actor, kept["payload"], kept["why"])
    return state


@step
async def _asked(actor: Actor, approval_id: int, how: str = "") -> dict[str, Any]:
    found = await row(
        f"SELECT * FROM approval WHERE id = $1 AND agency = $2 {how}",  # noqa: S608 - own text
        approval_id,
        actor.agency_id,
    )
    if found is None:
        raise NotFound
    return found


@step
async def _weighed(known: Act, actor: Actor, payload: Payload) -> Weight | None:
    """What an act would do, held still; None when it cannot be done at all any more."""
    try:
        await known.hold(actor, payload)
        return await known.weigh(actor, payload)
    except (Refused, NotFound):
        return None


@step
async def _set(actor: Actor, kept: dict[str, Any], state: str, why: str) -> None:
    await execute(
        "UPDATE approval SET state = $2, decided_by = $3, decided_at = $4, decided_why = $5"
        " WHERE id = $1",
        kept["id"],
        state,
        actor.person_id,
        clock.now(),
        why,
    )
    await audit.record(
        actor, f"approval.{state}", "approval", kept["id"], before={"state": "waiting"},
        after={"state": state, "amount_minor": kept["amount_minor"]}, why=why,
        agency_id=kept["agency"],
    )  # fmt: skip


@action
async def expire() -> int:
    """Close what nobody decided in time; how many."""
    found = await rows(
        "SELECT * FROM approval WHERE state = 'waiting' AND expires_at <= $1 ORDER BY id LIMIT 100"
        " FOR UPDATE SKIP LOCKED",
        clock.now(),
    )
    for kept in found:
        await _set(SYSTEM, kept, "expired", gettext(N_("Nobody decided in time.")))
    return len(found)


_SELECT = (
    "SELECT a.id, a.act, '' AS title, a.about, a.amount_minor, a.currency, a.why, a.asked_by,"
    " p.name AS asked_by_name, a.asked_at, a.expires_at, a.state, d.name AS decided_by_name,"
    " a.decided_at, a.decided_why FROM approval a LEFT JOIN person p ON p.id = a.asked_by"
    " LEFT JOIN person d ON d.id = a.decided_by"
)


def _row(found: dict[str, Any]) -> ApprovalRow:
    return typed(ApprovalRow, {**found, "title": _acts[found["act"]].title})


async def approvals(
    actor: Actor, *, cursor: str = "", limit: int = PAGE
) -> tuple[list[ApprovalRow], str]:
    """What waits first, then what was decided, each newest first."""
    require(actor, "money.read")
    waiting = [] if cursor else await rows(
        f"{_SELECT} WHERE a.agency = $1 AND a.state = 'waiting' ORDER BY a.id DESC LIMIT 200",
        actor.agency_id,
    )  # fmt: skip
    found = await rows(
        f"{_SELECT} WHERE a.agency = $1 AND a.state <> 'waiting'"
        " AND ($2::bigint IS NULL OR a.id < $2) ORDER BY a.id DESC LIMIT $3",
        actor.agency_id,
        page_id(cursor),
        limit + 1,
    )
    shown = found[:limit]
    return [_row(each) for each in (*waiting, *shown)], (
        str(shown[-1]["id"]) if len(found) > limit else ""
    )


async def approval(actor: Actor, approval_id: int) -> ApprovalDetail:
    """One of them, with what it would do now."""
    require(actor, "money.read")
    found = await row(f"{_SELECT} WHERE a.id = $1 AND a.agency = $2", approval_id, actor.agency_id)
    if found is None:
        raise NotFound
    kept = await row("SELECT payload, seen FROM approval WHERE id = $1", approval_id)
    assert kept is not None
    known, shown = _acts[found["act"]], _row(found)
    now = None
    if shown.state == "waiting":
        try:
            now = await known.weigh(actor, kept["payload"])
        except Refused:
            now = None
    same = now is not None and (now.seen, now.amount_minor) == (kept["seen"], shown.amount_minor)
    own = actor.person_id == shown.asked_by
    return ApprovalDetail(
        row=shown,
        says=now.says if now else "",
        link=now.link if now else "",
        stale=shown.state == "waiting" and not same,
        own=own,
        may_decide=shown.state == "waiting" and not own and actor.may(known.verb),
    )


async def own_limit(actor: Actor) -> int | None:
    """The limit of the actor's agency, in minor units of its currency."""
    if actor.agency_id is None:
        raise NotFound
    agency = await organisations.agency(actor.agency_id)
    return await limit(agency.id)
