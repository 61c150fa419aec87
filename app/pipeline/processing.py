"""Processing of files outside of the ledger's database: the job, its outcome for each file, and the engine's protocol.

An engine reads, types and validates files in other processes or on other machines, and leaves the rows of bronze,
silver and quarantine as parts in the lake; `settle` copies the parts of an outcome into the ledger's database.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy import Table

from app.bronze import tables as bronze
from app.contract.model import SourceContract
from app.errors import RegularsError, StoreUnavailable, StoreUnusable
from app.lake.lake import Lake
from app.pipeline.ledger import SourceFile
from app.settings import Settings
from app.silver import tables as silver
from app.silver.clean import CleanCounts
from app.suppression.filter import SuppressionFilter

log = logging.getLogger("regulars.ingest")
PART_TABLES: Final[dict[str, Table]] = {
    "bronze": bronze.sales_row,
    "silver": silver.sales_row,
    "quarantine": silver.quarantine,
}
"""Tables whose rows an outcome has, by the names of their parts, in the order in which they are copied."""
OF_EXECUTORS: Final = (
    *("lake", "max_quarantined_share"),
    *("s3_endpoint_url", "s3_region", "s3_path_style"),
)
"""Settings that are sent to other machines."""
ABANDONED_AFTER: Final = timedelta(days=1)
"""Age of parts that no outcome will name any more: of killed executors, speculative twins, and killed ingests."""


@dataclass(frozen=True, slots=True)
class ProcessingJob:
    """Values that are the same for all files of a wave; sent to other processes, never logged.

    Attributes:
        job_id: start of the names of its parts.
        run_id: the run that loads.
        settings: addresses of stores, and limits; without the database and without keys.
        location: address of the source; source_contract: contract and dialect of its files.
        suppressed: customers that were erased.
        today: latest possible day of a sale; received_at: UTC time recorded with the rows.
    """

    job_id: UUID
    run_id: UUID
    settings: Settings = field(repr=False)
    location: str
    source_contract: SourceContract
    suppressed: SuppressionFilter = field(repr=False)
    today: date
    received_at: datetime


@dataclass(frozen=True, slots=True)
class TablePart:
    """Rows of one table in the lake, in the binary format of COPY.

    Attributes:
        table: one of PART_TABLES; name: of the object in the lake, which no other attempt has.
        sha256: of its bytes; rows: their number.
    """

    table: str
    name: str
    sha256: str
    rows: int


@dataclass(frozen=True, slots=True)
class FileLayout:
    """Columns of a received file and sheets that are not read, as the ledger has them."""

    columns: Sequence[str] | None = None
    other_sheets: Sequence[object] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Outcome of processing one file, complete or with one error.

    Attributes:
        file_id: id in the ledger.
        sha256: hash of the content; empty if it was not fetched.
        reading: fingerprint of the contract's reading.
        is_header_only: whether the file has no row.
        cleaned: numbers of rows; parts: the rows; layout: columns and sheets. None or empty with an error.
        not_fetched: error of the source; a file without content.
        error: BadData if the content is rejected; any other error is a failed attempt.
    """

    file_id: int
    sha256: str = ""
    reading: str = ""
    is_header_only: bool = False
    cleaned: CleanCounts | None = None
    layout: FileLayout = field(default_factory=FileLayout)
    parts: tuple[TablePart, ...] = ()
    not_fetched: RegularsError | None = None
    error: Exception | None = None


class ProcessingFailed(Exception):
    """A file could not be processed, for a reason other than its content; its notes have the traceback."""


class Processor(Protocol):
    """Engine that processes the files of a wave; used by several threads.

    Attributes:
        lake: location of the parts.
    """

    @property
    def lake(self) -> Lake: ...  # noqa: D102  # described above

    def process(self, files: Sequence[SourceFile], job: ProcessingJob, check: Callable[[], None]) -> list[Outcome]:
        """Return the outcome of each file, in their order.

        Raises EngineUnavailable if the engine does not respond, Misconfigured if its machines have other versions.

        check: function that raises an error if the run is to end; called about once a second.
        """
        ...


def executor_settings(settings: Settings) -> Settings:
    """Return the settings that executors need: stores and limits; without database, keys and addresses of others."""
    return Settings.model_construct(**{name: getattr(settings, name) for name in OF_EXECUTORS})


def delete_parts(lake: Lake, names: Iterable[str]) -> None:
    """Delete parts; errors of the lake are logged only."""
    with _logged_errors():
        lake.delete(names)


def delete_abandoned(lake: Lake, now: datetime) -> None:
    """Delete parts that no outcome names any more; errors of the lake are logged only."""
    with _logged_errors():
        lake.delete(lake.names(now - ABANDONED_AFTER))


@contextmanager
def _logged_errors() -> Iterator[None]:
    """Log errors of the lake: files are loaded without these deletions, and a later ingest repeats them."""
    try:
        yield
    except (StoreUnavailable, StoreUnusable) as error:
        log.warning("parts of processed files were not deleted: %s", error)
