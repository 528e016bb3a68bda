"""Downloads, logos, and the page where a company changes its own."""

from typing import Any

from litestar import Request, Response

from server.accounts.permissions import Actor
from server.documents import actions, queries
from server.documents.forms import LogoForm
from server.documents.rules import disposition
from server.errors import NotFound
from server.organisations.queries import own_agency, own_company
from server.text import N_
from server.web import get, needs, page, post, submit

Asked = Request[Any, Any, Any]
_SANDBOX = {
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
}


@get("/documents/{document_id:int}", needs("document.read"))
async def download(actor: Actor, document_id: int) -> Response[bytes]:
    """A file, always saved and never run."""
    filename, media_type, data = await queries.download(actor, document_id)
    return Response(
        data,
        media_type=media_type,
        headers={**_SANDBOX, "content-disposition": disposition(filename)},
    )


@get("/logo/{company_id:int}", needs("public.read"))
async def logo(company_id: int) -> Response[bytes]:
    """A company's logo for public pages."""
    return _picture(await queries.logo(company_id))


def _picture(data: bytes | None) -> Response[bytes]:
    if data is None:
        raise NotFound
    return Response(
        data,
        media_type="image/png",
        headers={**_SANDBOX, "cache-control": "public, max-age=300", "vary": "Accept-Encoding"},
    )


async def _show_logo(request: Asked, actor: Actor) -> Response[Any]:
    return page(request, "documents/logo.html", company=await own_company(actor))


@get("/my/company/logo", needs("company.change"))
async def logo_page(request: Asked, actor: Actor) -> Response[Any]:
    """The logo as it is, and a way to change it."""
    return await _show_logo(request, actor)


@post("/my/company/logo", needs("company.change"))
async def change_logo(request: Asked, actor: Actor) -> Response[Any]:
    """A new logo; what is no picture is refused and the old one stays."""
    return await submit(
        request,
        LogoForm,
        act=lambda form: actions.change_logo(actor, None if form.remove else form.logo),
        to="/my/company",
        said=N_("The logo was changed."),
        again=lambda: _show_logo(request, actor),
    )


@get("/agency-logo/{agency_id:int}", needs("public.read"))
async def agency_logo(agency_id: int) -> Response[bytes]:
    """An agency's logo for public pages."""
    return _picture(await queries.agency_logo(agency_id))


async def _show_agency_logo(request: Asked, actor: Actor) -> Response[Any]:
    return page(request, "documents/agency_logo.html", agency=await own_agency(actor))


@get("/desk/settings/logo", needs("agency.change"))
async def agency_logo_page(request: Asked, actor: Actor) -> Response[Any]:
    """The agency's logo as it is, and a way to change it."""
    return await _show_agency_logo(request, actor)


@post("/desk/settings/logo", needs("agency.change"))
async def change_agency_logo(request: Asked, actor: Actor) -> Response[Any]:
    """A new logo of the agency; what is no picture is refused and the old one stays."""
    return await submit(
        request,
        LogoForm,
        act=lambda form: actions.change_agency_logo(actor, None if form.remove else form.logo),
        to="/desk/settings/logo",
        said=N_("The logo was changed. It stands on what is issued from now on."),
        again=lambda: _show_agency_logo(request, actor),
    )


async def _show_documents(request: Asked, actor: Actor) -> Response[Any]:
    found, following = await queries.own_documents(
        actor, cursor=request.query_params.get("after", "")
    )
    return page(request, "documents/list.html", documents=found, following=following)


@get("/my/documents", needs("company.read"))
async def my_documents(request: Asked, actor: Actor) -> Response[Any]:
    """Everything that was issued to the company."""
    return await _show_documents(request, actor)


HANDLERS = [
    download,
    logo,
    logo_page,
    change_logo,
    agency_logo,
    agency_logo_page,
    change_agency_logo,
    my_documents,
]
