"""The published language: what others may know of what happened. CloudEvents 1.0, versioned, ids and facts only.

A domain event is ours and may change with any release; a published type is a promise. ``published`` says which event is
told as which type with which fields; a field that is not named there never leaves. What is told never changes its
meaning: a change that readers would notice is a new version beside the old one.
"""

from __future__ import annotations

from consumers.messages.language import INTERNAL, LANGUAGE, TYPES
from consumers.messages.translation import Published
from consumers.messages.wire import CONTENT_TYPE, Undecodable, decode, encode, headers, key, record

__all__ = [
    "CONTENT_TYPE", "INTERNAL", "LANGUAGE", "TYPES", "Published", "Undecodable", "decode", "encode", "headers", "key",
    "record",
]  # fmt: skip
