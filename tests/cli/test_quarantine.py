"""Commands for quarantined rows, in this process."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli.command import make_app
from app.errors import InvalidSelection
from app.jobs.context import Context
from tests.acceptance.service import regulars
from tests.contracts import with_dates, written
from tests.loading import BAD, load, query, sale
from tests.pipeline.replaying import OUT, rejecting_nothing, statuses
from tests.pipeline.test_workbooks import workbooks

Put = Callable[..., Path]
Ask = Callable[..., Result]
ODD = "536371,[/red]\x1b[31m,LANTERN,0,2.55,17850,France,2026-02-01"


@pytest.fixture
def ask(context: Context, put: Put, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Call a subcommand on a file of five rows, three of which are out."""
    put(sale(), sale("536366"), OUT, BAD, ODD)
    load(rejecting_nothing(context))
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)
    monkeypatch.setenv("REGULARS_AS_OF", "2026-03-01")

    def call(*arguments: str, **environment: str) -> Result:
        result = CliRunner().invoke(make_app("quarantine"), ["quarantine", *arguments], env=environment)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return call


def found(result: Result) -> Any:
    return json.loads(result.stdout)


def test_a_list_shows_rows_with_their_reasons(ask: Ask) -> None:
    shown = ask("list").stdout
    assert [reason in shown for reason in ("valid_invoice_date: 3/2/2026", "valid_quantity: -6")] == [True, True]


def test_control_characters_of_a_row_are_escaped(ask: Ask) -> None:
    shown = ask("list", COLUMNS="200").stdout
    assert ("[/red]" in shown, "\x1b[31m" in shown) == (True, False)


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        ([], [4, 5, 6]),
        (["--limit", "1"], [4]),
        (["--expectation", "valid_quantity"], [5, 6]),
        (["--date", "2026-02-01"], [5, 6]),
        (["--processing-date", "2026-02-01"], []),
        (["--source-file", "2026-02-01_transactions.csv", "--status", "open"], [4, 5, 6]),
        (["--status", "replayed"], []),
    ],
)
def test_a_list_can_be_filtered(ask: Ask, options: list[str], lines: list[int]) -> None:
    assert [row["line_no"] for row in found(ask("list", "--json", *options))] == lines


def test_a_list_has_the_total(ask: Ask) -> None:
    assert "1 of 3 rows. More with --limit." in ask("list", "--limit", "1").stderr


def test_a_replay_reports_loaded_and_failing_rows(ask: Ask) -> None:
    done = ask("replay", "--all", "--json", REGULARS_CONTRACT=with_dates("%d/%m/%Y"))
    assert (found(done)["rows_loaded"], found(done)["reasons"]) == (1, {"valid_invoice_date": 2, "valid_quantity": 2})
    assert "Loaded 1 of 3 rows, 2 still fail." in done.stderr


def test_a_replay_shows_its_files(ask: Ask) -> None:
    shown = ask("replay", "--file-id", "1", REGULARS_CONTRACT=with_dates("%d/%m/%Y")).stdout
    assert "2026-02-01/2026-02-01_transactions.csv" in shown
    assert "Still failing" in shown


def test_a_replay_is_a_run_with_its_selection(ask: Ask, context: Context) -> None:
    ask("replay", "--expectation", "valid_quantity")
    runs = query(context.engine, "select job, state, parameters, counts -> 'rows' from pipeline.job_run")
    assert runs == [("replay", "succeeded", {"expectation": "valid_quantity", "status": "open"}, 2)]


def test_rows_are_discarded(ask: Ask, context: Context) -> None:
    assert found(ask("discard", "--expectation", "valid_quantity", "--json")) == {"files": 1, "rows": 2}
    assert statuses(context) == ["open", "discarded", "discarded"]


def test_discarded_rows_can_be_replayed(ask: Ask, context: Context) -> None:
    ask("discard", "--all")
    ask("replay", "--all", "--status", "discarded", REGULARS_CONTRACT=with_dates("%d/%m/%Y"))
    assert statuses(context) == ["replayed", "discarded", "discarded"]


def test_several_files_can_be_chosen(ask: Ask, context: Context, put: Put) -> None:
    put(OUT, day="2026-02-04")
    put(OUT, OUT, day="2026-02-05")
    load(context)
    assert "2 files are queued for the next ingest" in ask("replay", "--file-id", "2", "--file-id", "3").stderr


def test_every_refused_file_can_be_chosen_by_its_state(ask: Ask, context: Context, put: Put) -> None:
    put(OUT, day="2026-02-04")
    load(context)
    assert "1 file is queued for the next ingest" in ask("replay", "--state", "rejected").stderr


def test_a_state_that_no_file_has_is_named(ask: Ask) -> None:
    assert "No file is failed." in ask("replay", "--state", "failed").stderr


def test_a_replay_by_another_reading_names_the_remedy(ask: Ask, tmp_path: Path) -> None:
    asked = ask("replay", "--all", REGULARS_CONTRACT=written(tmp_path, keys=workbooks()))
    assert "3 rows are no longer in bronze, or the contract reads their workbook otherwise" in asked.stderr
    assert "run: regulars contract apply" in asked.stderr


def test_a_selection_by_date_mentions_rows_without_a_date(ask: Ask) -> None:
    assert "use --expectation valid_invoice_date" in ask("replay", "--date", "2026-02-03").stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["replay"], "no filter is given"),
        (["discard"], "no filter is given"),
        (["replay", "--file-id", "7"], "File 7 not found"),
        (["replay", "--state", "loaded"], "'loaded' is not a state of files to replay; choose rejected or failed"),
        (["list", "--file-id", "999"], "file 999 not found; "),
        (["discard", "--expectation", "valid_price"], "Expectation 'valid_price' not found"),
        (["replay", "--all", "--status", "replayed"], "Rows of status 'replayed' are not quarantined"),
        (["list", "--status", "lost"], "Status 'lost' not found; choose one of open, replayed, discarded"),
    ],
)
def test_a_bad_choice_is_named(ask: Ask, arguments: list[str], message: str) -> None:
    with pytest.raises(InvalidSelection, match=message):
        ask(*arguments)


def test_a_bad_date_is_named(ask: Ask) -> None:
    asked = ask("list", "--date", "yesterday")
    assert (asked.exit_code, "'yesterday' is not a date; write YYYY-MM-DD" in asked.stderr) == (2, True)


def test_a_bad_choice_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    asked = regulars("quarantine", "replay", "--data-dir", str(tmp_path))
    assert (asked.returncode, asked.stderr.count("\n")) == (2, 1)
