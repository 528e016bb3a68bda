"""The real application for a browser: `pavilion run` with the demonstration, on a free port."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]
PATIENCE = 600
BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
LAUNCH = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
]  # fmt: skip


class Site(msgspec.Struct):
    """A running Pavilion: its address, its folder, what it printed, who can sign in."""

    base: str
    folder: Path
    said: str

    def mails(self, to: str) -> list[EmailMessage]:
        """The mails caught for an address, oldest first."""
        found = []
        for path in sorted((self.folder / "caught_mail").glob("*.eml")):
            mail = message_from_bytes(path.read_bytes(), policy=policy.default)
            if to in str(mail["To"]):
                found.append(mail)
        return found

    def mail(self, to: str, words: str, seconds: float = 30) -> str:
        """The text of the newest mail to `to` whose subject has `words`; waits for the worker."""
        patience = time.monotonic() + seconds
        while True:
            for mail in reversed(self.mails(to)):
                if words.lower() in str(mail["Subject"]).lower():
                    body = mail.get_body(("plain",))
                    assert body is not None
                    return str(body.get_content())
            assert time.monotonic() < patience, (
                to, words, [str(mail["Subject"]) for mail in self.mails(to)],
            )  # fmt: skip
            time.sleep(0.2)


def browser() -> str | None:
    """The path of a Chromium, or None: PAVILION_BROWSER, then the usual names."""
    asked = os.environ.get("PAVILION_BROWSER")
    if asked:
        return asked
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def _free_ports(n: int) -> int:
    """The first of `n` free ports in a row."""
    for _ in range(50):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            first = int(probe.getsockname()[1])
        if all(_free(first + i) for i in range(n)):
            return first
    raise RuntimeError("This machine has no free ports in a row.")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


@contextmanager
def running() -> Iterator[Site]:
    """Start everything, wait until it says that it is ready, stop it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="pv-browser-"))
    port = _free_ports(3)
    environ = {
        name: value for name, value in os.environ.items()
        if not name.startswith(("PAVILION_", "STRIPE_", "SMTP_", "DATABASE_URL"))
    }  # fmt: skip
    environ |= {"PAVILION_VAR_DIR": str(folder), "PYTHONUNBUFFERED": "1"}
    log = folder / "run.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "server.cli", "run", "--port", str(port)],
            cwd=ROOT, env=environ, stdout=out, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        patience = time.monotonic() + PATIENCE
        while "Pavilion is ready" not in log.read_text("utf-8", "replace"):
            said = log.read_text("utf-8", "replace")
            assert process.poll() is None, f"pavilion run ended:\n{said[-4000:]}"
            assert time.monotonic() < patience, f"pavilion run is not ready:\n{said[-4000:]}"
            time.sleep(0.2)
        said = log.read_text("utf-8", "replace")
        yield Site(f"http://127.0.0.1:{port}", folder, re.sub(r"\x1b\[[0-9;]*m", "", said))
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)
