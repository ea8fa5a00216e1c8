"""The OpenAPI description: FastAPI's, with each command as the body of its route and the shared headers."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
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


def describe(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema:
        return app.openapi_schema
    routes = [route for route in app.routes if isinstance(route, APIRoute)]
    commands = _commands(routes)
    for route in routes:
        route.openapi_extra = {k: v for k, v in (route.openapi_extra or {}).items() if k != "x-command"}
    document = get_openapi(
        title=app.title, version=app.version, description=app.description, routes=app.routes,
        tags=[{"name": tag} for tag in dict.fromkeys(str(t) for r in routes for t in r.tags)],
    )  # fmt: skip
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    _, described = models_json_schema(
        [(c, "validation") for c in dict.fromkeys(commands.values())], by_alias=True, ref_template=_REFERENCE
    )
    schemas.update(described.get("$defs", {}))
    document["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for route in routes:
        for method in route.methods or ():
            operation = document["paths"].get(route.path, {}).get(method.lower())
            if operation is None:
                continue
            command = commands.get((route.path, method))
            if command is not None:
                schema = {"$ref": _REFERENCE.format(model=command.__name__)}
                operation["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
            open_to_all = operation.get("x-permission", "open") == "open"
            operation["security"] = [] if open_to_all else [{"bearer": []}]
            if not open_to_all:
                shared = _READ_HEADERS if method == "GET" else _COMMAND_HEADERS
                operation["parameters"] = [*operation.get("parameters", []), *shared]
            if "HTTPValidationError" not in str(operation["responses"].get("422", "")):
                continue
            operation["responses"].pop("422")
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    app.openapi_schema = document
    return document


def _commands(routes: list[APIRoute]) -> dict[tuple[str, str], type[Command]]:
    found: dict[tuple[str, str], type[Command]] = {}
    for route in routes:
        command = (route.openapi_extra or {}).get("x-command")
        if command is not None:
            found |= {(route.path, method): command for method in route.methods or ()}
    return found
