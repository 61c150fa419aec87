"""Features of every customer on each past day of a folder of daily files, read through the product once and stored.

A file of the cache is named after the folder's files and their sizes, so that other files are never taken for them.
"""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt

from app.db.embedded import embedded_postgres
from app.db.engine import make_engine
from app.db.migrate import migrate
from app.jobs.context import Context
from app.jobs.runs import running
from app.pipeline.ingest import ingest
from app.segments.model.features import FloatArray
from app.segments.rfm import read_past_rfm
from app.settings import Settings
from app.source.open import open_sources

DEFAULT_FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "daily_sales"


@dataclass(frozen=True, eq=False)
class Day:
    """Customers on one day, sorted by id.

    Attributes:
        as_of: the day.
        ids: shape (n,), strings.
        rfm: shape (n, 3): recency (days), frequency (invoices), monetary (currency units).
        tenure: shape (n,): days since the first sale.
    """

    as_of: date
    ids: npt.NDArray[np.str_]
    rfm: FloatArray
    tenure: FloatArray


def read_days(folder: Path, cache: Path | None) -> list[Day]:
    """Return the features on the day of each file of `folder`, ascending; from `cache` if they are stored there."""
    files = sorted(folder.rglob("*.csv"))
    digest = hashlib.sha256("\n".join(f"{file.name} {file.stat().st_size}" for file in files).encode()).hexdigest()
    stored = None if cache is None else cache / f"features_{digest[:16]}.npz"
    if stored is not None and stored.exists():
        return _load(stored)
    days = _read(folder, sorted({date.fromisoformat(file.parent.name) for file in files}))
    if stored is not None:
        stored.parent.mkdir(parents=True, exist_ok=True)
        _save(stored, days)
    return days


def _read(folder: Path, dates: Sequence[date]) -> list[Day]:
    settings = Settings(source=str(folder), as_of=dates[-1])
    with tempfile.TemporaryDirectory(prefix="regulars-bench-") as work, embedded_postgres(Path(work)) as url:
        engine = make_engine(url)
        migrate(engine)
        with running(engine, "ingest") as run:
            ingest(Context(engine, settings), open_sources(settings), run)
        days = []
        for as_of in dates:
            with engine.connect() as connection:
                ids, rfm, tenure = read_past_rfm(connection, as_of)
            days.append(Day(as_of, np.array(ids, dtype=np.str_), rfm, tenure))
        engine.dispose()
    return days


def _save(path: Path, days: Sequence[Day]) -> None:
    arrays = {f"{day.as_of}_{name}": getattr(day, name) for day in days for name in ("ids", "rfm", "tenure")}
    np.savez_compressed(path, **arrays)


def _load(path: Path) -> list[Day]:
    with np.load(path) as arrays:
        dates = sorted({name.partition("_")[0] for name in arrays.files})
        return [
            Day(date.fromisoformat(day), *(arrays[f"{day}_{name}"] for name in ("ids", "rfm", "tenure")))
            for day in dates
        ]
