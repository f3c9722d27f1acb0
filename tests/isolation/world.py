"""The same story in two tenants, in one transaction, with the words of words.py.

Ids: `lift_sequences` (owner's log-in, before the transaction) makes beta's identities continue at 9,000,000,000,
because the tenant's own role may not set a sequence. So an id of beta's story is absent in alpha and the other way
round, and "foreign" and "absent" must be answered alike. Sequences are not transactional: they stay lifted after the
roll-back, which no other test notices. What the cast has made before (organisation) keeps its small ids in both
tenants; the story adds a department of its own where a foreign one is needed.
"""

from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.cast import CAST
from tests.isolation.words import Words

FIRST_FOREIGN_ID = 9_000_000_000
ABSENT_ID = str(FIRST_FOREIGN_ID - 1)
_LIFTED = (
    "catchments", "education", "files", "handover", "intake", "organization", "programmes", "questionnaires", "records",
    "review", "routing", "screening", "worklist",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Thing:
    """One row that an id in a path, a parameter or a body can mean.

    `seen_by`: members of the cast in whose sight it is; `worked_by`: those of them who may act on it where seeing is
    not enough (operations.WORK_NEEDED). Written down here by hand: the oracle must not ask the code under test.
    `variant`: its states, one or more words. `with_id`: the second id of an operation on it: of a flag its patient, of
    a contact its member.
    """

    kind: str
    place: str
    id: str
    seen_by: frozenset[str]
    worked_by: frozenset[str] = frozenset()
    variant: str = ""
    with_id: str = ""


@dataclass(slots=True)
class World:
    """One tenant's story. `things[kind]` in the order in which they were made."""

    tenant: str
    words: Words
    things: dict[str, list[Thing]] = field(default_factory=dict)

    @property
    def schema(self) -> str:
        return f"t_{self.tenant}"

    def add(
        self,
        kind: str,
        place: str,
        pk: int | str,
        seen: str,
        worked: str = "",
        variant: str = "",
        with_id: int | str = "",
    ) -> None:
        thing = Thing(
            kind, place, str(pk), frozenset(seen.split()), frozenset(worked.split()), variant, str(with_id)
        )
        self.things.setdefault(kind, []).append(thing)

    def of(self, kind: str, variant: str = "") -> list[Thing]:
        """The things of a kind; with `variant`, those of it or of no variant."""
        found = self.things.get(kind, [])
        return [t for t in found if not variant or not t.variant or variant in t.variant.split()]

    def ids_by_place(self, kind: str) -> dict[str, str]:
        return {thing.place: thing.id for thing in self.of(kind)}

    def count(self, kind: str, who: str, variant: str = "") -> int:
        return sum(1 for thing in self.of(kind, variant) if who in thing.seen_by)

    @staticmethod
    def seen_of(key: str) -> str:
        """In whose sight this person of the story is."""
        return _SIGHT[key]

    @staticmethod
    def worked_of(key: str) -> str:
        """Who may act on this person of the story."""
        return _WORK[key]

    def people_seen_by(self, who: str | None) -> set[str]:
        """Whose traces an answer to this member of the cast may hold."""
        seen = {t.place for t in self.things["patient"] if who in t.seen_by}
        queued = {"unrouted"} if who in {"centre", "operations"} else set()
        return seen | queued | ({"quarantined"} if who == "it" else set())


def lift_sequences(parameters: dict[str, Any], schema: str) -> None:
    """Owner's connection: identities of the story's rooms in this schema go on at FIRST_FOREIGN_ID."""
    with psycopg.connect(**parameters) as connection:
        connection.execute(
            "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, %s) FROM pg_sequences"
            " WHERE schemaname = %s AND split_part(sequencename, '_', 1) = ANY(%s)"
            " AND coalesce(last_value, 0) < %s",
            [FIRST_FOREIGN_ID, schema, list(_LIFTED), FIRST_FOREIGN_ID],
        )


# Who sees what is made at a place, and who works there (docs/notes/spine.md, 4): grants of tests/cast.py.
PLACES = {
    "township": ("TEAM", "T1", "resident", "clinician", "clinician"),
    "ward": ("W41", "H1", "resident", "doctor supervisor operations double", "doctor double"),
    "next_township": ("TEAM", "T2", "neighbour", "other_clinician", "other_clinician"),
    "next_ward": ("W31", "H1", "neighbour", "other_supervisor operations double head", "head"),
    "desk": ("D1", "H1", "unrouted", "centre operations", "centre"),
}
# Whoever has a ward where the patient lay or is followed up, or looks after it.
_SIGHT = {
    "resident": "clinician doctor supervisor operations double",
    "neighbour": "other_clinician other_supervisor operations double head",
    "unrouted": "doctor supervisor operations centre double",
    "retired": "",
}
# Of those, who has a ward of their own there (tier 1): who may act on the patient, where the others only look.
_WORK = {
    "resident": "clinician doctor double",
    "neighbour": "other_clinician head",
    "unrouted": "doctor centre double",
    "retired": "",
}
# More people than the cast has: one who holds a place of each of two tiers, a head nurse, and one who holds nothing.
MORE_PEOPLE: dict[str, tuple[str, ...]] = {
    "double": (
        "responsible_nurse",
        "ward_supervisor",
    ),  # nurse of the ward, supervisor of next_ward's department
    "head": ("head_nurse",),  # of next_ward
    "newcomer": (),
}
ROLE_CODES = {**{who: (role,) for who, (role, _) in CAST.items()}, **MORE_PEOPLE}
