"""Lines that the declared dialect cannot read, and the key under which they could be read."""

from dataclasses import dataclass, field, replace
from typing import Final

from app.bronze.encodings import likely_encoding
from app.bronze.lines import CsvForm
from app.bronze.remedies import declare
from app.contract.model import Escape
from app.errors import BrokenFile

FEW_LINES: Final = 3
"""Maximum number of damaged lines, which are quarantined, in an accepted file."""
QUOTES: Final = ('"', "'")
SAMPLE_BYTES: Final = 64 * 1024


@dataclass(slots=True)
class LineFaults:
    """Lines of one file that could not be split, by the remedy.

    Attributes:
        columns, unnamed: number of columns of the header, and of those without a name at its end.
        multibyte: lines that are valid UTF-8 and not ASCII.
        unsplit: lines in UTF-8 that could not be split; undecodable: lines that are not UTF-8.
    """

    form: CsvForm
    columns: int
    unnamed: int = 0
    multibyte: int = 0
    unsplit: int = 0
    undecodable: int = 0
    _first_undecodable: int = 0
    _sample: bytes = b""
    _readable: dict[str, list[int]] = field(default_factory=dict)

    def is_utf8(self, line: bytes) -> bool:
        """Return whether a line that is not ASCII is UTF-8, and count it if so."""
        try:
            line.decode()
        except UnicodeDecodeError:
            return False
        self.multibyte += 1
        return True

    def add(self, line_no: int, line: bytes) -> None:
        """Count a line that could not be split."""
        try:
            text = line.decode()
        except UnicodeDecodeError:
            self._first_undecodable = self._first_undecodable or line_no
            self.undecodable += 1
            self._sample = (self._sample + line)[:SAMPLE_BYTES]
            return
        self.unsplit += 1
        for advice, form in self._others(text):
            fields = form.split(iter([text]))
            if fields and form.fitted(fields, self.columns, self.unnamed):
                self._readable.setdefault(advice, []).append(line_no)
                return

    def check(self) -> None:
        """Raise BrokenFile if more than a few lines show that a key of the dialect is wrong."""
        if self.undecodable > max(FEW_LINES, self.multibyte):
            other = likely_encoding(self._sample)
            raise BrokenFile(
                f"{self.undecodable:,} lines are not valid UTF-8, line {self._first_undecodable:,} first, and "
                f"{self.multibyte:,} lines have characters that are; {declare('encoding', other)}, which can read them"
            )
        for advice, numbers in self._readable.items():
            if len(numbers) > FEW_LINES and len(numbers) * 2 >= self.unsplit:
                raise BrokenFile(
                    f"{len(numbers):,} lines cannot be split into {self.columns} columns, line {numbers[0]:,} first; "
                    f"{advice}, which can read them"
                )

    def _others(self, text: str) -> list[tuple[str, CsvForm]]:
        found = []
        if "\\" in text:
            escape: Escape = "backslash" if self.form.escape == "doubled" else "doubled"
            found.append((declare("escape", escape), replace(self.form, escape=escape)))
        quotes = [quote for quote in QUOTES if quote not in (self.form.quote, self.form.delimiter)]
        return found + [
            (declare("quote", quote), replace(self.form, quote=quote)) for quote in quotes if text.count(quote) > 1
        ]
