"""`pavilion run` from the first start to the restore elsewhere."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Self

import httpx
import psutil
import pytest

from server import embedded
from tests.faults.stack import ROOT, free_port

FIRST_START = 240


class Running:
    """One `pavilion run` on a folder of its own."""

    all: ClassVar[list[Self]] = []

    def __init__(self, folder: Path, *words: str, **settings: str) -> None:
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = ("PATH", "HOME", "LANG")
        self.environ = (
            {name: os.environ[name] for name in kept if name in os.environ}
            | {
                "PAVILION_VAR_DIR": str(folder),
                "PAVILION_PORT": str(self.port),
                "PAVILION_SECOND_FACTOR": "offered",
            }
            | settings
        )
        self.said = folder.with_name(f"{folder.name}-{self.port}.said")
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "server.cli", "run", *words],
                cwd=ROOT,
                env=self.environ,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        self.all.append(self)

    def until(self, words: str) -> str:
        patience = time.monotonic() + FIRST_START
        while words not in (said := self.said.read_text()):
            assert self.process.poll() is None, said
            assert time.monotonic() < patience, said
            time.sleep(0.1)
        return said

    def family(self) -> list[psutil.Process]:
        """Everything it started, PostgreSQL included."""
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [*children, self.postgres(), *self.postgres().children(recursive=True)]

    def postgres(self) -> psutil.Process:
        pid_file = embedded.locate(self.folder / "postgres").data / "postmaster.pid"
        return psutil.Process(int(pid_file.read_text().splitlines()[0]))

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(120)

    def pavilion(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "server.cli", *words],
            cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=300, check=False,
        )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "first"
    for running in Running.all:
        running.stop(signal.SIGTERM)
    Running.all.clear()
    for name in ("first", "second"):
        postgres = tmp_path / name / "postgres"
        if embedded.locate(postgres).home.exists():
            embedded.remove(postgres)


def works(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def named(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.NoSuchProcess:
        return ""


def gone(family: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(family, timeout=60)
    return not any(works(each) for each in alive)


def sign_in(client: httpx.Client, said: str) -> None:
    """As the agency's manager, with the address and password that were printed."""
    password, email = re.search(r"password “(.+?)”", said), re.search(r"\S+@\S+", said)
    assert password, said
    assert email, said
    csrf = re.search(r'name="csrf_token" value="([^"]*)"', client.get("/login").text)
    assert csrf
    answer = client.post(
        "/login",
        data={"email": email[0], "password": password[1], "csrf_token": csrf[1]},
    )
    assert answer.status_code == 303, answer.text


def board(url: str, said: str) -> str:
    """What the manager sees first, and the money, without what differs between two answers."""
    with httpx.Client(base_url=url, headers={"origin": url}, trust_env=False, timeout=60) as client:
        sign_in(client, said)
        pages = [client.get(path, follow_redirects=True) for path in ("/desk", "/desk/money")]
    assert [each.status_code for each in pages] == [200, 200]
    assert "Nordwind" in pages[0].text
    text = re.sub(r'(value|nonce|content)="[^"]*"', "", "".join(each.text for each in pages))
    return re.sub(r"\s+", " ", re.sub(r"http://127\.0\.0\.1:\d+", "", text))


def wait_for_the_first_page(running: Running) -> None:
    patience = time.monotonic() + 180
    while httpx.get(f"{running.url}/fairs", trust_env=False, timeout=60).status_code != 200:
        assert time.monotonic() < patience
        time.sleep(0.2)


def test_run_restarts_what_falls_stops_everything_and_keeps_the_data(folder: Path) -> None:
    first = Running(folder, "--no-demo")
    first.until("Pavilion is ready")
    again = Running(folder, "--no-demo")
    assert again.process.wait(60) == 1
    assert "already runs" in again.said.read_text()

    family = first.family()
    children = psutil.Process(first.process.pid).children()
    next(each for each in children if "worker" in each.cmdline()).kill()
    first.until("The worker ended by itself")
    assert httpx.get(f"{first.url}/fairs", trust_env=False).status_code < 500
    first.postgres().kill()
    first.until("PostgreSQL had ended by itself")
    wait_for_the_first_page(first)

    assert first.pavilion("backup", str(folder / "kept.dump")).returncode == 0
    family += first.family()
    assert first.stop(signal.SIGTERM) == 0
    assert gone(family)
    assert "Traceback" not in first.said.read_text()

    second = Running(folder, "--no-demo")
    said = second.until("Pavilion is ready")
    assert "0001" not in said, "the second start migrated again"
    family = second.family()
    second.process.kill()
    second.process.wait()
    assert gone([each for each in family if "postgres" not in named(each)])

    third = Running(folder, "--no-demo")
    third.until("Pavilion is ready")
    assert third.stop() == 0
    assert gone(family)


def test_a_restored_backup_shows_the_same_board_on_another_port(
    folder: Path, tmp_path: Path
) -> None:
    first = Running(folder, "--demo")
    said = first.until("Ctrl-C stops everything")
    shown = board(first.url, said)
    file = tmp_path / "demonstration.dump"
    ran = first.pavilion("backup", str(file))
    assert ran.returncode == 0, ran.stderr

    second = tmp_path / "second"
    environ = {**first.environ, "PAVILION_VAR_DIR": str(second)}
    restored = subprocess.run(
        [sys.executable, "-m", "server.cli", "restore", str(file)],
        cwd=ROOT, env=environ, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert restored.returncode == 0, restored.stderr
    # the demonstration pays by a stand-in with a test key, and the pages say so
    elsewhere = Running(second, "--no-demo", STRIPE_SECRET_KEY="sk_test_elsewhere")
    elsewhere.until("Pavilion is ready")
    assert board(elsewhere.url, said) == shown

    family = first.family() + elsewhere.family()
    assert elsewhere.stop() == 0
    assert first.stop() == 0
    assert gone(family)
