"""The published language as an AsyncAPI 3 document, made from the same table that messages are made from."""

from __future__ import annotations

import dataclasses
import typing
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Final
from uuid import UUID

from pydantic.alias_generators import to_camel

from consumers.messages.language import TYPES
from consumers.messages.translation import Published, without_none
from consumers.messages.wire import CONTENT_TYPE

Schema = dict[str, Any]
TOPIC: Final = "daybook.events"
_UUID: Final[Schema] = {"type": "string", "format": "uuid"}
_INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
_DATE: Final[Schema] = {"type": "string", "format": "date"}
_PLAIN: Final[dict[Any, Schema]] = {
    UUID: _UUID, date: _DATE, datetime: _INSTANT, int: {"type": "integer"}, bool: {"type": "boolean"},
    str: {"type": "string"}, Decimal: {"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"},
}  # fmt: skip
_ABOUT: Final = """Facts that a Daybook installation publishes: what happened, to which ids, when; never names,
addresses or anything that a person typed. Whoever needs those asks the API.

* **Order.** The key of a record is the stream: what happened to one session, patient or ledger comes in order
  (`version` counts up by one). Between streams there is none; `position` counts within a centre.
* **At least once.** A message may come again. `source` and `id` say which fact it is: keep them with your effect.
* **Versions.** A type's fields keep their meaning. What readers would notice becomes a new type, `.v2`, beside the old.
  Fields may be added: ignore those that you do not know."""


def describe() -> dict[str, Any]:
    """The document, in a stable order."""
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Daybook events", "version": "1", "description": _ABOUT},
        "defaultContentType": "application/cloudevents+json",
        "channels": {
            "events": {
                "address": TOPIC,
                "description": "Every centre's messages. The address is the default of `KAFKA_TOPIC`.",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in sorted(TYPES)},
                "bindings": {"kafka": {"topic": TOPIC, "partitions": 12, "bindingVersion": "0.5.0"}},
            }
        },
        "operations": {
            "publish": {
                "action": "send",
                "channel": {"$ref": "#/channels/events"},
                "summary": "`daybook relay` publishes what is in the books.",
            }
        },
        "components": {
            "messages": {name: _message(published) for name, published in sorted(TYPES.items())},
            "messageTraits": {"record": _trait()},
            "schemas": {"event": _envelope()},
        },
    }


def data_schema(published: Published) -> Schema:
    """Of a message's ``data``."""
    data = {to_camel(name): _schema(hint) for name, hint in published.fields.items()}
    return {"type": "object", "properties": data, "required": list(data)}


def _message(published: Published) -> Schema:
    return {
        "name": published.type,
        "title": published.type.removeprefix("daybook.").rpartition(".")[0].replace(".", " ").replace("-", " "),
        "traits": [{"$ref": "#/components/messageTraits/record"}],
        "payload": {
            "allOf": [
                {"$ref": "#/components/schemas/event"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": published.type},
                        "data": data_schema(published),
                    },
                },
            ]
        },
    }


def _trait() -> Schema:
    text = {"type": "string"}
    told = {"tenant": _UUID, "position": text, "type": text, "version": text, "content-type": {"const": CONTENT_TYPE}}
    return {
        "contentType": "application/cloudevents+json",
        "headers": {"type": "object", "properties": told, "required": list(told)},
        "bindings": {
            "kafka": {"key": {**_UUID, "description": "The stream: `subject`"}, "bindingVersion": "0.5.0"},
        },
    }  # fmt: skip


def _envelope() -> Schema:
    fields: dict[str, Schema] = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "description": "`subject`/`version`: unique within `source`"},
        "source": {
            "type": "string",
            "format": "uri-reference",
            "description": "`/daybook/tenants/` and the centre's id",
        },
        "type": {"type": "string"},
        "subject": {**_UUID, "description": "The stream: a session, a patient, a ledger …"},
        "time": {**_INSTANT, "description": "When it was recorded"},
        "datacontenttype": {"const": "application/json"},
        "position": {"type": "string", "pattern": "^[0-9]+$", "description": "Counts within the centre, without gaps"},
        "version": {"type": "integer", "description": "Counts within the stream, without gaps"},
        "effectiveon": {**_DATE, "description": "The day that it counts for in the accounts"},
        "actor": {**_UUID, "description": "Who did it"},
        "correlation": {**_UUID, "description": "The request that it came from"},
        "data": {"type": "object"},
    }
    return {"type": "object", "properties": fields, "required": list(fields)}


def _schema(hint: Any) -> Schema:
    inner = without_none(hint)
    if inner is not hint:
        return {"oneOf": [_schema(inner), {"type": "null"}]}
    if typing.get_origin(hint) is tuple:
        return {"type": "array", "items": _schema(typing.get_args(hint)[0])}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"type": "string", "enum": [member.value for member in hint]}
    if dataclasses.is_dataclass(hint):
        hints = typing.get_type_hints(hint, include_extras=True)
        parts = {to_camel(name): _schema(part) for name, part in hints.items()}
        return {"type": "object", "properties": parts, "required": list(parts)}
    return _PLAIN[hint]
