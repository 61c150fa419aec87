"""Schemas of money by outcome, and of warnings about rows that were loaded."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, Field

from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.schemas import Money, Page, example, list_example
from app.api.quality.schemas import SOURCE_EXAMPLE, MoneyOfAll
from app.quality.tables import FileWarning


class QuarantinedMoney(BaseModel):
    """Quarantined rows with one reason, and their money."""

    expectation: Annotated[str, Field(description="The first expectation that the rows fail.")]
    rows: int
    money: Money


class FileMoney(BaseModel):
    """Rows and money of one file and invoice date, by outcome; amounts are absolute."""

    file_id: int
    source_file: str
    invoice_date: Annotated[date | None, Field(description="Null for rows without a readable date, and skipped rows.")]
    rows: Annotated[int, Field(description="Rows that were read; the rows of the outcomes add up to it.")]
    money: MoneyOfAll
    counted_rows: int
    counted: Annotated[Money, Field(description="Sales that count towards customers.")]
    returned_rows: int
    returned: Annotated[
        Money, Field(description="Returns and cancellations that are subtracted from their customers' money.")
    ]
    no_customer_rows: int
    no_customer: Annotated[Money, Field(description="Rows without a customer.")]
    cancellation_rows: int
    cancellation: Annotated[Money, Field(description="Returns and cancellations that are not subtracted.")]
    not_counted_rows: int
    not_counted: Annotated[Money, Field(description="Rows that do not meet the contract's `countsWhen`.")]
    quarantined_rows: int
    quarantined: Money
    skipped_rows: Annotated[int, Field(description="Rows that are not sales by the contract's `skipWhen`.")]
    reasons: Annotated[list[QuarantinedMoney], Field(description="Quarantined rows by reason, most money first.")]


class FileMoneyList(NullableFreshness, Page[FileMoney]):
    """A page of money by file and invoice date."""

    model_config = example(
        list_example(
            {
                "file_id": 120,
                "source_file": SOURCE_EXAMPLE,
                "invoice_date": "2026-04-30",
                "rows": 1206,
                "money": "24754.45",
                "counted_rows": 950,
                "counted": "18241.60",
                "returned_rows": 0,
                "returned": "0.00",
                "no_customer_rows": 225,
                "no_customer": "3560.00",
                "cancellation_rows": 0,
                "cancellation": "0.00",
                "not_counted_rows": 5,
                "not_counted": "40.00",
                "quarantined_rows": 26,
                "quarantined": "2912.85",
                "skipped_rows": 0,
                "reasons": [{"expectation": "valid_quantity", "rows": 26, "money": "2912.85"}],
            },
            extra=FRESHNESS_EXAMPLE,
        )
    )


class WarningOfFile(BaseModel):
    """Warning about rows of a file."""

    file_id: int
    source_file: str
    kind: Annotated[
        FileWarning,
        Field(
            description="rule: rows that do not meet a rule of severity warning; overlap: invoices that other active "
            "files have too; mojibake: texts that were read in a wrong encoding; unknown_money: quarantined rows "
            "without a readable total, with an estimate of their money; other_sheets: rows of the further visible "
            "sheets of a workbook, which are not read."
        ),
    ]
    rule: Annotated[str, Field(description="The rule; empty for other kinds.")]
    rows: Annotated[int, Field(description="Number of rows; for overlap, of invoices.")]
    money: Money
    example: Annotated[str, Field(description="A line of the file, another file, or sheets.")]
    message: Annotated[str, Field(description="Finding and remedy.")]


class WarningList(NullableFreshness, Page[WarningOfFile]):
    """A page of warnings."""

    model_config = example(
        list_example(
            {
                "file_id": 120,
                "source_file": SOURCE_EXAMPLE,
                "kind": "mojibake",
                "rule": "",
                "rows": 18,
                "money": "1918.66",
                "example": "line 7",
                "message": "18 rows (1,918.66) with texts such as Ã¼ or U+FFFD, read in a wrong encoding: "
                "check encoding",
            },
            extra=FRESHNESS_EXAMPLE,
        )
    )
