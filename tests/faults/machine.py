"""State machine of ingestion: its rules drive the program and the model, and compare both after every step."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import date
from functools import cache
from uuid import uuid4

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from pydantic import SecretStr
from sqlalchemy import Engine

from app.erasure.erase import erase
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.apply_contract import apply_contract
from app.pipeline.ingest import IngestPolicy
from app.pipeline.replay import QuarantineFilter, replay
from app.settings import Settings
from tests.contracts import with_dates
from tests.erasure.erasing import KEY, SECRET
from tests.faults.delivered import BATCHES, CHANGES, CONTENTS, FUSES, GOOD_CONTENTS, KEYS, Change
from tests.faults.held import Held
from tests.faults.model import Model, Place
from tests.faults.validating import BRITISH, ISO, Content, without
from tests.faults.world import Died, Fuse, Store, dying
from tests.loading import FROM_SCRATCH, change, everything, gold, load, only, query

EXAMPLES = int(os.environ.get("MODEL_EXAMPLES", "30"))
BOUNDED = settings(
    max_examples=EXAMPLES,
    stateful_step_count=10,
    derandomize=False,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
ERASED = "select from privacy.erasure where customer_hash = :hash"
RECOGNISED = "select key from pipeline.source_file where state <> 'superseded' and rows_read is distinct from 0"
"""Keys by which a source is recognised at another location."""
EMPTIED = """
    truncate pipeline.source_file, pipeline.source, pipeline.freshness, pipeline.contract, pipeline.job_run,
        privacy.erasure, bronze.sales_row, silver.sales_row, silver.quarantine, gold.customer_rfm,
        gold.customer_invoice, gold.customer_identifier, gold.sales_period, gold.cohort_month, gold.uncounted_sales,
        quality.file_profile, quality.file_dates, quality.expectation_results, quality.file_money,
        quality.file_currency, quality.file_warning, quality.data_warning, quality.file_nulls, quality.check_result,
        quality.check_state, quality.alert, pipeline.openlineage_event, pipeline.openlineage_delivery
    restart identity
"""


def sized(batch: int, loaders: int = 1) -> IngestPolicy:
    """Policy of an ingest with small batches; with one loader they are loaded in the order of keys, as in the model."""
    return IngestPolicy(files_per_batch=batch, loaders=loaders)


@cache
def declaring(date_format: str) -> Settings:
    """Settings with a date format in the contract."""
    return Settings(as_of=date(2026, 3, 1), contract=with_dates(date_format), erasure_key=SecretStr(SECRET))


class Ingestion(RuleBasedStateMachine):
    """A source that changes, ingests that come to their end or not, and what the database then holds."""

    engine: Engine

    def __init__(self) -> None:
        super().__init__()
        change(self.engine, EMPTIED)
        self.held = Held(self.engine)
        self.store, self.model = Store(), Model({key: Place() for key in KEYS})
        self.pool: list[Content] = []

    @initialize(good=GOOD_CONTENTS, others=st.lists(CONTENTS, min_size=1, max_size=3))
    def know(self, good: list[Content], others: list[Content]) -> None:
        self.pool = [*good, *others]

    @property
    def context(self) -> Context:
        return Context(self.engine, declaring(self.model.date_format), clock=self.store.now)

    # --- the source

    def deliver(self, changes: list[Change]) -> None:
        for how, key, number in changes:
            if how == "put":
                self.store.put(key, self.pool[number % len(self.pool)])
            elif how == "delete":
                self.store.delete(key)
            elif how == "move back":
                self.store.move_back(key)
            elif key in self.store.objects:
                under = key if how == "redeliver" else KEYS[number % len(KEYS)]
                self.store.put(under, self.store.standing[key])

    # --- ingests

    @rule(date_format=st.sampled_from([BRITISH, BRITISH, ISO]))
    def change_the_contract(self, date_format: str) -> None:
        self.model.date_format = date_format

    @rule(fuse=st.none() | FUSES)
    def apply_the_contract(self, fuse: Fuse | None) -> None:
        if fuse is not None:
            with suppress(Died), dying(self.context, fuse) as context:
                self.apply(context)
            assert gold(self.engine) == query(self.engine, FROM_SCRATCH)
        self.apply(self.context)
        self.model.apply()
        self.held.compare(self.model)
        before = everything(self.engine)
        self.apply(self.context)
        assert everything(self.engine) == before

    @rule(changes=CHANGES, batch=BATCHES)
    def tick(self, changes: list[Change], batch: int) -> None:
        self.deliver(changes)
        self.ingest(batch)
        self.complete()

    @rule(number=st.integers(1, 3), batch=BATCHES)
    def move_the_source(self, number: int, batch: int) -> None:
        self.ingest(batch)
        self.complete()
        if self.store.objects.keys() & {key for (key,) in query(self.engine, RECOGNISED)}:
            self.store.move(number)
            self.ingest(batch)
            self.complete()

    @rule(changes=CHANGES, meanwhile=CHANGES, batch=BATCHES)
    def tick_while_the_source_changes(self, changes: list[Change], meanwhile: list[Change], batch: int) -> None:
        self.deliver(changes)
        with self.store.once_listed(lambda: self.deliver(meanwhile)):
            self.ingest(batch)
        self.incomplete()

    @rule(changes=CHANGES, batch=BATCHES, fuse=FUSES)
    def crash(self, changes: list[Change], batch: int, fuse: Fuse) -> None:
        self.deliver(changes)
        try:
            with dying(self.context, fuse) as context:
                self.ingest(batch, context)
        except Died:
            self.incomplete()
        else:
            self.complete()

    @rule(changes=CHANGES, batch=BATCHES)
    def tick_twice_at_once(self, changes: list[Change], batch: int) -> None:
        self.deliver(changes)
        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(load, self.context, self.store, sized(batch, loaders=3)) for _ in range(2)]:
                done.result(60)
        self.incomplete()
        self.settled()

    @rule(changes=CHANGES, batch=BATCHES, fuse=FUSES)
    def fail_over(self, changes: list[Change], batch: int, fuse: Fuse) -> None:
        self.deliver(changes)
        with ThreadPoolExecutor(2) as pool, dying(self.context, fuse) as context:
            first, second = (pool.submit(load, each, self.store, sized(batch)) for each in (context, self.context))
            second.result(60)
            assert isinstance(first.exception(60), Died | None)
        self.incomplete()

    @rule(fuse=st.none() | FUSES)
    def replay(self, fuse: Fuse | None) -> None:
        if fuse is not None:
            with suppress(Died), dying(self.context, fuse) as context:
                replay(context, Run(uuid4(), "replay"), QuarantineFilter())
            assert gold(self.engine) == query(self.engine, FROM_SCRATCH)
        replay(self.context, Run(uuid4(), "replay"), QuarantineFilter())
        self.model.replay()
        self.held.compare(self.model)

    @rule(customer=st.sampled_from(["A", "B", "17850", "17850.0", "France", "D"]), fuse=st.none() | FUSES)
    def erase(self, customer: str, fuse: Fuse | None) -> None:
        before = everything(self.engine)
        if fuse is not None:
            with suppress(Died), dying(self.context, fuse) as context:
                erase(context.engine, context.settings, customer, "cli")
            is_done = query(self.engine, ERASED, hash=KEY.hash(customer.removesuffix(".0"))) != []
            assert is_done or everything(self.engine) == before
        found = erase(self.engine, self.context.settings, customer, "cli")
        customer = customer.removesuffix(".0")
        assert (found is not None) == (customer in self.model.erased or self.model.erase(customer))
        self.held.compare(self.model)

    @rule(changes=CHANGES, batch=BATCHES, customer=st.sampled_from(["A", "B"]))
    def erase_while_files_are_loaded(self, changes: list[Change], batch: int, customer: str) -> None:
        self.deliver(changes)
        with ThreadPoolExecutor(2) as pool:
            loading = pool.submit(load, self.context, self.store, sized(batch, loaders=3))
            erasing = pool.submit(erase, self.engine, self.context.settings, customer, "cli")
            assert (loading.result(60) is not None, erasing.exception(60)) == (True, None)
        was_known = erasing.result() is not None
        if was_known:
            self.model.erased |= {customer}
            for place in self.model.places.values():
                place.validated = without(place.validated, customer)
        self.incomplete()
        self.settled()

    def apply(self, context: Context) -> None:
        apply_contract(context, only(context, self.store), Run(uuid4(), "apply_contract"))

    def ingest(self, batch: int, context: Context | None = None) -> None:
        self.store.read.clear()
        counts = load(context or self.context, self.store, sized(batch))
        assert counts.rows_read == counts.rows_loaded + counts.rows_quarantined

    # --- what must hold

    def complete(self) -> None:
        self.model.tick(self.store.standing, self.store.read)
        self.settled()

    def incomplete(self) -> None:
        """Committed files are complete; active contents stay active or are superseded by those of the source."""
        self.held.adopt(self.model, self.store)
        self.held.compare(self.model)

    def settled(self) -> None:
        """Every content of the source is active or rejected, and a further ingest does nothing."""
        assert [key for key, content in self.store.standing.items() if not self.model.knows(key, content)] == []
        assert self.held.unread() == []
        self.held.compare(self.model)
        before = everything(self.engine)
        self.ingest(1)
        assert (everything(self.engine), self.store.read) == (before, [])

    def teardown(self) -> None:
        if self.pool:
            self.ingest(3)
            self.complete()
