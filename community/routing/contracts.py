"""The facts that a routing decision is made of, and the decision."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime

from community.catchments.contracts import AbsenceSpan, Area, Contract, NamedClinician
from divisions.parser import ParsedAddress
from organization.contracts import FollowUpDesk

# Sources of a residence claim and their rank, the best first (standards 1.5, step 3).
VERIFIED, OPERATOR, FIELDS, TEXT, REGISTERED, CONTACT = (
    "verified", "operator", "his_fields", "his_text", "registered_text", "contact_text",
)  # fmt: skip
RANKS = {VERIFIED: 1, OPERATOR: 1, FIELDS: 2, TEXT: 3, REGISTERED: 4, CONTACT: 5}
# Claims that a person made; the others are readings of what a hospital's system sent.
BY_PERSON = frozenset({VERIFIED, OPERATOR})
OVERRIDE, BY_CONTRACT = "override", "contract"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place that an address may mean; `path` from the county down, for a person who chooses."""

    code: str
    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One address as the parser read it. `text` is what was written."""

    source: str
    text: str
    parsed: ParsedAddress
    reported_at: datetime
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonClaim:
    """Where a person says that the patient lives, and the address text that they had before them.

    `kind` is a value of models.ClaimKind; a temporary stay has `until`, its last day.
    """

    division_code: str
    place: str
    text: str
    by_name: str
    source: str = OPERATOR
    kind: str = "current"
    reported_at: datetime | None = None
    valid_from: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """Another owner by somebody's wish, through `expires_on`.

    `works`: institution and team are open. `is_refusal`: the owner asked for is the follow-up centre itself, which is
    how "不同意转社区随访" is entered.
    """

    institution_id: int
    institution_name: str
    department_id: int
    ward_id: int
    staff_id: int | None
    staff_name: str
    asked_by: str
    reason: str
    expires_on: date
    works: bool = True
    is_refusal: bool = False


@dataclass(frozen=True, slots=True)
class RegionHint:
    """Where an identity card or a landline was issued, as prefixes of division codes.

    It confirms, or picks between two candidates; it never routes alone (standards 1.5, step 3e).
    """

    source: str  # id | phone
    prefixes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TownshipHospital:
    """The township clinic that lies in a township, for a place that nobody is entered for."""

    institution_id: int
    institution_name: str
    department_id: int
    ward_id: int


def _no_hospital(_township: str) -> TownshipHospital | None:
    return None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a decision may look at.

    No identity or telephone number is among the facts, only the region of one where an address leaves two places.
    `home` has 12 digits, or is empty where the tenant looks after no county. `areas` and `clinicians` are all that is
    entered for the places of `readings` and `claims`, `absences` those of everybody among them and of their deputies.
    `specialty`: the department of the stay, for institutions that are preferred for one. `present_institution_id`
    keeps whoever does the work already where several could. `desk` and `township_hospital` (by the 12 digits of a
    township) are asked only where nobody else can own the work.
    """

    now: datetime
    home: str
    desk: Callable[[], FollowUpDesk]
    readings: tuple[Reading, ...] = ()
    claims: tuple[PersonClaim, ...] = ()
    override: Override | None = None
    contracts: tuple[Contract, ...] = ()
    areas: tuple[Area, ...] = ()
    clinicians: tuple[NamedClinician, ...] = ()
    absences: tuple[AbsenceSpan, ...] = ()
    hints: tuple[RegionHint, ...] = ()
    specialty: str = ""
    present_institution_id: int | None = None
    township_hospital: Callable[[str], TownshipHospital | None] = _no_hospital


@dataclass(frozen=True, slots=True)
class Residence:
    """Where the facts say that somebody lives, and how sure that is. `code` is empty while it is open."""

    state: str
    rule: str
    confidence: float
    text: str = ""
    code: str = ""
    place: str = ""
    evidence: tuple[str, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    by_name: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who does the work: always a ward; `staff_id` None leaves it to the whole team."""

    institution_id: int
    department_id: int
    ward_id: int
    institution_name: str = ""
    staff_id: int | None = None
    staff_name: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """`residence.state` and `residence.rule` are the decision's own.

    `is_vacant`: the place is known but nobody is entered for it, so that an operator has to act. `named_staff_id`:
    who would do the work but is away. `recheck_on`: the day on which the same facts give another answer.
    """

    residence: Residence
    owner: Owner
    why: str
    is_vacant: bool = False
    evidence: tuple[str, ...] = field(default=())
    named_staff_id: int | None = None
    recheck_on: date | None = None
