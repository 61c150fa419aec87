"""Archives whose ingest dies at any statement, or right after a commit: afterwards all is as if it had not."""

import gzip
from collections.abc import Iterator, Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app.jobs.context import Context
from app.pipeline.ingest import IngestPolicy
from tests.faults.delivered import FUSES
from tests.faults.machine import EMPTIED, EXAMPLES
from tests.faults.world import Died, Fuse, dying
from tests.loading import BAD, FROM_SCRATCH, change, gold, load, query, sale
from tests.source.memory import MemorySource
from tests.zips import reading_zips, sales, zip_into, zipped

A, B, C = (sales(sale(f"53636{at}", customer)) for at, customer in enumerate("ABC"))
POLICY = IngestPolicy(files_per_batch=1, loaders=1)
STATES = "select key, state, rows_read from pipeline.source_file where state <> 'superseded' order by key"
BEFORE = {"a.csv": A, "b.csv": B, "gone.csv": C, "twin.csv": A}
AFTER = {"a.csv": B, "b.csv": C, "new.csv": A, "twin.csv": A, "bad.csv": sales(BAD)}


def found(context: Context) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)
    return query(context.engine, STATES), gold(context.engine)


def begin(context: Context, folder: Path) -> None:
    """Begin with the first archive loaded, and a second one in its place."""
    change(context.engine, EMPTIED)
    zip_into(folder, BEFORE)
    load(context, policy=POLICY)
    zip_into(folder, AFTER)


def deaths(context: Context, folder: Path, burns_with: str, step: int) -> Iterator[tuple[int, object]]:
    """Let ingests die ever later, until one does not; yield what is there after a whole ingest that follows."""
    for left in count(1, step):
        begin(context, folder)
        with suppress(Died), dying(context, Fuse(burns_with, left)) as mortal:
            load(mortal, policy=POLICY)
            return
        load(context, policy=POLICY)
        yield left, found(context)


@pytest.mark.parametrize(("burns_with", "step", "least"), [("statement", 11, 10), ("commit", 1, 6)])
def test_an_archive_is_loaded_exactly_once(
    context: Context, folder: Path, burns_with: str, step: int, least: int
) -> None:
    context = reading_zips(context)
    begin(context, folder)
    load(context, policy=POLICY)
    expected = found(context)
    died = dict(deaths(context, folder, burns_with, step))
    assert ({left for left, what in died.items() if what != expected}, len(died) >= least) == (set(), True)


# --- members of an archive, and the same files in a folder of its name

Delivery = tuple[Mapping[str, int], Mapping[str, int]]
CONTENTS = [A, B, C, sales(sale("536370"), sale("536371"), BAD), sales(BAD), sales(), b""]
NUMBERS = st.integers(0, len(CONTENTS) - 1)
MEMBERS = st.dictionaries(st.sampled_from(["a.csv", "b/2.csv", "c.csv.gz"]), NUMBERS)
BESIDE = st.dictionaries(st.sampled_from(["0.csv", "z.csv"]), NUMBERS, max_size=1)
DELIVERIES = st.lists(st.tuples(MEMBERS, BESIDE), min_size=2, max_size=4)
VERSIONS = """
    select key, sha256, state, rows_read, rows_loaded, rows_quarantined, error from pipeline.source_file
    where key <> 'sales.zip' order by key, id
"""


def delivered(delivery: Delivery, *, as_archive: bool) -> MemorySource:
    """Return a source with some files in an archive, or in a folder, and others beside it."""
    within, beside = ({key: content_of(key, number) for key, number in part.items()} for part in delivery)
    objects = (
        {"sales.zip": zipped(within)} if as_archive else {f"sales.zip/{key}": each for key, each in within.items()}
    )
    return MemorySource(beside | (objects if within else {}), suffixes=(".csv", ".csv.gz", ".zip"))


def content_of(key: str, number: int) -> bytes:
    return gzip.compress(CONTENTS[number], mtime=0) if key.endswith(".gz") else CONTENTS[number]


def ends(context: Context, deliveries: list[Delivery], *, as_archive: bool, fuse: Fuse | None = None) -> object:
    """Return the ledger, silver and gold after an ingest of each delivery, of which the last may die once."""
    change(context.engine, EMPTIED)
    sources = [delivered(each, as_archive=as_archive) for each in deliveries]
    for source in sources[:-1]:
        load(context, source, POLICY)
    if fuse is not None:
        with suppress(Died), dying(context, fuse) as mortal:
            load(mortal, sources[-1], POLICY)
    load(context, sources[-1], POLICY)
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)
    return query(context.engine, VERSIONS), gold(context.engine)


def test_an_archive_ends_as_a_folder_of_its_files(context: Context) -> None:
    context = reading_zips(context)

    @settings(
        max_examples=EXAMPLES // 2,
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(deliveries=DELIVERIES, fuse=st.none() | FUSES)
    def compare(deliveries: list[Delivery], fuse: Fuse | None) -> None:
        assert ends(context, deliveries, as_archive=True, fuse=fuse) == ends(context, deliveries, as_archive=False)

    compare()
