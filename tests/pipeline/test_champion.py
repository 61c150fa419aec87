"""Promotion, discard and roll back of models."""

from datetime import date, timedelta
from threading import Thread
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.errors import InvalidSelection, ModelConflict
from app.jobs.context import Context
from app.jobs.runs import Run
from app.pipeline.champion import discard, previous_champion, promote, roll_back
from app.pipeline.retrain import TrainingResult, retrain
from app.segments.publish import read_current_run
from app.settings import Settings
from tests.loading import change, query
from tests.segments.shop import AS_OF, SHOP, customer, segments, stock

FIRST, SECOND, THIRD, FOURTH = (UUID(int=number) for number in (1, 2, 3, 4))


def train(context: Context, run_id: UUID, days: int, *, is_forced: bool = False) -> TrainingResult:
    return retrain(context, Run(run_id, "retrain"), AS_OF + timedelta(days=days), is_forced=is_forced)


def current(context: Context) -> UUID:
    with context.engine.connect() as connection:
        found = read_current_run(connection)
    assert found is not None
    return found.run_id


def run(job: Any = "promote") -> Run:
    return Run(uuid4(), job)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"model_policy": "stable"})


@pytest.fixture
def shop(context: Context) -> Context:
    """Return a shop with a champion, and a challenger that was not published."""
    stock(context.engine, *SHOP)
    train(context, FIRST, 0)
    train(context, SECOND, 1)
    return context


def test_a_challenger_that_is_not_better_is_not_published(shop: Context) -> None:
    assert query(shop.engine, "select outcome from segments.model order by run_id") == [
        ("published",),
        ("not_published",),
    ]


def test_a_challenger_names_its_champion_and_its_parent(shop: Context) -> None:
    ids = "select champion_run_id, parent_run_id from segments.model where run_id = :run"
    assert query(shop.engine, ids, run=SECOND) == [(FIRST, FIRST)]


def test_a_forced_training_is_published(shop: Context) -> None:
    assert (train(shop, THIRD, 2, is_forced=True).outcome, current(shop)) == ("published", THIRD)


def test_a_promoted_challenger_is_current(shop: Context) -> None:
    promote(shop, run(), SECOND)
    assert (current(shop), query(shop.engine, "select outcome from segments.model where run_id = :r", r=SECOND)) == (
        SECOND,
        [("promoted",)],
    )


def test_of_two_promotions_at_once_one_is_refused(shop: Context) -> None:
    train(shop, THIRD, 2)
    errors: list[ModelConflict] = []

    def attempt(run_id: UUID) -> None:
        try:
            promote(shop, run(), run_id)
        except ModelConflict as error:
            errors.append(error)

    threads = [Thread(target=attempt, args=(run_id,)) for run_id in (SECOND, THIRD)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(errors) == 1


def test_a_discarded_challenger_cannot_be_promoted(shop: Context) -> None:
    discard(shop.engine, SECOND)
    with pytest.raises(ModelConflict, match="it is discarded"):
        promote(shop, run(), SECOND)


def test_a_refused_promotion_says_how_an_earlier_champion_is_published(shop: Context) -> None:
    with pytest.raises(
        ModelConflict, match="cannot be promoted: it is published, or was; regulars models roll-back RUN"
    ):
        promote(shop, run(), FIRST)


def test_the_champion_cannot_be_discarded(shop: Context) -> None:
    with pytest.raises(ModelConflict, match="it is published"):
        discard(shop.engine, FIRST)


def test_an_unknown_run_cannot_be_promoted(shop: Context) -> None:
    with pytest.raises(InvalidSelection, match="no training run"):
        promote(shop, run(), THIRD)


def test_a_challenger_of_a_former_champion_cannot_be_promoted(shop: Context) -> None:
    train(shop, THIRD, 2, is_forced=True)
    with pytest.raises(ModelConflict, match="train again"):
        promote(shop, run(), SECOND)


def test_a_roll_back_restores_the_segments_of_the_earlier_model(shop: Context) -> None:
    before = {name: row[3:] for name, row in segments(shop.engine).items()}
    promote(shop, run(), SECOND)
    with shop.engine.connect() as connection:
        earlier = previous_champion(connection)
    roll_back(shop, run("roll_back"), earlier)
    after = {name: row[3:] for name, row in segments(shop.engine).items()}
    assert (current(shop), after.keys()) == (FIRST, before.keys())


def test_a_roll_back_to_the_champion_is_refused(shop: Context) -> None:
    with pytest.raises(ModelConflict, match="is current already"):
        roll_back(shop, run("roll_back"), FIRST)


def test_a_roll_back_to_a_model_that_was_never_published_is_refused(shop: Context) -> None:
    with pytest.raises(ModelConflict, match="it is not published"):
        roll_back(shop, run("roll_back"), SECOND)


def test_without_an_earlier_champion_there_is_no_roll_back(shop: Context) -> None:
    with shop.engine.connect() as connection, pytest.raises(ModelConflict, match="no earlier champion"):
        previous_champion(connection)


def test_after_a_roll_back_the_earlier_champion_is_the_one_before_it(shop: Context) -> None:
    train(shop, THIRD, 2, is_forced=True)
    train(shop, FOURTH, 3, is_forced=True)
    roll_back(shop, run("roll_back"), THIRD)
    with shop.engine.connect() as connection:
        assert previous_champion(connection) == FIRST


def test_after_a_roll_back_to_the_first_champion_there_is_no_earlier_one(shop: Context) -> None:
    train(shop, THIRD, 2, is_forced=True)
    roll_back(shop, run("roll_back"), FIRST)
    with shop.engine.connect() as connection, pytest.raises(ModelConflict, match="roll-back RUN"):
        previous_champion(connection)


def test_a_customer_who_is_gone_stays_so_after_a_roll_back(shop: Context) -> None:
    promote(shop, run(), SECOND)
    change(shop.engine, "delete from gold.customer_rfm where customer_id = 'whale'")
    roll_back(shop, run("roll_back"), FIRST)
    assert "whale" not in segments(shop.engine)


def test_a_new_customer_has_a_segment_after_a_roll_back(shop: Context) -> None:
    promote(shop, run(), SECOND)
    stock(shop.engine, customer("new", 3, 8, 505))
    roll_back(shop, run("roll_back"), FIRST)
    assert "new" in segments(shop.engine)


def test_clusters_keep_their_numbers_from_champion_to_challenger(shop: Context) -> None:
    ids = query(shop.engine, "select cluster_ids from segments.model order by run_id")
    assert ids[0] == ids[1]


def test_a_day_before_the_first_sale_is_refused(context: Context) -> None:
    stock(context.engine, *SHOP)
    with pytest.raises(Exception, match="before the first sale"):
        retrain(context, Run(FIRST, "retrain"), date(1999, 1, 1))
