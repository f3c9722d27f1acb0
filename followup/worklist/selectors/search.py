"""`?q=` of the task list: begin of a name or of its initials, last four of ID or phone, inpatient number."""

import re
from typing import Any

from django.db.models import Q, QuerySet

from followup.worklist.models import Task

_LAST_FOUR = re.compile(r"^\d{3}[\dXx]$", re.ASCII)
_INITIALS = re.compile(r"^[A-Za-z]{2,8}$", re.ASCII)
_NUMBER = re.compile(r"^[0-9A-Za-z-]+$", re.ASCII)
MAX_LENGTH = 40


def match_patients(text: str) -> Q:
    """Each way of finding a person is a sub-select of its own, so that each can use its own index.

    The rooms' tables are reached over the task's own relations: no model of another room is imported.
    """
    patients: Any = Task._meta.get_field("patient").related_model
    encounters: Any = Task._meta.get_field("encounter").related_model
    phones: Any = patients._meta.get_field("phones").related_model
    found: list[QuerySet[Any, Any]] = []
    if _LAST_FOUR.match(text):
        found += [
            patients.objects.filter(id_no_last4=text.upper()).values("pk"),
            phones.objects.filter(last4=text, superseded_at=None).values("patient_id"),
        ]
    if _NUMBER.match(text):
        found.append(
            encounters.objects.filter(inpatient_no=text).exclude(inpatient_no="").values("patient_id")
        )
    if _INITIALS.match(text):
        found.append(patients.objects.filter(name_initials__startswith=text.lower()).values("pk"))
    if not _NUMBER.match(text):
        found.append(patients.objects.filter(name__startswith=text).values("pk"))
    condition = Q(patient_id__in=found[0])
    for other in found[1:]:
        condition |= Q(patient_id__in=other)
    return condition
