"""The OpenAPI description: FastAPI's, with each command as the body of its route and the shared headers."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from application.base import Command

_REFERENCE = "#/components/schemas/{model}"
_COMMAND_HEADERS: list[dict[str, Any]] = [
    {
        "name": "Idempotency-Key", "in": "header", "required": False,
        "description": "A value of the caller's choice: the same request sent again answers what it answered before.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    },
    {
        "name": "Prefer", "in": "header", "required": False,
        "description": "`respond-async`: answer before the read models show it (RFC 7240).",
        "schema": {"type": "string"},
    },
]  # fmt: skip
_READ_HEADERS: list[dict[str, Any]] = [
    {
        "name": "X-Event-Position", "in": "header", "required": False,
        "description": "Wait until the read models have seen this position of the book.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    }
]  # fmt: skip


def describe(app: FastAPI, bodies: dict[tuple[str, str], type[Command]]) -> dict[str, Any]:
    """``bodies`` names the command that is the body, by path and method."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    _, described = models_json_schema(
        [(c, "validation") for c in dict.fromkeys(bodies.values())], by_alias=True, ref_template=_REFERENCE
    )
    schemas.update(described.get("$defs", {}))
    document["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    tags: dict[str, None] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tags |= dict.fromkeys(operation.get("tags", []))
            _complete(operation, method.upper(), bodies.get((path, method.upper())))
    document["tags"] = [{"name": tag} for tag in tags]
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    app.openapi_schema = document
    return document


def _complete(operation: dict[str, Any], method: str, command: type[Command] | None) -> None:
    if command is not None:
        schema = {"$ref": _REFERENCE.format(model=command.__name__)}
        operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    anyone = operation.get("x-permission", "open") == "open"
    operation["security"] = [] if anyone else [{"bearer": []}]
    if not anyone:
        shared = _READ_HEADERS if method == "GET" else _COMMAND_HEADERS
        operation["parameters"] = [*operation.get("parameters", []), *shared]
