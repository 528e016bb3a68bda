"""What members agree to: new terms, everybody's answer, and sending as one."""

from datetime import datetime, time, timedelta
from decimal import Decimal

from booths.calls import additions, applying
from booths.calls import queries as calls
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import OPEN_STATES, Phase, State, area_fits
from booths.consortia import pricing, queries, rules, steps
from booths.consortia.forms import (
    AnswerForm,
    SendForm,
    TermsForm,
)
from booths.consortia.queries import MemberRow, Together
from booths.consortia.rules import MemberState, Stage, Standing
from booths.fees import actions as fees
from booths.fees.rules import Quote
from booths.plans import queries as plans
from booths.plans.queries import StandRow
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, step
from server.errors import Conflict, Refused
from server.money import format_money
from server.organisations import queries as organisations
from server.text import N_, gettext

CHANGED = N_("The terms have changed since you opened this page. Nothing was done: look again.")
_NAMED = N_("{company}: {why}")


@action
async def propose(actor: Actor, form: TermsForm, *, application_id: int) -> int:
    """The lead proposes other terms: each member must agree anew. Returns their version."""
    require(actor, "consortium.write")
    found, together, _ = await steps.held(actor, application_id, lead=True)
    if together.row.state is Stage.DISSOLVED:
        raise Conflict(N_("This consortium is dissolved."))
    if together.row.state is Stage.SENT:
        _may_ask_for(found.call, together, form.island_m2)
    live = together.live
    if set(form.parts) - {str(each.id) for each in live}:
        raise Refused(N_("Parts are stated for somebody who is no member."))
    stated = [form.parts.get(str(each.id), Decimal(0)) for each in live]
    until = None
    if form.answer_by is not None:
        until = clock.to_utc(
            datetime.combine(form.answer_by + timedelta(days=1), time()), together.row.tz
        )
        if until <= clock.now():
            raise Refused(N_("Give the members a day that is still to come."), field="answer_by")
    elif together.row.state is not Stage.FORMING:
        until = clock.now() + timedelta(days=rules.REPLY_DAYS)
    if together.in_force is not None and not _can_stand(together, form.island_m2):
        raise Refused(
            N_("You are admitted to stand {stand}: the parts add up to its {area} m²."),
            field="island_m2",
            stand=together.row.stand_label,
            area=f"{together.in_force.island_m2.normalize():f}",
        )
    await steps.propose(
        actor, together.row.id, key=form.key, stand_kind=form.stand_kind,
        island_m2=form.island_m2, members=[each.id for each in live], stated=stated,
        answer_by=until, why=form.why,
    )  # fmt: skip
    return together.terms.version + 1


def _may_ask_for(call: CallRow, together: Together, island_m2: Decimal) -> None:
    """What was sent follows new terms at once, so they ask for no more than one may ask for now:
    the limits of the call while it is open, not more than was sent after it has closed."""
    assert together.in_force is not None
    sent = together.in_force.island_m2
    if call.phase is Phase.OPEN:
        area_fits(island_m2, call.minimum_m2, call.maximum_m2, max(call.left_m2, sent))
    elif island_m2 > sent:
        raise Refused(
            N_("The call is closed: the common stand has at most the {sent} m² that you sent."),
            field="island_m2",
            sent=f"{sent.normalize():f}",
        )


def _can_stand(together: Together, island_m2: Decimal) -> bool:
    return (
        together.row.state is not Stage.ADMITTED
        or together.in_force is None
        or together.in_force.island_m2 == island_m2
    )


@action
async def answer(actor: Actor, form: AnswerForm, *, application_id: int) -> int:
    """Agree to the terms and one's own price, or not. The last answer counts.

    What was sent but not admitted yet follows new terms at once when the last member has agreed.
    """
    require(actor, "consortium.write")
    found, together, me = await steps.held(actor, application_id)
    terms = together.terms
    place = terms.place(me.id)
    if terms.version != form.version or place is None:
        raise Conflict(CHANGED)
    if together.row.state is Stage.DISSOLVED:
        raise Conflict(N_("This consortium is dissolved."))
    if together.row.state is Stage.ADMITTED and not together.row.changing:
        raise Conflict(N_("You are admitted under these terms, so there is nothing to answer."))
    if terms.answer_by is not None and clock.now() >= terms.answer_by:
        raise Conflict(N_("The time to answer is over: what was agreed before stays."))
    if form.agrees and together.row.state is Stage.SENT:
        _may_ask_for(found.call, together, terms.island_m2)
    price = (await own_price(found, together, me)).total_minor
    if form.agrees and price != form.seen_total:
        raise Conflict(
            N_("Your price is {total} now. Nothing was agreed: look at it again."),
            total=format_money(price, found.call.currency),
        )
    await execute(
        "INSERT INTO consortium_answer (terms, member, agrees, total_minor, person_id, answered_at)"
        " VALUES ($1,$2,$3,$4,$5,$6)",
        terms.id,
        me.id,
        form.agrees,
        price,
        actor.person_id,
        clock.now(),
    )
    await record(
        actor, "consortium.answer", "consortium", together.row.id,
        after={"version": terms.version, "agrees": form.agrees, "total_minor": price},
        agency_id=together.row.agency,
    )  # fmt: skip
    if together.row.state is Stage.SENT and together.row.changing:
        await _follow(actor, await queries.together(together.row.id))
    return terms.version


async def own_price(found: Dossier, together: Together, me: MemberRow) -> Quote:
    """What a member would pay under the latest terms, on the stand if there is one."""
    place = together.terms.place(me.id)
    assert place is not None
    if not _from_draft(found, together):
        found = await pricing.as_sent(found)
    return await pricing.price(found, together.terms, place, await stand_of(together))


def _from_draft(found: Dossier, together: Together) -> bool:
    """Whether a price is for answers that may still be sent, or for those that were."""
    if together.row.state is Stage.SENT:
        return found.editable and not together.row.changing
    return together.row.state is Stage.FORMING


async def stand_of(together: Together) -> StandRow | None:
    """The stand of an admitted consortium."""
    return await plans.stand(together.row.stand) if together.row.stand else None


@step
async def _follow(actor: Actor, together: Together) -> None:
    """New terms of a consortium that was sent and that everybody agrees to: in force from now."""
    terms = together.terms
    waiting = (*OPEN_STATES, State.WAIT_LISTED)
    sent = all(part.application_state in waiting for part in terms.parts)
    if not terms.agreed or not together.covers or not sent:
        return
    for place, part in enumerate(terms.parts):
        assert part.application is not None
        found = await calls.own_dossier(pricing.acting(actor, part.company), part.application)
        counted = await pricing.as_sent(found)
        choice = await pricing.choice(counted, terms, place)
        quote = await fees.keep_quote(
            part.application, await pricing.price(counted, terms, place), choice
        )
        await execute(
            "UPDATE application SET quote = $2, area_m2 = $3, stand_kind = $4 WHERE id = $1",
            part.application,
            quote,
            terms.areas[place],
            terms.stand_kind.value,
        )
    await steps.write_parts(terms)
    await _put_in_force(actor, together)


@step
async def _put_in_force(actor: Actor, together: Together) -> None:
    await execute(
        "UPDATE consortium SET state = $2, in_force = $3 WHERE id = $1",
        together.row.id,
        rules.move(together.row.state, Stage.SENT).value,
        together.terms.id,
    )
    await record(
        actor, "consortium.in_force", "consortium", together.row.id,
        before={"state": together.row.state.value},
        after={"state": "sent", "version": together.terms.version},
        agency_id=together.row.agency,
    )  # fmt: skip


@action
async def send(actor: Actor, form: SendForm, *, application_id: int) -> int:
    """The lead sends for all, or for nobody: every member's application arrives at one instant.

    Each gets its own receipt. Returns how many were sent.
    """
    require(actor, "consortium.send")
    _, together, _ = await steps.held(actor, application_id, lead=True)
    terms = together.terms
    if terms.version != form.version:
        raise Conflict(CHANGED)
    rules.move(together.row.state, Stage.SENT)
    if together.row.changing:
        raise Conflict(N_("New terms wait for the members' answers. Then you can send again."))
    faults = unready(together)
    prices = []
    for place, part in enumerate(terms.parts):
        if part.application is None or part.state is not MemberState.JOINED:
            continue
        found = await calls.own_dossier(pricing.acting(actor, part.company), part.application)
        open_tasks = await _open_tasks(found)
        if open_tasks:
            faults.append(_of(part.company_name, open_tasks))
            continue
        price = (await pricing.price(found, terms, place)).total_minor
        prices.append(price)
        said = None if part.agrees is None else rules.Answer(part.agrees, part.seen_minor or 0)
        standing = rules.standing(said, price)
        if standing is not Standing.AGREED:
            faults.append(_of(part.company_name, gettext(rules.STANDING_WORDS[standing])))
    if faults:
        raise Refused(N_("Nothing was sent. {faults}"), faults=" ".join(faults))
    now = clock.now()
    for part, price in zip(terms.parts, prices, strict=True):
        assert part.application is not None
        try:
            await applying.send_one(
                pricing.acting(actor, part.company), part.application, price, now
            )
        except Refused as refused:
            raise Conflict(_NAMED, company=part.company_name, why=str(refused)) from refused
    await _put_in_force(actor, together)
    return len(prices)


def _of(company: str, why: str) -> str:
    return gettext(N_("{company}: {why}."), company=company, why=why.rstrip("."))


def unready(together: Together) -> list[str]:
    """What the lead must settle before it may send, whatever the members have done."""
    found = [
        _of(each.company_name, gettext(N_("has not answered the invitation")))
        for each in together.live
        if each.state is MemberState.INVITED
    ]
    if not together.covers:
        found.append(gettext(N_("Not every member has a part yet: write new terms.")))
    if sum(each.state is MemberState.JOINED for each in together.live) < 2:
        found.append(gettext(N_("A consortium has at least two members.")))
    return found


async def _open_tasks(found: Dossier) -> str:
    company = await organisations.company(found.row.company)
    if company.missing:
        return gettext(N_("the company profile lacks some answers"))
    if found.needs_statement:
        return gettext(N_("the questions about aid are not answered"))
    if found.left:
        return gettext(N_("some tasks are not finished"))
    return " ".join(await additions.unmet(found))
