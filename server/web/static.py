"""Static files from memory: names that carry their hash, compressed once, kept for ever."""

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response

from server.errors import NotFound
from server.web.routes import get, needs

FOLDER = Path(__file__).parents[1] / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json",
}
FOR_EVER = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600"
WORTH_IT = 0.9


class Asset(msgspec.Struct, frozen=True):
    """One file: its bytes, the same compressed (empty when that saves nothing), type and tag."""

    plain: bytes
    packed: bytes
    media_type: str
    digest: str


def _asset(path: Path) -> Asset:
    plain = path.read_bytes()
    packed = gzip.compress(plain, 9, mtime=0)
    return Asset(
        plain=plain,
        packed=packed if len(packed) < WORTH_IT * len(plain) else b"",
        media_type=TYPES[path.suffix],
        digest=hashlib.sha256(plain).hexdigest(),
    )


@cache
def assets() -> dict[str, Asset]:
    """Every file of the folder by its relative name, read once per process."""
    return {
        path.relative_to(FOLDER).as_posix(): _asset(path)
        for path in sorted(FOLDER.rglob("*"))
        if path.is_file() and path.suffix in TYPES
    }


def _fingerprinted(name: str, digest: str) -> str:
    stem, dot, ending = name.rpartition(".")
    return f"{stem}.{digest[:8]}{dot}{ending}"


@cache
def _by_fingerprint() -> dict[str, Asset]:
    return {_fingerprinted(name, asset.digest): asset for name, asset in assets().items()}


@cache
def url(name: str) -> str:
    """The address of `name` ("pavilion.css"), which changes with the file. KeyError if unknown."""
    return f"/static/{_fingerprinted(name, assets()[name].digest)}"


def _accepts_gzip(header: str) -> bool:
    for offer in header.lower().split(","):
        coding, _, weight = offer.partition(";")
        if coding.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _known(header: str, etag: str) -> bool:
    return any(tag.strip().removeprefix("W/") in ("*", etag) for tag in header.split(","))


@get("/static/{name:path}", needs("public.read"), sync_to_thread=False)
def serve(request: Request[Any, Any, Any], name: str) -> Response[bytes]:
    """A file by its fingerprinted name, or by its plain name with a short life."""
    wanted = name.lstrip("/")
    asset = _by_fingerprint().get(wanted)
    life = FOR_EVER if asset else FOR_AN_HOUR
    asset = asset or assets().get(wanted)
    if asset is None:
        raise NotFound
    packed = bool(asset.packed) and _accepts_gzip(request.headers.get("accept-encoding", ""))
    etag = f'"{asset.digest[:16]}{"-gz" if packed else ""}"'
    headers = {"cache-control": life, "etag": etag}
    if asset.packed:
        headers["vary"] = "accept-encoding"
    if _known(request.headers.get("if-none-match", ""), etag):
        return Response(b"", status_code=304, headers=headers, media_type=asset.media_type)
    body = asset.packed if packed else asset.plain
    if packed:
        headers["content-encoding"] = "gzip"
    return Response(body, headers=headers, media_type=asset.media_type)


HANDLERS = [serve]
