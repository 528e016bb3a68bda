"""This instance: its folder, its secret, its database. Every command opens it before it works."""

import contextlib
import json
import os
import secrets
from collections.abc import AsyncIterator, Iterator, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import click

from server import embedded
from server.embedded_place import EmbeddedError
from server.settings import Settings, SettingsError, load, read

ROOT = Path(__file__).resolve().parents[2]
DATABASE = "postgres"
RUNNING = "running.json"


class Problem(click.ClickException):
    """Something the operator can mend, in one sentence."""


def var_dir(environ: MutableMapping[str, str] = os.environ) -> Path:
    """Where this instance writes; made if it is missing."""
    folder = Path(environ.get("PAVILION_VAR_DIR") or ROOT / "var").resolve()
    try:
        folder.mkdir(mode=0o750, parents=True, exist_ok=True)
    except OSError as wrong:
        raise Problem(
            f"The folder {folder} cannot be made ({wrong.strerror}); set PAVILION_VAR_DIR to one"
            " that this account may write to."
        ) from None
    if not os.access(folder, os.W_OK):
        raise Problem(
            f"Pavilion may not write to {folder}; give this account the folder or set"
            " PAVILION_VAR_DIR."
        )
    environ["PAVILION_VAR_DIR"] = str(folder)
    return folder


@contextlib.contextmanager
def opened(*, quiet: bool = True) -> Iterator[Settings]:
    """Settings with a reachable database behind them.

    Without DATABASE_URL the embedded PostgreSQL of the instance's folder serves, started if it is
    not running and stopped at the end if nobody else uses it. Beside a `pavilion run` its settings
    hold, so that the stand-ins of its demonstration are known.
    """
    folder = var_dir()
    own = not os.environ.get("DATABASE_URL")
    if own and (folder / RUNNING).exists():
        for name, value in json.loads((folder / RUNNING).read_text()).items():
            os.environ.setdefault(name, value)
    if not os.environ.get("PAVILION_SECRET_KEY"):
        os.environ["PAVILION_SECRET_KEY"] = _kept_secret(folder / "secret_key")
    try:
        if own:
            if not quiet:
                click.echo("Starting PostgreSQL ...")
            os.environ["DATABASE_URL"] = embedded.start(folder / DATABASE)
        load.cache_clear()
        settings = load()
    except (EmbeddedError, SettingsError) as wrong:
        raise Problem(str(wrong)) from None
    except KeyboardInterrupt:
        if own:
            embedded.stop(folder / DATABASE)  # it may have been starting
        raise
    try:
        yield settings
    finally:
        if own:
            os.environ.pop("DATABASE_URL", None)
            with contextlib.suppress(EmbeddedError):
                embedded.stop(folder / DATABASE)


def _kept_secret(path: Path) -> str:
    """The instance's own secret, made once. Production sets PAVILION_SECRET_KEY instead."""
    if not path.exists():
        fresh = path.with_suffix(".new")
        fresh.write_text(secrets.token_urlsafe(48))
        fresh.chmod(0o600)
        fresh.rename(path)
    return path.read_text().strip()


def peek() -> Settings:
    """The settings alone, for a command that does not need the database yet."""
    try:
        return read(
            {"DATABASE_URL": "postgresql:///", "PAVILION_SECRET_KEY": "x" * 32, **os.environ}
        )
    except SettingsError as wrong:
        raise Problem(str(wrong)) from None


def without_password(url: str) -> str:
    """How a database is named in a sentence."""
    parts = urlsplit(url)
    host = parts.hostname or parse_qs(parts.query).get("host", ["this machine"])[0]
    return f"{parts.path.lstrip('/') or 'postgres'} on {host}" + (
        f":{parts.port}" if parts.port else ""
    )


async def connect(url: str) -> asyncpg.Connection:
    """One connection, or a Problem that says what is wrong."""
    where = without_password(url)
    try:
        return await asyncpg.connect(url, timeout=10, command_timeout=600)
    except (OSError, TimeoutError) as wrong:
        why = (getattr(wrong, "strerror", None) or str(wrong) or "no answer").splitlines()[0]
        raise Problem(
            f"The database {where} of DATABASE_URL cannot be reached ({why}); check that"
            " PostgreSQL runs there and that the address is right."
        ) from None
    except asyncpg.InvalidPasswordError:
        raise Problem(f"The database {where} refused the password of DATABASE_URL.") from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as wrong:
        why = str(wrong).splitlines()[0].rstrip(".")
        raise Problem(f"The database {where} of DATABASE_URL cannot be used: {why}.") from None


def read_json(file: Path) -> Any:
    """What is in `file`. A Problem when it is not JSON, or nested deeper than anything here is."""
    try:
        return json.loads(file.read_text(encoding="utf-8"), parse_constant=_no_number)
    except RecursionError:
        raise Problem(f"{file} nests lists or objects too deeply.") from None
    except ValueError as wrong:
        raise Problem(f"{file} is not JSON: {wrong}.") from None


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


@contextlib.asynccontextmanager
async def pool(settings: Settings, size: int = 2) -> AsyncIterator[None]:
    """Piccolo's pool for a command, after one plain connection has shown that it will open."""
    from server import database

    await (await connect(settings.database_url)).close()
    await database.open_pool(settings.database_url, size=size)
    try:
        yield
    finally:
        await database.close_pool()


async def require_current_schema() -> None:
    """A Problem unless the database is exactly at this version."""
    from server import migrating

    missing = await migrating.pending()
    if ahead := await migrating.unknown():
        raise Problem(
            f"The database is newer than this Pavilion ({ahead[0]} is unknown here); install the"
            " newer version."
        )
    if missing:
        raise Problem(
            f"The database is behind this Pavilion by {len(missing)} migration(s); run"
            " `pavilion migrate` first."
        )
