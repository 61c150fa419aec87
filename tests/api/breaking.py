"""What would break a client of the API that was released: two OpenAPI documents compared."""

from collections.abc import Iterator, Mapping
from typing import Any

Document = Mapping[str, Any]
METHODS = ("get", "post", "put", "patch", "delete")
BOUNDS = {"minimum": 1, "minLength": 1, "minItems": 1, "maximum": -1, "maxLength": -1, "maxItems": -1}


def breaking(old: Document, new: Document) -> list[str]:
    """One line for everything that a client of `old` relied on and `new` does not keep.

    What is sent may be allowed more, never less; what is answered may say more, never less or otherwise.
    """
    return [
        f"{name}: {said}" for name, before, after in _operations(old, new) for said in _told(before, after, old, new)
    ]


def _operations(old: Document, new: Document) -> Iterator[tuple[str, Any, Any]]:
    for path, operations in old["paths"].items():
        for method in METHODS:
            if method in operations:
                yield f"{method.upper()} {path}", operations[method], new["paths"].get(path, {}).get(method)


def _told(before: Any, after: Any, old: Document, new: Document) -> Iterator[str]:
    if after is None:
        yield "is gone"
        return
    if before["operationId"] != after["operationId"]:
        yield f"is called {after['operationId']}, was {before['operationId']}"
    yield from _sent(before, after, old, new)
    for status, response in before["responses"].items():
        if status not in after["responses"]:
            yield f"never answers {status} any more"
            continue
        for media_type, content in response.get("content", {}).items():
            answered = after["responses"][status].get("content", {}).get(media_type)
            if answered is None:
                yield f"{status} is no {media_type} any more"
            else:
                yield from _narrowed(answered.get("schema", {}), content.get("schema", {}), new, old, f"{status} ", ())


def _sent(before: Any, after: Any, old: Document, new: Document) -> Iterator[str]:
    was, now = ({(p["in"], p["name"]): p for p in each.get("parameters", [])} for each in (before, after))
    for place, parameter in was.items():
        if place not in now:
            yield f"takes no {place[1]} any more"
        else:
            yield from _narrowed(parameter["schema"], now[place]["schema"], old, new, f"{place[1]} ", ())
    needed = [place for place, parameter in now.items() if parameter.get("required")]
    yield from (f"needs {place[1]}" for place in needed if not was.get(place, {}).get("required"))
    bodies = [
        each.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        for each in (before, after)
    ]
    if bodies[0] is None and bodies[1] is not None:
        yield "needs a body"
    elif bodies[0] is not None and bodies[1] is not None:
        yield from _narrowed(bodies[0], bodies[1], old, new, "body ", ())


def _narrowed(
    wide: Any, narrow: Any, of_wide: Document, of_narrow: Document, at: str, seen: tuple[str, ...]
) -> Iterator[str]:
    """What a value of `wide` may be that one of `narrow` may not."""
    name = str(wide.get("$ref", ""))
    if name and name in seen:
        return
    seen = (*seen, name) if name else seen
    wide, narrow = _resolved(wide, of_wide), _resolved(narrow, of_narrow)
    lost = _types(wide, of_wide) - _types(narrow, of_narrow)
    if lost and _types(narrow, of_narrow):
        yield f"{at}may be no {', '.join(sorted(lost))}"
    if "enum" in narrow and (values := set(map(str, wide.get("enum", ["anything"]))) - set(map(str, narrow["enum"]))):
        yield f"{at}may not be {', '.join(sorted(values))}"
    for bound, sign in BOUNDS.items():
        if bound in narrow and (bound not in wide or sign * narrow[bound] > sign * wide[bound]):
            yield f"{at}{bound} is {narrow[bound]}"
    yield from (f"{at}{name} must be there" for name in set(narrow.get("required", ())) - set(wide.get("required", ())))
    properties = narrow.get("properties", {})
    for name, schema in wide.get("properties", {}).items():
        if name in properties:
            yield from _narrowed(schema, properties[name], of_wide, of_narrow, f"{at}{name} ", seen)
        elif narrow.get("additionalProperties") is False:
            yield f"{at}{name} is not taken"
    if "items" in wide and "items" in narrow:
        yield from _narrowed(wide["items"], narrow["items"], of_wide, of_narrow, at, seen)


def _resolved(schema: Any, document: Document) -> Any:
    """The schema behind references, and behind a choice that is one thing or null."""
    if "$ref" in schema:
        return _resolved(document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]], document)
    variants = [each for each in schema.get("anyOf", schema.get("oneOf", ())) if each.get("type") != "null"]
    return _resolved(variants[0], document) if len(variants) == 1 else schema


def _types(schema: Any, document: Document) -> set[str]:
    if "$ref" in schema:
        return _types(_resolved(schema, document), document)
    if variants := schema.get("anyOf", schema.get("oneOf")):
        return {kind for each in variants for kind in _types(each, document)}
    kinds = schema.get("type", [])
    return {kinds} if isinstance(kinds, str) else set(kinds)
