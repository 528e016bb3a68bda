"""Another stand for an exhibitor, two stands exchanged, a stand given up.

Where area, kind and price stay, the contract stays and only its stand changes. Where they do not,
the old contract is taken back by a credit note and a new one is written, in one transaction. Its
price is known by trying: the same transaction, rolled back.
"""

from typing import NamedTuple

import msgspec

from booths.calls import allocating, confirming, contracts, papers
from booths.calls.applying import link, write_to_company
from booths.calls.deciding import Joint, decide_one, hold
from booths.calls.forms import AdmitForm
from booths.calls.queries import desk_dossier
from booths.calls.rows import Dossier
from booths.calls.rules import State, must_hold
from booths.fees import queries as fees
from booths.fees.rules import Quote
from booths.offers import actions
from booths.offers.forms import ShiftForm, SwapForm, VacateForm
from booths.offers.keeping import as_seen, claim
from booths.offers.rules import Reason
from booths.plans import queries as plans
from booths.plans.queries import StandRow
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.billing import approvals
from server.database import action, execute, rows, step, value
from server.documents import actions as documents
from server.errors import Conflict, Refused
from server.text import N_, gettext
from server.web.formats import m2


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What another stand makes of one contract. `price` is None where nothing but the stand
    changes; `gone` are services that can be had no more."""

    application: int
    company_name: str
    before: StandRow
    after: StandRow
    price_before: Quote
    price: Quote | None
    gone: list[str]


class Tried(Exception):
    """Carries the outcome out of a transaction that is rolled back."""

    def __init__(self, changes: list[Change]) -> None:
        super().__init__("tried")
        self.changes = changes


@action
async def move(actor: Actor, form: ShiftForm, *, application_id: int) -> int:
    """Give an exhibitor another free stand."""
    await _move(actor, form, application_id, agreed=True)
    return application_id


async def try_move(actor: Actor, form: ShiftForm, *, application_id: int) -> Change:
    """What `move` would do now; nothing is done."""

    @action
    async def attempt() -> None:
        raise Tried([await _move(actor, form, application_id, agreed=False)])

    try:
        await attempt()
    except Tried as tried:
        return tried.changes[0]
    raise AssertionError


@step
async def _move(actor: Actor, form: ShiftForm, application_id: int, *, agreed: bool) -> Change:
    require(actor, "application.admit")
    found = await hold(actor, application_id)
    if agreed:
        await as_seen(found, form.seen)
    before = await _standing(found)
    if before.id == form.stand:
        raise Refused(N_("The exhibitor has this stand already."), field="stand")
    after = await claim(found, form.stand)
    if not other_contract(before, after):
        change = await change_of(found, before, after, None, [])
        await shift(actor, [(found, before, after)], form.why)
    else:
        new = AdmitForm(
            stand=after.id,
            smaller_aid=form.smaller_aid,
            seen_total=form.seen_total if agreed else None,
        )
        must_have_seen(form.seen_total, agreed)
        change = (await rewrite(actor, [Move(found, before, after, new)], form.why))[0]
    await actions.open_gap(actor, found.call, before.id, Reason.MOVED)
    return change


@action
async def swap(actor: Actor, form: SwapForm, *, application_id: int) -> int:
    """Exchange the stands of two exhibitors."""
    await _swap(actor, form, application_id, agreed=True)
    return application_id


async def try_swap(actor: Actor, form: SwapForm, *, application_id: int) -> list[Change]:
    """What `swap` would do now; nothing is done."""

    @action
    async def attempt() -> None:
        raise Tried(await _swap(actor, form, application_id, agreed=False))

    try:
        await attempt()
    except Tried as tried:
        return tried.changes
    raise AssertionError


@step
async def _swap(actor: Actor, form: SwapForm, application_id: int, *, agreed: bool) -> list[Change]:
    require(actor, "application.admit")
    if form.other == application_id:
        raise Refused(N_("Choose another exhibitor to exchange with."), field="other")
    held = {each: await hold(actor, each) for each in sorted((application_id, form.other))}
    one, two = held[application_id], held[form.other]
    if agreed:
        await as_seen(one, form.seen)
        await as_seen(two, form.other_seen or 0)
    if one.call.booth != two.call.booth:
        raise Refused(N_("They are on two joint booths: stands cannot be exchanged."),
                      field="other")  # fmt: skip
    first, second = await _standing(one), await _standing(two)
    await rows(
        "SELECT 1 FROM stand WHERE id = ANY($1::int[]) ORDER BY id FOR UPDATE",
        [first.id, second.id],
    )
    if not other_contract(first, second):
        await shift(actor, [(one, first, second), (two, second, first)], form.why)
        return [
            await change_of(one, first, second, None, []),
            await change_of(two, second, first, None, []),
        ]
    must_have_seen(form.seen_total, agreed)
    must_have_seen(form.other_total, agreed)
    return await rewrite(
        actor,
        [
            Move(one, first, second,
                 AdmitForm(stand=second.id, seen_total=form.seen_total if agreed else None)),
            Move(two, second, first,
                 AdmitForm(stand=first.id, seen_total=form.other_total if agreed else None)),
        ],
        form.why,
    )  # fmt: skip


class Move(NamedTuple):
    """One contract that is written anew for another stand; with `joint` for a part of it."""

    found: Dossier
    before: StandRow
    after: StandRow
    form: AdmitForm
    joint: Joint | None = None


def other_contract(before: StandRow, after: StandRow) -> bool:
    """Whether another stand means another price, and with it another contract."""
    return (before.area_m2, before.kind) != (after.area_m2, after.kind)


def must_have_seen(total: int | None, agreed: bool) -> None:
    if agreed and total is None:
        raise Conflict(
            N_("With this stand the contract has another price. Look at it first, then confirm.")
        )


@step
async def _standing(found: Dossier) -> StandRow:
    """The stand of an exhibitor's contract, which is its alone."""
    must_hold(found.row.state)
    assert found.admission is not None
    if found.admission.stand is None:
        raise Conflict(N_("This application has no stand."))
    if await value(
        "SELECT consortium FROM allocation WHERE application = $1 AND state <> 'released'",
        found.row.id,
    ):
        raise Refused(
            N_("{company} shares its stand with others: change it on the page of the consortium."),
            company=found.row.company_name,
        )
    return await plans.stand(found.admission.stand)


async def change_of(
    found: Dossier, before: StandRow, after: StandRow, price: Quote | None, gone: list[str]
) -> Change:
    assert found.admission is not None
    return Change(
        application=found.row.id,
        company_name=found.row.company_name,
        before=before,
        after=after,
        price_before=await fees.kept_quote(found.admission.quote),
        price=price,
        gone=gone,
    )


@step
async def shift(actor: Actor, moved: list[tuple[Dossier, StandRow, StandRow]], why: str) -> None:
    """Other stands under the same contracts: allocation, letter, mail and calendar. Who has a part
    of a common stand has as much of the other one."""
    now = clock.now()
    ids = [found.row.id for found, _, _ in moved]
    held = {
        each["application"]: each
        for each in await rows(
            "SELECT application, state, area_m2, consortium FROM allocation"
            " WHERE application = ANY($1::int[]) AND state <> 'released'",
            ids,
        )
    }
    await execute(
        "UPDATE allocation SET state = 'released', released_at = $2 WHERE state <> 'released'"
        " AND application = ANY($1::int[])",
        ids,
        now,
    )
    for found, before, after in moved:
        made = await value(
            "INSERT INTO allocation (stand, application, area_m2, state, since, consortium)"
            " VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT DO NOTHING RETURNING id",
            after.id,
            found.row.id,
            held[found.row.id]["area_m2"],
            held[found.row.id]["state"],
            now,
            held[found.row.id]["consortium"],
        )
        if made is None:
            raise Conflict(
                N_("Stand {label} was taken a moment ago. Nothing was done: choose another stand."),
                field="stand",
                label=after.label,
            )
        await execute(
            "UPDATE gap SET closed_at = $2, filled = true WHERE stand = $1 AND closed_at IS NULL",
            after.id,
            now,
        )
        await _write(actor, found, before, after, why)


@step
async def _write(actor: Actor, found: Dossier, before: StandRow, after: StandRow, why: str) -> None:
    admission = found.admission
    assert admission is not None
    now = clock.now()
    price = await fees.kept_quote(admission.quote)
    paper = await documents.issue(
        kind="admission",
        title=gettext(N_("Admission {reference}"), reference=found.row.reference),
        filename=f"admission-{found.row.reference}",
        template="admission",
        content=await papers.admission(
            found, after, admission.area_m2, price, admission.pay_until, now
        ),
        agency=found.call.agency,
        company=found.row.company,
        about=f"application:{found.row.id}",
    )
    await record(
        actor, "stand.move", "application", found.row.id,
        before={"stand": before.label}, after={"stand": after.label}, why=why,
        company_id=found.row.company,
    )  # fmt: skip
    if found.row.state is State.CONFIRMED:
        await confirming.firm(await desk_dossier(actor, found.row.id))
    else:
        await allocating.write_calendar(found, after, admission.plan)
    await write_to_company(
        found.row.company,
        found.call,
        f"application:{found.row.id}:moved:{now:%Y%m%d%H%M%S%f}",
        "stand-moved",
        attachments=[paper],
        call=found.call.title,
        before=before.label,
        after=after.label,
        area=m2(admission.area_m2),
        why=why,
        link=link(f"/my/applications/{found.row.id}"),
    )


@step
async def rewrite(actor: Actor, moved: list[Move], why: str) -> list[Change]:
    """Other stands with other prices: the old contracts back, new ones written."""
    made = await contracts.rewrite(
        actor, [(each.found, each.form, each.joint) for each in moved], why
    )
    changes = []
    for (found, before, after, _, _), admission_id in zip(moved, made, strict=True):
        new = await desk_dossier(actor, found.row.id)
        assert new.admission is not None
        assert new.admission.id == admission_id
        assert found.admission is not None
        ordered = set(found.admission.services) - set(new.admission.services)
        names = {str(fee.id): fee.name for fee in (await fees.prices(found.call.price_list)).fees}
        await record(
            actor, "stand.move", "application", found.row.id,
            before={"stand": before.label}, after={"stand": after.label}, why=why,
            company_id=found.row.company,
        )  # fmt: skip
        changes.append(
            await change_of(
                found,
                before,
                after,
                await fees.kept_quote(new.admission.quote),
                sorted(names.get(one, one) for one in ordered),
            )
        )
    return changes


async def vacate(actor: Actor, form: VacateForm, *, application_id: int) -> approvals.Outcome:
    """Give the stand up and keep the application: the contract ends, the company waits again.
    Above the agency's limit it waits for a second person."""
    payload = {"application": application_id, "to": form.to, "seen": form.seen}
    return await approvals.run(actor, act="vacancy", payload=payload, why=form.why)


async def _weigh_vacancy(actor: Actor, of: approvals.Payload) -> approvals.Weight:
    await as_seen(await desk_dossier(actor, of["application"]), of["seen"])
    return await contracts.weigh_end(actor, of)


async def _vacate(actor: Actor, of: approvals.Payload, why: str) -> int:
    found = await hold(actor, of["application"])
    await as_seen(found, of["seen"])
    before = await _standing(found)
    await contracts.end(actor, found, State.RELEASED, why)
    await decide_one(actor, found.row.id, State(of["to"]), why)
    await actions.tell(
        found, "stand-vacated", f"vacated:{clock.now():%Y%m%d%H%M%S%f}",
        stand=before.label, why=why, waits=of["to"] == "wait_listed",
    )  # fmt: skip
    return found.row.id


approvals.register(
    approvals.Act(
        name="vacancy", verb="application.admit", title=N_("Give a stand up"),
        hold=contracts.hold_end, weigh=_weigh_vacancy, do=_vacate,
    )
)  # fmt: skip
