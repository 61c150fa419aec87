"""Contracts drafted from a few rows."""

import pytest

from app.contract.model import Contract, FillDown
from app.errors import InvalidContract
from tests.contract.draft.samples import HEADER, checks, document, drafted, sampled

GOOD = "1001,2026-03-25,13085,2,5.50"


def column(contract: Contract, name: str) -> object:
    found = contract.column(name)
    assert found is not None
    return found


def test_ordinary_sales_have_nothing_to_decide() -> None:
    assert checks(sampled(GOOD)) == []


def test_columns_have_the_names_of_the_header() -> None:
    contract = drafted(sampled(GOOD, header="Order No,Sale Date,Client,Qty,Price each"))
    assert [one.header_names for one in contract.columns] == [
        ("Order No",),
        ("Sale Date",),
        ("Client",),
        ("Qty",),
        ("Price each",),
    ]


def test_names_with_other_punctuation_are_known() -> None:
    assert (
        drafted(sampled(GOOD, header="Invoice-No.,Date,Customer (ID),Quantity,Price")).columns[0].name == "invoice_no"
    )


def test_a_missing_column_is_to_be_decided_and_is_refused_until_then() -> None:
    file = sampled("1001,2026-03-25,Ann,2,5.50", header="Invoice,Date,Person,Quantity,Price")
    assert checks(file) == ["no column matches customer_id; write its name in the header: probably Person."]
    with pytest.raises(InvalidContract, match="CHECK of customer_id, line 31, is not replaced yet"):
        drafted(file)


def test_a_column_of_money_may_be_declared_where_quantity_and_price_are_missing() -> None:
    found = checks(sampled("1001,2026-03-25,Ann,2.50", header="Invoice,Date,Client,Worth"))
    assert [check.partition("Worth, ")[2] for check in found] == [
        "or declare line_total, with the column that has the money of a row, in place of quantity and unit_price."
    ] * 2


def test_an_e_mail_address_is_the_customer_where_nothing_else_is() -> None:
    file = sampled("1001,2026-03-25,Ann@shop.example,2,5.50", header="Invoice,Date,E-mail,Quantity,Price")
    customer = drafted(file).column("customer_id")
    assert customer is not None
    assert (customer.header_names, customer.case) == (("E-mail",), "lower")
    assert checks(file) == ["no column has the number of the customer, so E-mail is used as customer_id."]


def test_other_columns_are_named_in_a_comment() -> None:
    assert "# Not declared, and kept as received: Colour." in document(
        sampled(GOOD + ",red", header=HEADER + ",Colour")
    )


def test_a_quantity_with_a_fraction_is_a_number() -> None:
    quantity = drafted(sampled(GOOD, "1002,2026-03-25,13085,0.25,5.50")).column("quantity")
    assert quantity is not None
    assert quantity.type == "number"


def test_words_for_nothing_are_null_words() -> None:
    rows = (GOOD, "1002,2026-03-25,N/A,2,5.50", "1003,2026-03-25,13085,2,NULL")
    assert drafted(sampled(*rows)).servers[0].dialect.null_words == ("", "N/A", "NULL")


def test_texts_that_are_no_numbers_are_to_be_decided() -> None:
    assert checks(sampled(GOOD, "1002,2026-03-25,13085,2,free")) == [
        "No number could be read in 1 row, such as 'free'; they will be quarantined."
    ]


def test_values_on_the_first_row_of_an_order_are_filled_down() -> None:
    rows = ("1001,2026-03-25,13085,2,5.50", "1001,2026-03-25,,1,2.00", "1002,2026-03-25,13086,1,2.00")
    assert drafted(sampled(*rows)).servers[0].dialect.fill_down == FillDown(("customer_id",), "invoice_no")


def test_money_on_the_first_row_of_an_order_is_not_filled_down() -> None:
    rows = ("1001,2026-03-25,K1,9.50", "1001,2026-03-25,K1,", "1002,2026-03-25,K2,2.00")
    contract = drafted(sampled(*rows, header="Receipt,Date,Client,Amount"))
    assert contract.servers[0].dialect.fill_down is None


def test_negative_quantities_are_returns_to_be_decided() -> None:
    file = sampled(GOOD, "1002,2026-03-25,13085,-1,5.50")
    assert (drafted(file).returns, [check[:34] for check in checks(file)]) == (
        "net",
        ["Quantity is negative in 1 row, suc"],
    )


def test_negative_prices_are_returns_to_be_decided() -> None:
    file = sampled(GOOD, "1002,2026-03-25,13085,1,-5.50")
    assert [check[:31] for check in checks(file)] == ["Price is negative in 1 row, suc"]


def test_negative_orders_with_a_letter_cancel() -> None:
    rows = [f"{number},2026-03-25,13085,1,5.50" for number in range(1001, 1010)]
    contract = drafted(sampled(*rows, "C1001,2026-03-25,13085,-1,5.50"))
    assert contract.cancellation is not None
    assert contract.cancellation.text == "upper(left(invoice_no, 1)) = 'C'"


def test_positive_orders_with_a_letter_do_not_cancel() -> None:
    rows = [f"{number},2026-03-25,13085,1,5.50" for number in range(1001, 1010)]
    assert drafted(sampled(*rows, "W1001,2026-03-25,13085,1,5.50")).cancellation is None


def test_the_same_orders_in_two_files_count_once() -> None:
    files = sampled(GOOD, key="a.csv"), sampled(GOOD, "1002,2026-03-25,13086,1,1", key="b.csv")
    assert (drafted(*files).overlap, checks(*files)[0][:36]) == ("once", "1 order is in several files with the")


def test_different_rows_of_an_order_in_two_files_are_no_overlap() -> None:
    files = sampled(GOOD, key="a.csv"), sampled("1001,2026-03-26,13085,9,9.00", key="b.csv")
    assert drafted(*files).overlap == "warn"


def test_one_currency_is_declared() -> None:
    currency = drafted(sampled(GOOD + ",EUR", header=HEADER + ",Currency")).currency
    assert currency is not None
    assert currency.code == "EUR"


def test_other_currencies_are_to_be_decided() -> None:
    file = sampled(GOOD + ",EUR", GOOD + ",EUR", GOOD + ",JPY", header=HEADER + ",Currency")
    assert [check[:12] for check in checks(file)] == ["JPY (1 row):"]


def test_files_of_another_encoding_are_to_be_decided() -> None:
    files = [sampled(GOOD, key=key, encoding=encoding) for key, encoding in
             (("a.csv", "utf-8"), ("b.csv", "utf-8"), ("c.csv", "windows-1252"), ("d.csv", "ascii"))]  # fmt: skip
    assert drafted(*files).servers[0].dialect.encoding == "utf-8"
    assert "1 of 4 files have the encoding windows-1252, not utf-8: c.csv" in checks(*files)[0]


def test_files_in_ascii_decide_no_encoding() -> None:
    files = [sampled(GOOD, key=f"{number}.csv") for number in range(3)]
    encoded = sampled(GOOD, key="d.csv", encoding="windows-1252")
    assert drafted(*files, encoded).servers[0].dialect.encoding == "cp1252"


def test_unusual_codes_of_articles_are_to_be_decided() -> None:
    rows = [f"{number},2026-03-25,13085,1,5.50,85048" for number in range(1001, 1040)]
    file = sampled(*rows, "1040,2026-03-25,13085,1,5.50,POST", header=HEADER + ",SKU")
    assert [check[:52] for check in checks(file)] == ["1 rows have codes unlike the others, such as POST; t"]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (["2026-03-25"], "%Y-%m-%d"),
        (["25/03/2026"], "%d/%m/%Y"),
        (["03/25/2026"], "%m/%d/%Y"),
        (["25.03.26 08:26"], "%d.%m.%y %H:%M"),
        (["3/25/2026 8:26:00 AM"], "%m/%d/%Y %I:%M:%S %p"),
        (["2026-03-25T08:26:00Z"], "iso8601"),
        (["25-Mar-2026"], "%d-%b-%Y"),
        (["46106", "46107"], "excel"),
        (["1774396800"], "epoch"),
    ],
)
def test_days_are_read_by_the_format_that_fits_them(days: list[str], expected: str) -> None:
    rows = [f"1001,{day},13085,2,5.50" for day in days]
    date = drafted(sampled(*rows)).column("invoice_date")
    assert date is not None
    assert [form.declared for form in date.formats] == [expected]


def test_days_in_two_formats_have_both() -> None:
    rows = [f"1001,{day},13085,2,5.50" for day in ("2026-03-25", "25.03.2026")]
    date = drafted(sampled(*rows)).column("invoice_date")
    assert date is not None
    assert {form.declared for form in date.formats} == {"%Y-%m-%d", "%d.%m.%Y"}


@pytest.mark.parametrize(
    "day",
    [
        "2026-03-01T23:30:00Z",
        "2026-03-01T23:30:00+01:00",
        "2026-03-01T23:30:00.123-0500",
        "2026-03-01 23:30+02",
        "2026-03-01 23:30:00 +0100",
    ],
)
def test_the_time_zone_of_times_with_an_offset_is_to_be_decided(day: str) -> None:
    assert checks(sampled(f"1001,{day},13085,2,5.50")) == [
        "times have an offset from UTC; write the time zone in which the shop has its days, such as Europe/Berlin."
    ]


@pytest.mark.parametrize("day", ["2026-03-01T23:30:00", "2026-03-01", "01-03-2026", "2026-03-01 23:30"])
def test_times_without_an_offset_decide_no_time_zone(day: str) -> None:
    assert not any("offset" in check for check in checks(sampled(f"1001,{day},13085,2,5.50")))


def test_a_day_that_could_be_a_month_is_to_be_decided() -> None:
    (check,) = checks(sampled("1001,03/04/2026,13085,2,5.50"))
    assert check.startswith("days such as 03/04/2026 can be read as %d/%m/%Y or %m/%d/%Y; %d/%m/%Y is used here")


def test_the_date_in_the_name_of_the_file_decides_between_day_and_month() -> None:
    file = sampled("1001,03/04/2026,13085,2,5.50", key="2026-03-04.csv")
    date = drafted(file).column("invoice_date")
    assert date is not None
    assert ([form.declared for form in date.formats], checks(file)) == (["%m/%d/%Y"], [])


def test_an_export_has_earlier_days_than_its_name() -> None:
    rows = [f"1001,2026-03-{day},13085,2,5.50" for day in range(18, 25)]
    days = drafted(sampled(*rows, key="2026-03-25.csv")).date_range
    assert days is not None
    assert (days.before, days.after) == (7, 1)


def test_an_ambiguous_number_is_the_first_in_the_files() -> None:
    rows = [f"1001,2026-03-25,13085,2,{number}.500" for number in range(1, 40)]
    assert checks(sampled(*rows))[0].startswith("numbers such as 1.500 could have")


def test_ids_are_compared_without_an_order_number() -> None:
    rows = ("2026-03-25,Ann,1,5.50", "2026-03-25,ann,2,5.50", "2026-03-26,ben,2,5.50")
    file = sampled(*rows, header="Order Date,Customer ID,Quantity,Price")
    assert any("1 id differs only in case" in check for check in checks(file))
