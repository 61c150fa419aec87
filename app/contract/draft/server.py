"""Dialect of a drafted contract: delimiter, encoding, quotes of most files, and the files that differ."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from app.contract.draft.document import Remarks
from app.contract.draft.sample import Sample, SampledFile
from app.contract.model import DEFAULT_SUFFIXES
from app.plurals import agreeing

ASCII: Final = "ascii"
WORDS: Final = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe"}
MAX_NAMES_SHOWN: Final = 3
WORKBOOK: Final = ".xlsx"
WORKBOOKS: Final = (WORKBOOK,)


def server_keys(sample: Sample) -> dict[str, object]:
    """Return the keys of the server."""
    kind = _most(sample, lambda file: file.format) or "csv"
    keys: dict[str, object] = {"server": "sales", "type": "local", "format": kind}
    if kind == "csv":
        delimiter = _most(sample, lambda file: file.delimiter) or ","
        keys.update({"delimiter": WORDS.get(delimiter, delimiter), "encoding": encoding(sample)})
    return keys


def suffixes_of(sample: Sample, suffixes: Sequence[str]) -> list[str]:
    """Return the suffixes to declare, of the format of most files; empty for the default."""
    is_workbook = server_keys(sample)["format"] == "xlsx"
    found = [suffix for suffix in suffixes if suffix.endswith(WORKBOOK) == is_workbook]
    return [] if set(found) <= {*(WORKBOOKS if is_workbook else DEFAULT_SUFFIXES)} else found


def encoding(sample: Sample) -> str:
    """Return the encoding of most files with characters outside ASCII."""
    return _most(sample, lambda file: None if file.encoding == ASCII else file.encoding) or "utf-8"


def server_remarks(sample: Sample) -> Remarks:
    """Return comments on differences between the files."""
    remarks = Remarks()
    chosen = encoding(sample)
    remarks.checks.extend(_guessed(sample, chosen))
    remarks.checks.extend(_others(sample, "encoding", lambda file: chosen if file.encoding == ASCII else file.encoding))
    remarks.checks.extend(_others(sample, "delimiter", lambda file: WORDS.get(file.delimiter, file.delimiter)))
    remarks.checks.extend(_other_sheets(sample))
    if any(file.has_sep_line for file in sample.files):
        remarks.notes.append("The first line, sep=, is not data and is skipped.")
    uneven = [(file.key, file.uneven) for file in sample.files if file.uneven]
    if uneven:
        total = sum(number for _, number in uneven)
        remarks.checks.append(
            f"{agreeing(total, 'line', 'has', 'have')} another number of fields than the header, such as in "
            f"{uneven[0][0]}; check delimiter and quotes."
        )
    return remarks


def _guessed(sample: Sample, chosen: str) -> Iterator[str]:
    """Yield a remark if the encoding is a guess, with the words that show whether it is right."""
    file = next((file for file in sample.files if file.readings and file.encoding == chosen), None)
    if file is not None:
        read, *others = (f"{reading.words} in {reading.encoding}" for reading in file.readings)
        instead = f", but {' or '.join(others)}" if others else ""
        yield (
            f"the encoding of {file.key} is a guess, because it is not UTF-8: its words read as {read}{instead}; write "
            "the encoding in which they are right."
        )


def _other_sheets(sample: Sample) -> Iterator[str]:
    found = [file for file in sample.files if file.other_sheets]
    if found:
        names = [*map(repr, found[0].other_sheets[:MAX_NAMES_SHOWN])]
        names += ["…"] if len(found[0].other_sheets) > MAX_NAMES_SHOWN else []
        yield (
            f"{len(found):,} of {len(sample.files):,} workbooks have further sheets with rows, which are not read: "
            f"{', '.join(names)} in {found[0].key}; save every sheet with sales as a file of its own, or add "
            "sheet with the name of the one that has the sales."
        )


def _others(sample: Sample, key: str, value: Callable[[SampledFile], str | None]) -> Iterator[str]:
    most = _most(sample, value)
    others = [(file.key, value(file)) for file in sample.files if value(file) != most]
    if others:
        names = ", ".join(name for name, _ in others[:MAX_NAMES_SHOWN]) + (
            ", …" if len(others) > MAX_NAMES_SHOWN else ""
        )
        yield (
            f"{len(others):,} of {len(sample.files):,} files have the {key} {others[0][1]}, not {most}: {names}; "
            "write them as the others are, or move them to a folder of their own with a server of their own."
        )


def _most(sample: Sample, value: Callable[[SampledFile], str | None]) -> str | None:
    counts = Counter(found for file in sample.files if (found := value(file)) is not None)
    return counts.most_common(1)[0][0] if counts else None
