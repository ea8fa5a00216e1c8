"""A centre where progress is written: Thea treats Kiran, another therapist treats somebody else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.system import Centre

TODAY = datetime.now(UTC).date()
YESTERDAY = (TODAY - timedelta(days=1)).isoformat()
SECTIONS: list[dict[str, Any]] = [
    {"key": "notes", "label": "What we did", "kind": "TEXT", "required": True, "hint": "In plain words"},
    {"key": "words", "label": "Words of ten", "kind": "SCALE", "lowest": 0, "highest": 10},
    {"key": "mood", "label": "Mood", "kind": "CHOICE", "choices": ["Calm", "Restless"]},
    {"key": "home", "label": "Practised at home", "kind": "CHECK"},
]


def answers(**said: Any) -> list[dict[str, Any]]:
    return [{"section": key, "value": value} for key, value in said.items()]


class Clinic:
    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.therapist = centre.therapist("thea")
        self.other = centre.therapist("otto")
        self.kind = centre.therapy_type(name="Speech")
        self.patient = centre.patient()
        self.others = centre.patient(firstName="Asha", lastName="Bose")
        self.session = self.past("10:00")
        self.past("10:00", patient=self.others, therapist=self.other)

    def past(
        self, start: str, *, patient: str | None = None, therapist: str | None = None, day: str = YESTERDAY
    ) -> str:
        made: str = self.centre.session(
            patient or self.patient, therapist or self.therapist, self.kind, date=day, startTime=start
        )["id"]
        return made

    def template(self, sections: Any = SECTIONS, **options: Any) -> Any:
        return self.centre.put(f"/therapy-types/{self.kind}/progress-template", {"sections": sections}, **options)

    def write(self, *, expect: int = 201, as_: str = "thea", said: Any = None, **fields: Any) -> Any:
        """A report on the session, unless ``fields`` say otherwise; ``None`` leaves a field out."""
        body = {"patientId": self.patient, "sessionId": self.session, "answers": said or answers(notes="Six of ten.")}
        body = {name: value for name, value in (body | fields).items() if value is not None}
        return self.centre.post("/progress-reports", body, expect=expect, as_=as_)

    def free(self, text: str, **fields: Any) -> str:
        """A report on no session. Answers its id."""
        made: str = self.write(sessionId=None, said=answers(notes=text), **fields)["id"]
        return made

    def correct(self, report: str, *, expect: int = 200, as_: str = "thea", said: Any = None, **fields: Any) -> Any:
        body = {"answers": said or answers(notes="Eight of ten."), "reason": "Miscounted", **fields}
        return self.centre.put(f"/progress-reports/{report}", body, expect=expect, as_=as_)

    def get(self, path: str, *, as_: str = "thea", **options: Any) -> Any:
        return self.centre.get(f"/progress-reports{path}", as_=as_, **options)
