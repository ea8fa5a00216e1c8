"""Imported by nobody: a stored topic that names it must not bring it in."""

raise RuntimeError("a stored topic was imported")
