"""The current contract applied to loaded files."""

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from pydantic import SecretStr

from app.erasure.erase import erase
from app.errors import Stopped
from app.gold.lock import lock_gold
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline import ledger
from app.pipeline.apply_contract import FILES_PER_BATCH, files_to_validate
from app.pipeline.preview_contract import Preview, preview_contract
from app.source.open import open_sources
from tests.erasure.erasing import SECRET
from tests.loading import BAD, FROM_SCRATCH, change, everything, gold, load, query, sale, until_somebody_waits
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import BRITISH, FEWER, applied, declaring, hash_of
from tests.pipeline.replaying import discarded

DAY_2 = "2026-02-02"
COUNTED = "select rows_read, rows_loaded, rows_quarantined from pipeline.source_file order by id"
SYNONYM = {"description": {"synonyms": [{"synonym": "Text"}]}}
"""Another name of a column: the bytes have to be read again."""


@pytest.fixture
def loaded(context: Context, put: Put) -> Context:
    """A file of three rows, of which two have a quantity of more than five."""
    put(sale(quantity=6), sale(customer="A", quantity=1), sale(customer="B", quantity=2))
    load(context)
    return context


def test_loaded_rows_are_validated_again(loaded: Context) -> None:
    applied(declaring(loaded, columns=FEWER))
    assert query(loaded.engine, COUNTED) == [(3, 2, 1)]


def test_gold_follows(loaded: Context) -> None:
    applied(declaring(loaded, columns=FEWER))
    assert [row[0] for row in gold(loaded.engine)] == ["A", "B"]
    assert gold(loaded.engine) == query(loaded.engine, FROM_SCRATCH)


def test_the_hash_is_that_of_the_current_contract(loaded: Context) -> None:
    changed = declaring(loaded, columns=FEWER)
    applied(changed)
    hashes = "select contract_sha256, quarantine_contract_sha256 from pipeline.source_file"
    assert query(loaded.engine, hashes) == [(hash_of(changed), hash_of(changed))]


def test_files_are_validated_once(loaded: Context) -> None:
    changed = declaring(loaded, columns=FEWER)
    assert [applied(changed).files for _ in range(2)] == [1, 0]


def test_rows_of_several_contracts_are_validated_again(context: Context, put: Put) -> None:
    put(sale(), sale(), sale(customer="B", day="3/2/2026"))
    load(context)
    load(declaring(context, columns=BRITISH))
    assert (applied(context).files, query(context.engine, COUNTED)) == (1, [(3, 2, 1)])


def test_a_file_that_would_be_rejected_keeps_its_rows(loaded: Context) -> None:
    before = query(loaded.engine, "select * from silver.sales_row order by line_no")
    done = applied(declaring(loaded, columns={"invoice_no": {"logicalTypeOptions": {"minLength": 9}}}))
    assert (done.files_rejected, query(loaded.engine, "select * from silver.sales_row order by line_no")) == (1, before)


def test_the_reason_of_a_rejection_is_in_the_result(loaded: Context) -> None:
    done = applied(declaring(loaded, columns={"invoice_no": {"logicalTypeOptions": {"minLength": 9}}}))
    assert ["3 of 3 rows fail the contract" in reason for reason in done.reasons.values()] == [True]


def test_bytes_are_not_read_again_for_another_validation(loaded: Context) -> None:
    assert applied(declaring(loaded, columns=FEWER)).files_read == 0


def test_bytes_are_read_again_if_their_reading_has_changed(loaded: Context) -> None:
    assert applied(declaring(loaded, columns=SYNONYM)).files_read == 1


def test_bytes_are_read_again_if_bronze_has_expired(loaded: Context) -> None:
    change(loaded.engine, "delete from bronze.sales_row")
    done = applied(declaring(loaded, columns=FEWER))
    assert (done.files_read, query(loaded.engine, COUNTED)) == (1, [(3, 2, 1)])


def test_a_file_that_cannot_be_read_again_keeps_its_rows(loaded: Context, folder: Path) -> None:
    next(folder.rglob("*.csv")).unlink()
    done = applied(declaring(loaded, columns=SYNONYM))
    assert (done.files_missing, done.files, query(loaded.engine, COUNTED)) == (1, 0, [(3, 3, 0)])
    assert [*done.reasons.values()] == ["it is no longer in the source; put it back if it is to be read"]


def test_a_former_version_is_not_read_for_the_loaded_one(loaded: Context, put: Put) -> None:
    put(sale(), sale())
    assert applied(declaring(loaded, columns=SYNONYM)).files_missing == 1


@pytest.mark.parametrize("columns", [BRITISH, SYNONYM], ids=["rows of bronze", "bytes read again"])
def test_discarded_rows_stay_discarded(context: Context, put: Put, columns: dict[str, Any]) -> None:
    put(sale(), sale(), BAD)
    load(context)
    discarded(context)
    applied(declaring(context, columns=columns))
    assert query(context.engine, "select status from silver.quarantine") == [("discarded",)]


def test_erased_customers_stay_erased(loaded: Context) -> None:
    keyed = replace(loaded, settings=loaded.settings.model_copy(update={"erasure_key": SecretStr(SECRET)}))
    erase(keyed.engine, keyed.settings, "A", "cli")
    assert applied(declaring(keyed, columns=SYNONYM)).files_read == 1
    assert query(loaded.engine, "select from bronze.sales_row where customer_id = 'A'") == []


def test_an_apply_continues_where_it_was_stopped(loaded: Context, put: Put) -> None:
    put(sale(customer="C"), day=DAY_2)
    load(loaded)
    changed = declaring(loaded, columns=BRITISH)
    checks = iter([False, True])
    with pytest.raises(Stopped):
        applied(changed, Run(uuid4(), "apply_contract", is_stopping=lambda: next(checks)), files_per_batch=1)
    assert applied(changed).files == 1


def test_a_preview_changes_nothing(loaded: Context) -> None:
    before = everything(loaded.engine)
    previewed(declaring(loaded, columns=FEWER))
    assert everything(loaded.engine) == before


def test_a_preview_shows_rows_money_and_customers(loaded: Context) -> None:
    preview = previewed(declaring(loaded, columns=FEWER))
    changes = [(each.rows_loaded, str(each.money), each.customers) for each in (preview.before, preview.after)]
    assert changes == [(3, "22.95", 3), (2, "7.65", 2)]


def test_a_preview_is_of_the_newest_files(loaded: Context, put: Put) -> None:
    put(sale(customer="C"), day=DAY_2)
    load(loaded)
    preview = previewed(declaring(loaded, columns=FEWER), sample=1)
    assert (preview.files, preview.files_sampled, preview.before.rows_loaded) == (2, 1, 1)


def previewed(context: Context, sample: int | None = None) -> Preview:
    return preview_contract(context, open_sources(context.settings), Run(uuid4(), "apply_contract"), sample)


def test_a_preview_and_an_ingest_do_not_wait_for_each_other(loaded: Context, put: Put) -> None:
    """The second batch of a preview has a file that an ingest loads when the first batch has gold."""
    for number in range(FILES_PER_BATCH):
        put(sale(f"5363{number:02}", "C"), name=f"{number:02}.csv")
    load(loaded)
    changed = declaring(loaded, columns=BRITISH)
    *_, last = files_to_validate(changed)
    batches, begun = count(), list[Future[None]]()

    def ingesting() -> None:
        with loaded.engine.begin() as connection:
            ledger.lock(connection, [last])
            lock_gold(connection)

    with ThreadPoolExecutor() as pool:

        def begin_ingest() -> bool:
            if next(batches) == 1:
                begun.append(pool.submit(ingesting))
                until_somebody_waits(loaded.engine)
            return False

        run = Run(uuid4(), "apply_contract", is_stopping=begin_ingest)
        found = preview_contract(changed, open_sources(changed.settings), run)
    assert (found.files_sampled, [ingest.exception() for ingest in begun]) == (FILES_PER_BATCH + 1, [None])
