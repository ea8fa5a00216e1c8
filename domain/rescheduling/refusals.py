"""What asking to move a session, and deciding on it, is refused with. Each code is part of the API."""

from __future__ import annotations

from domain.base import Clash, Invalid


class NoticeTooShort(Clash):
    """The centre wants to be asked earlier before a session.

    ``noticeHours`` is how much earlier, ``until`` the last instant at which it could be asked.
    """

    code = "RESCHEDULE_NOTICE_TOO_SHORT"


class AlreadyAsked(Clash):
    """There is an open request to move this session.

    ``requestId`` is which.
    """

    code = "RESCHEDULE_ALREADY_REQUESTED"


class RequestClosed(Clash):
    """This request is closed.

    ``status`` says how.
    """

    code = "REQUEST_CLOSED"


class RequestExpired(RequestClosed):
    """This request has expired: the session was to begin before anybody decided."""

    code = "REQUEST_EXPIRED"


class NothingToMove(Invalid):
    """The session is at that time already."""

    code = "NOTHING_TO_MOVE"
