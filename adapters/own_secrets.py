"""The secrets of an installation that nobody gave any."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

KEY_BYTES = 32


def own_secrets(folder: Path) -> dict[str, str]:
    """The secrets of an embedded installation: made at the first start, kept readable by this account only."""
    path = folder / "secrets.json"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        made = {
            "DAYBOOK_MASTER_KEY": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode(),
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
