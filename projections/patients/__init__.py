"""Read models of patients.

``records`` stands by itself, ``search`` joins the balances of billing, which in turn knows ``records``: keep the order.
"""

from projections.patients.records import PatientRow, TreatmentRow, of_person, patients, treated_by, treatments
from projections.patients.search import account, get, page

__all__ = ["PatientRow", "TreatmentRow", "account", "get", "of_person", "page", "patients", "treated_by", "treatments"]
