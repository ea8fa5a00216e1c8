"""A message as bytes: CloudEvents 1.0 in JSON, structured mode, and the headers of a Kafka record."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from consumers.base import Message

CONTENT_TYPE: Final = "application/cloudevents+json; charset=UTF-8"
SPEC: Final = "1.0"
_SOURCE: Final = "/daybook/tenants/"


class Undecodable(Exception):
    """These bytes are no message of ours."""


class _CloudEvent(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` with ``source`` says which fact it is, as CloudEvents wants it. Its integers have 32 bits, so ``position``
    is text."""

    specversion: str
    id: str
    source: str
    type: str
    subject: UUID
    time: datetime
    datacontenttype: str
    position: str
    version: int
    effectiveon: date
    actor: UUID
    correlation: UUID
    data: dict[str, Any]


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(_CloudEvent)


def encode(message: Message) -> bytes:
    return _encoder.encode(
        _CloudEvent(
            specversion=SPEC, id=f"{message.stream_id}/{message.version}", source=f"{_SOURCE}{message.tenant_id}",
            type=message.type, subject=message.stream_id, time=message.recorded_at, datacontenttype="application/json",
            position=str(message.position), version=message.version, effectiveon=message.effective_on,
            actor=message.actor, correlation=message.correlation, data=message.data,  # type: ignore[arg-type]
        )
    )  # fmt: skip


def decode(value: bytes) -> Message:
    """Raises ``Undecodable``."""
    try:
        told = _decoder.decode(value)
        if told.specversion != SPEC or not told.source.startswith(_SOURCE):
            raise Undecodable
        return Message(
            tenant_id=UUID(told.source.removeprefix(_SOURCE)), position=int(told.position), stream_id=told.subject,
            version=told.version, type=told.type, recorded_at=told.time, effective_on=told.effectiveon,
            actor=told.actor, correlation=told.correlation, data=told.data,
        )  # fmt: skip
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise Undecodable from error


Record = tuple[bytes, bytes, list[tuple[str, bytes]]]
"""Key, value, headers."""


def record(message: Message) -> Record:
    """All of a Kafka record: ``key``, ``encode`` and ``headers`` in one go."""
    return key(message), encode(message), headers(message)


def key(message: Message) -> bytes:
    """The stream's id: what happened to one thing stays in order."""
    return str(message.stream_id).encode()


def headers(message: Message) -> list[tuple[str, bytes]]:
    """So that a reader can choose without opening the message."""
    return [
        ("content-type", CONTENT_TYPE.encode()),
        ("tenant", str(message.tenant_id).encode()),
        ("position", str(message.position).encode()),
        ("type", message.type.encode()),
        ("version", str(message.version).encode()),
    ]
