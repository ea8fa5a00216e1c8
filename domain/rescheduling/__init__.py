"""Requests to move a session, and what becomes of them. Import from here."""

from domain.rescheduling.refusals import AlreadyAsked, NothingToMove, NoticeTooShort, RequestClosed, RequestExpired
from domain.rescheduling.request import Overtaking, ProposedTime, RequestStatus, RescheduleRequest
from domain.rescheduling.reschedulable import MOST_PROPOSALS, Reschedulable

__all__ = [
    "MOST_PROPOSALS", "AlreadyAsked", "NothingToMove", "NoticeTooShort", "Overtaking", "ProposedTime",
    "RequestClosed", "RequestExpired", "RequestStatus", "Reschedulable", "RescheduleRequest",
]  # fmt: skip
