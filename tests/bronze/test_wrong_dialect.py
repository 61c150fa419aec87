"""Lines that the declared dialect does not read: a few are quarantined, many reject the file."""

import pytest
from sqlalchemy import Connection

from app.bronze.lines import CsvForm
from app.bronze.wrong_dialect import LineFaults
from app.errors import BrokenFile
from tests.layers import file_of, received, row_of


def faults(*lines: bytes, form: CsvForm = CsvForm(), multibyte: int = 0) -> LineFaults:  # noqa: B008
    counted = LineFaults(form, 2, multibyte=multibyte)
    for number, line in enumerate(lines, 2):
        counted.add(number, line)
    return counted


def rejection(*lines: bytes, form: CsvForm = CsvForm(), multibyte: int = 0) -> str:  # noqa: B008
    with pytest.raises(BrokenFile) as caught:
        faults(*lines, form=form, multibyte=multibyte).check()
    return str(caught.value)


def test_many_lines_that_are_not_utf_8_name_the_encoding_that_reads_them() -> None:
    assert rejection(*[b"CAF\xc9,1\n"] * 4) == (
        "4 lines are not valid UTF-8, line 2 first, and 0 lines have characters that are; "
        "declare `encoding: windows-1252` of the server in the contract, which can read them"
    )


def test_bytes_that_windows_does_not_know_name_another_encoding() -> None:
    assert "`encoding: iso-8859-1`" in rejection(*[b"\x81,1\n"] * 4)


def test_a_few_lines_that_are_not_utf_8_are_let_through() -> None:
    faults(*[b"\xc9,1\n"] * 3).check()


def test_lines_that_are_not_utf_8_among_more_that_are_are_let_through() -> None:
    faults(*[b"\xc9,1\n"] * 4, multibyte=4).check()


@pytest.mark.parametrize(
    ("line", "form", "key"),
    [
        (b'"5\\" disc",2\n', CsvForm(), "escape: backslash"),
        (b'"C:\\",2\n', CsvForm(escape="backslash"), "escape: doubled"),
        (b"'a,b',2\n", CsvForm(), 'quote: "\'"'),
        (b'"a,b",2\n', CsvForm(quote="'"), 'quote: "\\""'),
    ],
)
def test_many_lines_that_another_key_would_split_name_it(line: bytes, form: CsvForm, key: str) -> None:
    assert f"4 lines cannot be split into 2 columns, line 2 first; declare `{key}`" in rejection(*[line] * 4, form=form)


def test_lines_that_another_key_would_split_among_more_others_are_let_through() -> None:
    faults(*[b"'a,b',2\n"] * 4, *[b"1,2,3\n"] * 5).check()


def test_a_file_of_another_encoding_is_rejected(connection: Connection) -> None:
    rows = [row_of(description="CAFÉ").encode("cp1252")] * 4
    with pytest.raises(BrokenFile, match=r"4 lines are not valid UTF-8, line 2 first.* `encoding: windows-1252`"):
        received(connection, file_of() + b"\n".join(rows))


def test_utf_8_on_the_fast_and_the_slow_path_is_counted(connection: Connection) -> None:
    utf8 = [row_of(description="CAFÉ"), row_of(description='"CAFÉ"')] * 2
    damaged = [row_of(description="CAFÉ").encode("cp1252")] * 4
    assert len(received(connection, file_of(*utf8) + b"\n".join(damaged))) == 8
