"""The description is good enough to make a typed client from, without a hand on it: generated, compiled under the
strictest rules, and run against the API."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.system import PASSWORD, Centre

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "clients" / "typescript"
MADE = {"node_modules", "dist", "schema.ts", "openapi.json"}


def _run(command: list[str], folder: Path, **environment: str) -> str:
    """What it printed. Fails unless it ended well."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def modules() -> Path:
    """The packages that the lock file names, installed once and kept in .tools."""
    if shutil.which("npm") is None:
        told = "there is no npm: install Node 20 or newer to test the generated client"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(told)
    lock = (SOURCE / "package-lock.json").read_bytes()
    kept = ROOT / ".tools" / f"typescript-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not kept.exists():
        kept.parent.mkdir(exist_ok=True)
        work = Path(tempfile.mkdtemp(dir=kept.parent))
        for name in ("package.json", "package-lock.json"):
            shutil.copy(SOURCE / name, work)
        _run(["npm", "ci", "--no-audit", "--no-fund"], work)
        try:
            work.rename(kept)
        except OSError:  # another worker was first
            shutil.rmtree(work)
    return kept / "node_modules"


@pytest.fixture
def client(modules: Path, centre: Centre, tmp_path: Path) -> Path:
    """The folder of the client, generated from what the running API says of itself."""
    folder = tmp_path / "client"
    shutil.copytree(SOURCE, folder, ignore=lambda _, names: MADE & set(names))
    (folder / "node_modules").symlink_to(modules)
    document: Any = centre.get("/openapi.json", as_=None)
    (folder / "openapi.json").write_text(json.dumps(document))
    told = _run(["npm", "run", "--silent", "generate"], folder)
    assert not re.search(r"warn|error|⚠|✖", told, re.IGNORECASE), told
    return folder


def test_the_generated_client_compiles_and_works(client: Path, centre: Centre) -> None:
    _run(["npm", "run", "--silent", "build"], client)
    address = {"DAYBOOK_URL": centre.system.url, "DAYBOOK_EMAIL": f"admin@{centre.slug}.example"}
    told = json.loads(_run(["npm", "run", "--silent", "example"], client, **address, DAYBOOK_PASSWORD=PASSWORD))
    assert told == {"patient_id": told["patient_id"], "outstanding": "0.00", "names": ["Maya"], "refused": "NOT_FOUND"}
    assert centre.get(f"/patients/{told['patient_id']}")["firstName"] == "Maya"


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("signedIn.data.accessToken", "signedIn.data.token", "Property 'token' does not exist"),
        ('guardianPhone: "+919812345678"', "guardianPhone: 91", "'number' is not assignable to type 'string'"),
        ('    lastName: "Rao",\n', "", "Property 'lastName' is missing"),
        ("/outstanding-dues", "/dues", 'is not assignable to parameter of type'),
    ],
)  # fmt: skip
def test_the_compiler_finds_what_the_api_would_refuse(client: Path, right: str, wrong: str, told: str) -> None:
    example = client / "src" / "example.ts"
    text = example.read_text()
    assert text.count(right) == 1
    example.write_text(text.replace(right, wrong))
    done = subprocess.run(["npm", "run", "--silent", "build"], cwd=client, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert told in done.stdout
