"""Starts after a server or its machine was killed, and after files were damaged."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest

from app.db.embedded import embedded_postgres
from app.db.embedded.processes import postmaster, server_processes
from app.db.embedded.server import EmbeddedServer
from app.errors import DatabaseUnusable
from tests.db.embedded.conftest import Holding, ask
from tests.loading import until

ENDLESS = "select count(*) from generate_series(1, 10^15::numeric) as n"


@pytest.fixture
def stranger() -> Iterator["subprocess.Popen[bytes]"]:
    """A process of somebody else, whose number a pid file may name."""
    with subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


def pid_file(data_dir: Path, pid: int) -> str:
    return f"{pid}\n{data_dir}/postgres\n1712346200\n5432\n.\n\n  1 1\nready   \n"


def test_a_pid_that_is_used_again_is_neither_believed_nor_signalled(
    data_dir: Path, stranger: "subprocess.Popen[bytes]"
) -> None:
    (data_dir / "postgres" / "postmaster.pid").write_text(pid_file(data_dir, stranger.pid))
    with embedded_postgres(data_dir) as url:
        assert ask(url) == 1
    assert stranger.poll() is None


@pytest.mark.parametrize("name", ["postmaster.pid", ".s.PGSQL.5432.lock"])
@pytest.mark.parametrize("content", ["", "garbage", "-10133\n", "1\n"])
def test_a_damaged_pid_file_is_removed(data_dir: Path, name: str, content: str) -> None:
    (data_dir / "postgres" / name).write_text(content)
    with embedded_postgres(data_dir) as url:
        assert ask(url) == 1


def test_a_pid_file_that_is_damaged_while_the_server_runs(data_dir: Path, holding: Holding) -> None:
    with embedded_postgres(data_dir):
        (data_dir / "postgres" / "postmaster.pid").write_text("")
        with holding(data_dir) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("postgresql://")
    assert server_processes(data_dir / "postgres") == []


def test_a_killed_user_leaves_a_server_that_the_next_one_joins(data_dir: Path, holding: Holding) -> None:
    with holding(data_dir) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    before = postmaster(data_dir / "postgres")
    with embedded_postgres(data_dir):
        assert before is not None
        assert before == postmaster(data_dir / "postgres")
    assert server_processes(data_dir / "postgres") == []


def test_a_backend_that_outlives_a_killed_server_is_ended(data_dir: Path) -> None:
    with embedded_postgres(data_dir) as url:
        busy = psycopg.connect(url, autocommit=True)
        busy.pgconn.send_query(ENDLESS.encode())
        until(
            lambda: (
                ask(url, "select count(*) from pg_stat_activity where query like '%10^15%' and state = 'active'") == 2
            )
        )
        server = postmaster(data_dir / "postgres")
        assert server is not None
        os.kill(server.pid, signal.SIGKILL)
        with embedded_postgres(data_dir) as again:
            assert ask(again) == 1
        busy.close()


def test_a_server_that_others_started_is_left_alone(data_dir: Path) -> None:
    with embedded_postgres(data_dir) as url:
        (data_dir / "postgres.running.lock").unlink()  # as if it had never been taken
        expected = r"process \d+ runs PostgreSQL on .* was not started by Regulars; stop it"
        with pytest.raises(DatabaseUnusable, match=expected), embedded_postgres(data_dir):
            pass
        assert ask(url) == 1
        server = postmaster(data_dir / "postgres")
        assert server is not None
        server.send_signal(signal.SIGINT)
        server.wait(30)


def test_a_directory_of_an_older_version_is_refused_with_the_remedy(data_dir: Path) -> None:
    (data_dir / "postgres" / "regulars.password").unlink()
    expected = r"damaged, or was created by an older version .* move it away"
    with pytest.raises(DatabaseUnusable, match=expected), embedded_postgres(data_dir):
        pass


def test_the_log_is_quoted_where_the_server_does_not_start(data_dir: Path) -> None:
    with (data_dir / "postgres" / "postgresql.conf").open("a") as configuration:
        configuration.write("shared_buffers = 'no size'\n")
    expected = r"did not start: .*FATAL.*; see .*/log"
    with pytest.raises(DatabaseUnusable, match=expected), embedded_postgres(data_dir):
        pass


def test_a_copy_that_lost_its_permissions_starts(data_dir: Path) -> None:
    (data_dir / "postgres").chmod(0o755)
    with embedded_postgres(data_dir) as url:
        assert ask(url) == 1


def test_a_directory_deleted_under_a_running_server_is_created_again(data_dir: Path, holding: Holding) -> None:
    with holding(data_dir) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.kill()
    left = postmaster(data_dir / "postgres")
    shutil.rmtree(data_dir)
    with embedded_postgres(data_dir) as url:
        assert ask(url) == 1
    assert left is not None
    left.send_signal(signal.SIGQUIT)


def test_commits_survive_the_kill_of_every_process(data_dir: Path) -> None:
    with embedded_postgres(data_dir) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("create table kept as select n from generate_series(1, 100000) as n")
            server = postmaster(data_dir / "postgres")
            assert server is not None
            for process in server_processes(data_dir / "postgres"):
                process.kill()
        with embedded_postgres(data_dir) as again:
            assert ask(again, "select count(*) from kept") == 100_000


def test_a_server_that_is_starting_is_no_orphan(data_dir: Path) -> None:
    with embedded_postgres(data_dir):
        EmbeddedServer(data_dir / "postgres", "unused").end_orphans()
        process = postmaster(data_dir / "postgres")
        assert process is not None
        assert process.is_running()


def test_the_time_of_initialising_is_no_silence_of_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passed, ends = 0.0, list[EmbeddedServer]()
    monkeypatch.setattr("app.db.embedded.server.time", SimpleNamespace(monotonic=lambda: passed, sleep=time.sleep))
    launch = EmbeddedServer._launch  # noqa: SLF001

    def launch_slowly(server: EmbeddedServer, lock: int) -> None:
        nonlocal passed
        launch(server, lock)
        passed = 100.0

    monkeypatch.setattr(EmbeddedServer, "_launch", launch_slowly)
    monkeypatch.setattr(EmbeddedServer, "end_orphans", ends.append)
    with embedded_postgres(tmp_path / "data"):
        assert ends == []
        monkeypatch.undo()
