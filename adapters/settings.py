"""What a process is told by its environment, read once and checked before anything starts."""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SHORTEST_SECRET = 32
_KEY_BYTES = 32


class BadSettings(Exception):
    """The environment is not fit to start with; the message says which variable and why."""


@dataclass(frozen=True, slots=True, repr=False)
class Settings:
    """``*_url`` are libpq URLs, one a role. ``master_key`` is 32 bytes. Never printed: ``repr`` shows nothing."""

    app_url: str
    projector_url: str
    rebuild_url: str
    migrator_url: str
    replica_url: str | None
    master_key: bytes
    jwt_secret: str
    host: str
    port: int
    pool_size: int

    def __repr__(self) -> str:
        return "Settings(…)"


def home() -> Path:
    """Where an embedded database and its secrets live: ``$DAYBOOK_HOME``, else ``.daybook`` here."""
    return Path(os.environ.get("DAYBOOK_HOME") or ".daybook").absolute()


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and check. Raises ``BadSettings``."""
    app_url = _wanted(environ, "DATABASE_URL")
    try:
        master_key = base64.b64decode(_wanted(environ, "DAYBOOK_MASTER_KEY"), validate=True)
    except binascii.Error as error:
        raise BadSettings("DAYBOOK_MASTER_KEY must be base64") from error
    if len(master_key) != _KEY_BYTES:
        raise BadSettings("DAYBOOK_MASTER_KEY must be 32 bytes in base64: try `openssl rand -base64 32`")
    jwt_secret = _wanted(environ, "JWT_SECRET")
    if len(jwt_secret) < SHORTEST_SECRET or len(set(jwt_secret)) < 10:  # noqa: PLR2004
        raise BadSettings("JWT_SECRET must be at least 32 characters and not a placeholder: try `openssl rand -hex 32`")
    return Settings(
        app_url=app_url,
        projector_url=environ.get("PROJECTOR_DATABASE_URL", app_url),
        rebuild_url=environ.get("REBUILD_DATABASE_URL", app_url),
        migrator_url=environ.get("MIGRATOR_DATABASE_URL", app_url),
        replica_url=environ.get("REPLICA_DATABASE_URL") or None,
        master_key=master_key,
        jwt_secret=jwt_secret,
        host=environ.get("DAYBOOK_HOST", "127.0.0.1"),
        port=_number(environ, "DAYBOOK_PORT", 8000),
        pool_size=_number(environ, "DAYBOOK_POOL_SIZE", 20),
    )


def own_secrets(folder: Path) -> dict[str, str]:
    """The secrets of an embedded installation: made at the first start, kept readable by this account only."""
    path = folder / "secrets.json"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        made = {
            "DAYBOOK_MASTER_KEY": base64.b64encode(secrets.token_bytes(_KEY_BYTES)).decode(),
            "JWT_SECRET": secrets.token_hex(32),
        }
        partial = path.with_suffix(f".{os.getpid()}")
        partial.touch(mode=0o600)
        partial.write_text(json.dumps(made))
        try:
            os.link(partial, path)  # fails if another process was first: then its secrets are ours
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    kept: dict[str, str] = json.loads(path.read_text())
    return kept


def _wanted(environ: Mapping[str, str], name: str) -> str:
    value = environ.get(name, "")
    if not value:
        raise BadSettings(f"{name} is not set")
    return value


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    value = environ.get(name, str(default))
    if not value.isascii() or not value.isdecimal():
        raise BadSettings(f"{name} must be a whole number")
    return int(value)
