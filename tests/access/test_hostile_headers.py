"""Hostile and spoofed headers on every route: refused in one shape, or without any effect."""

from __future__ import annotations

from uuid import uuid4

import httpx
import pytest

from tests.access.asking import Asked, problem
from tests.access.described import Route
from tests.access.world import World, query_for

pytestmark = pytest.mark.usefixtures("nothing_written")

KEYS = (b"", b"a b", b"tab\there", b"\xff\xfe", "\u0661".encode(), b"x" * 256, b"x" * 60_000)
TAGS = (
    b"1", b'"', b'"1', b'"x"', b'"-1"', b'"1.5"', b'"12345678901"', '"\u0661"'.encode(), b'"1" , "2', b"\xff",
    b"x" * 60_000,
)  # fmt: skip
POSITIONS = (b"-1", b"1.5", b"1e3", b"abc", b"+1", b"0x10", b"9" * 19, "\u0661".encode(), b"\xff", b"NaN")
AUTHORIZATIONS = (
    b"", b"Bearer", b"Basic YTpi", b"Bearer a.b.c", b"Bearer ..", b"Bearer \xff\xfe", b"Bearer null",
    b"Bearer eyJhbGciOiJIUzI1NiJ9.e30.x", b"Bearer " + b"x" * 60_000, b"Negotiate x", "Bearer \u0661".encode(),
)  # fmt: skip
SPOOFS = {
    "X-Tenant-Id": str(uuid4()), "X-Tenant": "platform", "X-User-Id": str(uuid4()), "X-Role": "SUPER_ADMIN",
    "X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/api/v1/tenants", "X-Forwarded-For": "10.0.0.1, ' OR 1=1",
    "X-Forwarded-Host": "evil.example", "Forwarded": "for=\"_x\";host=evil", "X-Correlation-Id": "-" * 36,
    "If-None-Match": "\"\"\"", "Prefer": "x" * 5_000, "Accept": "application/xml", "Range": "bytes=0-1",
    "Cookie": "access_token=x; role=SUPER_ADMIN", "Accept-Encoding": "identity", "Expect": "",
}  # fmt: skip


def sent(asked: Asked, headers: dict[str, bytes]) -> httpx.Response:
    """The valid request with these headers instead of its own ones of the same name."""
    every = {k: v.encode() for k, v in asked.headers.items()} | headers
    json = None if asked.route.reads else asked.body
    params = query_for(asked.route, asked.world.ids)
    return asked.world.client.request(asked.route.method, asked.path, json=json, params=params, headers=every)  # type: ignore[arg-type]


def refused(routes: list[Asked], header: str, values: tuple[bytes, ...], status: int) -> None:
    wrong, count = [], 0
    for asked in routes:
        for value in values:
            answer, count = sent(asked, {header: value}), count + 1
            told = problem(answer, status)
            if not told and status == 400 and answer.json()["error"]["details"] != {"field": header}:
                told = f"does not name the header: {answer.text[:200]}"
            if told:
                wrong.append(f"{asked.route} {header} {value[:40]!r}: {told}")
    print(f"\n{count} values of {header}")
    assert not wrong, "\n".join(wrong)


def asked(routes: list[Route], world: World, *, reads: bool) -> list[Asked]:
    return [Asked(world, route) for route in routes if route.reads is reads]


def test_idempotency_keys_that_are_none(routes: list[Route], world: World) -> None:
    refused(asked(routes, world, reads=False), "Idempotency-Key", KEYS, 400)


def test_versions_that_are_none(routes: list[Route], world: World) -> None:
    refused(asked(routes, world, reads=False), "If-Match", TAGS, 400)


def test_positions_that_are_none(routes: list[Route], world: World) -> None:
    refused(asked(routes, world, reads=True), "X-Event-Position", POSITIONS, 400)


def test_authorizations_that_are_none(routes: list[Route], world: World) -> None:
    for reads in (True, False):
        refused(asked(routes, world, reads=reads), "Authorization", AUTHORIZATIONS, 401)


def test_a_change_of_what_has_changed_since_is_refused(routes: list[Route], world: World) -> None:
    """``If-Match`` guards every PUT and DELETE of a record."""
    changes = [each for each in asked(routes, world, reads=False) if each.route.method in {"PUT", "DELETE"}]
    refused(changes, "If-Match", (b'"987654321"', b'W/"987654321"'), 412)


def test_headers_that_other_systems_believe_change_nothing(routes: list[Route], world: World) -> None:
    spoofs = {name: value.encode() for name, value in SPOOFS.items()}
    for each in asked(routes, world, reads=True):
        plain, spoofed = sent(each, {}), sent(each, spoofs)
        assert spoofed.status_code == plain.status_code == 200, f"{each.route}: {spoofed.text}"
        assert spoofed.content == plain.content, str(each.route)
