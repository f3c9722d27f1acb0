from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from followup.programmes.models import ProgrammeStep
from followup.worklist.models import Task
from followup.worklist.services import regroup
from followup.worklist.tests import factories
from followup.worklist.tests.factories import (
    DAY,
    SATISFACTION,
    make_enrolled_task,
    make_patient,
    make_programme,
)
from kernel.tenancy import bind_schema
from tests.cast import ApiClient


class BoundClient(ApiClient):
    """A request leaves no tenant bound; these tests look at alpha's rows afterwards."""

    def get(self, path: str, **params: Any) -> Any:
        with bind_schema("t_alpha"):
            return super().get(path, **params)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        with bind_schema("t_alpha"):
            return super().send(method, path, body, **headers)

    def upload(self, path: str, **files: Any) -> Any:
        with bind_schema("t_alpha"):
            return super().upload(path, **files)


@pytest.fixture
def api(db: None) -> Callable[..., BoundClient]:
    return BoundClient


@pytest.fixture
def morning(at: Any) -> Iterator[None]:
    """Friday 2026-11-20, 09:30 in Asia/Shanghai."""
    with at("2026-11-20 09:30"):
        yield


@pytest.fixture
def step(in_alpha: Any, morning: None) -> Any:
    return factories.make_programme()


@pytest.fixture
def task(step: Any) -> Any:
    return factories.make_task(step)


@pytest.fixture
def ortho(in_alpha: Any, morning: None) -> ProgrammeStep:
    return make_programme("ortho", merge="same_owner")


@pytest.fixture
def routine(ortho: ProgrammeStep) -> ProgrammeStep:
    return make_programme(
        "satisfaction",
        kind="routine",
        merge="any_owner",
        document=SATISFACTION,
        name="满意度回访",
        owner="centre",
    )


@pytest.fixture
def pair(ortho: ProgrammeStep, routine: ProgrammeStep) -> tuple[Task, Task]:
    """The clinician's follow-up leads, the centre's questions join it."""
    patient = make_patient()
    lead = make_enrolled_task(ortho, patient)
    member = make_enrolled_task(routine, patient, staff="centre", due_on=DAY + timedelta(days=2), channel="S")
    assert regroup(patient_ids=[patient.pk]) == 1
    lead.refresh_from_db(), member.refresh_from_db()
    return lead, member
