"""The compose file agrees with the program and with the image."""

import re

import pytest
import yaml

from app.pipeline.ingest import IngestPolicy
from tests.deployment.files import ROOT, text, unknown

SERVICES = yaml.safe_load(text(ROOT / "docker-compose.yml"))["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("regulars:")]


def test_compose_runs_what_the_service_is_made_of() -> None:
    assert set(SERVICES) == {"postgres", "store", "migrate", "api", "worker"}
    assert OURS == ["migrate", "api", "worker"]


@pytest.mark.parametrize("service", ["api", "worker"])
def test_nothing_of_ours_starts_before_the_migrations_are_through(service: str) -> None:
    assert SERVICES[service]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_the_migrations_wait_for_the_database() -> None:
    assert SERVICES["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}


@pytest.mark.parametrize("service", ["postgres", "store"])
def test_what_is_waited_for_has_a_health_check(service: str) -> None:
    assert SERVICES[service]["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("service", SERVICES)
def test_no_service_is_published_beyond_this_machine(service: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[service].get("ports", []))


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_gives_up_its_privileges(service: str) -> None:
    assert SERVICES[service]["cap_drop"] == ["ALL"]
    assert SERVICES[service]["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("service", [*OURS, "store"])
def test_what_needs_no_root_has_none_and_writes_to_no_image(service: str) -> None:
    assert SERVICES[service]["read_only"] is True
    assert SERVICES[service].get("user", "10001") != "root"
    assert "cap_add" not in SERVICES[service]


@pytest.mark.parametrize("service", OURS)
def test_compose_calls_commands_that_exist(service: str) -> None:
    command, *options = SERVICES[service]["command"]
    assert unknown([(command, set(options))]) == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_secret_has_no_default(service: str) -> None:
    secrets = {name: value for name, value in SERVICES[service].get("environment", {}).items() if is_secret(name)}
    assert all(re.fullmatch(r"\$\{\w+:\?.+\}", value) for value in secrets.values())


def is_secret(name: str) -> bool:
    return name.endswith(("PASSWORD", "_KEY", "_KEY_ID"))


def test_the_database_is_kept_where_the_image_of_postgres_18_keeps_it() -> None:
    assert SERVICES["postgres"]["image"] == "postgres:18"
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"]


def test_the_largest_files_of_all_loaders_fit_into_tmp() -> None:
    worker = SERVICES["worker"]
    size = re.search(r"^/tmp:size=(\d+)m,", worker["tmpfs"][0])  # of the container
    assert size is not None
    assert int(size[1]) * 1024**2 >= IngestPolicy().loaders * worker["environment"]["REGULARS_MAX_OBJECT_BYTES"]


def test_the_worker_and_the_store_agree_on_the_bucket() -> None:
    bucket = next(flag.removeprefix("-bucket=") for flag in SERVICES["store"]["command"] if "-bucket=" in flag)
    assert SERVICES["worker"]["environment"]["REGULARS_SOURCE"].startswith(f"s3://{bucket}/")


@pytest.mark.parametrize("name", ["REGULARS_CONTRACT", "REGULARS_SOURCE", "REGULARS_CURRENCY"])
def test_api_and_worker_have_the_same_contract_source_and_currency(name: str) -> None:
    assert SERVICES["api"]["environment"].get(name) == SERVICES["worker"]["environment"][name]


def test_every_secret_that_compose_asks_for_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", text(ROOT / "docker-compose.yml")))
    assert asked == set(re.findall(r"^(\w+)=", text(ROOT / ".env.example"), re.MULTILINE))
