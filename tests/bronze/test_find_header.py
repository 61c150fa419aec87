"""Which line of a file is its header, and a line that names the delimiter."""

import pytest

from app.bronze.find_header import find_header
from app.bronze.header import Header
from app.bronze.lines import CsvForm, LineReader
from app.errors import BrokenFile
from tests.contracts import variant
from tests.layers import COLUMNS, HEADER

TITLE = "Sales of March\n\nfrom the till\n"


def opened(text: str, **server: object) -> tuple[Header | None, LineReader]:
    source_contract = variant(server=server)
    lines = LineReader(iter(text.encode().splitlines(keepends=True)), CsvForm.from_dialect(source_contract.dialect))
    return find_header(lines, source_contract), lines


def line_of(text: str, **server: object) -> int:
    """Line in which the header is found."""
    header, lines = opened(text, **server)
    assert header is not None
    assert header.columns == COLUMNS
    return lines.line_no


def rejection(text: str, **server: object) -> str:
    with pytest.raises(BrokenFile) as caught:
        opened(text, **server)
    return str(caught.value)


@pytest.mark.parametrize("blank", ["", "\n", "\n \n\t\n"])
def test_the_header_is_the_first_line_with_text(blank: str) -> None:
    assert line_of(f"{blank}{HEADER}\n") == blank.count("\n") + 1


@pytest.mark.parametrize("text", ["", "\n \n", "sep=;\n"])
@pytest.mark.parametrize("header", ["first", "search", 1])
def test_a_file_without_text_has_no_header(text: str, header: object) -> None:
    assert opened(text, header=header)[0] is None


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"', "\nsep=;"])
def test_a_line_that_names_the_delimiter_is_taken_at_its_word(line: str) -> None:
    header, lines = opened(f"{line}\n{HEADER.replace(',', ';')}\n")
    assert header is not None
    assert (header.columns, lines.form.delimiter) == (COLUMNS, ";")


def test_a_tab_may_be_named() -> None:
    assert line_of(f"sep=\t\r\n{HEADER.replace(',', chr(9))}\n") == 2


def test_a_line_that_names_the_declared_delimiter_is_skipped() -> None:
    assert line_of(f"sep=;\n{HEADER.replace(',', ';')}\n", delimiter="semicolon") == 2


def test_a_line_that_names_another_delimiter_than_the_contract_is_rejected() -> None:
    found = rejection(f"sep=;\n{HEADER.replace(',', ';')}\n", delimiter="comma")
    assert found == (
        "line 1 says that columns are separated by ';', but the contract declares ','; "
        "declare `delimiter: semicolon` of the server in the contract"
    )


def test_a_line_that_names_no_possible_delimiter_is_rejected() -> None:
    assert "'x', which cannot separate columns; remove the line" in rejection(f"sep=x\n{HEADER}\n")


def test_a_declared_line_is_the_header() -> None:
    assert line_of(f"{TITLE}{HEADER}\n", header=4) == 4


@pytest.mark.parametrize("number", [2, 9])
def test_a_declared_line_without_text_is_rejected_with_the_line_that_is_the_header(number: int) -> None:
    text = f"{HEADER}\n\na\n"
    assert (
        f"line {number} is declared as the header, but there is no text in it; declare `header: search`"
        in rejection(text, header=number)
    )


def test_a_declared_line_below_the_header_is_rejected_with_the_line_that_is_the_header() -> None:
    assert "line 1 has all columns; declare `header: search`" in rejection(f"{HEADER}\n{'1,' * 7}\n", header=2)


def test_the_first_line_with_all_columns_is_searched() -> None:
    assert line_of(f"{TITLE}Invoice,Price\n{HEADER}\n{HEADER}\n", header="search") == 5


@pytest.mark.parametrize("before", ['"unpaired\n', '"a\nb"\n', "\0\n"])
def test_the_search_swallows_no_line(before: str) -> None:
    assert line_of(f"{before}{HEADER}\n", header="search") == before.count("\n") + 1


def test_the_search_finds_a_header_between_two_unpaired_quotes() -> None:
    assert line_of(f'"Sales\n{HEADER}\n"\n', header="search") == 2


def test_the_search_ends_after_twenty_lines() -> None:
    assert line_of("\n" * 19 + f"{HEADER}\n", header="search") == 20
    assert "none of the first 20 lines has all columns" in rejection("x\n" * 20 + f"{HEADER}\n", header="search")


def test_a_search_in_vain_names_the_nearest_line_and_its_remedy() -> None:
    found = rejection(f"a,b\n{HEADER.replace('Price', 'Cost')}\n", header="search")
    assert "nearest is line 2: column Price is missing" in found
    assert "`synonym: Cost`" in found


@pytest.mark.parametrize("first", [TITLE, '"unpaired\n', "a,b,c\n"])
def test_a_header_below_the_first_line_is_found_for_the_message(first: str) -> None:
    number = first.count("\n") + 1
    found = rejection(f"{first}{HEADER}\n")
    assert f"line 1 is not the header, but line {number} has all columns; declare `header: search`" in found


def test_a_rejected_header_is_named_by_its_line() -> None:
    assert rejection("\nInvoice\n").startswith("line 2: column StockCode, ")
