"""The JSON API as a table: one row per endpoint, on the same forms, actions and queries as pages.

`act(actor, form, **path)` changes something; `fetch(actor, **path)` reads. A list is fetched with
`cursor` and `limit` beside its path and answers `(rows, next cursor or None)`.

A form that takes a file is sent as multipart/form-data (RFC 7578), as a page sends it and within
the same limits, or as JSON with the file as {filename, media_type, data}, data in base64.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler

from server import clock
from server.database import at_commit, row, value
from server.errors import Conflict, Invalid, Refused
from server.text import N_, gettext
from server.web.forms import Form, Upload, fields, parse
from server.web.respond import typed_values
from server.web.routes import needs

PREFIX = "/api/v1"
LARGEST_PAGE = 200


class Made(msgspec.Struct, frozen=True):
    """The id of what a POST made or changed."""

    id: int


def _made(result: object) -> object:
    if isinstance(result, int) and not isinstance(result, bool):
        return Made(id=result)
    return {} if result is None else result


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the API. `row` is the Struct that comes back; `form` the one that goes in.

    `shape` turns what `act` returns into `row`; a bare id becomes Made.
    """

    method: str
    path: str
    verb: str
    summary: str
    tag: str
    act: Callable[..., Awaitable[Any]] | None = None
    fetch: Callable[..., Awaitable[Any]] | None = None
    shape: Callable[[Any], Any] = _made
    form: type[Form] | None = None
    query: type[Form] | None = None
    row: Any = None
    many: bool = False
    status: int = 200
    no_token: bool = False


def _encoded(found: object) -> bytes:
    return msgspec.json.encode(found, enc_hook=str)


def takes_file(form: type[Form] | None) -> bool:
    """Whether a form has a file among its fields."""
    return form is not None and any(each.base is Upload for each in fields(form))


async def _body(
    request: Request[Any, Any, Any], form: type[Form] | None
) -> tuple[dict[str, object], bytes]:
    """What was sent, and bytes that are the same whenever the same is sent again."""
    raw = await request.body()
    if takes_file(form) and request.content_type[0] == "multipart/form-data":
        typed = await typed_values(request)  # its boundaries differ each time it is sent
        return typed, msgspec.json.encode(sorted(typed.items()))
    return _json(raw), raw


def _json(raw: bytes) -> dict[str, object]:
    if not raw:
        return {}
    try:
        found = msgspec.json.Decoder(float_hook=str).decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Invalid({"": gettext(N_("The body is not JSON."))}, {}) from None
    if not isinstance(found, dict):
        raise Invalid({"": gettext(N_("The body must be a JSON object."))}, {})
    return found


def _answer(body: bytes, status: int) -> Response[bytes]:
    return Response(body, status_code=status, media_type="application/json")


async def _once(
    request: Request[Any, Any, Any],
    endpoint: Endpoint,
    sent: bytes,
    act: Callable[[], Awaitable[Any]],
) -> Response[bytes]:
    """Act, or replay the first answer to this Idempotency-Key; kept in the act's transaction."""
    key, status = request.headers.get("idempotency-key", ""), endpoint.status
    if not key or endpoint.no_token:  # what opens an account is told once and kept nowhere
        return _answer(_encoded(endpoint.shape(await act())), status)
    if not re.fullmatch(r"[\x21-\x7e]{1,200}", key):
        raise Refused(N_("An Idempotency-Key has 1 to 200 printable characters."))
    actor = request.scope["state"]["actor"]
    caller = f"person:{actor.person_id}"
    wanted = hashlib.sha256(f"{request.method} {request.url.path}\0".encode() + sent).digest()
    find = "SELECT request_hash, status, body FROM idempotent_answer WHERE caller=$1 AND key=$2"

    async def keep(result: object) -> None:
        made = await value(
            "INSERT INTO idempotent_answer (caller, key, request_hash, status, body, at)"
            " VALUES ($1,$2,$3,$4,$5,$6) ON CONFLICT (caller, key) DO NOTHING RETURNING id",
            caller,
            key,
            wanted,
            status,
            _encoded(endpoint.shape(result)),
            clock.now(),
        )
        if made is None:
            raise Conflict(N_("The same Idempotency-Key is being worked on. Ask again."))

    before = await row(find, caller, key)
    if before is None:
        try:
            with at_commit(keep):
                result = await act()
        except Conflict:
            before = await row(find, caller, key)
            if before is None:
                raise
        else:
            return _answer(_encoded(endpoint.shape(result)), status)
    if bytes(before["request_hash"]) != wanted:
        raise Refused(
            N_("This Idempotency-Key was used for another request. Use a new key for a new act.")
        )
    answer = _answer(bytes(before["body"]), int(before["status"]))
    answer.headers["idempotent-replayed"] = "true"
    return answer


def _path(endpoint: Endpoint, request: Request[Any, Any, Any]) -> dict[str, Any]:
    return dict(request.path_params)


def _limit(request: Request[Any, Any, Any]) -> tuple[str, int]:
    given = request.query_params.get("limit", "50")
    if not re.fullmatch(r"\d{1,3}", given) or not 1 <= int(given) <= LARGEST_PAGE:
        raise Invalid({"limit": gettext(N_("limit is a number from 1 to 200."))}, {})
    return str(request.query_params.get("cursor", "")), int(given)


def handler(endpoint: Endpoint) -> HTTPRouteHandler:
    """The Litestar handler of one row."""

    async def handle(request: Request[Any, Any, Any]) -> Response[Any]:
        actor = request.scope["state"]["actor"]
        path = _path(endpoint, request)
        if endpoint.act is not None:
            act = endpoint.act
            typed, sent = await _body(request, endpoint.form)
            if endpoint.form is None:
                return await _once(request, endpoint, sent, lambda: act(actor, **path))
            form = parse(endpoint.form, typed)
            return await _once(request, endpoint, sent, lambda: act(actor, form, **path))
        assert endpoint.fetch is not None
        if endpoint.query is not None:
            asked = {k: v for k, v in request.query_params.items() if k not in ("cursor", "limit")}
            path["query"] = parse(endpoint.query, asked)
        if not endpoint.many:
            return _answer(_encoded(await endpoint.fetch(actor, **path)), 200)
        cursor, limit = _limit(request)
        found, following = await endpoint.fetch(actor, **path, cursor=cursor, limit=limit)
        return _answer(_encoded({"items": found, "next": following}), 200)

    name = re.sub(r"\W+", "_", f"{endpoint.method}_{endpoint.path}").strip("_").lower()
    handle.__name__ = name
    return HTTPRouteHandler(
        PREFIX + endpoint.path,
        http_method=endpoint.method,  # type: ignore[arg-type]
        opt=needs(endpoint.verb, api=True, no_token=endpoint.no_token),
        status_code=endpoint.status,
        include_in_schema=False,
        name=name,
    )(handle)
