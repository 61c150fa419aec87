"""A first start that is interrupted at any moment is followed by one that works."""

import signal
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from app.db.embedded import embedded_postgres
from tests.db.embedded.conftest import Holding, ask

AT_ONCE = 3
INTERRUPTIONS = (
    *((signal.SIGKILL, share) for share in (0.15, 0.3, 0.45, 0.6, 0.75, 0.9)),
    (signal.SIGTERM, 0.5),
    (signal.SIGINT, 0.5),
)


def seconds_of(action: Callable[[], object]) -> float:
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


def test_an_interrupted_first_start_does_not_keep_the_next_from_starting(tmp_path: Path, holding: Holding) -> None:
    def whole(data_dir: Path) -> None:
        with holding(data_dir) as process:
            assert process.stdout is not None
            process.stdout.readline()

    def interrupted(number: int) -> object:
        sent, share = INTERRUPTIONS[number]
        data_dir = tmp_path / str(number)
        with holding(data_dir) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(duration * share)
            process.send_signal(sent)
        with embedded_postgres(data_dir) as url:
            return ask(url), [path.name for path in data_dir.glob("postgres.*") if path.is_dir()]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        duration = min(pool.map(lambda name: seconds_of(lambda: whole(tmp_path / name)), "ab"))
        assert list(pool.map(interrupted, range(len(INTERRUPTIONS)))) == [(1, [])] * len(INTERRUPTIONS)


def test_a_directory_that_is_empty_is_initialised(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with embedded_postgres(tmp_path) as url:
        assert ask(url) == 1
