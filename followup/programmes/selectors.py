from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Count, F, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce

from followup.programmes.contracts import StepPlan, VersionPlan
from followup.programmes.enums import VersionState
from followup.programmes.models import Enrolment, Programme, ProgrammeStep, ProgrammeVersion
from kernel.errors import NotFound
from kernel.tenancy import bound_schema


def list_programmes() -> list[dict[str, Any]]:
    """One row per programme: its active version, else its latest. One query; a tenant has tens of programmes."""
    shown = (
        ProgrammeVersion.objects.filter(programme=OuterRef("pk"))
        .annotate(rank=Q(state=VersionState.ACTIVE))
        .order_by("-rank", "-version")
    )
    enrolled = Enrolment.objects.filter(programme=OuterRef("pk")).values("programme")
    steps = ProgrammeStep.objects.filter(version=OuterRef("version_id")).values("version")
    rows = (
        Programme.objects.annotate(version_id=Subquery(shown.values("pk")[:1]))
        .filter(version_id__isnull=False)
        .annotate(
            version=Subquery(shown.values("version")[:1]),
            state=Subquery(shown.values("state")[:1]),
            criteria_text=Subquery(shown.values("criteria_text")[:1]),
            steps=Coalesce(Subquery(steps.annotate(n=Count("pk")).values("n")), 0),
            enrolled=Coalesce(Subquery(enrolled.annotate(n=Count("pk")).values("n")), 0),
        )
        .order_by("kind", "name", "pk")
        .values("id", "key", "name", "kind", "version", "state", "steps", "enrolled", "criteria_text")
    )
    return [{**row, "id": str(row["id"])} for row in rows]


def get_programme(*, programme_id: int) -> dict[str, Any]:
    """The list's row with its criteria and steps. Raises NotFound."""
    row = next((row for row in list_programmes() if row["id"] == str(programme_id)), None)
    if row is None:
        raise NotFound()
    version = ProgrammeVersion.objects.get(programme_id=programme_id, version=row["version"])
    steps = (
        ProgrammeStep.objects.filter(version=version)
        .order_by("seq")
        .values(
            "id", "seq", "code", "name", "anchor", "day", "window_before", "window_after", "channels", "owner",
            questionnaire_title=F("questionnaire_version__questionnaire__title"),
        )
    )  # fmt: skip
    return {
        **row,
        "version_id": str(version.pk),
        "criteria": version.criteria,
        "source": version.source,
        "licence": version.licence,
        "starts_on": version.starts_on,
        "signed_by_name": version.signed_by_name,
        "signed_at": version.signed_at,
        "step_list": [{**step, "id": str(step["id"])} for step in steps],
    }


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
