"""An example of each command, put together from those of its fields."""

from __future__ import annotations

from typing import Any

__all__ = ["example"]

Schema = dict[str, Any]
AN_ID = "01a202f4-a8a4-72c7-92cb-abe1788848d4"
_NOTHING = object()


def example(schema: Schema, schemas: dict[str, Schema]) -> Schema:
    """A body that fits the command's ``schema``: its required fields, and others that say an example of their own. A
    command that requires nothing changes something: of it, every field that has an example."""
    required = schema.get("required", [])
    body = {}
    for name, field in schema.get("properties", {}).items():
        value = field["examples"][0] if field.get("examples") else _NOTHING
        if value is _NOTHING and (name in required or not required):
            value = _of_type(field, schemas, wanted=name in required)
        if value is not _NOTHING and value is not None:
            body[name] = value
    return body


def _of_type(field: Schema, schemas: dict[str, Schema], *, wanted: bool) -> object:
    """The example of a field's type; if one is ``wanted``, something that fits the type will do."""
    if "$ref" in field:
        referred = schemas[field["$ref"].rpartition("/")[2]]
        return example(referred, schemas) if "properties" in referred else _of_type(referred, schemas, wanted=wanted)
    for choice in field.get("anyOf", ()):
        if (found := _of_type(choice, schemas, wanted=wanted)) is not _NOTHING:
            return found
    if field.get("examples"):
        return field["examples"][0]
    if wanted and "enum" in field:
        return field["enum"][0]
    return AN_ID if wanted and field.get("format") == "uuid" else _NOTHING
