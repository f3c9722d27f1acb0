from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch

from followup.programmes.contracts import StepPlan, VersionPlan
from followup.programmes.enums import VersionState
from followup.programmes.models import Enrolment, ProgrammeStep, ProgrammeVersion
from followup.programmes.rules import EXCLUSION_DEFAULTS
from kernel.tenancy import bound_schema

# Plans by (database, schema, version, digest, start): a signed version never changes, and reading 200 of them with
# their steps for each discharge would cost more than screening it. Which institutions run a line of their own changes
# without the county's version, so that is no part of what is kept.
_plans: dict[tuple[str, str, int, str, date], VersionPlan] = {}
_PLANS_KEPT = 5_000


def list_active_versions() -> list[VersionPlan]:
    """What screening runs, in a fixed order. One query, three when a version is met for the first time."""
    database, schema = str(connection.settings_dict["NAME"]), bound_schema()
    rows = list(
        ProgrammeVersion.objects.filter(state__in=[VersionState.ACTIVE, VersionState.PAUSED])
        .order_by("pk")
        .values_list("pk", "digest", "starts_on", "programme_id", "institution_id", "state")
    )
    keys = [(database, schema, *row[:3]) for row in rows if row[5] == VersionState.ACTIVE]
    # Looked up once: another thread may be emptying what is kept.
    known = {key: plan for key in keys if (plan := _plans.get(key)) is not None}
    missing = [key[2] for key in keys if key not in known]
    found = {plan.id: plan for plan in _read_plans(missing)} if missing else {}
    plans = [found.get(key[2]) or known[key] for key in keys]
    if missing:
        if len(_plans) + len(found) > _PLANS_KEPT:
            _plans.clear()
        _plans.update(zip(keys, plans, strict=True))
    # A paused local line still keeps its institution's discharges away from the county's version.
    local: dict[int, list[int]] = {}
    for _, _, _, programme_id, institution_id, _ in rows:
        if institution_id is not None:
            local.setdefault(programme_id, []).append(institution_id)
    return [_leave_to_lines(plan, local) for plan in plans]


def _read_plans(version_ids: Iterable[int]) -> list[VersionPlan]:
    versions = (
        ProgrammeVersion.objects.filter(pk__in=version_ids)
        .select_related("programme")
        .prefetch_related(Prefetch("steps", ProgrammeStep.objects.order_by("seq")))
    )
    return [_plan_of(version) for version in versions]


def list_paused_versions() -> list[VersionPlan]:
    """Lines that take nobody new for the time being. One query, four when there are any."""
    paused = ProgrammeVersion.objects.filter(state=VersionState.PAUSED).order_by("pk")
    ids = list(paused.values_list("pk", flat=True))
    if not ids:
        return []
    plans = sorted(_read_plans(ids), key=lambda plan: plan.id)
    lines = ProgrammeVersion.objects.filter(
        programme_id__in={plan.programme_id for plan in plans},
        institution__isnull=False,
        state__in=[VersionState.ACTIVE, VersionState.PAUSED],
    )
    local: dict[int, list[int]] = {}
    for programme_id, institution_id in lines.values_list("programme_id", "institution_id"):
        local.setdefault(programme_id, []).append(institution_id or 0)
    return [_leave_to_lines(plan, local) for plan in plans]


def _leave_to_lines(plan: VersionPlan, local: Mapping[int, Sequence[int]]) -> VersionPlan:
    """The county's version without the institutions that follow a line of their own (`local` by programme)."""
    if plan.institution_id is not None or plan.programme_id not in local:
        return plan
    return replace(plan, excluded_institution_ids=tuple(sorted(local[plan.programme_id])))


def list_versions_of_encounter(*, encounter_id: int) -> dict[int, VersionPlan]:
    """The versions of the encounter's running enrolments by enrolment id: a patient stays on their version."""
    enrolments = dict(
        Enrolment.objects.filter(encounter_id=encounter_id, state__in=["active", "paused"]).values_list(
            "pk", "version_id"
        )
    )
    plans = {plan.id: plan for plan in _read_plans(set(enrolments.values()))}
    return {pk: plans[version_id] for pk, version_id in enrolments.items()}


def list_periodic_versions() -> list[VersionPlan]:
    """The versions with a periodic step on which somebody is enrolled, whatever has become of the version itself."""
    active = Enrolment.objects.filter(version=OuterRef("pk"), state="active")
    periodic = ProgrammeStep.objects.filter(version=OuterRef("pk"), repeat_every__isnull=False)
    found = ProgrammeVersion.objects.filter(Exists(periodic), Exists(active)).order_by("pk")
    return _read_plans(list(found.values_list("pk", flat=True)))


def _plan_of(version: ProgrammeVersion) -> VersionPlan:
    exclusions = {**EXCLUSION_DEFAULTS, **version.exclusions}
    return VersionPlan(
        id=version.pk,
        programme_id=version.programme_id,
        key=version.programme.key,
        name=version.document.get("name") or version.programme.name,
        version=version.version,
        criteria=version.criteria,
        criteria_text=tuple(version.criteria_text),
        starts_on=version.starts_on,
        steps=tuple(_plan_step(step) for step in version.steps.all()),
        excluded_flags=tuple(sorted(flag for flag, is_on in exclusions.items() if is_on)),
        institution_id=version.institution_id,
        merge=version.merge,
        kind=version.document.get("kind") or version.programme.kind,
    )


def _plan_step(step: ProgrammeStep) -> StepPlan:
    return StepPlan(
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
        kind=step.kind,
        text=step.text,
        repeat_every=step.repeat_every,
        repeat_times=step.repeat_times,
        repeat_until=step.repeat_until,
        owner_staff_no=step.owner_staff_no,
        education=tuple(step.education),
    )
