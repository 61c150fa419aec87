"""Draft a contract from the files below some paths."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Final

from app.contract.draft.document import Document
from app.contract.draft.draft import draft
from app.contract.draft.mixed import first_keys, separate
from app.contract.draft.sample import Sample, SampledFile
from app.errors import BadData, BrokenFile
from app.prepare.draft.files import Table, list_files, some_files, suffix_of
from app.prepare.draft.read import read_sample
from app.source.selection import describe_skipped

MAX_FILES: Final = 60
MAX_BYTES: Final = 8 * 1024**2
"""Maximum number of bytes read from all files together."""
DraftProgress = Callable[[int, int], None]


def draft_contract(paths: Sequence[Path], progress: DraftProgress | None = None) -> str:
    """Return the YAML document of a contract for files such as these.

    Raises BrokenFile if there is no file that can be read, StoreUnusable for a missing path.
    """
    listing = list_files(paths)
    sampled, unreadable = _read(some_files(listing, MAX_FILES), progress)
    if not sampled:
        reasons = [*unreadable.values()][:1]
        reasons += [f"not read: {describe_skipped(listing.others.items())}"] if listing.others else []
        reason = "".join(f"; {each}" for each in reasons)
        raise BrokenFile(f"there is no sales file (.csv, .tsv, .txt, .xlsx, .gz, .zip) with rows here{reason}")
    mixed = separate(sampled)
    read = {suffix_of(key) for key in (*unreadable, *(file.key for file in mixed.files))}
    unread = {suffix_of(file.key) for file in mixed.not_sales} - read
    document = draft(Sample(mixed.files), tuple(suffix for suffix in listing.suffixes if suffix not in unread))
    document.head.checks.extend(unreadable.values())
    document.server_remarks.checks.extend(mixed.checks())
    _remark_on_not_sales(document, mixed.not_sales, unread)
    if listing.hidden:
        document.head.notes.append(f"{listing.hidden:,} hidden files are not read.")
    if listing.others:
        others = describe_skipped(listing.others.items())
        document.head.notes.append(f"Files with other suffixes are not read: {others}.")
    return document.render()


def _read(tables: Sequence[Table], progress: DraftProgress | None) -> tuple[list[SampledFile], dict[str, str]]:
    """Return the samples of the files with rows, and the errors of those that cannot be read, by their key."""
    sampled, unreadable = list[SampledFile](), dict[str, str]()
    for at, table in enumerate(tables, 1):
        try:
            file = read_sample(table, MAX_BYTES // len(tables))
        except (BadData, OSError) as error:
            unreadable[table.key] = f"{error}" if f"{error}".startswith(table.key) else f"{table.key}: {error}"
            continue
        sampled += [file] if file is not None else []
        if progress is not None:
            progress(at, len(tables))
    return sampled, unreadable


def _remark_on_not_sales(document: Document, not_sales: Sequence[SampledFile], unread: Collection[str]) -> None:
    """Comment on files that are not sales; unread: suffixes that the contract does not read."""
    left_out = [file for file in not_sales if suffix_of(file.key) in unread]
    rejected = [file for file in not_sales if suffix_of(file.key) not in unread]
    if left_out:
        document.head.notes.append(
            f"Files without the columns of sales, whose suffix is not declared: {first_keys(left_out)}."
        )
    if rejected:
        document.head.checks.append(
            f"{len(rejected):,} files lack the columns of the other files, and will be rejected:  "
            f"{first_keys(rejected)}; move them to another folder, or add the names of their columns as synonyms."
        )
