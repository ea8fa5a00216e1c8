"""The ``daybook`` command."""

from __future__ import annotations

import gc

# What loading a module makes stays: with the usual threshold the collector went through it over and over, for a fifth
# of the time that every command and every process takes to start.
gc.set_threshold(50_000, 20, 20)

from adapters.cli.main import main  # noqa: E402

__all__ = ["main"]
