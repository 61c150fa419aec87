"""The table of settings in the docs is the one of the program, and names the processes that read each."""

import re
from typing import get_args

from pydantic.fields import FieldInfo

from app.access.scopes import SCOPES
from app.settings import Settings
from app.settings.readers import ProcessName
from tests.deployment.files import ROOT, text

GROUPS_OF_SETTINGS = Settings.__bases__
MONITORING = ("cli/command.py", "monitoring/*.py")
"""Code of both processes that reads settings of logs, metrics and traces."""


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
    shared = ["cli/database.py", "cli/ports.py", "db/*.py", "suppression/*.py", "erasure/*.py", *MONITORING]
    assert read_by("serve") == reading("api/**/*.py", "main.py", "cli/serve.py", *shared)


def test_the_settings_of_the_worker_are_those_that_it_reads() -> None:
    shared = ["cli/database.py", "db/*.py", "suppression/*.py", *MONITORING]
    rooms = [
        f"{room}/**/*.py"
        for room in ("engines", "pipeline", "exports", "jobs", "webhooks", "openlineage", "erasure", "lake", "source")
    ]
    assert read_by("worker") == reading("worker.py", *rooms, *shared)


def test_the_table_of_scopes_is_the_one_of_the_program() -> None:
    _, _, keys = text(ROOT / "docs" / "operations.md").partition("\n## Keys\n")
    assert re.findall(r"^\| `([a-z:]+)` \|", keys.partition("\n## ")[0], re.MULTILINE) == list(SCOPES)
