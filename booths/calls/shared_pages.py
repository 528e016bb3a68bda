"""What agencies show each other: shared applications, and the settlement of a shared booth."""

from typing import Any

from litestar import Request, Response

from booths.calls import answering, queries, settling, sharing, written
from booths.calls.sharing import EndShareForm, ShareForm
from booths.fees import queries as fees
from booths.plans import queries as plans
from server.accounts.permissions import Actor
from server.text import N_
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
Answer = Response[Any]


@get("/desk/shared", needs("application.shared"))
async def list_shared(request: Asked, actor: Actor) -> Answer:
    """Applications that other agencies let this one read."""
    found, following = await sharing.with_us(actor, cursor=request.query_params.get("cursor", ""))
    return page(request, "calls/shared_list.html", shared=found, following=following)


@get("/desk/shared/{application_id:int}", needs("application.shared"))
async def show_shared(request: Asked, actor: Actor, application_id: int) -> Answer:
    """What was sent, to read."""
    found = await sharing.shared_dossier(actor, application_id)
    sent = await queries.submissions(application_id)
    services = {str(fee.id): fee.name for fee in (await fees.prices(found.call.price_list)).fees}
    return page(
        request,
        "calls/shared.html",
        found=found,
        groups=written.of_submission(found, sent[0], services),
        later=await answering.supplements(application_id),
        quote=await fees.kept_quote(found.quote) if found.quote else None,
    )


@get("/desk/applications/{application_id:int}/share", needs("application.share"))
async def share_page(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Choose an agency, and see who can read it already."""
    return page(
        request,
        "calls/share.html",
        found=await queries.desk_dossier(actor, application_id),
        choices=await sharing.choices(actor, application_id),
        shares=await sharing.of_application(application_id),
    )


@post("/desk/applications/{application_id:int}/share", needs("application.share"))
async def share(request: Asked, actor: Actor, application_id: int) -> Answer:
    """Share it."""
    return await submit(
        request,
        ShareForm,
        act=lambda form: sharing.share(actor, form, application_id=application_id),
        to=f"/desk/applications/{application_id}/share",
        said=N_("The agency can read the application now."),
        again=lambda: share_page.fn(request, actor, application_id),
    )


@post("/desk/shares/{share_id:int}/end", needs("application.share"))
async def stop_sharing(request: Asked, actor: Actor, share_id: int) -> Answer:
    """Take it back."""
    return await submit(
        request,
        EndShareForm,
        act=lambda form: sharing.stop_sharing(actor, form, share_id=share_id),
        to=lambda application: f"/desk/applications/{application}/share",
        said=N_("The agency can no longer read the application."),
        again=lambda: list_shared.fn(request, actor),
    )


@get("/desk/booths/{booth_id:int}/settlement", needs("partner.read"))
async def settlement(request: Asked, actor: Actor, booth_id: int) -> Answer:
    """What each agency used and owes."""
    lines = await settling.settlement(actor, booth_id)
    booth = await plans.booth(booth_id)
    return page(request, "calls/settlement.html", booth=booth, lines=lines)


@get("/desk/booths/{booth_id:int}/settlement.csv", needs("partner.read"))
async def settlement_csv(actor: Actor, booth_id: int) -> Response[bytes]:
    """The same as a table."""
    lines = await settling.settlement(actor, booth_id)
    return Response(
        settling.as_csv(lines),
        media_type="text/csv",
        headers={"content-disposition": f'attachment; filename="settlement-{booth_id}.csv"'},
    )


HANDLERS = [
    list_shared, show_shared, share_page, share, stop_sharing, settlement, settlement_csv,
]  # fmt: skip
