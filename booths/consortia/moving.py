"""Another stand for a consortium: a free one, or the one of somebody who gets the consortium's.

All members move together or nobody does, each on the part that the terms in force give it. As for a
single exhibitor (booths/offers/moving.py), where area and kind stay the contracts stay; where they
do not, every contract is taken back and written anew. What that costs is known by trying.
"""

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from booths.calls import deciding
from booths.calls.deciding import Joint
from booths.calls.forms import AdmitForm
from booths.calls.rows import Dossier
from booths.calls.rules import HOLDING
from booths.consortia import pricing, queries, rules, steps
from booths.consortia.forms import MoveTogetherForm
from booths.consortia.queries import TermsRow, Together
from booths.consortia.rules import Stage
from booths.offers import actions as offers
from booths.offers import moving
from booths.offers.keeping import claim
from booths.offers.moving import Change, Move, Tried
from booths.offers.rules import Reason
from booths.partners import actions as partners
from booths.plans import queries as plans
from booths.plans.queries import StandRow
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, rows, step
from server.errors import Conflict, Refused
from server.money import format_money
from server.text import N_


class Party(msgspec.Struct, frozen=True, kw_only=True):
    """Who has a stand: one exhibitor, or the members of a consortium with their terms."""

    found: list[Dossier]
    stand: StandRow
    together: Together | None

    @property
    def terms(self) -> TermsRow | None:
        """What its members have agreed to."""
        return self.together.in_force if self.together else None


@action
async def move(actor: Actor, form: MoveTogetherForm, *, consortium_id: int) -> int:
    """Move all members to another stand; whoever has that one gets theirs."""
    await _move(actor, form, consortium_id, agreed=True)
    return consortium_id


async def try_move(actor: Actor, form: MoveTogetherForm, *, consortium_id: int) -> list[Change]:
    """What `move` would do now, contract by contract; nothing is done."""

    @action
    async def attempt() -> None:
        raise Tried(await _move(actor, form, consortium_id, agreed=False))

    try:
        await attempt()
    except Tried as tried:
        return tried.changes
    raise AssertionError


@step
async def _move(
    actor: Actor, form: MoveTogetherForm, consortium_id: int, *, agreed: bool
) -> list[Change]:
    require(actor, "consortium.admit")
    first = await queries.desk_consortium(actor, consortium_id)
    others = await _holders(actor, form.stand)
    for each in sorted({consortium_id, *(one for _, one in others if one is not None)}):
        await steps.lock(each)
    together = await queries.desk_consortium(actor, consortium_id)
    if together.row.state is not Stage.ADMITTED or together.row.stand is None:
        raise Conflict(N_("Only a consortium that has a stand can be moved. Admit it first."))
    if together.row.changing:
        raise Conflict(
            N_(
                "New terms wait for the members' answers. Settle them first: the parts on another"
                " stand follow from what is agreed."
            )
        )
    if agreed and form.seen_stand != together.row.stand:
        raise Conflict(
            N_("The consortium has stand {label} now. Nothing was done: look again."),
            label=together.row.stand_label or first.row.stand_label or "",
        )
    if form.stand == together.row.stand:
        raise Refused(N_("The consortium has this stand already."), field="stand")
    mine = {
        part.application
        for part in (together.in_force or together.terms).parts
        if part.application is not None and part.application_state in HOLDING
    }
    held = {
        each: await deciding.hold(actor, each)
        for each in sorted(mine | {application for application, _ in others})
    }
    here = await plans.stand(together.row.stand)
    one = Party(found=[held[each] for each in sorted(mine)], stand=here, together=together)
    if not others:
        there = await claim(one.found[0], form.stand)
        changes = await _carry_out(actor, [(one, there)], form, agreed=agreed)
        await offers.open_gap(actor, one.found[0].call, here.id, Reason.MOVED)
    else:
        await rows(
            "SELECT 1 FROM stand WHERE id = ANY($1::int[]) ORDER BY id FOR UPDATE",
            [here.id, form.stand],
        )
        if others != await _holders(actor, form.stand):
            raise Conflict(N_("That stand has changed hands. Nothing was done: look again."))
        group = next((each for _, each in others if each is not None), None)
        two = Party(
            found=[held[application] for application, _ in others],
            stand=await plans.stand(form.stand),
            together=await queries.desk_consortium(actor, group) if group is not None else None,
        )
        if two.stand.booth != here.booth:
            raise Refused(
                N_("They are on two joint booths: stands cannot be exchanged."), field="stand"
            )
        if two.together is not None and two.together.row.changing:
            raise Conflict(
                N_("“{name}” has new terms that wait for answers. Settle them first."),
                name=two.together.row.name,
            )
        changes = await _carry_out(actor, [(one, two.stand), (two, one.stand)], form, agreed=agreed)
    await record(
        actor, "consortium.move", "consortium", consortium_id, why=form.why,
        before={"stand": here.label}, after={"stand": changes[0].after.label},
    )  # fmt: skip
    return changes


async def _holders(actor: Actor, stand_id: int) -> list[tuple[int, int | None]]:
    """(application, consortium) of those whose stand it is, if they are the agency's own."""
    found = await rows(
        "SELECT al.application, al.consortium, c.agency FROM allocation al"
        " JOIN application x ON x.id = al.application JOIN call c ON c.id = x.call"
        " WHERE al.stand = $1 AND al.state IN ('held', 'confirmed') ORDER BY al.application",
        stand_id,
    )
    if any(each["agency"] != actor.agency_id for each in found):
        raise Refused(
            N_("An exhibitor of another agency has this stand. Choose another one."), field="stand"
        )
    return [(each["application"], each["consortium"]) for each in found]


@step
async def _carry_out(
    actor: Actor,
    going: Sequence[tuple[Party, StandRow]],
    form: MoveTogetherForm,
    *,
    agreed: bool,
) -> list[Change]:
    if not any(moving.other_contract(party.stand, to) for party, to in going):
        await moving.shift(
            actor, [(found, party.stand, to) for party, to in going for found in party.found],
            form.why,
        )  # fmt: skip
        return [
            await moving.change_of(found, party.stand, to, None, [])
            for party, to in going
            for found in party.found
        ]
    moving.must_have_seen(form.seen_total, agreed)
    moves = [
        Move(found, party.stand, to, AdmitForm(stand=to.id), await _joint(party, found, to))
        for party, to in going
        for found in party.found
    ]
    changes = await moving.rewrite(actor, moves, form.why)
    total = summed(changes)
    if agreed and total != form.seen_total:
        raise Conflict(
            N_(
                "Together they pay {total} now, not what the page showed. Nothing was done:"
                " look at it again."
            ),
            total=format_money(total, changes[0].price_before.currency),
        )
    for party, to in going:
        if party.together is not None:
            await _take_area(party, to, changes)
    return changes


async def _joint(party: Party, found: Dossier, to: StandRow) -> Joint | None:
    if party.together is None or party.terms is None:
        return None
    place = next(n for n, part in enumerate(party.terms.parts) if part.application == found.row.id)
    return await pricing.joint(
        party.together.row.id, found, party.terms, place, to,
        aided=found.admission is None or bool(found.admission.aid_minor),
    )  # fmt: skip


@step
async def _take_area(party: Party, to: StandRow, changes: list[Change]) -> None:
    """The parts of all members from the booth, in one sum."""
    call = party.found[0].call
    assert party.terms is not None
    mine = {found.row.id for found in party.found}
    parts = zip(party.terms.parts, rules.on_stand(
        to.area_m2, [int(area * 100) for area in party.terms.areas]
    ), strict=False)  # fmt: skip
    area = sum((area for part, area in parts if part.application in mine), Decimal(0))
    aid = sum(
        change.price.aid_minor for change in changes if change.application in mine and change.price
    )
    await partners.take_area(call.agency, call.booth, area, aid)


def summed(changes: Sequence[Change]) -> int:
    """What all pay then, in minor units."""
    return sum((each.price or each.price_before).total_minor for each in changes)
