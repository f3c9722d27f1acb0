from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TenantRef:
    code: str
    name: str
    kind: str
    status: str
    division_code: str
