"""Load a wave: files that an engine processes, settled in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from app.jobs.runs import Run
from app.pipeline.batches import batches
from app.pipeline.ledger import SourceFile
from app.pipeline.list_new import IngestPolicy
from app.pipeline.load_batch import BatchLoader, Counts
from app.pipeline.load_file import ProcessedFiles
from app.pipeline.processing import ProcessingJob, Processor, delete_parts, executor_settings
from app.pipeline.settle import check_letters
from app.source.protocol import location
from app.suppression.filter import SuppressionFilter


@dataclass(frozen=True, slots=True)
class WaveLoader:
    """Loader of waves during one ingest; used by several threads."""

    loader: BatchLoader
    processor: Processor
    policy: IngestPolicy

    @property
    def run(self) -> Run:
        """The run that loads."""
        return self.loader.run

    def load(self, files: Sequence[SourceFile]) -> Counts:
        """Let the engine process the files, settle their outcomes, and load by this process the files that remain.

        A transaction that fails leaves the ledger as it was; the parts are deleted in any case.
        """
        self.run.check()
        job = self._job()
        outcomes = self.processor.process(files, job, self.run.check)
        try:
            processed = ProcessedFiles(job, self.processor.lake)
            counts, postponed = self.loader.settle(files, outcomes, processed)
        finally:
            delete_parts(self.processor.lake, [part.name for outcome in outcomes for part in outcome.parts])
        for batch in batches(postponed, self.policy.files_per_batch, self.policy.bytes_per_batch):
            counts.add(self.loader.load(batch))
        return counts

    def _job(self) -> ProcessingJob:
        context, source_contract = self.loader.context, self.loader.source_contract
        with self.run.begin(context.engine) as connection:
            suppressed = SuppressionFilter.read(connection, context.settings)
            check_letters(connection)
        return ProcessingJob(
            job_id=uuid4(),
            run_id=self.run.run_id,
            settings=executor_settings(context.settings),
            location=location(self.loader.fetcher.reader.source),
            source_contract=source_contract,
            suppressed=suppressed,
            today=context.today(source_contract.dialect.timezone),
            received_at=context.clock(),
        )
