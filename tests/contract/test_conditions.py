from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest
import sqlglot
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text
from sqlglot import exp

from app.contract.conditions import FUNCTIONS, Condition, InvalidCondition, parse_condition
from app.contract.quoting import escape_colons, quoted

TYPES: Final = {
    "invoice_no": "string",
    "Customer ID": "string",
    "quantity": "integer",
    "unit_price": "number",
    "invoice_date": "date",
    "paid": "boolean",
}
SQL_TYPES: Final = {"string": "text", "integer": "int", "number": "numeric", "date": "date", "boolean": "boolean"}
ROW: Final = {
    "invoice_no": "C536365",
    "Customer ID": " 13:47% ",
    "quantity": 6,
    "unit_price": Decimal("2.55"),
    "invoice_date": date(2026, 2, 1),
    "paid": True,
}
HOLDS: Final = (
    *(
        "quantity > 5",
        "quantity >= 6",
        "quantity < 7",
        "quantity <= 6",
        "quantity <> 7",
        "quantity != 7",
        "quantity = 6",
    ),
    *(
        "unit_price * quantity = 15.30",
        "quantity + 1 = 7",
        "quantity - 7 = -1",
        "quantity / 4 = 1.5",
        "quantity % 4 = 2",
    ),
    *("quantity - 3 - 2 = 1", "quantity - (3 - 2) = 5", "-quantity < 0", "(quantity + 1) * 2 = 14", "-(-quantity) = 6"),
    *(
        "paid",
        "not not paid",
        "paid is true",
        "paid = (quantity > 1)",
        "paid or quantity / 0 = 1",
        "not (paid and quantity = 1)",
    ),
    *(
        "quantity is not null",
        "not quantity is null",
        "quantity in (1, 6)",
        "quantity not in (1, 2)",
        "quantity in (-1, 6)",
    ),
    *(
        "quantity between 6 and 7",
        "quantity not between 7 and 8",
        "unit_price between 2 and 3",
        "INVOICE_NO is not null",
    ),
    *("invoice_no like 'C%'", "invoice_no not like '%D'", "invoice_no ilike 'c%'", "invoice_no not ilike 'd%'"),
    *("invoice_no ~ '^C[0-9]+$'", "invoice_no ~* '^c'", "invoice_no !~ '^c'", "invoice_no !~* '^d'"),
    *("case when quantity > 5 then 'big' else 'small' end = 'big'", "case quantity when 6 then true else false end"),
    *("case when quantity > 9 then 1 end is null", "case when paid then null else 1 end is null"),
    *("invoice_date = date '2026-02-01'", "invoice_date in (date '2026-02-01')", "invoice_date > date '0001-01-01'"),
    *("upper(left(invoice_no, 1)) = 'C'", "lower(invoice_no) = 'c536365'", "right(invoice_no, 2) = '65'"),
    *("substr(invoice_no, 2, 3) = '536'", "substr(invoice_no, 2) = '536365'", "length(invoice_no) = 7"),
    *("\"Customer ID\" = ' 13:47% '", "trim(\"Customer ID\") = '13:47%'", "btrim(\"Customer ID\", ' %') = '13:47'"),
    *("ltrim(\"Customer ID\") = '13:47% '", "rtrim(\"Customer ID\") = ' 13:47%'", "\"Customer ID\" ~ ':[0-9]{2}%'"),
    *("coalesce(invoice_no, 'x') = 'C536365'", "nullif(quantity, 6) is null", "abs(-quantity) = 6"),
    *("round(unit_price, 1) = 2.6", "round(unit_price) = 3", "ceil(unit_price) = 3", "floor(unit_price) = 2"),
    *(
        "concat(invoice_no, '-', 'x') = 'C536365-x'",
        "invoice_no || '''' = 'C536365'''",
        "starts_with(invoice_no, 'C5')",
    ),
    *("replace(invoice_no, '365', '') = 'C536'", "strpos(invoice_no, '365') = 5"),
    *("cast(quantity as text) = '6'", "quantity::text = '6'", "cast(invoice_no as numeric) is null"),
    *("cast(right(invoice_no, 3) as integer) = 365", "cast('1.5' as numeric) = 1.5"),
    *("unit_price > 2 and\n quantity > 1 -\n 3", "paid and paid or not paid", "'a' < 'b'"),
)
REFUSED: Final = {
    "invoice_no in ()": ("column 1", "in needs at least one value: in ('A', 'B')"),
    "substr(invoice_no) = 'a'": ("column 1", "needs another argument, the start"),
    "quantity > 'x'": ("column 12", "quantity is a whole number, and 'x' is text; write numbers without quotes"),
    "invoice_date > 5": ("line 1, column 16", "write date '2026-01-31'"),
    "invoice_date > '2026-01-01'": ("line 1, column 16", "write date '2026-01-31'"),
    "upper(quantity) = 'X'": ("line 1, column 1", "upper needs text, and quantity is a whole number"),
    "invoice_no * 2 > 1": ("line 1, column 1", "* needs a number, and invoice_no is text"),
    "paid > 1": ("line 1, column 8", "paid is true or false, and 1 is a whole number"),
    "invoice_no and paid": ("line 1, column 1", "and needs conditions on both sides"),
    "not quantity": ("line 1, column 1", "not needs true or false"),
    "quantity > 1 > 2": ("line 1, column 12", "is true or false"),
    "case when paid then 1 else 'a' end = 1": ("line 1", "1 is a whole number, and 'a' is text"),
    "case when quantity then 1 end = 1": ("line 1", "when needs a condition"),
    "case quantity when 'a' then true end": ("line 1", "'a' is text"),
    "coalesce(quantity, 'none') = 'none'": ("line 1", "'none' is text"),
    "concat(quantity, 1) = '61'": ("line 1", "concat needs text"),
    "quantity in (1, 'a')": ("line 1", "'a' is text"),
    "quantity": ("line 1, column 1", "this is a whole number, not a condition"),
    "invoice_date - date '2026-01-01' > 3": ("line 1", "- needs a number, and invoice_date is a date"),
    "quantty > 1": ("line 1, column 1", "did you mean quantity?"),
    "paid\n and  bogus_name = 1": (
        "line 2, column 7 (at 'bogus_name = 1')",
        "there is no column bogus_name; known are",
    ),
    "\"invoice no\" = 'a'": ("line 1", "did you mean invoice_no?"),
    "uper(invoice_no) = 'A'": ("line 1, column 1", "did you mean upper? functions are abs"),
    "now() > invoice_date": ("line 1", "is not allowed; functions are abs"),
    "current_date = invoice_date": ("line 1", "is not allowed"),
    "random() > 1": ("line 1", "is not allowed"),
    "pg_sleep(10) is null": ("line 1", "pg_sleep is not allowed"),
    "pg_read_file('x') = ''": ("line 1", "pg_read_file is not allowed"),
    "lpad(invoice_no, 1000000000) = ''": ("line 1", "is not allowed"),
    "repeat(invoice_no, 1000000000) = ''": ("line 1", "is not allowed"),
    "sum(quantity) > 1": ("line 1", "sum is not allowed"),
    "sum(quantity) over () > 1": ("line 1", "window is not allowed"),
    "exists(select 1)": ("line 1", "exists is not allowed"),
    "quantity in (select 1)": ("line 1, column 1", "this form of in is not allowed"),
    "quantity = (select 1)": ("line 1", "is not allowed"),
    "quantity = any(array[1])": ("line 1", "is not allowed"),
    "select 1": ("line 1", "not a SQL condition"),
    "drop table x": ("", "not a SQL condition"),
    "paid; drop table x": ("line 1, column 5", "one condition only"),
    "paid -- yes": ("line 1, column 1", "comments are not allowed"),
    "paid /* yes */": ("line 1, column 1", "comments are not allowed"),
    "quantity = :x": ("line 1, column 12", "parameters are not allowed"),
    "quantity = $1": ("line 1, column 12", "parameters are not allowed"),
    "quantity = ?": ("line 1, column 12", "parameters are not allowed"),
    "invoice_no = E'a'": ("line 1, column 14", "without E"),
    "invoice_no = $$a$$": ("line 1, column 14", "write texts as 'text'"),
    "quantity > 1e5": ("line 1, column 12", "without exponent"),
    "quantity > 12345678901234567890123456": ("line 1, column 12", "up to 25 digits"),
    "t.quantity > 1": ("line 1", "this form of column is not allowed"),
    "quantity is distinct from 1": ("line 1", "is not allowed"),
    "quantity between symmetric 1 and 2": ("line 1", "this form of between"),
    "quantity = null": ("line 1, column 1", "nothing equals null; write quantity is null"),
    "quantity is 5": ("line 1", "write is null"),
    "invoice_date > date '2026-02-30'": ("line 1, column 21", "'2026-02-30' is not a date"),
    "invoice_date > date 'today'": ("line 1, column 21", "'today' is not a date"),
    "cast(invoice_no as date) > invoice_date": ("line 1", "casts are text as numeric or integer"),
    "cast(unit_price as text) = ''": ("line 1", "casts are text as numeric or integer"),
    "cast(invoice_no as numeric(3)) > 1": ("line 1", "casts are text as numeric or integer"),
    "cast(cast(quantity as text) as integer) > 1": ("line 1", "a cast in a cast"),
    "left(invoice_no, quantity) = ''": ("line 1", "left needs a whole number from 0 to 10000, written out"),
    "substr(invoice_no, 1, -1) = ''": ("line 1", "needs a whole number from 0"),
    "left(invoice_no, 99999999999) = ''": ("line 1", "needs a whole number from 0"),
    "replace(invoice_no, 'a', 'aaaa') = ''": ("line 1", "replace may not make the text longer"),
    "replace(invoice_no, invoice_no, 'a') = ''": ("line 1", "needs a 'text' that is written out"),
    "round(unit_price, 31) = 1": ("line 1", "at most 30 decimals"),
    "invoice_no like 'a\\'": ("line 1", "may contain no backslash"),
    "invoice_no like 'a' escape '!'": ("line 1", "escape is not allowed"),
    "invoice_no ~ invoice_no": ("line 1, column 14", "needs a 'text' that is written out"),
    "invoice_no ~ '('": ("line 1, column 14", "the pattern '('"),
    "invoice_no collate \"C\" = 'a'": ("line 1", "is not allowed"),
    "(quantity": ("line 1", "not a SQL condition"),
    "quantity >": ("line 1", "not a SQL condition"),
    "paid paid": ("line 1, column 6", "not a SQL condition"),
    "'abc": ("", "a quote that is not closed"),
    "": ("", "the condition is empty"),
    " \n": ("", "the condition is empty"),
    "not " * 30 + "paid": ("line 1", "nested too deep"),
    "(" * 30 + "paid" + ")" * 30: ("line 1", "nested too deep"),
    " or ".join(["paid"] * 400): ("", "write several of up to 500"),
    "paid or " * 2000 + "paid": ("", "write several of up to 4,000"),
}
COLUMN = st.sampled_from(sorted(TYPES))


def holds(connection: Connection, condition: Condition, row: dict[str, Any]) -> bool | None:
    names = {name: f"r.{name.split()[0].lower()}" for name in TYPES}
    places = [f"cast(:{name.split()[0]} as {SQL_TYPES[type_]}) as {name.split()[0]}" for name, type_ in TYPES.items()]
    sql = f"select {escape_colons(condition.sql(names))} from (select {', '.join(places)} offset 0) as r"  # noqa: S608
    found: bool | None = connection.scalar(text(sql), {name.split()[0]: row[name] for name in TYPES})
    return found


@pytest.mark.parametrize("condition", HOLDS)
def test_a_condition_holds_for_a_row(connection: Connection, condition: str) -> None:
    assert holds(connection, parse_condition(condition, TYPES), ROW) is True


@pytest.mark.parametrize("condition", HOLDS)
def test_a_condition_does_not_hold_when_negated(connection: Connection, condition: str) -> None:
    assert holds(connection, parse_condition(f"not ({condition})", TYPES), ROW) is False


@pytest.mark.parametrize("dialect", ["spark", "duckdb", "postgres"])
def test_every_construct_is_portable(dialect: str) -> None:
    for condition in HOLDS:
        rendered = (
            parse_condition(condition, TYPES).expression().sql(dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)
        )
        parsed = sqlglot.parse_one(rendered, dialect=dialect)
        assert {column.name for column in parsed.find_all(exp.Column)} == parse_condition(condition, TYPES).names
        assert parsed.find(exp.Anonymous) is None, rendered


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_that_is_listed_is_allowed(name: str) -> None:
    assert any(f"{name}(" in condition for condition in HOLDS)


@pytest.mark.parametrize(("condition", "parts"), REFUSED.items(), ids=range(len(REFUSED)))
def test_anything_else_is_refused_with_place_and_remedy(condition: str, parts: tuple[str, str]) -> None:
    with pytest.raises(InvalidCondition) as caught:
        parse_condition(condition, TYPES)
    assert all(part in str(caught.value) for part in parts), str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_condition_knows_its_columns() -> None:
    condition = parse_condition("Quantity > 1 or invoice_no = 'quantity'", TYPES)
    assert condition.names == {"quantity", "invoice_no"}


def test_columns_are_replaced_by_expressions() -> None:
    condition = parse_condition("quantity > 1 and not paid", TYPES)
    sql = condition.sql({"quantity": "a.n + 1", "paid": "a.paid"})
    assert sql == "(a.n + 1) > 1 AND NOT a.paid"


def test_the_sql_is_the_same_each_time() -> None:
    condition = parse_condition("upper(invoice_no) in ('A', 'B') and paid", TYPES)
    names = {"invoice_no": "i", "paid": "p"}
    assert condition.sql(names) == condition.sql(names) == "upper(i) IN ('A', 'B') AND p"


def test_conditions_with_equal_text_are_equal_and_hashable() -> None:
    assert len({parse_condition("paid", TYPES), parse_condition("paid", TYPES)}) == 1


@pytest.mark.parametrize("literal", ["it's", ":name", "a\\:b", "100%", "%s", "\\", "$1", "::int", "{x}", "ü🛒"])
def test_text_literals_keep_every_character(connection: Connection, literal: str) -> None:
    condition = parse_condition(f"invoice_no = {quoted(literal)}", TYPES)
    assert holds(connection, condition, {**ROW, "invoice_no": literal}) is True


@pytest.mark.parametrize(
    "condition",
    [
        *("quantity / (quantity - quantity) > 1", "quantity % (quantity - quantity) > 1", "unit_price / 0 > 1"),
        *(
            "quantity * quantity * quantity > 1",
            "quantity + 1 > 1",
            "-quantity - quantity > 1",
            "abs(quantity - 1) > 1",
        ),
        *(
            "2147483647 + 1 > quantity",
            "-2147483648 - 1 < quantity",
            "(1 + 2147483647) * quantity > 1",
            "2147483647 * 2147483647 * 2147483647 * quantity > 1",
            "length(invoice_no) * 2147483647 > 1",
        ),
        *("case when paid then quantity else 1 end * 2147483647 > 1", "coalesce(quantity, 1) * 2147483647 > 1"),
        *(
            "cast(invoice_no as integer) > 1",
            "cast(invoice_no as numeric) * quantity > 1",
            "nullif(quantity, 1) * 9 > 1",
        ),
        *("left(invoice_no, 0) = ''", "substr(invoice_no, 0, 0) = ''", "replace(invoice_no, '', '') = ''"),
        *("round(unit_price, 30) > 1", "cast(invoice_no as integer) * 2147483647 > 1"),
    ],
)
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    quantity=st.one_of(st.sampled_from([-(2**31), 2**31 - 1, 0, None]), st.integers(-(2**31), 2**31 - 1)),
    invoice=st.one_of(
        st.none(), st.sampled_from(["", "9" * 30, "-1.5", "1e9", "NaN", "999999999", "+7", "\n1", "1\n"])
    ),
    price=st.one_of(st.none(), st.decimals(-(10**9), 10**9, places=2)),
)
def test_no_value_makes_a_condition_fail(
    connection: Connection, condition: str, quantity: int | None, invoice: str | None, price: Decimal | None
) -> None:
    row = {**ROW, "quantity": quantity, "invoice_no": invoice, "unit_price": price}
    assert holds(connection, parse_condition(condition, TYPES), row) in (True, False, None)


def test_a_condition_on_null_is_null(connection: Connection) -> None:
    assert holds(connection, parse_condition("quantity > 1", TYPES), {**ROW, "quantity": None}) is None


@given(st.text(max_size=60) | st.text("(quantity)'<>=~ %:;-/*andor1.$\"", max_size=60))
def test_any_text_is_a_condition_or_refused(written: str) -> None:
    with suppress(InvalidCondition):
        assert parse_condition(written, TYPES).text == written
