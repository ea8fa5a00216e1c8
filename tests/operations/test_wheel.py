"""What is installed is what is in the repository: the wheel, unpacked elsewhere, serves the demo."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from adapters.embedded_postgres import remove_cluster
from tests.support.system import wait_until

ROOT = Path(__file__).parents[2]
PACKAGES = ("domain", "application", "projections", "adapters", "api", "consumers")
READY = re.compile(r"Daybook answers at (http://\S+)")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder],
        cwd=ROOT, check=True, capture_output=True,
    )  # fmt: skip
    [file] = folder.glob("*.whl")
    return file


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    """Not only modules: the schema's SQL, fonts and templates too."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", *PACKAGES], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split("\0")
    wanted = {name for name in listed if name and (ROOT / name).exists()}
    assert any(name.endswith(".sql") for name in wanted)
    assert wanted - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_the_wheel_holds_the_built_client_if_there_is_one(wheel: Path) -> None:
    """An installed release needs no Node."""
    built = ROOT / "web" / "dist"
    wanted = {f"api/client/{path.relative_to(built).as_posix()}" for path in built.rglob("*") if path.is_file()}
    held = {name for name in zipfile.ZipFile(wheel).namelist() if name.startswith("api/client/")}
    assert held == wanted


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A virtual environment that has the wheel, and everything else from ours. Answers its ``bin``."""
    folder = tmp_path_factory.mktemp("environment")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    asked = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    site = Path(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip())
    zipfile.ZipFile(wheel).extractall(site)
    # A folder named in a .pth file does not have its own .pth files read: our editable Daybook stays out.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    remove_cluster(tmp_path)


def test_it_serves_the_demo_outside_the_source_tree(installed: Path, elsewhere: Path) -> None:
    where = subprocess.run(
        [str(installed), "-c", "import adapters, api; print(adapters.__path__[0], api.__path__[0])"],
        cwd=elsewhere, check=True, capture_output=True, text=True,
    ).stdout.split()  # fmt: skip
    assert all(path.startswith(str(installed.parents[1])) for path in where)
    variables = ("DATABASE_URL", "DAYBOOK_HOME", "DAYBOOK_MASTER_KEY", "JWT_SECRET", "PYTHONPATH")
    environment = {name: value for name, value in os.environ.items() if not name.endswith(variables)}
    log = elsewhere / "log"
    command = [str(installed), "-m", "adapters.cli", "serve", "--demo", "--port", "0"]
    with log.open("wb") as out, subprocess.Popen(
        command, cwd=elsewhere, env={**environment, "DAYBOOK_HOME": str(elsewhere)}, stdout=out, stderr=out
    ) as process:  # fmt: skip
        try:
            wait_until(lambda: READY.search(log.read_text()) or process.poll() is not None, 90)
            told = READY.search(log.read_text())
            assert told, log.read_text()[-2000:]
            signing_in = {"email": "admin@sunrise.example", "password": "sunrise-demo"}
            answer = httpx.post(f"{told[1]}/api/v1/auth/login", json=signing_in, trust_env=False, timeout=30)
            assert answer.status_code == 200, answer.text
            headers = {"Authorization": f"Bearer {answer.json()['accessToken']}"}
            patients = httpx.get(f"{told[1]}/api/v1/patients", headers=headers, trust_env=False, timeout=30).json()
            assert patients["total"] == 20
            if (ROOT / "web" / "dist" / "index.html").exists():
                page = httpx.get(f"{told[1]}/patients", trust_env=False, timeout=30)
                assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        finally:
            process.terminate()
            assert process.wait(30) == 0
