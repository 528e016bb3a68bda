"""Fetching a file from an address that somebody typed, without becoming a way into the house.

Only https, only public addresses: the name is resolved here, every address it has must be public,
and the connection goes to one that was checked, so a name that changes its mind between the check
and the connection (DNS rebinding) gains nothing. A redirect is a new address and is checked like
the first. What is too long or too slow is given up.
"""

import asyncio
import contextlib
import ipaddress
import socket
import ssl
from collections.abc import Iterable
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpcore

from server.errors import Refused
from server.settings import load
from server.text import N_

LARGEST = 5_000_000
SECONDS = 20.0
MOST_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_HEADERS = [
    ("accept", "text/calendar, */*;q=0.1"),
    ("accept-encoding", "identity"),
    ("user-agent", "Pavilion"),
]
_PRIVATE = N_("“{host}” is not an address on the public internet, so it was not asked.")


def checked(url: str) -> str:
    """`url` as https, with webcal:// read as https://. Raises Refused for any other address."""
    url = url.strip()
    if url.lower().startswith("webcal://"):
        url = "https://" + url[9:]
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme.lower() != "https" or not parts.hostname or not url.isascii():
        raise Refused(N_("A calendar's address begins with https:// or webcal://."), field="url")
    if parts.username or parts.password:
        raise Refused(
            N_("Leave out the name and the password: use the secret address of your calendar."),
            field="url",
        )
    if port not in (None, 443) and not _own_networks():
        raise Refused(N_("Only the usual port of https is asked, 443."), field="url")
    with contextlib.suppress(ValueError):
        _guard(parts.hostname, [ipaddress.ip_address(parts.hostname)])
    return url


def _own_networks() -> list[Any]:
    return [ipaddress.ip_network(each) for each in load().calendar_networks.split()]


def _public(address: Any) -> bool:
    """Whether the whole internet can reach `address`; those that carry another one count by it."""
    if any(address in network for network in _own_networks()):
        return True
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _public(inner)
        if address.teredo is not None:
            return False
    return bool(address.is_global and not address.is_multicast)


def _guard(host: str, addresses: Iterable[Any]) -> None:
    if not all(_public(each) for each in addresses):
        raise Refused(_PRIVATE, field="url", host=host)


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were checked a moment ago, and to no others."""

    def __init__(self) -> None:
        self.inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [ipaddress.ip_address(each[4][0]) for each in found]
        _guard(host, addresses)
        return await self.inner.connect_tcp(str(addresses[0]), port, timeout=timeout)


async def fetch(url: str) -> bytes:
    """What `url` gives. Raises Refused with a sentence for whoever typed the address."""
    try:
        async with asyncio.timeout(SECONDS):
            return await _fetch(checked(url))
    except TimeoutError:
        raise Refused(N_("It did not answer within {n} seconds."), n=int(SECONDS)) from None
    except ssl.SSLError:
        raise Refused(N_("Its certificate is not valid.")) from None
    except (OSError, httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException):
        raise Refused(N_("It could not be reached.")) from None


async def _fetch(url: str) -> bytes:
    async with httpcore.AsyncConnectionPool(
        ssl_context=ssl.create_default_context(), network_backend=_Guarded(), max_connections=1
    ) as pool:
        for _ in range(MOST_REDIRECTS + 1):
            async with pool.stream("GET", url, headers=[*_HEADERS, ("host", _host(url))]) as answer:
                if answer.status in REDIRECTS:
                    url = checked(urljoin(url, _header(answer, b"location")))
                    continue
                if answer.status != 200:
                    raise Refused(N_("It answered with the error {status}."), status=answer.status)
                if _header(answer, b"content-encoding") not in ("", "identity"):
                    raise Refused(N_("It sent something other than a calendar."))
                data = b""
                async for part in answer.aiter_stream():
                    data += part
                    if len(data) > LARGEST:
                        raise Refused(N_("It is larger than {n} megabytes."), n=LARGEST // 10**6)
                return data
    raise Refused(N_("It sends on to other addresses too often."))


def _host(url: str) -> str:
    return urlsplit(url).netloc


def _header(answer: httpcore.Response, name: bytes) -> str:
    found = (value for key, value in answer.headers if key.lower() == name)
    return next(found, b"").decode("latin-1").strip()
