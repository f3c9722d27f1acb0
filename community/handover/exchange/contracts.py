"""What the gate hands to a tenant of the public rows: plain values."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class AgreementFact:
    id: int
    code: str
    from_tenant: str
    to_tenant: str
    kinds: tuple[str, ...]
    fields: tuple[str, ...]
    consent_basis: str
    valid_from: date
    valid_to: date
    state: str


@dataclass(frozen=True, slots=True)
class OfferFact:
    id: int
    case_no: str
    agreement_id: int
    kind: str
    urgency: str
    from_tenant: str
    to_tenant: str
    state: str
    offered_at: datetime
    accept_by: datetime
    acknowledged_at: datetime | None
    results_due_on: date | None

    def other(self, code: str) -> str:
        return self.to_tenant if code == self.from_tenant else self.from_tenant

    @property
    def owner(self) -> str:
        """Whose work it is: always one of the two."""
        return self.to_tenant if self.state in ("accepted", "completed") else self.from_tenant


@dataclass(frozen=True, slots=True)
class EnvelopeFact:
    id: int
    seq: int
    act: str
    key_id: int
    sealed: bytes
    from_tenant: str
    created_at: datetime

    def context(self, case_no: str) -> str:
        return context_of(case_no, self.seq, self.act)


def context_of(case_no: str, seq: int, act: str) -> str:
    return f"{case_no}/{seq}/{act}"
