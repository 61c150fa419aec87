"""Commands of the operator: status and doctor."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli.command import make_app
from app.cli.ingest import describe
from app.errors import Misconfigured
from app.jobs.context import Context
from app.jobs.job_queue import TRIGGER_CLOCK, enqueue
from app.jobs.runs import running
from app.pipeline.load_batch import Counts
from tests.contract import declared
from tests.loading import BAD, change, load, query, sale
from tests.pipeline.declaring import declaring, hash_of

Put = Callable[..., Path]

WIDE = {"COLUMNS": "200"}


def run(command: str, *arguments: str) -> Result:
    result = CliRunner().invoke(make_app(command), [command, *arguments], env=WIDE)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


@pytest.fixture
def database(context: Context, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database and source of the context, in the environment."""
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    monkeypatch.setenv("REGULARS_SOURCE", str(context.settings.source))


def test_status_without_a_database_is_refused_and_creates_nothing(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match=r"there is no database in .*/typo: set --data-dir"):
        run("status", "--data-dir", str(tmp_path / "typo"))
    assert list(tmp_path.iterdir()) == []


def test_doctor_without_a_database_creates_nothing(tmp_path: Path) -> None:
    found = run("doctor", "--data-dir", str(tmp_path / "typo"), "--source", str(tmp_path)).stdout
    assert ("none in " in found, list(tmp_path.iterdir())) == (True, [])


def test_doctor_fails_if_a_check_fails(database: None) -> None:
    failed = run("doctor", "--source", "/no/such/folder", "--json")
    wrong = [finding["check"] for finding in json.loads(failed.stdout) if finding["verdict"] == "wrong"]
    assert (failed.exit_code, wrong, failed.stderr) == (2, ["source"], "1 of 11 checks failed.\n")


def files_check(*arguments: str) -> dict[str, Any]:
    findings = json.loads(run("doctor", "--json", *arguments).stdout)
    return next(finding for finding in findings if finding["check"] == "files")


def test_the_doctor_says_what_the_newest_files_would_become(database: None, put: Put) -> None:
    put(*[sale(f"5363{number}") for number in range(10, 30)], BAD)
    found = files_check()
    assert found["found"] == (
        "of the first 1,000 rows of the newest 1 file, 20 would pass + 1 be quarantined + 0 be skipped; "
        "valid_quantity fails for 1 row: change `exclusiveMinimum` of quantity, or correct the rows"
    )
    assert (found["verdict"], found["sample"]["failures"][0]["rows"]) == ("fine", 1)


def test_the_doctor_says_why_a_file_would_be_rejected(database: None, put: Put) -> None:
    put(BAD)
    found = files_check()
    assert (found["verdict"], "would be rejected: 1 of 1 rows fail the contract" in found["found"]) == ("wrong", True)


def test_the_doctor_shows_warnings_of_the_newest_files_with_examples(database: None, put: Put) -> None:
    put(sale(), sale("536366", "Guest"))
    shown = files_check()["found"]
    assert re.search(r"; placeholder: 1 customer id has 1 of 2 orders, .* \(such as Guest\)$", shown)


def test_the_doctor_reads_files_by_the_dialect_of_the_contract(tmp_path: Path) -> None:
    till = f"location: {tmp_path}, type: local, delimiter: ';'"
    (tmp_path / "shop.yaml").write_text(declared.text(server=till))
    (tmp_path / "a.csv").write_text("Invoice;Date;Customer;Qty;Price\n1;2026-02-01;7;1;1.00\n")
    assert (
        "1 would pass" in files_check("--contract", f"{tmp_path}/shop.yaml", "--data-dir", f"{tmp_path}/data")["found"]
    )


UNCOUNTED = "no sale counts: stock_code of 1 of 1 rows (15.30) do not meet countsWhen"


def test_the_doctor_says_why_no_sale_counts(database: None, context: Context, put: Put) -> None:
    put(sale().replace("85123A", "SKU-1"))
    load(context)
    (found,) = [each for each in json.loads(run("doctor", "--json").stdout) if each["check"] == "sales"]
    assert (found["verdict"], UNCOUNTED in found["found"]) == ("wrong", True)


def test_status_says_why_no_sale_counts(database: None, context: Context, put: Put) -> None:
    put(sale().replace("85123A", "SKU-1"))
    load(context)
    assert re.search(r"no_sale_counts +no sale counts: stock_code of 1 of 1 rows", run("status").stdout)


def test_status_shows_money_and_warnings(database: None, context: Context, put: Put) -> None:
    put(sale(), sale("536366", "Guest"), BAD, day="2026-02-01")
    put(sale(), sale("536367", customer=""), day="2026-02-02")
    load(context)
    shown = run("status").stdout
    for words in (
        r"counted +3 +45.90",
        r"quarantined +1 +15.30",
        r"overlap +2 invoices \(30.60\) of 2 files also",
        r"placeholder .*Guest",
    ):
        assert re.search(words, shown), words
    assert json.loads(run("status", "--json").stdout)["money"]["no_customer"] == {"rows": 1, "money": "15.30"}


def test_status_names_failing_checks(database: None, context: Context, put: Put) -> None:
    put(sale())
    load(context)
    change(context.engine, "update quality.check_state set outcome = 'fail' where check_name = 'freshness'")
    assert re.search(r"fail +freshness +sales +\S+ \S+.* +no time is declared", run("status").stdout)
    assert json.loads(run("status", "--json").stdout)["checks"][0]["check"] == "freshness"


def test_status_shows_rejected_files_with_their_ids(database: None, context: Context, put: Put) -> None:
    put(BAD)
    load(context)
    ((file_id,),) = query(context.engine, "select id from pipeline.source_file")
    assert re.search(rf"^ +{file_id} +sales/2026-02-01/\S+ +rejected ", run("status").stdout, re.MULTILINE)


def test_status_hides_rows_that_are_rarely_set(database: None) -> None:
    shown = run("status").stdout
    assert [name for name in ("settling", "slots ahead", "not listed") if name in shown] == []


def test_status_shows_folders_that_could_not_be_listed(database: None, context: Context) -> None:
    with running(context.engine, "ingest") as ingest:
        ingest.step("not listed: folder /sales/b cannot be read: permission denied")
    assert re.search(r" not listed +folder /sales/b cannot be read: permission denied", run("status").stdout)


def test_status_shows_a_slot_of_a_wrong_clock(database: None, context: Context) -> None:
    enqueue(context.engine, "ingest", TRIGGER_CLOCK, datetime(2100, 1, 1, tzinfo=UTC))
    expected = r" slots ahead +ingest 2100-01-01 00:00\S*( UTC)?: recorded by a wrong clock"
    assert re.search(expected, run("status").stdout)


def test_status_shows_how_many_files_are_settling(database: None, context: Context) -> None:
    with running(context.engine, "ingest") as ingest:
        ingest.counts["settling"] = 2
    assert re.search(r" settling +2 files changed recently, left to the next ingest", run("status").stdout)


def test_an_ingest_is_described_in_correct_numbers() -> None:
    counts = Counts(files=3, loaded=1, rejected=1, failed=1, rows_read=1, rows_loaded=1)
    assert describe(counts, 5) == (
        "Loaded 1 file: 1 row = 1 in silver + 0 quarantined, "
        "1 file could not be read (given up after 5 attempts, see: regulars status)"
    )


def test_status_names_its_rows_in_plain_words(database: None) -> None:
    shown = run("status").stdout
    names = ["sales through", "warning", "quality gate", "leader", "queue", "last success", "current run"]
    assert [name for name in names if f" {name} " not in shown] == []


def check(name: str, *arguments: str) -> tuple[str, str]:
    """Verdict and text of a check of the doctor."""
    findings = json.loads(run("doctor", "--json", *arguments).stdout)
    return next((each["verdict"], each["found"]) for each in findings if each["check"] == name)


def test_the_doctor_marks_a_warning_about_quality(database: None, context: Context, put: Put) -> None:
    put(sale())
    put(BAD, day="2026-02-02")
    load(context)
    assert check("sales") == ("warning", "quality is warn: 1 file rejected or failed, see /v1/files")


def test_a_warning_is_no_failed_check(database: None, context: Context, put: Put) -> None:
    put(sale(), sale("536366", "Guest"))
    load(context)
    assert (check("sales")[0], run("doctor", "--contract", context.settings.contract).exit_code) == ("warning", 0)


def test_the_doctor_names_files_of_another_contract(database: None, context: Context, put: Put) -> None:
    put(sale())
    load(context)
    verdict, found = check("contract", "--contract", declaring(context, countsWhen="quantity > 0").settings.contract)
    assert (verdict, found.startswith("1 file was validated by another contract (online-retail 1.0.0")) == (
        "warning",
        True,
    )


def test_the_doctor_names_no_file_of_the_current_contract(database: None, context: Context, put: Put) -> None:
    put(sale())
    load(context)
    assert check("contract", "--contract", context.settings.contract) == ("fine", "validated every loaded file")


def test_status_names_the_current_contract_and_the_remedy(database: None, context: Context, put: Put) -> None:
    put(sale())
    load(context)
    other = declaring(context, countsWhen="quantity > 0")
    shown = " ".join(run("status", "--contract", other.settings.contract).stdout.split())
    name = "Online Retail 1.0.0"
    assert (
        f"contracts none by {name} ({hash_of(other)[:8]}, current); 1 by {name} ({hash_of(context)[:8]}); "
        "for files by others, run `regulars contract apply`"
    ) in shown


def test_without_a_contract_status_does_not_advise_to_apply_one(database: None, context: Context, put: Put) -> None:
    put(sale())
    load(context)
    shown = " ".join(run("status").stdout.split())
    assert ("because REGULARS_CONTRACT is not set" in shown, "contract apply" in shown) == (True, False)


def test_status_marks_the_current_contract(database: None, context: Context, put: Put) -> None:
    put(sale())
    load(context)
    shown = run("status", "--contract", context.settings.contract).stdout
    assert re.search(
        rf"contracts +1 by Online Retail 1.0.0 \({hash_of(context)[:8]}, current\) *$", shown, re.MULTILINE
    )


def test_status_shows_the_storage_of_layers_and_tables(database: None) -> None:
    shown = run("status", "--storage").stdout
    assert all(name in shown for name in ("Storage by layer", "segments", "bronze.sales_row", "bytes of indexes"))


def test_status_prints_the_storage_as_json(database: None) -> None:
    found = json.loads(run("status", "--storage", "--json").stdout)
    assert found["database_bytes"] > sum(each["total_bytes"] for each in found["layers"]) > 0
    assert {"layer", "table", "rows", "dead_rows", "table_bytes", "index_bytes"} <= set(found["tables"][0])


def test_status_shows_openlineage_events_that_wait(context: Context, database: None) -> None:
    change(
        context.engine,
        "insert into pipeline.openlineage_delivery (singleton, since, error) values (true, now(), 'away')",
    )
    assert "0 events waiting; last attempt: away" in run("status").stdout
    assert json.loads(run("status", "--json").stdout)["openlineage"]["error"] == "away"
