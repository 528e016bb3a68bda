"""The outermost layer: who asks, in which language, and the headers every answer carries."""

import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any
from urllib.parse import urlsplit

from server import text
from server.settings import load

Scope = dict[str, Any]
Load = Callable[[str, bool], Awaitable[Any]]
_address: ContextVar[str] = ContextVar("address", default="")
_program: ContextVar[str] = ContextVar("program", default="")
LONGEST_PROGRAM = 200
STRIPE_PAGES = "https://checkout.stripe.com https://connect.stripe.com"


def address() -> str:
    """Where the request at hand comes from, as the server itself knows it."""
    return _address.get()


def program() -> str:
    """What the asking browser or program calls itself."""
    return _program.get()


def cookie_name() -> str:
    """The session cookie; the __Host- prefix needs https."""
    return "__Host-pavilion" if load().secure else "pavilion"


def headers() -> list[tuple[bytes, bytes]]:
    """What every answer carries, whoever asked for whatever."""
    pay = STRIPE_PAGES
    if load().stripe_api_base:
        parts = urlsplit(load().stripe_api_base)
        pay += f" {parts.scheme}://{parts.netloc}"
    found = {
        "content-security-policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
            " font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none';"
            f" frame-ancestors 'none'; form-action 'self' {pay}"
        ),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(self), microphone=(), geolocation=()",
        "x-frame-options": "DENY",
    }
    if load().secure:
        found["strict-transport-security"] = "max-age=31536000"
    return [(name.encode(), value.encode()) for name, value in found.items()]


class Door:
    """ASGI: everything goes through here, errors and static files included."""

    def __init__(self, app: Any, load_actor: Load, anonymous: Any) -> None:
        self.app = app
        self.load_actor = load_actor
        self.anonymous = anonymous
        self.headers = headers()

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        _address.set((scope.get("client") or ("",))[0])
        _program.set(_named(scope["headers"]))
        token, bearer = _token(scope["headers"])
        actor = (await self.load_actor(token, bearer) if token else None) or self.anonymous
        state = dict(scope.get("state") or {})
        state.update(actor=actor, bearer=bearer and actor.person_id is not None)
        state["session_token"] = token
        state["session_key"] = f"session:{actor.session_id}" if actor.session_id else ""
        scope["state"] = state
        head = scope["method"] == "HEAD"
        if head:
            # A copy: the server goes by its own scope when it counts the bytes of the body.
            scope = {**scope, "method": "GET"}
        private = actor.person_id is not None

        async def sent(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                given = message["headers"] = list(message["headers"])
                names = {name.lower() for name, _ in given}
                given += [pair for pair in self.headers if pair[0] not in names]
                if b"cache-control" not in names:
                    given.append((b"cache-control", b"no-store" if private else b"no-cache"))
                if b"vary" not in names:
                    given.append((b"vary", b"Cookie, HX-Request"))
            elif head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        wanted = actor.locale if private else _wanted_locale(scope["headers"])
        with text.speaking(wanted):
            await self.app(scope, receive, sent)


def _token(given: list[tuple[bytes, bytes]]) -> tuple[str, bool]:
    cookie = ""
    for name, value in given:
        if name == b"authorization" and value[:7].lower() == b"bearer ":
            return value[7:].decode("latin-1").strip(), True
        if name == b"cookie":
            found = re.search(
                rf"(?:^|;\s*){re.escape(cookie_name())}=([\w-]{{20,80}})", value.decode("latin-1")
            )
            cookie = found[1] if found else cookie
    return cookie, False


def _named(given: list[tuple[bytes, bytes]]) -> str:
    found = next((value for name, value in given if name == b"user-agent"), b"")
    said = found[:LONGEST_PROGRAM].decode("latin-1")
    return "".join(each for each in said if each.isprintable())


def _wanted_locale(given: list[tuple[bytes, bytes]]) -> str:
    for name, value in given:
        if name == b"accept-language":
            for part in value.decode("latin-1").split(","):
                code = part.split(";")[0].strip().split("-")[0].lower()
                if code in text.LOCALES:
                    return code
    return "en"
