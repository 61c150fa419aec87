"""Score of a history that is impossible."""

import pytest
from pydantic import ValidationError

from app.api.customers.score_schemas import ScoredFeatures, ScoreRequest

GIVEN = {"recency": 50, "frequency": 2, "monetary": "600.00"}


def test_a_last_purchase_before_the_first_is_refused() -> None:
    with pytest.raises(ValidationError, match="send a tenure of at least recency"):
        ScoreRequest.model_validate({**GIVEN, "tenure": 10})


def test_a_customer_of_one_day_is_scored() -> None:
    scored = ScoreRequest.model_validate({**GIVEN, "tenure": 50}).root
    assert isinstance(scored, ScoredFeatures)
    assert scored.tenure == 50
