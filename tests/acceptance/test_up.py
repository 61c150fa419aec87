"""`regulars up`: from one command to an answer, through failures, to a clean end."""

import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.acceptance.service import Service, regulars, up
from tests.conftest import HEADER
from tests.loading import sale, until
from tests.s3 import free_ports

IGNORING_SIGINT = ("sh", "-c", 'trap "" INT; exec "$@"', "sh")
Stopped = tuple[Service, list[psutil.Process]]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up")


@pytest.fixture(scope="module")
def demo(data_dir: Path) -> Iterator[Service]:
    with up(data_dir) as service:
        yield service


@pytest.fixture(scope="module")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source of one file with one row."""
    folder = tmp_path_factory.mktemp("sales")
    (folder / "2026-02-01.csv").write_text(f"{HEADER}\n{sale()}\n", encoding="utf-8")
    return folder


def run_ingest(service: Service) -> str:
    """Request an ingest and wait for its end; return its state."""
    path = service.client.post("/v1/runs", json={"job": "ingest"}).headers["location"]
    until(lambda: service.get(path)["state"] not in {"queued", "running"})
    return str(service.get(path)["state"])


def killed_worker(service: Service) -> psutil.Process:
    """Kill the worker; return the one that replaces it."""
    killed = service.child("worker")
    assert killed is not None
    killed.kill()
    until(lambda: service.process.poll() is not None or service.child("worker") not in {None, killed})
    return killed


# ---------------------------------------------------------------- ready


def test_it_prints_the_segments_with_shares_and_revenue(demo: Service) -> None:
    table = "".join(demo.said)
    assert all(words in table for words in ("Segments", "Revenue GBP", "Revenue %"))


def test_the_first_line_names_the_first_step(demo: Service, data_dir: Path) -> None:
    assert demo.said[0] == f"Starting PostgreSQL in {data_dir} …\n"


def test_generated_sales_make_several_segments(demo: Service) -> None:
    assert len(demo.get("/v1/segments")["data"]) >= 4


def test_the_documentation_is_served(demo: Service) -> None:
    assert demo.client.get("/docs").status_code == 200


def test_a_second_start_on_the_same_directory_is_refused(demo: Service, data_dir: Path) -> None:
    second = regulars("up", "--data-dir", str(data_dir))
    assert (second.returncode, "already running" in second.stderr) == (2, True)


def test_status_can_be_shown_while_it_is_up(demo: Service, data_dir: Path) -> None:
    shown = regulars("status", "--data-dir", str(data_dir))
    assert (shown.returncode, " loaded" in shown.stdout) == (0, True)


def test_a_requested_run_is_done_by_the_worker(demo: Service) -> None:
    assert run_ingest(demo) == "succeeded"


# ---------------------------------------------------------------- Ctrl-C


@pytest.fixture(scope="module")
def stopped(sales: Path, tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    """Interrupted; started by a parent that ignores SIGINT, as a shell without job control does with `&`."""
    own = tmp_path_factory.mktemp("stopped")
    with up(own, "--source", str(sales), prefix=IGNORING_SIGINT) as service:
        run_ingest(service)
        children = psutil.Process(service.process.pid).children(recursive=True)
        pid = int((own / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        started = [*children, psutil.Process(pid)]
    return service, started


def test_ctrl_c_ends_with_success(stopped: Stopped) -> None:
    assert stopped[0].process.returncode == 0


def test_ctrl_c_ends_soon(stopped: Stopped) -> None:
    """Within 10 seconds; twice as many on a machine that is busy."""
    assert stopped[0].stop_seconds < 20


def test_ctrl_c_stops_everything_it_started(stopped: Stopped) -> None:
    assert [process for process in stopped[1] if process.is_running() and process.status() != "zombie"] == []


# ---------------------------------------------------------------- killed worker


@pytest.fixture(scope="module")
def survivor(sales: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Service, str]:
    """The worker was killed once, then again and again; with the state of a run requested after the first."""
    with up(tmp_path_factory.mktemp("survivor"), "--source", str(sales)) as service:
        killed_worker(service)
        state = run_ingest(service)
        for _ in range(3):
            killed_worker(service)
        service.process.wait(30)
    return service, state


def test_a_killed_worker_is_restarted(survivor: tuple[Service, str]) -> None:
    assert survivor[1] == "succeeded"


def test_a_restart_is_announced(survivor: tuple[Service, str]) -> None:
    assert "The worker was killed by SIGKILL; restart 1 of 3.\n" in survivor[0].said


def test_restarts_are_bounded(survivor: tuple[Service, str]) -> None:
    last = survivor[0].said[-1]
    assert (survivor[0].process.returncode, "again after 3 restarts" in last) == (2, True)


# ---------------------------------------------------------------- refused


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        failed = regulars("up", "--data-dir", str(tmp_path / "new"), "--port", port)
    assert (failed.returncode, failed.stderr.count("\n"), f":{port}" in failed.stderr) == (2, 1, True)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("source", ["/no/such/folder", "ftp://somewhere", "s3://"])
def test_a_bad_source_is_refused_before_anything_is_started(source: str, tmp_path: Path) -> None:
    failed = regulars("up", "--data-dir", str(tmp_path / "data"), "--source", source)
    assert (failed.returncode, failed.stderr.count("\n"), (tmp_path / "data").exists()) == (2, 1, False)


def test_a_data_directory_that_cannot_be_used_is_one_clear_line() -> None:
    failed = regulars("up", "--data-dir", "/proc/nowhere", "--port", str(free_ports(1)[0]))
    assert (failed.returncode, failed.stderr.count("\n"), "data directory" in failed.stderr) == (2, 1, True)


@pytest.mark.parametrize("command", ["up", "serve"])
def test_an_open_address_without_a_key_is_refused_before_anything_is_started(command: str, tmp_path: Path) -> None:
    new, port = tmp_path / "new", str(free_ports(1)[0])
    failed = regulars(command, "--data-dir", str(new), "--host", "::", "--port", port)
    assert (failed.returncode, failed.stderr.count("\n"), new.exists()) == (2, 1, False)
    assert "REGULARS_API_KEY" in failed.stderr


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://nobody@127.0.0.1:1/none", "does not answer"),
        ("mysql://root@localhost/shop", "PostgreSQL"),
        ("not a url", "REGULARS_DATABASE_URL"),
    ],
)
def test_a_bad_database_is_one_clear_line(url: str, words: str) -> None:
    failed = regulars("status", REGULARS_DATABASE_URL=url)
    assert (failed.returncode, failed.stderr.strip().count("\n"), words in failed.stderr) == (2, 0, True)
