"""Reviewing: own answers first, then the original, then one score; the work that is judged never changes."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from access.actor import SYSTEM
from access.roles import Place
from access.services import assign_role, grant_place
from accounts.services import create_account
from followup.review.errors import AlreadyAnswered, AlreadyScored, NotAnswered
from followup.review.models import SampleDraw, SampleItem
from followup.review.policy import visible_to
from followup.review.selectors import get_draw, get_item
from followup.review.services import create_draw, open_item, save_answers, score_item
from followup.review.tests.factories import (
    make_attempt,
    make_encounter,
    make_patient,
    make_submission,
    make_task,
)
from followup.worklist.models import Submission, Task, TaskAttempt
from kernel.errors import InvalidInput, NotAllowed, NotFound
from kernel.models import OutboxEvent
from organization.models import Department
from tests.cast import PASSWORD, actor_named
from trail.models import TrailRow

pytestmark = [pytest.mark.req("C2", "C9", "D4"), pytest.mark.usefixtures("forms")]
DAY = date(2026, 11, 10)
SCORES = {"authentic": 100, "content": 90, "attitude": 80, "completeness": 60}
ANSWERS = {"called": "yes", "remark": "态度好"}


@pytest.fixture
def task() -> Task:
    doctor, patient = actor_named("doctor"), make_patient()
    row = make_task(
        DAY, state="done", closed_on=DAY, by=doctor, patient=patient, level="E1", conclusion="恢复良好", reached=True,
        encounter=make_encounter(patient, date(2026, 11, 3)),
    )  # fmt: skip
    make_submission(row, by=doctor, answers={"pain": 2}, conclusion="初次填写")
    make_submission(row, by=doctor, answers={"pain": 4}, conclusion="更正")
    make_attempt(row, by=doctor, outcome="no_answer")
    make_attempt(row, by=doctor)
    return row


def draw_as(who: str, tier: int) -> SampleItem:
    ortho = Department.objects.get(code="0401")
    draw_id = create_draw(
        actor=actor_named(who), tier=tier, department_ids=[ortho.pk], period_from=DAY, period_to=DAY, size=5,
        stratify="none",
    )  # fmt: skip
    return SampleItem.objects.get(draw_id=draw_id)


@pytest.fixture
def tier2(task: Task) -> SampleItem:
    return draw_as("supervisor", 2)


@pytest.fixture
def tier3(task: Task) -> SampleItem:
    return draw_as("operations", 3)


@pytest.fixture
def colleague() -> Any:
    """A second supervisor of the same department."""
    account = create_account(username="colleague", name="钱监督", password=PASSWORD)
    assign_role(actor=SYSTEM, account=account, role="ward_supervisor")
    grant_place(
        actor=SYSTEM, account=account, place=Place.SUPERVISE, container=Department.objects.get(code="0401")
    )
    return actor_named("colleague")


# --- who may not ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["doctor", "clinician", "centre", "other_supervisor", "it", "admin"])
def test_others_do_not_see_a_tier_two_item(tier2: SampleItem, who: str) -> None:
    actor = actor_named(who)
    for attempt in (
        lambda: get_item(actor, tier2.pk),
        lambda: get_draw(actor, tier2.draw_id),
        lambda: save_answers(actor=actor, item_id=tier2.pk, answers=ANSWERS),
        lambda: score_item(actor=actor, item_id=tier2.pk, scores=SCORES),
    ):
        with pytest.raises(NotFound):
            attempt()


@pytest.mark.parametrize("who", ["supervisor", "other_supervisor", "doctor", "clinician"])
def test_a_higher_tiers_item_is_out_of_sight(tier3: SampleItem, who: str) -> None:
    actor = actor_named(who)
    with pytest.raises(NotFound):
        get_item(actor, tier3.pk)
    with pytest.raises(NotFound):
        score_item(actor=actor, item_id=tier3.pk, scores=SCORES)
    assert not visible_to(actor, SampleDraw.objects.all()).exists()


def test_tier_three_reads_tier_two_but_does_not_judge_it(tier2: SampleItem) -> None:
    operations = actor_named("operations")
    assert get_item(operations, tier2.pk)["item"]["can"] == {"review": False}
    assert [item["id"] for item in get_draw(operations, tier2.draw_id)["items"]] == [str(tier2.pk)]
    with pytest.raises(NotAllowed, match="抽样人本人"):
        save_answers(actor=operations, item_id=tier2.pk, answers=ANSWERS)
    with pytest.raises(NotAllowed):
        score_item(actor=operations, item_id=tier2.pk, scores=SCORES)


def test_a_peer_reads_but_does_not_judge(tier2: SampleItem, colleague: Any) -> None:
    assert get_item(colleague, tier2.pk)["item"]["can"] == {"review": False}
    with pytest.raises(NotAllowed):
        save_answers(actor=colleague, item_id=tier2.pk, answers=ANSWERS)
    with pytest.raises(NotAllowed):
        score_item(actor=colleague, item_id=tier2.pk, scores=SCORES)


def test_who_lost_the_department_lost_the_draw(tier2: SampleItem) -> None:
    from access.services import revoke_place
    from accounts.models import StaffAccount

    account = StaffAccount.objects.get(username="supervisor")
    revoke_place(
        actor=SYSTEM, account=account, place=Place.SUPERVISE, container=Department.objects.get(code="0401")
    )
    with pytest.raises(NotFound):
        save_answers(actor=actor_named("supervisor"), item_id=tier2.pk, answers=ANSWERS)


def test_an_item_of_a_shared_draw_shows_only_with_its_department(task: Task) -> None:
    make_task(DAY, ward="W31", state="done", closed_on=DAY)
    account = create_account(username="both", name="双科监督", password=PASSWORD)
    assign_role(actor=SYSTEM, account=account, role="ward_supervisor")
    departments = list(Department.objects.filter(code__in=["0401", "0301"]))
    for container in departments:
        grant_place(actor=SYSTEM, account=account, place=Place.SUPERVISE, container=container)
    draw_id = create_draw(
        actor=actor_named("both"), tier=2, department_ids=[d.pk for d in departments], period_from=DAY,
        period_to=DAY, size=5, stratify="none",
    )  # fmt: skip
    assert len(get_draw(actor_named("both"), draw_id)["items"]) == 2
    seen = get_draw(actor_named("supervisor"), draw_id)
    assert [item["department_name"] for item in seen["items"]] == ["骨科"]
    assert seen["counts"] == {"items": 1, "pending": 1, "scored": 0, "rectification": 0}


# --- own answers first ---------------------------------------------------------------------------------------


def test_before_the_own_answers_nothing_tells_the_original(tier2: SampleItem) -> None:
    view = get_item(actor_named("supervisor"), tier2.pk)
    assert (view["original"], view["recordings"]) == (None, [])
    assert view["form"]["title"] == "二级抽查问卷"
    assert view["item"] == {
        "id": str(tier2.pk), "draw_id": str(tier2.draw_id), "task_id": str(tier2.task_id), "tier": 2,
        "state": "pending",
        "patient": {"id": str(tier2.task.patient_id), "name_masked": "张*国", "sex": "M", "age": 66},
        "programme_name": "骨科术后随访", "step_name": "", "department_name": "骨科", "ward_name": "骨科一病区",
        "diagnosis": "股骨颈骨折", "discharged_on": date(2026, 11, 3), "done_by_name": "孙主任", "done_on": DAY,
        "answers": {}, "answered_at": None, "scores": None, "instant_fail": [], "total": None, "finding": "",
        "rectification_due_on": None, "scored_at": None, "scored_by_name": None, "can": {"review": True},
    }  # fmt: skip
    # Not for those who only look, either.
    assert get_item(actor_named("operations"), tier2.pk)["original"] is None


def test_after_them_both_stand_side_by_side(tier2: SampleItem) -> None:
    supervisor = actor_named("supervisor")
    save_answers(actor=supervisor, item_id=tier2.pk, answers=ANSWERS)
    view = get_item(supervisor, tier2.pk)
    original = view["original"]
    assert view["item"]["answers"] == ANSWERS
    assert view["item"]["answered_at"] is not None
    assert (original["answers"], original["revision"]) == ({"pain": 4}, 2)
    assert (original["conclusion"], original["level"], original["state"]) == ("更正", "E1", "done")
    assert original["submitted_by_name"] == "孙主任"
    assert original["questionnaire"]["key"] == "ortho_day7"
    assert [attempt["outcome"] for attempt in original["attempts"]] == ["no_answer", "reached"]
    assert set(original["attempts"][0]) == {"at", "channel", "outcome", "note", "by_name"}
    assert view["recordings"] == []


def test_a_recording_is_listed_beside_the_original(tier2: SampleItem) -> None:
    from files.models import StoredFile
    from followup.worklist.models import TaskRecording
    from kernel import clock

    file = StoredFile.objects.create(
        purpose="recording", object_key="t_alpha/x", content_type="audio/wav", size=9, sha256="0" * 64,
        wrapped_key=b"k", chunk_size=4096, duration_seconds=61, created_by_name="孙主任", created_at=clock.now(),
    )  # fmt: skip
    recording = TaskRecording.objects.create(task_id=tier2.task_id, file=file, created_at=clock.now())
    supervisor = actor_named("supervisor")
    assert get_item(supervisor, tier2.pk)["recordings"] == []
    save_answers(actor=supervisor, item_id=tier2.pk, answers=ANSWERS)
    (shown,) = get_item(supervisor, tier2.pk)["recordings"]
    assert (shown["id"], shown["duration_seconds"], shown["sha256"]) == (str(recording.pk), 61, "0" * 64)


def test_a_task_without_a_form_has_an_original_too(in_alpha: Any) -> None:
    make_task(DAY, state="done", closed_on=DAY, conclusion="电话告知复诊", answers={})
    item = draw_as("supervisor", 2)
    save_answers(actor=actor_named("supervisor"), item_id=item.pk, answers=ANSWERS)
    original = get_item(actor_named("supervisor"), item.pk)["original"]
    assert (original["conclusion"], original["answers"], original["revision"]) == ("电话告知复诊", {}, None)
    assert (original["questionnaire"], original["attempts"]) == (None, [])


@pytest.mark.parametrize(
    ("answers", "pointer", "code"),
    [
        ({}, "/answers/called", "required"),
        ({"remark": "好"}, "/answers/called", "required"),
        ({"called": "maybe"}, "/answers/called", None),
        ({"called": 3}, "/answers/called", None),
    ],
)
def test_answers_that_do_not_fit_the_form(
    tier2: SampleItem, answers: dict[str, Any], pointer: str, code: str | None
) -> None:
    with pytest.raises(InvalidInput) as caught:
        save_answers(actor=actor_named("supervisor"), item_id=tier2.pk, answers=answers)
    assert pointer in [error.pointer for error in caught.value.errors]
    if code is not None:
        assert code in [error.code for error in caught.value.errors]
    tier2.refresh_from_db()
    assert tier2.answered_at is None


def test_answers_are_given_once(tier2: SampleItem) -> None:
    supervisor = actor_named("supervisor")
    save_answers(actor=supervisor, item_id=tier2.pk, answers=ANSWERS)
    with pytest.raises(AlreadyAnswered, match="不能再修改"):
        save_answers(actor=supervisor, item_id=tier2.pk, answers={"called": "no"})
    tier2.refresh_from_db()
    assert tier2.answers == ANSWERS


@pytest.mark.parametrize(
    ("who", "tier", "key", "more"),
    [("supervisor", 2, "review_tier2", {}), ("operations", 3, "review_tier3", {"tier2_agrees": "yes"})],
)
def test_the_packaged_forms_can_be_filled_in(
    task: Task, who: str, tier: int, key: str, more: dict[str, str]
) -> None:
    from pathlib import Path

    import yaml

    from followup import programmes
    from followup.questionnaires.services import load_documents

    library = Path(str(programmes.__file__)).parent / "library" / "questionnaires"
    document = yaml.safe_load((library / f"{key}.yaml").read_text(encoding="utf-8"))
    load_documents(documents=[document], signed_by_name="测试签署人", actor=SYSTEM)
    item = draw_as(who, tier)
    actor = actor_named(who)
    assert get_item(actor, item.pk)["form"] == document
    with pytest.raises(InvalidInput):
        save_answers(actor=actor, item_id=item.pk, answers={"reached": "yes", **more})
    answers = {
        "reached": "yes", "really_called": "yes", "content_true": "same", "attitude": "good", "guidance": "yes",
        "misconduct": ["none"], **more,
    }  # fmt: skip
    save_answers(actor=actor, item_id=item.pk, answers=answers)
    assert get_item(actor, item.pk)["item"]["answers"] == answers


# --- the score -------------------------------------------------------------------------------------------------


@pytest.fixture
def answered(tier2: SampleItem) -> SampleItem:
    save_answers(actor=actor_named("supervisor"), item_id=tier2.pk, answers=ANSWERS)
    return tier2


def test_there_is_no_score_before_the_own_call(tier2: SampleItem) -> None:
    with pytest.raises(NotAnswered, match="先独立回访"):
        score_item(actor=actor_named("supervisor"), item_id=tier2.pk, scores=SCORES)


def test_a_score(answered: SampleItem) -> None:
    supervisor = actor_named("supervisor")
    score_item(actor=supervisor, item_id=answered.pk, scores=SCORES)
    answered.refresh_from_db()
    assert (answered.state, answered.total, answered.scores) == ("scored", Decimal("88.00"), SCORES)
    assert (answered.scored_by_id, answered.scored_by_name) == (supervisor.id, "陈监督")
    assert get_item(supervisor, answered.pk)["item"]["can"] == {"review": False}
    assert not OutboxEvent.objects.filter(type="review.rectification_opened").exists()
    trail = TrailRow.objects.get(action="review.item.scored", object_id=str(answered.pk))
    assert (trail.actor_name, trail.detail["total"]) == ("陈监督", "88.00")


def test_an_instant_fail_goes_to_nothing_and_back_for_rectification(answered: SampleItem) -> None:
    score_item(
        actor=actor_named("supervisor"), item_id=answered.pk, scores=SCORES, instant_fail=["not_called"],
        finding="患者表示从未接到电话", rectification=True, rectification_due_on=date(2026, 11, 27),
    )  # fmt: skip
    answered.refresh_from_db()
    assert (answered.state, answered.total) == ("rectification", Decimal("0.00"))
    assert (answered.instant_fail, answered.rectification_due_on) == (["not_called"], date(2026, 11, 27))
    event = OutboxEvent.objects.get(type="review.rectification_opened")
    assert event.payload == {"item_id": answered.pk, "task_id": answered.task_id}


@pytest.mark.parametrize(
    ("values", "pointers"),
    [
        ({"scores": {**SCORES, "content": 101}}, ["/scores/content"]),
        ({"scores": {**SCORES, "attitude": -1}}, ["/scores/attitude"]),
        ({"scores": {"authentic": 1}}, ["/scores/content", "/scores/attitude", "/scores/completeness"]),
        ({"scores": {**SCORES, "charm": 5}}, ["/scores/charm"]),
        ({"instant_fail": ["lateness"], "finding": "x"}, ["/instant_fail/0"]),
        ({"instant_fail": ["privacy"]}, ["/finding"]),
        ({"instant_fail": ["privacy"], "finding": "   "}, ["/finding"]),
        ({"rectification": True, "finding": "x"}, ["/rectification_due_on"]),
        ({"rectification": True, "rectification_due_on": date(2026, 11, 27)}, ["/finding"]),
        (
            {"rectification": True, "finding": "x", "rectification_due_on": date(2026, 11, 20)},
            ["/rectification_due_on"],
        ),
        (
            {"rectification": True, "finding": "x", "rectification_due_on": date(2026, 12, 21)},
            ["/rectification_due_on"],
        ),
        ({"rectification_due_on": date(2026, 11, 27)}, ["/rectification_due_on"]),
    ],
)
def test_a_score_that_cannot_stand(answered: SampleItem, values: dict[str, Any], pointers: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        score_item(actor=actor_named("supervisor"), item_id=answered.pk, **{"scores": SCORES, **values})
    assert [error.pointer for error in caught.value.errors] == pointers
    answered.refresh_from_db()
    assert answered.state == "pending"


def test_a_score_is_given_once(answered: SampleItem) -> None:
    supervisor = actor_named("supervisor")
    score_item(actor=supervisor, item_id=answered.pk, scores=SCORES)
    with pytest.raises(AlreadyScored):
        score_item(actor=supervisor, item_id=answered.pk, scores=dict.fromkeys(SCORES, 0))


@pytest.mark.req("S42")
def test_the_work_that_is_judged_never_changes(task: Task) -> None:
    def picture() -> list[Any]:
        return [list(model.objects.order_by("pk").values()) for model in (Task, Submission, TaskAttempt)]

    before = picture()
    for who, tier in (("supervisor", 2), ("operations", 3)):
        item = draw_as(who, tier)
        save_answers(actor=actor_named(who), item_id=item.pk, answers={"called": "no"})
        open_item(actor=actor_named(who), item_id=item.pk)
        score_item(
            actor=actor_named(who), item_id=item.pk, scores=dict.fromkeys(SCORES, 0), finding="不真实",
            instant_fail=["not_called"], rectification=True, rectification_due_on=date(2026, 11, 25),
        )  # fmt: skip
    assert picture() == before


def test_looking_leaves_a_trail(tier2: SampleItem) -> None:
    open_item(actor=actor_named("operations"), item_id=tier2.pk)
    row = TrailRow.objects.get(action="review.item.viewed", object_id=str(tier2.pk))
    assert (row.actor_name, row.detail) == ("吴经理", {"task": str(tier2.task_id), "original": False})


def test_the_age_is_of_the_day_of_looking(tier2: SampleItem, at: Callable[[str], Any]) -> None:
    with at("2027-05-01 08:00"):
        assert get_item(actor_named("supervisor"), tier2.pk)["item"]["patient"]["age"] == 67
