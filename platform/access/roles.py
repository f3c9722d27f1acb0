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
    F.SCREENING_EXPLAIN, F.RECOMMENDATION_VIEW, F.CATCHMENTS_VIEW, *_LIBRARY, *_PATIENTS,
}  # fmt: skip
# Who knows the people of a place: their contracts, and where they live now.
_NEIGHBOURS = {F.CONTRACT_EDIT, F.RESIDENCE_EDIT}
_AREAS = {F.CATCHMENTS_VIEW, F.CATCHMENTS_EDIT, F.ROSTER_EDIT, F.AREA_CHANGE, F.ORGANIZATION_VIEW}
_AGREEMENTS = {F.AGREEMENT_VIEW, F.AGREEMENT_MANAGE}
_REVIEW = {
    F.TASK_VIEW, F.RECORDING_PLAY, F.REVIEW_VIEW, F.REVIEW_DRAW, F.REVIEW_SCORE, F.SCREENING_EXPLAIN, *_LIBRARY,
    *_PATIENTS,
}  # fmt: skip


def _tier1(code: str, name: str, *more: F) -> Role:
    return Role(code, name, Tier.CLINICIAN, frozenset({*_TIER1, *more}), Place.FOLLOW_UP)


ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        _tier1("township_clinician", "乡镇医生", *_NEIGHBOURS, F.HANDOVER_VIEW),
        _tier1("attending_doctor", "主管医生", *_SIGNER, F.HANDOVER_VIEW, F.HANDOVER_SEND, F.AGREEMENT_VIEW),
        _tier1("responsible_nurse", "责任护士"),
        _tier1("head_nurse", "护士长"),
        _tier1(
            "follow_up_centre", "随访中心", F.ROUTING_VIEW, F.ROUTING_RESOLVE, F.LABEL_MANAGE,
            F.HANDOVER_VIEW, F.HANDOVER_SEND, F.HANDOVER_DECIDE, F.AGREEMENT_VIEW, *_NEIGHBOURS, *_EDITOR,
        ),
        Role("ward_supervisor", "行风监督员", Tier.WARD_SUPERVISOR, frozenset(_REVIEW), Place.SUPERVISE),
        Role(
            "operations_centre", "运营管理中心", Tier.OPERATIONS_CENTRE,
            frozenset({
                *_REVIEW, F.ROUTING_VIEW, F.CATCHMENTS_VIEW, F.OWN_INDICATORS_VIEW, F.DISPUTE_RAISE,
            }),
            Place.AUDIT,
        ),
        Role(
            "community_office", "医共体办公室", Tier.NONE,
            frozenset({
                *_AREAS, *_AGREEMENTS, F.HANDOVER_VIEW, F.HANDOVER_DECIDE, F.OWN_INDICATORS_VIEW,
                F.DISPUTE_RAISE,
            }),
        ),
        Role(
            "hospital_it", "信息科", Tier.NONE,
            frozenset({F.INTAKE_VIEW, F.QUARANTINE_VIEW, F.QUARANTINE_REPLAY, F.ORGANIZATION_VIEW}),
        ),
        Role(
            "tenant_admin", "系统管理员", Tier.NONE,
            frozenset({
                F.ORGANIZATION_VIEW, F.SCREENING_VIEW, F.SCREENING_RUN, F.SCREENING_PREVIEW,
                F.LICENCE_STATE, F.DIVISIONS_IMPORT, *_AREAS, *_AGREEMENTS, *_LIBRARY,
            }),
        ),
        Role(
            "bureau_admin", "卫健局管理员", Tier.NONE,
            frozenset({
                F.COUNTY_VIEW, F.TENANT_VIEW, F.COUNTY_DIVISIONS_IMPORT, F.AGREEMENT_APPROVE, F.MONTH_FREEZE,
                F.INDICATOR_EXPORT,
            }),
            public=True,
        ),
    )
}  # fmt: skip
