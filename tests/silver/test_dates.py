from datetime import date

import pytest
from sqlalchemy import Connection

from app.contract.model import SourceContract
from tests.contracts import variant
from tests.layers import cleaned, file_of, row_of

ISO, BRITISH, AMERICAN, GERMAN, PLAIN = "%Y-%m-%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%Y%m%d"
AMERICAN_TIME, ISO_TIME = "%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M:%S"
DATES = [
    (ISO, "2026-02-01", date(2026, 2, 1)),
    (ISO, "2024-02-29", date(2024, 2, 29)),
    (ISO, "2000-02-29", date(2000, 2, 29)),
    (ISO, "2025-02-28", date(2025, 2, 28)),
    (ISO, "2025-04-30", date(2025, 4, 30)),
    (ISO, "2025-12-31", date(2025, 12, 31)),
    (ISO, "0001-01-01", date(1, 1, 1)),
    (ISO, "0099-12-31", date(99, 12, 31)),
    (ISO, "9999-12-31", date(9999, 12, 31)),
    (BRITISH, "1/12/2010", date(2010, 12, 1)),
    (BRITISH, "01/12/2010", date(2010, 12, 1)),
    (BRITISH, " 1/2/2010 ", date(2010, 2, 1)),
    (BRITISH, "31/12/2010", date(2010, 12, 31)),
    (AMERICAN, "1/12/2010", date(2010, 1, 12)),
    (AMERICAN, "12/31/2010", date(2010, 12, 31)),
    (GERMAN, "1.2.2026", date(2026, 2, 1)),
    (PLAIN, "20260201", date(2026, 2, 1)),
    (AMERICAN_TIME, "12/1/2010 8:26", date(2010, 12, 1)),
    (AMERICAN_TIME, "12/01/2010 08:26", date(2010, 12, 1)),
    (AMERICAN_TIME, "1/1/2010 0:0", date(2010, 1, 1)),
    ("%m/%d/%Y %H:%M:%S", "12/1/2010 23:59:59", date(2010, 12, 1)),
    (ISO_TIME, "2010-12-01 08:26:00", date(2010, 12, 1)),
    ("%Y-%m-%dT%H:%M:%SZ", "2010-12-01T08:26:00Z", date(2010, 12, 1)),
    ("%H:%M %d/%m/%Y", "8:26 1/12/2010", date(2010, 12, 1)),
]
NO_DATES = {
    ISO: [
        *("", " ", "today", "now", "epoch", "infinity", "-infinity", "null", "NaN", "🛒", "0000000000", "x" * 1024**2),
        *(
            "2025-02-30",
            "2025-02-29",
            "1900-02-29",
            "2100-02-29",
            "2025-04-31",
            "2025-01-32",
            "2025-00-01",
            "2025-13-01",
        ),
        *("2025-01-00", "0000-01-01", "0000-00-00", "10000-01-01", "-2025-01-01", "2025-1-01", "2025-01-1", "25-01-01"),
        *(
            "2025/01/01",
            "20250101",
            "2025-01-01 00:00",
            "2025-01-01T00:00:00",
            "2025-01-01 ",
            " 2025-01-01",
            "2025-001",
        ),
        *("1/12/2010", "01/12/2010", "1.12.2010", "40513", "2025-W01-1", "Jan 1 2025", "2025\u201001\u201001"),
        *("\u0662\u0660\u0662\u0665-01-01", "2025-01-0\uff11"),
    ],
    BRITISH: [
        *("12/31/2010", "30/2/2010", "2010-12-01", "1/12/10", "1//2010", "/12/2010", "1-12-2010", "1/12/2010 8:26"),
        *("001/12/2010", "1/12/02010", " " * 40, "1" * 1024**2),
    ],
    AMERICAN: ["13/1/2010", "31/12/2010", "2/30/2010", "0/1/2010"],
    PLAIN: ["2026021", "202602011", "2026-02-01", "20260230"],
    AMERICAN_TIME: [
        *("12/1/2010", "12/1/2010 24:00", "12/1/2010 8:60", "12/1/2010 99:99", "12/1/2010 8:26:00", "12/1/2010 8.26"),
        *("12/1/2010  8:26", "12/1/2010 8:26 PM"),
    ],
    ISO_TIME: ["2010-12-01 08:26:60", "2010-12-01 8:26:00", "2010-12-01"],
}
CASES = [(dates, text) for dates, texts in NO_DATES.items() for text in texts]


def declared(dates: str) -> SourceContract:
    return variant(columns={"invoice_date": {"logicalTypeOptions": {"format": dates}}})


@pytest.mark.parametrize(("dates", "text", "day"), DATES)
def test_a_date_in_the_declared_format_is_read(connection: Connection, dates: str, text: str, day: date) -> None:
    [row] = cleaned(connection, file_of(row_of(invoice_date=text)), declared(dates)).silver
    assert (row["invoice_date"], row["year"], row["month"]) == (day, day.year, day.month)


@pytest.mark.parametrize(("dates", "text"), CASES, ids=range(len(CASES)))
def test_another_date_is_quarantined(connection: Connection, dates: str, text: str) -> None:
    [row] = cleaned(connection, file_of(row_of(invoice_date=text)), declared(dates)).quarantine
    shown = text[:1000] or None
    assert row["reasons"] == [{"expectation": "valid_invoice_date", "column": "invoice_date", "value": shown}]
    assert row["invoice_date"] is None


def test_dates_of_one_file_are_read_each_for_itself(connection: Connection) -> None:
    texts = ["2026-02-01", "2026-02-30", "2026-02-02", "", "2026-02-01"]
    found = cleaned(connection, file_of(*[row_of(invoice_date=text) for text in texts]))
    assert found.values("invoice_date") == [date(2026, 2, 1), date(2026, 2, 2), date(2026, 2, 1)]
    assert [row["line_no"] for row in found.quarantine] == [3, 5]
