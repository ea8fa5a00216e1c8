"""How the code is laid out: what no linter checks."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST = 300
SQL = re.compile(
    r"\b(SELECT\b.+\bFROM|INSERT\s+INTO|UPDATE\b.+\bSET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX)|TRUNCATE)\b", re.DOTALL
)
OUTSIDE = {"sa", "sqlalchemy", "db", "open", "datetime", "time", "random", "uuid4", "uuid7"}
"""Names that a row function may not touch."""
_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
FEATURES = {
    "tenancy", "staff", "catalogue", "availability", "patients", "scheduling", "series", "rescheduling", "progress",
    "billing", "expenses", "notices", "accounting", "rebuilding",
}  # fmt: skip


def _files(*suffixes: str) -> Iterator[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path.suffix in suffixes and path.exists() and not name.startswith(("seed/", "web/")):
            yield path


def _row_functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                if isinstance(decorator, ast.Call) and getattr(decorator.func, "attr", "") == "on":
                    yield node


def test_no_file_is_longer_than_a_reader_likes() -> None:
    lengths = {str(p.relative_to(ROOT)): len(p.read_text("utf-8").splitlines()) for p in _files(".py", ".sql")}
    assert len(lengths) > 100
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_no_sql_is_written_in_projections() -> None:
    for path in (ROOT / "projections").rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        documented = [n for n in ast.walk(tree) if isinstance(n, _DOCUMENTED)]
        documentation = {ast.get_docstring(n, clean=False) for n in documented}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value not in documentation:
                assert not SQL.search(node.value), f"{path.name}:{node.lineno}"
            called = getattr(node, "func", None)
            name = getattr(called, "attr", getattr(called, "id", ""))
            assert name not in {"text", "literal_column", "exec_driver_sql", "TextClause"}, path


def test_row_functions_are_functions_of_row_and_event_alone() -> None:
    """The engine runs them while it follows and while it rebuilds; what they read elsewhere would differ."""
    found = 0
    for path in (ROOT / "projections").rglob("*.py"):
        for function in _row_functions(ast.parse(path.read_text("utf-8"))):
            found += 1
            where = f"{path.name}: {function.name}"
            assert isinstance(function, ast.FunctionDef), where
            assert {a.arg for a in [*function.args.args, *function.args.kwonlyargs]} & OUTSIDE == set(), where
            names = {n.id for node in function.body for n in ast.walk(node) if isinstance(n, ast.Name)}
            assert names & OUTSIDE == set(), where
            assert not any(isinstance(n, ast.Global | ast.Nonlocal | ast.Await) for n in ast.walk(function)), where
    assert found > 60


def test_no_table_is_queried_but_from_its_tenant_on() -> None:
    """Queries begin with ``table.select()``, which asks for the tenant first; ``sa.select`` is for what is within."""
    for path in (ROOT / "projections").rglob("*.py"):
        if path.name in {"base.py", "query.py"}:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "select":
                assert getattr(node.func.value, "id", "") not in {"sa", "sqlalchemy"}, f"{path}:{node.lineno}"


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_a_feature_has_one_word_in_every_layer(feature: str) -> None:
    for layer in ("domain", "application", "projections", "api", "tests"):
        assert [p for p in (ROOT / layer).iterdir() if p.name in {feature, f"{feature}.py"}], f"{layer}/{feature}"


def test_a_database_is_never_mocked() -> None:
    for path in _files(".py"):
        if "tests" in path.parts and path != Path(__file__):
            text = path.read_text("utf-8")
            assert not re.search(r"\b(MagicMock|AsyncMock|unittest\.mock|mocker)\b", text), path


def test_no_test_waits_by_sleeping_a_second_or_more() -> None:
    for path in _files(".py"):
        if "tests" in path.parts:
            assert not re.search(r"\bsleep\(\s*[1-9]", path.read_text("utf-8")), path
