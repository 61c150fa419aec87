"""The command that tries to load files under a contract."""

import json
from pathlib import Path

import pytest

from app.errors import InvalidContract, Misconfigured, StoreUnusable
from tests.cli.contract.commands import contract
from tests.contract import declared
from tests.contracts import document
from tests.pipeline.dry_run.runs import HEADER, row
from tests.zips import zip_into

GOOD = row()
BAD = row("2", day="soon")


@pytest.mark.parametrize(
    ("rows", "exit_code", "verdict"),
    [([GOOD], 0, "good"), ([GOOD, row("3"), BAD], 1, "warnings"), ([BAD], 2, "rejected")],
)
def test_the_exit_code_is_the_verdict(folder: Path, rows: list[str], exit_code: int, verdict: str) -> None:
    (folder / "a.csv").write_text("\n".join([HEADER, *rows, ""]))
    done = contract("check", str(folder), "--contract", "generic-sales", "--as-of", "2026-03-01", "--json")
    assert (done.exit_code, json.loads(done.stdout)["verdict"]) == (exit_code, verdict)


def test_tables_show_files_failures_with_remedies_money_and_warnings(folder: Path) -> None:
    (folder / "a.csv").write_text("\n".join([HEADER, GOOD, row("3", customer="O\u00c3\u00bc"), BAD, ""]))
    done = contract("check", str(folder), "--contract", "generic-sales", "--as-of", "2026-03-01")
    words = [
        "loads",
        "valid_invoice_date",
        "4: soon",
        "correct the rows",
        "money that counts",
        "mojibake",
        "a.csv: line 3",
    ]
    assert [word for word in words if word not in done.stdout] == []


def test_a_malformed_contract_is_rejected_before_anything_is_started(folder: Path) -> None:
    (folder / "shop.yaml").write_text("kind: [")
    with pytest.raises(InvalidContract, match="this is not YAML"):
        contract("check", str(folder), "--contract", str(folder / "shop.yaml"))


@pytest.fixture
def shop(folder: Path) -> str:
    """A contract of a shop and a till, and a file of each."""
    for name in ("shop", "till"):
        (folder / name).mkdir()
        (folder / name / "a.csv").write_text(f"Invoice,Date,Customer,Qty,Price\n{name},2026-02-01,1,1,1\n")
    servers = [f"  - {{server: {name}, location: {folder}/{name}, type: local}}\n" for name in ("shop", "till")]
    (folder / "shop.yaml").write_text(declared.text(tail="servers:\n" + "".join(servers)))
    return str(folder / "shop.yaml")


def test_without_a_path_the_sources_of_the_contract_are_checked(shop: str) -> None:
    found = json.loads(contract("check", "--contract", shop, "--as-of", "2026-03-01", "--json").stdout)
    assert [(file["server"], file["silver"]) for file in found["files"]] == [("shop", 1), ("till", 1)]


def test_an_unknown_server_is_refused_with_the_names(shop: str) -> None:
    with pytest.raises(Misconfigured, match="the contract has the servers shop, till; choose one with --server"):
        contract("check", "--contract", shop, "--server", "web")


def test_a_missing_path_is_rejected(folder: Path) -> None:
    with pytest.raises(StoreUnusable, match="give folders or files of sales"):
        contract("check", str(folder / "may"))


def test_the_members_of_an_archive_are_checked(folder: Path) -> None:
    members = {"a.csv": [GOOD], "b.csv": [row("3")], "c.csv": [BAD]}
    zip_into(folder, {name: "\n".join([HEADER, *rows, ""]).encode() for name, rows in members.items()})
    done = contract("check", str(folder), "--contract", "generic-sales", "--as-of", "2026-03-01", "--json")
    found = {each["key"]: each["outcome"] for each in json.loads(done.stdout)["files"]}
    assert found == {"sales.zip/a.csv": "loads", "sales.zip/b.csv": "loads", "sales.zip/c.csv": "rejected"}


def test_an_archive_that_cannot_be_opened_is_checked(folder: Path) -> None:
    zip_into(folder, {"../a.csv": b""})
    done = contract("check", str(folder), "--contract", "generic-sales", "--json")
    [found] = json.loads(done.stdout)["files"]
    assert (done.exit_code, found["key"], "leaves the archive" in found["error"]) == (2, "sales.zip", True)


def test_files_of_the_declared_suffixes_are_checked_and_others_counted(folder: Path) -> None:
    (folder / "shop.yaml").write_bytes(document("generic-sales", server={"suffixes": [".dat"]}))
    for name in ("a.dat", "b.csv"):
        (folder / name).write_text("\n".join([HEADER, GOOD, ""]))
    done = contract("check", str(folder), "--contract", str(folder / "shop.yaml"), "--as-of", "2026-03-01", "--json")
    found = json.loads(done.stdout)
    assert ([each["key"] for each in found["files"]], found["skipped"]) == (["a.dat"], {".csv": 1, ".yaml": 1})


def test_what_is_not_read_in_archives_is_counted_and_archives_without_files_are_named(folder: Path) -> None:
    (folder / "a.csv").write_text("\n".join([HEADER, GOOD, ""]))
    zip_into(folder, {"a.pdf": b"", "b.xlsx": b""}, "junk.zip")
    zip_into(folder, {}, "empty.zip")
    done = contract("check", str(folder), "--contract", "generic-sales", "--as-of", "2026-03-01", "--json")
    found = json.loads(done.stdout)
    assert (done.exit_code, found["skipped"]) == (1, {".pdf": 1, ".xlsx": 1})
    [warned] = found["warnings"]
    assert warned["message"].startswith("2 archives have no file that is read: empty.zip, junk.zip; ")
