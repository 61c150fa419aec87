"""Decimal marks of numbers: several of them in the same files."""

from collections import Counter
from collections.abc import Iterator, Sequence

from app.contract.draft.numbers import NumberStyle, decimal_mark
from app.contract.draft.sample import Sample
from app.plurals import counted


def doubts_about_decimals(sample: Sample, columns: Sequence[str], style: NumberStyle) -> Iterator[str]:
    """Yield a remark if some numbers in these columns have a decimal point, and others a decimal comma."""
    if style.conflict is None:
        return
    texts = Counter(text for name in columns for text in sample.values(name))
    rows = Counter[str]()
    for text, number in texts.items():
        rows[decimal_mark(text)] += number
    point, comma = (
        f"{counted(rows[mark], 'row')} by {mark!r}, such as {example}"
        for mark, example in zip(".,", style.conflict, strict=True)
    )
    yield (
        f"the numbers mix decimal marks: {point}, and {comma}; this contract reads {style.decimal!r}, and quarantines "
        "or misreads the others. Correct the files, or move those of one mark to a folder of their own with a server "
        "of their own."
    )
