"""The catalogue of roles. A role says *what*; guardian grants on containers say *where* (access.selectors)."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from access.functions import Function as F


class Tier(IntEnum):
    """Three-tier follow-up (三级随访). Nobody acts on a peer's or a higher tier's work."""

    NONE = 0
    CLINICIAN = 1
    WARD_SUPERVISOR = 2
    OPERATIONS_CENTRE = 3


class Place(StrEnum):
    """Container permissions: the guardian codename, held on one kind of container."""

    FOLLOW_UP = "follow_up"  # on wards (and care teams)
    SUPERVISE = "supervise"  # on departments
    AUDIT = "audit"  # on institutions


@dataclass(frozen=True, slots=True)
class Role:
    code: str
    name: str
    tier: Tier
    functions: frozenset[F]
    place: Place | None = None
    public: bool = False


_PATIENTS = {F.PATIENT_VIEW, F.ORGANIZATION_VIEW, F.ENROLMENT_VIEW}
_LIBRARY = {F.QUESTIONNAIRES_VIEW, F.EDUCATION_VIEW, F.PROGRAMMES_VIEW}
# Whoever writes a form does not sign it (clinical-paths, status of this content); services hold the person apart too.
_EDITOR = {
    *_LIBRARY, F.QUESTIONNAIRES_EDIT, F.EDUCATION_EDIT, F.PROGRAMMES_EDIT, F.PROGRAMMES_ACTIVATE,
    F.SCREENING_PREVIEW, F.SCREENING_PREVIEW_NAMES,
}  # fmt: skip
_SIGNER = {
    *_LIBRARY, F.QUESTIONNAIRES_SIGN, F.EDUCATION_SIGN, F.PROGRAMMES_SIGN, F.SCREENING_PREVIEW,
    F.SCREENING_PREVIEW_NAMES,
}  # fmt: skip
_TIER1 = {
    F.TASK_VIEW, F.TASK_WORK, F.ESCALATION_HANDLE, F.RECORDING_PLAY, F.PATIENT_UNMASK, F.FLAG_SET, F.ENROLMENT_MANAGE,
    F.SCREENING_EXPLAIN, F.RECOMMENDATION_VIEW, *_LIBRARY, *_PATIENTS,
}  # fmt: skip
_REVIEW = {
    F.TASK_VIEW, F.RECORDING_PLAY, F.REVIEW_VIEW, F.REVIEW_DRAW, F.REVIEW_SCORE, F.SCREENING_EXPLAIN, *_LIBRARY,
    *_PATIENTS,
}  # fmt: skip


def _tier1(code: str, name: str, *more: F) -> Role:
    return Role(code, name, Tier.CLINICIAN, frozenset({*_TIER1, *more}), Place.FOLLOW_UP)


ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        _tier1("township_clinician", "乡镇医生"),
        _tier1("attending_doctor", "主管医生", *_SIGNER),
        _tier1("responsible_nurse", "责任护士"),
        _tier1("head_nurse", "护士长"),
        _tier1(
            "follow_up_centre", "随访中心", F.ROUTING_VIEW, F.ROUTING_RESOLVE, F.LABEL_MANAGE,
            *_EDITOR,
        ),
        Role("ward_supervisor", "行风监督员", Tier.WARD_SUPERVISOR, frozenset(_REVIEW), Place.SUPERVISE),
        Role(
            "operations_centre", "运营管理中心", Tier.OPERATIONS_CENTRE,
            frozenset({*_REVIEW, F.ROUTING_VIEW}), Place.AUDIT,
        ),
        Role(
            "hospital_it", "信息科", Tier.NONE,
            frozenset({F.INTAKE_VIEW, F.QUARANTINE_VIEW, F.QUARANTINE_REPLAY, F.ORGANIZATION_VIEW}),
        ),
        Role(
            "tenant_admin", "系统管理员", Tier.NONE,
            frozenset({
                F.ORGANIZATION_VIEW, F.SCREENING_VIEW, F.SCREENING_RUN, F.SCREENING_PREVIEW,
                F.LICENCE_STATE, *_LIBRARY,
            }),
        ),
        Role("bureau_admin", "卫健局管理员", Tier.NONE, frozenset({F.COUNTY_VIEW, F.TENANT_VIEW}), public=True),
    )
}  # fmt: skip
