"""The workflows call commands that exist, and have few privileges."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deployment.files import ROOT, WORKFLOWS, calls, named, text, unknown


def jobs(workflow: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text(workflow))["jobs"]
    return found


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(workflow).values() for step in job["steps"]]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=named)
def test_a_workflow_calls_commands_and_options_that_exist(workflow: Path) -> None:
    assert [wrong for step in steps(workflow) for wrong in unknown(calls(step.get("run", "")))] == []


def test_the_daily_workflow_uploads() -> None:
    uploads = [
        call for step in steps(ROOT / ".github/workflows/daily-upload.yml") for call in calls(step.get("run", ""))
    ]
    assert uploads == [("upload", {"--day"})]


def test_ci_runs_the_one_check() -> None:
    assert ".ci/run" in [step.get("run") for step in steps(ROOT / ".github/workflows/ci.yml")]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=named)
def test_no_expression_is_pasted_into_a_shell(workflow: Path) -> None:
    assert not any("${{" in step.get("run", "") for step in steps(workflow))


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=named)
def test_actions_are_pinned(workflow: Path) -> None:
    used = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert all(re.fullmatch(r"[\w/-]+@(v\d+|[0-9a-f]{40})", action) for action in used)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=named)
def test_a_workflow_may_write_nothing_but_its_identity_token(workflow: Path) -> None:
    page = yaml.safe_load(text(workflow))
    granted = [page["permissions"], *(job.get("permissions", {}) for job in page["jobs"].values())]
    assert {(name, level) for each in granted for name, level in each.items()} <= {
        ("contents", "read"),
        ("id-token", "write"),
    }
