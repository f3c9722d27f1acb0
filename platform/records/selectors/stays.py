from records.contracts import StayFact
from records.enums import Disposition, EncounterStatus
from records.models import Encounter


def find_stay(encounter_id: int) -> StayFact | None:
    """None when there is no stay of this number."""
    row = (
        Encounter.objects.filter(pk=encounter_id)
        .values_list(
            "patient_id", "institution_id", "status", "discharged_on", "disposition", "patient__deceased_at"
        )
        .first()
    )
    if row is None:
        return None
    patient_id, institution_id, status, discharged_on, disposition, deceased_at = row
    return StayFact(
        encounter_id,
        patient_id,
        institution_id,
        discharged_on if status == EncounterStatus.DISCHARGED else None,
        deceased_at is not None or disposition == Disposition.DEATH,
    )
