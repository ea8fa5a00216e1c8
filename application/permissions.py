"""Who may do what: the one table. Routes and commands name a permission; nothing else compares roles.

``ALL`` reaches every record of the tenant. ``OWN`` reaches what belongs to the caller: a therapist's own sessions,
availability and reports, the patients they treat, a user's own account. A role that is absent may not.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from domain.base import Forbidden
from domain.values import Role


class Scope(StrEnum):
    ALL = "ALL"
    OWN = "OWN"


SUPER, ADMIN, OPERATOR, THERAPIST, ACCOUNTANT, AUDITOR = Role
_ALL, _OWN = Scope.ALL, Scope.OWN
_STAFF: Final = {ADMIN: _ALL, OPERATOR: _ALL, THERAPIST: _ALL, ACCOUNTANT: _ALL, AUDITOR: _ALL}
_OFFICE: Final = {ADMIN: _ALL, OPERATOR: _ALL, ACCOUNTANT: _ALL, AUDITOR: _ALL}

PERMISSIONS: Final[dict[str, dict[Role, Scope]]] = {
    "account:self": {role: _OWN for role in Role},
    "tenants:create": {SUPER: _ALL},
    "tenants:list": {SUPER: _ALL},
    "tenants:read": {SUPER: _ALL, **_STAFF},
    "tenants:manage": {ADMIN: _ALL},
    "users:read": {SUPER: _OWN, **_OFFICE, THERAPIST: _OWN},
    "users:manage": {ADMIN: _ALL},
    "patients:read": {**_OFFICE, THERAPIST: _OWN},
    "patients:write": {ADMIN: _ALL, OPERATOR: _ALL},
    "patients:erase": {ADMIN: _ALL},
    "erasures:read": {ADMIN: _ALL, AUDITOR: _ALL},
    "patients:merge": {ADMIN: _ALL},
    "medical-notes:read": {ADMIN: _ALL, OPERATOR: _ALL, THERAPIST: _OWN},
    "therapy-types:read": _STAFF,
    "therapy-types:manage": {ADMIN: _ALL},
    "availability:read": {**_OFFICE, THERAPIST: _OWN},
    "availability:write": {ADMIN: _ALL, OPERATOR: _ALL, THERAPIST: _OWN},
    "pricing:read": {**_OFFICE, THERAPIST: _OWN},
    "pricing:manage": {ADMIN: _ALL},
    "sessions:read": {**_OFFICE, THERAPIST: _OWN},
    "sessions:book": {ADMIN: _ALL, OPERATOR: _ALL},
    "sessions:backdate": {ADMIN: _ALL},
    "sessions:conduct": {ADMIN: _ALL, OPERATOR: _ALL, THERAPIST: _OWN},
    "reschedule-requests:read": {**_OFFICE, THERAPIST: _OWN},
    "reschedule-requests:create": {THERAPIST: _OWN},
    "reschedule-requests:decide": {ADMIN: _ALL, OPERATOR: _ALL},
    "therapist-pages:read": {ADMIN: _ALL, THERAPIST: _OWN},
    "session-notes:read": {ADMIN: _ALL, THERAPIST: _OWN},
    "session-notes:write": {ADMIN: _ALL, THERAPIST: _OWN},
    "progress-reports:read": {ADMIN: _ALL, THERAPIST: _OWN},
    "progress-reports:write": {ADMIN: _ALL, THERAPIST: _OWN},
    "payments:read": {**_OFFICE, THERAPIST: _OWN},
    "payments:record": {ADMIN: _ALL, ACCOUNTANT: _ALL},
    "expenses:read": _STAFF,
    "expenses:write": {ADMIN: _ALL, ACCOUNTANT: _ALL},
    "reports:read": {**_OFFICE, THERAPIST: _OWN},
    "financial-reports:read": {ADMIN: _ALL, ACCOUNTANT: _ALL, AUDITOR: _ALL},
    "books:close": {ADMIN: _ALL, ACCOUNTANT: _ALL},
    "books:reopen": {ADMIN: _ALL},
    "balances:assert": {ADMIN: _ALL, ACCOUNTANT: _ALL},
    "ledger:read": {ADMIN: _ALL, ACCOUNTANT: _ALL, AUDITOR: _ALL},
    "history:read": {ADMIN: _ALL, AUDITOR: _ALL},
    "money-history:read": {ADMIN: _ALL, ACCOUNTANT: _ALL, AUDITOR: _ALL},
    "session-history:read": {ADMIN: _ALL, OPERATOR: _ALL, AUDITOR: _ALL},
    "stream:read": {**_OFFICE, THERAPIST: _OWN},
    "events:read": {ADMIN: _ALL, ACCOUNTANT: _OWN, AUDITOR: _ALL},
    "access-log:read": {ADMIN: _ALL, AUDITOR: _ALL},
    "audit:verify": {ADMIN: _ALL, AUDITOR: _ALL},
    "notifications:read": {ADMIN: _ALL, AUDITOR: _ALL},
    "notifications:manage": {ADMIN: _ALL},
    "patient-notifications:read": _OFFICE,
    "projections:read": {SUPER: _ALL, ADMIN: _ALL, AUDITOR: _ALL},
    "projections:rebuild": {SUPER: _ALL, ADMIN: _ALL},
}


def permit(role: Role, permission: str) -> Scope:
    """The scope in which ``role`` holds ``permission``; ``Forbidden`` if it does not."""
    scope = PERMISSIONS[permission].get(role)
    if scope is None:
        raise Forbidden
    return scope
