"""The pages for operators name settings, commands, expectations and segments as the program has them."""

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.contract.expectations import expectations
from app.contract.open import open_contract
from app.segments.model.segment_table.fields import Band
from app.segments.model.segment_table.rows import SegmentTableRow, parse_rows
from app.segments.model.segment_table.table import DEFAULT_PATH as SEGMENTS
from app.settings import Settings
from tests.deployment.examples import SHOP_PAGES
from tests.deployment.files import GROUPS, ROOT, WORKFLOWS, calls, named, text, unknown

PAGES = sorted([*(ROOT / "docs").glob("*.md"), *SHOP_PAGES, ROOT / "README.md"])
DEPLOYED = [ROOT / "Dockerfile", ROOT / "docker-compose.yml", ROOT / ".env.example", *WORKFLOWS, *PAGES]
MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
VARIABLES = {f"REGULARS_{name}".upper() for name in Settings.model_fields}


def code(page: str) -> Iterator[str]:
    """The commands that a page shows: fenced blocks of shell, and code within a line."""
    fenced = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
    yield from (block for language, block in fenced.findall(page) if language in {"sh", "console"})
    yield from re.findall(r"`([^`]+)`", fenced.sub("", page))


@pytest.mark.parametrize("path", DEPLOYED, ids=named)
def test_every_variable_that_is_mentioned_is_a_setting(path: Path) -> None:
    assert set(re.findall(r"\bREGULARS_[A-Z0-9_]+\b", text(path))) <= VARIABLES


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_a_page_shows_commands_and_options_that_exist(page: Path) -> None:
    assert [wrong for shown in code(text(page)) for wrong in unknown(calls(shown))] == []


def command_rows() -> list[str]:
    """The rows of the table of commands, as docs/operations.md has to show them."""
    return [f"| `regulars {name}` | {purpose(command)} |" for name, command in GROUPS.items()]


def purpose(command: Any) -> str:
    """The first line of a command's help, and its subcommands."""
    first = command.help.split("\n")[0].rstrip(".")
    nested = ", ".join(f"`{name}`" for name in getattr(command, "commands", {}))
    return f"{first}: {nested}" if nested else first


def test_the_table_of_commands_is_the_one_of_the_program() -> None:
    section = text(ROOT / "docs" / "operations.md").split("\n## Commands\n")[1].split("\n## ")[0]
    assert re.findall(r"^\| `regulars [a-z]+` \|.*$", section, re.MULTILINE) == command_rows()


def test_the_data_contract_names_every_expectation() -> None:
    validated = {expected.name for expected in expectations(open_contract("online-retail"))}
    page = text(ROOT / "docs/data-contract.md")
    assert validated == set(re.findall(r"^\| `(valid_\w+|plausible_date|parse)` \| ", page, re.MULTILINE))


@pytest.mark.parametrize("scheme", ["kmeans", "rules"])
def test_the_data_contract_shows_the_table_of_segments(scheme: str) -> None:
    section = text(ROOT / "docs" / "data-contract.md").split(f"### Scheme `{scheme}`")[1].split("\n### ")[0]
    shown = re.findall(r"^\| (.*[≤>].*) \|$", section, re.MULTILINE)
    assert shown == [spelled(row) for row in parse_rows(SEGMENTS)[scheme]]


def spelled(row: SegmentTableRow) -> str:
    only = f", cluster {MINUS}{-row.cluster}" if row.cluster else ""
    cells = (bounds(row.monetary), bounds(row.frequency), f"{row.recency}{only}", row.segment.name, row.segment.tier)
    return " | ".join(cells)


def bounds(band: Band) -> str:
    above = [f"> {band.above:g}{TIMES}"] if math.isfinite(band.above) else []
    up_to = [f"≤ {band.up_to:g}{TIMES}"] if math.isfinite(band.up_to) else []
    return ", ".join(above + up_to)
