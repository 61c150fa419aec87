"""Rules by which a contract reads customer ids, as a text that is stored with hashed ids and loaded files."""

from typing import Final

from app.contract.letter_case import in_case
from app.contract.model import Column
from app.contract.normalise import normalise

CUSTOMER_ID: Final = "customer_id"
FIRST_RULES: Final = "trim stripDecimal"
"""Rules before contracts could declare them."""


def id_rules(column: Column) -> str:
    """Return the rules of a column of ids, without its placeholders: `trim upper stripDecimal`."""
    rules = {
        "trim": column.trim,
        column.case: column.case != "keep",
        "stripDecimal": column.strip_decimal,
        "stripLeadingZeros": column.strip_leading_zeros,
    }
    return " ".join(name for name, is_declared in rules.items() if is_declared)


def column_with(rules: str) -> Column:
    """Return a column of ids with rules as `id_rules` writes them."""
    names = rules.split()
    return Column(
        name=CUSTOMER_ID,
        header_names=(CUSTOMER_ID,),
        trim="trim" in names,
        case="lower" if "lower" in names else "upper" if "upper" in names else "keep",
        strip_decimal="stripDecimal" in names,
        strip_leading_zeros="stripLeadingZeros" in names,
    )


COMMON_RULES: Final = column_with("trim stripDecimal stripLeadingZeros")


def common_form(text: str) -> str:
    """Return the form that all spellings of an id share: lower case, without blanks, decimals and leading zeros."""
    folded = in_case(in_case(in_case(text, "lower"), "upper"), "lower")
    return normalise(COMMON_RULES, folded) or ""
