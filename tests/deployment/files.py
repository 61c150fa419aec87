"""Files that deploy the program, and the calls of its command in them."""

import re
from pathlib import Path

import typer

from app.cli.command import make_app

ROOT = Path(__file__).resolve().parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
GROUPS = typer.main.get_command(make_app()).commands  # type: ignore[attr-defined]  # a group, as it has several
COMMANDS = GROUPS | {
    f"{name} {each}": command
    for name, group in GROUPS.items()
    for each, command in getattr(group, "commands", {}).items()
}


def text(path: Path) -> str:
    """The content of a file."""
    return path.read_text(encoding="utf-8")


def named(path: Path) -> str:
    """The name of a file, as the id of a test."""
    return path.name


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
