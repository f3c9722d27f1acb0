"""What is unique to a tenant and to a person in it. Everything is invented."""

from dataclasses import dataclass
from datetime import date

from kernel.masking import mask_name, mask_phone
from records.identity import compute_check_digit

BORN = date(1960, 5, 1)
# A person of the story → first character of the name, four digits of phone and ID.
PEOPLE = {
    "resident": ("金", "01"),  # lives in the first township, was on the orthopaedic ward
    "neighbour": ("邻", "02"),  # lives in the second township, was on the cardiological ward
    "unrouted": ("待", "03"),  # was on the orthopaedic ward, nobody knows where they live
    "retired": ("旧", "04"),  # a record that went up in the resident's
    "quarantined": ("隔", "05"),  # came in a message that was not taken in
}
_TENANTS = {"alpha": ("甲", "7"), "beta": ("乙", "8")}


@dataclass(frozen=True, slots=True)
class Person:
    """`tag` is in every free text written about this person."""

    key: str
    name: str
    phone: str
    id_no: str
    record_no: str
    address: str
    tag: str

    @property
    def name_masked(self) -> str:
        return mask_name(self.name)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Never in an answer, but the one of unmask."""
        return self.phone, self.id_no, self.record_no

    @property
    def traces(self) -> tuple[str, ...]:
        """What tells that an answer speaks of this person, also when it is masked."""
        return self.name, self.name_masked, self.tag, self.address, mask_phone(self.phone), *self.secrets


@dataclass(frozen=True, slots=True)
class Words:
    """`mark` is in every free text of the tenant, whoever it is about."""

    tenant: str
    mark: str
    people: dict[str, Person]

    @property
    def canaries(self) -> tuple[str, ...]:
        return self.mark, *(trace for person in self.people.values() for trace in person.traces)


def _person(tenant: str, key: str) -> Person:
    character, digit = _TENANTS[tenant]
    first, number = PEOPLE[key]
    seventeen = f"420583{BORN:%Y%m%d}{digit}{number}"
    return Person(
        key=key,
        name=f"{first}丝雀{character}",
        phone=f"1391{digit * 3}{digit}5{number}"[:11],
        id_no=seventeen + compute_check_digit(seventeen),
        record_no=f"BA{digit * 4}{number}",
        address=f"枝江市{character}字胡同{number}号院",
        tag=f"{character}字暗记{first}",
    )


WORDS = {
    tenant: Words(tenant, f"{_TENANTS[tenant][0]}字暗记", {key: _person(tenant, key) for key in PEOPLE})
    for tenant in _TENANTS
}
