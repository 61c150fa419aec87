"""Folders of mixed files: those of one format with the columns of sales, and the others."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.contract.draft.names import best_match
from app.contract.draft.sample import Sample, SampledFile

SALES: Final = frozenset(("invoice_no", "invoice_date", "quantity", "unit_price", "line_total"))
"""Columns by which a file of sales is known."""
MIN_COLUMNS: Final = 2
MAX_NAMES_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Mixed:
    """Files by what they are.

    Attributes:
        files: those to draft a contract from.
        of_other_format: sales that another contract has to read.
        strays: files without the columns that the others have.
    """

    files: tuple[SampledFile, ...]
    of_other_format: tuple[SampledFile, ...]
    strays: tuple[SampledFile, ...]

    def checks(self) -> Iterator[str]:
        """Yield what a person has to do with the files of another format."""
        if self.of_other_format:
            total, first = len(self.files) + len(self.of_other_format), self.of_other_format[0]
            yield (
                f"{len(self.of_other_format):,} of {total:,} files have the format {first.format}, not "
                f"{self.files[0].format}: {shown(self.of_other_format)}; this contract does not read them. Move them "
                "to a folder of their own, and draft a contract for it (regulars contract init)."
            )


def separate(files: Sequence[SampledFile]) -> Mixed:
    """Return the files of the most frequent format that have the columns of sales, and the others."""
    columns = {file.key: _columns(file) for file in files}
    most = max(map(len, columns.values()), default=0)
    strays = tuple(file for file in files if most >= MIN_COLUMNS and 2 * len(columns[file.key]) < most)
    sales = [file for file in files if file not in strays]
    formats = Counter(file.format for file in sales)
    chosen = "xlsx" if formats["xlsx"] > formats["csv"] else "csv"
    return Mixed(
        files=tuple(file for file in sales if file.format == chosen),
        of_other_format=tuple(file for file in sales if file.format != chosen),
        strays=strays,
    )


def shown(files: Sequence[SampledFile]) -> str:
    """Return the keys of some files for a message."""
    more = ", …" if len(files) > MAX_NAMES_SHOWN else ""
    return ", ".join(file.key for file in files[:MAX_NAMES_SHOWN]) + more


def _columns(file: SampledFile) -> frozenset[str]:
    match = best_match(Sample((file,)).names())
    return SALES & {column.name for column, _ in match.columns}
