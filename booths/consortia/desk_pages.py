"""What an agency sees of consortia."""

from typing import Any

from litestar import Request, Response

from booths.calls import queries as calls
from booths.calls import showing
from booths.consortia import admitting, queries, rules
from booths.consortia.forms import AdmitTogetherForm, CorrectForm, LeaveForm
from booths.consortia.queries import ConsortiumFilter
from booths.consortia.rules import Stage
from booths.plans import queries as plans
from booths.plans.occupancy import as_seen_by
from booths.plans.rules import KIND_NAMES, StandKind
from server.accounts.permissions import Actor
from server.billing.approvals import WAITS, waiting, waits_or
from server.errors import Invalid
from server.text import N_, gettext
from server.web import get, needs, page, post, submit
from server.web.forms import parse

Asked = Request[Any, Any, Any]
Answer = Response[Any]
_DESK = "/desk/consortia/{consortium_id:int}"


def words() -> dict[str, Any]:
    """Everything that both sides' templates say in words."""
    return {
        "keys": [
            (key.value, gettext(words), gettext(hint))
            for key, (words, hint) in rules.KEY_WORDS.items()
        ],
        "key_words": {key: gettext(words) for key, (words, _) in rules.KEY_WORDS.items()},
        "stages": {stage: gettext(words) for stage, words in rules.STAGE_WORDS.items()},
        "member_words": {state: gettext(words) for state, words in rules.MEMBER_WORDS.items()},
        "kinds": [(kind.value, gettext(KIND_NAMES[kind])) for kind in reversed(StandKind)],
        "kind_words": {kind: gettext(name) for kind, name in KIND_NAMES.items()},
    }


@get("/desk/consortia", needs("consortium.list"))
async def list_page(request: Asked, actor: Actor) -> Answer:
    """Every consortium that has applied."""
    params = request.query_params
    try:
        query = parse(ConsortiumFilter, {"call": params.get("call", "")})
    except Invalid:
        query = ConsortiumFilter()
    found, following = await queries.consortia(
        actor, query=query, cursor=params.get("cursor", ""), limit=50
    )
    return page(
        request, "consortia/desk_list.html", consortia=found, following=following, query=query,
        **words(),
    )  # fmt: skip


def _last(given: object) -> list[str]:
    found = given if isinstance(given, list) else [given]
    return [str(each) for each in found if each not in ("", None)]


async def _show_desk(request: Asked, actor: Actor, consortium_id: int) -> Answer:
    together = await queries.desk_consortium(actor, consortium_id)
    call = await calls.own_call(actor, together.row.call)
    typed = {**_query(request), **request.scope["state"].get("typed", {})}
    without = [int(each) for each in _last(typed.get("without_aid", "")) if each.isdecimal()]
    wanted = _last(typed.get("stand", ""))[-1:]
    admitting_now = together.row.state is Stage.SENT
    free = await showing.free_stands(call.booth) if admitting_now else []
    stand = next((each for each in free if [str(each.id)] == wanted), None)
    correcting = together.row.state is Stage.ADMITTED and together.row.changing
    if correcting and together.row.stand is not None:
        stand = await plans.stand(together.row.stand)
    terms = together.terms if correcting else together.in_force
    assert terms is not None
    seats = await admitting.seats(actor, together, terms, stand, without) if stand else []
    return page(
        request,
        "consortia/desk_show.html",
        together=together,
        call=call,
        terms=terms,
        stand=stand,
        seats=seats,
        sums=admitting.shown(seats),
        without=without,
        correcting=correcting,
        admitting=admitting_now,
        free=sorted(
            free,
            key=lambda each: (
                abs(each.area_m2 - terms.island_m2),
                each.kind is not terms.stand_kind,
                each.label,
            ),
        ),
        booth=await plans.booth(call.booth),
        stands=await plans.stands(call.booth),
        states=as_seen_by(actor, await showing.occupants(call.booth)),
        **words(),
    )


def _query(request: Asked) -> dict[str, object]:
    return {name: request.query_params.getall(name) for name in request.query_params}


@get(_DESK, needs("consortium.list"))
async def desk_page(request: Asked, actor: Actor, consortium_id: int) -> Answer:
    """The members, their terms, and what an admission onto a stand would do."""
    return await _show_desk(request, actor, consortium_id)


def _desk_post(path: str, form: Any, act: Any, said: str, doc: str) -> Any:
    async def handle(request: Asked, actor: Actor, consortium_id: int) -> Answer:
        return await submit(
            request,
            form,
            act=lambda given: act(actor, given, consortium_id=consortium_id),
            to=lambda done: waits_or(done, f"/desk/consortia/{consortium_id}"),
            said=lambda done: WAITS if waiting(done) else said,
            again=lambda: _show_desk(request, actor, consortium_id),
        )

    handle.__doc__ = doc
    handle.__name__ = f"desk_{act.__name__}"
    return post(_DESK + path, needs("consortium.admit"))(handle)


admit = _desk_post(
    "/admit", AdmitTogetherForm, admitting.admit,
    N_("All members are admitted. Their letters and invoices are on their way."), "Admit all.",
)  # fmt: skip
correct = _desk_post(
    "/correct", CorrectForm, admitting.correct,
    N_("The contracts are corrected. Credit notes and new invoices are on their way."),
    "Carry out new terms.",
)  # fmt: skip
keep_gap = _desk_post(
    "/gap", CorrectForm, admitting.keep_gap,
    N_("The members are asked to keep the stand with the empty place."), "Keep it with the gap.",
)  # fmt: skip
release = _desk_post(
    "/dissolve", LeaveForm, admitting.release,
    N_("The consortium is dissolved. Every contract it held is ended."), "Dissolve it.",
)  # fmt: skip


@post(_DESK + "/members/{member_id:int}/leave-out", needs("consortium.admit"))
async def desk_leave_out(
    request: Asked, actor: Actor, consortium_id: int, member_id: int
) -> Answer:
    """Go on without a member."""
    return await submit(
        request,
        LeaveForm,
        act=lambda form: admitting.leave_out(
            actor, form, consortium_id=consortium_id, member_id=member_id
        ),
        to=f"/desk/consortia/{consortium_id}",
        said=N_("The other members are asked to agree on new terms."),
        again=lambda: _show_desk(request, actor, consortium_id),
    )


HANDLERS = [list_page, desk_page, admit, correct, keep_gap, release, desk_leave_out]
