"""Small signed values: form tokens and notices. Two keys are valid while one is replaced."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

from server.settings import load


def _mac(key: str, purpose: str, text: str) -> str:
    digest = hmac.new(key.encode(), f"{purpose}\0{text}".encode(), hashlib.sha256).digest()
    return urlsafe_b64encode(digest[:24]).decode()


def sign(purpose: str, text: str) -> str:
    """A short signature of `text`, good for `purpose` only."""
    return _mac(load().secret_key, purpose, text)


def signed_by_us(purpose: str, text: str, signature: str) -> bool:
    """Whether `signature` was made by this or the previous key."""
    keys = [key for key in (load().secret_key, load().previous_secret_key) if key]
    return any(
        hmac.compare_digest(_mac(key, purpose, text).encode(), signature.encode()) for key in keys
    )


def seal(purpose: str, text: str) -> str:
    """`text` with its signature, safe for a cookie."""
    return f"{urlsafe_b64encode(text.encode()).decode()}.{sign(purpose, text)}"


def unseal(purpose: str, sealed: str) -> str | None:
    """The text of `seal`, or None if it is not ours."""
    body, _, signature = sealed.partition(".")
    try:
        text = urlsafe_b64decode(body.encode()).decode()
    except ValueError:
        return None
    return text if signed_by_us(purpose, text, signature) else None


def form_token(session: str) -> str:
    """The hidden token of a form; it dies with the session it was made for."""
    return sign("form", session)
