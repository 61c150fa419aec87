"""Members of archives: content, state and customers."""

from collections.abc import Callable
from pathlib import Path

from app.jobs.context import Context
from app.source.folder import FolderSource
from app.source.protocol import Fetched, SourceObject
from tests.loading import FROM_SCRATCH, gold, query, sale
from tests.zips import sales

A, B, C = (sales(sale(f"53636{at}", customer)) for at, customer in enumerate("ABC"))
FILES = "select key, state from pipeline.source_file where not_read is null and state <> 'superseded' order by key, id"

Zip = Callable[..., Path]


def files(context: Context) -> dict[str, str]:
    """Return the state of each file, opened archives excepted."""
    return dict(query(context.engine, FILES))


def customers(context: Context) -> list[str]:
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)
    return [row[0] for row in gold(context.engine)]


class Recording(FolderSource):
    """A folder that counts the reads of each key, and lets something happen before the first."""

    def __init__(self, folder: Path, before: Callable[[], object] = lambda: None) -> None:
        super().__init__(folder, suffixes=(".csv", ".zip"))
        self.read: list[str] = []
        self.before = before

    def fetch(self, listed: SourceObject) -> Fetched:
        self.before()
        self.read.append(listed.key)
        return super().fetch(listed)
