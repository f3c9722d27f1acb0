"""合并、拆分、划转: previewed, applied in slices, taken back; stopped at any statement and gone on with."""

from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction

from community.catchments import selectors
from community.catchments.errors import ChangeContradicted, ChangeNotPossible, ChangeOutdated
from community.catchments.models import AreaChange, AreaChangeStep, Catchment, ClinicianArea
from community.catchments.selectors.changes import get_change
from community.catchments.services import (
    add_catchment,
    apply_change,
    draft_change,
    end_catchment,
    revert_change,
    run_slice,
)
from community.catchments.tests.kit import (
    T1_OTHER,
    T1_TOWNSHIP,
    T1_VILLAGE,
    T2_TOWNSHIP,
    clinic,
    enter,
    hire,
    name_clinician,
    staff,
)
from divisions.selectors import children_of
from kernel import jobs
from kernel.errors import InvalidInput, NotAllowed
from kernel.models import Job, OutboxEvent
from kernel.tenancy import bind_schema
from organization.models import Institution
from tests.cast import actor_named
from trail.models import TrailRow

pytestmark = pytest.mark.req("D2", "C17")
NOW = "2026-11-20 09:30"
FROM_ON = date(2026, 12, 1)
Row = tuple[str, str, date, date | None]


@pytest.fixture(autouse=True)
def _county(in_alpha: Any, at: Any) -> Any:
    with at(NOW):
        enter("T1")
        enter("T2", T2_TOWNSHIP)
        enter("T1", T1_VILLAGE)
        name_clinician("clinician", T1_VILLAGE)
        yield


def move(*codes: str, to: str = "T2", who: str | None = None) -> dict[str, Any]:
    return {
        "division_codes": list(codes), "to_institution_id": clinic(to).pk,
        "to_staff_id": staff(who).pk if who else None,
    }  # fmt: skip


def draft(*moves: dict[str, Any], kind: str = "move", from_on: date = FROM_ON) -> int:
    return draft_change(actor=actor_named("admin"), kind=kind, from_on=from_on, moves=moves, note="撤并")


def preview(pk: int) -> dict[str, Any]:
    return dict(get_change(pk)["preview"])


def apply(pk: int) -> None:
    apply_change(actor=actor_named("admin"), change_id=pk, fingerprint=preview(pk)["fingerprint"])


def carry_out(pk: int) -> None:
    apply(pk)
    jobs.drain()


def rows() -> list[Row]:
    """(place, institution, first day, last day) of every row, named clinicians by their names."""
    areas = Catchment.objects.values_list("division_code", "institution__code", "valid_from", "valid_to")
    people = ClinicianArea.objects.values_list("division_code", "staff__name", "valid_from", "valid_to")
    return sorted([*areas, *people], key=str)


BEFORE = date(2025, 11, 20)
LAST = date(2026, 11, 30)
AT_FIRST: list[Row] = [
    (T1_TOWNSHIP, "T1", BEFORE, None), (T1_VILLAGE, "T1", BEFORE, None), (T1_VILLAGE, "李医生", BEFORE, None),
    (T2_TOWNSHIP, "T2", BEFORE, None),
]  # fmt: skip
APPLIED: list[Row] = [
    (T1_TOWNSHIP, "T1", BEFORE, LAST), (T1_TOWNSHIP, "T2", FROM_ON, None), (T1_VILLAGE, "T1", BEFORE, LAST),
    (T1_VILLAGE, "李医生", BEFORE, LAST), (T2_TOWNSHIP, "T2", BEFORE, None),
]  # fmt: skip


def owner(code: str, day: date) -> str:
    area = selectors.institution_for(code, day)
    return area.institution_code if area is not None else ""


def test_a_draft_changes_nothing_and_says_what_it_would() -> None:
    pk = draft(move(T1_TOWNSHIP))
    assert rows() == AT_FIRST
    told = preview(pk)
    counts = {name: told[name] for name in told if name not in ("rows", "fingerprint")}
    assert counts == {
        "catchments_ended": 2, "catchments_begun": 1, "clinicians_ended": 1, "clinicians_begun": 0, "patients": 0,
        "tasks_planned": 0, "tasks_started": 0, "vacant_after": 0, "rows_total": 4, "conflicts": [],
    }  # fmt: skip
    shown = [(r["division"]["name"], r["action"], r["holder"], str(r["on"])) for r in told["rows"]]
    assert shown[:2] == [
        ("问安镇", "end", "问安镇卫生院", "2026-11-30"), ("问安镇", "begin", "百里洲镇卫生院", "2026-12-01"),
    ]  # fmt: skip
    assert [row[1:3] for row in shown[2:]] == [("end", "问安镇卫生院"), ("end", "李医生")]


def test_applying_ends_and_begins_and_leaves_the_past() -> None:
    pk = draft(move(T1_TOWNSHIP))
    carry_out(pk)
    assert rows() == APPLIED
    assert owner(T1_VILLAGE, LAST) == "T1"
    assert owner(T1_VILLAGE, FROM_ON) == "T2"
    change = get_change(pk)
    assert (change["state"], change["progress"]) == ("applied", {"total": 3, "done": 3, "undone": 0})
    assert change["preview"]["catchments_begun"] == 1
    actions = list(TrailRow.objects.filter(object_type="area_change").values_list("action", "actor_name"))
    assert actions == [
        ("catchments.area_change.drafted", "管理员"), ("catchments.area_change.apply_started", "管理员"),
        ("catchments.area_change.applied", "管理员"),
    ]  # fmt: skip
    event = OutboxEvent.objects.filter(type="catchment.changed").latest("pk")
    assert event.payload == {"division_codes": [T1_TOWNSHIP, T1_VILLAGE]}


def test_taking_back_begins_exactly_the_rows_that_ended(at: Any) -> None:
    pk = draft(move(T1_TOWNSHIP))
    carry_out(pk)
    with at("2026-12-10 09:30"):
        revert_change(actor=actor_named("admin"), change_id=pk)
        jobs.drain()
    back, yesterday = date(2026, 12, 10), date(2026, 12, 9)
    assert rows() == sorted(
        [
            *(row for row in APPLIED if row[1] != "T2" or row[0] != T1_TOWNSHIP),
            (T1_TOWNSHIP, "T2", FROM_ON, yesterday), (T1_TOWNSHIP, "T1", back, None), (T1_VILLAGE, "T1", back, None),
            (T1_VILLAGE, "李医生", back, None),
        ],
        key=str,
    )  # fmt: skip
    assert (owner(T1_VILLAGE, yesterday), owner(T1_VILLAGE, back)) == ("T2", "T1")
    assert AreaChange.objects.get(pk=pk).state == "reverted"


def test_taken_back_before_its_day_it_never_held() -> None:
    pk = draft(move(T1_TOWNSHIP))
    carry_out(pk)
    revert_change(actor=actor_named("admin"), change_id=pk)
    jobs.drain()
    assert [row for row in rows() if row[1] == "T2"] == [(T2_TOWNSHIP, "T2", BEFORE, None)]
    assert [owner(T1_VILLAGE, day) for day in (date(2026, 11, 20), LAST, FROM_ON)] == ["T1", "T1", "T1"]
    assert (T1_VILLAGE, "T1", FROM_ON, None) in rows()


def test_a_row_with_an_end_comes_back_with_it() -> None:
    Catchment.objects.filter(division_code=T1_VILLAGE).update(valid_to=date(2027, 6, 30))
    pk = draft(move(T1_VILLAGE))
    carry_out(pk)
    revert_change(actor=actor_named("admin"), change_id=pk)
    jobs.drain()
    assert (T1_VILLAGE, "T1", FROM_ON, date(2027, 6, 30)) in rows()


def test_later_edits_stand_in_the_way_of_taking_it_back(at: Any) -> None:
    pk, admin = draft(move(T1_TOWNSHIP)), actor_named("admin")
    carry_out(pk)
    begun = Catchment.objects.get(division_code=T1_TOWNSHIP, institution__code="T2")
    with at("2026-12-05 09:30"):
        end_catchment(actor=admin, catchment_id=begun.pk, on=date(2026, 12, 31))
        add_catchment(
            actor=admin, institution_id=clinic("H1").pk, division_code=T1_TOWNSHIP, role="primary",
            valid_from=date(2027, 1, 1),
        )  # fmt: skip
        with pytest.raises(ChangeContradicted, match="执行之后又有修改") as refused:
            revert_change(actor=admin, change_id=pk)
    conflicts: Any = refused.value.extra["conflicts"]
    assert [(c["division_name"], c["message"]) for c in conflicts] == [
        ("问安镇", "本次调整新增的归属后来已被结束或撤销"),
        ("问安镇", "人民医院后来登记为自 2027-01-01 起负责"),
    ]
    assert AreaChange.objects.get(pk=pk).state == "applied"


def test_an_edit_after_the_preview_makes_it_outdated() -> None:
    pk, admin = draft(move(T1_TOWNSHIP)), actor_named("admin")
    seen = preview(pk)["fingerprint"]
    enter("T1", T1_OTHER)
    with pytest.raises(ChangeOutdated):
        apply_change(actor=admin, change_id=pk, fingerprint=seen)
    assert not AreaChangeStep.objects.exists()
    carry_out(pk)
    assert AreaChangeStep.objects.count() == 4


def test_a_row_that_begins_later_is_listed_and_refused() -> None:
    Catchment.objects.filter(division_code=T1_VILLAGE).update(valid_from=date(2027, 1, 1))
    pk = draft(move(T1_TOWNSHIP))
    told = preview(pk)["conflicts"]
    assert [c["division_code"] for c in told] == [T1_VILLAGE]
    with pytest.raises(ChangeContradicted):
        apply(pk)


def test_states_and_days_that_do_not_allow_it(at: Any) -> None:
    pk, admin = draft(move(T1_TOWNSHIP)), actor_named("admin")
    with pytest.raises(ChangeNotPossible, match="草稿"):
        revert_change(actor=admin, change_id=pk)
    with at("2026-12-02 09:30"), pytest.raises(ChangeNotPossible, match="2026-12-01 已过"):
        apply(pk)
    with pytest.raises(ChangeNotPossible, match="没有需要调整"):
        apply(draft(move(T2_TOWNSHIP)))
    other = draft(move(T2_TOWNSHIP, to="T1"))
    apply(pk)
    with pytest.raises(ChangeNotPossible, match="另一项调整正在执行"):
        apply(other)
    jobs.drain()
    with pytest.raises(ChangeNotPossible, match="已执行"):
        apply(pk)


def test_only_who_has_the_function() -> None:
    pk = draft(move(T1_TOWNSHIP))
    for who in ("clinician", "centre", "operations"):
        with pytest.raises(NotAllowed):
            apply_change(actor=actor_named(who), change_id=pk, fingerprint="")
        with pytest.raises(NotAllowed):
            revert_change(actor=actor_named(who), change_id=pk)
        with pytest.raises(NotAllowed):
            draft_change(actor=actor_named(who), kind="move", from_on=FROM_ON, moves=[move(T1_TOWNSHIP)])


@pytest.mark.parametrize(
    ("kind", "moves", "pointer", "words"),
    [
        ("move", [("420583199000",)], "/moves/0/division_codes/0", "没有这个区划"),
        ("move", [(T1_TOWNSHIP, "4205")], "/moves/0/division_codes/1", "请选择县、乡镇"),
        ("move", [(T1_TOWNSHIP, T1_VILLAGE)], "/moves", "属于问安镇，请只选其中一个"),
        ("move", [(T1_VILLAGE,), (T1_VILLAGE,)], "/moves", "重复选择"),
        ("merge", [(T1_TOWNSHIP,)], "/moves", "合并应选择至少两个区划和一个接收方"),
        ("split", [(T1_TOWNSHIP, T2_TOWNSHIP)], "/moves", "拆分应把同一家机构的区划"),
    ],
)
def test_what_cannot_be_meant_is_refused(kind: str, moves: Any, pointer: str, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        draft(*(move(*codes) for codes in moves), kind=kind)
    assert [e.pointer for e in refused.value.errors] == [pointer]
    assert not AreaChange.objects.exists()


def test_receivers_work_at_the_institution_and_the_day_is_not_past() -> None:
    for wrong, pointer in (
        ({"to_institution_id": 10**12}, "/moves/0/to_institution_id"),
        ({"to_staff_id": staff("clinician").pk}, "/moves/0/to_staff_id"),
        ({"to_ward_id": staff("clinician").ward_id}, "/moves/0/to_ward_id"),
    ):
        with pytest.raises(InvalidInput) as refused:
            draft({**move(T1_TOWNSHIP), **wrong})
        assert [e.pointer for e in refused.value.errors] == [pointer]
    with pytest.raises(InvalidInput, match="最早为今天"):
        draft(move(T1_TOWNSHIP), from_on=date(2026, 11, 19))


def test_a_split_shares_one_clinics_villages_between_clinicians() -> None:
    hire("second", "钱医生")
    pk = draft(
        move(T1_VILLAGE, to="T1", who="second"), move(T1_OTHER, to="T1", who="clinician"), kind="split"
    )
    carry_out(pk)
    assert rows() == sorted(
        [
            *(row for row in AT_FIRST if row[1] != "李医生"), (T1_VILLAGE, "李医生", BEFORE, LAST),
            (T1_VILLAGE, "钱医生", FROM_ON, None), (T1_OTHER, "李医生", FROM_ON, None),
        ],
        key=str,
    )  # fmt: skip


def test_a_merge_of_a_closed_clinic_leaves_nobody_vacant() -> None:
    Institution.objects.filter(code="T1").update(is_active=False)
    pk = draft(move(T1_TOWNSHIP, T2_TOWNSHIP), kind="merge")
    assert preview(pk)["vacant_after"] == 0
    assert preview(draft(move(T2_TOWNSHIP, to="T2")))["rows_total"] == 0
    carry_out(pk)
    assert owner(T1_VILLAGE, FROM_ON) == "T2"


# --- slices and crashes -------------------------------------------------------------------------------------------


class Stopped(Exception):
    pass


class StopAt:
    """Lets `left` statements of the room's tables through and breaks the next one."""

    def __init__(self, left: int) -> None:
        self.left = left

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
            if self.left == 0:
                raise Stopped(sql)
            self.left -= 1
        return execute(sql, params, many, context)


def prepare_many() -> int:
    """A draft over six villages with rows of their own, so that slices of two take several turns."""
    codes = [row.code for row in children_of(T1_TOWNSHIP)[:6]]
    for code in codes:
        if code != T1_VILLAGE:
            enter("T1", code)
    return draft(move(*codes))


def finish(pk: int) -> None:
    while run_slice(change_id=pk, size=2):
        pass


def test_slices_are_whole_and_come_one_after_the_other() -> None:
    pk = prepare_many()
    apply(pk)
    assert run_slice(change_id=pk, size=3) == 3
    assert AreaChangeStep.objects.exclude(done_at=None).count() == 3
    assert AreaChange.objects.get(pk=pk).state == "applying"
    jobs.drain()
    assert AreaChange.objects.get(pk=pk).state == "applied"
    assert run_slice(change_id=pk) == 0


def test_a_dead_job_is_gone_on_with_by_asking_again() -> None:
    pk = prepare_many()
    apply(pk)
    run_slice(change_id=pk, size=3)
    Job.objects.all().delete()
    apply_change(actor=actor_named("admin"), change_id=pk, fingerprint="")
    jobs.drain()
    assert AreaChange.objects.get(pk=pk).state == "applied"


@pytest.mark.parametrize("direction", ["apply", "revert"])
def test_stopped_at_any_statement_it_ends_the_same(direction: str) -> None:
    """Every statement of a slice is broken once; what is there afterwards is what an unbroken run leaves."""

    def run_unbroken() -> tuple[list[Row], int]:
        point = transaction.savepoint()
        pk = begin()
        finish(pk)
        found = rows(), AreaChangeStep.objects.filter(change_id=pk).count()
        transaction.savepoint_rollback(point)
        return found

    def begin() -> int:
        pk = prepare_many()
        apply(pk)
        if direction == "revert":
            finish(pk)
            revert_change(actor=actor_named("admin"), change_id=pk)
        return pk

    expected, steps = run_unbroken()
    assert steps == 7  # six villages, and the named clinician of one of them
    pk = begin()
    stops = 0
    while True:
        try:
            with transaction.atomic(), connection.execute_wrapper(StopAt(stops)):
                run_slice(change_id=pk, size=2)
        except Stopped:
            marked = "undone_at" if direction == "revert" else "done_at"
            assert not AreaChangeStep.objects.exclude(**{marked: None}).exists()
            stops += 1
            continue
        break
    assert stops >= 8
    finish(pk)
    assert rows() == expected
    assert AreaChange.objects.get(pk=pk).state == ("reverted" if direction == "revert" else "applied")


def test_another_tenant_keeps_its_own() -> None:
    carry_out(draft(move(T1_TOWNSHIP)))
    with bind_schema("t_beta"):
        assert not AreaChange.objects.exists()
        assert not Catchment.objects.exists()
