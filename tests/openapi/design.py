"""Every endpoint that the design of Daybook lists, and where each is tried.

    python -m tests.openapi.design    what of it the API does not answer yet

Names of parameters are ours. ``SHOWN`` says for each which test asks it *and* looks at the effect in another endpoint;
``test_design`` checks against the source of that test that it does.
"""

from __future__ import annotations

Endpoint = tuple[str, str]


def _listed(text: str) -> tuple[Endpoint, ...]:
    lines = (line.split() for line in text.strip().splitlines())
    return tuple((method, path) for method, path in lines)


DESIGN: dict[str, tuple[Endpoint, ...]] = {
    "Authentication": _listed("""
        POST /auth/login
        POST /auth/refresh
        POST /auth/logout"""),
    "Users": _listed("""
        GET /users
        POST /users
        GET /users/{user_id}
        PUT /users/{user_id}
        DELETE /users/{user_id}"""),
    "Patients": _listed("""
        GET /patients
        POST /patients
        GET /patients/{patient_id}
        PUT /patients/{patient_id}
        GET /patients/{patient_id}/sessions
        GET /patients/{patient_id}/payments"""),
    "Therapy types": _listed("""
        GET /therapy-types
        POST /therapy-types
        PUT /therapy-types/{therapy_type_id}
        DELETE /therapy-types/{therapy_type_id}"""),
    "Availability": _listed("""
        GET /therapists/{therapist_id}/availability
        POST /therapists/{therapist_id}/availability
        PUT /therapists/{therapist_id}/availability/{slot_id}
        DELETE /therapists/{therapist_id}/availability/{slot_id}"""),
    "Pricing": _listed("""
        GET /therapists/{therapist_id}/pricing
        POST /therapists/{therapist_id}/pricing
        PUT /therapists/{therapist_id}/pricing/{pricing_id}
        DELETE /therapists/{therapist_id}/pricing/{pricing_id}
        GET /therapists/{therapist_id}/pricing/{pricing_id}"""),
    "Sessions": _listed("""
        GET /sessions
        POST /sessions
        GET /sessions/{session_id}
        PUT /sessions/{session_id}
        POST /sessions/{session_id}/cancel
        GET /sessions/calendar"""),
    "Payments": _listed("""
        GET /payments
        POST /payments
        GET /payments/{payment_id}
        GET /patients/{patient_id}/credits"""),
    "Expenses": _listed("""
        GET /expenses
        POST /expenses
        GET /expenses/{expense_id}
        PUT /expenses/{expense_id}
        DELETE /expenses/{expense_id}"""),
    "Reports": _listed("""
        GET /reports/dashboard
        GET /reports/financial
        GET /reports/sessions
        GET /reports/export"""),
    "Tenants": _listed("""
        POST /tenants
        GET /tenants/{tenant_id}"""),
    "Progress reports": _listed("""
        GET /progress-reports
        POST /progress-reports
        GET /progress-reports/{report_id}
        PUT /progress-reports/{report_id}
        GET /patients/{patient_id}/progress-reports
        GET /progress-reports/{report_id}/export"""),
    "Reschedule requests": _listed("""
        GET /reschedule-requests
        POST /reschedule-requests
        GET /reschedule-requests/{request_id}
        PUT /reschedule-requests/{request_id}/approve
        PUT /reschedule-requests/{request_id}/reject
        DELETE /reschedule-requests/{request_id}"""),
    "Therapist's pages": _listed("""
        GET /therapist/dashboard
        GET /therapist/schedule
        GET /therapist/patients
        GET /therapist/sessions/upcoming
        GET /therapist/sessions/today
        PUT /therapist/sessions/{session_id}/complete"""),
    "Notifications": _listed("""
        GET /notifications
        POST /notifications/send
        GET /notifications/{notification_id}
        GET /patients/{patient_id}/notifications
        POST /notifications/test"""),
    "Session payments": _listed("""
        GET /sessions/{session_id}/payments
        POST /sessions/{session_id}/payments
        GET /patients/{patient_id}/outstanding-dues"""),
}
"""By the chapter they stand in."""

LATER: frozenset[Endpoint] = frozenset()
"""Still to be built: what sends notices. An endpoint that is answered may not stand here."""
COMING: frozenset[Endpoint] = frozenset()
"""Being built, or not yet shown by a test that names it; whoever brings one moves it to ``SHOWN``."""

_TESTS: dict[str, dict[str, str]] = {
    "tests/progress/test_progress_http.py": {
        "GET /progress-reports": "test_reports_are_found_by_text_date_and_therapist",
        "POST /progress-reports": "test_a_report_on_a_session_is_read_with_names_and_headings",
        "GET /progress-reports/{report_id}": "test_a_report_on_a_session_is_read_with_names_and_headings",
        "PUT /progress-reports/{report_id}": "test_a_correction_is_a_version_and_the_old_one_stays",
        "GET /patients/{patient_id}/progress-reports": "test_the_timeline_of_a_patient",
    },
    "tests/progress/test_progress_pdf.py": {
        "GET /progress-reports/{report_id}/export": "test_its_etag_is_that_of_what_it_shows",
    },
    "tests/notices/test_notices_http.py": {
        "GET /notifications": "test_a_notice_is_written_sent_and_found_in_the_log",
        "POST /notifications/send": "test_a_notice_is_written_sent_and_found_in_the_log",
        "GET /notifications/{notification_id}": "test_a_notice_is_written_sent_and_found_in_the_log",
        "GET /patients/{patient_id}/notifications": "test_a_family_sees_its_own_history",
        "POST /notifications/test": "test_a_test_goes_to_whoever_asks_or_where_they_say",
    },
    "tests/access/test_tokens.py": {
        "POST /auth/login": "test_signing_out_ends_the_family",
        "POST /auth/refresh": "test_refresh_rotates_and_a_reused_token_ends_its_family",
        "POST /auth/logout": "test_signing_out_ends_the_family",
    },
    "tests/staff/test_users_http.py": {
        "GET /users": "test_lists_are_searched_filtered_sorted_and_paged",
        "POST /users": "test_who_sees_whom",
        "GET /users/{user_id}": "test_a_deactivated_user_is_out_at_once_and_back_when_reactivated",
        "PUT /users/{user_id}": "test_a_new_email_is_the_new_login_and_frees_the_old",
        "DELETE /users/{user_id}": "test_a_deactivated_user_is_out_at_once_and_back_when_reactivated",
    },
    "tests/patients/test_patients_http.py": {
        "GET /patients": "test_patients_are_found_by_name_guardian_and_phone",
        "POST /patients": "test_what_was_registered_is_found",
        "GET /patients/{patient_id}": "test_corrections_leave_the_rest_alone",
        "PUT /patients/{patient_id}": "test_corrections_leave_the_rest_alone",
    },
    "tests/catalogue/test_catalogue_http.py": {
        "GET /therapy-types": "test_a_therapy_type_lives_and_retires",
        "POST /therapy-types": "test_a_therapy_type_lives_and_retires",
        "PUT /therapy-types/{therapy_type_id}": "test_a_therapy_type_lives_and_retires",
        "DELETE /therapy-types/{therapy_type_id}": "test_a_therapy_type_lives_and_retires",
        "GET /therapists/{therapist_id}/pricing": "test_a_therapists_price_replaces_the_default_until_removed",
        "POST /therapists/{therapist_id}/pricing": "test_a_therapists_price_replaces_the_default_until_removed",
        "PUT /therapists/{therapist_id}/pricing/{pricing_id}":
            "test_a_therapists_price_replaces_the_default_until_removed",
        "DELETE /therapists/{therapist_id}/pricing/{pricing_id}":
            "test_a_therapists_price_replaces_the_default_until_removed",
        "GET /therapists/{therapist_id}/pricing/{pricing_id}":
            "test_a_therapists_price_replaces_the_default_until_removed",
    },
    "tests/availability/test_availability_http.py": {
        "GET /therapists/{therapist_id}/availability": "test_slots_come_change_and_go",
        "POST /therapists/{therapist_id}/availability": "test_what_is_free_is_what_availability_says",
        "PUT /therapists/{therapist_id}/availability/{slot_id}":
            "test_shrinking_availability_moves_nothing_and_says_what_lies_outside",
        "DELETE /therapists/{therapist_id}/availability/{slot_id}":
            "test_shrinking_availability_moves_nothing_and_says_what_lies_outside",
    },
    "tests/scheduling/test_sessions_http.py": {
        "GET /sessions": "test_lists_are_filtered_sorted_and_paged",
        "POST /sessions": "test_the_calendar_has_every_day_and_no_cancelled_session",
        "GET /sessions/{session_id}": "test_cancelling_shows_who_and_why",
        "PUT /sessions/{session_id}": "test_history_tells_who_did_what",
        "POST /sessions/{session_id}/cancel": "test_the_calendar_has_every_day_and_no_cancelled_session",
        "GET /sessions/calendar": "test_the_calendar_has_every_day_and_no_cancelled_session",
        "GET /patients/{patient_id}/sessions": "test_lists_are_filtered_sorted_and_paged",
    },
    "tests/billing/test_payments_http.py": {
        "GET /payments": "test_lists_filter_sort_and_search",
        "POST /payments": "test_a_payment_settles_the_oldest_due_and_the_rest_is_credit",
        "GET /payments/{payment_id}": "test_a_voided_payment_reopens_what_it_settled",
        "GET /patients/{patient_id}/payments": "test_lists_filter_sort_and_search",
        "GET /patients/{patient_id}/credits": "test_booking_uses_credit",
        "GET /sessions/{session_id}/payments": "test_payments_of_a_session",
        "POST /sessions/{session_id}/payments": "test_payments_of_a_session",
    },
    "tests/billing/test_ledgers_http.py": {
        "GET /patients/{patient_id}/outstanding-dues": "test_dues_are_what_is_open_and_overdue_what_is_late",
    },
    "tests/expenses/test_expenses_http.py": {
        "GET /expenses": "test_lists_filter_sort_and_add_up",
        "POST /expenses": "test_an_expense_is_recorded_amended_and_voided",
        "GET /expenses/{expense_id}": "test_an_expense_is_recorded_amended_and_voided",
        "PUT /expenses/{expense_id}": "test_an_expense_is_recorded_amended_and_voided",
        "DELETE /expenses/{expense_id}": "test_an_expense_is_recorded_amended_and_voided",
    },
    "tests/rescheduling/test_requests_http.py": {
        "GET /reschedule-requests": "test_lists_are_filtered_sorted_and_paged",
        "POST /reschedule-requests": "test_asked_approved_and_moved_with_its_money_in_one_step",
        "GET /reschedule-requests/{request_id}": "test_rejected_or_withdrawn_and_asked_again",
        "PUT /reschedule-requests/{request_id}/approve": "test_if_match_and_etag",
        "PUT /reschedule-requests/{request_id}/reject": "test_if_match_and_etag",
        "DELETE /reschedule-requests/{request_id}": "test_rejected_or_withdrawn_and_asked_again",
    },
    "tests/reports/test_reports_http.py": {
        "GET /reports/dashboard": "test_what_was_known_before",
        "GET /reports/financial": "test_a_hostile_name_is_inert_and_a_negative_number_a_number",
        "GET /reports/sessions": "test_a_session_that_ends_moves_between_the_states",
        "GET /reports/export": "test_every_report_as_csv",
    },
    "tests/tenancy/test_tenancy_http.py": {
        "POST /tenants": "test_a_new_centre_works_at_once",
        "GET /tenants/{tenant_id}": "test_settings_change_one_by_one",
    },
    "tests/therapist/test_therapist_http.py": {
        "GET /therapist/dashboard": "test_what_is_over_and_not_recorded_waits",
        "GET /therapist/schedule": "test_a_week_has_counts_conflicts_and_gaps",
        "GET /therapist/patients": "test_patients_with_what_was_and_what_comes",
        "GET /therapist/sessions/upcoming": "test_sessions_to_come_go_as_far_as_asked",
        "GET /therapist/sessions/today": "test_today_tells_how_each_session_stands_and_what_can_be_done",
        "PUT /therapist/sessions/{session_id}/complete":
            "test_a_session_is_completed_with_its_notes_or_not_at_all",
    },
}  # fmt: skip
SHOWN: dict[Endpoint, str] = {
    (method, path): f"{module}::{test}"
    for module, tests in _TESTS.items()
    for method, path, test in ((*endpoint.split(" ", 1), test) for endpoint, test in tests.items())
}
"""By which test."""


def alike(endpoint: Endpoint) -> Endpoint:
    """Without the names of its parameters, by which descriptions differ."""
    method, path = endpoint
    return method, "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def answered() -> set[Endpoint]:
    """What the API answers, by its own description."""
    import application.registry  # noqa: F401 - the commands' handlers
    from api.app import create_app
    from api.base import PREFIX

    def lifespan() -> object:
        raise NotImplementedError

    paths = create_app(lifespan).openapi()["paths"]  # type: ignore[arg-type]
    return {(method.upper(), path.removeprefix(PREFIX)) for path, operations in paths.items() for method in operations}


def missing() -> list[Endpoint]:
    """What the design lists and the API does not answer, in the order of the design."""
    there = {alike(endpoint) for endpoint in answered()}
    return [e for endpoints in DESIGN.values() for e in endpoints if alike(e) not in there]


if __name__ == "__main__":
    for lacking in missing():
        print(*lacking, "(later)" if lacking in LATER else "")
