"""The roof: the only file that knows every room."""

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import structlog
from litestar import Litestar, Request, Response
from litestar.config.app import AppConfig
from litestar.di import Provide

from events.calendars.delivery import Front
from server import database
from server.accounts.permissions import ANONYMOUS, TABLE, Actor
from server.organisations.actors import actor_of
from server.piccolo_conf import ROOMS, TABLELESS
from server.settings import load
from server.web import faults, get, keeping, needs, openapi, page, static
from server.web.api import Endpoint
from server.web.api import handler as api_handler
from server.web.door import Door
from server.web.gate import gate

LARGEST_BODY = 10_000_000


def _modules(name: str) -> list[Any]:
    """The module `name` of every room that has one, in the order of the house."""
    found = []
    for room in (*ROOMS, *TABLELESS):
        wanted = f"{room}.{name}"
        if (Path(__file__).parents[1] / (wanted.replace(".", "/") + ".py")).exists():
            found.append(importlib.import_module(wanted))
    return found


def endpoints() -> list[Endpoint]:
    """Every row of the API."""
    return [each for module in _modules("api") for each in module.ENDPOINTS]


def register_jobs() -> None:
    """Import what the worker does, and what rooms add to the acts of the rooms below them."""
    assert keeping
    _modules("jobs")
    _modules("parts")


@get("/api/v1/openapi.json", needs("public.read"))
async def openapi_json() -> Response[bytes]:
    """The API as a machine reads it."""
    return Response(
        msgspec.json.encode(openapi.document(endpoints())), media_type="application/json"
    )


@get("/api/docs", needs("public.read"))
async def api_docs(request: Request[Any, Any, Any]) -> Response[Any]:
    """The API as a person reads it."""
    return page(request, "public/api.html", document=openapi.document(endpoints()))


def _actor(request: Request[Any, Any, Any]) -> Actor:
    actor: Actor = request.scope["state"]["actor"]
    return actor


@asynccontextmanager
async def _pool(_: Litestar) -> AsyncIterator[None]:
    if database.engine().pool is not None:
        yield
        return
    await database.open_pool(size=load().pool_size)
    try:
        yield
    finally:
        await database.close_pool()


def _quiet(config: AppConfig) -> AppConfig:
    config.openapi_config = None
    return config


def litestar() -> Litestar:
    """The application without its door: routes, faults, the gate."""
    handlers: list[Any] = [openapi_json, api_docs]
    for module in _modules("pages"):
        handlers += module.HANDLERS
    handlers += [api_handler(each) for each in endpoints()]
    handlers += static.HANDLERS
    register_jobs()
    made = Litestar(
        route_handlers=handlers,
        before_request=gate,
        exception_handlers=faults.HANDLERS,
        dependencies={"actor": Provide(_actor, sync_to_thread=False)},
        lifespan=[_pool],
        request_max_body_size=LARGEST_BODY,
        openapi_config=None,
        logging_config=None,
        on_app_init=[_quiet],
    )
    for route in made.routes:
        for each in getattr(route, "route_handlers", []):
            verb = each.opt.get("verb")
            if verb not in TABLE and "OPTIONS" not in each.http_methods:
                raise RuntimeError(f"{route.path} has no verb of the table: {verb!r}")
    return made


def configure_log() -> None:
    """One JSON line for each thing worth knowing, in server and worker alike."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ]
    )


def create() -> Front:
    """What the server serves: `uvicorn --factory server.app:create`."""
    configure_log()
    return Front(Door(litestar(), actor_of, ANONYMOUS))
