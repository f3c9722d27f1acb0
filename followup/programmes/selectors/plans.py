from collections.abc import Iterable
from datetime import date

from django.db import connection
from django.db.models import Prefetch

from followup.programmes.contracts import StepPlan, VersionPlan
from followup.programmes.enums import VersionState
from followup.programmes.models import Enrolment, ProgrammeStep, ProgrammeVersion
from kernel.tenancy import bound_schema

# Plans by (database, schema, version, digest, start): a signed version never changes, and reading 200 of them with
# their steps for each discharge would cost more than screening it.
_plans: dict[tuple[str, str, int, str, date], VersionPlan] = {}
_PLANS_KEPT = 5_000


def list_active_versions() -> list[VersionPlan]:
    """What screening runs, in a fixed order. One query, three when a version is met for the first time."""
    database, schema = str(connection.settings_dict["NAME"]), bound_schema()
    active = ProgrammeVersion.objects.filter(state=VersionState.ACTIVE).order_by("pk")
    keys = [(database, schema, *row) for row in active.values_list("pk", "digest", "starts_on")]
    missing = [key[2] for key in keys if key not in _plans]
    found = {plan.id: plan for plan in _read_plans(missing)} if missing else {}
    plans = [_plans.get(key) or found[key[2]] for key in keys]
    if missing:
        if len(_plans) + len(found) > _PLANS_KEPT:
            _plans.clear()
        _plans.update(zip(keys, plans, strict=True))
    return plans


def _read_plans(version_ids: Iterable[int]) -> list[VersionPlan]:
    versions = (
        ProgrammeVersion.objects.filter(pk__in=version_ids)
        .select_related("programme")
        .prefetch_related(Prefetch("steps", ProgrammeStep.objects.order_by("seq")))
    )
    return [_plan_of(version) for version in versions]


def list_versions_of_encounter(*, encounter_id: int) -> dict[int, VersionPlan]:
    """The versions of the encounter's active enrolments by enrolment id: a patient stays on their version."""
    enrolments = dict(
        Enrolment.objects.filter(encounter_id=encounter_id, state="active").values_list("pk", "version_id")
    )
    plans = {plan.id: plan for plan in _read_plans(set(enrolments.values()))}
    return {pk: plans[version_id] for pk, version_id in enrolments.items()}


def _plan_of(version: ProgrammeVersion) -> VersionPlan:
    return VersionPlan(
        id=version.pk,
        programme_id=version.programme_id,
        key=version.programme.key,
        name=version.programme.name,
        version=version.version,
        criteria=version.criteria,
        criteria_text=tuple(version.criteria_text),
        starts_on=version.starts_on,
        steps=tuple(
            StepPlan(
                id=step.pk,
                seq=step.seq,
                code=step.code,
                name=step.name,
                anchor=step.anchor,
                day=step.day,
                window_before=step.window_before,
                window_after=step.window_after,
                channel=step.channels[0],
                owner=step.owner,
                questionnaire_version_id=step.questionnaire_version_id,
            )
            for step in version.steps.all()
        ),
    )
