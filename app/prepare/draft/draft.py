"""Draft a contract from the files below some paths."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from app.contract.draft.draft import draft
from app.contract.draft.sample import Sample, SampledFile
from app.errors import BadData, BrokenFile
from app.prepare.draft.files import list_files, some_files
from app.prepare.draft.read import read_sample

MAX_FILES: Final = 60
MAX_BYTES: Final = 8 * 1024**2
"""Bytes that are read of all files together."""
Progress = Callable[[int, int], None]


def draft_contract(paths: Sequence[Path], progress: Progress | None = None) -> str:
    """Return the YAML document of a contract for files such as these.

    Raises BrokenFile if there is no file that can be read, StoreUnusable for a missing path.
    """
    listing = list_files(paths)
    chosen = some_files(listing, MAX_FILES)
    sampled, unreadable = list[SampledFile](), list[str]()
    for at, table in enumerate(chosen, 1):
        try:
            file = read_sample(table, MAX_BYTES // len(chosen))
        except (BadData, OSError) as error:
            unreadable.append(f"{error}" if f"{error}".startswith(table.key) else f"{table.key}: {error}")
            continue
        sampled += [file] if file is not None else []
        if progress is not None:
            progress(at, len(chosen))
    if not sampled:
        reason = f"; {unreadable[0]}" if unreadable else ""
        raise BrokenFile(f"there is no sales file (.csv, .tsv, .txt, .xlsx, .gz, .zip) with rows here{reason}")
    document = draft(Sample(tuple(sampled)), listing.suffixes)
    document.head.checks.extend(f"{error}" for error in unreadable)
    if listing.hidden:
        document.head.notes.append(f"{listing.hidden:,} hidden files are no data and are left out.")
    if listing.others:
        document.head.notes.append(f"{listing.others:,} files have other suffixes and are left out.")
    return document.render()
