"""Writing: a new programme, a new draft of a line, the draft itself."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max, Q

from access.actor import Actor
from followup.programmes.enums import OPEN_STATES, VersionState
from followup.programmes.errors import (
    CountyVersionMissing,
    DraftExists,
    KeyTaken,
    ProgrammeConflict,
    VersionNotDraft,
)
from followup.programmes.models import Programme, ProgrammeVersion
from followup.programmes.rules import DocumentFault
from followup.programmes.selectors.versions import find_current, get_version_detail
from followup.programmes.services.filling import (
    check_document,
    describe_programme,
    fill_version,
    has_been_signed,
    lock_programme,
    lock_version,
    note,
    refuse,
    replace_steps,
)
from kernel import clock
from kernel.errors import InvalidInput
from organization.selectors import is_institution


@transaction.atomic
def create_programme(*, actor: Actor, document: object, starts_on: date | None = None) -> int:
    """A new programme with its first draft; returns the version's id. Raises InvalidProgramme, KeyTaken."""
    return _add_programme(actor, check_document(document, prefix="/document"), starts_on or clock.today())


def _add_programme(actor: Actor, normalised: dict[str, Any], starts_on: date) -> int:
    values = {each: normalised[each] for each in ("name", "kind", "specialty")}
    programme, is_new = Programme.objects.get_or_create(key=normalised["key"], defaults=values)
    if not is_new:
        raise KeyTaken(programme_id=str(programme.pk))
    return add_draft(actor, programme, normalised, starts_on).pk


@transaction.atomic
def copy_programme(*, actor: Actor, from_version_id: int, key: str, name: str = "") -> int:
    """A new programme with the content of that version, finished or not. Raises InvalidProgramme, KeyTaken,
    InvalidInput."""
    source = ProgrammeVersion.objects.filter(pk=from_version_id).first()
    if source is None or not source.document:
        raise InvalidInput.at(
            "/from_version_id", "unknown_version", "没有这个版本，请从随访路径列表中另选一个"
        )
    document = {**source.document, "key": key, "name": name or f"{source.document['name'][:115]}（副本）"}
    # The content has been checked when it was saved: what is wrong now is the key or the name, asked for by these.
    normalised = check_document(document, is_complete=False)
    return _add_programme(actor, normalised, clock.today())


@transaction.atomic
def open_draft(
    *,
    actor: Actor,
    programme_id: int,
    from_version_id: int | None = None,
    institution_id: int | None = None,
    local_reason: str = "",
) -> int:
    """A draft on the county's line, or on that institution's own; returns its id.

    It starts from `from_version_id`, else from what the line runs, else (a new local line) from the county's version.
    Raises NotFound, DraftExists, CountyVersionMissing, InvalidInput.
    """
    programme = lock_programme(programme_id)
    line = programme.versions.filter(Q(institution_id=institution_id))
    open_id = line.filter(state__in=OPEN_STATES).values_list("pk", flat=True).first()
    if open_id is not None:
        raise DraftExists(version_id=str(open_id))
    if institution_id is not None and not is_institution(institution_id):
        raise InvalidInput.at("/institution_id", "unknown_institution", "没有这个机构，请从机构列表中选择")
    latest, county = find_current(programme.pk, institution_id), find_current(programme.pk, None)
    source = latest or county
    if from_version_id is not None:
        source = programme.versions.filter(pk=from_version_id).first()
        if source is None:
            raise InvalidInput.at("/from_version_id", "unknown_version", "此随访路径没有这个版本，请另选一个")
        if institution_id is not None and source.state in OPEN_STATES:
            raise InvalidInput.at(
                "/from_version_id",
                "not_signed",
                "该版本还是草稿，不能作为本机构版本的底稿；请选择已签署的版本",
            )
    if source is None or (institution_id is not None and (county is None or county.state in OPEN_STATES)):
        raise CountyVersionMissing()
    base_id = None
    if institution_id is not None:
        local_reason = local_reason.strip() or (latest.local_reason if latest is not None else "")
        if not local_reason:
            raise InvalidInput.at("/local_reason", "required", "请写明为什么本机构需要不同于全县的版本")
        base_id = source.pk if source.institution_id is None else source.base_version_id
    document = check_document(source.document, is_complete=False, prefix="/document")
    return add_draft(
        actor, programme, document, source.starts_on, institution_id=institution_id, base_version_id=base_id,
        local_reason=local_reason if institution_id is not None else "",
    ).pk  # fmt: skip


@transaction.atomic
def save_draft(
    *, actor: Actor, version_id: int, document: object, starts_on: date, expected_revision: int
) -> None:
    """Edit in place; a reviewed version becomes a draft again.

    Raises NotFound, VersionNotDraft, ProgrammeConflict when somebody else saved in between, InvalidProgramme.
    """
    version = lock_version(version_id)
    if version.state not in OPEN_STATES:
        raise VersionNotDraft()
    if version.revision != expected_revision:
        raise ProgrammeConflict(
            f"{version.updated_by_name or '他人'}已在您之后保存过此草稿，您的修改没有保存",
            current=get_version_detail(actor, version_id),
        )
    normalised = check_document(document, prefix="/document")
    if normalised["key"] != version.programme.key:
        cure = f"请保留 {version.programme.key}，或另存为新的随访路径"
        refuse([DocumentFault("/key", "key_changed", "编号不能更改", cure)], "/document")
    fill_version(version, normalised, actor)
    version.starts_on = starts_on
    version.revision += 1
    version.state = VersionState.DRAFT
    version.reviewed_by_name, version.reviewed_at = "", None
    version.save()
    replace_steps(version)
    if not has_been_signed(version.programme):
        describe_programme(version.programme, normalised)
    note(actor, "edited", version, revision=version.revision)


@transaction.atomic
def delete_draft(*, actor: Actor, version_id: int) -> None:
    """The programme goes with its only version. Raises NotFound, VersionNotDraft."""
    version = lock_version(version_id)
    if version.state not in OPEN_STATES:
        raise VersionNotDraft("已签署的版本不能删除，只能停用")
    note(actor, "deleted", version, key=version.programme.key, number=version.version)
    version.delete()
    if not version.programme.versions.exists():
        version.programme.delete()


def add_draft(
    actor: Actor, programme: Programme, document: dict[str, Any], starts_on: date, **line: Any
) -> ProgrammeVersion:
    """The programme's row is locked."""
    number = programme.versions.aggregate(last=Max("version"))["last"] or 0
    version = ProgrammeVersion(
        programme=programme, version=number + 1, starts_on=starts_on, created_at=clock.now(),
        created_by_id=actor.id or None, created_by_name=actor.name, **line,
    )  # fmt: skip
    fill_version(version, document, actor)
    version.save()
    replace_steps(version)
    note(actor, "saved", version, key=programme.key, number=version.version)
    return version


def refill_draft(actor: Actor, version: ProgrammeVersion, document: Mapping[str, Any]) -> None:
    fill_version(version, dict(document), actor)
    version.revision += 1
    version.save()
    replace_steps(version)
    note(actor, "edited", version, revision=version.revision)
