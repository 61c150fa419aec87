"""Files that a contract is drafted from."""

from pathlib import Path

import pytest

from app.errors import BrokenFile, SourceUnreachable
from app.prepare.draft.draft import draft_contract
from app.prepare.draft.files import list_files, some_files

PLAIN = "Invoice,Date,Customer ID,Quantity,Price\n1001,2026-03-25,13085,2,5.50\n"


def put(folder: Path, *keys: str) -> None:
    for key in keys:
        (folder / key).parent.mkdir(exist_ok=True, parents=True)
        (folder / key).write_text(PLAIN)


def test_tables_are_listed_hidden_and_other_files_counted(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", "b/c.TXT", "._a.csv", ".git/a.csv", "~$b.xlsx", "_tmp.csv", "notes.pdf")
    found = list_files([tmp_path])
    assert ([key for key, _ in found.files], found.hidden, found.others) == (["a.csv", "b/c.TXT"], 4, 1)


def test_the_first_the_last_and_files_between_are_chosen(tmp_path: Path) -> None:
    put(tmp_path, *(f"{number:02}.csv" for number in range(20)))
    assert [key for key, _ in some_files(list_files([tmp_path]), 3)] == ["00.csv", "10.csv", "19.csv"]


def test_a_missing_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceUnreachable, match="give folders or files of sales"):
        list_files([tmp_path / "none"])


def test_a_folder_without_a_table_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "notes.pdf")
    with pytest.raises(BrokenFile, match="there is no sales file"):
        draft_contract([tmp_path])


def test_an_unreadable_file_is_to_be_decided(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", "b.csv.gz")
    assert "# CHECK: b.csv.gz: b.csv.gz cannot be decompressed" in draft_contract([tmp_path])


def test_other_suffixes_than_the_default_are_declared(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "b.csv")
    assert '{property: suffixes, value: [".csv", ".txt"]}' in draft_contract([tmp_path])
