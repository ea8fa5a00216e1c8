"""What a process refuses to start with."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.own_secrets import own_secrets
from adapters.settings import BadSettings, from_environment, names_a_database

GOOD = {
    "DATABASE_URL": "postgresql://daybook_app@/daybook",
    "DAYBOOK_MASTER_KEY": base64.b64encode(bytes(range(32))).decode(),
    "JWT_SECRET": "0123456789abcdef0123456789abcdef",
}


def test_good_settings_are_taken() -> None:
    settings = from_environment(GOOD)
    settings.need("app_url", "projector_url", "rebuild_url", "migrator_url", "master_key", "jwt_secret", "port")
    assert settings.projector_url == GOOD["DATABASE_URL"]
    assert settings.port == 8000


@pytest.mark.parametrize(
    ("variable", "value", "name"),
    [
        ("JWT_SECRET", "", "jwt_secret"),
        ("JWT_SECRET", "secret", "jwt_secret"),
        ("JWT_SECRET", "changeme" * 8, "jwt_secret"),
        ("JWT_SECRET", "x" * 64, "jwt_secret"),
        ("DAYBOOK_MASTER_KEY", "", "master_key"),
        ("DAYBOOK_MASTER_KEY", "not base64!", "master_key"),
        ("DAYBOOK_MASTER_KEY", base64.b64encode(b"short").decode(), "master_key"),
        ("DATABASE_URL", "", "app_url"),
        ("DAYBOOK_PORT", "eighty", "port"),
        ("DAYBOOK_RATE_LIMITS", "user=5", "rate_limits"),
        ("DAYBOOK_RATE_LIMITS", "everybody=5/minute", "rate_limits"),
        ("DAYBOOK_TRUSTED_PROXIES", "proxy.example", "trusted_proxies"),
        ("DAYBOOK_TRUSTED_PROXIES", "10.0.0.1/8", "trusted_proxies"),
        ("DAYBOOK_CORS_ORIGINS", "*", "cors_origins"),
        ("DAYBOOK_CORS_ORIGINS", "https://desk.example/path", "cors_origins"),
        ("DAYBOOK_LOG_LEVEL", "LOUD", "log_level"),
        ("LOG_FORMAT", "xml", "log_as_text"),
        ("REDIS_URL", "127.0.0.1:6379", "redis_url"),
        ("DAYBOOK_PUBLIC_URL", "daybook.example", "public_url"),
        ("MAIL_FROM", "nobody", "mail_from"),
        ("DAYBOOK_PORT", "65536", "port"),
        ("DAYBOOK_POOL_SIZE", "0", "pool_size"),
    ],
)
def test_unfit_settings_are_named(variable: str, value: str, name: str) -> None:
    with pytest.raises(BadSettings, match=variable):
        from_environment(GOOD | {variable: value}).need(name)


def test_a_role_needs_only_its_own() -> None:
    projector = {"PROJECTOR_DATABASE_URL": "postgresql://p@/d", "DAYBOOK_MASTER_KEY": GOOD["DAYBOOK_MASTER_KEY"]}
    from_environment(projector).need("projector_url", "master_key")
    assert names_a_database(projector)
    assert not names_a_database({"DATABASE_URL": ""})


def test_nothing_secret_is_printed() -> None:
    settings = from_environment(GOOD)
    assert GOOD["JWT_SECRET"] not in repr(settings)
    assert GOOD["DAYBOOK_MASTER_KEY"] not in f"{settings}"


def test_own_secrets_are_made_once_and_kept_private(tmp_path: Path) -> None:
    made = own_secrets(tmp_path)
    from_environment(GOOD | made).need("master_key", "jwt_secret")
    assert own_secrets(tmp_path) == made
    assert (tmp_path / "secrets.json").stat().st_mode & 0o077 == 0


def test_the_command_says_what_is_wrong_and_ends() -> None:
    environment = GOOD | {"JWT_SECRET": "short", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-m", "adapters.cli", "api"],
        env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert done.returncode == 2
    assert "JWT_SECRET" in done.stderr
    assert "Traceback" not in done.stderr
