"""What VIES said about VAT IDs, for the agency."""

from typing import Any

from litestar import Request, Response

from server.accounts.permissions import Actor
from server.billing import vat_checks
from server.organisations.queries import company_for_staff, own_agency
from server.text import N_
from server.web import get, needs, page, post, submit
from server.web.forms import Form

Asked = Request[Any, Any, Any]


@get("/desk/money/vat", needs("money.read"))
async def vat_list(request: Asked, actor: Actor) -> Response[Any]:
    """Every answer of VIES with its evidence; invoices in doubt first."""
    found, following = await vat_checks.checks(actor, cursor=request.query_params.get("after", ""))
    return page(
        request, "billing/vat.html", checks=found, following=following, company=None,
        doubts=await vat_checks.doubts(actor), reasons=vat_checks.REASONS,
        tz=(await own_agency(actor)).tz,
    )  # fmt: skip


async def _company_page(request: Asked, actor: Actor, company_id: int) -> Response[Any]:
    company = await company_for_staff(actor, company_id=company_id)
    found, following = await vat_checks.checks(
        actor, company_id=company_id, cursor=request.query_params.get("after", "")
    )
    return page(
        request, "billing/vat.html", checks=found, following=following, company=company,
        doubts=[], reasons=vat_checks.REASONS, tz=(await own_agency(actor)).tz,
    )  # fmt: skip


@get("/desk/companies/{company_id:int}/vat", needs("money.read"))
async def vat_of_company(request: Asked, actor: Actor, company_id: int) -> Response[Any]:
    """The answers about one company."""
    return await _company_page(request, actor, company_id)


@post("/desk/companies/{company_id:int}/vat", needs("vat.check"))
async def ask_vies(request: Asked, actor: Actor, company_id: int) -> Response[Any]:
    """Ask VIES now."""
    return await submit(
        request,
        Form,
        act=lambda _: vat_checks.check_again(actor, company_id=company_id),
        to=f"/desk/companies/{company_id}/vat",
        said=N_("VIES has answered. Its answer is kept below."),
        again=lambda: _company_page(request, actor, company_id),
    )


HANDLERS = [vat_list, vat_of_company, ask_vies]
