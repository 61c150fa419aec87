"""Schemas of data quality."""

from datetime import date
from typing import Annotated, Final

from pydantic import BaseModel, Field

from app.api.core.freshness import FRESHNESS_EXAMPLE, NullableFreshness
from app.api.core.schemas import Moment, Money, Page, example, list_example
from app.quality.tables import Layer
from app.silver.tables import QuarantineStatus

DEFECTS_EXAMPLE: Final = {
    "null_invoices": 0,
    "null_stock_codes": 0,
    "null_customers": 25993,
    "bad_quantities": 3038,
    "bad_prices": 0,
    "rescued_rows": 0,
}
SOURCE_EXAMPLE: Final = "s3://sales/retail/2026-04-30/2026-04-30_transactions.csv"


MoneyOfAll = Annotated[Money, Field(description="Sum of the absolute totals of the rows, where they can be read.")]


class Defects(BaseModel):
    """Number of rows with each defect."""

    null_invoices: int
    null_stock_codes: int
    null_customers: int
    bad_quantities: Annotated[int, Field(description="Quantity 0 or less, or not a number.")]
    bad_prices: Annotated[int, Field(description="Price less than 0, or not a number.")]
    rescued_rows: Annotated[int, Field(description="Rows with columns outside the contract.")]


class Received(BaseModel):
    """Rows and files received on one processing date."""

    processing_date: date
    rows: int
    money: MoneyOfAll
    files: int
    distinct_invoice_dates: int


class BronzeDaily(Defects, Received):
    """Rows, files and defects received on one processing date."""

    score: Annotated[float, Field(description="Percentage of values without a defect, of six per row.")]
    superseded_rows: Annotated[int, Field(description="Of `rows`: in file versions that newer ones superseded.")]
    superseded_money: Annotated[MoneyOfAll, Field(description="Of `money`: in these versions.")]


class BronzeDailyList(NullableFreshness, Page[BronzeDaily]):
    """A page of received rows by processing date."""

    model_config = example(
        list_example(
            {
                "processing_date": "2026-05-01",
                "rows": 110771,
                "money": "2303941.39",
                "files": 119,
                "distinct_invoice_dates": 119,
                **DEFECTS_EXAMPLE,
                "score": 95.63,
                "superseded_rows": 905,
                "superseded_money": "18801.22",
            },
            extra=FRESHNESS_EXAMPLE,
        )
    )


class LayerRows(BaseModel):
    """Rows of a layer on one processing date."""

    processing_date: date
    layer: Layer
    rows: int
    money: MoneyOfAll


class LayerComparison(Defects, LayerRows):
    """Rows and defects of a layer on one processing date."""


class LayerComparisonList(NullableFreshness, Page[LayerComparison]):
    """A page of the comparison."""

    model_config = example(
        list_example(
            {
                "processing_date": "2026-05-01",
                "layer": "bronze",
                "rows": 110771,
                "money": "2303941.39",
                **DEFECTS_EXAMPLE,
            },
            extra=FRESHNESS_EXAMPLE,
        )
    )


class DailyCount(BaseModel):
    """Number of rows of a layer with one invoice date."""

    invoice_date: Annotated[date | None, Field(description="Null for rows without a readable date.")]
    layer: Layer
    rows: int
    money: MoneyOfAll
    superseded_rows: Annotated[int, Field(description="Of `rows`: in file versions that newer ones superseded.")]
    superseded_money: Annotated[MoneyOfAll, Field(description="Of `money`: in these versions.")]


class DailyCountList(NullableFreshness, Page[DailyCount]):
    """A page of counts."""

    model_config = example(
        list_example(
            {
                "invoice_date": "2026-04-30",
                "layer": "bronze",
                "rows": 1180,
                "money": "21841.60",
                "superseded_rows": 0,
                "superseded_money": "0.00",
            },
            extra=FRESHNESS_EXAMPLE,
        )
    )


class ExpectationResult(BaseModel):
    """Result of one expectation on the rows of a file."""

    file_id: int
    source_file: str
    processing_date: date
    expectation: str
    passed: int
    failed: int
    money: Annotated[Money, Field(description="Sum of the absolute totals of the failed rows, where readable.")]


class ExpectationList(NullableFreshness, Page[ExpectationResult]):
    """A page of expectation results."""

    model_config = example(
        list_example(
            {
                "file_id": 120,
                "source_file": SOURCE_EXAMPLE,
                "processing_date": "2026-05-01",
                "expectation": "valid_quantity",
                "passed": 1180,
                "failed": 26,
                "money": "412.85",
            },
            extra=FRESHNESS_EXAMPLE,
        )
    )


class DailyExpectation(BaseModel):
    """Results of one expectation on the rows received on one processing date."""

    processing_date: date
    expectation: str
    files: Annotated[int, Field(description="Number of files that were validated by it.")]
    passed: int
    failed: int
    money: Annotated[Money, Field(description="Sum of the absolute totals of the failed rows, where readable.")]


class DailyExpectationList(NullableFreshness, Page[DailyExpectation]):
    """A page of expectation results by processing date."""

    model_config = example(
        list_example(
            {
                "processing_date": "2026-05-01",
                "expectation": "valid_quantity",
                "files": 119,
                "passed": 107733,
                "failed": 3038,
                "money": "20114.82",
            },
            extra=FRESHNESS_EXAMPLE,
        )
    )


class Reason(BaseModel):
    """A failed expectation of a row."""

    expectation: str
    column: str | None
    value: Annotated[str | None, Field(description="As received.")]


class Quarantined(BaseModel):
    """A quarantined row."""

    file_id: int
    line_no: Annotated[int, Field(description="Line in the file; the header is line 1.")]
    source_file: str
    invoice_date: Annotated[date | None, Field(description="Null if it is not readable.")]
    raw: Annotated[str, Field(description="The row as received.")]
    reasons: Annotated[list[Reason], Field(description="Failed expectations of the last validation.")]
    status: Annotated[
        QuarantineStatus,
        Field(
            description="open: in quarantine; replayed: loaded into silver by a replay; discarded: not validated again."
        ),
    ]
    quarantined_at: Moment


class QuarantinedList(NullableFreshness, Page[Quarantined]):
    """A page of quarantined rows."""

    model_config = example(
        list_example(
            {
                "file_id": 120,
                "line_no": 228,
                "source_file": SOURCE_EXAMPLE,
                "invoice_date": "2026-04-30",
                "raw": "C496351,21759,CROQUET PLANT POT,-2,1.65,15816.0,United Kingdom,2026-04-30",
                "reasons": [{"expectation": "valid_quantity", "column": "quantity", "value": "-2"}],
                "status": "open",
                "quarantined_at": "2026-05-01T02:00:04.118200Z",
            },
            extra=FRESHNESS_EXAMPLE,
        )
    )
