"""TaskRow: one query for a page, whatever it shows."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from rest_framework.request import Request

from access.actor import Actor
from divisions.selectors import division_names
from followup.worklist.models import OPEN_STATES, Task, TaskState
from followup.worklist.policy import visible_to
from followup.worklist.rules import compute_age, days_overdue, month_of
from followup.worklist.selectors.search import MAX_LENGTH, match_patients
from kernel import clock
from kernel.api import parse_id
from kernel.errors import InvalidInput
from kernel.pagination import slice_page

STATES = ("open", "due", "overdue", "done", "all")
_DONE_STATES = (TaskState.DONE, TaskState.PARTIAL, TaskState.FAILED, TaskState.LOST, TaskState.EXEMPT)
_MAX_FOLLOW_UPS = 500
