"""The pages of docs/api: every operation asked for real, at a centre that has one of everything, and what it answered.

What differs from run to run (ids, days, tokens) is written as the same thing every time, so that a page changes only
when the API does.
"""

from __future__ import annotations

import itertools
import json
import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.access.described import PREFIX, Route, described
from tests.access.sweep import may
from tests.access.world import ADMIN, KINDS, World, place, value_for
from tests.support.system import PASSWORD, PLATFORM_ADMIN, sign_in

Part = dict[str, Any]
LONGEST = 1  # items of a list that are shown
UNSHOWN = {"/metrics", "/readyz", "/api/v1/openapi.json"}
LAST = ("DELETE", "deactivate", "password", "logout", "void", "refund", "erase", "merge")
"""What takes away what others need: asked for after them."""
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_UNSTEADY = [
    (re.compile(r"20(2[4-9]|3\d)-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)"), "2026-11-02T09:30:00Z"),
    (re.compile(r"20(2[4-9]|3\d)-\d\d-\d\d"), "2026-11-02"),
    (re.compile(r"20\d\d-\d\d/"), "2026-27/"),
    (re.compile(r'"20(2[4-9]|3\d)-\d\d"'), '"2026-11"'),
    (re.compile(r"ey[\w-]{10,}\.[\w-]+\.[\w-]+"), "eyJhbGciOiJIUzI1NiJ9…"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "9f86d081884c7d65…"),
    (re.compile(r"centre-\d+-[0-9a-f]{10}"), "sunrise"),
    (re.compile(r"-[0-9a-f]{8,12}(?=@)"), ""),
    (re.compile(r"BYDAY=[A-Z]{2}\b"), "BYDAY=SA"),
    (re.compile(r"Name [0-9a-f]{12}"), "Blue room"),
    (re.compile(r'("(?:refreshToken|token)": )"[^"]{20,}"'), r'\1"Yx3k…"'),
    (re.compile(r'("signature": )"[^"]{80,}"'), r'\1"sKcb0fR9…"'),
    (re.compile(r'("recorded": )\d{15}'), r"\g<1>848685218118690"),
    (re.compile(r'("effective": )\d{4}\b'), r"\g<1>9822"),  # a day, counted from 2000 on
    (re.compile(r'(\\"position\\":|\\nid: )\d+'), r"\g<1>7"),
    (re.compile(r'("(?:position|events|expiresIn|retryAfter|dayOfWeek|noticeMinutes|noticeHours)": )\d+'), r"\g<1>7"),
]


@dataclass(frozen=True)
class Shown:
    route: Route
    operation: Part
    request: str
    body: Any
    status: int
    answer: Any


def pages(world: World, document: Part) -> dict[str, str]:
    """The text of each page by file name, one for each tag of the description, and an index."""
    by_tag: dict[str, list[Shown]] = defaultdict(list)
    for shown in _ask_all(world, document):
        by_tag[shown.operation["tags"][0]].append(shown)
    steady = _steadied()
    made = {f"{_stem(tag)}.md": steady(_page(tag, by_tag[tag])) for tag in sorted(by_tag)}
    lines = [f"* [{tag}]({_stem(tag)}.md): {_told(by_tag[tag])}" for tag in sorted(by_tag)]
    made["README.md"] = INDEX + "\n".join(lines) + "\n"
    return made


INDEX = """# The API by example

Each request below was sent and each answer given: `make docs` asks a centre of its own for all of them and writes these
pages, and a test does the same and compares. Paths are below `/api/v1`; every request but signing in carries
`Authorization: Bearer ACCESS_TOKEN`. Long lists are cut; where the rules stand against the example (nobody completes a
session of next month), the refusal is shown. The full description is at `/api/v1/openapi.json`.

"""


def _told(shown: list[Shown]) -> str:
    return "; ".join(dict.fromkeys(one.operation["summary"].lower() for one in shown[:3])) + " …"


def _stem(tag: str) -> str:
    return re.sub(r"[^a-z]+", "-", tag.lower()).strip("-")


def _ask_all(world: World, document: Part) -> list[Shown]:
    routes = described(world.client)
    order = {route: number for number, route in enumerate(document["paths"])}
    last: Callable[[Route], bool] = lambda r: any(word in f"{r.method} {r.path}" for word in LAST)  # noqa: E731
    asked = []
    for route in sorted(routes, key=lambda r: (last(r), r.method != "GET", order[PREFIX + r.path])):
        operation = document["paths"][PREFIX + route.path][route.method.lower()]
        if PREFIX + route.path not in UNSHOWN:
            asked.append(_ask(world, route, operation))
    return sorted(asked, key=lambda shown: (order[PREFIX + shown.route.path], shown.route.method))


def _ask(world: World, route: Route, operation: Part) -> Shown:
    _renew(world, route)
    path = route.at({name: world.own(name) for name in route.ids})
    query = {q.name: value_for(route, q, world.ids) for q in route.query if q.required}
    if route.path == "/tenants" and route.reads:  # other tests have centres of their own here
        query["search"] = world.centre.slug
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    answer, body = None, None
    for body in _bodies(world, route, content):
        answer = _send(world, route, path, body, query)
        if answer.is_success:
            break
    assert answer is not None
    sent = f"{route.method} {path}{'?' + str(httpx.QueryParams(query)) if query else ''}"
    told = answer.json() if "json" in answer.headers.get("content-type", "") else answer.text[:200]
    return Shown(route, operation, sent, body, answer.status_code, told)


def _renew(world: World, route: Route) -> None:
    """Something new to change or end, so that no example is spoilt by the one before."""
    if route.reads:
        return
    ids = world.ids
    if "session_id" in route.ids:
        ids["session"] = world.session()
    if "payment_id" in route.ids:
        ids["payment"] = world.payment("900.00")
    if "patient_id" in route.ids and route.path.count("/") == 3:
        ids["patient"] = world.patient()


def _bodies(world: World, route: Route, content: Part | None) -> list[Any]:
    """What to try: the example of the description with ids that exist, then with days and times that are free."""
    if content is None:
        return [None if route.reads or route.method == "DELETE" else {}]
    example = json.dumps(content.get("example", {}))
    tries = []
    for free in (False, True):
        body = json.loads(example)
        for field in route.fields:
            shown = _holds(body, field.path)
            if field.is_id and not field.chosen and field.name in KINDS and shown:
                place(body, field.path, world.ids[KINDS[field.name][0]])
            elif shown and free and not isinstance(_at(body, field.path), dict | list):
                place(body, field.path, value_for(route, field, world.ids))
        tries.append(body)
    return tries


def _holds(body: Any, path: tuple[str | int, ...]) -> bool:
    try:
        _at(body, path)
    except (KeyError, IndexError, TypeError):
        return False
    return True


def _at(body: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        body = body[part]
    return body


def _send(world: World, route: Route, path: str, body: Any, query: Part) -> httpx.Response:
    if route.path == "/auth/login":
        body |= {"email": f"admin@{world.centre.slug}.example", "password": PASSWORD, "tenant": world.centre.slug}
    who = next((role for role in (ADMIN, "THERAPIST", "SUPER_ADMIN") if route.open or may(route, role)), ADMIN)
    if who not in world.centre.tokens:
        world.centre.tokens[who] = sign_in(world.client, PLATFORM_ADMIN, PASSWORD, "platform")
    return world.ask(route.method, path, body, params=query, as_=who)


def _page(tag: str, shown: list[Shown]) -> str:
    parts = [f"# {tag}\n"]
    for one in shown:
        parts.append(f"## {one.operation['summary']}\n")
        if one.operation.get("description"):
            parts.append(one.operation["description"].strip() + "\n")
        lines = [one.request.replace(PREFIX, "")]
        if one.body:
            lines += ["", json.dumps(one.body, indent=2, ensure_ascii=False)]
        parts.append("```http\n" + "\n".join(lines) + "\n```")
        answer = json.dumps(_cut(one.answer), indent=2, ensure_ascii=False) if one.answer else ""
        parts.append(f"```json\n// {one.status}\n{answer}\n```\n")
    return "\n".join(parts)


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _cut(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_cut(item) for item in value[:LONGEST]] + (["…"] if len(value) > LONGEST else [])
    return value


def _steadied() -> Callable[[str], str]:
    """A function that writes what differs from run to run the same: an id by when it first appears on its page."""

    def steady(text: str) -> str:
        numbers, known = itertools.count(1), dict[str, str]()

        def numbered(found: re.Match[str]) -> str:
            if found[0] not in known:
                known[found[0]] = f"01a202f4-a8a4-72c7-92cb-{next(numbers):012}"
            return known[found[0]]

        text = _ID.sub(numbered, text)
        for pattern, replacement in _UNSTEADY:
            text = pattern.sub(replacement, text)
        return text

    return steady
