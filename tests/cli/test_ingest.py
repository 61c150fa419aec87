"""Command `regulars ingest`: exit codes and reasons of rejections."""

import json
from pathlib import Path

import pytest

from app.jobs.context import Context
from tests.cli.test_operations import run
from tests.contracts import written
from tests.loading import BAD, sale
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import BRITISH, declaring, hash_of
from tests.zips import reading_zips, sales, zip_into, zipped

DAY_2 = "2026-02-02"


@pytest.fixture(autouse=True)
def database(context: Context, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database, source and contract of the context, in the environment."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    monkeypatch.setenv("REGULARS_SOURCE", str(context.settings.source))
    monkeypatch.setenv("REGULARS_CONTRACT", context.settings.contract)
    monkeypatch.setenv("REGULARS_SETTLE_SECONDS", "0")


def test_an_ingest_of_which_every_file_is_rejected_ends_with_1(put: Put) -> None:
    put(BAD)
    put(BAD, BAD, day=DAY_2)
    assert run("ingest").exit_code == 1


def test_an_ingest_of_which_some_files_are_rejected_ends_with_0_and_a_warning(put: Put) -> None:
    put(sale())
    put(BAD, day=DAY_2)
    done = run("ingest")
    assert (done.exit_code, "Warning: 1 of 2 files rejected" in done.stderr) == (0, True)


def test_an_ingest_prints_the_warning_about_the_data(put: Put) -> None:
    put(sale(), sale(), BAD)
    assert "Warning about the data: 33.3 % of the rows of the newest 1 file are quarantined" in run("ingest").stderr


def test_rejections_are_counted_by_reason(put: Put) -> None:
    put(BAD)
    put(BAD, BAD, day=DAY_2)
    assert ": 2 x 1 of 1 rows fail the contract" in run("ingest").stderr


def test_an_ingest_without_new_files_says_how_many_rejected_files_wait(put: Put) -> None:
    put(BAD)
    run("ingest")
    done = run("ingest")
    waiting = "1 rejected file waits for a correction or another contract: 1 x 1 of 1 rows fail"
    assert (done.exit_code, waiting in done.stderr) == (0, True)


def test_an_ingest_without_new_and_rejected_files_says_so(put: Put) -> None:
    put(sale())
    run("ingest")
    assert run("ingest").stderr.endswith("There are no new files in the source.\n")


def test_an_ingest_says_how_many_quarantined_rows_a_changed_contract_loaded(
    context: Context, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [sale(f"5363{number}") for number in range(10, 30)]
    put(*rows, sale("536370", day="3/2/2026"), sale("536371", day="soon"))
    run("ingest")
    monkeypatch.setenv("REGULARS_CONTRACT", declaring(context, columns=BRITISH).settings.contract)
    line = "the quarantined rows of 1 file were validated again, and 1 of 2 loaded (see: regulars status).\n"
    assert line in run("ingest").stderr


def test_an_ingest_names_archives_without_files(
    context: Context, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGULARS_CONTRACT", reading_zips(context).settings.contract)
    zip_into(folder, {"a.csv": sales(sale())})
    zip_into(folder, {"a.pdf": b""}, "junk.zip")
    assert "1 archive has no file that is read: junk.zip.\n" in run("ingest").stderr


def test_an_ingest_names_the_files_whose_quarantined_rows_are_validated_again(
    put: Put, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REGULARS_MAX_QUARANTINED_SHARE", "0.5")
    put(sale(), BAD)
    run("ingest")
    changed = written(tmp_path, dateRange="none", server={"skipWhen": "Quantity = '-6'"})
    monkeypatch.setenv("REGULARS_CONTRACT", changed)
    lines = [run("ingest").stderr for _ in range(2)]
    assert ["the quarantined rows of 1 file were validated again" in line for line in lines] == [True, False]


def test_status_counts_files_by_contract(put: Put) -> None:
    put(sale())
    run("ingest")
    assert "1 by Online Retail 1.0.0" in run("status").stdout


LINE = "1 object is not read: 1 .pdf (suffixes read: .csv, .csv.gz)"


@pytest.fixture
def pdf(put: Put) -> None:
    put(sale())
    put(content=b"", name="a.pdf")


def test_an_ingest_names_the_objects_that_are_not_read(pdf: None) -> None:
    first, second = run("ingest"), run("ingest")
    assert (first.stderr.count(f"{LINE}.\n"), second.stderr.count(f"{LINE}.\n")) == (1, 1)


def test_an_ingest_counts_the_objects_that_are_not_read_in_json(pdf: None) -> None:
    found = json.loads(run("ingest", "--json").stdout)["not_read"]
    assert found == [{"source": "sales", "suffixes": [".csv", ".csv.gz"], "objects": {".pdf": 1}}]


def test_status_names_the_objects_that_are_not_read(pdf: None) -> None:
    run("ingest")
    assert LINE in run("status").stdout
    assert json.loads(run("status", "--json").stdout)["not_read"][0]["objects"] == {".pdf": 1}


def test_the_doctor_names_the_objects_that_are_not_read(pdf: None) -> None:
    [found] = [each["found"] for each in json.loads(run("doctor", "--json").stdout) if each["check"] == "source"]
    assert found == f"reachable; the header of 2026-02-01/2026-02-01_transactions.csv is valid; {LINE}"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped({"a.csv": sales(sale())}), "reachable; the header of 2026/sales.zip/a.csv is valid"),
        (zipped({"a.csv": b"Wrong\n1\n"}), "2026/sales.zip: line 1: "),
        (zipped({"a.pdf": b""}), "reachable; 2026/sales.zip has no file that is read"),
        (zipped({"../a.csv": b""}), "leaves the archive"),
    ],
)
def test_the_doctor_opens_an_archive(
    context: Context, folder: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, said: str
) -> None:
    monkeypatch.setenv("REGULARS_CONTRACT", reading_zips(context).settings.contract)
    (folder / "2026").mkdir()
    (folder / "2026/sales.zip").write_bytes(content)
    [found] = [each["found"] for each in json.loads(run("doctor", "--json").stdout) if each["check"] == "source"]
    assert said in found


def test_an_ingest_names_files_of_another_contract(context: Context, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put(sale())
    run("ingest")
    monkeypatch.setenv("REGULARS_CONTRACT", declaring(context, countsWhen="quantity > 0").settings.contract)
    named = (
        f"Warning: 1 file was validated by another contract (online-retail 1.0.0, {hash_of(context)[:8]}); run `regul"
    )
    assert named in run("ingest").stderr
