"""Batches: consecutive files of limited number and size."""

from collections.abc import Iterator, Sequence

from app.pipeline.ledger import SourceFile


def batches(files: Sequence[SourceFile], most_files: int, most_bytes: int) -> Iterator[list[SourceFile]]:
    """Yield consecutive files of at most this number and size; a larger file is a batch of its own."""
    batch: list[SourceFile] = []
    size = 0
    for file in files:
        if batch and (len(batch) == most_files or size + file.object.size > most_bytes):
            yield batch
            batch, size = [], 0
        batch.append(file)
        size += file.object.size
    if batch:
        yield batch
