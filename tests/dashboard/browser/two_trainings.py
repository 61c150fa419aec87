"""Sales of a folder in a database, with two trainings."""

from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from app.db.engine import make_engine
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.ingest import ingest
from app.pipeline.retrain import retrain
from app.settings import Settings
from app.source.folder import FolderSource
from tests.conftest import NOW
from tests.loading import only

DAYS_BETWEEN: Final = 10
"""Days between the two trainings."""


def load_and_train_twice(url: str, folder: Path, today: date) -> None:
    """Load the sales of a folder into a migrated database; the last days are loaded between the two trainings."""
    days = sorted(path for path in folder.iterdir() if path.is_dir())[-DAYS_BETWEEN:]
    later = folder.with_name(f"{folder.name}-later")
    later.mkdir()
    for day in days:
        day.rename(later / day.name)
    engine = make_engine(url)
    for as_of, now in ((today - timedelta(days=DAYS_BETWEEN), NOW), (today, NOW + timedelta(hours=1))):
        _load_and_train(Context(engine, Settings(as_of=today), clock=partial(_same, now)), folder, as_of)
        for day in later.iterdir():
            day.rename(folder / day.name)
    engine.dispose()


def _load_and_train(context: Context, folder: Path, as_of: date) -> None:
    with running(context.engine, "ingest") as run:
        ingest(context, only(context, FolderSource(folder)), run)
    with running(context.engine, "retrain") as run:
        retrain(context, run, as_of)


def _same(now: datetime) -> datetime:
    return now
