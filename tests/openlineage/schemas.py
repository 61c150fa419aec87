"""JSON schemas of events and facets, from the classes that the client generates from the published specification.

The package carries no JSON file: its attrs classes have the fields, their types, and the address of the schema.
"""

import inspect
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pkgutil import iter_modules
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import attr
from jsonschema_rs import Draft202012Validator
from openlineage.client import generated
from openlineage.client.generated.base import BaseFacet, RunEvent

SCALARS: Final = {str: "string", bool: "boolean", int: "integer", float: "number"}
FORMATS: Final = {"eventTime": "date-time", "runId": "uuid", "nominalStartTime": "date-time", "producer": "uri"}


def classes() -> Iterator[type]:
    """The generated classes of the client."""
    for module in iter_modules(generated.__path__):
        members = inspect.getmembers(import_module(f"{generated.__name__}.{module.name}"), inspect.isclass)
        yield from (each for _, each in members if each.__module__.startswith(generated.__name__))


FACETS: Final = {each._get_schema(): each for each in classes() if issubclass(each, BaseFacet)}  # noqa: SLF001


def schema_of(hint: Any, above: tuple[type, ...] = ()) -> dict[str, Any]:
    """The JSON schema of a type within other classes; facets are validated one by one, by the schema that they name."""
    origin, parts = get_origin(hint), get_args(hint)
    if origin in {Union, UnionType}:
        return {"anyOf": [schema_of(part, above) for part in parts if part is not NoneType]}
    if origin is list:
        return {"type": "array", "items": schema_of(parts[0], above)}
    if origin is dict:
        is_facet = inspect.isclass(parts[1]) and issubclass(parts[1], BaseFacet)
        values = {"type": "object"} if is_facet else schema_of(parts[1], above)
        return {"type": "object", "additionalProperties": values}
    if inspect.isclass(hint) and issubclass(hint, Enum):
        return {"enum": [each.value for each in hint]}
    return schema_of_class(hint, above) if attr.has(hint) else ({"type": SCALARS[hint]} if hint in SCALARS else {})


def schema_of_class(found: type, above: tuple[type, ...] = ()) -> dict[str, Any]:
    """The JSON schema of a generated class: fields without a default are required, others are not allowed."""
    if found in above:  # fields of nested structures: no table has them
        return {"type": "object"}
    hints = get_type_hints(found)
    properties = {
        each.name: {
            **schema_of(hints[each.name], (*above, found)),
            **({"format": FORMATS[each.name]} if each.name in FORMATS else {}),
        }
        for each in attr.fields(found)
    }
    required = [each.name for each in attr.fields(found) if each.default is attr.NOTHING]
    addresses = [name for name in ("producer", "schemaURL", "_producer", "_schemaURL") if name in properties]
    return {
        "type": "object",
        "properties": properties,
        "required": [*required, *addresses],
        "additionalProperties": False,
    }


def errors_of(event: dict[str, Any]) -> list[str]:
    """Why an event, or one of its facets, does not meet the schema; a facet has to name a published schema."""
    found = _errors(RunEvent, event)
    datasets = [*event.get("inputs", []), *event.get("outputs", [])]
    for owner in (event["run"], event["job"], *datasets):
        for name in ("facets", "inputFacets", "outputFacets"):
            for facet in owner.get(name, {}).values():
                found += _errors(FACETS[facet["_schemaURL"]], facet)
    return found


def _errors(found: type, document: dict[str, Any]) -> list[str]:
    validator = Draft202012Validator(schema_of_class(found), validate_formats=True)
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(document)]
