"""Rules by which a contract reads ids of customers, as a text that is kept where ids are hashed or loaded."""

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


LOOSEST: Final = column_with("trim stripDecimal stripLeadingZeros")


def loosest(text: str) -> str:
    """Return the form of an id that all its spellings have in common, under whatever rules."""
    folded = in_case(in_case(in_case(text, "lower"), "upper"), "lower")
    return normalise(LOOSEST, folded) or ""
