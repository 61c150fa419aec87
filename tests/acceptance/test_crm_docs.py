"""What docs/crm.md shows works as it stands."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.service import Service, up

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "crm.md").read_text(encoding="utf-8")


def example(name: str) -> str:
    """The code behind `<!-- example: name -->`."""
    found = re.search(rf"<!-- example: {name} -->\n```\w+\n(.+?)```", DOCS, re.DOTALL)
    assert found is not None, name
    return found[1]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with up(tmp_path_factory.mktemp("crm"), "--as-of", "2026-11-22") as service:
        yield service


def polled(service: Service, folder: Path) -> list[str]:
    """The lines that the example prints."""
    environment = {**os.environ, "RGL_URL": str(service.client.base_url).rstrip("/")}
    run = subprocess.run(
        [sys.executable, "-c", example("poll")],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return run.stdout.splitlines()


def test_the_what_if_says_why_and_what_then(service: Service, tmp_path: Path) -> None:
    environment = {**os.environ, "RGL_URL": str(service.client.base_url).rstrip("/")}
    command = [sys.executable, "-c", example("what-if"), "12361"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    why, then = run.stdout.splitlines()
    segments = {segment["segment"] for segment in service.get("/v1/recommendations")["data"]}
    assert why.split(" - ", 1)[0] == service.get("/v1/customers/12361/segment")["segment"]
    assert then.removeprefix("With one more order of 100: ") in segments


def test_the_poller_brings_everybody_and_then_nothing_new(service: Service, tmp_path: Path) -> None:
    customers = sum(segment["customers"] for segment in service.get("/v1/segments")["data"])
    assert [len(polled(service, tmp_path)), len(polled(service, tmp_path))] == [customers, 0]


def test_the_poller_knows_where_a_customer_is(service: Service, tmp_path: Path) -> None:
    known = dict(line.split(" ", 1) for line in polled(service, tmp_path))
    assert known["12361"] == service.get("/v1/customers/12361/segment")["segment"]


def exported(service: Service, folder: Path) -> bytes:
    """What the example of exports leaves behind."""
    environment = {**os.environ, "RGL_URL": str(service.client.base_url).rstrip("/")}
    command = [sys.executable, "-c", example("export")]
    subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=60, check=True)
    return (folder / "customers.ndjson").read_bytes()


def test_the_export_brings_everybody(service: Service, tmp_path: Path) -> None:
    customers = sum(segment["customers"] for segment in service.get("/v1/segments")["data"])
    assert exported(service, tmp_path).count(b"\n") == customers


@pytest.mark.parametrize("arrived", [0, 10, 3_000, 200_000])
def test_the_export_goes_on_where_it_broke(service: Service, tmp_path: Path, arrived: int) -> None:
    whole = exported(service, tmp_path)
    (tmp_path / "customers.ndjson.part").write_bytes(whole[:arrived])
    (tmp_path / "customers.run").write_text(service.get("/v1/segments")["run_id"])
    assert exported(service, tmp_path) == whole
