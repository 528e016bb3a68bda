"""Eligible companies choose their stand themselves: a hold that counts down, then the contract."""

from datetime import datetime, timedelta

import msgspec

from booths.calls import additions
from booths.calls import queries as calls
from booths.calls.applying import link
from booths.calls.contracts import for_agency
from booths.calls.deciding import contract, hold
from booths.calls.forms import AdmitForm
from booths.calls.queries import desk_dossier
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import Phase, State
from booths.calls.showing import free_stands
from booths.offers import actions, queries, rules, standing
from booths.offers.forms import AcceptForm, ChooseForm, ChoosingForm, NothingForm
from booths.offers.queries import WaitingRow
from booths.offers.rules import Free
from booths.offers.standing import KeptRow
from booths.plans import actions as plans
from booths.plans import queries as stands
from booths.plans.queries import StandRow
from booths.plans.rules import StandKind
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, rows, step, typed
from server.errors import Conflict, NotFound, Refused
from server.text import N_
from server.web.formats import moment

_TAKEN = N_("Stand {label} was taken a moment ago. Choose another one.")


class ChoosingRow(msgspec.Struct, frozen=True, kw_only=True):
    """Until when stands are chosen in a call, and how long a choice is kept, in minutes.

    `pause`: for how many minutes a company leaves a stand that it let go to the others.
    """

    call: int
    until: datetime
    minutes: int
    pause: int
    version: int

    @property
    def running(self) -> bool:
        """Whether stands may be chosen now."""
        return clock.now() < self.until


async def choosing(call_id: int) -> ChoosingRow | None:
    """How stands are chosen in a call, if they are."""
    found = await row(
        "SELECT call, until, minutes, pause, version FROM choosing WHERE call = $1", call_id
    )
    return typed(ChoosingRow, found) if found else None


async def own_choosing(actor: Actor, *, call_id: int) -> ChoosingRow:
    """The same for a call of the actor's agency."""
    require(actor, "offer.list")
    await calls.own_call(actor, call_id)
    found = await choosing(call_id)
    if found is None:
        raise NotFound
    return found


@action
async def set_choosing(actor: Actor, form: ChoosingForm, *, call_id: int) -> int:
    """Let eligible companies choose until an instant; each gets a mail with a link."""
    require(actor, "offer.write")
    call = await actions.hold_call(actor, call_id)
    before = await choosing(call_id)
    if form.version != (before.version if before else 0):
        raise Conflict(
            N_(
                "Somebody changed this meanwhile. Nothing of theirs was overwritten, and what you"
                " typed is kept: compare and save again."
            )
        )
    if form.until is None:
        await execute("DELETE FROM choosing WHERE call = $1", call_id)
        until = None
    else:
        until = _instant(call, form.until)
        await execute(
            "INSERT INTO choosing (call, until, minutes, pause) VALUES ($1,$2,$3,$4)"
            " ON CONFLICT (call) DO UPDATE SET until = $2, minutes = $3, pause = $4,"
            " version = choosing.version + 1",
            call_id,
            until,
            form.minutes,
            form.pause,
        )
        await _invite(actor, call, until)
    await record(
        actor, "offer.choosing", "call", call_id,
        before={"until": before.until, "minutes": before.minutes, "pause": before.pause}
        if before
        else {},
        after={"until": until, "minutes": form.minutes, "pause": form.pause},
    )  # fmt: skip
    return call_id


def _instant(call: CallRow, wall: datetime) -> datetime:
    if call.phase not in (Phase.CLOSED, Phase.DECIDED):
        raise Conflict(
            N_("Stands are chosen after the call has closed and before it is closed out.")
        )
    try:
        until = clock.to_utc(wall, call.tz)
    except Refused as refused:
        raise Refused(refused.text, field="until", errors=None, **refused.values) from None
    if until <= clock.now():
        raise Refused(N_("Choose an instant that is still to come."), field="until")
    if until > queries.fair_starts(call):
        raise Refused(N_("Choosing ends before the fair begins."), field="until")
    return until


@step
async def _invite(actor: Actor, call: CallRow, until: datetime) -> None:
    joint = await additions.together(call.id)
    for each in await rows(
        "SELECT id FROM application WHERE call = $1 AND state = 'eligible'"
        " AND NOT id = ANY($2::int[]) ORDER BY id",
        call.id,
        list(joint),
    ):
        await actions.tell(
            await desk_dossier(actor, each["id"]),
            "choose-stand",
            f"choose:{until:%Y%m%d%H%M%S}",
            until=moment(until, call.tz),
            choose=link(f"/my/applications/{each['id']}/choose"),
        )


def fitting(free: list[StandRow], found: Dossier, setting: WaitingRow) -> list[StandRow]:
    """Those of `free` that fit the wish of an application, the best first."""
    wished = found.row.area_m2
    if wished is None:
        return []
    kind = StandKind(found.row.stand_kind)
    return rules.by_rank(
        (
            each
            for each in free
            if rules.misfit(wished, kind, Free(each.area_m2, each.kind), setting.fit) is None
        ),
        wished,
    )


async def left_to_others(application_id: int, setting: ChoosingRow) -> dict[int, datetime]:
    """Stands that a company chose and let go, each with the instant until which it leaves them to
    the others."""
    pause = timedelta(minutes=setting.pause)
    found = await rows(
        "SELECT stand, max(released_at) AS at FROM allocation WHERE application = $1"
        " AND purpose = 'choice' AND state = 'released' AND released_at > $2 GROUP BY stand",
        application_id,
        clock.now() - pause,
    )
    over = {each["stand"]: each["at"] + pause for each in found}
    held = await standing.kept(application_id)
    if held is not None and held.until is not None and held.until <= clock.now():
        over[held.stand] = held.until + pause  # no sweep has seen it yet
    return {stand: until for stand, until in over.items() if until > clock.now()}


@action
async def choose(actor: Actor, form: ChooseForm, *, application_id: int) -> int:
    """Keep a free stand, or the best one; what the company had chosen before is free again."""
    house, found, setting = await _open(actor, application_id)
    free = fitting(
        await free_stands(found.call.booth), found, await queries.waiting_rule(found.call.id)
    )
    before = await standing.kept(application_id)
    if before is not None and before.purpose != "choice":
        raise Conflict(
            N_("The agency keeps stand {label} for you already. Ask it before you choose another."),
            label=before.label,
        )
    others = await left_to_others(application_id, setting)
    if form.stand in others:
        raise Conflict(
            N_(
                "You had stand {label} and let it go: it is left to the others until {until}."
                " Choose another one, or choose it again then."
            ),
            field="stand",
            label=(await _labelled(found, form.stand)).label,
            until=moment(others[form.stand], found.call.tz, seconds=True),
        )
    free = [each for each in free if each.id not in others]
    wanted = next((each for each in free if form.stand in (None, each.id)), None)
    if wanted is None:
        if form.stand is None:
            raise Conflict(N_("No free stand fits your wish any more. Write to the agency."))
        label = (await _labelled(found, form.stand)).label
        raise Conflict(_TAKEN, field="stand", label=label)
    await actions.let_go(application_id)
    stand = await plans.claim_stand(wanted.id)
    until = rules.hold_until(clock.now(), setting.minutes, setting.until)
    if await actions.keep_stand(found, stand.id, stand.area_m2, "choice", until) is None:
        raise Conflict(_TAKEN, field="stand", label=stand.label)
    await record(
        actor, "stand.choose", "application", application_id,
        after={"stand": stand.label, "until": until}, agency_id=house.agency_id,
    )  # fmt: skip
    return application_id


async def _labelled(found: Dossier, stand_id: int) -> StandRow:
    """The stand of that number, if it is one of this booth."""
    for each in await stands.stands(found.call.booth):
        if each.id == stand_id:
            return each
    raise Refused(N_("Choose one of the stands on the plan."), field="stand")


@action
async def extend(actor: Actor, _: NothingForm, *, application_id: int) -> int:
    """Once as long again."""
    house, found, setting = await _open(actor, application_id)
    kept = _still(await standing.kept(application_id), found)
    if kept.extended:
        raise Conflict(N_("You have extended this hold already. Decide before it ends."))
    assert kept.until is not None
    until = rules.hold_until(kept.until, setting.minutes, setting.until)
    await execute("UPDATE allocation SET until = $2, extended = true WHERE id = $1", kept.id, until)
    await record(
        actor, "stand.extend", "application", application_id,
        before={"until": kept.until}, after={"until": until}, agency_id=house.agency_id,
    )  # fmt: skip
    return application_id


@action
async def leave(actor: Actor, _: NothingForm, *, application_id: int) -> int:
    """Give the chosen stand back and choose again."""
    house, found, _setting = await _open(actor, application_id)
    kept = _still(await standing.kept(application_id), found)
    await actions.let_go(application_id)
    await record(
        actor, "stand.give_back", "application", application_id, before={"stand": kept.label},
        agency_id=house.agency_id,
    )  # fmt: skip
    return application_id


@action
async def settle(actor: Actor, form: AcceptForm, *, application_id: int) -> int:
    """Take the chosen stand at the price seen: the contract exists at once. Its admission's id."""
    house, found, _ = await _open(actor, application_id)
    kept = _still(await standing.kept(application_id), found)
    await record(
        actor, "stand.settle", "application", application_id,
        after={"stand": kept.label, "total_minor": form.seen_total}, agency_id=house.agency_id,
    )  # fmt: skip
    return await contract(house, found, AdmitForm(stand=kept.stand, seen_total=form.seen_total))


def _still(kept: KeptRow | None, found: Dossier) -> KeptRow:
    """The chosen stand, if its hold is not over."""
    if kept is None or kept.purpose != "choice" or kept.until is None:
        raise Conflict(N_("No stand is kept for you now. Choose one."))
    if kept.until <= clock.now():
        raise Conflict(
            N_("Stand {label} was kept for you until {until}. Choose again."),
            label=kept.label,
            until=moment(kept.until, found.call.tz, seconds=True),
        )
    return kept


@step
async def _open(actor: Actor, application_id: int) -> tuple[Actor, Dossier, ChoosingRow]:
    """The house for the agency, the application, held, and how stands are chosen now."""
    require(actor, "offer.answer")
    own = await row(
        "SELECT 1 FROM application WHERE id = $1 AND company = $2", application_id, actor.company_id
    )
    if own is None:
        raise NotFound
    house = await for_agency(application_id)
    found = await hold(house, application_id)
    setting = await choosing(found.call.id)
    if setting is None or found.row.state is not State.ELIGIBLE:
        raise Conflict(N_("You cannot choose a stand for this application now."))
    if not setting.running:
        raise Conflict(
            N_("Stands could be chosen until {until}. Write to the agency."),
            until=moment(setting.until, found.call.tz, seconds=True),
        )
    await actions.alone(found)
    return house, found, setting
