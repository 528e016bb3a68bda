"""What goes wrong becomes a page with a sentence, or problem details (RFC 9457) under /api."""

import secrets
from typing import Any

import asyncpg
import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException

from server.errors import Refused
from server.text import N_, gettext
from server.web.respond import page, see_other
from server.web.routes import SignInNeeded

log = structlog.get_logger("web")
_BY_STATUS = {
    400: N_("This request cannot be read. Go back and try again."),
    404: N_("There is nothing at this address. Check it, or start again from the first page."),
    405: N_("This address cannot be used like that."),
    413: N_("This is too large to be sent. The limit is 10 MB."),
    503: N_("Pavilion cannot reach its database. Nothing was saved. Try again in a minute."),
}
_DOWN = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.ObjectNotInPrerequisiteStateError,  # it is told to take no connections now
    asyncpg.TooManyConnectionsError,
    asyncpg.InterfaceError,
    ConnectionError,
    TimeoutError,
)


def is_api(request: Request[Any, Any, Any]) -> bool:
    """Whether the answer is for a program."""
    return request.url.path.startswith("/api/")


def problem(
    status: int, title: str, detail: str, errors: dict[str, str] | None = None, **more: object
) -> Response[dict[str, Any]]:
    """RFC 9457 problem details; `errors` are sentences by field."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        **more,
    }
    if errors:
        body["errors"] = [{"field": name, "detail": said} for name, said in errors.items() if name]
    return Response(body, status_code=status, media_type="application/problem+json")


def _answer(
    request: Request[Any, Any, Any],
    status: int,
    title: str,
    detail: str,
    errors: dict[str, str] | None = None,
    reference: str = "",
) -> Response[Any]:
    if is_api(request):
        more = {"reference": reference} if reference else {}
        return problem(status, title, detail, errors, **more)
    state = request.scope["state"]
    state.pop("errors", None)
    state.pop("status", None)
    return page(
        request, "error.html", status=status, title=title, detail=detail, reference=reference
    )


def refused(request: Request[Any, Any, Any], fault: Refused) -> Response[Any]:
    """A rule said no and no form was there to say it."""
    named = {name: said for name, said in fault.errors.items() if name}
    return _answer(request, fault.status, gettext(fault.title), str(fault), named)


def sign_in_needed(request: Request[Any, Any, Any], _: SignInNeeded) -> Response[Any]:
    """Nobody is signed in."""
    if is_api(request):
        answer = problem(
            401,
            gettext(N_("Sign in first")),
            gettext(N_("Send a token: Authorization: Bearer … See /api/docs.")),
        )
        answer.headers["www-authenticate"] = "Bearer"
        return answer
    return see_other("/login")


def http(request: Request[Any, Any, Any], fault: HTTPException) -> Response[Any]:
    """What Litestar refuses: unknown address, wrong method, body too large."""
    status = fault.status_code
    if status >= 500:
        return unforeseen(request, fault)
    said = gettext(_BY_STATUS.get(status, _BY_STATUS[400]))
    title = gettext(N_("Page not found")) if status == 404 else gettext(N_("That did not work"))
    answer = _answer(request, status, title, said)
    for name, value in (fault.headers or {}).items():
        answer.headers[name.lower()] = value
    return answer


def _loggable(path: str) -> str:
    """A path as a log may keep it: what follows one of these may be a secret address."""
    secrets_after = ("/cal/", "/pay/", "/meetings/answer/", "/meetings/invitation/")
    secret = next((each for each in secrets_after if path.startswith(each)), None)
    return f"{secret}..." if secret else path


def unforeseen(request: Request[Any, Any, Any], fault: Exception) -> Response[Any]:
    """A fault of ours: a reference for the log, nothing of its inside for the reader."""
    if isinstance(fault, _DOWN):
        log.warning("database away", path=_loggable(request.url.path), fault=repr(fault))
        return _down(request)
    reference = secrets.token_hex(4)
    path = _loggable(request.url.path)
    log.exception("fault", path=path, reference=reference, exc_info=fault)
    return _answer(
        request,
        500,
        gettext(N_("Something went wrong on our side")),
        gettext(
            N_("Nothing was saved. Try again; if it stays, tell us the reference {reference}."),
            reference=reference,
        ),
        reference=reference,
    )


def _down(request: Request[Any, Any, Any]) -> Response[Any]:
    said = gettext(_BY_STATUS[503])
    if is_api(request):
        return problem(503, gettext(N_("Out of reach")), said)
    return Response(said, status_code=503, media_type=MediaType.TEXT, headers={"retry-after": "5"})


HANDLERS: dict[Any, Any] = {
    Refused: refused,
    SignInNeeded: sign_in_needed,
    HTTPException: http,
    Exception: unforeseen,
}
