"""`pavilion run`: database, migrations, demonstration, server and worker, with one command."""

import asyncio
import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import click

from server import embedded
from server.commands import demo, instance, migrate
from server.commands.children import Child, keep_alive
from server.commands.serve import require_free_port
from server.embedded_place import EmbeddedError
from server.settings import Settings, load

READY_SECONDS = 120


class Ending:
    """Whether somebody asked us to stop: Ctrl-C, SIGTERM, or the terminal that was closed.

    Preparations are cut off; once the children run, they are stopped in order.
    """

    def __init__(self) -> None:
        self.asked = False
        self.in_order = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if not self.asked:
            click.echo("\nStopping ...")
        again, self.asked = self.asked, True
        if not again and not self.in_order:
            raise KeyboardInterrupt

    def __call__(self) -> bool:
        return self.asked


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One `pavilion run` for one folder."""
    with (folder / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise instance.Problem(
                f"Pavilion already runs on {folder} (process {lock.read().strip()}); stop it, or"
                " set PAVILION_VAR_DIR and PAVILION_PORT to run a second one."
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def free_port(wanted: int) -> int:
    """`wanted`, or any other free port of this machine."""
    for port in (wanted, 0):
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise instance.Problem("This machine has no free port left.")


def stand_ins(settings: Settings, folder: Path) -> list[Child]:
    """What the demonstration needs from outside: Stripe and a mail server, when none is set."""
    made = []
    logs = folder / "log"
    if not settings.stripe_secret_key:
        port = free_port(settings.port + 1)
        secret = "whsec_" + secrets.token_hex(16)
        os.environ["STRIPE_SECRET_KEY"] = "sk_test_stand_in"  # noqa: S105 - opens nothing
        os.environ["STRIPE_WEBHOOK_SECRET"] = secret
        os.environ["STRIPE_SHARED"] = "true"
        os.environ["VIES_API_BASE"] = ""  # the demonstration's companies are not real
        os.environ["STRIPE_API_BASE"] = f"http://127.0.0.1:{port}"
        words = ["-m", "tests.stripe_stand_in", "--port", str(port)]
        words += ["--webhook-url", f"http://127.0.0.1:{settings.port}/stripe/webhook"]
        words += ["--state", str(folder / "stand_in_stripe.json")]
        made.append(Child("stand-in for Stripe", words, {}, logs / "stripe.log"))
    if not settings.smtp_host:
        port = free_port(settings.port + 2)
        os.environ |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port), "SMTP_STARTTLS": "false"}
        words = ["-m", "server.commands.mail_catcher", str(port), str(folder / "caught_mail")]
        made.append(Child("mail catcher", words, {}, logs / "mail.log"))
    return made


TOLD = (
    "PAVILION_PORT",
    "PAVILION_BASE_URL",
    "PAVILION_DEMO",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "STRIPE_API_BASE",
    "STRIPE_SHARED",
    "VIES_API_BASE",
    "SMTP_HOST",
    "SMTP_PORT",
    "SMTP_STARTTLS",
)


def tell(folder: Path) -> None:
    """Let `pavilion doctor` and the others know the stand-ins of a demonstration that runs."""
    told = {name: os.environ[name] for name in TOLD if name in os.environ}
    file = folder / instance.RUNNING
    file.touch(mode=0o600)
    file.write_text(json.dumps(told))


def local_address(settings: Settings) -> str:
    """How this machine reaches the server."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def wait_until_ready(server: Child, address: str, ending: Ending) -> None:
    """Until the first page answers. A Problem, with the server's last words, when it does not."""
    patience = time.monotonic() + READY_SECONDS
    while not ending():
        if not server.alive or time.monotonic() > patience:
            raise instance.Problem(
                f"The server does not start; its log {server.log} ends with:\n{server.last_words()}"
            )
        try:
            urllib.request.urlopen(f"{address}/fairs", timeout=10).close()  # noqa: S310
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return


@click.command("run")
@click.option("--port", type=int, help="Instead of PAVILION_PORT.")
@click.option("--demo/--no-demo", "with_demo", default=None, help="Instead of PAVILION_DEMO.")
def command(port: int | None, with_demo: bool | None) -> None:
    """Run everything: database, server and worker. Ctrl-C stops it.

    Without DATABASE_URL it keeps its own PostgreSQL and, unless PAVILION_DEMO says no, shows the
    demonstration. A second run goes on with the data of the first.
    """
    ending = Ending()
    if port is not None:
        os.environ["PAVILION_PORT"] = str(port)
    if with_demo is not None:
        os.environ["PAVILION_DEMO"] = str(with_demo).lower()
    elif not os.environ.get("DATABASE_URL"):
        os.environ.setdefault("PAVILION_DEMO", "true")
    asked = instance.peek()
    os.environ.setdefault("PAVILION_BASE_URL", local_address(asked))
    folder = instance.var_dir()
    theirs = bool(os.environ.get("DATABASE_URL"))
    with alone(folder):
        require_free_port(asked.host, asked.port)
        (folder / instance.RUNNING).unlink(missing_ok=True)
        with instance.opened(quiet=False) as settings:
            try:
                _run(settings, folder, ending, theirs=theirs)
            finally:
                (folder / instance.RUNNING).unlink(missing_ok=True)
    click.echo("Stopped. The data is kept.")


def look_after_database(folder: Path) -> None:
    """Start the embedded PostgreSQL again if it fell."""
    try:
        if embedded.revive(folder / instance.DATABASE):
            click.echo("PostgreSQL had ended by itself; it runs again.")
    except EmbeddedError as wrong:
        click.echo(str(wrong), err=True)


def _run(settings: Settings, folder: Path, ending: Ending, *, theirs: bool) -> None:
    click.echo("Bringing the database up to date ...")
    asyncio.run(migrate.migrate(settings))
    children = stand_ins(settings, folder) if settings.demo else []
    words = ["-m", "server.cli"]
    server = Child("server", [*words, "serve", "--leash"], {}, folder / "log" / "server.log")
    worker = Child("worker", [*words, "worker", "--leash"], {}, folder / "log" / "worker.log")
    signs_in = ""
    try:
        for child in children:
            child.start()
        if settings.demo:
            click.echo("Looking after the demonstration ...")
            tell(folder)
            load.cache_clear()  # the stand-ins are settings too
            signs_in = asyncio.run(demo.load(load()))
        ending.in_order = True
        for child in (server, worker):
            children.append(child)
            child.start()
        wait_until_ready(server, local_address(settings), ending)
        if not ending():
            click.echo(f"\nPavilion is ready: {settings.base_url}\n")
            if signs_in:
                click.echo(f"{signs_in}\n")
            click.echo(f"Logs are in {folder / 'log'}. Ctrl-C stops everything.")
            sys.stdout.flush()
        keep_alive(children, ending, None if theirs else lambda: look_after_database(folder))
    finally:
        for child in reversed(children):
            child.stop()
