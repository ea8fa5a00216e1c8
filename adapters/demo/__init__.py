"""The demo centre: what `make run` serves to whoever looks at Daybook for the first time."""

from adapters.demo.centre import PASSWORD, SLUG, make_demo

__all__ = ["PASSWORD", "SLUG", "make_demo"]
