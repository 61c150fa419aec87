"""Corrections: new content under a known key, rejected corrections, and restored versions."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.ingest import IngestPolicy
from app.pipeline.list_new import ListingContext, list_new
from app.source.open import open_sources
from tests.conftest import HEADER, NOW
from tests.loading import BAD, FROM_SCRATCH, LISTING, everything, gold, load, query, states, with_limit
from tests.pipeline.versions import A, B, C, customers, load_each

Put = Callable[..., Path]
CONCERN = "select warning from pipeline.freshness"


# --- a correction


def test_a_correction_replaces_the_sales_of_its_key(context: Context, put: Put) -> None:
    load_each(context, put, A, B)
    assert query(context.engine, "select customer_id from silver.retail_transactions") == [("B",)]
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)


def test_a_correction_replaces_the_quarantine_of_its_key(context: Context, put: Put) -> None:
    load_each(context, put, f"{A}\n{BAD}", B)
    assert query(context.engine, "select from silver.quarantine") == []


def test_bronze_keeps_both_versions(context: Context, put: Put) -> None:
    load_each(context, put, A, B)
    rows = query(context.engine, "select file_id, customer_id from bronze.retail_transactions order by file_id")
    assert [customer for _, customer in rows] == ["A", "B"]


def test_a_correction_names_the_version_that_it_supersedes(context: Context, put: Put) -> None:
    load_each(context, put, A, B)
    (first, state, _), (_, _, supersedes) = query(
        context.engine, "select id, state, supersedes_id from pipeline.source_file order by id"
    )
    assert (state, supersedes) == ("superseded", first)


def test_a_correction_touches_no_other_file(context: Context, put: Put) -> None:
    load_each(context, put, C, day="2026-02-02")
    load_each(context, put, A, B)
    assert customers(context) == ["B", "C"]


def test_an_emptied_file_removes_its_sales(context: Context, put: Put) -> None:
    load_each(context, put, A)
    put()
    load(context)
    assert (states(context.engine), customers(context)) == (["superseded", "empty"], [])


def test_an_empty_file_can_be_filled(context: Context, put: Put) -> None:
    put(content=b"")
    load(context)
    load_each(context, put, A)
    assert (states(context.engine), customers(context)) == (["superseded", "loaded"], ["A"])


def test_the_newer_of_two_versions_between_ingests_is_loaded(context: Context, put: Put, folder: Path) -> None:
    put(A)
    list_only(context)
    load_each(context, put, B)
    assert (states(context.engine), customers(context)) == (["superseded", "loaded"], ["B"])


def list_only(context: Context) -> None:
    """Record the listing and load nothing, like a process that is stopped in between."""
    [(source, source_contract)] = open_sources(context.settings)
    list_new(ListingContext(context, Run(uuid4(), "ingest"), IngestPolicy(), (source.name,)), source, source_contract)


# --- rejected corrections


@pytest.mark.parametrize("content", [f"{HEADER}\n{BAD}\n", "Invoice,Price\n1,2\n", "\xff\xfe"])
def test_a_rejected_correction_leaves_the_old_version_active(context: Context, put: Put, content: str) -> None:
    load_each(context, put, f"{A}\n{C}\n{BAD}")
    before = everything(context.engine)
    put(content=content.encode("latin-1"))
    load(context)
    changed = [name for name, rows in everything(context.engine).items() if rows != before[name]]
    assert (changed, states(context.engine)) == (
        ["pipeline.freshness", "pipeline.freshness_day", "pipeline.source_file"],
        ["loaded", "rejected"],
    )


def test_the_next_valid_correction_is_loaded(context: Context, put: Put) -> None:
    load_each(context, put, A, BAD, B)
    assert (states(context.engine), customers(context)) == (["superseded", "superseded", "loaded"], ["B"])


@pytest.mark.parametrize("last", [B, A])
def test_a_valid_version_clears_the_warning_about_a_rejected_one(context: Context, put: Put, last: str) -> None:
    load_each(context, put, A, BAD)
    assert query(context.engine, CONCERN) == [("1 file rejected or failed, see /v1/files",)]
    load_each(context, put, last)
    assert query(context.engine, CONCERN) == [(None,)]


def test_only_the_newest_rejected_version_is_a_warning(context: Context, put: Put) -> None:
    load_each(context, put, A, BAD, f"{BAD}\n{BAD}")
    assert states(context.engine) == ["loaded", "superseded", "rejected"]


def test_a_deleted_rejected_file_is_no_warning(context: Context, put: Put) -> None:
    put(BAD)
    load(context)
    put(BAD).unlink()
    load(context)
    assert query(context.engine, CONCERN) == [(None,)]


def test_a_rejected_file_is_loaded_when_sent_again_under_other_settings(context: Context, put: Put) -> None:
    path = put(A, BAD, BAD)
    load(context)
    os.utime(path, ns=(1, 1))
    load(with_limit(context, 1.0))
    assert (states(context.engine), customers(context)) == (["loaded"], ["A"])


def test_a_rejected_file_that_is_sent_again_is_rejected_again(context: Context, put: Put) -> None:
    path = put(BAD)
    load(context)
    os.utime(path, ns=(1, 1))
    assert (load(context).rejected, load(context).files, states(context.engine)) == (1, 0, ["rejected"])


def test_an_old_version_that_is_rejected_now_leaves_the_new_one_active(context: Context, put: Put) -> None:
    load_each(with_limit(context, 1.0), put, f"{A}\n{BAD}\n{BAD}", B)
    load_each(context, put, f"{A}\n{BAD}\n{BAD}")
    assert (states(context.engine), customers(context)) == (["rejected", "loaded"], ["B"])


# --- restored versions


def test_a_restored_version_reuses_its_ledger_row(context: Context, put: Put) -> None:
    put(f"{A}\n{BAD}")
    load(context)
    before = everything(context.engine, *LISTING)
    load_each(context, put, B, f"{A}\n{BAD}")
    after = everything(context.engine, *LISTING)
    added = {name: set(rows) - set(before[name]) for name, rows in after.items() if rows != before[name]}
    kept = {
        "bronze.sales_row",
        "pipeline.source_file",
        "quality.file_dates",
        "quality.file_nulls",
        "quality.file_profile",
    }
    assert (set(added), states(context.engine)) == (kept, ["loaded", "superseded"])


def test_a_restored_version_keeps_its_first_time_of_receipt(context: Context, put: Put) -> None:
    load_each(context, put, A, B)
    load_each(replace(context, clock=lambda: NOW + timedelta(days=1)), put, A)
    assert query(context.engine, "select ingestion_timestamp from silver.retail_transactions") == [(NOW,)]


def test_a_restored_version_is_not_received_twice(context: Context, put: Put) -> None:
    load_each(context, put, A, B, A, B, A)
    assert len(query(context.engine, "select from bronze.retail_transactions")) == 2
    assert (states(context.engine), customers(context)) == (["loaded", "superseded"], ["A"])


def test_a_file_that_is_moved_back_unchanged_is_detected(context: Context, put: Put, tmp_path: Path) -> None:
    path = put(A)
    load(context)
    path.rename(tmp_path / "backup")
    load_each(context, put, B)
    (tmp_path / "backup").rename(path)
    load(context)
    assert customers(context) == ["A"]


def test_restoring_the_valid_version_clears_the_warning(context: Context, put: Put, tmp_path: Path) -> None:
    path = put(A)
    load(context)
    path.rename(tmp_path / "backup")
    load_each(context, put, BAD)
    (tmp_path / "backup").rename(path)
    load(context)
    assert (query(context.engine, CONCERN), load(context).files) == ([(None,)], 0)


def test_a_briefly_missing_file_is_loaded(context: Context, put: Put, tmp_path: Path) -> None:
    path = put(A)
    list_only(context)
    path.rename(tmp_path / "backup")
    load(context)
    (tmp_path / "backup").rename(path)
    load(context)
    assert customers(context) == ["A"]
