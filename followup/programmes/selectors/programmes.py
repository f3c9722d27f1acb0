from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from followup.programmes.enums import OPEN_STATES, VersionState
from followup.programmes.models import Enrolment, Programme, ProgrammeStep, ProgrammeVersion
from followup.programmes.selectors.versions import CURRENT
from kernel.errors import NotFound


def list_programmes(*, programme_id: int | None = None) -> list[dict[str, Any]]:
    """One row per programme (or of the one): what the county's line runs, else its latest version; and its lines.
    Two queries; a tenant has tens of programmes."""
    programmes = (
        Programme.objects.all() if programme_id is None else Programme.objects.filter(pk=programme_id)
    )
    shown = (
        ProgrammeVersion.objects.filter(programme=OuterRef("pk"), institution=None)
        .annotate(rank=CURRENT)
        .order_by("rank", "-version")
    )
    enrolled = Enrolment.objects.filter(programme=OuterRef("pk")).values("programme")
    steps = ProgrammeStep.objects.filter(version=OuterRef("version_id")).values("version")
    rows = (
        programmes.annotate(version_id=Subquery(shown.values("pk")[:1]))
        .filter(version_id__isnull=False)
        .annotate(
            version=Subquery(shown.values("version")[:1]),
            state=Subquery(shown.values("state")[:1]),
            criteria_text=Subquery(shown.values("criteria_text")[:1]),
            steps=Coalesce(Subquery(steps.annotate(n=Count("pk")).values("n")), 0),
            enrolled=Coalesce(Subquery(enrolled.annotate(n=Count("pk")).values("n")), 0),
        )
        .order_by("kind", "name", "pk")
        .values(
            "id", "key", "name", "kind", "specialty", "version_id", "version", "state", "steps", "enrolled",
            "criteria_text",
        )
    )  # fmt: skip
    lines = _list_lines(programme_id)
    return [
        {**row, "id": str(row["id"]), "version_id": str(row["version_id"]), "lines": lines[row["id"]]}
        for row in rows
    ]


def _list_lines(programme_id: int | None) -> dict[int, list[dict[str, Any]]]:
    """Programme id → its lines, the county's first, each with the version that stands for it. One query."""
    county = (
        ProgrammeVersion.objects.filter(programme=OuterRef("programme"), institution=None)
        .exclude(state__in=OPEN_STATES)
        .annotate(rank=CURRENT)
        .order_by("rank", "-version")
        .values("pk")[:1]
    )
    versions = ProgrammeVersion.objects.all()
    if programme_id is not None:
        versions = versions.filter(programme_id=programme_id)
    rows = (
        versions.order_by(
            "programme_id", F("institution_id").asc(nulls_first=True), CURRENT, "-version"
        )
        .distinct("programme_id", "institution_id")
        .values(
            "programme_id", "id", "version", "state", "base_version_id", "local_reason", "institution_id",
            institution_name=F("institution__name"),
            county_id=Subquery(county),
            is_same=Q(document=F("base_version__document")),
        )
    )  # fmt: skip
    lines: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        is_local = row["institution_id"] is not None
        lines[row["programme_id"]].append(
            {
                "institution_id": str(row["institution_id"]) if is_local else None,
                "institution_name": row["institution_name"],
                "version_id": str(row["id"]),
                "version": row["version"],
                "state": row["state"],
                "base_version_id": str(row["base_version_id"]) if row["base_version_id"] else None,
                "local_reason": row["local_reason"],
                "differs": is_local and not row["is_same"],
                "outdated": is_local and row["county_id"] != row["base_version_id"],
            }
        )
    return lines


def get_programme(*, programme_id: int) -> dict[str, Any]:
    """The list's row with the shown version's criteria and steps, and all versions. Raises NotFound."""
    row = next(iter(list_programmes(programme_id=programme_id)), None)
    if row is None:
        raise NotFound()
    version = ProgrammeVersion.objects.get(pk=int(row["version_id"]))
    steps = (
        ProgrammeStep.objects.filter(version=version)
        .order_by("seq")
        .values(
            "id", "seq", "code", "name", "kind", "text", "anchor", "day", "window_before", "window_after",
            "repeat_every", "repeat_times", "repeat_until", "channels", "owner", "owner_staff_no", "education",
            questionnaire_title=F("questionnaire_version__questionnaire__title"),
        )
    )  # fmt: skip
    return {
        **row,
        "criteria": version.criteria,
        "source": version.source,
        "licence": version.licence,
        "starts_on": version.starts_on,
        "signed_by_name": version.signed_by_name,
        "signed_at": version.signed_at,
        "step_list": [{**step, "id": str(step["id"])} for step in steps],
        "versions": _list_versions(programme_id),
    }


def _list_versions(programme_id: int) -> list[dict[str, Any]]:
    enrolled = Enrolment.objects.filter(version=OuterRef("pk")).values("version")
    rows = (
        ProgrammeVersion.objects.filter(programme_id=programme_id)
        .order_by("-version")
        .values(
            "version", "state", "state_note", "starts_on", "created_at", "created_by_name", "updated_at",
            "updated_by_name", "signed_by_name", "signed_at", "activated_at", "retired_at", "institution_id",
            version_id=F("pk"),
            institution_name=F("institution__name"),
            enrolled=Coalesce(Subquery(enrolled.annotate(n=Count("pk")).values("n")), 0),
        )
    )  # fmt: skip
    return [
        {
            **row,
            "version_id": str(row["version_id"]),
            "institution_id": str(row["institution_id"]) if row["institution_id"] is not None else None,
        }
        for row in rows
    ]


def count_by_questionnaire(questionnaire_ids: Sequence[int]) -> dict[int, int]:
    """Questionnaire id → how many programmes ask it in a signed version that is not retired. One query."""
    rows = (
        ProgrammeStep.objects.filter(
            questionnaire_version__questionnaire__in=list(questionnaire_ids),
            version__state__in=[VersionState.SIGNED, VersionState.ACTIVE, VersionState.PAUSED],
        )
        .values("questionnaire_version__questionnaire")
        .annotate(n=Count("version__programme", distinct=True))
    )
    return {row["questionnaire_version__questionnaire"]: row["n"] for row in rows}


def count_by_card(keys: Sequence[str]) -> dict[str, int]:
    """Card key → how many programmes name it in a version that is not retired. One query."""
    wanted, found = set(keys), defaultdict(set)
    rows = ProgrammeStep.objects.exclude(version__state=VersionState.RETIRED).exclude(education=[])
    for programme_id, cards in rows.values_list("version__programme_id", "education"):
        for key in wanted.intersection(cards):
            found[key].add(programme_id)
    return {key: len(programmes) for key, programmes in found.items()}
