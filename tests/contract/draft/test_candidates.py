"""Formats and candidates where no column has a known name."""

import pytest

from app.contract.draft.candidates import Candidates, find_candidates
from app.contract.draft.sample import Sample
from tests.contract.draft.samples import checks, document, sampled

HEADER = "Nr.;Wann;Wer;Was;Wieviel;Geld"
ROWS = [f"A{number};{number}.01.2026;K{number % 7};Tee;{number % 3 + 1};1.2{number},50 €" for number in range(10, 32)]
FILE = sampled(*ROWS, header=HEADER, delimiter=";")


def test_formats_are_those_of_columns_without_a_known_name() -> None:
    drafted = document(FILE)
    assert [line for line in ("iso8601",) if line in drafted] == []
    assert 'logicalTypeOptions: {format: "%d.%m.%Y"}' in drafted
    assert "      # The format is that of Wann.\n" in drafted
    for setting in (
        '{property: decimal, value: ","}',
        '{property: thousands, value: "."}',
        '{property: currencyMarks, value: ["€"]}',
    ):
        assert setting in drafted


def test_needed_columns_have_their_candidates_in_the_order_of_the_header() -> None:
    instead = (
        ", or declare line_total, with the column that has the money of a row, in place of quantity and unit_price."
    )
    start = "write its name in the header: probably"
    assert checks(FILE) == [
        f"no column matches invoice_no; {start} Nr., Wer, Was or Wieviel (other columns: Wann, Geld).",
        f"no column matches invoice_date; {start} Wann (other columns: Nr., Wer, Was, Wieviel, Geld).",
        f"no column matches customer_id; {start} Nr., Wer, Was or Wieviel (other columns: Wann, Geld).",
        f"no column matches quantity; {start} Wieviel or Geld (other columns: Nr., Wann, Wer, Was){instead}",
        f"no column matches unit_price; {start} Geld (other columns: Nr., Wann, Wer, Was, Wieviel){instead}",
    ]


def test_a_format_that_is_not_decided_is_a_check_without_a_known_name_too() -> None:
    file = sampled("1;03/02/2026;K1;2;5", header="Nr.;Wann;Kunde;Menge;Preis", delimiter=";")
    assert checks(file)[1:] == [
        "no column matches invoice_date; write its name in the header: probably Wann (other columns: Nr.).",
        "days such as 03/02/2026 can be read as %d/%m/%Y or %m/%d/%Y; %d/%m/%Y is used here, because no day excludes "
        "the other.",
    ]


def test_other_columns_do_not_decide_how_known_numbers_are_written() -> None:
    file = sampled("1;2026-02-03;K1;2;5.50;1,25", header="Invoice;Date;Kunde;Menge;Preis;Dichte", delimiter=";")
    assert "decimal" not in document(file)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (("31.01.2026", "28.02.2026"), "dates"),
        (("2026-01-31 10:15", ""), "dates"),
        (("20260131", "20260228"), "dates"),
        (("1.234,50 €", "5,00 €"), "decimals"),
        (("R$ 1.108,88", "R$ 280"), "decimals"),
        (("1 940,85 zł", "12 zł"), "decimals"),
        (("1'234.50", "-5.00"), "decimals"),
        (("(5.00)", "3"), "decimals"),
        (("1", "25"), "whole"),
        (("0017", "12"), "texts"),
        (("0171 1234567", "030 99"), "texts"),
        (("10.0.0.1", "10.0.0.2"), "texts"),
        (("08:05", "09:10"), "texts"),
        (("A1", "A2"), "texts"),
    ],
)
def test_the_kind_of_a_column_is_that_of_its_values(values: tuple[str, ...], kind: str) -> None:
    found = find_candidates(Sample((sampled(*values, header="x", delimiter=";"),)), ["x"])
    assert found == Candidates(**{kind: ("x",)})
