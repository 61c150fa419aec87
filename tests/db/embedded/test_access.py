"""Who can reach the embedded server, and what its start leaves as it is."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

import psycopg
import pytest

from app.db.embedded import embedded_postgres
from app.db.embedded.account import Account, account_for, system_account
from app.db.embedded.installation import PROGRAMS, programs, runnable
from app.db.embedded.processes import postmaster
from app.db.embedded.socket_directory import socket_directory
from app.db.engine import make_engine
from app.errors import Misconfigured
from tests.db.embedded.conftest import Holding, ask

NAMES = ["with space", "quo'te", 'double"quote', "$HOME;a&b", "%41", "a,b:c@d#e?f+g", "größe-客\\", "l" * 120]
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server under another account")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("name", NAMES)
def test_a_directory_of_any_name_starts(initialised: Path, tmp_path: Path, name: str) -> None:
    data_dir = Path(shutil.copytree(initialised, tmp_path / name))
    with embedded_postgres(data_dir) as url:
        engine = make_engine(url)
        with engine.connect() as connection:
            assert connection.exec_driver_sql("select 1").scalar_one() == 1
        engine.dispose()


def test_a_first_start_with_a_difficult_name_and_without_locales(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "xx_XX.UTF-8")
    monkeypatch.setenv("LANG", "xx_XX.UTF-8")
    with embedded_postgres(tmp_path / "a $b;c&'d\" %41 é") as url:
        assert (
            ask(url, "select upper('é') || current_setting('server_encoding') || current_setting('TimeZone')")
            == "ÉUTF8UTC"
        )


def test_the_password_is_needed(data_dir: Path) -> None:
    with embedded_postgres(data_dir) as url, pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(url, password="guess")  # noqa: S106  # the wrong one


def test_socket_and_password_are_closed_to_others(data_dir: Path) -> None:
    with embedded_postgres(data_dir):
        assert mode(data_dir / "postgres") == 0o700
        assert mode(data_dir / "postgres" / "regulars.password") == 0o600
        assert mode(data_dir / "postgres.lock") == mode(data_dir / "postgres.running.lock") == 0o600


def test_the_server_listens_to_no_network(data_dir: Path) -> None:
    with embedded_postgres(data_dir) as url:
        assert ask(url, "select current_setting('listen_addresses')") == ""


def test_the_short_name_of_a_long_path_is_private_and_removed(tmp_path: Path) -> None:
    with socket_directory(tmp_path / ("l" * 120)) as name:
        assert mode(Path(name).parent) == 0o700
    assert not Path(name).parent.exists()


def test_parent_directories_keep_their_modes(data_dir: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    before = [mode(parent) for parent in (data_dir, *data_dir.parents)]
    with embedded_postgres(data_dir):
        assert [mode(parent) for parent in (data_dir, *data_dir.parents)] == before


def test_a_lock_of_another_user_in_the_temporary_directory_does_not_matter(
    data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    (tmp_path / ".lockfile").mkdir()
    with embedded_postgres(data_dir) as url:
        assert ask(url) == 1


def test_the_server_inherits_no_secrets(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_API_KEY", "a-secret-of-the-operator")
    with embedded_postgres(data_dir):
        server = postmaster(data_dir / "postgres")
        assert server is not None
        assert "REGULARS_API_KEY" not in server.environ()


def test_processes_share_one_server_and_the_last_stops_it(data_dir: Path, holding: Holding) -> None:
    with holding(data_dir) as first:
        assert first.stdout is not None
        first.stdout.readline()
        with embedded_postgres(data_dir):
            running = postmaster(data_dir / "postgres")
        assert running is not None
        assert running == postmaster(data_dir / "postgres")
    assert postmaster(data_dir / "postgres") is None


@as_root
def test_root_runs_the_server_under_another_account(data_dir: Path) -> None:
    with embedded_postgres(data_dir):
        server = postmaster(data_dir / "postgres")
        assert server is not None
        assert server.uids().effective == account_for(data_dir / "postgres").uid != 0


@as_root
def test_a_cluster_is_run_by_its_owner(data_dir: Path) -> None:
    account = Account(12345, 12345)
    for path in (data_dir / "postgres", *(data_dir / "postgres").rglob("*")):
        account.chown(path)
    with embedded_postgres(data_dir):
        server = postmaster(data_dir / "postgres")
        assert server is not None
        assert server.uids().effective == 12345


def test_where_no_account_can_be_created_the_server_runs_as_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert system_account("regulars-that-is-not-there").name == "nobody"


@pytest.fixture
def out_of_reach(tmp_path: Path) -> Path:
    """The wheel's package under a directory that only root can enter."""
    tmp_path.chmod(0o700)
    package = programs(Account(os.geteuid(), os.getegid())).parents[1]
    for path in (package, package.with_name(f"{package.name}.libs")):
        (tmp_path / path.name).symlink_to(path)
    return tmp_path / package.name


@as_root
def test_programs_that_the_account_cannot_reach_are_copied(out_of_reach: Path, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as cache:
        Path(cache).chmod(0o755)
        account = system_account()
        found = runnable(out_of_reach, account, Path(cache)) / PROGRAMS
        account.chown(tmp_path)
        made = account.run([f"{found}/initdb", "-D", "/proc/self/cwd", "--no-sync"], tmp_path, capture_output=True)
        assert made.returncode == 1  # the directory is not empty, so it ran, libraries and all
        assert "exists but is not empty" in made.stderr


@as_root
def test_a_closed_directory_above_the_programs_is_named(out_of_reach: Path, tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"cannot run .*/bin/postgres; make /.* accessible to every account$"):
        runnable(out_of_reach, system_account(), tmp_path / "cache")
