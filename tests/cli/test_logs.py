"""Log lines: request ids, control characters, user names and passwords of URLs."""

import logging
import re
import sys
from collections.abc import Iterator
from io import StringIO

import pytest

from app.cli.logs import QUIET, SafeFormatter, configure_logging, log_request_ids
from tests.api.conftest import asking
from tests.api.core.test_problems import GONE

URL = "https://user:pass@store.example/bucket"


def line(message: str, *values: object) -> str:
    record = logging.LogRecord("regulars", logging.INFO, __file__, 1, message, values, None)
    return SafeFormatter("%(levelname)s %(message)s").format(record)


def traceback_of(error: Exception) -> str:
    record = logging.LogRecord("regulars", logging.ERROR, __file__, 1, "failed", (), (type(error), error, None))
    return SafeFormatter("%(levelname)s %(message)s").format(record)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("\x1b[2J.csv", "\\x1b[2J.csv"),
        ("a\r\nERROR forged", "a\\r\\nERROR forged"),
        ("\u202egpj.csv", "\\u202egpj.csv"),
        ("\x9b31m", "\\x9b31m"),
        ("\udcff", "\\udcff"),
        ("Zürich 東京.csv", "Zürich 東京.csv"),
    ],
)
def test_control_characters_are_escaped(name: str, shown: str) -> None:
    assert line("loaded %s", name) == f"INFO loaded {shown}"


def test_control_characters_of_an_error_are_escaped() -> None:
    text = traceback_of(ValueError("\x1b[31mred"))
    assert text.splitlines()[-1] == "ValueError: \\x1b[31mred"


def test_a_password_in_a_url_is_removed() -> None:
    assert line("the store %s does not answer", URL) == "INFO the store https://store.example/bucket does not answer"


def test_a_password_with_an_at_sign_is_removed() -> None:
    assert line("%s", "https://user:p@ss@store.example/") == "INFO https://store.example/"


def test_a_password_in_an_error_is_removed() -> None:
    assert "pass" not in traceback_of(OSError(f"no answer from {URL}")).splitlines()[-1]


def test_an_address_of_mail_in_a_line_is_shown() -> None:
    assert line("customer ann@shop.example, see https://shop.example/a@b") == (
        "INFO customer ann@shop.example, see https://shop.example/a@b"
    )


# --- request ids


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """What a process writes to standard error that logs as `regulars serve` does."""
    levels = {name: logging.getLogger(name).level for name in (None, *QUIET)}
    with monkeypatch.context() as patched, StringIO() as written:
        patched.setattr(sys, "stderr", written)
        patched.setattr(logging.root, "handlers", [])
        configure_logging()
        log_request_ids()
        handlers = logging.root.handlers
        patched.undo()
        logging.root.handlers += handlers
        yield written
        logging.root.handlers = [each for each in logging.root.handlers if each not in handlers]
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.anyio
async def test_a_log_line_of_a_request_has_its_id(log: StringIO) -> None:
    async with asking(GONE) as client:
        await client.get("/health/ready", headers={"X-Request-Id": "mine"})
    assert re.search(r"^\S+ \S+ WARNING app\.api\.admin\.health \[mine\]: not ready", log.getvalue(), re.MULTILINE)


def test_a_log_line_outside_a_request_has_a_dash(log: StringIO) -> None:
    logging.getLogger("regulars.api").info("API on %s", "http://localhost")
    assert log.getvalue().endswith(" INFO regulars.api [-]: API on http://localhost\n")


def test_a_line_with_a_request_id_is_escaped_and_has_no_password(log: StringIO) -> None:
    logging.getLogger("regulars.api").info("%s \x1b", URL)
    assert log.getvalue().endswith(" [-]: https://store.example/bucket \\x1b\n")
