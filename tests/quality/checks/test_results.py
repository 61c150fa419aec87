"""Results of checks: severities, and errors of single checks."""

from typing import Any

import pytest

from app.quality.checks.results import run_checks, skip_checks
from app.settings.check_list import CHECK_NAMES, Severities
from tests.quality.checks.measuring import source, weeks

BROKEN: Any = object()
"""An arrival that no check can read."""


def test_an_error_ends_only_the_check_with_it() -> None:
    found = {each.check_name: each for each in run_checks([source(arrival=BROKEN)], Severities())}
    assert [name for name, each in found.items() if not each.is_evaluated] == ["freshness"]
    assert (found["freshness"].outcome, found["volume"].outcome) == ("no_data", "ok")


def test_the_result_of_an_error_names_its_kind_and_where_to_look() -> None:
    found = run_checks([source(arrival=BROKEN)], Severities())[0]
    assert found.message == "not evaluated because of an error (AttributeError): look it up in the worker's log"


def test_an_error_of_the_measurements_leaves_every_check_that_is_on_unevaluated() -> None:
    found = skip_checks("sales", Severities.parse("volume=off"), ValueError("17850"))
    assert {each.check_name for each in found if not each.is_evaluated} == {*CHECK_NAMES} - {"volume"}
    assert "17850" not in str(found)


@pytest.mark.parametrize(("setting", "outcome"), [("", "warn"), ("volume=fail", "fail"), ("volume=warn", "warn")])
def test_a_problem_has_the_severity_of_the_setting_or_of_the_check(setting: str, outcome: str) -> None:
    empty = source(days=weeks())
    found = {each.check_name: each.outcome for each in run_checks([empty], Severities.parse(setting))}
    assert found["volume"] == outcome
