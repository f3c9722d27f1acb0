from records.contracts import AddressFact
from records.models import PatientAddress


def addresses_of(patient_id: int) -> list[AddressFact]:
    """The current addresses, the newest first; none for an unknown patient."""
    rows = (
        PatientAddress.objects.filter(patient_id=patient_id, superseded_at=None)
        .order_by("-reported_at", "id")
        .values_list("kind", "text", "county", "township", "village", "reported_at")
    )
    return [AddressFact(*row) for row in rows]
