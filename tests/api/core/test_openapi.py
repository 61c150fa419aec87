"""OpenAPI document: complete, with valid examples."""

import csv
import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from app.access.scopes import SCOPES
from app.api.core.routing import declared_routes
from app.main import create_app
from app.segments.score_columns import SCORE_NAMES
from app.settings import Settings
from app.webhooks.tables import EventType

APP = create_app(Settings())
DOCUMENT = APP.openapi()
OPERATIONS = {
    operation["operationId"]: (path, operation)
    for path, operations in DOCUMENT["paths"].items()
    for operation in operations.values()
}
each_operation = pytest.mark.parametrize(("path", "operation"), OPERATIONS.values(), ids=OPERATIONS)
STREAMS = {"export_customers": OPERATIONS["export_customers"]}
each_model = pytest.mark.parametrize(
    ("path", "operation"),
    [each for name, each in OPERATIONS.items() if name not in STREAMS],
    ids=[name for name in OPERATIONS if name not in STREAMS],
)


def models(base: type[BaseModel] = BaseModel) -> Iterator[type[BaseModel]]:
    for model in base.__subclasses__():
        yield model
        yield from models(model)


MODELS = {model.__name__: model for model in models() if model.__module__.startswith("app.api.")}


def of(content: dict[str, Any]) -> type[BaseModel]:
    """The model of a content's schema."""
    return MODELS[content["schema"]["$ref"].rsplit("/", 1)[-1]]


def success(operation: dict[str, Any]) -> dict[str, Any]:
    status = next(status for status in operation["responses"] if status.startswith("2"))
    content: dict[str, Any] = operation["responses"][status]["content"]["application/json"]
    return content


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_are_named_as_methods(name: str) -> None:
    reads, writes = "list get look_up score export verify", "create update delete rotate send redeliver erase"
    verbs = f"{reads} {writes} start cancel replay discard promote roll_back refit preview"
    assert any(re.fullmatch(f"{verb}_[a-z_]+", name) for verb in verbs.split())


@each_operation
def test_an_operation_is_described(path: str, operation: dict[str, Any]) -> None:
    assert operation["summary"]
    assert operation["description"].endswith(".")
    assert operation["tags"][0] in {tag["name"] for tag in DOCUMENT["tags"]}


@each_model
def test_an_example_is_a_valid_answer(path: str, operation: dict[str, Any]) -> None:
    content = success(operation)
    served = of(content).model_validate(content["example"]).model_dump(mode="json")
    assert served == content["example"]


@each_model
def test_an_example_has_every_field(path: str, operation: dict[str, Any]) -> None:
    content = success(operation)
    on_request = {"total", *SCORE_NAMES}
    assert list(content["example"]) == [name for name in of(content).model_fields if name not in on_request]


@pytest.mark.parametrize(("path", "operation"), STREAMS.values(), ids=STREAMS)
def test_a_stream_shows_a_row_of_a_list_in_each_format(path: str, operation: dict[str, Any]) -> None:
    content = operation["responses"]["200"]["content"]
    line, rows = content["application/x-ndjson"]["example"], content["text/csv"]["example"].splitlines()
    assert json.loads(line) == MODELS["ListedCustomer"].model_validate_json(line).model_dump(mode="json")
    assert dict(zip(*csv.reader(rows), strict=True)) == {name: str(each) for name, each in json.loads(line).items()}


@each_operation
def test_problems_are_problem_documents(path: str, operation: dict[str, Any]) -> None:
    problems = {status: each for status, each in operation["responses"].items() if status >= "400"}
    for status, problem in problems.items():
        (content,) = problem["content"].values()
        examples = [example["value"] for example in content["examples"].values()]
        assert [of(content).model_validate(example).model_dump()["status"] for example in examples] == [
            int(status)
        ] * len(examples)


@each_operation
def test_every_operation_documents_its_problems(path: str, operation: dict[str, Any]) -> None:
    expected = (
        {"503"} if path == "/health/ready" else set() if path == "/health/live" else {"401", "403", "429", "500", "503"}
    )
    expected |= {"404"} & {"404"} if "{" in path else set()
    expected |= {"422"} if operation.get("parameters") or "requestBody" in operation else set()
    assert expected <= operation["responses"].keys()


@each_operation
def test_a_parameter_is_described(path: str, operation: dict[str, Any]) -> None:
    assert all(parameter.get("description") for parameter in operation.get("parameters", []))


@each_operation
def test_every_operation_except_health_names_its_scope(path: str, operation: dict[str, Any]) -> None:
    if path.startswith("/health/"):
        assert operation["security"] == []
    else:
        ((scope,),) = [each["key"] for each in operation["security"]]
        assert (scope in SCOPES, f"`{scope}`" in operation["description"]) == (True, True)


def test_every_operation_below_v1_declares_its_scope() -> None:
    below = [route for route in declared_routes(APP.routes) if route.path.startswith("/v1/")]
    assert [route.path for route in below if "scope" not in vars(route.endpoint)] == []
    assert below


def test_operations_of_customers_need_their_scopes() -> None:
    paths = {path: operation for path, operation in OPERATIONS.values() if path.startswith("/v1/customers")}
    assert {each["security"][0]["key"][0].split(":")[0] for each in paths.values()} == {"customers"}


@pytest.mark.parametrize("name", [name for name, (_, operation) in OPERATIONS.items() if "requestBody" in operation])
def test_a_request_body_has_an_example(name: str) -> None:
    body = OPERATIONS[name][1]["requestBody"]["content"]["application/json"]
    schema = DOCUMENT["components"]["schemas"][body["schema"]["$ref"].rsplit("/", 1)[-1]]
    assert [of(body).model_validate(example) for example in schema["examples"]]


def test_every_reference_has_a_schema() -> None:
    def named(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            yield from [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            node = list(node.values())
        for each in node if isinstance(node, list) else []:
            yield from named(each)

    assert {ref.rsplit("/", 1)[-1] for ref in named(DOCUMENT)} <= DOCUMENT["components"]["schemas"].keys()


def properties(name: str) -> tuple[set[str], set[str]]:
    """(all, required) properties of a schema."""
    schema = DOCUMENT["components"]["schemas"][name]
    return set(schema.get("properties", {})), set(schema.get("required", []))


@each_model
def test_a_field_that_is_always_present_is_required(path: str, operation: dict[str, Any]) -> None:
    def inside(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                name = node["$ref"].rsplit("/", 1)[-1]
                yield name
                yield from inside(DOCUMENT["components"]["schemas"][name].get("properties"))
            node = list(node.values())
        for each in node if isinstance(node, list) else []:
            yield from inside(each)

    optional = {
        (name, each) for name in inside(success(operation)) for each in properties(name)[0] - properties(name)[1]
    }
    assert {each for _, each in optional} <= {"total", "recommendation", *SCORE_NAMES}


def test_members_of_a_problem_are_left_out_and_never_null() -> None:
    schema = DOCUMENT["components"]["schemas"]["ProblemDocument"]
    assert properties("ProblemDocument")[1] == {"type", "title", "status", "instance"}
    assert "null" not in json.dumps(schema["properties"])


def test_every_event_is_in_the_webhooks_section() -> None:
    assert set(DOCUMENT["webhooks"]) == {name for names in get_args(EventType) for name in get_args(names)}


@pytest.mark.parametrize("name", DOCUMENT["webhooks"])
def test_the_example_of_an_event_is_one(name: str) -> None:
    content = DOCUMENT["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]
    (example,) = DOCUMENT["components"]["schemas"][content["schema"]["$ref"].rsplit("/", 1)[-1]]["examples"]
    assert of(content).model_validate(example).model_dump(mode="json", exclude={"timestamp", "data"}) == {"type": name}


def test_no_parameter_may_be_null() -> None:
    parameters = [each for _, operation in OPERATIONS.values() for each in operation.get("parameters", [])]
    assert [each["name"] for each in parameters if "null" in json.dumps(each["schema"])] == []


def test_a_schema_has_the_name_of_its_model() -> None:
    """Of two models with one name, each is called by its module, in the reference and in every generated client."""
    assert [name for name in DOCUMENT["components"]["schemas"] if "__" in name] == []


def test_the_bearer_key_is_declared() -> None:
    assert DOCUMENT["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
