"""The description of the API: complete, and with examples that the API itself would take."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

import application.registry  # noqa: F401 - the commands' handlers
from api.app import create_app
from api.body import parse
from api.errors import ErrorResponse
from application.base import HANDLERS

Part = dict[str, Any]
COMMANDS = {command.__name__: command for command in HANDLERS}


@pytest.fixture(scope="module")
def document() -> Part:
    def lifespan() -> Any:
        raise NotImplementedError

    return create_app(lifespan).openapi()


def operations(document: Part) -> Iterator[tuple[str, Part]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_operation_says_what_it_does_and_what_it_answers(document: Part) -> None:
    for name, operation in operations(document):
        summary = operation["summary"]
        assert summary[0].isupper(), name
        assert not summary.endswith("."), name
        assert operation["tags"], name
        assert operation.get("description") != summary, name
        if not name.startswith("GET "):
            assert {"400", "413", "415", "422", "503"} <= operation["responses"].keys(), name
        if operation["security"]:
            assert {"401", "403"} <= operation["responses"].keys(), name


def test_every_body_has_an_example_that_would_be_taken(document: Part) -> None:
    shown = 0
    for name, operation in operations(document):
        if "requestBody" not in operation:
            continue
        media = operation["requestBody"]["content"]["application/json"]
        command = COMMANDS.get(media["schema"]["$ref"].rpartition("/")[2])
        if command is None:
            continue  # signing in and out, which no handler does
        schema = document["components"]["schemas"][command.__name__]
        assert set(schema.get("required", [])) <= media["example"].keys(), name
        parse(command, msgspec.json.encode(media["example"]), {})
        shown += 1
    assert shown > 30


def test_refusals_are_described_once_each_with_an_example(document: Part) -> None:
    for code, refusal in document["components"]["responses"].items():
        example = refusal["content"]["application/json"]["example"]
        assert ErrorResponse.model_validate(example).error.code == code
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            assert status < "400" or "$ref" in response or name == "GET /readyz", name  # which tells what is not ready


def test_amounts_are_answered_as_strings(document: Part) -> None:
    schemas = document["components"]["schemas"]
    answered = [name for name in schemas if name not in COMMANDS]
    amounts = {"amount", "price", "credit", "balance", "open", "paid", "outstanding", "overdue", "fee", "sessionCost"}
    for name in answered:
        for field, schema in schemas[name].get("properties", {}).items():
            if "$ref" in schema:  # a figure of a report, which says beside its value where that is explained
                figure = schemas[schema["$ref"].rpartition("/")[2]].get("properties", {})
                schema = figure.get("value", schema)  # noqa: PLW2901
            if field in amounts and schema.get("type") != "boolean":
                kinds = {choice.get("type") for choice in schema.get("anyOf", [schema])}
                assert kinds <= {"string", "null"}, f"{name}.{field}"
