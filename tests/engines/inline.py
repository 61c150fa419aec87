"""Engine of the tests: an executor of this process, with its own private database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Engine

from app.engines.executor import Executor
from app.lake.lake import Lake
from app.pipeline.ledger import SourceFile
from app.pipeline.processing import Outcome, ProcessingJob


@dataclass
class Inline:
    """Processes files here; after: called with the outcomes before they are settled."""

    lake: Lake
    database: Engine
    after: Callable[[Sequence[Outcome]], None] = lambda _: None

    def process(self, files: Sequence[SourceFile], job: ProcessingJob, check: Callable[[], None]) -> list[Outcome]:
        check()
        outcomes = list(Executor(job, self.database).process(files))
        self.after(outcomes)
        return outcomes
