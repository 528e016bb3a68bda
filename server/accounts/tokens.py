"""Secrets that are shown once: 256 random bits, of which only the SHA-256 is kept."""

import hashlib
import secrets


def new() -> tuple[str, bytes]:
    """A token for its holder and the hash for the table."""
    token = secrets.token_urlsafe(32)
    return token, hash_of(token)


def hash_of(token: str) -> bytes:
    """What the table keeps of `token`."""
    return hashlib.sha256(token.encode()).digest()
