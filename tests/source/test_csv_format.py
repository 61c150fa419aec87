import pytest
from app.settings.csv_dialect import DateFormat
from app.source.csv_format import CsvFormat

from app.settings import Settings


@pytest.mark.parametrize(("decimal", "marks"), [(".", ".,"), (",", ",.")])
def test_the_decimal_mark_comes_first(decimal: str, marks: str) -> None:
    assert CsvFormat.declared(Settings(decimal=decimal)).marks == marks


def test_nothing_declared_is_what_the_contract_says() -> None:
    assert CsvFormat.declared(Settings()) == CsvFormat(",", ".", "utf-8", DateFormat("%Y-%m-%d"), 2 * 1024**3)
