"""Warnings of a dry run: those that an ingest records, of the files that would load."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.contract import declared
from tests.loading import query
from tests.pipeline.dry_run.runs import DAILY, Check, generic, row

RATES = "{code: GBP, rates: rates.csv}"
NUMBER_KEYS = "declare how numbers are written (decimal, thousands, currencyMarks), or skipWhen if they are no sales"
NORMAL = [row(str(number), customer=str(100 + number)) for number in range(30)]
COLUMNS = {
    "customer_id": "{name: customer_id, physicalName: Customer ID}",
    "invoice_date": "{name: invoice_date, physicalName: Date}",
    "quantity": "{name: quantity, physicalName: Quantity}",
}
BAD = row("9", day="soon")


def found(check: Check, files: dict[str, list[str]], *contract: str, **settings: Any) -> list[tuple[str, ...]]:
    """Name, message and examples of each warning."""
    return [(each.name, each.message, *each.examples) for each in check(files, *contract, **settings).warnings]


def names(check: Check, files: dict[str, list[str]], *contract: str, **settings: Any) -> list[str]:
    return [name for name, *_ in found(check, files, *contract, **settings)]


@pytest.fixture
def declaring(tmp_path: Path) -> Any:
    """Write a contract with business rules, and return its path."""

    def write(columns: dict[str, str] = COLUMNS, **custom: str) -> str:
        rules = "".join(declared.custom(name, value) for name, value in custom.items())
        (tmp_path / "shop.yaml").write_text(declared.text(columns=columns, custom=rules))
        return str(tmp_path / "shop.yaml")

    return write


def test_ordinary_sales_have_no_warning(check: Check) -> None:
    assert found(check, {"a.csv": NORMAL}) == []


def test_a_large_customer_has_no_warning(check: Check) -> None:
    rows = [*NORMAL, *(row(f"g{number}", customer="99999", quantity="90") for number in range(9))]
    assert found(check, {"a.csv": rows}) == []


PLACEHOLDER = "declare placeholder ids in placeholders of customer_id"
SIMILAR = "2 customer ids with 20.00 differ only in case, blanks, leading zeros or .0: declare case, trim, "
CURRENCIES = "amounts in 2 currencies are summed without conversion: 1 rows (10.00) are not in GBP; declare currency "
MOJIBAKE = "1 row (10.00) of 1 file with texts such as Ã¼ or U+FFFD, read in a wrong encoding: check encoding"


@pytest.mark.parametrize(
    ("rows", "name", "words", "examples"),
    [
        ([row(customer="")], "no_sale_counts", "1 of 1 rows (10.00) have no customer_id; check its physicalName", []),
        ([row(quantity="-1")], "no_sale_counts", "are returns or cancellations; check cancellationWhen", []),
        (
            [*NORMAL, *(row(f"g{number}", customer="99999") for number in range(30))],
            "placeholder",
            f"1 customer id has 30 of 60 orders, and 300.00 of 600.00: {PLACEHOLDER}",
            ["99999"],
        ),
        ([*NORMAL, row("g", customer="GAST")], "placeholder", "has 1 of 31 orders, and 10.00 of 310.00", ["GAST"]),
        ([row("1", customer="a@x.example"), row("2", customer="A@x.example")], "similar_ids", SIMILAR, None),
        ([row("1", customer="0042"), row("2", customer="42")], "similar_ids", SIMILAR, ["0042", "42"]),
        ([row("1", currency="GBP"), row("2", currency="JPY")], "mixed_currencies", CURRENCIES, ["GBP", "JPY"]),
        ([row(description="M\u00c3\u00bcsli")], "mojibake", MOJIBAKE, ["a.csv: line 2"]),
        ([row(description="M\ufffdsli")], "mojibake", MOJIBAKE, ["a.csv: line 2"]),
        ([*NORMAL, row("x", day="2025-03-01")], "sales_gap", "no sales between 2025-03-01 and 2026-02-01", []),
    ],
)
def test_a_warning_has_finding_remedy_and_examples(
    check: Check, rows: list[str], name: str, words: str, examples: list[str] | None
) -> None:
    ((kind, message, *such_as),) = found(check, {"a.csv": rows})
    assert (kind, words in message, examples is None or such_as == examples) == (name, True, True)


def test_warnings_about_all_data_are_those_that_are_recorded(check: Check, engine: Engine) -> None:
    ids = [row(each, customer=each) for each in ("GAST", "a@x.example", "A@x.example")]
    rows = [*ids, row("3", currency="GBP"), row("4", currency="JPY")]
    warned = found(check, {"a.csv": rows})
    recorded = query(engine, "select kind, message, examples from quality.data_warning order by kind")
    assert len(recorded) == 3
    assert sorted(warned) == [(kind, message, *examples) for kind, message, examples in recorded]


# --- rows that do not count


def test_no_sale_counts_where_no_row_meets_the_condition(check: Check, declaring: Any) -> None:
    ((name, message),) = found(check, {"a.csv": [row()]}, declaring(countsWhen="quantity > 100"))
    assert (name, message) == (
        "no_sale_counts",
        "no sale counts: quantity of 1 of 1 rows (10.00) do not meet countsWhen; change countsWhen of the contract: "
        "quantity > 100",
    )


def test_sales_that_do_not_count_are_a_warning(check: Check, declaring: Any) -> None:
    rows = [row("1"), row("2", quantity="6")]
    assert found(check, {"a.csv": rows}, declaring(countsWhen="quantity = 2")) == [
        (
            "money",
            "75.0 % of the money of all files is quarantined or does not count (countsWhen: 30.00): check countsWhen",
        )
    ]


@pytest.mark.parametrize(("uncounted", "expected"), [(11, []), (12, ["money"])])
def test_the_share_of_uncounted_money_is_that_of_the_newest_files_of_an_ingest(
    check: Check, declaring: Any, uncounted: int, expected: list[str]
) -> None:
    rows = [*(row(str(n)) for n in range(50)), row("x", quantity=str(uncounted))]
    assert names(check, {"a.csv": rows}, declaring(countsWhen="quantity = 2")) == expected


def test_the_share_is_a_setting(check: Check, declaring: Any) -> None:
    rows = [row("1"), row("2", quantity="6")]
    assert names(check, {"a.csv": rows}, declaring(countsWhen="quantity = 2"), warn_quarantined_share=0.75) == []


# --- files


def test_invoices_in_several_files_are_a_warning(check: Check) -> None:
    assert found(check, {"a.csv": [row("1"), row("2")], "b.csv": [row("2"), row("3")]}) == [
        (
            "overlap",
            "2 invoices (20.00) of 2 files also in other files, and counted twice unless overlap: once is "
            "declared (overlap: count if they are different sales)",
            "a.csv: b.csv",
        )
    ]


@pytest.mark.parametrize("overlap", ["once", "count"])
def test_a_declared_overlap_is_no_warning(check: Check, declaring: Any, overlap: str) -> None:
    files = {"a.csv": [row("1"), row("2")], "b.csv": [row("2"), row("3")]}
    assert names(check, files, declaring(overlap=overlap)) == []


def test_rows_that_do_not_meet_a_rule_are_a_warning_under_its_name(check: Check, tmp_path: Path) -> None:
    rule = {"name": "few", "type": "custom", "engine": "regulars", "implementation": "quantity < 9"}
    path = generic(tmp_path, quality=[{**rule, "severity": "warning", "description": "Small orders."}])
    assert found(check, {"a.csv": [row("1", quantity="9")], "b.csv": [row("2", quantity="10")]}, path) == [
        ("few", "2 rows (95.00) of 2 files failing few: Small orders", "a.csv: line 2")
    ]


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([row(description="M\u00c3\u00bcsli"), BAD, BAD], id="mojibake"),
        pytest.param([row("0"), BAD, BAD], id="overlap"),
        pytest.param([row(customer="GAST"), BAD, BAD], id="placeholder"),
        pytest.param([row(currency="JPY"), BAD, BAD], id="currency"),
        pytest.param([row("x", day="2025-03-01"), BAD, BAD], id="gap"),
        pytest.param([row(quantity="-9"), BAD, BAD], id="money"),
    ],
)
def test_a_rejected_file_has_no_part_in_the_warnings(check: Check, rows: list[str]) -> None:
    gbp = [f"{each}GBP" for each in NORMAL]
    assert names(check, {"a.csv": rows, "b.csv": gbp}) == []


def test_the_only_file_is_rejected(check: Check) -> None:
    assert names(check, {"a.csv": [row(customer="GAST"), BAD, BAD]}) == []


# --- days


def daily(*days: int) -> dict[str, list[str]]:
    return {f"2026-02-{day:02}.csv": [row(str(day), day=f"2026-02-{day:02}", customer=str(day))] for day in days}


def test_a_day_without_the_usual_file_is_a_warning(check: Check) -> None:
    files = daily(*(day for day in range(1, 15) if day != 11))
    assert found(check, files) == [
        ("missing_days", "1 expected day without a file: 2026-02-11; send the missing files")
    ]


def test_the_day_of_a_rejected_file_is_missing(check: Check) -> None:
    files = {**daily(*range(1, 15)), "2026-02-11.csv": [BAD]}
    assert found(check, files) == [
        ("missing_days", "1 expected day without a file: 2026-02-11; send the missing files")
    ]


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(daily(*(day for day in range(1, 29) if day % 7 != 1)), id="a weekday without any file"),
        pytest.param(daily(1, 2, 4, 5, 6, 7, 10), id="seven files"),
        pytest.param(daily(*range(1, 28, 3)), id="files of every third day"),
        pytest.param({"a.csv": [rows[0] for rows in daily(*range(1, 10), 12, 13).values()]}, id="one file"),
    ],
)
def test_no_day_is_missing_where_others_suggest_none(check: Check, files: dict[str, list[str]]) -> None:
    assert names(check, files) == []


@pytest.mark.parametrize(("days", "expected"), [((2, 4), ["missing_days"]), ((2, 3), [])])
def test_a_declared_frequency_says_which_days_are_missing_up_to_the_last_file(
    check: Check, tmp_path: Path, days: tuple[int, ...], expected: list[str]
) -> None:
    path = generic(tmp_path, keys={"slaProperties": DAILY})
    assert names(check, daily(*days), path) == expected


@pytest.mark.parametrize(
    ("bad", "remedy"),
    [
        ([row("x", currency="CHF")] * 4, "because their currencies have no rate: add them to the file of rates"),
        (
            [row("x", currency="CHF"), *[row("x", price="1 CR")] * 3],
            f"because no total can be read: {NUMBER_KEYS}; 1 of the rows has a currency without a rate: add it to the "
            "file of rates",
        ),
        ([row("x", price="1 CR")] * 4, f"because no total can be read: {NUMBER_KEYS}"),
    ],
)
def test_unknown_money_for_lack_of_a_rate_names_the_file_of_rates(
    check: Check, declaring: Any, tmp_path: Path, bad: list[str], remedy: str
) -> None:
    (tmp_path / "rates.csv").write_text("date,code,rate\n2026-01-01,EUR,0.87\n")
    contract = declaring(currency=RATES, columns={**COLUMNS, "currency": "{name: currency, physicalName: Currency}"})
    (warning,) = found(check, {"a.csv": [*NORMAL, *bad]}, contract)
    assert (warning[0], warning[1].endswith(f"quarantined with unknown money, {remedy}")) == ("unknown_money", True)
