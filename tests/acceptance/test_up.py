"""One command, from nothing to an answer, and back to nothing."""

import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.acceptance.service import Service, regulars, up

Stopped = tuple[Service, list[psutil.Process]]


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("up")


@pytest.fixture(scope="module")
def demo(data_dir: Path) -> Iterator[Service]:
    with up(data_dir) as service:
        yield service


def test_it_prints_the_segments_with_shares_and_revenue(demo: Service) -> None:
    table = "".join(demo.said)
    assert all(words in table for words in ("Segments", "Revenue GBP", "of all", "%"))


def test_invented_sales_make_several_segments(demo: Service) -> None:
    assert len(demo.get("/v1/segments")["data"]) >= 4


def test_the_documentation_is_served(demo: Service) -> None:
    assert demo.client.get("/docs").status_code == 200


def test_a_second_start_on_the_same_directory_says_so(demo: Service, data_dir: Path) -> None:
    second = regulars("up", "--data-dir", str(data_dir))
    assert (second.returncode, "already up" in second.stderr) == (2, True)


def test_status_can_be_asked_while_it_is_up(demo: Service, data_dir: Path) -> None:
    asked = regulars("status", "--data-dir", str(data_dir))
    assert (asked.returncode, " loaded" in asked.stdout) == (0, True)


def test_a_requested_run_is_done_by_the_worker(demo: Service) -> None:
    asked = demo.client.post("/v1/runs", json={"job": "ingest"})
    path = asked.headers["location"]
    states = iter(lambda: demo.client.get(path).json()["state"], "succeeded")
    assert asked.status_code == 202
    assert set(states) <= {"queued", "running"}


@pytest.fixture(scope="module")
def stopped(data_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Stopped:
    own = tmp_path_factory.mktemp("stopped")
    with up(own) as service:
        children = psutil.Process(service.process.pid).children(recursive=True)
        pid = int((own / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        started = [*children, psutil.Process(pid)]
    return service, started


def test_ctrl_c_leaves_with_success(stopped: Stopped) -> None:
    assert stopped[0].process.returncode == 0


def test_ctrl_c_stops_everything_it_started(stopped: Stopped) -> None:
    assert [process for process in stopped[1] if process.is_running() and process.status() != "zombie"] == []


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        failed = regulars("up", "--data-dir", str(tmp_path), "--port", port)
    assert (failed.returncode, failed.stderr.count("\n"), f":{port}" in failed.stderr) == (2, 1, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--source", "/no/such/folder"], "does not exist"),
        (["--source", "ftp://somewhere"], "s3://"),
        (["--data-dir", "/proc/nowhere"], "data directory"),
        (["--host", "::"], "REGULARS_API_KEY"),
    ],
)
def test_bad_options_are_one_clear_line(arguments: list[str], words: str, tmp_path: Path) -> None:
    failed = regulars("up", "--data-dir", str(tmp_path), *arguments)
    assert (failed.returncode, failed.stderr.strip().count("\n"), words in failed.stderr) == (2, 0, True)


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
