"""Separation of mixed files: sales of one format, sales of other formats, and files that are not sales."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.contract.draft.names import best_match
from app.contract.draft.sample import Sample, SampledFile

SALES: Final = frozenset(("invoice_no", "invoice_date", "quantity", "unit_price", "line_total"))
"""Columns that identify a file of sales."""
MIN_COLUMNS: Final = 2
MAX_NAMES_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Mixed:
    """Files of a folder by kind.

    Attributes:
        files: those to draft a contract from.
        of_other_format: sales that another contract has to read.
        not_sales: files without the columns of sales.
    """

    files: tuple[SampledFile, ...]
    of_other_format: tuple[SampledFile, ...]
    not_sales: tuple[SampledFile, ...]

    def checks(self) -> Iterator[str]:
        """Yield the `# CHECK:` line about files of another format."""
        if self.of_other_format:
            total, first = len(self.files) + len(self.of_other_format), self.of_other_format[0]
            yield (
                f"{len(self.of_other_format):,} of {total:,} files have the format {first.format}, not "
                f"{self.files[0].format}: {first_keys(self.of_other_format)}; this contract does not read them. Move "
                "them to a folder of their own, and draft a contract for it (regulars contract init)."
            )


def separate(files: Sequence[SampledFile]) -> Mixed:
    """Return the files of the most frequent format that have the columns of sales, and the others."""
    columns = {file.key: _columns(file) for file in files}
    most = max(map(len, columns.values()), default=0)
    not_sales = tuple(file for file in files if most >= MIN_COLUMNS and 2 * len(columns[file.key]) < most)
    sales = [file for file in files if file not in not_sales]
    formats = Counter(file.format for file in sales)
    chosen = "xlsx" if formats["xlsx"] > formats["csv"] else "csv"
    return Mixed(
        files=tuple(file for file in sales if file.format == chosen),
        of_other_format=tuple(file for file in sales if file.format != chosen),
        not_sales=not_sales,
    )


def first_keys(files: Sequence[SampledFile]) -> str:
    """Return the keys of the first files for a message."""
    more = ", …" if len(files) > MAX_NAMES_SHOWN else ""
    return ", ".join(file.key for file in files[:MAX_NAMES_SHOWN]) + more


def _columns(file: SampledFile) -> frozenset[str]:
    match = best_match(Sample((file,)).names())
    return SALES & {column.name for column, _ in match.columns}
