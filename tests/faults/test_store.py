"""The store, as ingestion.md lists what may be wrong with it: a real one, behind a proxy that lets it happen.

Whatever happened, the next ingest that is left alone ends in the very tables of one that never was disturbed.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import SimpleNamespace

import boto3
import botocore.endpoint
import pytest
from botocore.config import Config

from app.errors import Retriable, StoreUnavailable
from app.jobs.context import Context
from tests.faults.bucket import DAYS, REMOVED, REPLACED, Store, day_of, key, open_store
from tests.faults.days import text
from tests.faults.proxy import Fault, after, before, end, midway, reset, says, shortened, silence
from tests.loading import everything, gold, load, query, sale, states
from tests.s3 import ACCESS_KEY, SECRET_KEY, S3Server

HIT = r"^GET /[^/]+/retail/2026-02-03/"
LISTING = "^GET .*list-type=2"
SLOW, EXPIRED = says(503, "SlowDown"), says(400, "ExpiredToken")
ATTEMPTS = 4
MEGABYTE = 1024**2


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Pauses of the client before its retries, in seconds; the test does not wait."""
    waited: list[float] = []
    monkeypatch.setattr(botocore.endpoint, "time", SimpleNamespace(sleep=waited.append))
    return waited


@pytest.fixture(scope="module")
def session() -> boto3.Session:
    """One that has read what boto3 knows of S3, which takes longer than a test."""
    return boto3.Session()


@pytest.fixture
def store(
    context: Context,
    s3: S3Server,
    bucket: str,
    postgres: str,
    waits: list[float],
    session: boto3.Session,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Store]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    monkeypatch.setattr("boto3.Session", lambda: session)
    monkeypatch.setattr("app.source.s3.Config", lambda **given: Config(**{**given, "read_timeout": 0.3}))
    with open_store(context, s3, bucket, postgres) as store:
        yield store


def test_nothing_happens_and_the_proxy_changes_nothing(store: Store) -> None:
    assert store.load().loaded == len(DAYS)
    assert store.proxy.asked_for("^GET") == 1 + len(DAYS)
    assert store.loaded_as_undisturbed()


# --- what passes while the client asks again


@pytest.mark.parametrize("where", [LISTING, HIT], ids=["listing", "reading"])
@pytest.mark.parametrize("fault", [SLOW, reset, silence], ids=["503 SlowDown", "reset", "timeout"])
def test_a_temporary_fault_is_retried_within_a_run(store: Store, where: str, fault: Fault) -> None:
    store.proxy.on(where, *[fault] * (ATTEMPTS - 1))
    assert store.load().loaded == len(DAYS)
    assert store.proxy.asked_for(where) == ATTEMPTS
    assert store.loaded_as_undisturbed()


def test_the_client_waits_longer_each_time_and_never_as_long_as_another(store: Store, waits: list[float]) -> None:
    store.proxy.on(HIT, always=SLOW)
    with pytest.raises(StoreUnavailable):
        store.load()
    assert len(set(waits)) == len(waits) == ATTEMPTS - 1
    assert all(wait <= 2**number for number, wait in enumerate(waits))


# --- what does not pass


def stays(store: Store, fault: Fault, said: str) -> None:
    """One object cannot be read: the run says so, the others are loaded, and the file is not to blame."""
    store.proxy.on(HIT, always=fault)
    with pytest.raises(StoreUnavailable, match=said):
        store.load()
    assert [row[:2] for row in store.ledger()] == [
        ("discovered" if day == "2026-02-03" else "loaded", 0) for day in DAYS
    ]
    assert store.proxy.asked_for(HIT) <= ATTEMPTS


def test_503_slow_down(store: Store) -> None:
    stays(store, SLOW, "2026-02-03_transactions.csv: the store answered 503 SlowDown")
    assert store.loaded_as_undisturbed()


def test_resets(store: Store) -> None:
    stays(store, reset, "2026-02-03_transactions.csv: the store does not answer")
    assert store.loaded_as_undisturbed()


def test_a_reset_within_the_body(store: Store) -> None:
    stays(store, after(40, reset), r"2026-02-03_transactions\.csv: ")
    assert store.loaded_as_undisturbed()


def test_timeouts(store: Store) -> None:
    stays(store, silence, "2026-02-03_transactions.csv: the store does not answer: Read timeout")
    assert store.loaded_as_undisturbed()


def test_a_timeout_within_the_body(store: Store) -> None:
    stays(store, after(40, silence), r"2026-02-03_transactions\.csv: .*Read timeout")
    assert store.loaded_as_undisturbed()


def test_expired_credentials(store: Store) -> None:
    stays(store, EXPIRED, r"the AWS credentials have expired \(ExpiredToken\); renew them")
    assert store.loaded_as_undisturbed()


def test_truncated_body(store: Store) -> None:
    stays(store, after(40, end), r"2026-02-03_transactions\.csv: ")
    assert store.loaded_as_undisturbed()


def test_truncated_body_with_a_matching_content_length(store: Store) -> None:
    stays(store, shortened(40), r"2026-02-03_transactions\.csv")
    assert store.loaded_as_undisturbed()


@pytest.mark.parametrize("fault", [SLOW, reset, silence, EXPIRED], ids=["503", "reset", "timeout", "expired"])
def test_a_store_that_cannot_be_listed_changes_nothing(store: Store, fault: Fault) -> None:
    store.load()
    before_it = everything(store.context.engine)
    store.proxy.clear()
    store.proxy.on(LISTING, always=fault)
    with pytest.raises(Retriable):
        store.load()
    assert everything(store.context.engine) == before_it
    assert store.proxy.asked_for(LISTING) <= ATTEMPTS


@pytest.mark.parametrize("fault", [SLOW, EXPIRED], ids=["503", "expired"])
def test_an_unavailable_store_is_not_requested_forever(store: Store, fault: Fault) -> None:
    store.proxy.on("^GET .*/retail/2026", always=fault)
    with pytest.raises(StoreUnavailable):
        store.load()
    assert store.ledger() == [("discovered", 0, None)] * len(DAYS)
    assert store.proxy.asked_for("/retail/2026") <= len(DAYS) * ATTEMPTS
    assert store.loaded_as_undisturbed()


def test_a_fault_now_and_then_over_many_runs_is_never_a_bad_file(store: Store) -> None:
    store.proxy.on(HIT, always=after(40, end))
    assert store.context.settings.max_attempts == 2
    for _ in range(3):
        with pytest.raises(StoreUnavailable):
            store.load()
    assert store.loaded_as_undisturbed()


# --- what changes meanwhile


OVERWRITTEN = day_of("2026-02-03", "new", "newer", "newest")


def test_overwritten_between_list_and_read(store: Store) -> None:
    store.proxy.on(HIT, before(lambda: store.put(key("2026-02-03"), OVERWRITTEN)))
    assert store.load().loaded == len(DAYS) - 1
    state, attempts, error = store.ledger()[2]
    assert (state, attempts, REPLACED in error) == ("superseded", 0, True)
    assert store.loaded_as_undisturbed()
    assert {"new", "newer", "newest"} < {row[0] for row in gold(store.context.engine)}


def test_deleted_between_list_and_read(store: Store) -> None:
    store.proxy.on(HIT, before(lambda: store.delete(key("2026-02-03"))))
    assert store.load().loaded == len(DAYS) - 1
    state, attempts, error = store.ledger()[2]
    assert (state, attempts, REMOVED in error) == ("superseded", 0, True)
    assert store.loaded_as_undisturbed()


def test_deleted_and_restored_between_list_and_read(store: Store) -> None:
    content = day_of("2026-02-03", "always", "of day 2")

    def restore() -> None:
        store.delete(key("2026-02-03"))
        store.put(key("2026-02-03"), content)

    store.proxy.on(HIT, before(restore))
    assert store.load().loaded == len(DAYS)
    assert store.loaded_as_undisturbed()


def test_overwritten_in_the_middle_of_a_read(store: Store) -> None:
    """What was begun is read to its end; what took its place is a correction."""
    load(store.undisturbed)
    store.proxy.on(HIT, midway(40, lambda: store.put(key("2026-02-03"), OVERWRITTEN)))
    assert store.load().loaded == len(DAYS)
    assert store.loaded_as_undisturbed()
    assert states(store.context.engine).count("superseded") == 1


def test_deleted_in_the_middle_of_a_read(store: Store) -> None:
    """What was begun is read to its end; its data stay."""
    load(store.undisturbed)
    store.proxy.on(HIT, midway(40, lambda: store.delete(key("2026-02-03"))))
    assert store.load().loaded == len(DAYS)
    assert store.loaded_as_undisturbed()
    assert states(store.context.engine).count("source_missing") == 1


def test_a_large_object_overwritten_in_the_middle_of_a_read(store: Store) -> None:
    """Larger than what lies between the store and us: its bytes are all of one version, or it is read again."""
    old, new = (wide(customer, rows=12) for customer in ("old", "new"))
    store.put(key("2026-02-03"), old)
    store.proxy.on(HIT, midway(40, lambda: store.put(key("2026-02-03"), new)))
    with suppress(StoreUnavailable):
        store.load()
    silver = "select customer_id, count(*) from silver.retail_transactions where description like 'xx%' group by 1"
    assert query(store.context.engine, silver) in ([], [("old", 12)], [("new", 12)])
    store.proxy.clear()
    store.load()
    assert query(store.context.engine, silver) == [("new", 12)]


def wide(customer: str, rows: int) -> bytes:
    """A megabyte a row."""
    return text(*[sale("500003", customer, day="2026-02-03").replace("LANTERN", "x" * MEGABYTE)] * rows)


# --- keys


def test_directory_markers(store: Store) -> None:
    for name in ("retail/", "retail/2026-02-02/", "retail/2026-02-09.csv/", "retail/2026-02-02_$folder$"):
        store.put(name, b"")
    assert store.load().files == len(DAYS)
    assert store.loaded_as_undisturbed()


ENDS = (0, 996, 1_000, 1_996, 2_000)


@pytest.fixture(scope="module")
def thousands(s3: S3Server) -> str:
    """A bucket of three pages: beside each file are three that are none; at the ends of a page is a day of sales."""
    s3.client.create_bucket(Bucket="thousands")
    contents = {f"retail/{number:04}.{'csv.md5' if number % 4 else 'csv'}": text() for number in range(2_001)}
    contents |= {f"retail/{number:04}.csv": day_of("2026-02-06", f"of key {number}") for number in ENDS}
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(lambda item: s3.client.put_object(Bucket="thousands", Key=item[0], Body=item[1]), contents.items())
        )
    return "thousands"


def test_thousands_of_keys(store: Store, thousands: str) -> None:
    counts = load(store.of(thousands))
    assert (counts.files, store.proxy.asked_for(LISTING)) == (501, 3)
    found = query(store.context.engine, "select state, count(*) from pipeline.source_file group by state order by 1")
    assert found == [("empty", 501 - len(ENDS)), ("loaded", len(ENDS))]
    assert {f"of key {number}" for number in ENDS} == {row[0] for row in gold(store.context.engine)}


def test_thousands_of_keys_of_which_a_page_cannot_be_listed(store: Store, thousands: str) -> None:
    store.proxy.on("continuation-token", always=SLOW)
    with pytest.raises(StoreUnavailable, match="the store answered 503 SlowDown"):
        load(store.of(thousands))
    assert store.ledger() == []


def test_keys_with_spaces_plus_percent_and_unicode(store: Store) -> None:
    names = ["with space", "a+b", "100%", "100%25", "%2F%20", "straße 🛒", "e\u0301", "a&b=c?d#e", "quote'\""]
    keys = {f"retail/2026 02+%/{name}.csv": f"of {name}" for name in names}
    for place, customer in keys.items():
        store.put(place, day_of("2026-02-06", customer))
    store.load()
    sql = "select f.key, r.customer_id from silver.retail_transactions as r join pipeline.source_file as f"
    found = query(store.context.engine, f"{sql} on f.id = r.file_id where f.key like '2026 02%'")
    assert {f"retail/{name}": customer for name, customer in found} == keys
    assert store.loaded_as_undisturbed()
