"""Puts the built browser client into the wheel, beside the API that serves it: an installed release needs no Node.

`make web` builds it first. Without it the wheel is whole but for the pages, and the build says so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ClientBuildHook(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return  # where it is developed, the API serves web/dist itself
        built = Path(self.root) / "web" / "dist"
        if (built / "index.html").exists():
            build_data["force_include"][str(built)] = "api/client"
        else:
            self.app.display_warning("The browser client is not built (`make web`): this wheel has no pages.")
