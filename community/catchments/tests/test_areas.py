"""Entering and ending areas: who may, what is refused with which cure, what it tells."""

from datetime import date
from typing import Any

import pytest

from access.actor import SYSTEM
from community.catchments.errors import AreaAlreadyNamed, AreaChanging, AreaEnded, CatchmentOverlap
from community.catchments.models import AreaChange, AreaChangeStep, Catchment, ClinicianArea
from community.catchments.services import (
    add_catchment,
    add_clinician_area,
    change_catchment_end,
    end_catchment,
    end_clinician_area,
)
from community.catchments.tests.kit import T1_TOWNSHIP, T1_VILLAGE, clinic, enter, name_clinician, staff
from kernel import clock
from kernel.errors import InvalidInput, NotAllowed, NotFound, VersionChanged
from kernel.models import OutboxEvent
from tests.cast import actor_named
from trail.models import TrailRow

pytestmark = pytest.mark.req("D2", "C17")
NOW = "2026-11-20 09:30"


def add(code: str = "T1", **values: Any) -> Catchment:
    given = {"division_code": T1_VILLAGE, "role": "primary", **values}
    return add_catchment(actor=actor_named("admin"), institution_id=clinic(code).pk, **given)


@pytest.fixture(autouse=True)
def _on_a_day(in_alpha: Any, at: Any) -> Any:
    with at(NOW):
        yield


def test_only_who_edits_areas_may() -> None:
    row = add()
    for who in ("clinician", "centre", "operations", "doctor"):
        actor = actor_named(who)
        with pytest.raises(NotAllowed):
            add_catchment(actor=actor, institution_id=clinic().pk, division_code=T1_TOWNSHIP, role="primary")
        with pytest.raises(NotAllowed):
            end_catchment(actor=actor, catchment_id=row.pk, on=date(2026, 12, 1))
        with pytest.raises(NotAllowed):
            change_catchment_end(actor=actor, catchment_id=row.pk, valid_to=None, expected_revision=1)
        with pytest.raises(NotAllowed):
            add_clinician_area(
                actor=actor, staff_id=staff("clinician").pk, ward_id=1, division_code=T1_TOWNSHIP
            )
    assert Catchment.objects.get().revision == 1


def test_a_new_row_begins_today_and_tells_of_it() -> None:
    row = add(specialties=["卒中", "卒中 ", "产后"])
    assert (row.valid_from, row.valid_to, row.specialties) == (date(2026, 11, 20), None, "卒中,产后")
    event = OutboxEvent.objects.filter(type="catchment.changed").get()
    assert event.payload == {"division_codes": [T1_VILLAGE]}
    trail = TrailRow.objects.get(action="catchments.catchment.saved")
    assert (trail.actor_name, trail.detail["division"]) == ("管理员", T1_VILLAGE)


def test_an_overlap_names_who_holds_it_and_since_when() -> None:
    held = add("T1", valid_from=date(2026, 1, 1))
    with pytest.raises(CatchmentOverlap, match=r"问安镇卫生院.*主责机构（2026-01-01 起至今）") as refused:
        add("T2")
    (error,) = refused.value.errors
    assert (error.pointer, error.code) == ("/division_code", "catchment_overlap")
    assert refused.value.extra["holder"] == {
        "catchment_id": str(held.pk), "institution_id": str(clinic().pk), "institution_name": "问安镇卫生院",
        "valid_from": "2026-01-01", "valid_to": None,
    }  # fmt: skip
    with pytest.raises(CatchmentOverlap, match="问安镇卫生院"):
        add("T1")
    assert add("T2", role="backup").role == "backup"
    with pytest.raises(CatchmentOverlap, match="备选机构"):
        add("T2", role="backup")


def test_moving_an_end_is_refused_where_another_one_begins() -> None:
    row = add("T1", valid_to=date(2026, 11, 30))
    add("T2", valid_from=date(2026, 12, 1))
    with pytest.raises(CatchmentOverlap) as refused:
        change_catchment_end(
            actor=actor_named("admin"), catchment_id=row.pk, valid_to=None, expected_revision=1
        )
    assert [e.pointer for e in refused.value.errors] == ["/valid_to"]


def test_two_editors_do_not_overwrite_each_other() -> None:
    row, admin = add(), actor_named("admin")
    changed = change_catchment_end(
        actor=admin, catchment_id=row.pk, valid_to=date(2027, 1, 1), expected_revision=1
    )
    assert changed.revision == 2
    with pytest.raises(VersionChanged):
        change_catchment_end(actor=admin, catchment_id=row.pk, valid_to=None, expected_revision=1)
    row.refresh_from_db()
    assert row.valid_to == date(2027, 1, 1)


def test_what_held_is_not_changed(at: Any) -> None:
    row, admin = add(valid_from=date(2026, 1, 1)), actor_named("admin")
    with pytest.raises(InvalidInput, match="最早可填昨天（2026-11-19）"):
        end_catchment(actor=admin, catchment_id=row.pk, on=date(2026, 11, 18))
    with pytest.raises(InvalidInput, match="结束日期不能早于开始日期 2026-01-01"):
        end_catchment(actor=admin, catchment_id=row.pk, on=date(2025, 12, 31))
    end_catchment(actor=admin, catchment_id=row.pk, on=date(2026, 11, 19))
    for act in (
        lambda: end_catchment(actor=admin, catchment_id=row.pk, on=date(2026, 11, 25)),
        lambda: change_catchment_end(actor=admin, catchment_id=row.pk, valid_to=None, expected_revision=2),
    ):
        with pytest.raises(AreaEnded):
            act()
    row.refresh_from_db()
    assert (row.valid_to, row.revision) == (date(2026, 11, 19), 2)


def test_an_end_is_not_moved_out_by_ending() -> None:
    row = add(valid_to=date(2026, 12, 31))
    with pytest.raises(InvalidInput, match="本来就在 2026-12-31 结束"):
        end_catchment(actor=actor_named("admin"), catchment_id=row.pk, on=date(2027, 1, 1))


def test_what_has_not_begun_is_withdrawn() -> None:
    row, admin = add(valid_from=date(2026, 12, 1)), actor_named("admin")
    pk = row.pk
    assert end_catchment(actor=admin, catchment_id=pk, on=date(2026, 11, 20)).pk is None
    assert not Catchment.objects.exists()
    trail = TrailRow.objects.get(action="catchments.catchment.withdrawn")
    assert (trail.object_id, trail.detail["valid_from"]) == (str(pk), "2026-12-01")
    with pytest.raises(NotFound):
        end_catchment(actor=admin, catchment_id=pk, on=date(2026, 12, 1))


@pytest.mark.parametrize("names", [["a,b"], [""], ["一" * 19], [f"专科{n}" for n in range(11)]])
def test_specialties_are_a_short_list_of_names(names: list[str]) -> None:
    with pytest.raises(InvalidInput) as refused:
        add(specialties=names)
    assert [e.pointer for e in refused.value.errors] == ["/specialties"]


def test_a_clinician_is_named_once_and_ended() -> None:
    admin, doctor = actor_named("admin"), staff("clinician")
    given = {"staff_id": doctor.pk, "ward_id": doctor.ward_id or 0, "division_code": T1_VILLAGE}
    row = add_clinician_area(actor=admin, **given)
    assert row.valid_from == clock.today()
    with pytest.raises(AreaAlreadyNamed, match="李医生自 2026-11-20 起"):
        add_clinician_area(actor=admin, **given)
    end_clinician_area(actor=admin, area_id=row.pk, on=date(2026, 11, 30))
    assert ClinicianArea.objects.get().valid_to == date(2026, 11, 30)
    assert add_clinician_area(actor=admin, **given, valid_from=date(2026, 12, 1)).pk != row.pk
    assert OutboxEvent.objects.filter(type="catchment.changed").count() == 3


def test_places_under_a_running_change_wait() -> None:
    row = enter(division=T1_VILLAGE)
    area = name_clinician(division=T1_VILLAGE)
    change = AreaChange.objects.create(
        kind="move", state="applying", from_on=clock.today(), moves=[], created_at=clock.now()
    )
    AreaChangeStep.objects.create(change=change, table="catchment", division_code=T1_VILLAGE)
    admin = actor_named("admin")
    for act in (
        lambda: end_catchment(actor=admin, catchment_id=row.pk, on=date(2026, 12, 1)),
        lambda: end_clinician_area(actor=admin, area_id=area.pk, on=date(2026, 12, 1)),
        lambda: add("T2", role="backup"),
    ):
        with pytest.raises(AreaChanging):
            act()
    assert enter("T2", division=T1_TOWNSHIP).pk is not None


def test_saving_by_onboarding_needs_no_right() -> None:
    """Seeds and imports act as the system; people go through add_catchment, which asks."""
    assert not SYSTEM.functions
    assert enter().pk is not None
