"""The contracts of files in the ledger, and what an ingest reads and validates again after a change."""

from dataclasses import replace

from app.jobs.context import Context
from tests.loading import BAD, load, query, sale, states
from tests.pipeline.conftest import Put
from tests.pipeline.declaring import BRITISH, FEWER, declaring, hash_of
from tests.pipeline.replaying import discarded

LATE = sale("536370", "B", day="3/2/2026")
HASHES = "select contract_sha256, quarantine_contract_sha256 from pipeline.source_file order by id"


def test_a_loaded_file_has_the_hash_of_its_contract(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    assert query(context.engine, HASHES) == [(hash_of(context), hash_of(context))]


def test_a_rejected_file_has_the_hash_of_its_contract(context: Context, put: Put) -> None:
    put(BAD)
    load(context)
    assert query(context.engine, HASHES) == [(hash_of(context), None)]


def test_each_contract_is_in_the_ledger_once(context: Context, put: Put) -> None:
    put(sale())
    load(context)
    put(sale(), sale())
    load(context)
    found = query(context.engine, "select sha256, name, version, left(document, 11) from pipeline.contract")
    assert found == [(hash_of(context), "Online Retail", "1.0.0", "apiVersion:")]


def test_a_contract_that_validated_nothing_is_not_in_the_ledger(context: Context) -> None:
    load(context)
    assert query(context.engine, "select from pipeline.contract") == []


def test_skipped_rows_are_counted(context: Context, put: Put) -> None:
    put(sale(), sale("TOTAL"))
    load(declaring(context, server={"skipWhen": "Invoice = 'TOTAL'"}))
    counted = query(
        context.engine, "select rows_read, rows_loaded, rows_quarantined, rows_skipped from pipeline.source_file"
    )
    assert counted == [(2, 1, 0, 1)]


def test_a_file_that_another_contract_rejected_is_read_again(context: Context, put: Put) -> None:
    put(LATE)
    load(context)
    assert load(declaring(context, columns=BRITISH)).loaded == 1


def test_a_rejected_file_is_not_read_again_under_the_same_contract(context: Context, put: Put) -> None:
    put(BAD)
    load(context)
    changed = declaring(context, columns=BRITISH)
    assert [load(each).files for each in (context, changed, changed)] == [0, 1, 0]


def test_a_file_that_failed_for_other_reasons_is_not_read_again(context: Context, put: Put) -> None:
    put(BAD)
    load(context)
    with context.engine.begin() as connection:
        connection.exec_driver_sql("update pipeline.source_file set state = 'failed'")
    assert load(declaring(context, columns=BRITISH)).files == 0


def test_a_rejected_file_that_is_no_longer_listed_is_not_read_again(context: Context, put: Put) -> None:
    put(BAD).unlink()
    path = put(BAD)
    load(context)
    path.unlink()
    assert (load(declaring(context, columns=BRITISH)).files, states(context.engine)) == (0, ["superseded"])


def test_quarantined_rows_are_validated_again(context: Context, put: Put) -> None:
    put(sale(), sale(), LATE)
    load(context)
    load(declaring(context, columns=BRITISH))
    assert query(context.engine, "select rows_loaded, rows_quarantined from pipeline.source_file") == [(3, 0)]


def test_the_reasons_of_quarantined_rows_are_renewed(context: Context, put: Put) -> None:
    put(sale(), sale(), BAD)
    load(context)
    load(declaring(context, columns={"invoice_no": {"logicalTypeOptions": {"minLength": 7}}}))
    reasons = (
        "select reason ->> 'expectation' from silver.quarantine, jsonb_array_elements(reasons) as reason order by 1"
    )
    assert query(context.engine, reasons) == [("valid_invoice_no",), ("valid_quantity",)]


def test_quarantined_rows_are_validated_once_by_each_contract(context: Context, put: Put) -> None:
    put(sale(), sale(), BAD)
    load(context)
    changed = declaring(context, columns=BRITISH)
    load(changed)
    with context.engine.begin() as connection:
        connection.exec_driver_sql("update silver.quarantine set reasons = '[]'")
    load(changed)
    assert query(context.engine, "select reasons from silver.quarantine") == [([],)]


def test_loaded_rows_are_not_validated_again_by_an_ingest(context: Context, put: Put) -> None:
    put(sale(), sale(), BAD)
    load(context)
    load(declaring(context, columns=FEWER))
    assert query(context.engine, "select rows_loaded, rows_quarantined from pipeline.source_file") == [(2, 1)]


def test_the_ledger_says_by_which_contract_quarantined_rows_were_validated(context: Context, put: Put) -> None:
    put(sale(), sale(), BAD)
    load(context)
    changed = declaring(context, columns=BRITISH)
    load(changed)
    assert query(context.engine, HASHES) == [(hash_of(context), hash_of(changed))]


def test_rows_of_several_contracts_have_no_hash(context: Context, put: Put) -> None:
    put(sale(), sale(), LATE)
    load(context)
    changed = declaring(context, columns=BRITISH)
    load(changed)
    assert query(context.engine, HASHES) == [(None, hash_of(changed))]


def test_discarded_rows_are_not_validated_again(context: Context, put: Put) -> None:
    put(sale(), sale(), LATE)
    load(context)
    discarded(context)
    load(declaring(context, columns=BRITISH))
    assert query(context.engine, "select status from silver.quarantine") == [("discarded",)]


def test_rows_of_a_source_that_is_not_listed_are_not_validated_again(context: Context, put: Put) -> None:
    put(sale(), sale(), LATE)
    load(context)
    with context.engine.begin() as connection:
        connection.exec_driver_sql("update pipeline.source_file set source = 'another'")
    changed = declaring(context, columns=BRITISH)
    load(replace(changed, settings=changed.settings.model_copy(update={"source_name": "sales"})))
    assert query(context.engine, "select count(*) from silver.quarantine where status = 'open'") == [(1,)]


def test_a_critical_rule_rejects_the_file(context: Context, put: Put) -> None:
    put(sale(), sale("999999"))
    rule = {"name": "no_test", "type": "custom", "engine": "regulars", "implementation": "invoice_no <> '999999'"}
    load(declaring(context, quality=[{**rule, "severity": "critical"}]))
    [(state, error)] = query(context.engine, "select state, error from pipeline.source_file")
    assert (state, error.startswith("1 of 2 rows fail no_test, a rule of severity critical")) == ("rejected", True)


def test_a_file_that_meets_its_critical_rules_is_loaded(context: Context, put: Put) -> None:
    put(sale(), BAD, sale())
    rule = {"name": "no_test", "type": "custom", "engine": "regulars", "implementation": "invoice_no <> '999999'"}
    assert load(declaring(context, quality=[{**rule, "severity": "critical"}])).loaded == 1
