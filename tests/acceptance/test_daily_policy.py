"""Days of real sales one by one under the policy `stable`: loaded, scored, trained."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Engine

from app.db.engine import make_engine
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.ingest import ingest
from app.pipeline.rescore import rescore_customers
from app.pipeline.retrain import retrain
from app.settings import Settings
from app.source.open import open_sources
from tests.loading import query
from tests.postgres import fresh_database

FIRST, LAST = 61, 75


class Life(NamedTuple):
    """A database, and the outcome of the training of each day."""

    engine: Engine
    outcomes: dict[date, str]


@pytest.fixture(scope="module")
def life(real_sales: Path, postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    folder, outcomes = tmp_path_factory.mktemp("days"), {}
    with fresh_database(postgres) as url:
        engine = make_engine(url)
        for number, day in enumerate(sorted((real_sales / "daily_sales").iterdir())[:LAST], start=1):
            shutil.copytree(day, folder / day.name)
            if number >= FIRST:
                as_of = date.fromisoformat(day.name)
                outcomes[as_of] = live_a_day(engine, folder, as_of)
        yield Life(engine, outcomes)
        engine.dispose()


def live_a_day(engine: Engine, folder: Path, as_of: date) -> str:
    """Load, score and train, as the jobs of one day do; return the outcome of the training."""
    settings = Settings(source=str(folder), as_of=as_of, settle_seconds=0, model_policy="stable")
    context = Context(engine, settings)
    with running(engine, "ingest") as run:
        ingest(context, open_sources(settings), run)
    with running(engine, "rescore") as run:
        rescore_customers(context, run, as_of)
    with running(engine, "retrain") as run:
        return retrain(context, run, as_of).outcome


def moves(life: Life, cause: str) -> list[tuple[Any, ...]]:
    """Days with moves of this cause, after the first day."""
    found = (
        "select distinct as_of from segments.customer_change where kmeans_cause = :cause and as_of > :first order by 1"
    )
    return query(life.engine, found, cause=cause, first=min(life.outcomes))


def test_a_model_is_published_on_few_days(life: Life) -> None:
    assert [day for day, outcome in life.outcomes.items() if outcome == "published"] == [
        date(2025, 8, 25),
        date(2025, 9, 5),
    ]


def test_the_model_moves_customers_on_the_day_of_its_publication_only(life: Life) -> None:
    assert moves(life, "model") == [(date(2025, 9, 5),)]


def test_customers_move_by_their_own_numbers_every_day(life: Life) -> None:
    assert moves(life, "customer") == [(day,) for day in life.outcomes if day > min(life.outcomes)]


def test_all_customers_are_scored_for_the_last_day(life: Life) -> None:
    assert query(life.engine, "select as_of from segments.current_run") == [(max(life.outcomes),)]


def test_clusters_keep_their_numbers(life: Life) -> None:
    ids = query(life.engine, "select cluster_ids from segments.model")
    assert {tuple(sorted(each)) for (each,) in ids} == {(0, 1, 2, 3, 4)}
