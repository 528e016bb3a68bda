"""What agencies do to share a booth, and the steps that admissions take."""

from decimal import Decimal
from typing import Any

from booths.partners import queries, rules
from booths.partners.forms import AllotmentForm, AnswerForm, ChangedAllotment, EndForm, InviteForm
from booths.partners.queries import PartnerRow
from booths.partners.rules import PartnerState
from booths.plans import actions as plans
from server import clock
from server.accounts.permissions import SYSTEM, Actor, require
from server.audit import record
from server.database import action, execute, row, step, value
from server.errors import Conflict, NotFound, Refused
from server.mail.actions import send
from server.mail.writing import link
from server.money import format_money, to_minor
from server.organisations import queries as organisations
from server.text import N_
from server.web.formats import day, m2

CHANGED = N_(
    "The terms have changed since you opened this page. Nothing was done:"
    " read them again and then answer."
)


@action
async def invite(actor: Actor, form: InviteForm, *, booth_id: int) -> int:
    """Offer another agency a part of the booth; its square metres are set aside at once."""
    require(actor, "partner.write")
    await _lead(actor, booth_id)
    agency = await organisations.own_agency(actor)
    if form.agency == actor.agency_id or not await value(
        "SELECT 1 FROM agency WHERE id = $1", form.agency
    ):
        raise Refused(N_("Choose another agency of this installation."), field="agency")
    made = await value(
        "INSERT INTO booth_partner (booth, agency, state, first_allotted_m2, allotted_m2,"
        " price_per_m2_minor, currency, budget_minor, returns_on, terms, created_at)"
        " VALUES ($1,$2,'invited',$3,$3,$4,$5,$6,$7,$8,$9) ON CONFLICT DO NOTHING RETURNING id",
        booth_id,
        form.agency,
        form.allotted_m2,
        to_minor(form.price_per_m2, agency.currency),
        agency.currency,
        _budget(form, agency.currency),
        form.returns_on,
        form.terms,
        clock.now(),
    )
    if made is None:
        raise Conflict(
            N_("This agency shares the booth already, or is asked to. Change its allotment."),
            field="agency",
        )
    await plans.reserve_area(booth_id, form.allotted_m2)
    await record(actor, "partner.invite", "booth", booth_id, after=_facts(form, form.agency))
    found = await queries.partner(actor, made)
    await _write(found, found.agency, "partner-invited", f"partner:{made}:invited")
    return int(made)


@action
async def change(actor: Actor, form: ChangedAllotment, *, partner_id: int) -> int:
    """Other terms: the area never less than the partner has given away, nor more than is left.

    A partner that has accepted is told; an offer that is still open is made anew.
    """
    require(actor, "partner.write")
    found = await _held(actor, partner_id)
    if found.lead != actor.agency_id:
        raise NotFound
    if found.version != form.version:
        raise Conflict(CHANGED)
    if found.state not in (PartnerState.INVITED, PartnerState.ACCEPTED):
        raise Conflict(N_("This partnership is over. Invite the agency again instead."))
    if form.allotted_m2 < found.taken_m2:
        raise Refused(
            N_("The partner has given {taken} to exhibitors, so it cannot have less."),
            field="allotted_m2",
            taken=m2(found.taken_m2),
        )
    budget = _budget(form, found.currency)
    if budget is not None and budget < found.committed_minor:
        raise Refused(
            N_("The partner has granted {granted} at this booth, so it cannot have less."),
            field="budget",
            granted=format_money(found.committed_minor, found.currency),
        )
    await execute(
        "UPDATE booth_partner SET allotted_m2 = $2, first_allotted_m2 = $2,"
        " price_per_m2_minor = $3, budget_minor = $4, returns_on = $5, terms = $6,"
        " returned_at = NULL, version = version + 1 WHERE id = $1",
        partner_id,
        form.allotted_m2,
        to_minor(form.price_per_m2, found.currency),
        budget,
        form.returns_on,
        form.terms,
    )
    more = form.allotted_m2 - found.allotted_m2
    if more > 0:
        await plans.reserve_area(found.booth, more)
    elif more < 0:
        await plans.free_reserved_area(found.booth, -more)
    await record(
        actor, "partner.change", "booth", found.booth,
        before=_facts_of(found), after=_facts(form, found.agency),
    )  # fmt: skip
    changed = await queries.partner(actor, partner_id)
    await _write(
        changed, changed.agency, "partner-changed", f"partner:{partner_id}:{changed.version}"
    )
    return partner_id


@action
async def answer(actor: Actor, form: AnswerForm, *, partner_id: int) -> int:
    """The partner accepts the terms it has read, or declines; declining gives the area back."""
    require(actor, "partner.write")
    found = await _held(actor, partner_id)
    if found.agency != actor.agency_id:
        raise NotFound
    if found.version != form.version:
        raise Conflict(CHANGED)
    to = rules.move(found.state, PartnerState.ACCEPTED if form.accept else PartnerState.DECLINED)
    await _set(found, to)
    await record(
        actor, "partner.answer", "booth", found.booth,
        before={"state": found.state.value}, after={"state": to.value, "partner": found.agency},
    )  # fmt: skip
    await _write(found, found.lead, f"partner-{to.value}", f"partner:{partner_id}:{to.value}")
    return partner_id


@action
async def end(actor: Actor, _: EndForm, *, partner_id: int) -> int:
    """Either side ends a partnership in which nothing was given to an exhibitor."""
    require(actor, "partner.write")
    found = await _held(actor, partner_id)
    to = rules.move(found.state, PartnerState.ENDED)
    if found.taken_m2:
        raise Conflict(
            N_(
                "Exhibitors of the partner have {taken} of this booth. The partnership can end when"
                " their admissions have ended."
            ),
            taken=m2(found.taken_m2),
        )
    await _set(found, to)
    await record(
        actor, "partner.end", "booth", found.booth,
        before={"state": found.state.value}, after={"state": to.value, "partner": found.agency},
    )  # fmt: skip
    other = found.agency if actor.agency_id == found.lead else found.lead
    await _write(found, other, "partner-ended", f"partner:{partner_id}:ended")
    return partner_id


@action
async def return_unused(partner_id: int) -> bool:
    """After its date, what a partner has not given away goes back to the lead agency."""
    lead = await value(
        "SELECT b.agency FROM booth_partner p JOIN booth b ON b.id = p.booth WHERE p.id = $1",
        partner_id,
    )
    actor = Actor(name=SYSTEM.name, system=True, agency_id=lead)
    found = await _held(actor, partner_id)
    back = rules.unused(found.allotment, clock.today(found.tz))
    if not back:
        return False
    await execute(
        "UPDATE booth_partner SET allotted_m2 = taken_m2, returned_at = $2, version = version + 1"
        " WHERE id = $1",
        partner_id,
        clock.now(),
    )
    await plans.free_reserved_area(found.booth, back)
    await record(
        actor, "partner.return", "booth", found.booth,
        before={"allotted_m2": found.allotted_m2},
        after={"allotted_m2": found.taken_m2, "partner": found.agency},
    )  # fmt: skip
    for agency in (found.lead, found.agency):
        await _write(
            found, agency, "partner-returned", f"partner:{partner_id}:returned:{found.version}",
            back=m2(back),
        )  # fmt: skip
    return True


# -- steps for the rooms above --------------------------------------------------------------------


@step
async def take_area(agency_id: int, booth_id: int, m2_wanted: Decimal, aid_minor: int) -> None:
    """Take square metres for an exhibitor of an agency: of the booth, or of its allotment there.

    Conflict when there are not so many left, when the aid passes the partner's budget at this
    booth, or when the agency shares the booth no more: its calls may outlive the partnership. The
    booth's row is the hottest of an admission: call it last.
    """
    found = await row(
        "SELECT p.id, p.allotted_m2 - p.taken_m2 AS left_m2, p.budget_minor, p.committed_minor,"
        " p.currency FROM booth_partner p WHERE p.booth = $1 AND p.agency = $2"
        " AND p.state = 'accepted' FOR UPDATE",
        booth_id,
        agency_id,
    )
    if found is None:
        if not await queries.may_use(agency_id, booth_id):
            raise Conflict(
                N_(
                    "Your agency does not share this booth any more. Nothing was done: ask the"
                    " agency that leads it for a new allotment."
                )
            )
        await plans.take_area(booth_id, m2_wanted)
        return
    if found["left_m2"] < m2_wanted:
        raise Conflict(
            N_(
                "{left} of your allotment at this booth are left, and {wanted} are wanted. Nothing"
                " was taken: ask the agency that leads the booth for more."
            ),
            left=m2(found["left_m2"]),
            wanted=m2(m2_wanted),
        )
    budget = found["budget_minor"]
    if budget is not None and found["committed_minor"] + aid_minor > budget:
        raise Conflict(
            N_(
                "{left} of your budget at this booth are left, and {aid} of aid are to be granted."
                " Nothing was done: admit with less aid, or agree on a larger budget."
            ),
            left=format_money(budget - found["committed_minor"], found["currency"]),
            aid=format_money(aid_minor, found["currency"]),
        )
    await execute(
        "UPDATE booth_partner SET taken_m2 = taken_m2 + $2, committed_minor = committed_minor + $3"
        " WHERE id = $1",
        found["id"],
        m2_wanted,
        aid_minor,
    )
    await plans.take_reserved_area(booth_id, m2_wanted)


@step
async def give_back_area(agency_id: int, booth_id: int, given_m2: Decimal, aid_minor: int) -> None:
    """Give square metres back that `take_area` took, with the aid that went with them.

    What comes back after the date of return goes to the lead agency, not into the allotment.
    """
    found = await row(
        "SELECT p.id, ($3::timestamptz AT TIME ZONE l.tz)::date > p.returns_on AS over"
        " FROM booth_partner p JOIN booth b ON b.id = p.booth JOIN agency l ON l.id = b.agency"
        " WHERE p.booth = $1 AND p.agency = $2 AND p.state = 'accepted' FOR UPDATE OF p",
        booth_id,
        agency_id,
        clock.now(),
    )
    if found is None:
        await plans.give_back_area(booth_id, given_m2)
        return
    await execute(
        "UPDATE booth_partner SET taken_m2 = taken_m2 - $2, committed_minor = committed_minor - $3,"
        " allotted_m2 = allotted_m2 - $4 WHERE id = $1",
        found["id"],
        given_m2,
        aid_minor,
        given_m2 if found["over"] else Decimal(0),
    )
    await plans.give_back_area(booth_id, given_m2)
    if not found["over"]:
        await plans.reserve_area(booth_id, given_m2)


# -- inside ---------------------------------------------------------------------------------------


async def _lead(actor: Actor, booth_id: int) -> None:
    held = await row(
        "SELECT 1 FROM booth WHERE id = $1 AND agency = $2 FOR UPDATE", booth_id, actor.agency_id
    )
    if held is None:
        raise NotFound


async def _held(actor: Actor, partner_id: int) -> PartnerRow:
    await row("SELECT 1 FROM booth_partner WHERE id = $1 FOR UPDATE", partner_id)
    return await queries.partner(actor, partner_id)


async def _set(found: PartnerRow, to: PartnerState) -> None:
    gone = to in (PartnerState.DECLINED, PartnerState.ENDED)
    await execute(
        "UPDATE booth_partner SET state = $2, allotted_m2 = CASE WHEN $3 THEN 0 ELSE allotted_m2"
        " END, version = version + 1 WHERE id = $1",
        found.id,
        to.value,
        gone,
    )
    if gone:
        await plans.free_reserved_area(found.booth, found.left_m2)


@step
async def _write(found: PartnerRow, agency_id: int, template: str, key: str, **more: Any) -> None:
    for person in await organisations.people_of_agency(agency_id):
        if person.role in ("manager", "owner"):
            await send(
                key=f"{key}:{agency_id}:{person.person_id}",
                to_email=person.email,
                to_name=person.name,
                locale=person.locale,
                template=template,
                agency=agency_id,
                person=person.person_id,
                fair=found.fair_name,
                booth=found.booth_name,
                lead=found.lead_name,
                partner=found.agency_name,
                allotted=m2(found.allotted_m2),
                price=format_money(found.price_per_m2_minor, found.currency),
                until=day(found.returns_on),
                url=link(f"/desk/partnerships/{found.id}"),
                **more,
            )


def _budget(form: AllotmentForm, currency: str) -> int | None:
    return None if form.budget is None else to_minor(form.budget, currency)


def _facts(form: AllotmentForm, agency_id: int) -> dict[str, object]:
    return {
        "partner": agency_id, "allotted_m2": form.allotted_m2, "price_per_m2": form.price_per_m2,
        "budget": form.budget, "returns_on": form.returns_on,
    }  # fmt: skip


def _facts_of(found: PartnerRow) -> dict[str, object]:
    return {
        "partner": found.agency, "allotted_m2": found.allotted_m2,
        "price_per_m2_minor": found.price_per_m2_minor, "budget_minor": found.budget_minor,
        "returns_on": found.returns_on,
    }  # fmt: skip
