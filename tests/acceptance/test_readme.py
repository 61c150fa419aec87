"""What the README says is what a reader gets."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.service import Service, up

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^\$ (curl .+)\n(\{.+\})$", README, re.MULTILINE)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with up(tmp_path_factory.mktemp("readme"), "--as-of", "2026-11-22") as service:
        yield service


def shape(value: Any) -> Any:
    """Names and kinds of a JSON value, without what changes from day to day."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return [shape(item) for item in value[:1]] if isinstance(value, list) else type(value).__name__


def test_there_are_five_examples() -> None:
    assert len(EXAMPLES) == 5


@pytest.mark.skipif(shutil.which("curl") is None, reason="the examples are curl commands and curl is not installed")
@pytest.mark.parametrize(("command", "answer"), EXAMPLES)
def test_an_example_answers_as_shown(demo: Service, command: str, answer: str) -> None:
    base = str(demo.client.base_url).rstrip("/")
    given = subprocess.run(
        shlex.split(command.replace("http://127.0.0.1:8000", base)), capture_output=True, check=True, timeout=30
    )
    assert shape(json.loads(given.stdout)) == shape(json.loads(answer))


def test_the_command_prints_the_segments_as_shown(demo: Service) -> None:
    shown = re.search(r"<!-- up-output -->\n```text\n(.+?)```", README, re.DOTALL)
    assert shown is not None
    rows = [line.split() for line in shown[1].splitlines() if line.strip().startswith("Super VIP Champions")]
    assert rows[0] in [line.split() for line in demo.said]
