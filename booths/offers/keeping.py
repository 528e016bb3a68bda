"""Keeping a stand for an applicant by hand; and who changed what since a page was opened."""

from datetime import timedelta

from booths.calls.allocating import free_expired
from booths.calls.contracts import for_agency
from booths.calls.deciding import hold
from booths.calls.rows import Dossier
from booths.calls.rules import State
from booths.offers import actions, queries, standing
from booths.offers.forms import KeepForm, SeenForm
from booths.offers.rules import OfferState
from booths.offers.standing import DEEDS
from booths.partners import queries as partners
from booths.plans import actions as plans
from booths.plans.queries import StandRow
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, execute, row, rows, step, value
from server.errors import Conflict, Refused
from server.text import N_, gettext
from server.web.formats import moment

KEEPABLE = (State.SUBMITTED, State.TO_CORRECT, State.ELIGIBLE, State.WAIT_LISTED)


async def as_seen(found: Dossier, seen: int) -> None:
    """Conflict that says who did what, if anything was done to the application since `seen`."""
    last = await row(
        "SELECT id, person_name, verb, at FROM audit_line WHERE thing = 'application'"
        " AND thing_id = $1 ORDER BY id DESC LIMIT 1",
        found.row.id,
    )
    if last is None or last["id"] == seen:
        return
    raise Conflict(
        N_(
            "{who} changed the application of {company} on {when}: {what}. Nothing of that was"
            " overwritten, and what you typed is kept. Look at it as it is now and try again."
        ),
        who=last["person_name"],
        company=found.row.company_name,
        when=moment(last["at"], found.call.tz, seconds=True),
        what=gettext(DEEDS.get(last["verb"], last["verb"])),
    )


@step
async def claim(found: Dossier, stand_id: int) -> StandRow:
    """A free stand of the application's booth, locked; Conflict names who has it.

    Of another agency's exhibitor only the agency is named. Conflict too when the call's own agency
    does not share the booth any more.
    """
    stand = await plans.claim_stand(stand_id)
    if stand.booth != found.call.booth:
        raise Refused(
            N_("This stand is on another joint booth. Choose one of this call."), field="stand"
        )
    if not await partners.may_use(found.call.agency, found.call.booth):
        raise Conflict(
            N_(
                "Your agency does not share this booth any more. Nothing was done: ask the agency"
                " that leads it for a new allotment."
            )
        )
    await free_expired(stand_id)
    holder = await value(
        "SELECT CASE WHEN c.agency = $3 THEN co.name ELSE a.name END FROM allocation al"
        " JOIN application x ON x.id = al.application JOIN company co ON co.id = x.company"
        " JOIN call c ON c.id = x.call JOIN agency a ON a.id = c.agency"
        " WHERE al.stand = $1 AND al.state <> 'released' AND al.application <> $2 LIMIT 1",
        stand_id,
        found.row.id,
        found.call.agency,
    )
    if holder is not None:
        raise Conflict(
            N_("{company} has stand {label} now. Nothing was changed: choose another one."),
            field="stand",
            company=holder,
            label=stand.label,
        )
    return stand


@action
async def keep(actor: Actor, form: KeepForm, *, application_id: int) -> int:
    """Put a stand on hold for an applicant, or reserve it; what was kept before is free again."""
    require(actor, "application.admit")
    found = await hold(actor, application_id)
    await as_seen(found, form.seen)
    if found.row.state not in KEEPABLE:
        raise Conflict(
            N_("A stand is kept for applicants. {company} is not one any more."),
            company=found.row.company_name,
        )
    offer = await queries.last_offer(application_id)
    if offer is not None and offer.state is OfferState.OPEN:
        raise Conflict(
            N_("{company} is being asked about stand {label}. Take that offer back first."),
            company=found.row.company_name,
            label=offer.stand_label,
        )
    stand = await claim(found, form.stand)
    await actions.let_go(application_id)
    until = clock.now() + timedelta(hours=form.hours) if form.how == "hold" else None
    made = await actions.keep_stand(found, stand.id, stand.area_m2, "desk", until)
    assert made is not None
    await record(
        actor, f"stand.{form.how}", "application", application_id,
        after={"stand": stand.label, "until": until}, company_id=found.row.company,
    )  # fmt: skip
    return application_id


@action
async def give_back(actor: Actor, form: SeenForm, *, application_id: int) -> int:
    """Free what is kept by hand for an applicant."""
    require(actor, "application.admit")
    found = await hold(actor, application_id)
    await as_seen(found, form.seen)
    kept = await standing.kept(application_id)
    if kept is None or kept.purpose != "desk":
        raise Conflict(N_("No stand is on hold or reserved for this applicant any more."))
    await actions.let_go(application_id)
    await record(
        actor, "stand.give_back", "application", application_id, before={"stand": kept.label},
        company_id=found.row.company,
    )  # fmt: skip
    await actions.go_on(found.call.id)
    return application_id


async def due() -> list[int]:
    """Applications whose hold is over. Offers end on their own page."""
    found = await rows(
        "SELECT application FROM allocation WHERE state = 'kept' AND purpose <> 'offer'"
        " AND until <= $1 ORDER BY until, id LIMIT 200",
        clock.now(),
    )
    return [each["application"] for each in found]


@action
async def run_out(application_id: int) -> bool:
    """A hold is over: its stand is free. Twice is once."""
    found = await hold(await for_agency(application_id), application_id)
    kept = await standing.kept(application_id)
    if kept is None or kept.purpose == "offer" or kept.until is None or kept.until > clock.now():
        return False
    await execute(
        "UPDATE allocation SET state = 'released', released_at = $2 WHERE id = $1",
        kept.id,
        clock.now(),
    )
    await record(
        await for_agency(application_id), "stand.run_out", "application", application_id,
        before={"stand": kept.label, "until": kept.until}, company_id=found.row.company,
    )  # fmt: skip
    await actions.go_on(found.call.id)
    return True
