"""Waiting lists and offers in the JSON API: the same forms, actions and reads as pages."""

from typing import Any

import msgspec

from booths.calls.queries import desk_dossier, own_dossier
from booths.offers import (
    actions,
    answering,
    cancelling,
    choosing,
    gates,
    keeping,
    moving,
    placing,
    queries,
    ruling,
    standing,
)
from booths.offers.cancelling import Preview
from booths.offers.choosing import ChoosingRow
from booths.offers.forms import (
    AcceptForm,
    CancelForm,
    ChooseForm,
    ChoosingForm,
    DeclineForm,
    GapForm,
    GateForm,
    HandOfferForm,
    KeepForm,
    NothingForm,
    SeenForm,
    ShiftForm,
    SkipForm,
    SwapForm,
    UnskipForm,
    VacateForm,
    WaitingForm,
    WhyForm,
)
from booths.offers.gates import GateRow
from booths.offers.moving import Change
from booths.offers.placing import Applicant
from booths.offers.queries import ListedRow, OfferRow, WaitingRow
from booths.offers.standing import KeptRow
from server.accounts.permissions import Actor
from server.billing.approvals import Outcome
from server.errors import NotFound
from server.text import N_
from server.web.api import Endpoint

TAG = "Waiting lists"
_CALL = "/desk/calls/{call_id:int}/waiting-list"
_CHOICE = "/my/applications/{application_id:int}/choice"
_ONE = "/desk/applications/{application_id:int}"
_MINE = "/my/applications/{application_id:int}/offer"


def _do(path: str, verb: str, summary: str, form: Any, act: Any, **more: Any) -> Endpoint:
    return Endpoint(
        method="POST", path=path, verb=verb, summary=summary, tag=TAG, form=form, act=act, **more
    )


def _read(path: str, verb: str, summary: str, fetch: Any, row: Any, **more: Any) -> Endpoint:
    return Endpoint(
        method="GET", path=path, verb=verb, summary=summary, tag=TAG, fetch=fetch, row=row, **more
    )


class Standing(msgspec.Struct, frozen=True):
    """What is kept for an application, and the version that an act must name as `seen`."""

    version: int
    kept: KeptRow | None


class Exchange(msgspec.Struct, frozen=True):
    """What an exchange makes of both contracts."""

    changes: list[Change]


async def _standing(actor: Actor, *, application_id: int) -> Standing:
    await desk_dossier(actor, application_id)
    return Standing(await standing.version(application_id), await standing.kept(application_id))


def _same(found: Change) -> Change:
    return found


def _both(found: list[Change]) -> Exchange:
    return Exchange(found)


async def _applicants(
    actor: Actor, *, stand_id: int, cursor: str, limit: int
) -> tuple[list[Applicant], None]:
    stand = await placing.own_stand(actor, stand_id)
    return (await placing.applicants(actor, stand))[:limit], None


async def _offer(actor: Actor, *, application_id: int) -> OfferRow:
    await own_dossier(actor, application_id)
    found = await queries.last_offer(application_id)
    if found is None:
        raise NotFound
    return found


ENDPOINTS = [
    _read(_CALL, "offer.list", N_("List who waits, by place"), queries.listed, ListedRow,
          many=True),
    _read(_CALL + "/rule", "offer.list", N_("Show how free stands are offered"),
          queries.own_waiting_rule, WaitingRow),
    _do(_CALL + "/rule", "offer.write", N_("Say how free stands are offered"), WaitingForm,
        ruling.set_waiting_rule),
    _do(_CALL + "/gaps", "offer.write", N_("Put a free stand up for the waiting list"), GapForm,
        actions.put_up, status=201),
    _do(_CALL + "/gaps/{gap_id:int}/end", "offer.write", N_("Keep a free stand back"), WhyForm,
        actions.close_gap),
    _read(_CALL + "/offers", "offer.list", N_("List offers, the latest first"),
          queries.offers_of_call, OfferRow, many=True),
    _do(_CALL + "/offers", "offer.write", N_("Offer a stand to a certain company"), HandOfferForm,
        actions.offer_by_hand, status=201),
    _do(_CALL + "/skips", "offer.write", N_("Pass a company over"), SkipForm, ruling.skip,
        status=201),
    _do(_CALL + "/skips/end", "offer.write", N_("Ask a company again"), UnskipForm,
        ruling.unskip),
    _do("/desk/offers/{offer_id:int}/end", "offer.write", N_("Take an offer back"), WhyForm,
        actions.take_back),
    _read(_MINE, "offer.answer", N_("Show the latest offer"), _offer, OfferRow),
    _read("/desk/calls/{call_id:int}/gate", "offer.list", N_("Show the minimum of a call"),
          gates.own_gate, GateRow),
    _do("/desk/calls/{call_id:int}/gate", "offer.write", N_("Set the minimum of a call"), GateForm,
        gates.set_gate),
    _read("/desk/calls/{call_id:int}/cancellation", "call.decide",
          N_("Show what cancelling a call would do"), cancelling.preview, Preview),
    _do("/desk/calls/{call_id:int}/cancellation", "call.decide", N_("Cancel a call as a whole"),
        CancelForm, cancelling.cancel, row=Outcome),
    _read("/desk/stands/{stand_id:int}/applicants", "application.list",
          N_("List who could have a stand, whom it fits first"), _applicants, Applicant,
          many=True),
    _read(_ONE + "/stand", "application.admit", N_("Show the stand and the version to act on"),
          _standing, Standing),
    _do(_ONE + "/stand", "application.admit", N_("Hold or reserve a stand"), KeepForm,
        keeping.keep),
    _do(_ONE + "/stand/return", "application.admit", N_("Give a kept stand back"), SeenForm,
        keeping.give_back),
    _do(_ONE + "/move/trial", "application.admit", N_("Show what another stand would change"),
        ShiftForm, moving.try_move, shape=_same, row=Change),
    _do(_ONE + "/move", "application.admit", N_("Give an exhibitor another stand"), ShiftForm,
        moving.move),
    _do(_ONE + "/swap/trial", "application.admit", N_("Show what an exchange would change"),
        SwapForm, moving.try_swap, shape=_both, row=Exchange),
    _do(_ONE + "/swap", "application.admit", N_("Exchange the stands of two exhibitors"),
        SwapForm, moving.swap),
    _do(_ONE + "/vacancy", "application.admit", N_("Give a stand up, keep the application"),
        VacateForm, moving.vacate, row=Outcome),
    _read("/desk/calls/{call_id:int}/choosing", "offer.list", N_("Show how stands are chosen"),
          choosing.own_choosing, ChoosingRow),
    _do("/desk/calls/{call_id:int}/choosing", "offer.write", N_("Let eligible companies choose"),
        ChoosingForm, choosing.set_choosing),
    _do(_CHOICE, "offer.answer", N_("Choose a stand, or the best available"), ChooseForm,
        choosing.choose, status=201),
    _do(_CHOICE + "/extension", "offer.answer", N_("Extend the hold, once"), NothingForm,
        choosing.extend),
    _do(_CHOICE + "/return", "offer.answer", N_("Give the chosen stand back"), NothingForm,
        choosing.leave),
    _do(_CHOICE + "/contract", "offer.answer", N_("Take the chosen stand: the contract"),
        AcceptForm, choosing.settle, status=201),
    _do(_MINE + "/acceptance", "offer.answer", N_("Accept an offer: the contract"), AcceptForm,
        answering.accept, status=201),
    _do(_MINE + "/refusal", "offer.answer", N_("Decline an offer"), DeclineForm,
        answering.decline),
]  # fmt: skip
