"""A version row and its steps, written from the document. The document is the truth; columns are for screening."""

from collections.abc import Mapping
from typing import Any

from access.actor import Actor
from followup.programmes.criteria import describe
from followup.programmes.enums import VersionState
from followup.programmes.errors import InvalidProgramme
from followup.programmes.library import compute_digest
from followup.programmes.models import Programme, ProgrammeStep, ProgrammeVersion
from followup.programmes.rules import DocumentFault, find_document_faults, normalise_document
from followup.programmes.selectors.references import find_unknown_references
from kernel import clock
from kernel.errors import FieldError, NotFound
from trail.services import record


def check_document(
    document: object,
    *,
    is_complete: bool = True,
    known_forms: Mapping[str, int] | None = None,
    prefix: str = "",
) -> dict[str, Any]:
    """The document with its defaults. Raises InvalidProgramme with every fault, pointers below `prefix`."""
    faults = find_document_faults(document, is_complete=is_complete)
    if faults:
        refuse(faults, prefix)
    assert isinstance(document, Mapping)
    normalised = normalise_document(document)
    refuse(find_unknown_references(normalised, known_forms or {}, with_staff=is_complete), prefix)
    return normalised


def refuse(faults: list[DocumentFault], prefix: str = "") -> None:
    if faults:
        errors = [FieldError(f"{prefix}{f.pointer}", f.code, f"{f.message}；{f.cure}") for f in faults]
        raise InvalidProgramme(errors[0].message, errors=errors)


def fill_version(version: ProgrammeVersion, document: dict[str, Any], actor: Actor) -> None:
    """Columns from a normalised document; the caller saves, then calls `replace_steps`."""
    version.document = document
    version.criteria = document["criteria"]
    version.criteria_text = describe(document["criteria"])
    version.stop_rules = document["stop"]
    version.on_readmission = document["on_readmission"]
    version.exclusions = document["exclusions"]
    version.merge = document["merge"]
    version.source = document["source"]
    version.licence = document["licence"]
    version.digest = compute_digest({"document": document})
    version.updated_at = clock.now()
    version.updated_by_id, version.updated_by_name = actor.id or None, actor.name


def replace_steps(version: ProgrammeVersion) -> None:
    """Only of drafts: no task hangs on their steps. Forms are bound when the version is signed."""
    version.steps.all().delete()
    ProgrammeStep.objects.bulk_create(
        ProgrammeStep(
            version=version,
            seq=seq,
            code=step["code"],
            name=step["name"],
            kind=step["kind"],
            text=step["text"],
            anchor=step["anchor"],
            day=step["day"],
            window_before=-step["window"][0],
            window_after=step["window"][1],
            repeat_every=(step["repeat"] or {}).get("every"),
            repeat_times=(step["repeat"] or {}).get("times"),
            repeat_until=(step["repeat"] or {}).get("until"),
            revisit=step.get("revisit"),
            channels=step["channel"],
            owner=step["owner"],
            owner_staff_no=step["staff_no"],
            education=step["education"],
        )
        for seq, step in enumerate(version.document["steps"], start=1)
    )


def bind_forms(version: ProgrammeVersion, forms: Mapping[str, int]) -> None:
    """From here on each step asks exactly this version of its form; the signature covers it."""
    steps = list(version.steps.order_by("seq"))
    for step, described in zip(steps, version.document["steps"], strict=True):
        step.questionnaire_version_id = forms.get(described["questionnaire"])
    ProgrammeStep.objects.bulk_update(steps, ["questionnaire_version"])
    version.digest = compute_digest({"document": version.document, "forms": forms})


def describe_programme(programme: Programme, document: Mapping[str, Any]) -> None:
    """The programme is listed under the words of what runs; before anything is signed, of what is being written."""
    programme.name, programme.kind = document["name"], document["kind"]
    programme.specialty = document["specialty"]
    programme.save(update_fields=["name", "kind", "specialty"])


def lock_programme(programme_id: int) -> Programme:
    """The row lock numbers versions one by one and keeps two activations apart. Raises NotFound."""
    programme = Programme.objects.select_for_update().filter(pk=programme_id).first()
    if programme is None:
        raise NotFound()
    return programme


def lock_version(version_id: int) -> ProgrammeVersion:
    """The version, its programme locked before it. Raises NotFound."""
    programme_id = (
        ProgrammeVersion.objects.filter(pk=version_id).values_list("programme_id", flat=True).first()
    )
    if programme_id is None:
        raise NotFound()
    programme = lock_programme(programme_id)
    version = ProgrammeVersion.objects.select_for_update().filter(pk=version_id).first()
    if version is None:
        raise NotFound()
    version.programme = programme
    return version


def has_been_signed(programme: Programme) -> bool:
    return programme.versions.filter(
        state__in=[VersionState.SIGNED, VersionState.ACTIVE, VersionState.PAUSED, VersionState.RETIRED]
    ).exists()


def note(actor: Actor, action: str, version: ProgrammeVersion, reason: str = "", **detail: Any) -> None:
    record(
        actor_id=actor.id or None, actor_name=actor.name, action=f"programmes.version.{action}",
        object_type="programme_version", object_id=version.pk, reason=reason, **detail,
    )  # fmt: skip
