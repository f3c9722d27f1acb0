"""Absences, deputies and capacity."""

from datetime import date
from typing import Any

import pytest

from community.catchments import selectors
from community.catchments.errors import AbsenceBegun, AbsenceClosed, AbsenceOverlap, DeputyLoop
from community.catchments.models import Absence, Capacity
from community.catchments.rules import stand_in
from community.catchments.services import (
    announce_day,
    cancel_absence,
    change_absence,
    report_absence,
    state_capacity,
)
from community.catchments.tests.kit import T1_VILLAGE, clinic, enter, hire, staff
from kernel import clock
from kernel.errors import InvalidInput, NotAllowed, NotFound, VersionChanged
from kernel.models import OutboxEvent
from organization.models import StaffMember
from tests.cast import actor_named
from trail.models import TrailRow

pytestmark = pytest.mark.req("D2", "C17")
NOW = "2026-11-20 09:30"
MONDAY, FRIDAY = date(2026, 11, 23), date(2026, 11, 27)


@pytest.fixture(autouse=True)
def _on_a_day(in_alpha: Any, at: Any) -> Any:
    with at(NOW):
        yield


def report(who: str = "clinician", *, by: str = "admin", deputy: str | None = None, **values: Any) -> int:
    given: dict[str, Any] = {"from_on": MONDAY, "to_on": FRIDAY, "reason": "leave", **values}
    return report_absence(
        actor=actor_named(by), staff_id=staff(who).pk, deputy_id=staff(deputy).pk if deputy else None, **given
    )


def roster_events() -> list[Any]:
    return list(
        OutboxEvent.objects.filter(type="roster.changed").order_by("pk").values_list("payload", flat=True)
    )


def test_a_clinician_enters_their_own_absence_and_nobody_elses() -> None:
    hire("colleague", "钱医生")
    own = report(by="clinician", deputy="colleague")
    assert Absence.objects.get(pk=own).created_by_name == "李医生"
    with pytest.raises(NotAllowed, match="只能登记本人的缺勤"):
        report("colleague", by="clinician")
    with pytest.raises(NotFound):
        report("other_clinician", by="clinician")
    of_centre = report("centre")
    with pytest.raises(NotAllowed):
        cancel_absence(actor=actor_named("doctor"), absence_id=of_centre)
    with pytest.raises(NotFound):
        cancel_absence(actor=actor_named("clinician"), absence_id=of_centre)
    assert roster_events()[0] == {"staff_ids": [staff("clinician").pk], "long": False}


def test_an_absence_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidInput, match="结束日期不能早于开始日期 2026-11-27") as refused:
        report(from_on=FRIDAY, to_on=MONDAY)
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/to_on", "before_start")]
    assert not Absence.objects.exists()


def test_who_left_has_no_day_of_return() -> None:
    with pytest.raises(InvalidInput, match="离职调离没有返岗日期"):
        report(reason="left")
    report(reason="left", to_on=None)
    assert roster_events() == [{"staff_ids": [staff("clinician").pk], "long": True}]


def test_overlapping_absences_of_one_person_are_refused() -> None:
    first = report()
    with pytest.raises(AbsenceOverlap, match="已登记休假（2026-11-23 至 2026-11-27）") as refused:
        report(from_on=FRIDAY, to_on=None)
    assert [e.pointer for e in refused.value.errors] == ["/from_on"]
    report(from_on=date(2026, 11, 28), to_on=date(2026, 11, 28))
    cancel_absence(actor=actor_named("admin"), absence_id=first)
    assert report(reason="sick") != first


def test_a_deputy_loop_is_refused_with_its_names() -> None:
    hire("second", "钱医生")
    hire("third", "孙医生")
    report("second", deputy="third")
    report("third", deputy="clinician")
    with pytest.raises(
        DeputyLoop, match="代班成环：李医生 → 钱医生 → 孙医生 → 李医生，请换一位代班人"
    ) as refused:
        report("clinician", deputy="second", from_on=FRIDAY, to_on=None)
    assert [(e.pointer, e.code) for e in refused.value.errors] == [("/deputy_id", "deputy_loop")]
    with pytest.raises(DeputyLoop, match="不能是本人"):
        report("clinician", deputy="clinician")
    later = date(2026, 11, 28)
    report("clinician", deputy="second", from_on=later, to_on=None)
    changed = report("second", from_on=later, to_on=None)
    with pytest.raises(DeputyLoop, match="代班成环：钱医生 → 李医生 → 钱医生"):
        change_absence(
            actor=actor_named("admin"), absence_id=changed, expected_revision=1,
            changes={"deputy_id": staff("clinician").pk},
        )  # fmt: skip
    assert Absence.objects.get(pk=changed).deputy is None


def test_a_deputy_works_here_and_has_a_team() -> None:
    with pytest.raises(InvalidInput, match="没有所属团队"):
        report(deputy="admin")
    hire("second", "钱医生")
    StaffMember.objects.filter(staff_no="S-second").update(is_active=False)
    with pytest.raises(InvalidInput, match="已停用") as refused:
        report(deputy="second")
    assert [e.pointer for e in refused.value.errors] == ["/deputy_id"]
    with pytest.raises(InvalidInput, match="只能选择本机构的同事"):
        report(by="clinician", deputy="other_clinician")
    assert report(deputy="other_clinician")


def test_an_early_return_ends_it_and_the_past_stays(at: Any) -> None:
    pk, admin = report(), actor_named("admin")
    with at("2026-11-26 08:00"):
        with pytest.raises(InvalidInput, match="最早可填昨天（2026-11-25）"):
            change_absence(
                actor=admin, absence_id=pk, expected_revision=1, changes={"to_on": date(2026, 11, 24)}
            )
        with pytest.raises(AbsenceBegun):
            cancel_absence(actor=admin, absence_id=pk)
        change_absence(actor=admin, absence_id=pk, expected_revision=1, changes={"to_on": date(2026, 11, 25)})
        with pytest.raises(AbsenceClosed):
            change_absence(actor=admin, absence_id=pk, expected_revision=2, changes={"to_on": None})
        assert selectors.absences_on(date(2026, 11, 26)) == []
        assert len(selectors.absences_on(date(2026, 11, 25))) == 1


def test_two_editors_of_an_absence() -> None:
    pk, admin = report(), actor_named("admin")
    change_absence(actor=admin, absence_id=pk, expected_revision=1, changes={"to_on": None})
    with pytest.raises(VersionChanged):
        change_absence(actor=admin, absence_id=pk, expected_revision=1, changes={"deputy_id": None})
    with pytest.raises(InvalidInput, match="请给出"):
        change_absence(actor=admin, absence_id=pk, expected_revision=2, changes={})


def test_a_cancelled_absence_never_was() -> None:
    pk, admin = report(deputy="other_clinician"), actor_named("admin")
    cancel_absence(actor=admin, absence_id=pk)
    assert selectors.absences_on(MONDAY) == []
    with pytest.raises(AbsenceClosed):
        cancel_absence(actor=admin, absence_id=pk)
    assert [row["long"] for row in roster_events()] == [False, False]
    assert TrailRow.objects.filter(action="catchments.absence.cancelled").count() == 1


def test_absences_come_with_those_of_the_deputies(django_assert_num_queries: Any) -> None:
    hire("second", "钱医生")
    hire("aside", "周医生")
    report("clinician", deputy="second")
    report("second", deputy="other_clinician")
    report("aside")
    pk = staff("clinician").pk
    with django_assert_num_queries(1):
        spans = selectors.absences_on(MONDAY, [pk])
    assert {span.staff_id for span in spans} == {staff("clinician").pk, staff("second").pk}
    found = stand_in(staff("clinician").pk, MONDAY, spans)
    assert found is not None
    assert (found.deputy_name, found.deputy_institution_id, found.deputy_works) == (
        "赵医生", clinic("T2").pk, True,
    )  # fmt: skip
    StaffMember.objects.filter(staff_no="S-other_clinician").update(is_active=False)
    assert stand_in(staff("clinician").pk, MONDAY, selectors.absences_on(MONDAY)) is None
    assert selectors.absences_on(date(2026, 11, 22)) == []
    assert len(selectors.absences_between(date(2026, 11, 1), MONDAY)) == 3


def test_midnight_in_shanghai_begins_the_absence(at: Any) -> None:
    """An absence that starts at midnight Asia/Shanghai: the day before is 15:59 UTC."""
    report()
    with at("2026-11-22 23:59:59"):
        assert selectors.absences_on(clock.today()) == []
    with at("2026-11-23 00:00:00"):
        assert len(selectors.absences_on(clock.today())) == 1


def test_the_morning_tells_of_what_changes_by_itself(at: Any) -> None:
    hire("second", "钱医生")
    report("clinician")
    report("second", from_on=date(2026, 11, 9), to_on=None, reason="sick")
    OutboxEvent.objects.all().delete()
    with at("2026-11-23 00:05"):
        assert announce_day() == 2
    assert roster_events() == [
        {"staff_ids": [staff("second").pk], "long": True},
        {"staff_ids": [staff("clinician").pk], "long": False},
    ]
    with at("2026-11-24 00:05"):
        assert announce_day() == 0
    with at("2026-11-28 00:05"):
        assert announce_day() == 1


def test_capacity_is_stated_with_the_revision_in_hand() -> None:
    admin, pk = actor_named("admin"), staff("clinician").pk
    state_capacity(actor=admin, staff_id=pk, per_day=12, expected_revision=0)
    with pytest.raises(VersionChanged):
        state_capacity(actor=admin, staff_id=pk, per_day=15, expected_revision=0)
    state_capacity(actor=admin, staff_id=pk, per_day=None, expected_revision=1)
    assert Capacity.objects.values_list("per_day", "revision").get() == (None, 2)
    for wrong in (-1, 201):
        with pytest.raises(InvalidInput) as refused:
            state_capacity(actor=admin, staff_id=pk, per_day=wrong, expected_revision=2)
        assert [e.pointer for e in refused.value.errors] == ["/per_day"]
    with pytest.raises(NotAllowed):
        state_capacity(actor=actor_named("clinician"), staff_id=pk, per_day=1, expected_revision=2)
    with pytest.raises(NotFound):
        state_capacity(actor=admin, staff_id=10**12, per_day=1, expected_revision=0)


def test_the_institutions_capacity_is_its_clinicians_together() -> None:
    hire("second", "钱医生")
    enter()
    area = selectors.institution_for(T1_VILLAGE, date(2026, 11, 20))
    assert area is not None
    assert (area.capacity, area.load, area.institution_code, area.institution_kind) == (
        None, 0, "T1", "township_clinic",
    )  # fmt: skip
    for who, per_day in (("clinician", 12), ("second", 8)):
        state_capacity(
            actor=actor_named("admin"), staff_id=staff(who).pk, per_day=per_day, expected_revision=0
        )
    area = selectors.institution_for(T1_VILLAGE, date(2026, 11, 20))
    assert area is not None
    assert area.capacity == 20
