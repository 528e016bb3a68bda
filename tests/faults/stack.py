"""The whole of Pavilion as separate processes on one database, each of which can be killed."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self

import httpx

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Stack:
    """Server, worker, mail catcher and the stand-in for Stripe."""

    def __init__(self, database_url: str, *, but: str = "") -> None:
        self.but = but  # what the test starts itself
        self.folder = Path(tempfile.mkdtemp(prefix="pavilion-stack-"))
        self.port, self.stripe_port, self.mail_port = free_port(), free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.stripe_url = f"http://127.0.0.1:{self.stripe_port}"
        self.environ = {
            **os.environ,
            "DATABASE_URL": database_url,
            "PAVILION_VAR_DIR": str(self.folder),
            "PAVILION_PORT": str(self.port),
            "PAVILION_BASE_URL": self.url,
            "PAVILION_WORKERS": "1",
            "PAVILION_SECOND_FACTOR": "offered",
            "STRIPE_API_BASE": self.stripe_url,
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.mail_port),
            "SMTP_STARTTLS": "false",
        }
        hook = ["--webhook-url", f"{self.url}/stripe/webhook"]
        self.words = {
            "stripe": ["-m", "tests.stripe_stand_in", "--port", str(self.stripe_port), *hook],
            "mail": [
                "-m", "server.commands.mail_catcher", str(self.mail_port), str(self.folder / "mail")
            ],
            "server": ["-m", "server.cli", "serve", "--leash"],
            "worker": ["-m", "server.cli", "worker", "--leash"],
        }  # fmt: skip
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, **settings: str) -> None:
        if name in self.processes:
            self.kill(name)  # it is dead, and this closes its pipe
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, *self.words[name]],
                cwd=ROOT,
                env={**self.environ, **settings},
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """kill -9, without a word."""
        process = self.processes[name]
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdin is not None:
            process.stdin.close()

    async def until_up(self) -> None:
        patience = time.monotonic() + 180
        async with httpx.AsyncClient(trust_env=False) as client:
            for url in (f"{self.stripe_url}/_control/none", f"{self.url}/fairs"):
                while True:
                    try:
                        await client.get(url)
                        break
                    except httpx.HTTPError:
                        assert time.monotonic() < patience, self.last_words()
                        await asyncio.sleep(0.05)

    def last_words(self) -> str:
        """The end of every log, for the message of a failed test."""
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}"
            for log in sorted(self.folder.glob("*.log"))
        )

    async def stripe(self, verb: str, **asked: Any) -> Any:
        """A control of the stand-in."""
        async with httpx.AsyncClient(trust_env=False) as client:
            answer = await client.post(f"{self.stripe_url}/_control/{verb}", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def __aenter__(self) -> Self:
        for name in self.words:
            if name != self.but:
                self.start(name)
        if self.but != "server":
            await self.until_up()
        return self

    async def __aexit__(self, *_: object) -> None:
        for name in self.processes:
            self.kill(name)
