"""What catchments tell: who is entered for a place, who has a contract, who is away; and who was chosen among them."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Area:
    """An institution entered for a division. `works`: open, and with a team or a named clinician to do the work.

    `team_ward_id` is the care team that takes what no named clinician takes. `specialties` empty: everything.
    `capacity`: contacts a day that its clinicians can make together, None where nobody stated any. `load`: contacts due
    there within LOAD_DAYS from today; read only where several rows compete for a place, else 0. `revision`: of the row.
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
    institution_code: str = ""
    institution_kind: str = ""
    specialties: tuple[str, ...] = ()
    capacity: int | None = None
    load: int = 0
    revision: int = 1


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


@dataclass(frozen=True, slots=True)
class Contract:
    """A family-doctor contract (家庭医生签约). `staff_id` None: with the team, or the doctor works here no longer.

    `works`: institution, department and team are open.
    """

    patient_id: int
    institution_id: int
    institution_name: str
    department_id: int
    ward_id: int
    staff_id: int | None
    staff_name: str
    valid_from: date
    valid_to: date | None
    works: bool = True


@dataclass(frozen=True, slots=True)
class AbsenceSpan:
    """Somebody is away from `from_on` to `to_on`, both included; None: until further notice.

    `deputy_works`: active, and in an open ward that can own work; what the deputy has not is None.
    """

    staff_id: int
    from_on: date
    to_on: date | None
    deputy_id: int | None
    deputy_name: str
    deputy_ward_id: int | None
    deputy_department_id: int | None
    deputy_institution_id: int | None
    deputy_works: bool
    reason: str


@dataclass(frozen=True, slots=True)
class StaffLoad:
    """Contacts of one clinician: `planned` are due within LOAD_DAYS, `open` are all that wait for them."""

    planned: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True)
class Affected:
    """Whom a change of areas meets: patients routed there now, and their open tasks."""

    patients: int = 0
    tasks_planned: int = 0
    tasks_started: int = 0
