"""What `make run` and `make test` install, and what they say where they cannot."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def environment(folder: Path, **settings: str) -> "subprocess.CompletedProcess[str]":
    for name in (*LOCKS, "pyproject.toml", "tools/environment.sh"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return subprocess.run(
        [folder / "tools/environment.sh"],
        env={"PATH": "/usr/bin:/bin", **settings},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    packages = re.split(r"\n(?=\S)", text.strip())
    assert len(packages) > 50
    for package in packages:
        assert re.match(r"[a-z0-9_.-]+==\S+", package), package
        assert "--hash=sha256:" in package, package


def test_the_lock_holds_everything_that_is_asked_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = project["dependencies"], project["optional-dependencies"]["dev"]
    for lock, wanted in zip(LOCKS, (asked[0], asked[0] + asked[1]), strict=True):
        text = (ROOT / lock).read_text()
        for each in wanted:
            name = re.match(r"[\w.-]+", each)
            assert name
            assert f"\n{name[0]}==" in f"\n{text}", each


def test_a_python_without_venv_is_one_sentence(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\ncase "$2" in *version_info*) exit 0 ;; *) exit 1 ;; esac\n')
    python.chmod(0o755)
    ran = environment(tmp_path / "copy", PYTHON=str(python))
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    assert "has no venv module" in ran.stderr


def test_a_half_made_environment_is_seen_and_removed(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text('#!/bin/sh\ncase "$2" in venv) exit 1 ;; *) exit 0 ;; esac\n')
    python.chmod(0o755)
    half = tmp_path / "copy" / ".venv" / "bin"
    half.mkdir(parents=True)
    (half / "python").write_text("")
    ran = environment(tmp_path / "copy", PYTHON=str(python))
    assert "The folder .venv is incomplete; making it again." in ran.stdout
    assert not half.exists()
    assert ran.returncode == 1
    assert "could not be made" in ran.stderr
