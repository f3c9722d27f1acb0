"""What catchments tell: who is entered for a place, and who was chosen among them."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Area:
    """An institution entered for a division. `works`: open, and with a team or a named clinician to do the work.

    `team_ward_id` is the care team that takes what no named clinician takes.
    """

    institution_id: int
    institution_name: str
    division_code: str
    is_primary: bool
    valid_from: date
    valid_to: date | None
    works: bool = True
    team_department_id: int | None = None
    team_ward_id: int | None = None


@dataclass(frozen=True, slots=True)
class NamedClinician:
    """A clinician named for a division, in the ward (care team) of an institution."""

    staff_id: int
    staff_name: str
    institution_id: int
    department_id: int
    ward_id: int
    division_code: str
    valid_from: date
    valid_to: date | None
    works: bool = True
