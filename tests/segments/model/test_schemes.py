"""Declaration of schemes, and the schemas that have all schemes side by side."""

import pytest
from pydantic import BaseModel

from app.api.customers.score import SegmentsByScheme
from app.api.lineage.customers import CustomerAssignment
from app.segments.model.schemes import DECLARED, SCHEMES
from app.segments.model.segment_table.table import SegmentTable


def test_every_scheme_is_declared_in_the_order_of_their_names() -> None:
    assert tuple(scheme.name for scheme in DECLARED) == SCHEMES


def test_every_scheme_has_segments() -> None:
    assert all(SegmentTable.load().segments[scheme] for scheme in SCHEMES)


@pytest.mark.parametrize("schema", [SegmentsByScheme, CustomerAssignment])
def test_a_schema_of_all_schemes_has_each_one(schema: type[BaseModel]) -> None:
    assert set(SCHEMES) <= schema.model_fields.keys()
