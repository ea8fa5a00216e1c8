"""Server-sent events: who listens, and telling them what the read models have come to show."""

from adapters.streams.hub import Streams

__all__ = ["Streams"]
