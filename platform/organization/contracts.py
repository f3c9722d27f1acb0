"""What other rooms get to see of the organisation."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class InstitutionRef:
    id: int
    code: str
    name: str
    kind: str
    division_code: str


@dataclass(frozen=True, slots=True)
class DepartmentRef:
    id: int
    code: str
    name: str
    kind: str
    institution_id: int
    institution_name: str


@dataclass(frozen=True, slots=True)
class WardRef:
    id: int
    code: str
    name: str
    kind: str
    department_id: int
    department_name: str
    institution_id: int
    institution_name: str


@dataclass(frozen=True, slots=True)
class StaffRef:
    """A person with the names of where they work; what does not apply is None."""

    id: int
    staff_no: str
    name: str
    title: str
    institution_id: int
    institution_name: str
    department_id: int | None
    department_name: str | None
    ward_id: int | None
    ward_name: str | None
    is_active: bool = True


class FollowUpDesk(NamedTuple):
    """Where work goes that has no other owner yet."""

    institution_id: int
    department_id: int
    ward_id: int
