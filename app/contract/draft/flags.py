"""Columns of true and false whose name says that a row may not be a sale, such as `Void?`."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from app.contract.boolean_words import FALSE_WORDS, TRUE_WORDS
from app.contract.draft import sales
from app.contract.draft.document import PropertyDraft, Setting
from app.contract.draft.sample import Sample
from app.contract.draft.status import is_uncounted
from app.plurals import counted

INNER_CAPITAL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
NOT_IN_NAME: Final = re.compile(r"[^a-z0-9]+")
MAX_NAME_LENGTH: Final = 50
MEASURES: Final = frozenset(
    ("amount", "total", "qty", "quantity", "count", "price", "value", "sum", "tax", "fee", "fees")
)
"""Words in names of columns of numbers, which may be 0 or 1 in a sample."""


def find_flags(
    sample: Sample, names: Sequence[str], known: Mapping[str, str], settings: Sequence[Setting]
) -> Iterator[PropertyDraft]:
    """Yield the columns to declare, with the condition that excludes their rows.

    Args:
        names: names in the header of columns that are not declared.
        known: names in the header of declared columns, by the column.
        settings: business rules of the draft, of which a condition has to keep its part.
    """
    counts = next((f"{one.value}" for one in settings if one.name == "countsWhen"), None)
    taken = set[str]()
    for header in names:
        values = Counter(text.lower() for text in sample.values(header))
        spaced = INNER_CAPITAL.sub(" ", header)
        name = _name(spaced)
        if (
            not name
            or name in taken
            or not values
            or not {*values} <= {*TRUE_WORDS, *FALSE_WORDS}
            or not _is_flag(spaced)
        ):
            continue
        taken.add(name)
        flag = PropertyDraft(name, header, {"logicalType": "boolean", "required": False})
        rows = sum(number for word, number in values.items() if word in TRUE_WORDS)
        excluding = f"{name} is not true" if counts is None else f"({counts}) and {name} is not true"
        flag.remarks.checks.append(
            f"{header} is true in {counted(rows, 'row')}, which may be no sales, and count as drafted. To exclude "
            f'such rows, write {{property: countsWhen, value: "{excluding}"}} in customProperties of the contract; if '
            f'they are returns, {{property: cancellationWhen, value: "{name} is true"}}.'
        )
        if name in sales.fill_down(sample, {**known, name: header}):
            flag.remarks.checks.append(f"{header} is only on the first row of an order; add it to columns of fillDown.")
        yield flag


def _is_flag(spaced: str) -> bool:
    words = {*re.findall(r"[^\W\d_]+", spaced.lower())}
    return is_uncounted(spaced) and not words & MEASURES


def _name(spaced: str) -> str:
    """Return a name for the column, as a statement: `Void?` is `is_void`."""
    words = NOT_IN_NAME.sub("_", spaced.lower()).strip("_")
    name = words if words.startswith("is_") else f"is_{words}"
    # `is_cancellation` is reserved for the result of cancellationWhen.
    return "is_cancelled" if name == "is_cancellation" else name[:MAX_NAME_LENGTH] if words else ""
