"""Duplicates: the same content under several keys counts once, also after corrections and restored versions."""

import gzip
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from app.db.engine import make_engine
from app.jobs.context import Context
from app.settings import Settings
from tests.conftest import HEADER, NOW
from tests.loading import BAD, FROM_SCRATCH, gold, load, query, states
from tests.pipeline.versions import A, B, C, customers, load_each
from tests.postgres import fresh_database

Put = Callable[..., Path]


# --- duplicates


def test_a_duplicate_is_loaded_when_its_original_is_superseded(context: Context, put: Put) -> None:
    load_each(context, put, A)
    load_each(context, put, A, day="2026-02-02")
    load_each(context, put, B)
    assert (states(context.engine), customers(context)) == (["superseded", "loaded", "loaded"], ["A", "B"])


@pytest.mark.parametrize("names", [["a.csv", "b.csv.gz"], ["a.csv.gz", "b.csv"]])
def test_a_file_and_its_gzip_are_duplicates(context: Context, put: Put, names: list[str]) -> None:
    content = "\n".join([HEADER, A, ""]).encode()
    for name in names:
        put(content=gzip.compress(content) if name.endswith(".gz") else content, name=name)
        load(context)
    assert (states(context.engine), customers(context)) == (["loaded", "duplicate"], ["A"])


def test_a_promoted_duplicate_keeps_the_time_of_receipt(context: Context, put: Put) -> None:
    load_each(context, put, A)
    load_each(context, put, A, day="2026-02-02")
    later = replace(context, clock=lambda: NOW + timedelta(days=1))
    load_each(later, put, B)
    received = "select customer_id, ingestion_timestamp from silver.retail_transactions order by 1"
    assert query(context.engine, received) == [("A", NOW), ("B", later.clock())]


def test_one_of_several_duplicates_is_loaded(context: Context, put: Put) -> None:
    load_each(context, put, A)
    for day in ("2026-02-02", "2026-02-03"):
        load_each(context, put, A, day=day)
    load_each(context, put, B)
    assert states(context.engine) == ["superseded", "loaded", "loaded", "duplicate"]


def test_a_correction_may_become_a_duplicate(context: Context, put: Put) -> None:
    load_each(context, put, A)
    load_each(context, put, B, A, day="2026-02-02")
    assert (states(context.engine), customers(context)) == (["loaded", "superseded", "duplicate"], ["A"])


def test_two_files_that_swap_names_are_both_active(context: Context, put: Put) -> None:
    put(A)
    put(B, day="2026-02-02")
    load(context)
    put(B)
    put(A, day="2026-02-02")
    load(context)
    assert sorted(states(context.engine)) == ["loaded", "loaded", "superseded", "superseded"]
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)


@pytest.mark.parametrize("days", [("2026-02-01", "2026-02-02"), ("2026-02-02", "2026-02-01")])
def test_a_duplicate_and_its_correction_in_one_ingest_lose_nothing(
    context: Context, put: Put, days: tuple[str, str]
) -> None:
    load_each(context, put, A, day=days[0])
    put(B, day=days[0])
    put(A, day=days[1])
    load(context)
    assert customers(context) == ["A", "B"]


def test_a_restored_version_with_an_active_duplicate_counts_once(context: Context, put: Put) -> None:
    load_each(context, put, A)
    load_each(context, put, A, day="2026-02-02")
    load_each(context, put, B, A)
    assert sorted(states(context.engine)) == ["duplicate", "loaded", "superseded"]
    assert gold(context.engine) == query(context.engine, FROM_SCRATCH)
    assert len(query(context.engine, "select from silver.retail_transactions")) == 1


def test_a_restored_duplicate_supersedes_its_correction(context: Context, put: Put) -> None:
    load_each(context, put, A)
    load_each(context, put, A, B, A, day="2026-02-02")
    assert customers(context) == ["A"]


def test_a_corrected_duplicate_is_not_promoted(context: Context, put: Put) -> None:
    load_each(context, put, A)
    load_each(context, put, A, B, day="2026-02-02")
    load_each(context, put, C)
    assert customers(context) == ["B", "C"]


def test_a_former_duplicate_is_received_when_it_is_the_only_copy(context: Context, put: Put) -> None:
    load_each(context, put, A)
    load_each(context, put, A, B, day="2026-02-02")
    load_each(context, put, C)
    load_each(context, put, A, day="2026-02-02")
    assert customers(context) == ["A", "C"]


# --- random writes

CONTENTS = {
    name: "\n".join([HEADER, *rows, ""]) for name, rows in {"A": [A], "B": [B, BAD], "C": [C, A], "": []}.items()
}
WRITES = st.dictionaries(st.sampled_from("123"), st.sampled_from(list(CONTENTS)), min_size=1)


@settings(max_examples=25)
@given(st.lists(WRITES, min_size=1, max_size=6))
def test_each_content_in_the_source_is_active_once_after_any_writes(
    postgres: str, tmp_path_factory: pytest.TempPathFactory, writes: list[dict[str, str]]
) -> None:
    folder, mtimes = tmp_path_factory.mktemp("sales"), count(1)
    with fresh_database(postgres) as url:
        engine = make_engine(url)
        context = Context(engine, Settings(source=str(folder)), clock=lambda: NOW)
        present: dict[str, str] = {}
        for written in writes:
            for key, content in written.items():
                (folder / f"{key}.csv").write_text(CONTENTS[content])
                os.utime(folder / f"{key}.csv", ns=(0, next(mtimes)))
            present |= written
            load(context)
            assert active_contents(engine) == sorted({CONTENTS[name] for name in present.values() if name})
            assert gold(engine) == query(engine, FROM_SCRATCH)
        engine.dispose()


def active_contents(engine: Engine) -> list[str]:
    """Return the contents of the active files with rows."""
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
