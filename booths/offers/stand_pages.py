"""A stand kept for an applicant, another stand for an exhibitor, two exchanged, one given up."""

from typing import Any

from litestar import Request, Response

from booths.calls.queries import desk_dossier
from booths.calls.rows import Dossier
from booths.calls.rules import HOLDING
from booths.calls.showing import free_stands, occupants
from booths.offers import keeping, moving, standing
from booths.offers.forms import KeepForm, SeenForm, ShiftForm, SwapForm, VacateForm
from booths.offers.moving import Change
from booths.plans import queries as plans
from booths.plans.occupancy import as_seen_by
from booths.plans.rules import KIND_NAMES
from server.accounts.permissions import Actor
from server.billing.approvals import WAITS, waits_or
from server.errors import NotFound, Refused
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.respond import show_again

Asked = Request[Any, Any, Any]
Answer = Response[Any]
ONE = "/desk/applications/{application_id:int}"


def _kinds() -> dict[str, str]:
    return {kind.value: gettext(name) for kind, name in KIND_NAMES.items()}


async def _common(actor: Actor, found: Dossier) -> dict[str, Any]:
    """The plan of the booth, and the version of the application that this page shows."""
    booth = await plans.booth(found.call.booth)
    return {
        "found": found,
        "booth": booth,
        "stands": await plans.stands(booth.id),
        "states": as_seen_by(actor, await occupants(booth.id)),
        "version": await standing.version(found.row.id),
        "kinds": _kinds(),
    }


def _of(request: Asked, name: str) -> str:
    """What was typed or is in the address, the last of several."""
    typed = {**request.query_params.dict(), **request.scope["state"].get("typed", {})}
    given = typed.get(name, "")
    return str(given[-1] if isinstance(given, list) and given else given)


async def _show_keep(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await desk_dossier(actor, application_id)
    kept = await standing.kept(application_id)
    if found.row.state not in keeping.KEEPABLE and kept is None:
        raise NotFound
    return page(
        request,
        "offers/keep.html",
        free=await free_stands(found.call.booth),
        kept=kept,
        chosen=_of(request, "stand"),
        **await _common(actor, found),
    )


@get(ONE + "/stand", needs("application.admit"))
async def keep_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Hold or reserve a stand."""
    return await _show_keep(request, actor, application_id)


@post(ONE + "/stand", needs("application.admit"))
async def keep(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Keep it."""
    return await submit(
        request,
        KeepForm,
        act=lambda form: keeping.keep(actor, form, application_id=application_id),
        to=f"/desk/applications/{application_id}",
        said=N_("The stand is kept for this applicant."),
        again=lambda: _show_keep(request, actor, application_id),
    )


@post(ONE + "/stand/give-back", needs("application.admit"))
async def give_back(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Free it."""
    return await submit(
        request,
        SeenForm,
        act=lambda form: keeping.give_back(actor, form, application_id=application_id),
        to=f"/desk/applications/{application_id}",
        said=N_("The stand is free again."),
        again=lambda: _show_keep(request, actor, application_id),
    )


async def _placed(actor: Actor, application_id: int) -> Dossier:
    found = await desk_dossier(actor, application_id)
    if found.row.state not in HOLDING:
        raise NotFound
    return found


async def _show_move(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await _placed(actor, application_id)
    change: Change | None = None
    wanted = _of(request, "stand")
    if wanted.isdecimal() and len(wanted) < 10:
        form = ShiftForm(
            stand=int(wanted), why="-----", seen=0, smaller_aid=_of(request, "smaller_aid") == "on"
        )
        try:
            change = await moving.try_move(actor, form, application_id=application_id)
        except Refused as refused:
            if not request.scope["state"].get("errors"):
                show_again(request, {"stand": wanted}, refused)
    return page(
        request,
        "offers/move.html",
        free=await free_stands(found.call.booth),
        change=change,
        smaller=_of(request, "smaller_aid") == "on",
        **await _common(actor, found),
    )


@get(ONE + "/move", needs("application.admit"))
async def move_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Choose a free stand, see what changes, then do it."""
    return await _show_move(request, actor, application_id)


@post(ONE + "/move", needs("application.admit"))
async def move(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Move."""
    return await submit(
        request,
        ShiftForm,
        act=lambda form: moving.move(actor, form, application_id=application_id),
        to=f"/desk/applications/{application_id}",
        said=N_("The exhibitor has its new stand, and a mail about it."),
        again=lambda: _show_move(request, actor, application_id),
    )


async def _show_swap(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await _placed(actor, application_id)
    changes: list[Change] = []
    wanted, other_version = _of(request, "other"), 0
    if wanted.isdecimal() and len(wanted) < 10:
        try:
            form = SwapForm(other=int(wanted), why="-----", seen=0)
            changes = await moving.try_swap(actor, form, application_id=application_id)
            other_version = await standing.version(int(wanted))
        except Refused as refused:
            if not request.scope["state"].get("errors"):
                show_again(request, {"other": wanted}, refused)
    return page(
        request,
        "offers/swap.html",
        others=[
            each
            for each in await standing.exhibitors(actor, found.call.booth)
            if each.application != application_id
        ],
        changes=changes,
        other_version=other_version,
        **await _common(actor, found),
    )


@get(ONE + "/swap", needs("application.admit"))
async def swap_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Choose another exhibitor, see what changes for both, then do it."""
    return await _show_swap(request, actor, application_id)


@post(ONE + "/swap", needs("application.admit"))
async def swap(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Exchange."""
    return await submit(
        request,
        SwapForm,
        act=lambda form: moving.swap(actor, form, application_id=application_id),
        to=f"/desk/applications/{application_id}",
        said=N_("The stands are exchanged, and both exhibitors have a mail."),
        again=lambda: _show_swap(request, actor, application_id),
    )


async def _show_vacate(request: Asked, actor: Actor, application_id: int) -> Answer:
    found = await _placed(actor, application_id)
    return page(request, "offers/vacate.html", **await _common(actor, found))


@get(ONE + "/vacate", needs("application.admit"))
async def vacate_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """What giving the stand up does."""
    return await _show_vacate(request, actor, application_id)


@post(ONE + "/vacate", needs("application.admit"))
async def vacate(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Give it up."""
    return await submit(
        request,
        VacateForm,
        act=lambda form: moving.vacate(actor, form, application_id=application_id),
        to=lambda done: waits_or(done, f"/desk/applications/{application_id}"),
        said=lambda done: (
            WAITS if done.approval else N_("The stand is free. The company keeps its application.")
        ),
        again=lambda: _show_vacate(request, actor, application_id),
    )


HANDLERS = [
    keep_page, keep, give_back, move_page, move, swap_page, swap, vacate_page, vacate,
]  # fmt: skip
