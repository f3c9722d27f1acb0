"""What the editor asks of a document that is not stored yet, and the exchange format of one that is."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from followup.questionnaires import ports
from followup.questionnaires.engine import evaluate
from followup.questionnaires.enums import VersionState
from followup.questionnaires.errors import DraftUnfinished, InvalidDocument
from followup.questionnaires.fhir import export_questionnaire
from followup.questionnaires.models import Questionnaire, QuestionnaireVersion
from followup.questionnaires.policy import openable, usable
from followup.questionnaires.rules import find_removed
from followup.questionnaires.schema import DocumentError, list_unkeepable, validate_document
from followup.questionnaires.selectors.licences import is_usable
from followup.questionnaires.warnings import find_warnings
from kernel.errors import NotFound


def judge_document(document: object, questionnaire_id: int | None = None) -> dict[str, Any]:
    """Faults, which refuse it, and warnings, which do not. Raises NotFound."""
    questionnaire = None
    if questionnaire_id is not None:
        questionnaire = openable(Questionnaire.objects.filter(pk=questionnaire_id)).first()
        if questionnaire is None:
            raise NotFound()
    faults = find_faults(document, questionnaire)
    warnings = [] if faults or not isinstance(document, Mapping) else find_warnings(document)
    return {
        "faults": [fault.to_dict() for fault in faults],
        "warnings": [warning.to_dict() for warning in warnings],
    }


def find_faults(
    document: object, questionnaire: Questionnaire | None, used: Mapping[str, Sequence[str]] | None = None
) -> list[DocumentError]:
    """Every fault of the document, and what its stored answers and the scale's licence forbid.

    `used`: what stored answers hold (ports.collect_usage), when the caller knows it already.
    """
    faults = validate_document(document)
    if list_unkeepable(faults) or not isinstance(document, Mapping):
        return faults
    scale = document.get("locked_scale", "")
    if questionnaire is None:
        return [*faults, *_check_scale(scale, "")]
    if document["key"] != questionnaire.key:
        faults.append(
            DocumentError(
                "/key",
                "key_changed",
                f"问卷编号是 {questionnaire.key}，不能改",
                "请改回原来的编号",
                keepable=False,
            )
        )
    faults += _check_scale(scale, questionnaire.locked_scale)
    used = ports.collect_usage(questionnaire.pk) if used is None else used
    if used:
        faults += find_removed(document, _read_signed(questionnaire), used)
    return faults


def _check_scale(scale: str, before: str) -> list[DocumentError]:
    """A protected scale cannot be freed by leaving its name out, nor made without a licence."""
    place = "/locked_scale"
    if before and scale != before:
        return [
            DocumentError(
                place, "locked", f"这是受保护的量表 {before}，不能改", f"请保留 {before}", keepable=False
            )
        ]
    if scale and not is_usable(scale):
        return [
            DocumentError(
                place,
                "licence_missing",
                f"本机构没有量表 {scale} 的有效授权",
                "请系统管理员先登记授权",
                keepable=False,
            )
        ]
    return []


def _read_signed(questionnaire: Questionnaire) -> dict[str, Any] | None:
    versions = questionnaire.versions.filter(state__in=[VersionState.SIGNED, VersionState.RETIRED])
    return versions.order_by("-version").values_list("document", flat=True).first()


def evaluate_draft(
    document: Mapping[str, Any],
    answers: Mapping[str, Any],
    previous: Sequence[Mapping[str, Any]] | None,
    context: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """For the editor's preview; nothing is stored. Raises InvalidDocument."""
    faults = validate_document(document)
    if faults:
        raise InvalidDocument.of(faults)
    return evaluate(document, answers, previous, context).to_dict()


def export_fhir(version_id: int) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """The FHIR R4 Questionnaire of a version, and what it cannot carry. Raises NotFound, DraftUnfinished."""
    rows = usable(QuestionnaireVersion.objects.filter(pk=version_id))
    row = rows.values("document", "version", "state", "signed_at").first()
    if row is None:
        raise NotFound()
    faults = validate_document(row["document"]) if row["state"] == VersionState.DRAFT else []
    if faults:
        raise DraftUnfinished.of(faults)
    resource, losses = export_questionnaire(
        row["document"],
        version=str(row["version"]),
        state=row["state"],
        date=row["signed_at"].date() if row["signed_at"] else None,
    )
    return resource, [asdict(loss) for loss in losses]
