"""A shop with a custom segment that is evaluated, and a condition that others are compared with."""

from collections.abc import Iterator

import pytest
from sqlalchemy import make_url

from app.db.engine import make_engine
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.evaluate_segments import evaluate_custom_segments
from app.settings import Settings
from tests.postgres import fresh_database
from tests.segments.custom.saving import save


def evaluate(url: str) -> None:
    """Evaluate the custom segments, as the worker does."""
    engine = make_engine(url)
    with running(engine, "evaluate_segments") as run:
        evaluate_custom_segments(Context(engine, Settings()), run)
    engine.dispose()


@pytest.fixture(scope="module")
def segmented_template(postgres: str, published: str) -> Iterator[str]:
    """Name of a published database with the segments `often` and `often-and-big`; no connection to it is open."""
    with fresh_database(postgres, published) as url:
        engine = make_engine(url)
        save(engine, "Often", "frequency > 3")
        save(engine, "Often and big", "frequency > 3 and monetary > 1000")
        engine.dispose()
        evaluate(url)
        yield make_url(url).database or ""


@pytest.fixture(scope="module")
def segmented(postgres: str, segmented_template: str) -> Iterator[str]:
    """URL of a copy that tests only read."""
    with fresh_database(postgres, segmented_template) as url:
        yield url


@pytest.fixture
def own_segmented(postgres: str, segmented_template: str) -> Iterator[str]:
    """URL of a copy that a test may change."""
    with fresh_database(postgres, segmented_template) as url:
        yield url
