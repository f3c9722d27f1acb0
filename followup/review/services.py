"""Drawing a sample and judging it. The work that is judged is never changed (standards 4.2)."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from access.actor import Actor
from access.functions import Function
from followup.questionnaires.engine import evaluate
from followup.questionnaires.selectors import get_version, latest_versions
from followup.review import rules, selectors
from followup.review.enums import FORM_KEYS, InstantFail, ItemState, Stratify, Tier
from followup.review.errors import (
    AlreadyAnswered,
    AlreadyScored,
    EmptyPopulation,
    NotAnswered,
    ReviewFormMissing,
)
from followup.review.models import SampleDraw, SampleItem
from followup.review.policy import holds_tier, require_review, visible_to
from followup.review.sampling import Population, count_strata, insert_sample
from kernel import clock
from kernel.errors import FieldError, InvalidInput, NotAllowed, NotFound
from kernel.events import publish
from organization.contracts import DepartmentRef
from organization.selectors import departments_by_id
from trail.services import record


@transaction.atomic
def create_draw(
    *,
    actor: Actor,
    tier: int,
    department_ids: Iterable[int],
    period_from: date,
    period_to: date,
    size: int,
    stratify: str,
    seed: int | None = None,
) -> int:
    """Draw `size` finished tasks of the departments, closed in the period (both days included); returns the draw.

    `seed` is for drawing the same sample again; a reviewer is given a random one, lest they choose their sample.
    Raises NotAllowed, NotFound, InvalidInput, ReviewFormMissing, EmptyPopulation.
    """
    actor.require(Function.REVIEW_DRAW)
    wanted = Tier(_one_of(tier, Tier.values, "/tier"))
    spread = Stratify(_one_of(stratify, Stratify.values, "/stratify"))
    moment = clock.now()
    _check_extent(period_from, period_to, size, clock.day_of(moment))
    departments = _find_departments(actor, wanted, sorted(set(department_ids)))
    form = latest_versions([FORM_KEYS[wanted]]).get(FORM_KEYS[wanted])
    if form is None:
        raise ReviewFormMissing(f"{ReviewFormMissing.title}（{FORM_KEYS[wanted]}）")

    population = Population(
        department_ids=tuple(department.id for department in departments),
        period_from=period_from,
        period_to=period_to,
        moment=moment,
        reviewer_id=actor.id,
        stratify=spread,
    )
    strata = count_strata(population)
    if not strata:
        raise EmptyPopulation()
    draw = SampleDraw.objects.create(
        tier=wanted,
        department_ids=[department.id for department in departments],
        department_names=[department.name for department in departments],
        period_from=period_from,
        period_to=period_to,
        stratify=spread,
        size=size,
        seed=secrets.randbits(63) if seed is None else seed,
        population=sum(strata.values()),
        drawn_by_id=actor.id,
        drawn_by_name=actor.name,
        drawn_at=moment,
    )
    drawn = insert_sample(
        population,
        draw_id=draw.pk,
        seed=draw.seed,
        parts=rules.allocate(size, strata),
        form_version_id=form.id,
    )
    _note(
        actor, "review.draw.created", "review_draw", draw.pk,
        tier=int(wanted), departments=draw.department_ids, population=draw.population, drawn=drawn,
    )  # fmt: skip
    publish("review.drawn", draw_id=draw.pk)
    return draw.pk


def _one_of(value: Any, allowed: Sequence[Any], pointer: str) -> Any:
    if value not in allowed:
        choices = "、".join(str(choice) for choice in allowed)
        raise InvalidInput.at(pointer, "unknown_value", f"应为 {choices} 之一")
    return value


def _check_extent(period_from: date, period_to: date, size: int, today: date) -> None:
    if not 1 <= size <= rules.MAX_SIZE:
        raise InvalidInput.at("/size", "out_of_range", f"抽样数应为 1 到 {rules.MAX_SIZE}")
    if period_from > period_to:
        raise InvalidInput.at("/period_to", "before_start", "结束日期不能早于开始日期")
    if period_to > today:
        raise InvalidInput.at("/period_to", "in_future", "结束日期不能晚于今天")
    if (period_to - period_from).days >= rules.MAX_PERIOD_DAYS:
        raise InvalidInput.at("/period_from", "too_long", f"时段不能超过 {rules.MAX_PERIOD_DAYS} 天")


def _find_departments(actor: Actor, tier: Tier, ids: Sequence[int]) -> list[DepartmentRef]:
    """Raises InvalidInput, NotFound for one out of sight, NotAllowed for one where the tier is not held."""
    if not 1 <= len(ids) <= rules.MAX_DEPARTMENTS:
        raise InvalidInput.at(
            "/department_ids", "out_of_range", f"请选择 1 到 {rules.MAX_DEPARTMENTS} 个科室"
        )
    found = departments_by_id(ids)
    for department_id in ids:
        ref = found.get(department_id)
        if ref is None or not (ref.id in actor.departments or ref.institution_id in actor.institutions):
            raise NotFound()
    departments = [found[department_id] for department_id in ids]
    for ref in departments:
        if not holds_tier(actor, tier, department_id=ref.id, institution_id=ref.institution_id):
            raise NotAllowed(f"您没有“{ref.name}”的{tier.label}权限")
    return departments


@transaction.atomic
def save_answers(*, actor: Actor, item_id: int, answers: Mapping[str, Any]) -> None:
    """The reviewer's own answers, once: after them the original is shown, and they cannot be changed to match it.

    Raises NotFound, NotAllowed, AlreadyAnswered, InvalidInput.
    """
    item = _lock_item(actor, item_id)
    if item.answered_at is not None:
        raise AlreadyAnswered()
    judged = evaluate(get_version(item.form_version_id).document, answers)
    faults = [FieldError(f"/answers{e.pointer}", e.code, e.message) for e in judged.errors]
    faults += [FieldError(f"/answers/{name}", "required", "此题必答") for name in judged.missing_required]
    if faults:
        raise InvalidInput(faults[0].message, errors=faults)
    item.answers = judged.pruned_answers
    item.answered_at = clock.now()
    item.save(update_fields=["answers", "answered_at"])
    _note(actor, "review.item.answered", "review_item", item.pk)
    publish("review.item_answered", item_id=item.pk)


@transaction.atomic
def score_item(
    *,
    actor: Actor,
    item_id: int,
    scores: Mapping[str, int],
    instant_fail: Sequence[str] = (),
    finding: str = "",
    rectification: bool = False,
    rectification_due_on: date | None = None,
) -> None:
    """Judge the item, once. With `rectification` the finding goes back to tier 1 with a day to be put right by.

    Raises NotFound, NotAllowed, NotAnswered, AlreadyScored, InvalidInput.
    """
    item = _lock_item(actor, item_id)
    if item.state != ItemState.PENDING:
        raise AlreadyScored()
    if item.answered_at is None:
        raise NotAnswered()
    moment, finding = clock.now(), finding.strip()
    _check_score(scores, instant_fail, finding, rectification, rectification_due_on, clock.day_of(moment))
    item.state = ItemState.RECTIFICATION if rectification else ItemState.SCORED
    item.scores = {name: scores[name] for name in rules.WEIGHTS}
    item.instant_fail = sorted(set(instant_fail))
    item.total = rules.compute_total(scores, instant_fail)
    item.finding = finding
    item.rectification_due_on = rectification_due_on
    item.scored_at = moment
    item.scored_by_id = actor.id
    item.scored_by_name = actor.name
    item.save()
    _note(
        actor, "review.item.scored", "review_item", item.pk,
        total=str(item.total), instant_fail=item.instant_fail, rectification=rectification,
    )  # fmt: skip
    publish("review.item_scored", item_id=item.pk)
    if rectification:
        publish("review.rectification_opened", item_id=item.pk, task_id=item.task_id)


def _check_score(
    scores: Mapping[str, int], instant_fail: Sequence[str], finding: str, rectification: bool,
    due_on: date | None, today: date,
) -> None:  # fmt: skip
    faults: list[FieldError] = []

    def fail(pointer: str, code: str, message: str) -> None:
        faults.append(FieldError(pointer, code, message))

    for name in rules.WEIGHTS:
        if not isinstance(scores.get(name), int) or not 0 <= scores[name] <= 100:
            fail(f"/scores/{name}", "out_of_range", "请给出 0 到 100 的整数分")
    for name in scores:
        if name not in rules.WEIGHTS:
            fail(f"/scores/{name}", "unknown_field", f"不认识的评分项 {name}")
    for index, code in enumerate(instant_fail):
        if code not in InstantFail.values:
            fail(
                f"/instant_fail/{index}",
                "unknown_value",
                f"一票否决项应为 {'、'.join(InstantFail.values)} 之一",
            )
    if (instant_fail or rectification) and not finding:
        fail("/finding", "required", "一票否决或要求整改时，请写明发现的问题")
    if rectification and due_on is None:
        fail("/rectification_due_on", "required", "请给出整改期限")
    elif rectification and due_on is not None and not rules.is_rectification_day(due_on, today):
        fail(
            "/rectification_due_on",
            "out_of_range",
            f"整改期限应在明天起 {rules.MAX_RECTIFICATION_DAYS} 天之内",
        )
    elif not rectification and due_on is not None:
        fail("/rectification_due_on", "not_wanted", "未要求整改时不需要整改期限")
    if faults:
        raise InvalidInput(faults[0].message, errors=faults)


def _lock_item(actor: Actor, item_id: int) -> SampleItem:
    """Raises NotFound, NotAllowed."""
    rows = SampleItem.objects.select_for_update(of=("self",)).select_related("draw")
    item = visible_to(actor, rows).filter(pk=item_id).first()
    if item is None:
        raise NotFound()
    require_review(actor, item)
    return item


@transaction.atomic
def open_draw(*, actor: Actor, draw_id: int) -> dict[str, Any]:
    """The draw for looking at, and the trail's row that it was looked at. Raises NotFound."""
    draw = selectors.get_draw(actor, draw_id)
    _note(actor, "review.draw.viewed", "review_draw", draw_id)
    return draw


@transaction.atomic
def open_item(*, actor: Actor, item_id: int) -> dict[str, Any]:
    """As open_draw, for an item. Raises NotFound."""
    view = selectors.get_item(actor, item_id)
    _note(
        actor, "review.item.viewed", "review_item", item_id,
        task=view["item"]["task_id"], original=view["original"] is not None,
    )  # fmt: skip
    return view


def _note(actor: Actor, action: str, kind: str, object_id: int, **detail: Any) -> None:
    record(
        actor_id=actor.id, actor_name=actor.name, action=action, object_type=kind, object_id=object_id, **detail
    )  # fmt: skip
