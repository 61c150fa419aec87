"""Cut points of RFM scores of a training."""

from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Connection

from app.segments.model.rfm_scores import RFMScores
from app.segments.model.segment_table.table import DEFAULT_PATH, SegmentTable
from app.segments.rfm import TrainingFeatures
from app.segments.training import TrainingSettings, train
from tests.segments.shop import AS_OF

RFM = np.array([[n, 1 + n % 4, 10 * n] for n in range(1, 41)], dtype=np.float64)
FEATURES = TrainingFeatures(RFM, RFM[:, 0], np.zeros(len(RFM), dtype=np.int16))
DECLARED = "\n[rfm]\nfrequency = [1, 2, 4, 8]\n"


@pytest.fixture
def declared(tmp_path: Path) -> SegmentTable:
    """Segment table with declared cut points of frequency."""
    text = DEFAULT_PATH.read_text(encoding="utf-8")
    path = tmp_path / "segments.toml"
    path.write_text(text[: text.index("\n[[rfm.groups]]")] + DECLARED, encoding="utf-8")
    return SegmentTable.load(path)


def cuts_of(connection: Connection, table: SegmentTable) -> dict[str, list[float]]:
    return train(connection, FEATURES, AS_OF, TrainingSettings("latest"), table, lambda: None).rfm_scores.to_json()


def test_they_are_the_quintiles_of_its_customers(connection: Connection) -> None:
    assert cuts_of(connection, SegmentTable.load()) == RFMScores.by_quantiles(RFM).to_json()


def test_declared_ones_replace_those_of_their_feature(connection: Connection, declared: SegmentTable) -> None:
    quintiles = RFMScores.by_quantiles(RFM).to_json()
    assert cuts_of(connection, declared) == {**quintiles, "frequency": [1, 2, 4, 8]}
