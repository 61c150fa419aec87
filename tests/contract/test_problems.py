import copy
import re
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.contract.open import parse_contract
from app.contract.problems import Problems, nearest
from app.errors import InvalidContract

EVERY_KEY = Path(__file__).with_name("every_key.yaml")
JUNK: list[Any] = [None, [], {}, -1, True, "x\n\u202ey", [1, {"a": None}], 10**30, "a" * 2_000]


def places(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if place:
        yield place
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, inner in pairs:
        yield from places(inner, (*place, key))


def replaced(document: Any, place: tuple[Any, ...], value: Any) -> bytes:
    changed = copy.deepcopy(document)
    parent = changed
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = value
    return yaml.safe_dump(changed, allow_unicode=True).encode()


def test_a_contract_with_every_key_is_read() -> None:
    contract = parse_contract(EVERY_KEY.read_bytes(), "every.yaml", EVERY_KEY.parent)
    assert [server.name for server in contract.servers] == ["shop", "till"]


def test_whatever_the_value_of_a_key_is_each_problem_is_one_line_with_a_remedy() -> None:
    document = yaml.safe_load(EVERY_KEY.read_text())
    offenders = []
    for place, junk in zip(places(document), cycle(JUNK), strict=False):
        try:
            parse_contract(replaced(document, place, junk), "every.yaml", EVERY_KEY.parent)
        except InvalidContract as refused:
            offenders += [one for one in refused.problems if not one.isprintable() or not re.search("; |, e.g. ", one)]
    assert offenders == []


def test_problems_are_in_the_order_of_their_lines_those_of_other_files_last() -> None:
    problems = Problems("b.yaml")
    problems.add(2, "date", "is wrong; change it", "a.csv")
    problems.add(10, "key", "is wrong; change it")
    problems.add(9, "key", "is wrong; change it")
    with pytest.raises(InvalidContract) as refused:
        problems.raise_if_any()
    places_found = [":".join(problem.split(":")[:2]) for problem in refused.value.problems]
    assert places_found == ["b.yaml:9", "b.yaml:10", "a.csv:2"]


def test_the_first_problem_of_a_value_is_kept() -> None:
    problems = Problems("b.yaml")
    problems.add(1, "key", "one; change it")
    problems.add(1, "key", "two; change it")
    with pytest.raises(InvalidContract, match="one; change it"):
        problems.raise_if_any()


def test_the_nearest_name_is_found_without_case() -> None:
    assert nearest("MINLENGTH", ["maxLength", "minLength"]) == "did you mean minLength?"


def test_all_names_are_shown_where_none_is_near() -> None:
    assert nearest("zzz", ["one", "two"]) == "use one of one, two"
