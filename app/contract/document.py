"""YAML of a contract as a tree of values, each with its line and its key."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.contract.problems import Problems

MAX_BYTES: Final = 256 * 1024
MAX_VALUES: Final = 20_000
DEEPEST: Final = 24
MAX_INTEGER_LENGTH: Final = 20
LABELS: Final = ("name", "server", "property")
"""Keys whose value names an item of a list in messages."""
PREFIX: Final = "tag:yaml.org,2002:"

Plain = str | int | float | bool | None
TYPES: Final[dict[str, Callable[[str], Plain]]] = {
    "str": str,
    "null": lambda _: None,
    "bool": lambda text: text.lower() == "true",
    "int": lambda text: int(text) if len(text) < MAX_INTEGER_LENGTH else float(text),
    "float": float,
}


class CoreLoader(yaml.SafeLoader):
    """Loader with the types of YAML 1.2: `no`, `18:00` and `2026-03-01` are texts."""


CoreLoader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^[-+]?[0-9]+$", list("-+0123456789")),
    ("float", r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", list("-+.0123456789")),
):
    CoreLoader.add_implicit_resolver(f"{PREFIX}{_tag}", re.compile(_pattern), _first)


@dataclass(frozen=True, slots=True)
class Entry:
    """A value of the document.

    Attributes:
        line: line in the file, from 1.
        key: keys on the way to the value, such as `schema.sales.properties.quantity.required`.
        text: a scalar as it is written, without quotes; None for lists and mappings.
    """

    line: int
    key: str
    value: "Plain | list[Entry] | dict[str, Entry]"
    text: str | None = None

    @property
    def items(self) -> "list[Entry]":
        """The items of a list; empty for anything else."""
        return self.value if isinstance(self.value, list) else []

    @property
    def fields(self) -> "dict[str, Entry]":
        """The fields of a mapping; empty for anything else."""
        return self.value if isinstance(self.value, dict) else {}

    def plain(self) -> object:
        """Return the value as Python's own types."""
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        if isinstance(self.value, dict):
            return {name: field.plain() for name, field in self.value.items()}
        return self.value


class _Unreadable(Exception):
    def __init__(self, line: int, key: str, message: str) -> None:
        super().__init__(message)
        self.line, self.key = line, key


def read_document(content: bytes, problems: Problems) -> Entry:
    """Return the root of a YAML document; raises InvalidContract for a malformed document, or one that is too large.

    The limit applies after the expansion of aliases too.
    """
    try:
        return _Conversion(problems).entry(_compose(_decode(content)), "", 0)
    except _Unreadable as error:
        problems.add(error.line, error.key, str(error))
    problems.raise_if_any()
    raise AssertionError("unreachable")


def _decode(content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise _Unreadable(1, "document", f"the file is larger than {MAX_BYTES // 1024} KB; is it a contract?")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _Unreadable(line, "document", "the line is not UTF-8; save the file as UTF-8") from None


def _compose(text: str) -> Node:
    try:
        root = yaml.compose(text, Loader=CoreLoader)
    except yaml.composer.ComposerError as error:
        raise _not_composed(error) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise _Unreadable(line, "document", f"this is not YAML: {what}; check quotes and indentation") from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise _Unreadable(line, "document", "the line holds a control character; remove it") from None
    except RecursionError:
        raise _Unreadable(1, "document", "values are nested too deeply; is it a contract?") from None
    if not isinstance(root, MappingNode):
        raise _Unreadable(1, "document", "the file holds no keys; start from `regulars contract init`")
    return root


def _not_composed(error: yaml.composer.ComposerError) -> _Unreadable:
    mark = error.problem_mark or error.context_mark
    line = mark.line + 1 if mark else 1
    if error.context and "single document" in error.context:
        return _Unreadable(line, "document", "a second document begins here; keep one in the file, without a line ---")
    return _Unreadable(line, "document", f"this is not YAML: {error.problem}; check anchors and aliases")


class _Conversion:
    """Conversion of nodes to entries, bounded in number and depth, because aliases repeat values."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._values = 0

    def entry(self, node: Node, key: str, depth: int) -> Entry:
        self._values += 1
        line = node.start_mark.line + 1
        if self._values > MAX_VALUES or depth > DEEPEST:
            what = "anchors and aliases expand to too many values, or values are nested too deeply"
            raise _Unreadable(line, key or "document", f"{what}; write them out without anchors")
        if isinstance(node, MappingNode):
            return Entry(line, key, dict(self._fields(node, key, depth)))
        if isinstance(node, SequenceNode):
            return Entry(line, key, [self._item(item, key, at, depth) for at, item in enumerate(node.value, 1)])
        return self._scalar(node, line, key)

    def _scalar(self, node: Node, line: int, key: str) -> Entry:
        if not isinstance(node, ScalarNode) or not node.tag.startswith(PREFIX):
            self._problems.add(line, key, f"the tag {node.tag} is not allowed; write the value without a tag")
            return Entry(line, key, None, "")
        text = str(node.value)
        tag = node.tag.removeprefix(PREFIX)
        if tag not in TYPES:
            self._problems.add(line, key, f"the tag !!{tag} is not allowed; write the value without a tag")
        return Entry(line, key, TYPES.get(tag, str)(text), text)

    def _fields(self, node: MappingNode, key: str, depth: int) -> Iterator[tuple[str, Entry]]:
        seen: set[str] = set()
        names = [name.value if isinstance(name, ScalarNode) else "" for name, _ in node.value]
        for name, (name_node, value) in zip(names, node.value, strict=True):
            line = name_node.start_mark.line + 1
            path = f"{key}.{name}" if key else name
            if not name or name in seen:
                what = "the key is repeated; keep one of them" if name else "a key has to be a text"
                self._problems.add(line, path or "document", what)
                continue
            seen.add(name)
            # The name of a custom property is beside `value`, which is not part of the path.
            yield name, self.entry(value, key if name == "value" and "property" in names else path, depth + 1)

    def _item(self, node: Node, key: str, at: int, depth: int) -> Entry:
        label = str(at)
        if isinstance(node, MappingNode):
            named = {name.value: value.value for name, value in node.value if isinstance(name, ScalarNode)}
            label = next((named[name] for name in LABELS if isinstance(named.get(name), str)), label)
        return self.entry(node, f"{key}.{label}", depth + 1)
