"""What every site must tell: accessibility, privacy, terms, whom to ask."""

from typing import Any

from litestar import Request, Response

from server.organisations import queries as organisations
from server.web import get, needs, page

Asked = Request[Any, Any, Any]
Answer = Response[Any]


@get("/accessibility", needs("public.read"))
async def accessibility(request: Asked) -> Answer:
    """How far this site can be used by everybody, and whom to tell where it cannot."""
    return page(request, "public/accessibility.html", agencies=await organisations.agencies())


@get("/privacy", needs("public.read"))
async def privacy(request: Asked) -> Answer:
    """What is kept about people and companies, why and for how long."""
    return page(request, "public/privacy.html", agencies=await organisations.agencies())


@get("/terms", needs("public.read"))
async def terms(request: Asked) -> Answer:
    """What an application, an admission and a payment mean."""
    return page(request, "public/terms.html")


@get("/contact", needs("public.read"))
async def contact(request: Asked) -> Answer:
    """The agencies with their addresses."""
    return page(request, "public/contact.html", agencies=await organisations.agencies())


HANDLERS = [accessibility, privacy, terms, contact]
