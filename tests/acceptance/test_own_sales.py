"""The commands by which the README leads from a shop's own files to segments."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.acceptance.service import Service, up

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
CUSTOMERS = 40
ORDERS = 180
FIRST = date(2026, 1, 5)


def block(name: str) -> str:
    shown = re.search(rf"<!-- {name} -->\n```\w+\n(.+?)```", README, re.DOTALL)
    assert shown is not None
    return shown[1]


def sales() -> str:
    """The file of the README, with further sales in the same form."""
    rows = [
        f"B-{customer}-{order};{FIRST + timedelta(customer + 5 * order):%d/%m/%Y};C-{customer};2;{1 + customer * 3},50"
        for customer in range(CUSTOMERS)
        for order in range(1 + customer % 8)
    ]
    return block("own-sales") + "\n".join([*rows, ""])


def commands() -> list[str]:
    return [
        line.replace(".venv/bin/regulars", f"{sys.executable} -m app.cli")
        for line in block("own-commands").splitlines()
    ]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the files, where the first command has drafted the contract."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "sales").mkdir()
    (folder / "sales" / "export.csv").write_text(sales(), encoding="utf-8")
    subprocess.run(commands()[0], shell=True, cwd=folder, check=True, capture_output=True, timeout=120)  # noqa: S602
    return folder


@pytest.fixture(scope="module")
def service(shop: Path) -> Iterator[Service]:
    options = commands()[2].split(" up ")[1].split()
    paths = [str(shop / option) if not option.startswith("--") else option for option in options]
    with up(shop / "data", *paths, REGULARS_AS_OF="2026-04-01") as service:
        yield service


def test_the_drafted_contract_has_nothing_to_decide(shop: Path) -> None:
    assert [line for line in (shop / "shop.yaml").read_text().splitlines() if "# CHECK:" in line] == []


def test_the_check_finds_no_fault(shop: Path) -> None:
    command = f"{commands()[1]} --as-of 2026-04-01"
    done = subprocess.run(  # noqa: S602  # a command of the README
        command, shell=True, cwd=shop, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        0,
        f"The files load under my-shop: {ORDERS + 3:,} rows, nothing quarantined, no warnings.",
    )


def test_the_customers_of_the_files_have_segments(service: Service) -> None:
    segments = service.get("/v1/segments")["data"]
    found = service.get("/v1/customers/C-17/segment")
    assert (sum(segment["customers"] for segment in segments) > 0, found["segment"] is not None) == (True, True)
