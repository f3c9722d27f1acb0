"""Work that waits: the figures that rosters and area changes show."""

from datetime import date, timedelta
from typing import Any

import pytest

from community.catchments.contracts import Affected, StaffLoad
from followup.statistics.workload import Workload
from tests.isolation.conftest import NOW
from tests.isolation.story import build_world

pytestmark = pytest.mark.req("D2", "C17")
TODAY = date(2026, 11, 20)


@pytest.fixture
def story(in_alpha: Any, at: Any) -> Any:
    """Of each place of the isolation story: an open contact (two with members in two of them), due today."""
    from integrations.intake import ports
    from tests.isolation.letters import FORMAT, read_again

    ports.register_reader(FORMAT, read_again)
    try:
        with at(NOW.strftime("%Y-%m-%d %H:%M")):
            yield build_world("alpha")
    finally:
        ports._readers.pop(FORMAT, None)


def test_contacts_are_counted_as_lists_show_them(story: Any, django_assert_num_queries: Any) -> None:
    from followup.worklist.models import Task
    from organization.models import StaffMember

    doctor = StaffMember.objects.get(staff_no="S-clinician")
    week = TODAY + timedelta(days=6)
    figures = Workload()
    with django_assert_num_queries(2):
        due = figures.due_by_institution([doctor.institution_id], TODAY, week)
        loads = figures.load_of_staff([doctor.pk], TODAY, week)
    assert due == {doctor.institution_id: 2}
    assert loads == {doctor.pk: StaffLoad(planned=2, open=2)}
    Task.objects.filter(ward=doctor.ward, state="planned").update(
        due_on=week + timedelta(days=1), window_end=week + timedelta(days=2)
    )
    assert figures.due_by_institution([doctor.institution_id], TODAY, week) == {}
    assert figures.load_of_staff([doctor.pk], TODAY, week) == {doctor.pk: StaffLoad(planned=0, open=2)}


def test_who_and_what_a_place_holds(story: Any, django_assert_num_queries: Any) -> None:
    figures = Workload()
    with django_assert_num_queries(1):
        township = figures.affected({"420583106"})
    assert township.patients == 1
    assert township.tasks_started == 0
    assert township.tasks_planned > 0
    assert figures.affected({"420583"}).patients == 2
    assert figures.affected({"420583106000", "420583106"}) == township
    assert figures.affected({"420583107"}) == Affected()
    assert figures.affected(set()) == Affected()
