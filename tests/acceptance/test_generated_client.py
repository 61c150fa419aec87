"""A client that openapi-python-client generates from the document: it type-checks, and it works."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.service import Service, up
from tests.acceptance.test_crm_docs import example

KEY = "a-key-for-the-generated-client"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with up(tmp_path_factory.mktemp("client"), "--as-of", "2026-11-22", REGULARS_API_KEY=KEY) as service:
        service.client.headers["Authorization"] = f"Bearer {KEY}"
        yield service


@pytest.fixture(scope="module")
def generated(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that holds the package regulars_client; a warning of the generator fails the test."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "openapi.json").write_text(service.client.get("/openapi.json").text, encoding="utf-8")
    arguments = ["generate", "--path", "openapi.json", "--output-path", "client", "--fail-on-warning"]
    run(["-m", "openapi_python_client", *arguments], folder)
    return folder / "client"


def run(arguments: list[str], folder: Path, **environment: str) -> str:
    """The output of Python run on these arguments, with its own tools on the path."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={**os.environ, "PATH": path, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_type_checks(generated: Path) -> None:
    assert "Success" in run(["-m", "mypy", "--strict", "-p", "regulars_client"], generated)


def test_what_the_guide_shows_works(service: Service, generated: Path) -> None:
    address = str(service.client.base_url).rstrip("/")
    said = run(["-c", example("client")], generated, RGL_URL=address, RGL_KEY=KEY)
    customer = service.get("/v1/customers/12361")
    assert said.splitlines()[0] == f"12361: {customer['segment']}, {customer['monetary']} {customer['currency']}"
    assert said.splitlines()[1] == "nobody: Customer not found"
