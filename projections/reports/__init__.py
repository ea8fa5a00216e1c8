"""What reports are made of: facts of sessions, dues and working hours with what they were before, so that each figure
can be told as of a day and explained by its events; and the figures."""

from projections.reports import due_facts, hour_facts, session_facts

__all__ = ["due_facts", "hour_facts", "session_facts"]
