"""The pages of a therapist."""

from api.therapist.pages import routes

__all__ = ["routes"]
