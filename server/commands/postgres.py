"""The programs of PostgreSQL, told where a database is without a password on their command line."""

import os
import shutil
from pathlib import Path
from urllib.parse import unquote, urlsplit, urlunsplit

from server import embedded_place
from server.commands.instance import Problem
from server.embedded_place import EmbeddedError


def program(name: str) -> Path:
    """`pg_dump`, `pg_restore` or `psql`: the embedded one, the newest we know, or the system's."""
    try:
        return embedded_place.binaries() / name
    except EmbeddedError:
        found = shutil.which(name)
        if found is None:
            raise Problem(
                f"There is no {name} on this machine; install the client programs of PostgreSQL."
            ) from None
        return Path(found)


def target(url: str) -> tuple[str, dict[str, str]]:
    """`url` without its password, and the environment that carries the password instead."""
    parts = urlsplit(url)
    environ = {**os.environ, "LC_ALL": "C", "PGAPPNAME": "pavilion backup"}
    if parts.password is None:
        return url, environ
    plain = parts.netloc.replace(f":{parts.password}@", "@", 1)
    environ["PGPASSWORD"] = unquote(parts.password)
    return urlunsplit(parts._replace(netloc=plain)), environ
