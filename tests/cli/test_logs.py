"""Log lines: request ids, control characters, user names and passwords of URLs."""

import logging

import pytest

from app.cli.logs import SafeFormatter

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
