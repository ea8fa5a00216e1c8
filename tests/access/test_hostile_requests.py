"""Hostile requests to every route: fields nobody offered, bodies that are no JSON or no end of it, odd headers."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPResponse
from typing import Any

import httpx
import pytest

from tests.access.asking import HERE, JSON, Asked, problem
from tests.access.described import Route
from tests.access.world import World, value_for

pytestmark = pytest.mark.usefixtures("nothing_written")

FIELDS_NOBODY_OFFERED: dict[str, Any] = {
    "id": "018f0000-0000-7000-8000-000000000009",
    "tenantId": "018f0000-0000-7000-8000-000000000009",
    "tenant_id": "018f0000-0000-7000-8000-000000000009",
    "actor": "018f0000-0000-7000-8000-000000000009",
    "role": "SUPER_ADMIN",
    "version": 1,
    "createdAt": "2020-01-01T00:00:00Z",
    "status": "COMPLETED",
    "permissions": ["payments:record"],
    "receiptNumber": "RECEIPT/2026-27/000001",
    "creditBalance": "5000.00",
    "\0path": "018f0000-0000-7000-8000-000000000009",
    "__proto__": {},
    "": 1,
}
"""Mass assignment: what other systems would have taken from a body. The one with NUL is how a command's fields from
the path are known inside."""
DEEP = 10_000
NO_OBJECTS = {"an array": "[]", "text": '"x"', "a number": "1", "true": "true", "null": "null"}
NO_JSON = {
    "cut short": b'{"a": ',
    "two": b"{}{}",
    "single quotes": b"{'a': 1}",
    "a comment": b"{} // no",
    "invalid UTF-8": b'{"a": "\xff\xfe"}',
    "overlong UTF-8": b'{"a": "\xc0\x80"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a byte order mark": b"\xef\xbb\xbf{}",
    "NUL": b"\0",
    "deep arrays": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "deep and unclosed": b"[" * 100_000,
    "a number without end": b'{"a": ' + b"9" * 10_000 + b"}",
}
OTHER_TYPES = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
               "application/xml", "application/jsonx", "text/json", "")  # fmt: skip


def commands(every_route: list[Route], world: World) -> list[Asked]:
    return [Asked(world, route) for route in every_route if not route.reads]


def test_fields_that_nobody_offered_are_refused(every_route: list[Route], world: World) -> None:
    wrong, count = [], 0
    for asked in commands(every_route, world):
        offered = {str(field.path[0]) for field in asked.route.fields}
        snake = {"".join(f"_{c.lower()}" if c.isupper() else c for c in name) for name in offered} - offered
        from_path = {"".join([part[0].lower(), part[1:]]) for part in map(camel, asked.route.ids)}
        for name in {*FIELDS_NOBODY_OFFERED, *snake, *from_path, *asked.route.ids} - offered:
            body = asked.body | {name: FIELDS_NOBODY_OFFERED.get(name, "018f0000-0000-7000-8000-000000000009")}
            answer, count = asked.send(json.dumps(body)), count + 1
            if told := problem(answer, 422, name or "body"):
                wrong.append(f"{asked.route} {name!r}: {told}")
    print(f"\n{count} fields that nobody offered")
    assert not wrong, "\n".join(wrong)


def camel(name: str) -> str:
    return "".join(part.title() for part in name.split("_"))


def test_a_field_given_twice_is_refused(every_route: list[Route], world: World) -> None:
    """A proxy that checks the first and a server that takes the last would disagree."""
    wrong, count = [], 0
    for asked in commands(every_route, world):
        for field in asked.route.fields:
            if isinstance(field.path[-1], int):
                continue
            name, value = field.path[-1], value_for(asked.route, field, world.ids)
            once = asked.around(field).replace(f'"{HERE}"', json.dumps(value))
            twice = once.replace(f'"{name}": ', f'"{name}": {json.dumps(value)}, "{name}": ', 1)
            answer, count = asked.send(twice), count + 1
            if told := problem(answer, 422, name):
                wrong.append(f"{asked.route} {field.dotted}: {told}")
    print(f"\n{count} fields given twice")
    assert not wrong, "\n".join(wrong)


def test_what_is_not_json_is_refused(every_route: list[Route], world: World) -> None:
    wrong, count = [], 0
    for asked in commands(every_route, world):
        for name, body in NO_JSON.items():
            answer, count = asked.send(body), count + 1
            if told := problem(answer, 400):
                wrong.append(f"{asked.route} {name}: {told}")
        for name, text in NO_OBJECTS.items():
            answer, count = asked.send(text), count + 1
            if told := problem(answer, 422, "body"):
                wrong.append(f"{asked.route} {name}: {told}")
    print(f"\n{count} bodies that are no JSON object")
    assert not wrong, "\n".join(wrong)


def test_another_content_type_is_refused(every_route: list[Route], world: World) -> None:
    wrong, count = [], 0
    for asked in commands(every_route, world):
        for kind in OTHER_TYPES:
            answer, count = asked.send(json.dumps(asked.body), {"Content-Type": kind} if kind else {}), count + 1
            if told := problem(answer, 415):
                wrong.append(f"{asked.route} {kind}: {told}")
    print(f"\n{count} other content types")
    assert not wrong, "\n".join(wrong)


def test_a_body_announced_too_long_is_refused_unread(every_route: list[Route], world: World) -> None:
    wrong, count = [], 0
    for asked in commands(every_route, world):
        answer, count = announced(asked, 50_000_000), count + 1
        if told := problem(answer, 413):
            wrong.append(f"{asked.route}: {told}")
    print(f"\n{count} bodies announced with 50 MB")
    assert not wrong, "\n".join(wrong)


def announced(asked: Asked, length: int) -> httpx.Response:
    """The answer to a request that announces a body of this length and then sends only its beginning."""
    url = httpx.URL(asked.world.centre.system.url)
    headers = asked.headers | JSON | {"Host": str(url.host), "Content-Length": str(length)}
    head = f"{asked.route.method} /api/v1{asked.path} HTTP/1.1\r\n" + "".join(
        f"{k}: {v}\r\n" for k, v in headers.items()
    )
    with socket.create_connection((url.host, url.port or 80), timeout=10) as line:
        line.sendall(head.encode() + b'\r\n{"a": "')
        told = HTTPResponse(line)
        told.begin()
        return httpx.Response(told.status, content=told.read())


def test_a_body_that_does_not_end_is_refused(every_route: list[Route], world: World) -> None:
    """Fifty megabytes in chunks, their length never told."""

    def chunks() -> Iterator[bytes]:
        yield b'{"a": "'
        for _ in range(50):
            yield b"x" * 1_000_000

    wrong, count = [], 0
    for asked in commands(every_route, world)[::8]:
        answer, count = asked.send(chunks()), count + 1
        if told := problem(answer, 413):
            wrong.append(f"{asked.route}: {told}")
    print(f"\n{count} bodies of 50 MB sent in chunks")
    assert not wrong, "\n".join(wrong)
