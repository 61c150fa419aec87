"""A shop with two custom segments, the name of one inside that of the other."""

from collections.abc import Iterator
from contextlib import contextmanager

from app.db.engine import make_engine
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.evaluate_segments import evaluate_custom_segments
from app.settings import Settings
from tests.conftest import NOW
from tests.postgres import fresh_database
from tests.segments.custom.saving import save

BIG = ["B00", "B01", "B02"]
SPENDERS = [*BIG, *(f"R{n:02}" for n in range(12))]
CONDITIONS = {"Big": "monetary > 5000", "Big spenders": "monetary >= 419"}


def save_evaluated(url: str, **conditions: str | None) -> None:
    """Save versions of custom segments, `_` in the names for a space, and run the job that follows."""
    engine = make_engine(url)
    for name, condition in conditions.items():
        save(engine, name.replace("_", " "), condition)
    with running(engine, "evaluate_segments") as run:
        evaluate_custom_segments(Context(engine, Settings(), clock=lambda: NOW), run)
    engine.dispose()


@contextmanager
def custom_database(postgres: str, published: str) -> Iterator[str]:
    """URL of a copy of the published database with the segments of CONDITIONS."""
    with fresh_database(postgres, published) as url:
        save_evaluated(url, **CONDITIONS)
        yield url
