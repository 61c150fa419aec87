"""A column of totals in drafted contracts."""

from app.contract.draft.document import CHECK
from tests.contract.draft.samples import HEADER, checks, document, drafted, sampled

HEADER_WITH_TOTAL = f"{HEADER},Total"


def total_of(*rows: str, header: str = HEADER_WITH_TOTAL) -> tuple[str, ...] | None:
    column = drafted(sampled(*rows, header=header)).column("line_total")
    return column.header_names if column else None


def test_a_total_that_differs_counts_and_is_to_be_decided() -> None:
    rows = ("1001,2026-03-25,13085,4,10,35", "1002,2026-03-26,13085,1,10,10")
    assert (total_of(*rows), checks(sampled(*rows, header=HEADER_WITH_TOTAL))) == (
        ("Total",),
        [
            "Total differs from Quantity * Price on 1 of 2 rows (50.0%): their sums are 45.00 and 50.00. Total counts; "
            "remove line_total if Quantity * Price is to count."
        ],
    )


def test_a_total_known_by_the_generic_contract_is_compared_too() -> None:
    file = sampled("1001,2026-03-25,13085,4,10,35", header=f"{HEADER},Line Total")
    assert [check[:43] for check in checks(file)] == ["Line Total differs from Quantity * Price on"]


def test_equal_totals_decide_nothing() -> None:
    file = sampled("1001,2026-03-25,13085,4,10,40.00", header=HEADER_WITH_TOTAL)
    assert checks(file) == []


def test_totals_of_rounded_prices_are_equal() -> None:
    file = sampled("1001,2026-03-25,13085,100,1.01,100.60", header=HEADER_WITH_TOTAL)
    assert checks(file) == []


def test_totals_with_marks_are_compared() -> None:
    rows = ("1001;2026-03-25;13085;2;1.049,50;2.099,00", "1002;2026-03-25;13085;-2;1.049,50;-2.099,00")
    file = sampled(*rows, header=HEADER_WITH_TOTAL.replace(",", ";"), delimiter=";")
    assert not any("differs" in check for check in checks(file))


def test_a_total_of_the_order_does_not_count_and_is_to_be_decided() -> None:
    rows = ("1001,2026-03-25,13085,4,10,50", "1001,2026-03-25,13085,1,10,50", "1002,2026-03-25,13085,1,10,10")
    file = sampled(*rows, header=HEADER_WITH_TOTAL)
    assert (total_of(*rows), [check[:57] for check in checks(file)]) == (
        None,
        ["Total is the same on all rows of an order, so it is read "],
    )


def test_a_total_on_the_first_row_of_an_order_is_of_the_order() -> None:
    assert total_of("1001,2026-03-25,13085,4,10,50", "1001,2026-03-25,13085,1,10,") is None


def test_a_total_that_does_not_count_is_named_in_a_comment() -> None:
    rows = ("1001,2026-03-25,13085,4,10,50", "1001,2026-03-25,13085,1,10,50")
    assert "# Not declared, and kept as received: Total." in document(sampled(*rows, header=HEADER_WITH_TOTAL))


def test_an_amount_without_quantity_and_price_is_the_total_to_be_decided() -> None:
    file = sampled("R1;2026-03-25;K1;40,00", header="Receipt;Date;Client;Amount", delimiter=";")
    assert f"{CHECK}no column matches quantity or unit_price, so Amount is used as the money" in document(file)
    assert [column.name for column in drafted(file).columns][-1] == "line_total"
