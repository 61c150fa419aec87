"""A first start that is interrupted at any moment is followed by one that works.

A bounded number of moments; FIRST_START_MOMENTS asks for another.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil

from app.db.embedded import embedded_postgres
from tests.db.embedded.conftest import Holding, ask
from tests.loading import until

AT_ONCE = 3
MOMENTS = int(os.environ.get("FIRST_START_MOMENTS", "4"))
"""Number of moments at which each kind of kill is tried."""
SHARES = [(number + 0.5) / MOMENTS for number in range(MOMENTS)]
WRITTEN_BY_INITDB = ("PG_VERSION", "global/pg_control", "base/5/PG_VERSION")
"""Files of a cluster, in the order in which initdb writes them."""
Interrupt = Callable[["subprocess.Popen[str]", Path], None]
WORKS: tuple[object, list[str]] = (1, [])


def sending(number: int) -> Interrupt:
    def send(process: "subprocess.Popen[str]", _data_dir: Path) -> None:
        process.send_signal(number)

    return send


def kill_every_process(process: "subprocess.Popen[str]", data_dir: Path) -> None:
    """Kill the process, its children, and whatever else runs in the data directory."""
    with suppress(psutil.NoSuchProcess):
        kill([psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)])
    kill(processes_in(data_dir))


def kill(processes: Iterable[psutil.Process]) -> None:
    for each in processes:
        with suppress(psutil.NoSuchProcess):
            each.kill()


def processes_in(data_dir: Path) -> list[psutil.Process]:
    found = psutil.process_iter(["name", "cwd"])
    return [each for each in found if Path(each.info["cwd"] or "/").is_relative_to(data_dir)]


def start_again(data_dir: Path) -> tuple[object, list[str]]:
    """Start after an interrupted start; return the answer of the server, and incomplete directories."""
    with embedded_postgres(data_dir) as url:
        return ask(url), [path.name for path in data_dir.glob("postgres.*") if path.is_dir()]


def seconds_of(action: Callable[[], object]) -> float:
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


INTERRUPTIONS: list[tuple[Interrupt, float]] = [
    *((sending(signal.SIGKILL), share) for share in SHARES),
    *((kill_every_process, share) for share in SHARES),
    (sending(signal.SIGTERM), 0.5),
    (sending(signal.SIGINT), 0.5),
]
"""Interruptions, with their moments as shares of the duration of a first start."""


def test_an_interrupted_first_start_does_not_keep_the_next_from_starting(tmp_path: Path, holding: Holding) -> None:
    def whole(data_dir: Path) -> None:
        with holding(data_dir) as process:
            assert process.stdout is not None
            process.stdout.readline()

    def interrupted(number: int) -> object:
        interrupt, share = INTERRUPTIONS[number]
        data_dir = tmp_path / str(number)
        with holding(data_dir) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(duration * share)
            interrupt(process, data_dir)
        return start_again(data_dir)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        duration = min(pool.map(lambda name: seconds_of(lambda: whole(tmp_path / name)), "ab"))
        assert list(pool.map(interrupted, range(len(INTERRUPTIONS)))) == [WORKS] * len(INTERRUPTIONS)


def test_a_killed_initdb_does_not_keep_the_next_start_from_starting(tmp_path: Path, holding: Holding) -> None:
    def interrupted(number: int) -> object:
        data_dir = tmp_path / f"{number}"
        with holding(data_dir) as process:
            until(lambda: any(data_dir.glob(f"postgres.*/{WRITTEN_BY_INITDB[number]}")))
            kill(each for each in processes_in(data_dir) if each.info["name"] == "initdb")
            process.wait(30)
        return process.returncode == 0, start_again(data_dir)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        numbers = range(len(WRITTEN_BY_INITDB))
        assert list(pool.map(interrupted, numbers)) == [(False, WORKS)] * len(numbers)


def test_a_directory_that_is_empty_is_initialised(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with embedded_postgres(tmp_path) as url:
        assert ask(url) == 1
