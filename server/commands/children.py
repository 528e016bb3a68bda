"""Child processes that are kept alive together and stopped together."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

from server.commands.instance import ROOT

PATIENCE = 35.0
LONGEST_WAIT = 30.0
HEALTHY_AFTER = 30.0
LOOK_SECONDS = 1.0


@dataclass
class Child:
    """One program: restarted when it ends by itself, later each time it ends soon after."""

    name: str
    words: list[str]
    environ: Mapping[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    falls: int = 0
    due: float = field(default=0.0)

    def start(self) -> None:
        self.log.parent.mkdir(exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own words
                [sys.executable, *self.words],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, **self.environ},
                start_new_session=True,  # Ctrl-C reaches us alone; we stop them in order
            )
        self.started = time.monotonic()

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def last_words(self, lines: int = 15) -> str:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return "\n".join(text.splitlines()[-lines:])

    def stop(self) -> None:
        """Ask it to end, wait for what it has in hand, and insist after PATIENCE seconds."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                click.echo(f"The {self.name} did not stop in {PATIENCE:.0f} seconds; ending it.")
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)  # what it left behind, if anything
        self.process.wait()
        if self.process.stdin is not None:
            self.process.stdin.close()


def keep_alive(
    children: list[Child], ending: Callable[[], bool], look: Callable[[], None] | None = None
) -> None:
    """Restart whatever falls, until `ending()`; `look` every LOOK_SECONDS after the rest."""
    looked = time.monotonic()
    while not ending():
        now = time.monotonic()
        if look is not None and now - looked > LOOK_SECONDS:
            looked = now
            look()
        for child in children:
            if child.alive:
                if child.falls and now - child.started > HEALTHY_AFTER:
                    child.falls = 0
                continue
            if not child.due:
                code = child.process.returncode if child.process is not None else 0
                wait = min(2.0**child.falls - 1, LONGEST_WAIT)
                child.falls += 1
                child.due = now + wait
                click.echo(
                    f"The {child.name} ended by itself (code {code}); starting it again"
                    + (f" in {wait:.0f} seconds" if wait >= 1 else "")
                    + f". Its last words are in {child.log}."
                )
            if now >= child.due:
                child.due = 0.0
                child.stop()
                child.start()
        time.sleep(0.2)
