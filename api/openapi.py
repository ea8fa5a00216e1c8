"""The OpenAPI description: FastAPI's, with each command as the body of its route, and said once what routes share."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.base import EVENT_STREAM
from api.errors import CODES
from api.examples import AN_ID, example
from application.base import Command

Part = dict[str, Any]

_REFERENCE = "#/components/schemas/{model}"
_HEADERS: dict[str, Part] = {
    "Idempotency-Key": {
        "description": "A value of the caller's choice: the same request sent again answers what it answered before.",
        "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    },
    "Prefer": {
        "description": "`respond-async`: answer before the read models show it (RFC 7240).",
        "schema": {"type": "string"},
    },
    "If-Match": {
        "description": "The ETag of the record as you know it: refused with 412 if it has changed since.",
        "schema": {"type": "string", "pattern": '^(\\*|(W/)?"[0-9]{1,9}")$'},
    },
    "If-None-Match": {
        "description": "The ETag of the record as you have it: answered with 304 if it is still that.",
        "schema": {"type": "string"},
    },
    "X-Event-Position": {
        "description": "Wait until the read models have seen this position of the book.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    },
}
_ETAG: Part = {"ETag": {"description": "The record's version", "schema": {"type": "string"}}}
_POSITION: Part = {
    "X-Event-Position": {
        "description": "Where the book stands after the command; give it to a read that must see it",
        "schema": {"type": "string"},
    }
}


def describe(app: FastAPI, bodies: dict[tuple[str, str], type[Command]]) -> Part:
    """``bodies`` names the command that is the body, by path and method."""
    if app.openapi_schema:
        return app.openapi_schema
    document = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    components = document.setdefault("components", {})
    schemas: dict[str, Part] = components.setdefault("schemas", {})
    _, described = models_json_schema(
        [(c, "validation") for c in dict.fromkeys(bodies.values())], by_alias=True, ref_template=_REFERENCE
    )
    schemas.update(described.get("$defs", {}))
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    responses: dict[str, Part] = {}
    components["responses"] = responses
    tags: dict[str, None] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            tags |= dict.fromkeys(operation.get("tags", []))
            if (command := bodies.get((path, method.upper()))) is not None:
                operation["requestBody"] = _body(command, schemas)
            _share_refusals(operation["responses"], responses)
            _add_headers(operation, method.upper(), path, schemas)
    document["tags"] = [{"name": tag} for tag in tags]
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    app.openapi_schema = document
    return document


def _body(command: type[Command], schemas: dict[str, Part]) -> Part:
    name = command.__name__
    content = {"schema": {"$ref": _REFERENCE.format(model=name)}, "example": example(schemas[name], schemas)}
    return {"required": bool(schemas[name].get("required")), "content": {"application/json": content}}


def _share_refusals(described: Part, shared: dict[str, Part]) -> None:
    """Refusals of one status are the same everywhere: operations refer to one description, which shows one."""
    for status in [code for code, refusal in described.items() if int(code) in CODES and _is_error(refusal)]:
        refusal, code = described[status], CODES[int(status)]
        details = [{"field": "amount", "message": "…"}] if code == "VALIDATION_ERROR" else None
        error = {
            "code": code, "message": refusal["description"], "details": details,
            "timestamp": "2026-11-02T09:30:00Z", "path": f"/api/v1/patients/{AN_ID}",
        }  # fmt: skip
        refusal["content"]["application/json"]["example"] = {"success": False, "error": error}
        shared[code] = refusal
        described[status] = {"$ref": f"#/components/responses/{code}"}


def _is_error(refusal: Part) -> bool:
    """Not every status from 400 on is a refusal in our shape: /readyz says with 503 what is not ready."""
    schema = refusal["content"]["application/json"]["schema"]
    return bool(schema.get("$ref") == _REFERENCE.format(model="ErrorResponse"))


def _add_headers(operation: Part, method: str, path: str, schemas: dict[str, Part]) -> None:
    anyone = operation.get("x-permission", "open") == "open"
    operation["security"] = [] if anyone else [{"bearer": []}]
    if anyone:
        return
    answers = operation["responses"]
    status = min(answers)
    content = answers[status]["content"].get("application/json")  # else a file, whose ETag is made of its bytes
    answered = (content or {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
    file = content is None and EVENT_STREAM not in answers[status]["content"]
    versioned = file or "version" in schemas.get(answered, {}).get("properties", {})
    headers = _ETAG if versioned else {}
    if method == "GET":
        names = ["X-Event-Position", *(["If-None-Match"] if versioned else [])]
        if versioned:
            answers["304"] = {"description": "It is as you have it (If-None-Match)"}
    else:
        names = ["Idempotency-Key", "Prefer", *(["If-Match"] if "{" in path else [])]
        headers = {**headers, **_POSITION}
    if headers:
        answers[status]["headers"] = headers
    given = [{"name": name, "in": "header", "required": False, **_HEADERS[name]} for name in names]
    operation["parameters"] = [*operation.get("parameters", []), *given]
