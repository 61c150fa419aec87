"""Log lines as JSON: ids of request, run and file, escapes, passwords, errors."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.cli.logs import JsonFormatter, configure_logging, log_request_ids
from app.jobs.context import Context
from app.jobs.runs import running
from app.log_context import logging_file, logging_run
from app.pipeline import load_file
from app.pipeline.ingest import ingest
from app.settings import read_monitoring_settings
from app.source.open import open_sources
from tests.api.conftest import asking
from tests.api.core.test_problems import GONE
from tests.loading import query, sale

URL = "https://user:pass@store.example/bucket"
RUN = UUID("06a2e338-cf44-4528-a6b1-19c221002140")
Put = Callable[..., Path]


def line(message: str, *values: object, error: Exception | None = None) -> dict[str, Any]:
    raised = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("regulars", logging.INFO, __file__, 1, message, values, raised)
    written = JsonFormatter().format(record)
    assert (written.isascii(), "\n" in written) == (True, False)
    found: dict[str, Any] = json.loads(written)
    return found


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What a process writes to standard error that logs as `regulars serve` does with REGULARS_LOG_FORMAT=json."""
    with monkeypatch.context() as patched, StringIO() as written:
        patched.setattr(sys, "stderr", written)
        patched.setattr(logging.root, "handlers", [])
        level = logging.root.level
        configure_logging("json")
        log_request_ids()
        handlers = logging.root.handlers
        patched.undo()
        logging.root.handlers += handlers
        yield written
        logging.root.handlers = [each for each in logging.root.handlers if each not in handlers]
        logging.root.setLevel(level)


def lines(log: StringIO, logger: str) -> list[dict[str, Any]]:
    every = map(json.loads, log.getvalue().splitlines())
    return [each for each in every if each["logger"] == logger]


def test_a_line_has_its_fields() -> None:
    found = line("loaded %s", "a.csv")
    assert list(found) == ["time", "level", "logger", "message", "request_id", "run_id", "file_id"]
    assert (found["level"], found["message"], found["request_id"]) == ("INFO", "loaded a.csv", None)


def test_a_line_has_the_ids_of_run_and_file() -> None:
    with logging_run(RUN), logging_file(7):
        found = line("x")
    assert (found["run_id"], found["file_id"], line("x")["run_id"]) == (str(RUN), 7, None)


def test_no_character_of_a_name_is_written_unescaped() -> None:
    assert line("%s", "\x1b[2J\n\u202e\udcff 東京")["message"] == "\x1b[2J\n\u202e\udcff 東京"


def test_passwords_are_removed_from_messages_and_errors() -> None:
    found = line("%s", URL, error=OSError(URL))
    assert ("pass" in found["message"], found["exception"].splitlines()[-1]) == (
        False,
        "OSError: https://store.example/bucket",
    )


@pytest.mark.anyio
async def test_a_line_of_a_request_has_its_id(log: StringIO) -> None:
    async with asking(GONE) as client:
        await client.get("/health/ready", headers={"X-Request-Id": "mine"})
    assert [each["request_id"] for each in lines(log, "app.api.admin.health")] == ["mine"]


def test_a_file_that_fails_has_the_ids_of_its_run_and_of_the_file(
    log: StringIO, context: Context, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("unexpected")

    put(sale())
    monkeypatch.setattr(load_file, "_clean", fail)
    with running(context.engine, "ingest") as run:
        ingest(context, open_sources(context.settings), run)
    ((file_id,),) = query(context.engine, "select id from pipeline.source_file")
    (found,) = lines(log, "regulars.ingest")
    assert (found["run_id"], found["file_id"]) == (str(run.run_id), file_id)


@pytest.mark.parametrize(("value", "format_"), [(None, "text"), ("json", "json"), ("yaml", "text")])
def test_an_invalid_format_is_text_until_it_is_reported(
    monkeypatch: pytest.MonkeyPatch, value: str | None, format_: str
) -> None:
    monkeypatch.delenv("REGULARS_LOG_FORMAT", raising=False)
    if value is not None:
        monkeypatch.setenv("REGULARS_LOG_FORMAT", value)
    assert read_monitoring_settings().log_format == format_


def test_a_process_logs_json(database_url: str, tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "REGULARS_LOG_FORMAT": "json",
        "REGULARS_DATABASE_URL": database_url,
        "REGULARS_SOURCE": str(tmp_path / "none"),
    }
    command = [sys.executable, "-m", "app.cli", "worker"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        first = json.loads(process.stderr.readline())
        process.terminate()
        rest = process.stderr.read()
    assert (first["level"], "was not checked" in first["message"] or "started" in first["message"]) in {
        ("INFO", True),
        ("WARNING", True),
    }
    assert [each for each in rest.splitlines() if not each.startswith("{")] == []
