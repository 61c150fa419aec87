"""Commands that prepare daily files: options, and errors that name them."""

from datetime import date
from pathlib import Path

import pytest

from app.cli.prepare import generate, split, upload
from app.errors import BadData, Misconfigured
from app.settings import Settings
from tests.contracts import document, written
from tests.prepare.history.exports import contents, first_day, small, text_file


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"REGULARS_{name.upper()}", raising=False)


def test_split_keeps_the_dates_by_default(tmp_path: Path) -> None:
    split(text_file(tmp_path, small("2010-01-05", "2010-01-08")), tmp_path / "out")
    assert [path.split("/")[0] for path in contents(tmp_path / "out")] == ["2010-01-05", "2010-01-08"]


def test_split_writes_what_the_loader_reads_by_default(tmp_path: Path) -> None:
    export = text_file(tmp_path, small("5.1.2010").replace("2.5", "2;5").replace(",", "|").replace(";", ","))
    split(export, tmp_path / "out", delimiter="|", decimal=",", date_format="%d.%m.%Y")
    assert first_day(tmp_path / "out") == small("2010-01-05")


def test_split_writes_what_the_contract_declares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_CONTRACT", written(tmp_path, server={"delimiter": "semicolon"}))
    split(text_file(tmp_path, small("2010-01-05")), tmp_path / "out")
    assert first_day(tmp_path / "out") == small("2010-01-05").replace(",", ";")


def test_split_writes_the_first_format_of_dates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dates = {"invoice_date": {"logicalTypeOptions": {"format": ["%d.%m.%Y", "%Y-%m-%d"]}}}
    monkeypatch.setenv("REGULARS_CONTRACT", written(tmp_path, columns=dates))
    split(text_file(tmp_path, small("2010-01-05")), tmp_path / "out")
    assert first_day(tmp_path / "out") == small("05.01.2010")


def test_split_finds_the_columns_of_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = {"invoice_no": {"physicalName": "Order", "synonyms": []}}
    monkeypatch.setenv("REGULARS_CONTRACT", written(tmp_path, columns=number))
    export = small("2010-01-05").replace("Invoice,", "Order,")
    split(text_file(tmp_path, export), tmp_path / "out")
    assert first_day(tmp_path / "out") == export


def test_split_writes_no_workbooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = {"format": "xlsx", "suffixes": [".xlsx"]}
    text = document(server=server).decode().replace("  delimiter: ','\n", "").replace("  encoding: utf-8\n", "")
    (tmp_path / "contract.yaml").write_text(text)
    monkeypatch.setenv("REGULARS_CONTRACT", str(tmp_path / "contract.yaml"))
    with pytest.raises(Misconfigured, match="daily files are written as CSV"):
        split(text_file(tmp_path, small("2010-01-05")), tmp_path / "out")


WRONG_FORMATS = [
    ({"delimiter": "ab"}, "--delimiter: "),
    ({"delimiter": "a"}, "--delimiter: 'a' cannot separate"),
    ({"decimal": "x"}, "--decimal: "),
    ({"encoding": "latin-77"}, "--encoding: 'latin-77' is not a known encoding"),
    ({"date_format": "%d/%m/%q"}, "--date-format: '%d/%m/%q': %q is unknown"),
]


@pytest.mark.parametrize(("options", "message"), WRONG_FORMATS, ids=lambda value: str(value)[:30])
def test_a_wrong_format_names_the_option(tmp_path: Path, options: dict[str, str], message: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        split(text_file(tmp_path, small("2010-01-05")), tmp_path / "out", **options)  # type: ignore[arg-type]
    assert str(refused.value).startswith(message)


WRONG_EXPORTS = [
    (small("1/12/2010"), "InvoiceDate '1/12/2010' is not a date like 2010-12-01", "--date-format"),
    (small("2010-12-01").replace(",", ";"), "looks delimited by ';'", "give --delimiter semicolon"),
    (small("2010-12-01").replace("A", "Ä"), "cannot be read", "--encoding"),
    (small("2010-12-01").replace("Price", "Value"), "line 1: column Price is missing", "the header is"),
]


@pytest.mark.parametrize(("text", "found", "remedy"), WRONG_EXPORTS, ids=["date", "delimiter", "encoding", "column"])
def test_a_wrong_export_names_the_remedy(tmp_path: Path, text: str, found: str, remedy: str) -> None:
    with pytest.raises(BadData) as refused:
        split(text_file(tmp_path, text, "cp1252"), tmp_path / "out")
    assert found in str(refused.value)
    assert remedy in str(refused.value)


def test_generate_refuses_a_folder_that_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(
        Misconfigured, match="is not empty: choose an empty folder, or overwrite its days with --replace"
    ):
        generate(tmp_path, date(2026, 1, 1), customers=5, days=1)


def test_upload_refuses_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="does not exist: give the folder of daily files"):
        upload(tmp_path / "none", "s3://bucket/daily")


def test_upload_refuses_a_folder_without_daily_files(tmp_path: Path) -> None:
    with pytest.raises(
        Misconfigured, match=r"has no \.csv or \.csv\.gz file of 2026-01-01: give another folder or day"
    ):
        upload(tmp_path, "s3://bucket/daily", date(2026, 1, 1))
