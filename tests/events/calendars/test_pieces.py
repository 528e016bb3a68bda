"""Large feeds in parts: one stream of parts compressed apart, one part anew after an edit."""

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from events.calendars.joining import WHOLE
from events.calendars.pieces import gzipped, piece
from events.calendars.rules import CHUNKS
from server.database import action, execute, rows, value
from tests.cast import Visitor
from tests.events.calendars.test_feeds import _frozen, _places, get, put

__all__ = ["_frozen", "_places"]

TEXTS = st.lists(st.binary(max_size=200) | st.builds(lambda n: b"BEGIN" * n, st.integers(0, 9000)))


@given(TEXTS)
def test_parts_compressed_apart_are_one_stream_of_one_member(parts: list[bytes]) -> None:
    packed = gzipped(map(piece, parts))
    assert gzip.decompress(packed) == b"".join(parts)
    reader = zlib.decompressobj(16 + zlib.MAX_WBITS)  # as clients that read the first member only
    assert reader.decompress(packed) == b"".join(parts)
    assert reader.eof
    assert reader.unused_data == b""


async def test_an_edit_of_a_large_feed_makes_one_part_anew(visitor: Visitor) -> None:
    await put("first")
    many = WHOLE + 40

    @action
    async def copy() -> None:
        """Items like the first, which no version has told of yet."""
        names = (
            "kind, status, sequence, created_at, last_modified, tz, start_local, end_local,"
            " start_on, end_on, starts_at, ends_at, summary, description, location, url,"
            " visibility, sectors, country, fair, booth, agency"
        )
        await execute(
            f"INSERT INTO calendar_item (uid, key, fragment, {names}) SELECT u, 'copy ' || n,"
            " convert_to(replace(convert_from(fragment, 'UTF8'), uid::text, u::text), 'UTF8'),"
            f" {names} FROM calendar_item, generate_series(1, $1::int) n,"
            " LATERAL (SELECT md5(n::text)::uuid AS u) x WHERE key = 'first'",
            many - 1,
        )
        await execute("INSERT INTO feed_touch (source) VALUES ('fair:1'), ('all')")

    await copy()
    path = "/cal/f/wine-2027.ics"
    whole = await get(visitor, path)
    assert whole.text.count("BEGIN:VEVENT") == many
    before = await rows("SELECT chunk, version, digest FROM feed_chunk ORDER BY chunk")
    assert len(before) == CHUNKS * (await value("SELECT count(*) FROM feed_cache"))

    await put("copy 7", summary="Opens an hour later")
    changed = await get(visitor, path, if_none_match=whole.headers["etag"])
    assert changed.status_code == 200
    assert changed.headers["etag"] != whole.headers["etag"]
    assert changed.text.count("BEGIN:VEVENT") == many
    assert "Opens an hour later" in changed.text
    after = await rows("SELECT chunk, version, digest FROM feed_chunk ORDER BY chunk")
    differ = [new["chunk"] for old, new in zip(before, after, strict=True) if old != new]
    assert differ == [await value("SELECT id FROM calendar_item WHERE key = 'copy 7'") % CHUNKS]

    await put("copy 7", summary="Opens an hour later")  # nothing new: the same bytes, a 304
    again = await get(visitor, path, if_none_match=changed.headers["etag"])
    assert again.status_code == 304
    plain = await get(visitor, path, accept_encoding="identity")
    assert plain.text == changed.text
