"""What everybody sees: the joint catalogue, each exhibitor's page, the QR pictures."""

from typing import Any
from urllib.parse import urlencode

from litestar import Request, Response

from booths.hub import catalogue, printing
from booths.hub.company_pages import SAFE
from booths.hub.forms import CatalogueFilter
from booths.plans import queries as plans
from server.documents.rules import disposition
from server.errors import Invalid, NotFound
from server.web import get, needs, page
from server.web.formats import country
from server.web.forms import parse

Asked = Request[Any, Any, Any]
Answer = Response[Any]
_CACHED = {**SAFE, "cache-control": "public, max-age=3600"}


@get("/fairs/{slug:str}/booths/{booth_id:int}/catalogue", needs("public.read"))
async def show_catalogue(request: Asked, slug: str, booth_id: int) -> Answer:
    """Every exhibitor of a joint booth, to be searched by word, country and line of business."""
    booth = await plans.public_booth(booth_id)
    if booth.fair_slug != slug:
        raise NotFound
    asked = {name: request.query_params.get(name, "") for name in ("q", "country", "sector")}
    try:
        wanted = parse(CatalogueFilter, asked)
    except Invalid:
        wanted = CatalogueFilter()
    listed = await catalogue.entries(booth_id)
    found = catalogue.matching(listed, wanted)
    shown, following = catalogue.a_page(found, request.query_params.get("cursor", ""))
    kept = {name: text for name, text in asked.items() if text}
    return page(
        request,
        "hub/catalogue.html",
        booth=booth,
        query=wanted,
        all=len(listed),
        found=len(found),
        entries=shown,
        following=f"?{urlencode({**kept, 'cursor': following})}" if following else "",
        countries=sorted({(each.country, country(each.country)) for each in listed},
                         key=lambda pair: pair[1]),
        sectors=sorted({(each.sector, each.sector_name) for each in listed if each.sector_name},
                       key=lambda pair: pair[1]),
        printed=await printing.printed(booth_id),
    )  # fmt: skip


@get("/fairs/{slug:str}/booths/{booth_id:int}/catalogue.pdf", needs("public.read"))
async def catalogue_pdf(slug: str, booth_id: int) -> Response[bytes]:
    """The catalogue as it was printed last."""
    booth = await plans.public_booth(booth_id)
    if booth.fair_slug != slug:
        raise NotFound
    filename, data = await printing.printed_pdf(booth_id)
    return Response(
        data,
        media_type="application/pdf",
        headers={**SAFE, "content-disposition": disposition(filename, inline=True)},
    )


@get("/fairs/{slug:str}/exhibitors/{code:str}", needs("public.read"))
async def show_exhibitor(request: Asked, slug: str, code: str) -> Answer:
    """The page that an exhibitor's QR picture leads to."""
    entry, booth = await catalogue.entry(slug, code)
    return page(request, "hub/exhibitor.html", entry=entry, booth=booth)


@get("/fairs/{slug:str}/exhibitors/{code:str}/qr.svg", needs("public.read"))
async def qr_svg(slug: str, code: str) -> Response[str]:
    """The QR picture of an exhibitor for the web."""
    entry, _ = await catalogue.entry(slug, code)
    return Response(
        catalogue.qr_svg(catalogue.address(slug, entry.code)),
        media_type="image/svg+xml",
        headers=_CACHED,
    )


@get("/fairs/{slug:str}/exhibitors/{code:str}/qr.png", needs("public.read"))
async def qr_png(slug: str, code: str) -> Response[bytes]:
    """The QR picture of an exhibitor for print."""
    entry, _ = await catalogue.entry(slug, code)
    return Response(
        catalogue.qr_png(catalogue.address(slug, entry.code)),
        media_type="image/png",
        headers={**_CACHED, "content-disposition": disposition(f"qr-{entry.code}.png")},
    )


HANDLERS = [show_catalogue, catalogue_pdf, show_exhibitor, qr_svg, qr_png]
