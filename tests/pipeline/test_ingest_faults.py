"""Rejected and failed files: their ledger rows and errors; other files are loaded."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.errors import DatabaseUnavailable
from app.jobs.context import Context
from tests.conftest import HEADER
from tests.loading import BAD, change, everything, gold, load, query, sale, states, with_limit
from tests.pipeline.declaring import declaring

Put = Callable[..., Path]
TRIGGER = "create trigger t before insert on bronze.sales_row for each row when ({when}) execute function f()"


# --- rejected files


@pytest.mark.parametrize(
    ("share", "good", "bad", "state"),
    [
        (0.5, 1, 1, "loaded"),
        (0.5, 1, 2, "rejected"),
        (0.5, 0, 1, "rejected"),
        (0.0, 1, 0, "loaded"),
        (0.0, 99, 1, "rejected"),
        (0.1, 9, 1, "loaded"),
        (1.0, 0, 1, "loaded"),
    ],
)
def test_a_file_is_rejected_above_the_share_of_the_settings(
    context: Context, put: Put, share: float, good: int, bad: int, state: str
) -> None:
    put(*[sale()] * good, *[BAD] * bad)
    load(with_limit(context, share))
    assert states(context.engine) == [state]


def test_nothing_is_kept_of_a_rejected_file(context: Context, put: Put) -> None:
    put(BAD)
    load(context)
    others = (
        "pipeline.contract",
        "pipeline.source",
        "pipeline.source_file",
        "pipeline.freshness",
        "pipeline.freshness_day",
    )
    assert {name: rows for name, rows in everything(context.engine).items() if rows and name not in others} == {}


def test_a_rejected_file_is_logged_with_its_id_key_and_reason(
    context: Context, put: Put, caplog: pytest.LogCaptureFixture
) -> None:
    path = put(BAD)
    load(context)
    ((file_id, error),) = query(context.engine, "select id, error from pipeline.source_file")
    (line,) = [each.getMessage() for each in caplog.records if each.name == "regulars.ingest"]
    assert (f"file {file_id} rejected: " in line, path.name in line, line.endswith(error)) == (True, True, True)


def test_the_others_are_loaded_when_one_is_rejected(context: Context, put: Put) -> None:
    for day, rows in (("2026-02-01", [sale()]), ("2026-02-02", [BAD]), ("2026-02-03", [sale(customer="A")])):
        put(*rows, day=day)
    load(context)
    assert states(context.engine) == ["loaded", "rejected", "loaded"]
    assert [row[0] for row in gold(context.engine)] == ["17850", "A"]


def test_the_ledger_has_the_reason_of_a_rejection(context: Context, put: Put) -> None:
    put(sale(), BAD, BAD)
    load(context)
    ((error,),) = query(context.engine, "select error from pipeline.source_file")
    assert error.startswith(
        "2 of 3 rows fail the contract, more than a share of 0.5; most often valid_quantity (such as '-6');"
    )


EMAIL = {"physicalName": "Email", "customProperties": [{"property": "identifier", "value": True}]}
NO_EMAIL = [{"name": "has_email", "type": "custom", "engine": "regulars", "implementation": "email like '%@%'"}]


@pytest.mark.parametrize(
    ("limits", "rules", "row"),
    [
        ({"minLength": 90}, [], f"{sale()},jane@example.org"),
        ({}, NO_EMAIL, f"{sale()},jane.example.org"),
        ({}, [], "jane@example.org,1"),
    ],
    ids=["its column", "a rule", "a line that cannot be split"],
)
def test_a_rejection_quotes_no_personal_value(
    context: Context, folder: Path, limits: dict[str, int], rules: list[dict[str, str]], row: str
) -> None:
    columns = {"email": {**EMAIL, "logicalTypeOptions": limits}}
    folder.mkdir(exist_ok=True)
    (folder / "2026-02-01.csv").write_text(f"{HEADER},Email\n{row}\n")
    load(declaring(context, columns=columns, quality=rules))
    ((error,),) = query(context.engine, "select error from pipeline.source_file where state = 'rejected'")
    assert "fail the contract" in error
    assert "jane" not in error


@pytest.mark.parametrize(
    ("header", "named"),
    [
        (HEADER.replace("Quantity,", ""), "column Quantity is missing"),
        (HEADER.replace("Country", "InvoiceNo"), "column Invoice is in the header twice"),
        (HEADER.replace(",", ";"), "declare `delimiter: semicolon`"),
    ],
)
def test_a_broken_header_rejects_the_file_and_is_named(context: Context, put: Put, header: str, named: str) -> None:
    put(content=f"{header}\n{sale()}\n".encode())
    put(sale(), day="2026-02-02")
    load(context)
    errors = query(context.engine, "select state, error from pipeline.source_file order by key")
    assert [state for state, _ in errors] == ["rejected", "loaded"]
    assert named in errors[0][1]


# --- unexpected errors


def break_bronze(engine: Engine, body: str, when: str) -> None:
    """Make PostgreSQL fail on some rows of bronze."""
    function = f"create function f() returns trigger language plpgsql as $$ begin {body}; return new; end $$"
    change(engine, function, TRIGGER.format(when=when))


@pytest.mark.parametrize("attempts", [1, 3])
def test_a_file_that_always_fails_becomes_failed_and_blocks_no_other(context: Context, put: Put, attempts: int) -> None:
    break_bronze(context.engine, "raise exception 'poison'", "new.invoice = '666666'")
    context = replace(context, settings=context.settings.model_copy(update={"max_attempts": attempts}))
    put(sale("666666"))
    put(sale(), day="2026-02-02")
    failed = [load(context).failed for _ in range(attempts + 1)]
    assert (failed, states(context.engine)) == ([1] * attempts + [0], ["failed", "loaded"])


def test_the_ledger_has_attempts_and_error_of_a_failed_file(context: Context, put: Put) -> None:
    break_bronze(context.engine, "raise exception 'poison'", "true")
    put(sale())
    load(context)
    ((state, attempts, error),) = query(context.engine, "select state, attempts, error from pipeline.source_file")
    assert (state, attempts, "poison" in error) == ("discovered", 1, True)


def test_a_file_that_failed_is_loaded_when_it_can_be(context: Context, put: Put) -> None:
    break_bronze(context.engine, "raise exception 'poison'", "true")
    put(sale())
    load(context)
    change(context.engine, "drop trigger t on bronze.sales_row")
    load(context)
    assert query(context.engine, "select state, error from pipeline.source_file") == [("loaded", None)]


def test_a_connection_lost_during_copy_leaves_nothing_and_counts_no_attempt(context: Context, put: Put) -> None:
    break_bronze(context.engine, "perform pg_terminate_backend(pg_backend_pid())", "new.invoice = '666666'")
    put(sale(), sale("666666"))
    with pytest.raises(DatabaseUnavailable):
        load(context)
    assert query(context.engine, "select state, attempts from pipeline.source_file") == [("discovered", 0)]
    assert query(context.engine, "select from bronze.retail_transactions") == []


def test_waiting_files_are_loaded_after_a_lost_connection(context: Context, put: Put) -> None:
    break_bronze(context.engine, "perform pg_terminate_backend(pg_backend_pid())", "true")
    put(sale())
    with pytest.raises(DatabaseUnavailable):
        load(context)
    change(context.engine, "drop trigger t on bronze.sales_row")
    assert load(context).loaded == 1
