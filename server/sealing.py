"""Secrets at rest: encrypted with a key derived from the settings' secret, readable by two.

Fernet is AES-128-CBC with HMAC-SHA256 (github.com/fernet/spec); the key comes from HKDF
(RFC 5869) so that it differs from those that sign cookies.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.settings import load


class Unreadable(Exception):
    """It was sealed with a secret that this installation no longer has."""


def _key(secret: str) -> Fernet:
    derived = HKDF(SHA256(), 32, None, b"pavilion secrets at rest").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def _keys() -> MultiFernet:
    settings = load()
    known = (settings.secret_key, settings.previous_secret_key)
    return MultiFernet([_key(secret) for secret in known if secret])


def seal(text: str) -> str:
    """`text` encrypted under today's secret; "" stays ""."""
    return _keys().encrypt(text.encode()).decode() if text else ""


def unseal(sealed: str) -> str:
    """What was sealed under today's secret or the one before; Unreadable under any other."""
    if not sealed:
        return ""
    try:
        return _keys().decrypt(sealed).decode()
    except InvalidToken:
        raise Unreadable from None


def sealed_anew(sealed: str) -> str:
    """The same secret under today's key, for whoever moves from one key to the next."""
    return _keys().rotate(sealed).decode() if sealed else ""
