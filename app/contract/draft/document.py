"""Document of a drafted contract: YAML with comments on observations, and `# CHECK:` lines on doubts."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z0-9_ +-]*")
WORDS: Final = ("true", "false", "null", "yes", "no")
CHECK: Final = "# CHECK: "


@dataclass(slots=True)
class Remarks:
    """Comments on one part of the document.

    Attributes:
        notes: observations.
        checks: decisions for a person.
    """

    notes: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)

    def lines(self, indent: str) -> Iterator[str]:
        """Yield the comment lines."""
        yield from (f"{indent}# {_one_line(note)}" for note in self.notes)
        yield from (f"{indent}{CHECK}{_one_line(check)}" for check in self.checks)


@dataclass(slots=True)
class Setting:
    """A custom property."""

    name: str
    value: object
    remarks: Remarks = field(default_factory=Remarks)


@dataclass(slots=True)
class PropertyDraft:
    """A column of the schema; keys: further keys, such as logicalTypeOptions."""

    name: str
    physical_name: str
    keys: dict[str, object]
    custom: dict[str, object] = field(default_factory=dict)
    remarks: Remarks = field(default_factory=Remarks)


@dataclass(slots=True)
class Document:
    """A drafted contract.

    Attributes:
        server: keys of the server.
        rules: row rules, each a mapping.
    """

    id: str
    name: str
    server: dict[str, object]
    server_settings: list[Setting]
    properties: list[PropertyDraft]
    rules: list[dict[str, object]]
    settings: list[Setting]
    head: Remarks = field(default_factory=Remarks)
    server_remarks: Remarks = field(default_factory=Remarks)
    rest: Remarks = field(default_factory=Remarks)

    def render(self) -> str:
        """Return the YAML document."""
        return "\n".join((*self._lines(), ""))

    def _lines(self) -> Iterator[str]:
        yield from self.head.lines("")
        yield from ("apiVersion: v3.2.0", "kind: DataContract", f"id: {_value(self.id)}", f"name: {_value(self.name)}")
        yield from ("version: 1.0.0", "status: draft", "servers:")
        yield from self.server_remarks.lines("  ")
        yield from _item("  ", list(self.server.items()))
        yield from _settings("    ", self.server_settings)
        yield from ("schema:", "  - name: sales", "    properties:")
        for one in self.properties:
            yield from one.remarks.lines("      ")
            yield from _item("      ", [("name", one.name), ("physicalName", one.physical_name), *one.keys.items()])
            yield from _settings("        ", [Setting(name, value) for name, value in one.custom.items()])
        if self.rules:
            yield "    quality:"
            for rule in self.rules:
                yield from _item("      ", list(rule.items()))
        yield from self.rest.lines("")
        yield from _settings("", self.settings)


def _item(indent: str, keys: Sequence[tuple[str, object]]) -> Iterator[str]:
    for at, (key, value) in enumerate(keys):
        yield f"{indent}{'  ' if at else '- '}{key}: {_value(value)}"


def _settings(indent: str, settings: Sequence[Setting]) -> Iterator[str]:
    if settings:
        yield f"{indent}customProperties:"
    for one in settings:
        yield from one.remarks.lines(f"{indent}  ")
        yield f"{indent}  - {{property: {one.name}, value: {_value(one.value)}}}"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_value(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, str) and PLAIN.fullmatch(value) and value.lower() not in WORDS and value == value.strip():
        return value
    return json.dumps(value, ensure_ascii=False)


def _one_line(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in " ".join(text.split()))
