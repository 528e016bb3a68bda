"""What a company answers to an offer: yes, which is the contract at once, or no."""

from booths.calls.contracts import for_agency
from booths.calls.deciding import contract, hold
from booths.calls.forms import AdmitForm
from booths.calls.queries import own_dossier
from booths.calls.rows import Dossier
from booths.calls.withdrawing import take_back
from booths.offers import actions, queries
from booths.offers.forms import AcceptForm, DeclineForm
from booths.offers.queries import OfferRow
from booths.offers.rules import OfferState
from server import clock
from server.accounts.permissions import Actor, require
from server.audit import record
from server.database import action, row, step
from server.errors import Conflict, NotFound
from server.text import N_
from server.web.formats import moment


@action
async def accept(actor: Actor, form: AcceptForm, *, application_id: int) -> int:
    """Take the stand at the price seen: the contract exists at once. The admission's id."""
    require(actor, "offer.answer")
    house, dossier, found = await _asked(actor, application_id)
    await record(
        actor, "offer.accept", "application", application_id,
        after={"stand": found.stand_label, "total_minor": form.seen_total},
        agency_id=dossier.call.agency,
    )  # fmt: skip
    return await contract(house, dossier, AdmitForm(stand=found.stand, seen_total=form.seen_total))


@action
async def decline(actor: Actor, form: DeclineForm, *, application_id: int) -> int:
    """Say no to this stand, and stay on the waiting list or leave it."""
    require(actor, "offer.answer")
    _, dossier, found = await _asked(actor, application_id)
    await actions.finish(found, OfferState.DECLINED, form.why)
    await actions.let_go(application_id)
    await record(
        actor, "offer.decline", "application", application_id,
        before={"stand": found.stand_label}, after={"then": form.then}, why=form.why,
        agency_id=dossier.call.agency,
    )  # fmt: skip
    if form.then == "leave":
        await take_back(actor, await own_dossier(actor, application_id))
    await actions.go_on(found.call)
    return application_id


@step
async def _asked(actor: Actor, application_id: int) -> tuple[Actor, Dossier, OfferRow]:
    """The house for the agency, the application, held, and the offer that it answers."""
    own = await row(
        "SELECT 1 FROM application WHERE id = $1 AND company = $2", application_id, actor.company_id
    )
    if own is None:
        raise NotFound
    house = await for_agency(application_id)
    dossier = await hold(house, application_id)
    found = await queries.last_offer(application_id)
    if found is None:
        raise NotFound
    if found.state is not OfferState.OPEN or found.until <= clock.now():
        raise Conflict(
            N_(
                "The offer of stand {label} is over: it was good until {until}. Nothing was"
                " changed. If you are on the waiting list, you keep your place."
            ),
            label=found.stand_label,
            until=moment(found.until, dossier.call.tz),
        )
    return house, dossier, found
