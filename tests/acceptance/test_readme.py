"""What the README says is what a reader gets."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from app.jobs.context import Context
from tests.acceptance.service import Service, up
from tests.loading import load

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
PINNED = ("customer_id", "country", "recency", "frequency", "monetary", "segment", "tier", "rows", "score")
EXAMPLES = re.findall(r"^\$ (curl .+)\n(\{.+\})$", README, re.MULTILINE)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with up(tmp_path_factory.mktemp("readme")) as service:
        yield service


def shape(value: Any) -> Any:
    """Names and kinds of a JSON value, without what changes from day to day."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    return [shape(item) for item in value[:1]] if isinstance(value, list) else type(value).__name__


def pinned(value: Any) -> list[Any]:
    """The values that the demonstration has on any day."""
    if isinstance(value, dict):
        own = [value[name] for name in PINNED if name in value]
        return [*own, *(found for item in value.values() for found in pinned(item))]
    return [found for item in value for found in pinned(item)] if isinstance(value, list) else []


def test_the_sales_file_is_loaded_whole(context: Context, put: Callable[..., Path]) -> None:
    shown = re.search(r"<!-- sales-file -->\n```csv\n(.+?)```", README, re.DOTALL)
    assert shown is not None
    put(content=shown[1].encode())
    counts = load(context)
    assert (counts.rows_loaded, counts.rows_quarantined) == (2, 0)


def test_the_command_prints_its_lines_as_shown(demo: Service) -> None:
    """The lines without a path, whatever the date."""
    shown = re.search(r"<!-- up-output -->\n```text\n(.+?)```", README, re.DOTALL)
    assert shown is not None
    expected = [undated(line) for line in shown[1].splitlines() if line.startswith(("Loaded", "Trained", "Segments"))]
    printed = [undated(line) for line in demo.said]
    assert (len(expected), [line for line in expected if line not in printed]) == (3, [])


def undated(line: str) -> str:
    return re.sub(r"\d{4}-\d{2}-\d{2}", "DATE", line.rstrip())


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
    assert pinned(json.loads(given.stdout)) == pinned(json.loads(answer))


def segment_rows(lines: list[str]) -> list[list[str]]:
    """The rows of a printed table of segments: from the line below its header to the next empty one."""
    start = next(number for number, line in enumerate(lines) if set(line.strip()) == {"─"}) + 1
    return [line.split() for line in takewhile(str.strip, lines[start:])]


def test_the_command_prints_the_segments_as_shown(demo: Service) -> None:
    shown = re.search(r"<!-- up-output -->\n```text\n(.+?)```", README, re.DOTALL)
    assert shown is not None
    rows = segment_rows(shown[1].splitlines())
    assert len(rows) == 6
    assert segment_rows(demo.said) == rows
