"""Requests with somebody else's ids in every place where an id can stand, and how their answers are compared."""

from __future__ import annotations

import itertools
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx

from tests.access.described import Field, Route
from tests.access.kinds import SHARED
from tests.access.table import LETTERS, TABLE
from tests.access.world import KINDS, Ids, World, body_for, place, query_for

LOOKS_UP = {
    "/therapists/{therapist_id}/slots",
    "/progress-reports/compare",
    *(path for _, path in TABLE if path.startswith(("/explain/", "/therapist/"))),
}
"""Reads whose query ids must exist; every other read takes them as filters and finds nothing."""


@dataclass(frozen=True)
class Attempt:
    """One request with foreign ids in some places and own ones in the others."""

    route: Route
    who: str
    path_ids: tuple[tuple[str, str], ...] = ()
    """Parameter and kind, of those in the path that are foreign."""
    field: Field | None = None
    query: Field | None = None

    def send(self, world: World, other: Ids) -> httpx.Response:
        """As somebody of ``world``, with the ids of ``other`` in the places under attack."""
        own = {name: world.own(name, self.who) for name in self.route.ids}
        path = self.route.at(own | {name: other[kind] for name, kind in self.path_ids})
        params = query_for(self.route, world.ids, *([self.query] if self.query else []))
        if self.query is not None:
            params[self.query.name] = other[KINDS[self.query.name][0]]
        body = None
        if not self.route.reads:
            body = body_for(self.route, world.ids, *([self.field] if self.field else []))
            if self.field is not None:
                place(body, self.field.path, other[KINDS[self.field.name][0]])
        return world.ask(self.route.method, path, body, params=params, as_=self.who)

    def __str__(self) -> str:
        places = [*map(str, self.path_ids), *(f.dotted for f in (self.field, self.query) if f)]
        return f"{self.route} as {self.who}, foreign {', '.join(places)}"


def may(route: Route, who: str) -> bool:
    return LETTERS[who] in TABLE[route.key]


def named(route: Route) -> list[Field]:
    """The fields and query parameters of a route that name an existing record."""
    return [f for f in (*route.fields, *route.query) if f.is_id and not f.chosen]


def attempts(routes: Iterable[Route], people: Collection[str], foreign: Collection[str]) -> Iterator[Attempt]:
    """Every route × who may call it × every choice of places × every kind of record that may stand there, of those
    kinds that are ``foreign``."""
    foreign = set(foreign) - SHARED
    for route, who in itertools.product(routes, people):
        if not may(route, who):
            continue
        for size in range(1, len(route.ids) + 1):
            for chosen in itertools.combinations(route.ids, size):
                for kinds in itertools.product(*(KINDS[name] for name in chosen)):
                    if set(kinds) <= foreign:
                        yield Attempt(route, who, path_ids=tuple(zip(chosen, kinds, strict=True)))
        for wanted in named(route):
            if KINDS[wanted.name][0] in foreign:
                inside = wanted in route.fields
                yield Attempt(route, who, field=wanted if inside else None, query=None if inside else wanted)


def objections(attempt: Attempt, ours: World, theirs: World, secrets: Collection[str]) -> str | None:
    """What is wrong with the answer to this attempt: with it, or beside that to the same with ids nobody has."""
    absent: Ids = {kind: str(uuid4()) for kind in theirs.ids}
    foreign, nobodys = attempt.send(ours, theirs.ids), attempt.send(ours, absent)
    if attempt.query is not None and attempt.route.path not in LOOKS_UP:
        good = foreign.status_code == 200 and records(foreign.json()) == []
    else:
        good = foreign.status_code == 404
    alike = foreign.status_code == nobodys.status_code and told(foreign, theirs.ids) == told(nobodys, absent)
    if good and alike and not leaks(foreign, theirs.mark, secrets):
        return None
    return f"{attempt}: {foreign.status_code} {foreign.text[:300]} / {nobodys.text[:300]}"


def leaks(answer: httpx.Response, mark: str, secrets: Collection[str]) -> bool:
    text = answer.text + str(answer.headers)
    return mark in text or any(secret in text for secret in secrets)


def told(answer: httpx.Response, ids: Ids) -> Any:
    """The body without what must differ: when, where, and the very id that was sent."""
    text = answer.text
    for kind, id_ in ids.items():
        text = text.replace(id_, kind)
    if answer.headers.get("content-type") != "application/json":
        return text
    body = json.loads(text)
    if isinstance(body.get("error"), dict):
        body["error"] |= {"timestamp": "", "path": ""}
    return body


def records(body: Any) -> list[Any]:
    """Every record in a body: whatever has an id, and events, which have that of their stream."""
    if isinstance(body, list):
        return [found for item in body for found in records(item)]
    if isinstance(body, dict):
        inner = [found for item in body.values() for found in records(item)]
        return [body, *inner] if {"id", "streamId"} & body.keys() else inner
    return []
