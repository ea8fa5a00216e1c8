"""Which routes a test asks, read from its source: no test has to run for it.

A request is a call named after a method (``centre.post(f"/sessions/{id}/cancel", …)``) or a generic one that names the
method first (``request("GET", "/users")``). Helpers count too: whatever function of the test's own module, or of a
module of ``tests`` that it imports, goes by a name that is called. That may find a request too many, where two helpers
share a name, but never one that is written nowhere.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
METHODS = {"get": "GET", "post": "POST", "put": "PUT", "delete": "DELETE"}
HOLE = "{}"
Request = tuple[str, str]
"""Method and path below the API's prefix, with ``{}`` for each part that is computed."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Module:
    functions: dict[str, list[Function]] = field(default_factory=dict)
    imported: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Reached:
    """What a test asks, by the line it is first asked on in the test itself; and whether it asserts anything."""

    requests: frozenset[Request]
    asserts: bool


def reached(test_id: str) -> Reached | None:
    """``tests/folder/test_file.py::test_name``; ``None``: there is no such test."""
    name, _, function = test_id.partition("::")
    path = ROOT / name
    if not path.is_file() or not function.startswith("test_"):
        return None
    module = _module(path)
    tests = module.functions.get(function)
    if not tests:
        return None
    found: set[Request] = set()
    asserts, seen, todo = False, set[int](), [(path, node) for node in tests]
    while todo:
        where, node = todo.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        asserts = asserts or any(isinstance(n, ast.Assert) for n in ast.walk(node))
        found |= set(_requests(node))
        # A fixture is called by being named as a parameter.
        names = {_called(n) for n in ast.walk(node) if isinstance(n, ast.Call)} | {a.arg for a in node.args.args}
        for source in (where, *_module(where).imported):
            for called in names:
                todo += [(source, helper) for helper in _module(source).functions.get(called, ())]
    return Reached(frozenset(found), asserts)


def answers(request: Request, route: Request) -> bool:
    """Whether a request is to this route: its computed parts stand for anything, the route's parameters for one."""
    (method, asked), (wanted, path) = request, route
    if method != wanted:
        return False
    one, other = asked.split("?")[0].split("/"), path.split("/")
    return len(one) == len(other) and all(
        part == pattern or (pattern.startswith("{") and HOLE in part) for part, pattern in zip(one, other, strict=True)
    )


@cache
def _module(path: Path) -> Module:
    tree = ast.parse(path.read_text("utf-8"))
    functions: dict[str, list[Function]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            functions.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.ClassDef):  # making one runs its constructor
            made = [n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
            functions.setdefault(node.name, []).extend(made)
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imported = {ROOT / (name.replace(".", "/") + ".py") for name in modules if name.startswith("tests.")}
    return Module(functions, (path, *sorted(p for p in imported if p.is_file())))


def _called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def _requests(function: Function) -> Iterator[Request]:
    known = dict(_texts(function))
    for node in ast.walk(function):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        method, texts = METHODS.get(_called(node)), [_text(argument, known) for argument in node.args]
        if method is None:
            named = [text for text in texts if text in METHODS.values()]
            method = named[0] if named else None
        for path in (text for text in texts if text and text.startswith("/")):
            if method is not None:
                yield method, path


def _texts(function: Function) -> Iterator[tuple[str, str]]:
    """Names that are given a text, such as ``path = f"/tenants/{id}"``; alone or several at once."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                pairs = (
                    zip(target.elts, node.value.elts, strict=False)
                    if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple)
                    else [(target, node.value)]
                )
                for name, value in pairs:
                    text = _text(value, {})
                    if isinstance(name, ast.Name) and text is not None:
                        yield name.id, text


def _text(node: ast.expr, known: dict[str, str]) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.JoinedStr):
        parts = [_text(part, known) for part in node.values]
        return re.sub(r"(\{\}){2,}", HOLE, "".join(part if part is not None else HOLE for part in parts))
    if isinstance(node, ast.FormattedValue):
        return _text(node.value, known) if isinstance(node.value, ast.Name) else HOLE
    return None
