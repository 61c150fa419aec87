"""Fetch the objects of a batch, and distinguish errors of one object from errors of the store."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import Engine

from app.errors import (
    BadData,
    ObjectChanged,
    ObjectRefused,
    RegularsError,
    SourceUnreachable,
    StoreUnavailable,
)
from app.jobs.runs import Run
from app.pipeline import ledger
from app.pipeline.ledger import Entry
from app.source.protocol import Fetched, Source


@dataclass(slots=True)
class Batch:
    """Objects of one batch.

    Attributes:
        fetched: files with their contents; a content is closed with the stack given to `fetch`.
        changed: files that were overwritten or deleted since they were listed.
        unreadable: files that no content can be read of, with a hash in its place.
    """

    fetched: list[tuple[Entry, Fetched]] = field(default_factory=list)
    changed: list[tuple[Entry, ObjectChanged]] = field(default_factory=list)
    unreadable: list[tuple[Entry, str, BadData]] = field(default_factory=list)


@dataclass(slots=True)
class Fetcher:
    """Reader of one source during one ingest; used by several threads.

    Attributes:
        max_unavailable: the store counts as unavailable when more objects than this did not arrive.
        files_read: number of objects that were read.
        refused: files that cannot be read, though the store answers.
        unavailable: errors of objects that did not arrive; they are read again by the next ingest.
    """

    source: Source
    run: Run
    max_unavailable: int
    files_read: int = 0
    refused: list[tuple[Entry, ObjectRefused]] = field(default_factory=list)
    unavailable: list[RegularsError] = field(default_factory=list)

    def fetch(self, entries: Sequence[Entry], opened: ExitStack) -> Batch:
        """Fetch the objects of a batch; raises StoreUnavailable or SourceUnreachable for the store as a whole."""
        batch = Batch()
        for entry in entries:
            try:
                fetched = self.source.fetch(entry.listed)
                opened.enter_context(fetched.content)
                batch.fetched.append((entry, fetched))
                self.files_read += 1
            except ObjectChanged as error:
                batch.changed.append((entry, error))
            except BadData as error:
                batch.unreadable.append((entry, sha256(entry.address.encode()).hexdigest(), error))
            except ObjectRefused as error:
                self.refused.append((entry, error))
            except StoreUnavailable as error:
                self.unavailable.append(error)
                self.run.step(f"not read: {error}")
                if len(self.unavailable) > self.max_unavailable:
                    raise
        return batch

    def raise_if_all_are_refused(self, engine: Engine) -> None:
        """Raise SourceUnreachable if the store refuses every object, and not only those of this ingest."""
        if not self.refused or self.files_read:
            return
        with engine.connect() as connection:
            loaded = ledger.smallest_loaded(connection, self.source.name)
        try:
            if loaded is not None:
                self.source.fetch(loaded.listed).content.close()
                return
        except ObjectChanged:
            return  # it can be read, or its successor can be listed: the store answers
        except ObjectRefused:
            pass
        raise SourceUnreachable(str(self.refused[0][1]))
