"""What checks and declarations add to calls and applications."""

from booths.calls import additions, declaring, listing
from booths.calls.additions import Event, Panel, Part, Place
from booths.calls.copies import Shift, copies, take_over
from booths.calls.queries import application_for
from booths.calls.rows import CallRow, Dossier
from booths.calls.rules import MOVES, CallState, State
from booths.checks import actions, queries
from booths.checks.facts import Outcome
from booths.checks.kinds import DECLARED_BY
from server.accounts.permissions import Actor
from server.declarations.kinds import NAMES
from server.text import N_, gettext, ngettext


@additions.part
async def conditions(actor: Actor, call: CallRow) -> Part:
    """The line of the set-up."""
    rules = await queries.rules_of(call.id)
    terms = await queries.terms_of(call.id)
    lacking = {DECLARED_BY.get(each.kind) for each in rules} - {None, *terms.declarations}
    return Part(
        open=bool(lacking) and call.state is CallState.DRAFT,
        name=N_("Conditions and declarations"),
        url=f"/desk/calls/{call.id}/conditions",
        said=gettext(
            N_("Rules: {rules}. Declarations: {declarations}."),
            rules=len(rules),
            declarations=len(terms.declarations),
        ),
    )


@additions.panel(Place.CALL_DESK)
async def to_checks(actor: Actor, call: CallRow) -> Panel | None:
    """How many applications fulfil the rules, and the way to the list."""
    if call.published_at is None or not await queries.rules_of(call.id):
        return None
    return Panel(
        template="checks/_counts.html",
        context={
            "call": call,
            "counts": await queries.counts(call.id),
            "paid_without": await queries.failed_at_payment(call.id),
        },
    )


@additions.panel(Place.CALL_PUBLIC)
async def in_plain_words(actor: Actor, call: CallRow) -> Panel:
    """The conditions before one applies."""
    terms = await queries.terms_of(call.id)
    return Panel(
        template="checks/_conditions.html",
        context={
            "rules": [(each, None, "") for each in await queries.rules_of(call.id)],
            "names": [NAMES[each] for each in terms.declarations],
            "terms": terms,
        },
    )


@additions.panel(Place.CALL_START)
async def before_one_starts(actor: Actor, call: CallRow) -> Panel:
    """The same, with what this company does not fulfil."""
    terms = await queries.terms_of(call.id)
    judged = await actions.judged(call, actor.company_id, {}) if actor.company_id else []
    return Panel(
        template="checks/_conditions.html",
        context={
            "rules": [
                (rule, outcome.value if outcome is Outcome.FAILED else None, said)
                for rule, outcome, said in judged
            ],
            "names": [NAMES[each] for each in terms.declarations],
            "terms": terms,
        },
    )


@additions.panel(Place.APPLICATION_DESK)
async def findings(actor: Actor, found: Dossier) -> Panel:
    """What the rules found, the declarations as signed, and corrections."""
    moves = {each.to for each in MOVES[found.row.state] if actor.may(each.verb)}
    return Panel(
        template="checks/_findings.html",
        context={
            "run": await queries.latest_run(found.row.id),
            "paid": await queries.latest_run(found.row.id, paying=True),
            "declared": await queries.signed(found.row.id),
            "may_ask": State.TO_CORRECT in moves,
            "may_exclude": State.EXCLUDED in moves,
        },
    )


@additions.panel(Place.APPLICATION_COMPANY, Place.APPLICATION_CHECK)
async def correction(actor: Actor, found: Dossier) -> Panel | None:
    """What is to be mended, until when; or what became of it."""
    asked = found.correction
    if asked is None or (asked.answered_at and found.row.submitted_at != asked.arrived_at):
        return None
    if found.row.state is not State.TO_CORRECT and not asked.answered_at and not asked.ended_at:
        return None
    return Panel(template="checks/_correction.html", context={"correction": asked})


@additions.panel(Place.APPLICATION_COMPANY)
async def in_the_way(actor: Actor, found: Dossier) -> Panel | None:
    """Declarations that have expired since the task was done."""
    if not found.editable or "declarations" not in found.draft:
        return None
    said = await declaring.obstacles(found)
    if not said:
        return None
    return Panel(template="checks/_expired.html", context={"said": said})


@additions.condition
async def declared(found: Dossier) -> list[str]:
    """Every declaration that the call asks for holds today."""
    return await declaring.obstacles(found)


@additions.condition
async def fulfilled(found: Dossier) -> list[str]:
    """No hard rule fails, where the call refuses at once."""
    return await actions.refused_at_once(found)


@listing.ineligible
async def not_for_the_supported_price(call: CallRow, company_id: int) -> list[str]:
    """Rules that warn and are not fulfilled lead to the call's other price list, if it has one."""
    application = await application_for(company_id, call.id)
    run = await queries.latest_run(application) if application else None
    if run is not None:
        warned = [each for each in run.findings if not each.hard and each.waived is None]
        return [each.said for each in warned if each.outcome is Outcome.FAILED]
    judged = await actions.judged(call, company_id, {})
    return [said for rule, found, said in judged if not rule.hard and found is Outcome.FAILED]


@additions.follows(Event.SUBMITTED)
async def look(actor: Actor, found: Dossier) -> None:
    """Findings are written when an application is sent."""
    await actions.look(found.call, {found.row.id: (found.row.company, found.draft)}, "sent")


@additions.follows(Event.CONFIRMED)
async def look_at_payment(actor: Actor, found: Dossier) -> None:
    """What must be so on the day of payment is looked at on that day."""
    await actions.look(found.call, {found.row.id: (found.row.company, found.draft)}, "payment")


@additions.follows(Event.DECIDED, Event.ADMITTED)
async def must_pass(actor: Actor, found: Dossier) -> None:
    """A yes needs every hard rule fulfilled or waived."""
    await actions.must_pass(found)


@copies("check_rule")
async def rules_anew(_: Actor, old: CallRow, new: CallRow, __: Shift) -> list[str]:
    """The conditions of a call, for its copy."""
    n = len(await take_over("check_rule", old.id, new.id))
    words = ngettext(N_("{n} condition of eligibility"), N_("{n} conditions of eligibility"), n)
    return [words] if n else []
