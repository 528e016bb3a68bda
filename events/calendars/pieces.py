"""One gzip stream of pieces that were compressed apart, so that a change costs one piece. Pure.

A piece is deflated by itself and ends at a byte with a full flush, so pieces follow each other in
one deflate stream (RFC 1951 section 3.2.4); several gzip members would do as well (RFC 1952
section 2.2), but many clients read the first member only. The check sum of the whole comes from
those of the pieces: a CRC is linear over GF(2).
"""

import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache

OPENING = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
"""A gzip header without name, time and system (RFC 1952 section 2.3)."""
LAST_BLOCK = b"\x03\x00"
POLYNOMIAL = 0xEDB88320
ONE = 1 << 31


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: deflated, the CRC-32 and the length of what it was, its SHA-256."""

    deflated: bytes
    crc: int
    length: int
    digest: bytes


def piece(plain: bytes, level: int = 4) -> Piece:
    """Compress a part by itself."""
    press = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    deflated = press.compress(plain) + press.flush(zlib.Z_FULL_FLUSH)
    return Piece(deflated, zlib.crc32(plain), len(plain), hashlib.sha256(plain).digest())


def gzipped(pieces: Iterable[Piece]) -> bytes:
    """The pieces one after the other as one gzip stream of one member."""
    parts, crc, length = [OPENING], 0, 0
    for each in pieces:
        parts.append(each.deflated)
        crc = _times(_shift(each.length), crc) ^ each.crc
        length += each.length
    ends = (crc.to_bytes(4, "little"), (length % 2**32).to_bytes(4, "little"))
    return b"".join((*parts, LAST_BLOCK, *ends))


def _times(one: int, other: int) -> int:
    """The product of two polynomials over GF(2), modulo that of CRC-32; bits are reflected."""
    found, bit = 0, ONE
    while bit:
        if one & bit:
            found ^= other
        other = (other >> 1) ^ POLYNOMIAL if other & 1 else other >> 1
        bit >>= 1
    return found


@cache
def _doubled(n: int) -> int:
    """x to the power of 8 * 2**n."""
    return ONE >> 8 if n == 0 else _times(_doubled(n - 1), _doubled(n - 1))


@lru_cache(10_000)
def _shift(length: int) -> int:
    """What so many zero bytes behind a text do to its CRC: x to the power of 8 * length."""
    found, n = ONE, 0
    while length >> n:
        if length >> n & 1:
            found = _times(_doubled(n), found)
        n += 1
    return found
