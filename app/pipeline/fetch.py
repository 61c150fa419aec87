"""Fetch the objects of a batch, and distinguish errors of one object from errors of the store."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock

from sqlalchemy import Engine

from app.errors import (
    BadData,
    ObjectChanged,
    ObjectRefused,
    RegularsError,
    StoreUnavailable,
    StoreUnusable,
)
from app.jobs.runs import Run
from app.pipeline import ledger
from app.pipeline.ledger import SourceFile
from app.pipeline.processing import Outcome
from app.source.archive_reader import ArchiveReader
from app.source.protocol import Fetched


@dataclass(slots=True)
class Batch:
    """Objects of one batch.

    Attributes:
        fetched: files with their contents, which are closed with the stack given to `fetch`, or their outcomes.
        changed: files that were overwritten or deleted since they were listed.
        unreadable: files without readable content, each with a hash of its address and the error.
    """

    fetched: list[tuple[SourceFile, Fetched | Outcome]] = field(default_factory=list)
    changed: list[tuple[SourceFile, ObjectChanged]] = field(default_factory=list)
    unreadable: list[tuple[SourceFile, str, BadData]] = field(default_factory=list)


@dataclass(slots=True)
class Fetcher:
    """Reader of one source during one ingest; used by several threads, which change its counts under a lock.

    Attributes:
        engine: engine of the ledger.
        newest: the newest listed file, read to see whether the store responds while no file is loaded yet.
        max_unavailable: number of failed downloads in succession above which another object is read, to see whether
            the store responds.
        files_read: number of objects that were read.
        failures: number of failed downloads in succession.
        refused: files to which the store denies access.
        unavailable: errors of failed downloads; the next ingest downloads these objects again.
    """

    reader: ArchiveReader
    run: Run
    engine: Engine
    newest: SourceFile | None
    max_unavailable: int
    files_read: int = 0
    failures: int = 0
    refused: list[tuple[SourceFile, ObjectRefused]] = field(default_factory=list)
    unavailable: list[RegularsError] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock, init=False, repr=False)

    def fetch(self, files: Sequence[SourceFile], opened: ExitStack) -> Batch:
        """Fetch the objects of a batch; raises StoreUnavailable or StoreUnusable for the store as a whole."""

        def read(file: SourceFile) -> Fetched:
            fetched = self.reader.fetch(file.object)
            opened.enter_context(fetched.content)
            return fetched

        return self._collect(files, read)

    def collect(self, files: Sequence[SourceFile], outcomes: Sequence[Outcome]) -> Batch:
        """Return the batch of files that an engine has fetched and processed; raises as `fetch` does."""
        of_file = {outcome.file_id: outcome for outcome in outcomes}

        def read(file: SourceFile) -> Outcome:
            outcome = of_file[file.file_id]
            if outcome.not_fetched is not None:
                raise outcome.not_fetched
            return outcome

        return self._collect(files, read)

    def _collect(self, files: Sequence[SourceFile], read: Callable[[SourceFile], Fetched | Outcome]) -> Batch:
        batch = Batch()
        for file in files:
            try:
                batch.fetched.append((file, read(file)))
                with self._lock:
                    self.files_read += 1
                    self.failures = 0
            except ObjectChanged as error:
                batch.changed.append((file, error))
            except BadData as error:
                batch.unreadable.append((file, sha256(file.address.encode()).hexdigest(), error))
            except ObjectRefused as error:
                with self._lock:
                    self.refused.append((file, error))
            except StoreUnavailable as error:
                self.run.step(f"not read: {error}")
                if self._count_failure(error) > self.max_unavailable and not self._store_responds():
                    raise
        return batch

    def _count_failure(self, error: StoreUnavailable) -> int:
        """Record a failed download; return the number of failed ones in succession."""
        with self._lock:
            self.unavailable.append(error)
            self.failures += 1
            return self.failures

    def raise_if_all_are_refused(self) -> None:
        """Raise StoreUnusable if the store denies access to every object of the batch and to a loaded one."""
        if self.refused and not self.files_read and not self._store_responds():
            raise StoreUnusable(str(self.refused[0][1]))

    def _store_responds(self) -> bool:
        # One request for an object that could be read before, or else for the newest one.
        with self.engine.connect() as connection:
            file = ledger.smallest_loaded(connection, self.reader.source.name) or self.newest
        if file is None:
            return False
        try:
            self.reader.fetch(file.object).content.close()
        except (ObjectChanged, BadData):
            pass  # it can be read, or its successor can be listed
        except (ObjectRefused, StoreUnavailable):
            return False
        with self._lock:
            self.failures = 0
        return True
