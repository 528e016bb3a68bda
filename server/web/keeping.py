"""What somebody typed when their sign-in had ended is kept for an hour, until they are back."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from server import clock
from server.database import action, execute, row
from server.jobs import every
from server.web.forms import Upload

KEPT_FOR = timedelta(hours=1)
LARGEST = 200_000
_SECRET = ("password", "token")


@action
async def keep(path: str, typed: Mapping[str, object]) -> str:
    """Keep `typed`, without passwords and files; the token that brings it back."""
    token = secrets.token_urlsafe(32)
    plain = {
        name: value
        for name, value in typed.items()
        if not isinstance(value, Upload) and not any(each in name for each in _SECRET)
    }
    said = json.dumps(plain)
    if len(said) > LARGEST or "\\u0000" in said:  # nobody typed this
        plain = {}
    await execute(
        "INSERT INTO kept_form (token_hash, path, typed, kept_at) VALUES ($1,$2,$3,$4)",
        hashlib.sha256(token.encode()).digest(),
        path,
        plain,
        clock.now(),
    )
    return token


async def kept(token: str, path: str) -> dict[str, Any]:
    """What was typed on `path`, or nothing."""
    found = await row(
        "SELECT typed FROM kept_form WHERE token_hash = $1 AND path = $2 AND kept_at > $3",
        hashlib.sha256(token.encode()).digest(),
        path,
        clock.now() - KEPT_FOR,
    )
    return dict(found["typed"]) if found else {}


@every("web.forget", minutes=15)
async def forget() -> None:
    """Forget what nobody came back for."""
    await _forget()


@action
async def _forget() -> None:
    await execute("DELETE FROM kept_form WHERE kept_at < $1", clock.now() - KEPT_FOR)
    await execute("DELETE FROM idempotent_answer WHERE at < $1", clock.now() - timedelta(days=2))
