"""Files that a contract is drafted from."""

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from app.contract.open import parse_contract
from app.errors import BrokenFile, StoreUnusable
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
    assert ([file.key for file in found.files], found.hidden, found.others) == (
        ["a.csv", "b/c.TXT"],
        4,
        {".pdf": 1},
    )


def test_the_tables_of_an_archive_are_listed(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "march.zip", "w") as archive:
        for name in ("a.csv", "b.csv", "__MACOSX/._a.csv", "notes.pdf"):
            archive.writestr(name, PLAIN)
    found = list_files([tmp_path])
    assert ([file.key for file in found.files], found.suffixes) == (
        ["march.zip/a.csv", "march.zip/b.csv"],
        (".csv", ".zip"),
    )


def test_an_archive_that_cannot_be_opened_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "march.zip").write_bytes(b"PK")
    with pytest.raises(BrokenFile, match="cannot be decompressed"):
        draft_contract([tmp_path])


def test_the_first_the_last_and_files_between_are_chosen(tmp_path: Path) -> None:
    put(tmp_path, *(f"{number:02}.csv" for number in range(20)))
    assert [file.key for file in some_files(list_files([tmp_path]), 3)] == ["00.csv", "10.csv", "19.csv"]


def test_a_missing_path_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="give folders or files of sales"):
        list_files([tmp_path / "none"])


def test_a_folder_without_a_table_is_rejected(tmp_path: Path) -> None:
    put(tmp_path, "notes.pdf")
    with pytest.raises(BrokenFile, match="there is no sales file"):
        draft_contract([tmp_path])


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", PLAIN.encode(), "a.xlsx: this is not a workbook; if it is a text file, rename it to .csv"),
        (
            "a.csv",
            b"PK\x03\x04" + bytes(99),
            "a.csv: this is a workbook or an archive, not a text file; rename it to .xlsx",
        ),
        ("a.csv", b"\xd0\xcf\x11\xe0" + bytes(99), "a.csv: the object is an .xls workbook or has a password"),
    ],
)
def test_a_file_with_the_suffix_of_another_kind_is_rejected(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BrokenFile, match=re.escape(f"with rows here; {said}")):
        draft_contract([tmp_path])


def test_a_folder_of_other_files_names_their_suffixes(tmp_path: Path) -> None:
    put(tmp_path, "a.xls", "b.xls", "notes.pdf")
    with pytest.raises(BrokenFile, match=r"with rows here; not read: 1 \.pdf, 2 \.xls$"):
        draft_contract([tmp_path])


def test_files_with_other_suffixes_are_named_in_a_comment(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", "a.xls", "README")
    assert "# Files with other suffixes are not read: 1 without suffix, 1 .xls." in draft_contract([tmp_path])


def test_an_unreadable_file_is_to_be_decided(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", "b.csv.gz")
    assert "# CHECK: b.csv.gz cannot be decompressed" in draft_contract([tmp_path])


def test_other_suffixes_than_the_default_are_declared(tmp_path: Path) -> None:
    put(tmp_path, "a.txt", "b.csv")
    assert '{property: suffixes, value: [".csv", ".txt"]}' in draft_contract([tmp_path])


def put_workbook(path: Path, header: str = "Order No,Sale Date,Client,Qty,Price each") -> None:
    book = openpyxl.Workbook()
    assert book.active is not None
    for line in (header, "1001,2026-03-25,13085,2,5.50"):
        book.active.append(line.split(","))
    book.save(path)


def test_workbooks_beside_text_files_are_to_be_decided(tmp_path: Path) -> None:
    put(tmp_path, "a.csv")
    put_workbook(tmp_path / "Book.xlsx")
    document = draft_contract([tmp_path])
    contract = parse_contract(document.encode(), "shop.yaml")
    assert (contract.servers[0].dialect.format, contract.servers[0].dialect.suffixes) == ("csv", (".csv", ".csv.gz"))
    assert [column.header_names[0] for column in contract.columns] == PLAIN.partition("\n")[0].split(",")
    assert (
        "# CHECK: 1 of 2 files have the format xlsx, not csv: Book.xlsx; this contract does not read them." in document
    )


def test_most_files_decide_the_format(tmp_path: Path) -> None:
    put(tmp_path, "a.csv")
    put_workbook(tmp_path / "b.xlsx")
    put_workbook(tmp_path / "c.xlsx")
    contract = parse_contract(draft_contract([tmp_path]).encode(), "shop.yaml")
    assert (contract.servers[0].dialect.format, contract.columns[0].header_names) == ("xlsx", ("Order No",))


def test_texts_without_the_columns_are_left_out_by_their_suffix(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", "b.csv")
    (tmp_path / "notes.txt").write_text("Remember the milk\nDate of export: Monday\n")
    document = draft_contract([tmp_path])
    assert "# Files without the columns of sales, whose suffix is not declared: notes.txt." in document
    assert parse_contract(document.encode(), "shop.yaml").servers[0].dialect.suffixes == (".csv", ".csv.gz")


def test_files_of_the_same_suffix_without_the_columns_are_to_be_decided(tmp_path: Path) -> None:
    put(tmp_path, "a.csv")
    (tmp_path / "products.csv").write_text("SKU,Colour\n1,red\n")
    document = draft_contract([tmp_path])
    assert "# CHECK: 1 files lack the columns of the other files, and will be rejected: products.csv;" in document
    assert "Colour." not in document


def test_files_with_unknown_columns_are_all_drafted(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Eins,Zwei\n1,2\n")
    (tmp_path / "b.csv").write_text("Date,Zwei\n1,2\n")
    assert "# Drafted from 2 rows of 2 files" in draft_contract([tmp_path])
