"""Transitions refuse the scheme custom."""

import pytest
from pydantic import ValidationError

from app.api.segments.transition_schemas import NOT_CUSTOM, TransitionsQuery


def test_transitions_of_custom_segments_are_refused_by_the_remedy_alone() -> None:
    with pytest.raises(ValidationError) as caught:
        TransitionsQuery.model_validate({"scheme": "custom"})
    assert [each["msg"] for each in caught.value.errors()] == [NOT_CUSTOM]
