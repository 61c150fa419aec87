"""Some lines of a file validated again, as a replay does."""

from typing import Any

import pytest
from sqlalchemy import Connection

from app.contract.expectations import expectations
from app.silver.clean import CleanCounts, ValidatedFile, clean
from app.silver.quarantine import claim_rows, restore_status, still_failing
from app.silver.selection import QuarantineFilter
from tests.contracts import TODAY, variant
from tests.layers import FILE_ID, ISO, cleaned, file_of, row_of

BRITISH = variant(columns={"invoice_date": {"logicalTypeOptions": {"format": "%d/%m/%Y"}}})
LATER = row_of(invoice_date="1/2/2026")


@pytest.fixture
def again(connection: Connection) -> Connection:
    """A file whose lines 3 and 4 wait for a date format, 4 for a price too; all of them are marked replayed."""
    cleaned(connection, file_of(row_of(), LATER, row_of(invoice_date="1/2/2026", price="x")))
    claim_rows(connection, FILE_ID, QuarantineFilter())
    return connection


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql(query)]


def test_lines_are_validated_alone(again: Connection) -> None:
    assert clean(again, ValidatedFile(FILE_ID, "day.csv", BRITISH, TODAY), [3]) == CleanCounts(loaded=1, quarantined=0)
    assert rows(again, "select line_no from silver.retail_transactions order by 1") == [(2,), (3,)]


def test_no_lines_are_none(again: Connection) -> None:
    assert clean(again, ValidatedFile(FILE_ID, "day.csv", BRITISH, TODAY), []) == CleanCounts(0, 0)


def test_a_line_that_fails_again_is_open_with_todays_reasons(again: Connection) -> None:
    assert clean(again, ValidatedFile(FILE_ID, "day.csv", BRITISH, TODAY), [4]) == CleanCounts(0, 1)
    found = rows(
        again,
        "select status, invoice_date::text, jsonb_path_query_array(reasons, '$.expectation')"
        " from silver.quarantine where line_no = 4",
    )
    assert found == [("open", "2026-02-01", ["valid_unit_price"])]


def test_a_line_that_passes_keeps_its_old_reasons(again: Connection) -> None:
    clean(again, ValidatedFile(FILE_ID, "day.csv", BRITISH, TODAY), [3])
    found = rows(again, "select status, reasons -> 0 ->> 'expectation' from silver.quarantine where line_no = 3")
    assert found == [("replayed", "valid_invoice_date")]


def test_lines_that_bronze_does_not_have_are_not_taken(connection: Connection) -> None:
    cleaned(connection, file_of(LATER, LATER))
    connection.exec_driver_sql("delete from bronze.retail_transactions where line_no = 2")
    assert claim_rows(connection, FILE_ID, QuarantineFilter()) == [3]


def test_lines_are_taken_once(again: Connection) -> None:
    assert claim_rows(again, FILE_ID, QuarantineFilter(status=None)) == []


def test_reasons_are_those_of_lines_that_still_fail(again: Connection) -> None:
    clean(again, ValidatedFile(FILE_ID, "day.csv", ISO, TODAY), [3, 4])
    assert still_failing(again, FILE_ID, [3, 4]) == {"valid_invoice_date": 2, "valid_unit_price": 1}
    assert still_failing(again, FILE_ID, [3]) == {"valid_invoice_date": 1}


def test_every_expectation_that_a_row_can_fail_can_be_chosen(connection: Connection) -> None:
    bad = row_of(invoice="x", stock_code=" ", quantity="-1", price="free", invoice_date="now", customer_id="y" * 257)
    dear = row_of(quantity="2147483647", price="99999999")
    found = cleaned(connection, file_of(bad, dear, "unsplit"))
    assert sorted({name for failed in found.failed for name in failed}) == sorted(
        one.name for one in expectations(ISO.contract)
    )


def test_more_rows_may_stay_discarded_than_a_statement_has_parameters(again: Connection) -> None:
    clean(again, ValidatedFile(FILE_ID, "day.csv", ISO, TODAY), [3, 4])
    restore_status(again, FILE_ID, range(70_000), "discarded")
    assert rows(again, "select distinct status from silver.quarantine") == [("discarded",)]
