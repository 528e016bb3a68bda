"""The `pavilion` command: what goes wrong is one sentence, and every part of it is described."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from server import embedded
from server.cli import COMMANDS
from server.settings import Settings, variable

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "operators.md").read_text()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "var"
    yield folder
    if embedded.locate(folder / "postgres").home.exists():
        embedded.remove(folder / "postgres")


def pavilion(*words: str, folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    own = {"PATH": os.environ["PATH"], "PAVILION_VAR_DIR": str(folder), **settings}
    return subprocess.run(
        [sys.executable, "-m", "server.cli", *words],
        cwd=ROOT,
        env=own,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def is_one_sentence(ran: "subprocess.CompletedProcess[str]") -> bool:
    said = ran.stderr.strip()
    return ran.returncode == 1 and "Traceback" not in said and "\n" not in said and said[-1] in ".)"


@pytest.mark.parametrize("field", [field.name for field in msgspec.structs.fields(Settings)])
def test_every_setting_is_described_for_operators(field: str) -> None:
    assert f"`{variable(field)}`" in GUIDE


@pytest.mark.parametrize("field", [field.name for field in msgspec.structs.fields(Settings)])
def test_every_setting_of_an_installation_is_in_the_example(field: str) -> None:
    example = (ROOT / "deploy" / "pavilion.env.example").read_text()
    if variable(field) not in ("PAVILION_CRASH_AT", "STRIPE_API_BASE"):
        assert f"{variable(field)}=" in example


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_described_for_operators(name: str) -> None:
    assert f"`pavilion {name}" in GUIDE


def test_help_names_every_command(folder: Path) -> None:
    ran = pavilion("--help", folder=folder)
    assert ran.returncode == 0
    assert all(f"\n  {name} " in ran.stdout for name in COMMANDS)


def test_a_taken_port_is_one_sentence(folder: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        for command in ("run", "serve"):
            ran = pavilion(command, folder=folder, PAVILION_PORT=port)
            assert is_one_sentence(ran), ran.stderr
            assert f"Port {port} is taken" in ran.stderr


def test_an_unreachable_database_is_one_sentence_without_the_password(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"postgresql://anna:very-secret@127.0.0.1:{port}/fairs"
    for words in (["migrate"], ["run"], ["backup", str(folder / "b")], ["worker"]):
        ran = pavilion(*words, folder=folder, DATABASE_URL=url, PAVILION_PORT="0")
        assert is_one_sentence(ran), ran.stderr
        assert f"fairs on 127.0.0.1:{port}" in ran.stderr
        assert "very-secret" not in ran.stdout + ran.stderr


def test_a_wrong_setting_is_one_sentence_that_names_it(folder: Path) -> None:
    ran = pavilion("serve", folder=folder, PAVILION_PORT="many")
    assert is_one_sentence(ran)
    assert "PAVILION_PORT" in ran.stderr


def test_a_folder_that_cannot_be_made_is_one_sentence(folder: Path) -> None:
    folder.write_text("a file, not a folder")
    ran = pavilion("migrate", folder=folder / "below")
    assert is_one_sentence(ran)
    assert str(folder / "below") in ran.stderr
    folder.unlink()


def test_restore_refuses_a_file_that_is_no_backup(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Sirs")
    ran = pavilion("restore", str(tmp_path / "letter.txt"), folder=folder)
    assert is_one_sentence(ran)
    assert "not a whole backup" in ran.stderr


def test_backup_of_nothing_is_refused_and_leaves_no_file(folder: Path, tmp_path: Path) -> None:
    ran = pavilion("backup", str(tmp_path / "empty.dump"), folder=folder)
    assert is_one_sentence(ran)
    assert not list(tmp_path.glob("empty.dump*"))


def test_a_full_disk_is_one_sentence(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can make a disk of its own")
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder],
        check=False,
        capture_output=True,
    )
    if mounted.returncode != 0:
        pytest.skip("this machine lets nobody mount")
    try:
        (folder / "filling").write_bytes(b"x" * 65536)
        ran = pavilion("run", "--port", "0", folder=folder)
        assert is_one_sentence(ran), ran.stderr
        assert "disk" in ran.stderr
    finally:
        subprocess.run(["umount", folder], check=True)


CREATE = ["create-agency", "--name", "Nordhafen Trade", "--legal-name", "Nordhafen Trade GmbH"]
CREATE += ["--email", "hello@nordhafen.example", "--owner-name", "Olga Ohm"]
CREATE += ["--owner-email", "olga@nordhafen.example"]
FAIRS = """Name;Dates;City;Country
Hannover Messe;Apr 20, 2026 To Apr 24, 2026;Hannover;Germany
München Fair;some time in May;München;Germany
"""


def test_a_new_installation_from_migrations_to_fairs(folder: Path, tmp_path: Path) -> None:
    early = pavilion(*CREATE, "--country", "DE", folder=folder)
    assert is_one_sentence(early)
    assert "pavilion migrate" in early.stderr

    assert "migration(s) ran" in pavilion("migrate", folder=folder).stdout
    assert "up to date" in pavilion("migrate", folder=folder).stdout

    wrong = pavilion(*CREATE, "--country", "XX", folder=folder)
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("--country: ")
    made = pavilion(*CREATE, "--country", "DE", folder=folder)
    assert made.returncode == 0, made.stderr
    assert is_one_sentence(pavilion(*CREATE, "--country", "DE", folder=folder))

    file = tmp_path / "fairs.csv"
    file.write_text(FAIRS, encoding="cp1252")
    kept_out = pavilion("import", "fairs", str(file), folder=folder)
    assert kept_out.returncode == 1
    assert "line 3 (München Fair): " in kept_out.stderr
    assert "0 new, 0 there already, 1 refused" in kept_out.stdout
    taken = pavilion("import", "fairs", str(file), "--leave-out", folder=folder)
    assert "1 new, 0 there already, 1 refused" in taken.stdout, taken.stderr
    again = pavilion("import", "fairs", str(file), "--leave-out", folder=folder)
    assert "0 new, 1 there already, 1 refused" in again.stdout


def test_doctor_says_what_is_wrong_and_what_to_do(folder: Path) -> None:
    wrong = {
        "PAVILION_BASE_URL": "http://fairs.example.org",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": "1",
        "STRIPE_SECRET_KEY": "sk_test_nothing",
        "STRIPE_API_BASE": "http://127.0.0.1:1",
    }
    ran = pavilion("doctor", folder=folder, **wrong)
    assert ran.returncode == 1
    for said in (
        "WRONG  configuration: PAVILION_BASE_URL",
        "ok     disk",
        "ok     database: PostgreSQL",
        "ok     clock",
        "run `pavilion migrate`",
        "WRONG  mail: 127.0.0.1:1 does not take our mail",
        "WRONG  payments: STRIPE_WEBHOOK_SECRET",
        "WRONG  payments: Stripe cannot be reached",
    ):
        assert said in ran.stdout, ran.stdout + ran.stderr
    pavilion("migrate", folder=folder)
    ran = pavilion("doctor", "--invariants", folder=folder, **wrong)
    assert "ok     schema: at this version" in ran.stdout
    assert "ok     books: all" in ran.stdout
    assert "WRONG  worker: has never run" in ran.stdout
