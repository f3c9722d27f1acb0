from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    CharField,
    Count,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    Subquery,
    Value,
)
from django.db.models.functions import Cast, Coalesce, JSONObject, NullIf

from followup.programmes.enums import OPEN_STATES, VersionState
from followup.programmes.models import Enrolment, ProgrammeStep, ProgrammeVersion
from followup.programmes.selectors.versions import CURRENT
from kernel.errors import NotFound


def list_programmes(*, programme_id: int | None = None) -> list[dict[str, Any]]:
    """One row per programme (or of the one): what the county's line runs, else its latest version, with that
    version's axis; its lines, and the versions in work. One query; a tenant has tens of programmes."""
    county = ProgrammeVersion.objects.filter(institution=None)
    if programme_id is not None:
        county = county.filter(programme_id=programme_id)
    shown = county.order_by("programme_id", CURRENT, "-version").distinct("programme_id").values("pk")
    enrolled = Enrolment.objects.filter(programme=OuterRef("programme")).values("programme")
    rows = (
        ProgrammeVersion.objects.filter(pk__in=shown)
        .annotate(
            axis=_axis(),
            lines=_lines(),
            open_versions=_open_versions(),
            enrolled=Coalesce(Subquery(enrolled.annotate(n=Count("pk")).values("n")), 0),
        )
        .order_by("programme__kind", "programme__name", "programme_id")
        .values(
            "version", "state", "criteria_text", "enrolled", "axis", "lines", "open_versions", "signed_by_name",
            "signed_at", "programme_id",
            version_id=Cast("pk", _TEXT),
            key=F("programme__key"),
            name=F("programme__name"),
            kind=F("programme__kind"),
            specialty=F("programme__specialty"),
        )
    )  # fmt: skip
    return [_present_row(dict(row)) for row in rows]


_TEXT = CharField()
# A paused line of an institution still keeps its discharges away from the county's.
_RUNNING = (VersionState.ACTIVE, VersionState.PAUSED)


def _axis() -> ArraySubquery:
    """What the line of days draws of each step, in the order of the document."""
    return ArraySubquery(
        ProgrammeStep.objects.filter(version=OuterRef("pk"))
        .order_by("seq")
        .values(
            json=JSONObject(
                anchor="anchor",
                day="day",
                window_before="window_before",
                window_after="window_after",
                kind="kind",
                channel="channels__0",
                owner="owner",
                repeat_every="repeat_every",
            )
        )
    )


# Who wrote a version last; nobody has edited the product's own since it was loaded.
_EDITED = {
    "edited_by_name": Coalesce(NullIf("updated_by_name", Value("")), "created_by_name"),
    "edited_at": Coalesce("updated_at", "created_at"),
}


def _lines() -> ArraySubquery:
    """The lines of the row's programme, the county's first, each with the version that stands for it."""
    county = (
        ProgrammeVersion.objects.filter(programme=OuterRef("programme"), institution=None)
        .exclude(state__in=OPEN_STATES)
        .order_by(CURRENT, "-version")
        .values("pk")[:1]
    )
    return ArraySubquery(
        ProgrammeVersion.objects.filter(programme=OuterRef("programme"))
        .order_by(F("institution_id").asc(nulls_first=True), CURRENT, "-version")
        .distinct("institution_id")
        .values(
            json=JSONObject(
                institution_id=Cast("institution_id", _TEXT),
                institution_name="institution__name",
                version_id=Cast("pk", _TEXT),
                version="version",
                state="state",
                base_version_id=Cast("base_version_id", _TEXT),
                local_reason="local_reason",
                county_id=Cast(Subquery(county), _TEXT),
                is_same=ExpressionWrapper(Q(document=F("base_version__document")), BooleanField()),
                signed_by_name="signed_by_name",
                signed_at="signed_at",
                **_EDITED,
            )
        )
    )


def _open_versions() -> ArraySubquery:
    """Whatever is written, waits for a signature, or is signed and waits to go live, the newest first."""
    return ArraySubquery(
        ProgrammeVersion.objects.filter(
            programme=OuterRef("programme"), state__in=[*OPEN_STATES, VersionState.SIGNED]
        )
        .order_by("-version")
        .values(
            json=JSONObject(
                version_id=Cast("pk", _TEXT),
                version="version",
                state="state",
                institution_id=Cast("institution_id", _TEXT),
                **_EDITED,
            )
        )
    )


def _present_row(row: dict[str, Any]) -> dict[str, Any]:
    lines = [_present_line(line) for line in row["lines"]]
    standing = {line["institution_id"]: line["version"] for line in lines}
    programme_id = row.pop("programme_id")
    return {
        **row,
        "id": str(programme_id),
        "steps": len(row["axis"]),
        "lines": lines,
        # A signed version that a newer one has overtaken waits for nothing.
        "open_versions": [
            version
            for version in row["open_versions"]
            if version["state"] in OPEN_STATES or version["version"] >= standing[version["institution_id"]]
        ],
        "is_inherited": not any(line["institution_id"] and line["state"] in _RUNNING for line in lines),
    }


def _present_line(line: dict[str, Any]) -> dict[str, Any]:
    is_local, county_id = line["institution_id"] is not None, line.pop("county_id")
    return line | {
        "differs": is_local and not line.pop("is_same"),
        "outdated": is_local and county_id != line["base_version_id"],
    }


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
