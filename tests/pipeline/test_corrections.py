"""New bytes under a known key: what they replace, what they leave, and what they set free."""

import os
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.db.engine import make_engine
from app.pipeline.context import Context
from app.pipeline.ingest import Ingest
from app.pipeline.runs import Run
from app.settings import Settings
from app.source.format import CsvFormat
from app.source.opened import open_source
from tests.conftest import HEADER, NOW
from tests.loading import BAD, FROM_SCRATCH, everything, gold, load, query, sale, states
from tests.postgres import fresh_database

Put = Callable[..., Path]
A, B, C = (sale(customer=customer) for customer in "ABC")
LISTING = ("etag", "last_modified", "discovered_at")
CONCERN = "select concern from pipeline.freshness"


def customers(context: Context) -> list[str]:
    return [row[0] for row in gold(context.engine)]


def lenient(context: Context, share: float = 1.0) -> Context:
    return replace(context, settings=context.settings.model_copy(update={"max_quarantined_share": share}))


def load_each(context: Context, put: Put, *versions: str, day: str = "2026-02-01") -> None:
    for version in versions:
        put(version, day=day)
        load(context)


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


def test_a_file_that_is_emptied_takes_its_sales_along(context: Context, put: Put) -> None:
    load_each(context, put, A)
    put()
    load(context)
    assert (states(context.engine), customers(context)) == (["superseded", "empty"], [])


def test_an_empty_file_can_be_filled(context: Context, put: Put) -> None:
    put(content=b"")
    load(context)
    load_each(context, put, A)
    assert (states(context.engine), customers(context)) == (["superseded", "loaded"], ["A"])


def test_of_two_versions_between_two_ingests_the_newer_is_loaded(context: Context, put: Put, folder: Path) -> None:
    put(A)
    list_only(context)
    load_each(context, put, B)
    assert (states(context.engine), customers(context)) == (["superseded", "loaded"], ["B"])


def list_only(context: Context) -> None:
    """See what there is and load nothing, as a process that stops in time."""
    declared = CsvFormat.declared(context.settings)
    Ingest(context, open_source(context.settings), declared, Run(uuid4(), "ingest")).list_new()


# --- a correction that is refused


@pytest.mark.parametrize("content", [f"{HEADER}\n{BAD}\n", "Invoice,Price\n1,2\n", "\xff\xfe"])
def test_a_correction_that_is_refused_leaves_the_old_version_serving(context: Context, put: Put, content: str) -> None:
    load_each(context, put, f"{A}\n{C}\n{BAD}")
    before = everything(context.engine)
    put(content=content.encode("latin-1"))
    load(context)
    changed = [name for name, rows in everything(context.engine).items() if rows != before[name]]
    assert (changed, states(context.engine)) == (
        ["pipeline.freshness", "pipeline.source_file"],
        ["loaded", "rejected"],
    )


def test_the_next_correction_is_taken(context: Context, put: Put) -> None:
    load_each(context, put, A, BAD, B)
    assert (states(context.engine), customers(context)) == (["superseded", "superseded", "loaded"], ["B"])


@pytest.mark.parametrize("last", [B, A])
def test_a_good_version_ends_the_concern_about_a_refused_one(context: Context, put: Put, last: str) -> None:
    load_each(context, put, A, BAD)
    assert query(context.engine, CONCERN) == [("1 file(s) refused or failed, see /v1/files",)]
    load_each(context, put, last)
    assert query(context.engine, CONCERN) == [(None,)]


def test_of_several_refused_versions_the_newest_is_a_concern(context: Context, put: Put) -> None:
    load_each(context, put, A, BAD, f"{BAD}\n{BAD}")
    assert states(context.engine) == ["loaded", "superseded", "rejected"]


def test_a_refused_file_that_is_taken_away_concerns_nobody(context: Context, put: Put) -> None:
    put(BAD)
    load(context)
    put(BAD).unlink()
    load(context)
    assert query(context.engine, CONCERN) == [(None,)]


def test_a_refused_file_is_taken_when_it_is_sent_again_under_other_settings(context: Context, put: Put) -> None:
    path = put(A, BAD, BAD)
    load(context)
    os.utime(path, ns=(1, 1))
    load(lenient(context))
    assert (states(context.engine), customers(context)) == (["loaded"], ["A"])


def test_a_refused_file_that_is_sent_again_is_refused_again(context: Context, put: Put) -> None:
    path = put(BAD)
    load(context)
    os.utime(path, ns=(1, 1))
    assert (load(context).rejected, load(context).files, states(context.engine)) == (1, 0, ["rejected"])


def test_an_old_version_that_is_refused_now_leaves_the_new_one_serving(context: Context, put: Put) -> None:
    load_each(lenient(context), put, f"{A}\n{BAD}\n{BAD}", B)
    load_each(context, put, f"{A}\n{BAD}\n{BAD}")
    assert (states(context.engine), customers(context)) == (["rejected", "loaded"], ["B"])


# --- a version that comes back


def test_a_version_that_comes_back_is_the_one_it_was(context: Context, put: Put) -> None:
    put(f"{A}\n{BAD}")
    load(context)
    before = everything(context.engine, *LISTING)
    load_each(context, put, B, f"{A}\n{BAD}")
    after = everything(context.engine, *LISTING)
    added = {name: set(rows) - set(before[name]) for name, rows in after.items() if rows != before[name]}
    kept = {"bronze.retail_transactions", "pipeline.source_file", "quality.file_dates", "quality.file_profile"}
    assert (set(added), states(context.engine)) == (kept, ["loaded", "superseded"])


def test_a_version_that_comes_back_is_not_received_twice(context: Context, put: Put) -> None:
    load_each(context, put, A, B, A, B, A)
    assert len(query(context.engine, "select from bronze.retail_transactions")) == 2
    assert (states(context.engine), customers(context)) == (["loaded", "superseded"], ["A"])


def test_a_file_that_is_moved_back_as_it_was_is_seen(context: Context, put: Put, tmp_path: Path) -> None:
    path = put(A)
    load(context)
    path.rename(tmp_path / "backup")
    load_each(context, put, B)
    (tmp_path / "backup").rename(path)
    load(context)
    assert customers(context) == ["A"]


def test_a_refused_version_that_is_moved_back_ends_the_concern(context: Context, put: Put, tmp_path: Path) -> None:
    path = put(A)
    load(context)
    path.rename(tmp_path / "backup")
    load_each(context, put, BAD)
    (tmp_path / "backup").rename(path)
    load(context)
    assert (query(context.engine, CONCERN), load(context).files) == ([(None,)], 0)


def test_a_file_that_was_away_for_a_moment_is_loaded(context: Context, put: Put, tmp_path: Path) -> None:
    path = put(A)
    list_only(context)
    path.rename(tmp_path / "backup")
    load(context)
    (tmp_path / "backup").rename(path)
    load(context)
    assert customers(context) == ["A"]


# --- duplicates


def test_a_duplicate_is_loaded_when_its_twin_is_superseded(context: Context, put: Put) -> None:
    load_each(context, put, A)
    load_each(context, put, A, day="2026-02-02")
    load_each(context, put, B)
    assert (states(context.engine), customers(context)) == (["superseded", "loaded", "loaded"], ["A", "B"])


def test_of_several_duplicates_one_is_loaded(context: Context, put: Put) -> None:
    load_each(context, put, A)
    for day in ("2026-02-02", "2026-02-03"):
        load_each(context, put, A, day=day)
    load_each(context, put, B)
    assert states(context.engine) == ["superseded", "loaded", "loaded", "duplicate"]


def test_a_correction_may_become_a_duplicate(context: Context, put: Put) -> None:
    load_each(context, put, A)
    load_each(context, put, B, A, day="2026-02-02")
    assert (states(context.engine), customers(context)) == (["loaded", "superseded", "duplicate"], ["A"])


def test_two_files_that_change_places_are_both_served(context: Context, put: Put) -> None:
    put(A)
    put(B, day="2026-02-02")
    load(context)
    put(B)
    put(A, day="2026-02-02")
    load(context)
    assert sorted(states(context.engine)) == ["loaded", "loaded", "superseded", "superseded"]
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)


@pytest.mark.parametrize("days", [("2026-02-01", "2026-02-02"), ("2026-02-02", "2026-02-01")])
def test_a_twin_and_its_correction_in_one_ingest_lose_nothing(
    context: Context, put: Put, days: tuple[str, str]
) -> None:
    load_each(context, put, A, day=days[0])
    put(B, day=days[0])
    put(A, day=days[1])
    load(context)
    assert customers(context) == ["A", "B"]


def test_a_version_that_comes_back_while_its_twin_serves_counts_once(context: Context, put: Put) -> None:
    load_each(context, put, A)
    load_each(context, put, A, day="2026-02-02")
    load_each(context, put, B, A)
    assert sorted(states(context.engine)) == ["duplicate", "loaded", "superseded"]
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)
    assert len(query(context.engine, "select from silver.retail_transactions")) == 1


def test_a_duplicate_that_was_corrected_and_comes_back_takes_the_correction_away(context: Context, put: Put) -> None:
    load_each(context, put, A)
    load_each(context, put, A, B, A, day="2026-02-02")
    assert customers(context) == ["A"]


def test_a_duplicate_that_was_corrected_is_no_heir(context: Context, put: Put) -> None:
    load_each(context, put, A)
    load_each(context, put, A, B, day="2026-02-02")
    load_each(context, put, C)
    assert customers(context) == ["B", "C"]


def test_what_was_a_duplicate_first_is_received_when_it_comes_back_alone(context: Context, put: Put) -> None:
    load_each(context, put, A)
    load_each(context, put, A, B, day="2026-02-02")
    load_each(context, put, C)
    load_each(context, put, A, day="2026-02-02")
    assert customers(context) == ["A", "C"]


# --- anything at all

CONTENTS = {
    name: "\n".join([HEADER, *rows, ""]) for name, rows in {"A": [A], "B": [B, BAD], "C": [C, A], "": []}.items()
}
WRITES = st.dictionaries(st.sampled_from("123"), st.sampled_from(list(CONTENTS)), min_size=1)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(WRITES, min_size=1, max_size=6))
def test_after_any_writes_each_content_that_stands_in_the_source_is_served_once(
    postgres: str, tmp_path_factory: pytest.TempPathFactory, writes: list[dict[str, str]]
) -> None:
    folder, mtimes = tmp_path_factory.mktemp("sales"), count(1)
    with fresh_database(postgres) as url:
        engine = make_engine(url)
        context = Context(engine, Settings(source=str(folder)), clock=lambda: NOW)
        standing: dict[str, str] = {}
        for written in writes:
            for key, content in written.items():
                (folder / f"{key}.csv").write_text(CONTENTS[content])
                os.utime(folder / f"{key}.csv", ns=(0, next(mtimes)))
            standing |= written
            load(context)
            assert served(engine) == sorted({CONTENTS[name] for name in standing.values() if name})
            assert gold(engine) == query(engine, FROM_SCRATCH)
        engine.dispose()


def served(engine: Engine) -> list[str]:
    """The active files with rows, as they were written."""
    rows = query(
        engine,
        """select string_agg(concat_ws(
            ',', invoice, stock_code, description, quantity, price, customer_id, country, invoice_date
        ), E'\\n' order by line_no)
        from bronze.retail_transactions as b
        inner join pipeline.source_file as f on f.id = b.file_id and f.state = 'loaded'
        where (select count(*) from silver.retail_transactions as s where s.file_id = f.id)
            + (select count(*) from silver.quarantine as q where q.file_id = f.id) = f.rows_read
        group by f.id""",
    )
    return sorted(f"{HEADER}\n{text}\n" for (text,) in rows)
