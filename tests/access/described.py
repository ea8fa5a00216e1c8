"""The API as it describes itself: routes with their ids, query parameters and body fields, read from OpenAPI.

The sweeps of this folder go by this description, so that a new route, parameter or field is attacked without anybody
adding it to a list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

PREFIX = "/api/v1"
Schema = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A place in a body, or a query parameter. ``path`` leads to it: names, and 0 for the first item of an array."""

    path: tuple[str | int, ...]
    schema: Schema
    required: bool
    nullable: bool

    @property
    def name(self) -> str:
        """The last name on the way: ``sessionIds`` of ``sessionIds[0]``."""
        return [str(part) for part in self.path if isinstance(part, str)][-1]

    @property
    def dotted(self) -> str:
        return ".".join(map(str, self.path))

    @property
    def is_id(self) -> bool:
        return self.schema.get("format") == "uuid"

    @property
    def chosen(self) -> bool:
        """Whether the caller makes this id up, rather than naming something that exists."""
        return str(self.schema.get("description", "")).startswith("Chosen by the caller")


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    open: bool
    status: int
    """Of success."""
    ids: tuple[str, ...]
    """Names of the parameters in the path."""
    query: tuple[Field, ...]
    fields: tuple[Field, ...]
    """Every field of the body, nested ones and items of arrays too."""

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def key(self) -> tuple[str, str]:
        return self.method, self.path

    @property
    def reads(self) -> bool:
        return self.method == "GET"

    def says_whose(self, query: Field) -> bool:
        """An administrator has no pages of a therapist, and says whose are wanted."""
        return query.name == "therapistId" and self.path.startswith("/therapist/")

    def at(self, ids: dict[str, str]) -> str:
        """The path with ids in their places."""
        return self.path.format(**ids)


def described(client: httpx.Client) -> list[Route]:
    """Every route below ``/api/v1``, reads first, removals last."""
    document = client.get("/openapi.json").json()
    routes = [
        _route(document, method.upper(), path.removeprefix(PREFIX), operation)
        for path, operations in document["paths"].items()
        if path.startswith(PREFIX)
        for method, operation in operations.items()
    ]
    return sorted(routes, key=lambda route: ("GET", "PUT", "POST", "DELETE").index(route.method))


def _route(document: Schema, method: str, path: str, operation: Schema) -> Route:
    parameters = operation.get("parameters", [])
    query = [_field(document, (p["name"],), p, p["required"]) for p in parameters if p["in"] == "query"]
    content = operation.get("requestBody", {}).get("content", {})
    body = content.get("application/json", {}).get("schema")
    return Route(
        method=method,
        path=path,
        open=operation["security"] == [],
        status=next(int(status) for status in operation["responses"] if status.startswith("2")),
        ids=tuple(p["name"] for p in parameters if p["in"] == "path"),
        query=tuple(query),
        fields=tuple(_fields(document, body, ())) if body else (),
    )


def _fields(document: Schema, schema: Schema, above: tuple[str | int, ...]) -> Iterator[Field]:
    schema, _ = _plain(document, schema)
    for name, inner in schema.get("properties", {}).items():
        field = _field(document, (*above, name), {"schema": inner, **inner}, name in schema.get("required", []))
        yield field
        yield from _fields(document, field.schema, field.path)
        if field.schema.get("type") == "array":
            items, nullable = _plain(document, field.schema["items"])
            yield Field((*field.path, 0), items, False, nullable)


def _field(document: Schema, path: tuple[str | int, ...], described: Schema, required: bool) -> Field:
    schema, nullable = _plain(document, described["schema"])
    said: Schema = {k: described[k] for k in ("description", "examples") if k in described}
    return Field(path, {**schema, **said}, required, nullable)


def _plain(document: Schema, schema: Schema) -> tuple[Schema, bool]:
    """The schema without references and without its null; whether null was among its choices."""
    if "$ref" in schema:
        found = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return _plain(document, found)
    choices = schema.get("anyOf")
    if choices is None:
        return schema, False
    others = [choice for choice in choices if choice.get("type") != "null"]
    if len(others) != 1:  # such as an amount: text or number
        return {**schema, "anyOf": others}, len(others) < len(choices)
    rest = {k: v for k, v in schema.items() if k != "anyOf"}
    return {**_plain(document, others[0])[0], **rest}, len(others) < len(choices)
