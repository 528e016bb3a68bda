"""What every site must tell, and its state of health."""

from typing import Any

from litestar import Request, Response

from server import log_pages
from server.database import action, execute, value
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


@get("/healthz", needs("public.read"))
async def alive() -> dict[str, str]:
    """The process answers."""
    return {"state": "alive"}


@get("/readyz", needs("public.read"))
async def ready() -> Response[dict[str, object]]:
    """The database can be written, and a worker gave a sign within two minutes."""
    state = await _ready()
    return Response(state, status_code=200 if state["ready"] else 503)


@action
async def _ready() -> dict[str, object]:
    await execute("CREATE TEMP TABLE IF NOT EXISTS can_write (n int) ON COMMIT DROP")
    seen = await value("SELECT extract(epoch FROM now() - max(seen_at))::int FROM worker_sign")
    working = seen is not None and seen < 120
    return {"ready": working, "database": True, "worker": working}


HANDLERS = [
    *log_pages.HANDLERS,
    alive,
    ready,
    accessibility,
    privacy,
    terms,
    contact,
]
