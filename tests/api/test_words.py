"""Values of enumerations: those of the API are those of the tables."""

from typing import get_args

from app.api.core.dependencies import SchemeName
from app.api.core.schemas import Recommendation
from app.segments.model.segment_table.table import SCHEMES, URGENCIES


def test_schemes() -> None:
    assert get_args(SchemeName) == SCHEMES


def test_urgencies() -> None:
    assert get_args(Recommendation.model_fields["urgency"].annotation) == URGENCIES
