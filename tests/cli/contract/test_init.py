"""The command that drafts a contract."""

import json
from pathlib import Path

import openpyxl

from app.contract.open import parse_contract
from tests.cli.contract.commands import contract
from tests.pipeline.dry_run.runs import HEADER, row
from tests.zips import zip_into


def test_a_valid_contract_is_printed_and_the_lines_to_decide_are_counted(folder: Path) -> None:
    (folder / "a.csv").write_text("\n".join([HEADER, row(), row("2", quantity="-1"), ""]))
    done = contract("init", str(folder))
    assert parse_contract(done.stdout.encode(), "shop.yaml").returns == "net"
    assert "1 line to confirm or correct (# CHECK:)" in done.stderr


def test_a_contract_for_an_archive_reads_its_members(folder: Path) -> None:
    zip_into(folder, {f"{day}.csv": f"{HEADER}\n{row(f'{day}')}\n".encode() for day in ("2026-02-01", "2026-02-02")})
    (folder.parent / "shop.yaml").write_text(contract("init", str(folder)).stdout)
    done = contract(
        "check", str(folder), "--contract", str(folder.parent / "shop.yaml"), "--as-of", "2026-03-01", "--json"
    )
    outcomes = {each["key"]: each["outcome"] for each in json.loads(done.stdout)["files"]}
    assert outcomes == {"sales.zip/2026-02-01.csv": "loads", "sales.zip/2026-02-02.csv": "loads"}


def test_a_contract_for_a_mixed_folder_reads_its_sales(folder: Path) -> None:
    (folder / "2026-02-01.csv").write_text(f"{HEADER}\n{row('1')}\n")
    (folder / "notes.txt").write_text("Remember the milk\n")
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["Order No", "Sale Date", "Client", "Qty", "Price each"])
    book.active.append(["1", "2026-02-01", "13085", 1, 2.5])
    book.save(folder / "book.xlsx")
    (folder.parent / "shop.yaml").write_text(contract("init", str(folder)).stdout)
    done = contract(
        "check", str(folder), "--contract", str(folder.parent / "shop.yaml"), "--as-of", "2026-03-01", "--json"
    )
    outcomes = {each["key"]: each["outcome"] for each in json.loads(done.stdout)["files"]}
    assert outcomes == {"2026-02-01.csv": "loads"}
