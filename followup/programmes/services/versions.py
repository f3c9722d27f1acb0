from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max

from access.actor import Actor
from followup.programmes.criteria import describe
from followup.programmes.enums import VersionState
from followup.programmes.errors import SignerMissing, VersionNotDraft, VersionNotSigned
from followup.programmes.library import compute_digest
from followup.programmes.models import Programme, ProgrammeStep, ProgrammeVersion
from followup.programmes.rules import find_document_faults
from kernel import clock
from kernel.errors import FieldError, InvalidInput, NotFound
from trail.services import record


@transaction.atomic
def save_version(
    *,
    actor: Actor,
    document: Mapping[str, Any],
    starts_on: date,
    questionnaires: Mapping[str, int] | None = None,
) -> ProgrammeVersion:
    """Keep the document as a new draft version of its programme, or return the version that already says this.

    `questionnaires` gives the signed version's id of every form that the steps name. Raises InvalidInput with every
    fault of the document.
    """
    known = questionnaires or {}
    faults = find_document_faults(document)
    if not faults:
        for i, step in enumerate(document["steps"]):
            form = step.get("questionnaire")
            if form is not None and form not in known:
                faults.append(
                    FieldError(
                        f"/steps/{i}/questionnaire", "unknown_form", f"没有问卷 {form}，请先导入并签署"
                    )
                )
    if faults:
        raise InvalidInput("随访路径有误", errors=faults)
    forms = {
        step["questionnaire"]: known[step["questionnaire"]]
        for step in document["steps"]
        if "questionnaire" in step
    }
    digest = compute_digest({"document": document, "forms": forms})
    values = {"name": document["name"], "kind": document["kind"]}
    programme, _ = Programme.objects.get_or_create(key=document["key"], defaults=values)
    # The row lock numbers versions one by one, and makes a second loader wait and then find the digest.
    programme = Programme.objects.select_for_update().get(pk=programme.pk)
    latest = programme.versions.order_by("-version").first()
    if latest is not None and latest.digest == digest:
        return latest
    Programme.objects.filter(pk=programme.pk).update(**values)
    number = programme.versions.aggregate(last=Max("version"))["last"] or 0
    readmission = document.get("on_readmission", {})
    version = ProgrammeVersion.objects.create(
        programme=programme,
        version=number + 1,
        criteria=document["criteria"],
        criteria_text=describe(document["criteria"]),
        stop_rules=document.get("stop", []),
        on_readmission=readmission if isinstance(readmission, dict) else {"rule": readmission},
        source=document.get("source", []),
        licence=document.get("licence", ""),
        digest=digest,
        starts_on=starts_on,
        created_at=clock.now(),
    )
    ProgrammeStep.objects.bulk_create(
        ProgrammeStep(
            version=version,
            seq=seq,
            code=step["code"],
            name=step["name"],
            anchor=step.get("anchor", "discharge"),
            day=step["day"],
            window_before=-step.get("window", [0, 0])[0],
            window_after=step.get("window", [0, 0])[1],
            channels=step["channel"],
            owner=step["owner"],
            questionnaire_version_id=forms.get(step.get("questionnaire")),
        )
        for seq, step in enumerate(document["steps"], start=1)
    )
    _record(actor, "programmes.version.saved", version, key=programme.key, number=version.version)
    return version


@transaction.atomic
def sign_version(*, actor: Actor, version_id: int, signer_name: str) -> ProgrammeVersion:
    """A named clinician of the tenant answers for it. Raises NotFound, VersionNotDraft, SignerMissing."""
    version = _lock_version(version_id)
    if version.state != VersionState.DRAFT:
        raise VersionNotDraft()
    if not signer_name.strip():
        raise SignerMissing()
    version.state, version.signed_by_name, version.signed_at = (
        VersionState.SIGNED,
        signer_name.strip(),
        clock.now(),
    )
    version.save(update_fields=["state", "signed_by_name", "signed_at"])
    _record(actor, "programmes.version.signed", version, signed_by=version.signed_by_name)
    return version


@transaction.atomic
def activate_version(*, actor: Actor, version_id: int) -> ProgrammeVersion:
    """Screen with this version from now on; the one before retires, its patients stay on it.

    Raises NotFound, VersionNotSigned. Activating the active version again changes nothing.
    """
    version = _lock_version(version_id)
    if version.state == VersionState.ACTIVE:
        return version
    if version.state not in {VersionState.SIGNED, VersionState.PAUSED}:
        raise VersionNotSigned()
    ProgrammeVersion.objects.filter(programme_id=version.programme_id, state=VersionState.ACTIVE).update(
        state=VersionState.RETIRED
    )
    version.state = VersionState.ACTIVE
    version.save(update_fields=["state"])
    _record(actor, "programmes.version.activated", version)
    return version


def _lock_version(version_id: int) -> ProgrammeVersion:
    version = ProgrammeVersion.objects.select_for_update().filter(pk=version_id).first()
    if version is None:
        raise NotFound()
    return version


def _record(actor: Actor, action: str, version: ProgrammeVersion, **detail: Any) -> None:
    record(
        actor_id=actor.id or None, actor_name=actor.name, action=action,
        object_type="programme_version", object_id=version.pk, **detail,
    )  # fmt: skip
