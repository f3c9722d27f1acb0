"""The facts that a routing decision is made of, and the decision."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from community.catchments.contracts import Area, NamedClinician
from divisions.parser import ParsedAddress
from organization.contracts import FollowUpDesk

# Sources of a residence claim and their rank, the best first (standards 1.5, step 3).
OPERATOR, FIELDS, TEXT, REGISTERED, CONTACT = (
    "operator", "his_fields", "his_text", "registered_text", "contact_text",
)  # fmt: skip
RANKS = {OPERATOR: 1, FIELDS: 2, TEXT: 3, REGISTERED: 4, CONTACT: 5}


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
class ManualClaim:
    """What a person decided, and the address text that they had before them."""

    division_code: str
    place: str
    text: str
    by_name: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a decision may look at.

    No identity or telephone number is among the facts: where a number was issued is not where somebody lives.
    `home` has 12 digits, or is empty where the tenant looks after no county. `areas` and `clinicians` are all that is
    entered for the places of `readings` and `manual`. `desk` is asked only where nobody else can own the work.
    """

    now: datetime
    home: str
    desk: Callable[[], FollowUpDesk]
    readings: tuple[Reading, ...] = ()
    manual: ManualClaim | None = None
    areas: tuple[Area, ...] = ()
    clinicians: tuple[NamedClinician, ...] = ()


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
    """`is_vacant`: the place is known but nobody is entered for it, so that an operator has to act."""

    residence: Residence
    owner: Owner
    why: str
    is_vacant: bool = False
    evidence: tuple[str, ...] = field(default=())
