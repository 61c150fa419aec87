"""Two databases that load the same files: one by this process alone, the other one by an engine."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.db.engine import make_engine
from app.engines.private_database import private_database
from app.jobs.context import Context
from app.lake.folder_lake import FolderLake
from app.pipeline.ingest import IngestPolicy
from app.pipeline.processing import Processor
from tests.engines.inline import Inline
from tests.loading import everything, load
from tests.postgres import fresh_database

POLICY = IngestPolicy(loaders=1, waves=1, least_wave_bytes=0)
"""One batch after another, so that of two files with the same content the same one is the duplicate."""


@pytest.fixture(scope="module")
def database() -> Iterator[Engine]:
    with private_database() as engine:
        yield engine


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def inline(database: Engine, lake: Path) -> Inline:
    return Inline(FolderLake(lake), database)


@dataclass
class Twins:
    """The same source in two databases, and the engine of the second one."""

    local: Context
    remote: Context
    processor: Processor

    def load(self, policy: IngestPolicy = POLICY) -> None:
        """Load what is new into both."""
        load(self.local, policy=policy)
        load(self.remote, policy=policy, processor=self.processor)

    def are_equal(self) -> bool:
        """Every row of every table is the same, but for the ids of runs."""
        local, remote = (everything(each.engine, "run_id") for each in (self.local, self.remote))
        for table, rows in local.items():
            assert remote[table] == rows, table
        return True

    def declared(self, **changed: object) -> "Twins":
        """The same twins with other settings."""
        local, remote = (
            replace(each, settings=each.settings.model_copy(update=changed)) for each in (self.local, self.remote)
        )
        return Twins(local, remote, self.processor)


@pytest.fixture
def twins(context: Context, postgres: str, lake: Path, inline: Inline) -> Iterator[Twins]:
    remote = replace(context, settings=context.settings.model_copy(update={"lake": str(lake)}))
    with fresh_database(postgres) as url:
        engine = make_engine(url)
        yield Twins(context, replace(remote, engine=engine), inline)
        engine.dispose()
