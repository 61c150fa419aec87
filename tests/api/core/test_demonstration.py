"""Examples of the OpenAPI document have the figures of one run of the demonstration."""

from collections.abc import Iterator
from typing import Any

from app.api.core.demonstration import CLUSTER_SIZES, TRAINING_EXAMPLE
from app.api.trends.segments_example import DAY_EXAMPLE
from tests.api.core.test_openapi import DOCUMENT


def objects(node: Any) -> Iterator[dict[str, Any]]:
    """The objects of a document, at any depth."""
    if isinstance(node, dict):
        yield node
    for each in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from objects(each)


EXAMPLES = [
    each
    for found in objects(DOCUMENT)
    for example in [found.get("example"), *(found["examples"] if isinstance(found.get("examples"), list) else [])]
    for each in objects(example)
]


def test_every_example_of_a_training_has_its_customers() -> None:
    found = {(each["k"], each["customers"]) for each in EXAMPLES if "k" in each and "customers" in each}
    assert found == {(TRAINING_EXAMPLE["k"], TRAINING_EXAMPLE["customers"])}


def test_clusters_add_up_to_the_customers() -> None:
    assert sum(each["customers"] for each in CLUSTER_SIZES) == TRAINING_EXAMPLE["customers"]


def test_a_segment_has_the_same_numbers_in_every_example() -> None:
    found: dict[str, set[tuple[int, str]]] = {}
    for each in EXAMPLES:
        if "revenue_share" in each and "condition" not in each:  # custom segments overlap with others
            found.setdefault(each["slug"], set()).add((each["customers"], each["revenue"]))
    assert [slug for slug, numbers in found.items() if len(numbers) > 1] == []
    assert sum(customers for numbers in found.values() for customers, _ in numbers) == TRAINING_EXAMPLE["customers"]


def test_a_customer_has_the_same_numbers_in_every_example() -> None:
    names = ("frequency", "monetary")
    found = {
        tuple(each[name] for name in names) for each in EXAMPLES if {"cluster", "customer_id", *names} <= each.keys()
    }
    assert len(found) == 1


def test_a_day_has_segments_with_customers_only() -> None:
    assert [each["slug"] for each in DAY_EXAMPLE["segments"] if not each["customers"]] == []
