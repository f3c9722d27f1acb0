"""A packet as a canonical event: what the receiving side's records take in, as from any other source."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from community.handover.enums import Kind
from records.contracts import (
    AddressData,
    AddressKind,
    CanonicalEvent,
    DiagnosisData,
    DiagnosisKind,
    Disposition,
    EncounterData,
    EventKind,
    OperationData,
    Owner,
    PatientData,
    PatientSex,
    PhoneData,
    SourceData,
    StaffData,
    VisitClass,
)

_SEXES = {"M": PatientSex.MALE, "F": PatientSex.FEMALE}
_OWNERS = {owner.value: owner for owner in Owner}
_DISPOSITIONS = {
    "home": Disposition.HOME, "transfer": Disposition.TRANSFER, "to_community": Disposition.TRANSFER_COMMUNITY,
    "against_advice": Disposition.AGAINST_ADVICE, "other": Disposition.OTHER,
}  # fmt: skip
_KINDS = {kind.value: kind for kind in DiagnosisKind}
_ADDRESSES = {kind.value: kind for kind in AddressKind}


def source_of(tenant_code: str) -> str:
    """Under which name the receiver's records keep what came from that tenant."""
    return f"handover:{tenant_code}"


def build_event(
    packet: Mapping[str, Any],
    *,
    kind: str,
    from_code: str,
    from_name: str,
    case_no: str,
    offered_at: datetime,
) -> CanonicalEvent:
    """An upward referral arrives as a visit to come; a hand-over as the discharge that the sender had recorded."""
    facts = packet["facts"]
    referral = kind == Kind.REFERRAL_UP
    return CanonicalEvent(
        kind=EventKind.REGISTER if referral else EventKind.DISCHARGE,
        source=SourceData(system=source_of(from_code), message_type="handover", sent_at=offered_at),
        control_id=case_no,
        occurred_at=offered_at,
        patient=_patient(facts, packet["person_ref"], from_code),
        encounter=_encounter(facts, packet["encounter_ref"], from_name, referral=referral),
        diagnoses=tuple(_diagnosis(seq, row) for seq, row in enumerate(facts.get("diagnoses", []), start=1)),
        operations=tuple(
            _operation(seq, row) for seq, row in enumerate(facts.get("operations", []), start=1)
        ),
    )


def _patient(facts: Mapping[str, Any], ref: str, from_code: str) -> PatientData:
    born = facts.get("patient.birth_date")
    return PatientData(
        local_id=ref,
        authority=source_of(from_code),
        name=facts["patient.name"],
        sex=_SEXES.get(facts["patient.sex"], PatientSex.UNKNOWN),
        birth_date=date.fromisoformat(born) if born else None,
        resident_id_text=facts.get("patient.id_no", ""),
        phones=tuple(
            PhoneData(row["number"], _OWNERS.get(row["owner"], Owner.OTHER))
            for row in facts.get("patient.phones", [])
        ),
        addresses=tuple(
            AddressData(
                _ADDRESSES.get(row["kind"], AddressKind.OTHER), row["text"], street=row.get("village", ""),
                other_designation=row.get("township", ""), district=row.get("county", ""),
            )
            for row in facts.get("patient.address", [])
        ),
    )  # fmt: skip


def _encounter(facts: Mapping[str, Any], ref: str, from_name: str, *, referral: bool) -> EncounterData:
    period, place = facts["encounter.period"], facts.get("encounter.place", {})
    return EncounterData(
        visit_no=ref,
        visit_class=VisitClass.OUTPATIENT if referral else VisitClass.INPATIENT,
        # With the sender's name before it, a department of the same name here is not taken for it.
        department_name=f"{from_name}{place.get('department', '')}"[:80],
        attending=StaffData(name=place.get("attending", "")),
        admit_at=None if referral else _moment(period.get("admitted_at")),
        discharge_at=None if referral else _moment(period.get("discharged_at")),
        disposition=_DISPOSITIONS.get(facts.get("encounter.disposition", ""), Disposition.UNKNOWN),
    )


def _diagnosis(seq: int, row: Mapping[str, Any]) -> DiagnosisData:
    return DiagnosisData(
        seq=seq, code=row["code"], icd10=row["code"], name=row["name"], is_main=bool(row.get("is_main")),
        kind=_KINDS.get(row["kind"], DiagnosisKind.DISCHARGE),
    )  # fmt: skip


def _operation(seq: int, row: Mapping[str, Any]) -> OperationData:
    return OperationData(seq=seq, code=row["code"], name=row["name"], at=_moment(row.get("at")))


def _moment(text: Any) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
