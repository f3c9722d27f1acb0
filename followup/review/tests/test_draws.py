"""Drawing: who may draw where, what lies in the population, and the same sample from the same seed."""

import hashlib
from collections import Counter
from datetime import date
from typing import Any

import pytest

from access.actor import SYSTEM
from followup.review.errors import EmptyPopulation, ReviewFormMissing
from followup.review.models import SampleDraw, SampleItem
from followup.review.services import create_draw
from followup.review.tests.factories import make_attempt, make_form, make_submission, make_task
from followup.worklist.models import Task
from kernel.errors import InvalidInput, NotAllowed, NotFound
from organization.models import Department
from tests.cast import actor_named
from trail.models import TrailRow

pytestmark = [pytest.mark.req("C2", "C9", "D4"), pytest.mark.usefixtures("forms")]
FROM, TO = date(2026, 11, 1), date(2026, 11, 19)


def department(code: str, institution: str = "H1") -> int:
    return Department.objects.get(code=code, institution__code=institution).pk


def draw(actor: Any, tier: int = 2, departments: list[int] | None = None, **values: Any) -> SampleDraw:
    arguments: dict[str, Any] = {
        "actor": actor, "tier": tier, "period_from": FROM, "period_to": TO, "size": 10, "stratify": "none",
        "department_ids": [department("0401")] if departments is None else departments, **values,
    }  # fmt: skip
    return SampleDraw.objects.get(pk=create_draw(**arguments))


def done(day: int = 10, **values: Any) -> Task:
    return make_task(date(2026, 11, day), **{"state": "done", "closed_on": date(2026, 11, day), **values})


def drawn(row: SampleDraw) -> list[int]:
    return list(row.items.order_by("pk").values_list("task_id", flat=True))


# --- who may not ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["clinician", "doctor", "centre", "it", "admin"])
def test_who_has_no_tier_draws_nothing(who: str) -> None:
    done()
    with pytest.raises(NotAllowed):
        draw(actor_named(who))


def test_the_system_draws_nothing() -> None:
    with pytest.raises(NotAllowed):
        draw(SYSTEM)


def test_another_department_is_out_of_sight() -> None:
    done()
    with pytest.raises(NotFound):
        draw(actor_named("other_supervisor"))


def test_every_department_must_be_the_supervisors_own() -> None:
    done()
    with pytest.raises(NotFound):
        draw(actor_named("supervisor"), departments=[department("0401"), department("0301")])
    assert not SampleDraw.objects.exists()


def test_a_department_that_does_not_exist() -> None:
    with pytest.raises(NotFound):
        draw(actor_named("supervisor"), departments=[10**12])


def test_a_supervisor_does_not_draw_for_tier_three() -> None:
    done()
    with pytest.raises(NotAllowed, match=r"骨科.*三级抽查"):
        draw(actor_named("supervisor"), tier=3)


def test_the_operations_centre_does_not_draw_for_tier_two() -> None:
    done()
    with pytest.raises(NotAllowed, match=r"骨科.*二级抽查"):
        draw(actor_named("operations"), tier=2)


def test_an_institution_without_audit_is_out_of_sight() -> None:
    with pytest.raises(NotFound):
        draw(actor_named("operations"), tier=3, departments=[department("0401"), department("PH", "T1")])


def test_another_tenants_department_is_not_found(in_alpha: Any, beta: Any) -> None:
    from kernel.tenancy import bind_schema

    done()
    with bind_schema(beta.schema_name):
        ortho = department("0401")
        make_form("review_tier2")
        with pytest.raises(EmptyPopulation):
            draw(actor_named("supervisor"), departments=[ortho])
        assert not SampleDraw.objects.exists()


# --- bad input ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"tier": 1}, "/tier"),
        ({"tier": 4}, "/tier"),
        ({"stratify": "disease"}, "/stratify"),
        ({"size": 0}, "/size"),
        ({"size": 201}, "/size"),
        ({"departments": []}, "/department_ids"),
        ({"departments": list(range(1, 52))}, "/department_ids"),
        ({"period_from": date(2026, 11, 20), "period_to": date(2026, 11, 19)}, "/period_to"),
        ({"period_to": date(2026, 11, 21)}, "/period_to"),
        ({"period_from": date(2025, 11, 18)}, "/period_from"),
    ],
)
def test_a_draw_that_makes_no_sense(values: dict[str, Any], pointer: str) -> None:
    done()
    with pytest.raises(InvalidInput) as caught:
        draw(actor_named("supervisor"), **values)
    assert [error.pointer for error in caught.value.errors] == [pointer]


def test_nothing_to_draw_from() -> None:
    with pytest.raises(EmptyPopulation, match="放宽时段"):
        draw(actor_named("supervisor"))
    assert not SampleDraw.objects.exists()


def test_without_a_signed_form_there_is_no_draw(in_alpha: Any) -> None:
    from followup.questionnaires.models import QuestionnaireVersion

    done()
    QuestionnaireVersion.objects.filter(questionnaire__key="review_tier2").update(state="draft")
    with pytest.raises(ReviewFormMissing, match="review_tier2"):
        draw(actor_named("supervisor"))


# --- what happens --------------------------------------------------------------------------------------------


def test_the_population_is_what_others_finished_in_the_period_there() -> None:
    supervisor, doctor = actor_named("supervisor"), actor_named("doctor")
    inside = [
        done(1, by=doctor), done(19, by=doctor), done(10, state="partial", by=doctor), done(11),
    ]  # fmt: skip
    for state in ("planned", "in_progress"):
        make_task(date(2026, 11, 10), state=state)
    for state in ("failed", "lost", "exempt", "cancelled"):
        done(10, state=state)
    make_task(date(2026, 11, 1), state="done", closed_on=date(2026, 10, 31))
    make_task(date(2026, 11, 19), state="done", closed_on=date(2026, 11, 20))
    done(10, ward="W31")
    done(10, by=supervisor)
    make_submission(done(10, by=doctor), by=supervisor)
    make_attempt(done(10, by=doctor), by=supervisor)
    row = draw(supervisor, size=50)
    assert sorted(drawn(row)) == sorted(task.pk for task in inside)
    assert (row.population, row.size) == (4, 50)
    first = row.items.select_related("form_version__questionnaire").first()
    assert first is not None
    assert (first.state, first.answers, first.total) == ("pending", {}, None)
    assert first.form_version is not None
    assert first.form_version.questionnaire.key == "review_tier2"
    assert first.department_id == department("0401")


def test_what_closes_after_the_draw_is_not_in_it() -> None:
    before = done(19)
    make_task(date(2026, 11, 20), state="done", closed_on=date(2026, 11, 20))  # closed at 15:00, it is noon
    row = draw(actor_named("supervisor"), period_to=date(2026, 11, 20))
    assert drawn(row) == [before.pk]


def test_the_order_is_md5_of_seed_and_task() -> None:
    ids = [done(10).pk for _ in range(30)]
    row = draw(actor_named("supervisor"), size=7, seed=42)
    expected = sorted(ids, key=lambda pk: hashlib.md5(f"42:{pk}".encode()).hexdigest())
    assert drawn(row) == expected[:7]


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    for _ in range(40):
        done(10)
    supervisor = actor_named("supervisor")
    first, again, other = (draw(supervisor, size=8, seed=seed) for seed in (7, 7, 8))
    assert drawn(first) == drawn(again)
    assert drawn(first) != drawn(other)


def test_a_reviewer_does_not_choose_the_seed() -> None:
    done()
    supervisor = actor_named("supervisor")
    first, second = draw(supervisor), draw(supervisor)
    assert first.seed != second.seed


@pytest.mark.parametrize(("size", "expected"), [(10, {"doctor": 6, "clinician": 3, "centre": 1}), (60, None)])
def test_staff_are_drawn_in_proportion_to_their_work(size: int, expected: dict[str, int] | None) -> None:
    people = {"doctor": 30, "clinician": 15, "centre": 5}
    actors = {name: actor_named(name) for name in people}
    for name, number in people.items():
        for _ in range(number):
            done(10, by=actors[name])
    row = draw(actor_named("supervisor"), size=size, stratify="staff")
    by_id = {actor.id: name for name, actor in actors.items()}
    found = Counter(by_id[item.task.closed_by_id or 0] for item in row.items.select_related("task"))
    assert dict(found) == (expected or people)
    assert row.population == 50


def test_wards_are_drawn_in_proportion(in_alpha: Any) -> None:
    from organization.services import save_ward

    save_ward(department=Department.objects.get(code="0401"), code="W42", name="骨科二病区")
    for _ in range(20):
        done(10)
    for _ in range(10):
        done(10, ward="W42")
    row = draw(actor_named("supervisor"), size=6, stratify="ward", seed=3)
    found = Counter(row.items.values_list("task__ward__code", flat=True))
    assert found == {"W41": 4, "W42": 2}


def test_tier_three_draws_across_departments_of_its_institution() -> None:
    ortho, cardio = done(10), done(10, ward="W31")
    row = draw(actor_named("operations"), tier=3, departments=[department("0401"), department("0301")])
    assert set(drawn(row)) == {ortho.pk, cardio.pk}
    assert sorted(row.department_names) == ["心血管内科", "骨科"]
    form = SampleItem.objects.select_related("form_version__questionnaire").filter(draw=row)[0].form_version
    assert form is not None
    assert form.questionnaire.key == "review_tier3"


def test_drawing_costs_the_same_for_any_population(django_assert_num_queries: Any) -> None:
    for _ in range(60):
        done(10)
    supervisor, ortho = actor_named("supervisor"), department("0401")
    # Savepoint and release, departments, form, strata, the draw, its items, trail, outbox.
    with django_assert_num_queries(9):
        create_draw(
            actor=supervisor, tier=2, department_ids=[ortho], period_from=FROM, period_to=TO, size=50,
            stratify="staff",
        )  # fmt: skip


def test_a_draw_is_in_the_trail_and_the_outbox() -> None:
    from kernel.models import OutboxEvent

    done()
    supervisor = actor_named("supervisor")
    row = draw(supervisor)
    trail = TrailRow.objects.get(action="review.draw.created", object_id=str(row.pk))
    assert (trail.actor_id, trail.detail["population"], trail.detail["drawn"]) == (supervisor.id, 1, 1)
    assert OutboxEvent.objects.get(type="review.drawn").payload == {"draw_id": row.pk}
