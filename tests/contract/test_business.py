from datetime import date
from pathlib import Path

import pytest

from app.contract.model import Arrival, Contract, Currency, DateRange, Rate
from app.contract.open import parse_contract
from app.errors import InvalidContract
from tests.contract.declared import FILE, contract, custom, problem, text

POSITIVE = {"quantity": "{name: quantity, logicalTypeOptions: {exclusiveMinimum: 0}}"}
CURRENCY = {"currency": "{name: currency}"}
RATES = custom("currency", "{code: GBP, rates: rates.csv}")


def rated(folder: Path, rates: str) -> Contract:
    (folder / "rates.csv").write_text(rates)
    return parse_contract(text(columns=CURRENCY, custom=RATES).encode(), FILE, folder)


def rates_problem(folder: Path, rates: str) -> str:
    with pytest.raises(InvalidContract) as refused:
        rated(folder, rates)
    (found,) = refused.value.problems
    return found.removeprefix(f"{folder}/")


def test_a_contract_without_business_rules_has_the_defaults() -> None:
    found = contract()
    assert (found.cancellation, found.counts, found.returns, found.currency, found.overlap, found.arrival) == (
        None,
        None,
        "exclude",
        None,
        "warn",
        None,
    )


def test_days_around_the_date_of_the_file_are_plausible_by_default() -> None:
    assert contract().date_range == DateRange(0, 1, date(2000, 1, 1), 1)


def test_plausible_days_can_be_declared() -> None:
    declared = custom("dateRange", "{before: 7, after: 0, from: 2020-02-01, until: today}")
    assert contract(custom=declared).date_range == DateRange(7, 0, date(2020, 2, 1), 0)


def test_every_day_can_be_declared_plausible() -> None:
    assert contract(custom=custom("dateRange", "none")).date_range is None


def test_conditions_say_what_cancels_and_what_counts() -> None:
    declared = custom("cancellationWhen", "\"invoice_no like 'C%'\"") + custom("countsWhen", '"total_price > 0"')
    found = contract(custom=declared)
    texts = [one.text for one in (found.cancellation, found.counts) if one is not None]
    assert texts == ["invoice_no like 'C%'", "total_price > 0"]


@pytest.mark.parametrize("overlap", ["warn", "once", "count"])
def test_overlap_is_one_of_three(overlap: str) -> None:
    assert contract(custom=custom("overlap", overlap)).overlap == overlap


def test_returns_are_taken_off_where_quantities_can_be_negative() -> None:
    assert contract(custom=custom("returns", "net")).returns == "net"


def test_returns_are_taken_off_where_totals_can_be_negative() -> None:
    declared = {**POSITIVE, "line_total": "{name: line_total}"}
    assert contract(columns=declared, custom=custom("returns", "net")).returns == "net"


def test_returns_are_taken_off_where_rows_cancel_others() -> None:
    declared = custom("returns", "net") + custom("cancellationWhen", "\"invoice_no like 'C%'\"")
    assert contract(columns=POSITIVE, custom=declared).returns == "net"


def test_returns_that_no_row_can_be_are_refused() -> None:
    found = problem(text(columns=POSITIVE, custom=custom("returns", "net")))
    assert found.endswith(
        "customProperties.returns: no row can be a return: quantity and line_total are limited to positive numbers; "
        "remove that limit, or declare cancellationWhen"
    )


def test_a_currency_has_a_code() -> None:
    assert contract(custom=custom("currency", "{code: GBP}")).currency == Currency("GBP")


def test_rates_are_read_beside_the_contract_in_the_order_of_days(tmp_path: Path) -> None:
    found = rated(tmp_path, "Code,Date,Rate\nEUR,2026-03-02,0.870\nusd,2026-03-01,0.8\n")
    assert found.currency == Currency(
        "GBP", (Rate(date(2026, 3, 1), "USD", "0.8"), Rate(date(2026, 3, 2), "EUR", "0.87"))
    )


@pytest.mark.parametrize(
    ("rates", "expected"),
    [
        (
            "day,code,rate\n",
            "rates.csv:1: header: the columns are 'day,code,rate', not date, code and rate; write the header date,code",
        ),
        (
            "Date;Code;Rate\n2026-03-01;EUR;0,87\n",
            "rates.csv:1: header: the columns are separated by semicolons; separate them by commas, date,code,rate, "
            "and write rates with a point, 0.87",
        ),
        ("date\tcode\trate\n", "rates.csv:1: header: the columns are separated by tabs; separate them by commas"),
        (
            "date,code,rate\n2026-03-01,EUR,0,87\n",
            "rates.csv:2: rate: the row has 4 columns, and the rate seems to have a decimal comma; write it with a "
            "point, 0.87",
        ),
        (
            'date,code,rate\n2026-03-01,EUR,"0,87"\n',
            "rates.csv:2: rate: '0,87' has a decimal comma; write it with a point, 0.87",
        ),
        ("date,code,rate\n2026-03-01;EUR;0,87\n", "rates.csv:2: row: the columns are separated by semicolons"),
        ("date,code,rate\n2026-03-01,EUR,1,x\n", "rates.csv:2: row: the row has 4 columns, not 3; remove the others"),
        ("date,code,rate\n", "rates.csv:1: rate: the file has no rates; add a row such as 2026-03-01,EUR,0.87"),
        ("date,code,rate\n,EUR,0.87\n", "rates.csv:2: date: the day is missing; write it as 2026-03-01"),
        ("date,code,rate\n2026-02-30,EUR,1\n", "rates.csv:2: date: '2026-02-30' is not a date; write it as 2026-03-01"),
        ("date,code,rate\n1/3/2026,EUR,1\n", "rates.csv:2: date: '1/3/2026' is not a date; write it as 2026-03-01"),
        ("date,code,rate\n2026-03-01,EURO,1\n", "rates.csv:2: code: 'EURO' is not a currency code"),
        (
            "date,code,rate\n2026-03-01,GBP,1\n",
            "rates.csv:2: code: GBP is the currency of the contract; remove the row",
        ),
        ("date,code,rate\n2026-03-01,EUR,0\n", "rates.csv:2: rate: '0' is not a rate; write a decimal number above 0"),
        ("date,code,rate\n2026-03-01,EUR,NaN\n", "rates.csv:2: rate: 'NaN' is not a rate"),
        ("date,code,rate\n2026-03-01,EUR\n", "rates.csv:2: rate: '' is not a rate"),
    ],
)
def test_a_faulty_rate_is_refused_with_its_line_and_column(tmp_path: Path, rates: str, expected: str) -> None:
    good = "2026-03-05,CHF,0.9\n" if len(rates.splitlines()) > 1 else ""
    assert rates_problem(tmp_path, rates + good).startswith(expected)


def test_faulty_rates_are_not_said_to_be_missing(tmp_path: Path) -> None:
    assert rates_problem(tmp_path, "date,code,rate\n2026-03-01,EUR,no\n") == (
        "rates.csv:2: rate: 'no' is not a rate; write a decimal number above 0, for example 0.87"
    )


def test_two_rates_of_one_day_are_refused(tmp_path: Path) -> None:
    rates = "date,code,rate\n2026-03-01,EUR,1\n2026-03-01,EUR,2\n"
    assert rates_problem(tmp_path, rates) == (
        "rates.csv:3: date: line 2 has a rate of EUR for 2026-03-01 too; keep one of them"
    )


def test_missing_rates_are_refused_with_their_path(tmp_path: Path) -> None:
    with pytest.raises(
        InvalidContract, match=r"customProperties\.currency.rates: the file cannot be read: No such file .*rates.csv"
    ):
        parse_contract(text(columns=CURRENCY, custom=RATES).encode(), FILE, tmp_path)


def test_a_path_with_a_nul_is_refused() -> None:
    declared = custom("currency", '{code: GBP, rates: "a\\0b"}')
    assert "the file cannot be read: embedded null byte" in problem(text(columns=CURRENCY, custom=declared))


def test_rates_in_another_encoding_are_refused(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_bytes("date,code,rate\n# é\n".encode("latin-1"))
    with pytest.raises(InvalidContract, match=r"the file is not UTF-8; save it as UTF-8: .*rates.csv"):
        parse_contract(text(columns=CURRENCY, custom=RATES).encode(), FILE, tmp_path)


def test_rates_without_a_column_of_currencies_are_refused(tmp_path: Path) -> None:
    (tmp_path / "rates.csv").write_text("date,code,rate\n2026-03-01,EUR,1\n")
    with pytest.raises(InvalidContract, match="declare a property currency, or remove rates"):
        parse_contract(text(custom=RATES).encode(), FILE, tmp_path)


def levels(*declared: str) -> str:
    return "slaProperties:\n" + "".join(f"  - {{{one}}}\n" for one in declared)


def arrival(*declared: str) -> Arrival | None:
    return contract(tail=levels(*declared)).arrival


def test_files_are_expected_each_day_by_a_frequency() -> None:
    assert arrival("property: frequency, value: 1, unit: d") == Arrival(1)


def test_weeks_are_seven_days() -> None:
    assert arrival("property: frequency, value: 2, unit: w") == Arrival(14)


def test_a_time_of_the_day_is_not_read_as_minutes() -> None:
    assert arrival("property: timeOfAvailability, value: 18:30") == Arrival(1, "18:30")


@pytest.mark.parametrize(
    ("days", "expected"),
    [("Mon-Fri", (1, 2, 3, 4, 5)), ("monday, Wed", (1, 3)), ("Sat-Mon", (1, 6, 7)), ("sun", (7,))],
)
def test_weekdays_are_names_and_ranges(days: str, expected: tuple[int, ...]) -> None:
    assert arrival(f"property: expectedDays, value: '{days}'") == Arrival(weekdays=expected)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("property: frequncy, value: 1", "'frequncy' has no effect; did you mean frequency?"),
        (
            "property: latency, value: 4, unit: h",
            "'latency' has no effect; use one of frequency, timeOfAvailability, expectedDays, or remove it",
        ),
        ("property: retention, value: 3, unit: y", "'retention' has no effect; use one of frequency"),
        ("property: frequency, value: 0", "a whole number from 1 to 366 is needed"),
        (
            "property: frequency, value: 1, unit: h",
            "'h' is not a unit of a frequency; write d for days, or w for weeks",
        ),
        ("property: timeOfAvailability, value: 9 am", "'9 am' is not a time of day; write it as 09:00"),
        ("property: expectedDays, value: daily", "'daily' names no weekdays; write them as Mon-Fri or Mon, Wed, Sat"),
    ],
)
def test_a_faulty_service_level_is_refused_with_a_remedy(level: str, expected: str) -> None:
    assert expected in problem(text(tail=levels(level)))


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("return", "net", "customProperties.return: the property is unknown; did you mean returns?"),
        ("returns", "gross", "'gross' is unknown; use one of exclude, net"),
        ("overlap", "twice", "use one of warn, once, count"),
        ("currency", "GBP", "a mapping is needed; write it as {code: …}"),
        ("currency", "{code: pounds}", "'pounds' is not a currency code; write three capital letters"),
        ("currency", "{code: GBP, rate: a.csv}", "did you mean rates?"),
        ("dateRange", "{before: -1}", "a whole number from 0 to 36,500 is needed"),
        ("dateRange", "{from: 1/1/2000}", "'1/1/2000' is not a date; write it as 2000-01-01"),
        ("dateRange", "{until: tomorrow}", "'tomorrow' is not a last day; write today, or today + 1"),
        ("dateRange", "{befor: 1}", "did you mean before?"),
        ("cancellationWhen", '"now() > invoice_date"', "customProperties.cancellationWhen: "),
        ("countsWhen", '"quantty > 0"', "customProperties.countsWhen: "),
    ],
)
def test_a_faulty_business_rule_is_refused_with_a_remedy(name: str, value: str, expected: str) -> None:
    assert expected in problem(text(custom=custom(name, value)))
