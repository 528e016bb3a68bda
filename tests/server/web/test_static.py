"""Static files: names that change with them, kept for ever, compressed, never sent twice."""

import gzip
import hashlib
import re

import pytest

from server.web import static
from tests.cast import Visitor

FOLDER = static.FOLDER


async def test_file_by_its_fingerprint_is_kept_for_ever_and_compressed(visitor: Visitor) -> None:
    address = static.url("pavilion.css")
    assert re.fullmatch(r"/static/pavilion\.[0-9a-f]{8}\.css", address)
    packed = await visitor.get(address, headers={"accept-encoding": "br, gzip"})
    plain = await visitor.get(address, headers={"accept-encoding": "identity"})
    assert packed.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"].lower() == "accept-encoding"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content == (FOLDER / "pavilion.css").read_bytes()
    assert packed.headers["etag"] != plain.headers["etag"]


async def test_file_already_there_is_not_sent_again(visitor: Visitor) -> None:
    address = static.url("vendor/govuk.css")
    first = await visitor.get(address)
    again = await visitor.get(
        address, headers={"if-none-match": f'"other", {first.headers["etag"]}'}
    )
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert (await visitor.get(address, headers={"if-none-match": '"other"'})).status_code == 200


async def test_head_tells_the_length_and_sends_nothing(visitor: Visitor) -> None:
    address = static.url("pavilion.js")
    answer = await visitor.head(address, headers={"accept-encoding": "identity"})
    assert answer.status_code == 200
    assert int(answer.headers["content-length"]) == (FOLDER / "pavilion.js").stat().st_size
    assert answer.content == b""


@pytest.mark.parametrize(
    "name", ["../settings.py", "%2e%2e/settings.py", "nothing.css", "", "vendor"]
)
async def test_nothing_else_is_served(visitor: Visitor, name: str) -> None:
    assert (await visitor.get(f"/static/{name}")).status_code == 404


def test_gzip_that_is_refused_is_not_sent() -> None:
    assert static._accepts_gzip("gzip")
    assert static._accepts_gzip("*")
    assert not static._accepts_gzip("gzip;q=0")
    assert not static._accepts_gzip("br")


def test_packed_bytes_are_the_same_each_time() -> None:
    for asset in static.assets().values():
        if asset.packed:
            assert gzip.decompress(asset.packed) == asset.plain


def test_vendored_files_are_what_their_list_says() -> None:
    vendor = FOLDER / "vendor"
    listed = dict(
        reversed(line.split()) for line in (vendor / "SHA256SUMS").read_text("utf-8").splitlines()
    )
    assert set(listed) == {path.name for path in vendor.iterdir()} - {"SHA256SUMS"}
    for name, digest in listed.items():
        assert hashlib.sha256((vendor / name).read_bytes()).hexdigest() == digest, name


def test_style_sheets_ask_for_no_other_file() -> None:
    for path in FOLDER.rglob("*.css"):
        assert "url(" not in path.read_text("utf-8"), path
        assert "@import" not in path.read_text("utf-8"), path
