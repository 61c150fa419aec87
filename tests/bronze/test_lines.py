import pytest

from app.bronze.lines import MAX_RECORD_BYTES, CsvForm, LineReader

ENDS = [b"\n", b"\r", b"\r\n"]
RECORDS = [
    (b"1,2\n", ["1", "2"]),
    (b'"1","2"\n', ["1", "2"]),
    (b'"a,b",2\n', ["a,b", "2"]),
    (b'"a ""b""",2\n', ['a "b"', "2"]),
    (b'"",2\n', ["", "2"]),
    (b'"""",2\n', ['"', "2"]),
    (b',""\n', ["", ""]),
    (b'5" disc,2\n', ['5" disc', "2"]),
    (b'5" x 3",2"\n', ['5" x 3"', '2"']),
    (b' "a",2\n', [' "a"', "2"]),
    (b"a\\,b\n", ["a\\", "b"]),
    (b"'a,b'\n", ["'a", "b'"]),
    ("£,🛒\n".encode(), ["£", "🛒"]),
    (b"1,2", ["1", "2"]),
    (b"1,2\r\n", ["1", "2"]),
    (b"1,2\r", ["1", "2"]),
]
NO_RECORDS = [
    b'"a"b,2\n',
    b'"a\n',
    b'"a,2\n',
    b"1\n",
    b"1,2,3\n",
    b"1,\xa3\n",
    b"1,\0\n",
    b'"\0",2\n',
    b'x,"\n',
    b'""",2\n',
]


def numbered(lines: LineReader) -> list[tuple[int, bytes]]:
    return [(lines.line_no, line) for line in lines]


def records(*content: bytes, columns: int | None = 2) -> list[tuple[int, list[str] | None]]:
    """Each line that begins a record, by its number, with its fields; None where it is none."""
    lines = LineReader(iter(content), CsvForm())
    found = []
    for line in lines:
        line_no = lines.line_no
        found.append((line_no, lines.read_record(line, columns)))
    return found


def test_lines_are_numbered_from_one() -> None:
    assert numbered(LineReader(iter([b"a\n", b"\n", b"b"]), CsvForm())) == [(1, b"a\n"), (2, b"\n"), (3, b"b")]


@pytest.mark.parametrize(("line", "fields"), RECORDS)
def test_a_line_is_split_as_rfc_4180_says(line: bytes, fields: list[str]) -> None:
    assert records(line) == [(1, fields)]


@pytest.mark.parametrize("line", NO_RECORDS)
def test_a_line_that_breaks_rfc_4180_is_no_record(line: bytes) -> None:
    assert records(line, b"1,2\n") == [(1, None), (2, ["1", "2"])]


def test_the_delimiter_is_the_declared_one() -> None:
    lines = LineReader(iter([b'"a;b";1,5\n']), CsvForm(";"))
    assert lines.read_record(next(iter(lines)), 2) == ["a;b", "1,5"]


@pytest.mark.parametrize("end", ENDS)
def test_quoted_line_breaks_stay_as_they_are(end: bytes) -> None:
    content = [b'"a' + end, end, b'b",2' + end]
    assert records(*content) == [(1, [f"a{end.decode() * 2}b", "2"])]


def test_a_record_of_several_lines_leaves_the_numbers_right() -> None:
    assert records(b'"a\n', b'b",2\n', b"3,4\n", b'"c\n', b'",5\n', b"6,7\n") == [
        (1, ["a\nb", "2"]),
        (3, ["3", "4"]),
        (4, ["c\n", "5"]),
        (6, ["6", "7"]),
    ]


@pytest.mark.parametrize("strays", [1, 2, 3, 50])
def test_stray_quotes_swallow_no_line(strays: int) -> None:
    found = records(b"1,2\n", *[b'"stray,2\n'] * strays, b"3,4\n", b'"5",6\n')
    assert [line_no for line_no, _ in found] == list(range(1, strays + 4))
    assert [fields for _, fields in found if fields] == [["1", "2"], ["3", "4"], ["5", "6"]]


@pytest.mark.parametrize("behind", [[], [b"\n"], [b"3,4\n"], [b"3,4\n", b"5,6"], [b'"3\n', b'4",5\n']])
def test_a_stray_quote_near_the_end_of_the_file_swallows_nothing(behind: list[bytes]) -> None:
    found = records(b"1,2\n", b'"stray,2\n', *behind)
    assert found == [(1, ["1", "2"]), (2, None), *[(no + 2, fields) for no, fields in records(*behind)]]


def test_a_stray_quote_before_a_quoted_line_break_leaves_that_whole() -> None:
    assert records(b'"stray,2\n', b'"a\n', b'b",2\n', b"3,4\n") == [(1, None), (2, ["a\nb", "2"]), (4, ["3", "4"])]


@pytest.mark.parametrize("between", [[], [b"3,4,5\n"], [b"3,4,5\n", b'6,"7",8\n', b"9,10,11\n"]])
def test_two_stray_quotes_swallow_no_row_between_them(between: list[bytes]) -> None:
    found = records(b'1,"2,3\n', *between, b'4,5",6\n', columns=3)
    assert found == [(1, None), *[(no + 1, fields) for no, fields in records(*between, b'4,5",6\n', columns=3)]]


@pytest.mark.parametrize("text", [b"a\nb", b"a,b\nc", b"a\nb,c", b"\n", b"a,b\n"])
def test_a_quoted_line_break_beside_quoted_delimiters_is_text(text: bytes) -> None:
    content = b'1,"%b",3\n' % text
    assert records(*content.splitlines(keepends=True), columns=3) == [(1, ["1", text.decode(), "3"])]


def test_a_record_of_too_many_columns_gives_its_lines_back() -> None:
    assert records(b'"a\n', b'b",2,3\n', b"4,5\n") == [(1, None), (2, None), (3, ["4", "5"])]


def test_undecodable_lines_behind_a_stray_quote_are_given_back() -> None:
    assert records(b'"a\n', b"\xa3,2\n", b'",3\n') == [(1, None), (2, None), (3, None)]


def test_any_number_of_columns_is_taken_where_none_is_asked_for() -> None:
    assert records(b"1,2,3\n", columns=None) == [(1, ["1", "2", "3"])]


def test_a_record_as_long_as_allowed_is_read_whole() -> None:
    inside = [b"x" * 1023 + b"\n"] * (MAX_RECORD_BYTES // 1024 - 1)
    [(_, fields)] = records(b'"', *inside, b'",2\n')
    assert fields == [b"".join(inside).decode(), "2"]


def test_a_longer_record_gives_its_lines_back() -> None:
    inside = [b"x" * 1024**2 + b"\n"] * 5
    assert records(b'"\n', *inside, b'",2\n') == [(no, None) for no in range(1, 8)]


def test_a_longer_record_of_shorter_fields_gives_its_lines_back() -> None:
    inside = [b"x" * 1024**2 + b"\n"] * 3
    assert records(b'"\n', *inside, b'","\n', *inside, b'"\n') == [(no, None) for no in range(1, 10)]


def test_a_field_longer_than_allowed_is_no_record() -> None:
    assert records(b'"' + b"x" * (MAX_RECORD_BYTES + 1) + b'",2\n') == [(1, None)]


def test_stray_quotes_are_not_read_on_for_ever() -> None:
    left = iter([b'a",x,"b\n'] * 100)
    lines = LineReader(left, CsvForm())
    assert lines.read_record(next(iter(lines)), 8) is None
    assert len(list(left)) == 90


def test_a_record_may_close_as_many_quotes_as_it_has_columns() -> None:
    assert records(b'"a\n', *[b'b","a\n'] * 6, b'b"\n', columns=7) == [(1, ["a\nb"] * 7)]


def test_escaped_quotes_on_many_lines_close_nothing() -> None:
    content = [b'"a\n', *[b'\\"b\\"\n'] * 9, b'c",2\n']
    lines = LineReader(iter(content), CsvForm(escape="backslash"))
    assert lines.read_record(next(iter(lines)), 2) == ["a\n" + '"b"\n' * 9 + "c", "2"]
