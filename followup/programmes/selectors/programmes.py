from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce

from followup.programmes.enums import VersionState
from followup.programmes.models import Enrolment, Programme, ProgrammeStep, ProgrammeVersion
from kernel.errors import NotFound


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
