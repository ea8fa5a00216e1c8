"""What scheduling refuses. Each code is part of the API."""

from __future__ import annotations

from domain.base import Clash, Invalid


class SlotTaken(Clash):
    """Somebody or something needed is busy at that time.

    ``resource`` says which: THERAPIST, PATIENT or ROOM. ``alternatives`` are up to five free times near by, as
    ``{"date", "startTime"}``.
    """

    code = "SLOT_TAKEN"


class OutsideAvailability(Clash):
    """The therapist cannot be booked then: the session, with its buffers, leaves their hours, or they are away."""

    code = "OUTSIDE_AVAILABILITY"


class SkippedWallTime(Invalid):
    """The clocks skip this time on that day."""

    code = "WALL_TIME_SKIPPED"


class InThePast(Invalid):
    """That time has passed; only an administrator may enter it afterwards."""

    code = "IN_THE_PAST"


class TooShortNotice(Invalid):
    """That is too soon: the centre wants more notice."""

    code = "TOO_SHORT_NOTICE"


class TooFarAhead(Invalid):
    """Sessions are booked at most a year ahead."""

    code = "TOO_FAR_AHEAD"


class TherapistInactive(Clash):
    """This therapist's account is deactivated."""

    code = "THERAPIST_INACTIVE"


class RoomClosed(Clash):
    """This room is closed."""

    code = "ROOM_CLOSED"


class WrongStatus(Clash):
    """The session's status does not allow this.

    ``status`` is what it is.
    """

    code = "WRONG_STATUS"


class TooEarly(Clash):
    """The session has not begun."""

    code = "TOO_EARLY"


class IdTaken(Clash):
    """Another session has this id."""

    code = "ID_TAKEN"
