import re

import pytest

from app.contract.model import KNOWN_COLUMNS
from tests.contract.declared import column, contract, problem, problems, text

EXTRA = "loyalty"


def fault(name: str, declaration: str) -> str:
    """The only problem of a contract with this column, from its key on."""
    return problem(text(columns={name: declaration})).partition(": ")[2]


def test_a_column_is_called_by_its_own_name_without_a_physical_name() -> None:
    assert column(EXTRA, "{name: loyalty}").header_names == ("loyalty",)


def test_a_column_is_called_by_its_physical_name_and_synonyms_in_files() -> None:
    declared = "{name: loyalty, physicalName: Card, synonyms: [{synonym: Card No}, {synonym: Card}]}"
    assert column(EXTRA, declared).header_names == ("Card", "Card No")


@pytest.mark.parametrize(
    ("name", "expected"),
    [("invoice_no", "string"), ("invoice_date", "date"), ("quantity", "integer"), ("unit_price", "number")],
)
def test_known_columns_have_a_type_of_their_own_by_default(name: str, expected: str) -> None:
    found = contract().column(name)
    assert found is not None
    assert found.type == expected


def test_other_columns_are_strings_by_default() -> None:
    assert column(EXTRA, "{name: loyalty}").type == "string"


def test_a_quantity_may_be_a_number() -> None:
    assert column("quantity", "{name: quantity, logicalType: number}").type == "number"


def test_a_timestamp_is_a_date() -> None:
    assert column("invoice_date", "{name: invoice_date, logicalType: timestamp}").type == "date"


def test_dates_are_iso_by_default() -> None:
    found = contract().column("invoice_date")
    assert found is not None
    assert [one.declared for one in found.formats] == ["%Y-%m-%d"]


def test_a_date_may_have_several_formats_in_their_order() -> None:
    declared = '{name: invoice_date, logicalTypeOptions: {format: ["%d.%m.%Y", "%Y-%m-%d"]}}'
    assert [one.declared for one in column("invoice_date", declared).formats] == ["%d.%m.%Y", "%Y-%m-%d"]


@pytest.mark.parametrize(
    ("name", "trims"), [("customer_id", True), ("invoice_no", False), ("stock_code", False), (EXTRA, False)]
)
def test_only_the_customer_id_is_trimmed_by_default(name: str, trims: bool) -> None:
    assert column(name, f"{{name: {name}}}").trim is trims


@pytest.mark.parametrize(
    ("name", "required"),
    [("invoice_no", True), ("invoice_date", True), ("quantity", True), ("unit_price", True), ("customer_id", False)],
)
def test_what_a_sale_needs_is_required_by_default(name: str, required: bool) -> None:
    found = contract().column(name)
    assert found is not None
    assert found.is_required is required


def test_a_line_total_is_required_in_place_of_quantity_and_price() -> None:
    found = contract(columns={"quantity": "", "unit_price": "", "line_total": "{name: line_total}"})
    assert [one.name for one in found.columns if one.is_required] == ["invoice_no", "invoice_date", "line_total"]


def test_rows_may_have_either_a_line_total_or_quantity_and_price() -> None:
    found = contract(columns={"line_total": "{name: line_total}"})
    assert [one.name for one in found.columns if one.is_required] == ["invoice_no", "invoice_date"]


def test_ids_are_read_as_declared() -> None:
    properties = (
        "[{property: trim, value: false}, {property: case, value: lower}, {property: stripDecimal, value: true}, "
        "{property: stripLeadingZeros, value: true}, {property: placeholders, value: [0, NULL, Guest]}]"
    )
    found = column("customer_id", f"{{name: customer_id, customProperties: {properties}}}")
    assert (found.trim, found.case, found.strip_decimal, found.strip_leading_zeros, found.placeholders) == (
        False,
        "lower",
        True,
        True,
        ("0", "NULL", "Guest"),
    )


def test_lengths_and_a_pattern_are_read() -> None:
    found = column(EXTRA, "{name: loyalty, logicalTypeOptions: {minLength: 2, maxLength: 9, pattern: '^[A-Z]+$'}}")
    assert (found.min_length, found.max_length, found.pattern) == (2, 9, "^[A-Z]+$")


def test_limits_are_read_in_their_shortest_form() -> None:
    found = column("unit_price", "{name: unit_price, logicalTypeOptions: {minimum: 0.010, exclusiveMaximum: 1000}}")
    assert (found.minimum, found.exclusive_maximum) == ("0.01", "1000")


def test_allowed_values_are_texts_as_they_are_written() -> None:
    assert column(EXTRA, "{name: loyalty, enum: [{value: 007}, {value: no}]}").enum == ("007", "no")


def test_an_identifier_is_personal() -> None:
    found = column("email", "{name: email, customProperties: [{property: identifier, value: true}]}")
    assert (found.is_identifier, found.is_personal) == (True, True)


def test_the_customer_id_is_personal_whatever_is_declared() -> None:
    assert column("customer_id", "{name: customer_id, classification: public}").is_personal


def test_a_column_is_personal_by_its_classification() -> None:
    assert column(EXTRA, "{name: loyalty, classification: personal}").is_personal


@pytest.mark.parametrize("name", ["invoice_no", "invoice_date", "customer_id"])
def test_a_missing_column_is_named_with_what_to_add(name: str) -> None:
    found = problem(text(columns={name: ""}))
    assert found == f"8: schema.sales.properties.{name}: the column is missing; add - {{name: {name}, physicalName: …}}"


@pytest.mark.parametrize("name", ["quantity", "unit_price"])
def test_money_needs_quantity_and_price_or_a_total(name: str) -> None:
    assert problem(text(columns={name: ""})).endswith(", or line_total in place of quantity and unit_price")


def test_a_missing_column_that_is_declared_under_a_similar_name_is_named() -> None:
    found = problem(text(columns={"customer_id": "{name: customerid}"}))
    assert found.endswith("the column is missing; did you mean customerid, which is to be called customer_id?")


def test_two_columns_that_claim_one_header_are_refused() -> None:
    found = fault(EXTRA, "{name: loyalty, physicalName: invoice_}")
    assert found == (
        "schema.sales.properties.loyalty: the header name 'invoice_' also belongs to invoice_no; names compare without "
        "case, spaces and _; give it to one of them"
    )


def test_a_column_that_a_draft_left_open_is_refused() -> None:
    assert fault(EXTRA, "{name: loyalty, physicalName: CHECK}") == (
        "schema.sales.properties.loyalty.physicalName: CHECK of loyalty, line 13, is not replaced yet; write the "
        "column's name in the file's header"
    )


def test_each_column_that_a_draft_left_open_is_named() -> None:
    columns = {name: f"{{name: {name}, physicalName: CHECK}}" for name in ("quantity", "unit_price")}
    assert [re.search("CHECK of [a-z_]+", one)[0] for one in problems(text(columns=columns))] == [  # type: ignore[index]
        "CHECK of quantity",
        "CHECK of unit_price",
    ]


def test_a_column_that_is_declared_twice_is_refused() -> None:
    found = problems(text(columns={EXTRA: "{name: quantity, physicalName: Other}"}))
    assert any(one.endswith("the column is declared twice; keep one of them") for one in found)


@pytest.mark.parametrize("name", ["Loyalty", "card no", "1st", "a" * 51, "straße", "''"])
def test_a_name_that_is_no_identifier_is_refused(name: str) -> None:
    assert "is not a column name; use at most 50 of a-z, 0-9 and _" in fault(
        EXTRA, f"{{name: {name}, physicalName: x}}"
    )


def test_a_column_that_follows_from_others_is_refused() -> None:
    assert fault(EXTRA, "{name: total_price}").endswith(
        "total_price is a column that Regulars works out; choose another name"
    )


@pytest.mark.parametrize(
    ("name", "declaration", "expected"),
    [
        (EXTRA, "{name: loyalty, logicalType: int}", "logicalType: 'int' is unknown; did you mean integer?"),
        ("unit_price", "{name: unit_price, logicalType: string}", "unit_price cannot be of type string; write number"),
        ("invoice_no", "{name: invoice_no, logicalType: integer}", "cannot be of type integer; write string"),
        (
            "invoice_no",
            "{name: invoice_no, required: false}",
            "a sale always needs its invoice_no; write required: true",
        ),
        ("quantity", "{name: quantity, required: false}", "a sale always needs its quantity; write required: true"),
        (EXTRA, "{name: loyalty, required: maybe}", "write one of them"),
        (
            EXTRA,
            "{name: loyalty, unique: true}",
            "Regulars does not check this for a column; remove it, or write a rule",
        ),
        (EXTRA, "{name: loyalty, logicalTypeOptions: {maxlength: 2}}", "did you mean maxLength?"),
        (EXTRA, "{name: loyalty, logicalTypeOptions: {minimum: 2}}", "use minLength, maxLength, pattern"),
        (EXTRA, "{name: loyalty, logicalTypeOptions: {format: email}}", "use minLength, maxLength, pattern"),
        ("quantity", "{name: quantity, logicalTypeOptions: {multipleOf: 2}}", "the key is unknown"),
        ("invoice_date", "{name: invoice_date, logicalTypeOptions: {minimum: 2020-01-01}}", "use format"),
        (EXTRA, "{name: loyalty, logicalType: boolean, logicalTypeOptions: {maxLength: 2}}", "remove it"),
        (EXTRA, "{name: loyalty, logicalTypeOptions: {maxLength: -1}}", "a whole number from 0 to 100,000 is needed"),
        (EXTRA, "{name: loyalty, logicalTypeOptions: {minLength: 3, maxLength: 2}}", "it is less than minLength, 3"),
        (EXTRA, "{name: loyalty, logicalTypeOptions: {pattern: '['}}", "has a [ without its ]"),
        (EXTRA, "{name: loyalty, logicalTypeOptions: {pattern: '(?<=a)b'}}", "has (?, or too many groups"),
        (EXTRA, "{name: loyalty, logicalTypeOptions: {pattern: '(a+)+'}}", "can repeat within itself"),
        (
            "quantity",
            "{name: quantity, logicalTypeOptions: {minimum: 1e3}}",
            "'1e3' is not a number; write it as 0 or 0.01",
        ),
        ("quantity", "{name: quantity, logicalTypeOptions: {minimum: 5, maximum: 4}}", "no number meets all limits"),
        ("quantity", "{name: quantity, logicalTypeOptions: {minimum: 5, exclusiveMaximum: 5}}", "no number meets all"),
        (EXTRA, "{name: loyalty, enum: []}", "list each allowed value once"),
        (EXTRA, "{name: loyalty, enum: [{value: a}, {value: a}]}", "list each allowed value once"),
        (EXTRA, "{name: loyalty, logicalType: integer, enum: [{value: 1}]}", "only a column of type string has this"),
        (EXTRA, "{name: loyalty, enum: [a]}", "write each as - {value: VALUE}"),
        (EXTRA, "{name: loyalty, synonyms: [{synonym: ' '}]}", "the name is missing; write - {synonym: NAME}"),
        (EXTRA, "{name: loyalty, physicalName: ' '}", "the name is empty; write the name in the file's header"),
        (EXTRA, "{name: loyalty, customProperties: [{property: triim, value: true}]}", "did you mean trim?"),
        (EXTRA, "{name: loyalty, customProperties: [{property: trim}]}", "write {property: trim, value: …}"),
        (EXTRA, "{name: loyalty, customProperties: [{property: trim, value: 1}]}", "'1' is neither true nor false"),
        (EXTRA, "{name: loyalty, customProperties: [{property: case, value: title}]}", "use one of keep, lower, upper"),
        (
            "quantity",
            "{name: quantity, customProperties: [{property: trim, value: true}]}",
            "only a column of type string",
        ),
        (
            "country",
            "{name: country, customProperties: [{property: identifier, value: true}]}",
            "declare another column",
        ),
        ("invoice_date", "{name: invoice_date, logicalTypeOptions: {format: []}}", "write at least one format"),
        ("invoice_date", '{name: invoice_date, logicalTypeOptions: {format: "%Q"}}', "%Q"),
        ("invoice_date", '{name: invoice_date, logicalTypeOptions: {format: ["%d/%m/%Y", "%m/%d/%Y"]}}', "%m/%d/%Y"),
    ],
)
def test_a_faulty_column_is_refused_with_a_remedy(name: str, declaration: str, expected: str) -> None:
    assert expected in fault(name, declaration)


def test_each_known_column_can_be_declared() -> None:
    found = contract(columns={name: f"{{name: {name}}}" for name in KNOWN_COLUMNS})
    assert {one.name for one in found.columns} == set(KNOWN_COLUMNS)


def test_false_for_what_is_not_checked_is_no_fault() -> None:
    assert column(EXTRA, "{name: loyalty, unique: false}").name == EXTRA


def test_a_repeated_custom_property_is_refused() -> None:
    declared = "{name: loyalty, customProperties: [{property: trim, value: true}, {property: trim, value: false}]}"
    assert fault(EXTRA, declared).endswith("the property is repeated; keep one of them")
