"""Calls an operation as every member of the cast in every situation; what is not as the oracle says is a deviation.

The oracle is differential and knows nothing of the rooms' code: catalogue of roles → 401 or 403, world.Thing →
404, 403 or success, words.py → which strings may be in the bytes of an answer.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Flag, auto
from typing import Any

from kernel.doors import ANYONE
from tests.isolation.caller import SUCCESS, Answer, Caller
from tests.isolation.operations import (
    FIGURES,
    LISTED_VARIANT,
    LISTINGS,
    NAMED,
    OPEN,
    OWN_ANSWERS,
    TENANT_WIDE,
    UNKNOWN,
    UNMASKING,
    WORK_NEEDED,
    Listing,
    Operation,
    Unknown,
    ids_of,
    kinds_of,
    listings_of,
    variant_of,
)
from tests.isolation.words import Person
from tests.isolation.world import ABSENT_ID, ROLE_CODES, Thing, World

EVERYBODY = tuple(ROLE_CODES)
# An operation that is open to anybody asks no role: two of them stand for all.
_SOME = EVERYBODY[:2]


class Situations(Flag):
    """Which of them are tried."""

    OWN = auto()  # one's own tenant's rows, in sight and out of it
    FOREIGN = auto()  # the other tenant's ids
    STRANGERS = auto()  # nobody, and sessions of the other tenant
    ALL = OWN | FOREIGN | STRANGERS


@dataclass(frozen=True, slots=True)
class Deviation:
    operation: str
    home: str
    who: str
    situation: str
    got: str
    expected: str

    def __str__(self) -> str:
        return (
            f"{self.operation} as {self.who} on {self.home}, {self.situation}:"
            f" got {self.got}, expected {self.expected}"
        )


def check(
    operation: Operation,
    caller: Caller,
    homes: Iterable[str] = ("alpha", "beta"),
    *,
    situations: Situations = Situations.ALL,
) -> Iterator[Deviation]:
    """Every deviation of the operation, lazily: who only asks whether there is one takes the first.

    Raises Unknown.
    """
    for home in homes:
        world, other = caller.worlds[home], next(w for t, w in caller.worlds.items() if t != home)
        yield from _Check(operation, caller, world, other, situations).run()


@dataclass(slots=True)
class _Check:
    operation: Operation
    caller: Caller
    world: World
    other: World
    situations: Situations
    in_query: str = ""  # the parameter that holds the id, where none of the path or body does

    def run(self) -> Iterator[Deviation]:
        operation = self.operation
        ways = kinds_of(operation)
        if operation.function == ANYONE and operation.key not in OPEN:
            raise Unknown(
                f"{operation.key} declares ANYONE: say in OPEN (tests/isolation/operations.py) what it answers"
            )
        if Situations.STRANGERS in self.situations:
            self.in_query, kind = ways[0] if ways else ("", "")
            yield from self._check_strangers(kind)
        for self.in_query, kind in ways:
            yield from self._check_objects(kind)
        if not ways and operation.method == "GET" and operation.function != ANYONE:
            for listing in listings_of(operation):
                yield from self._check_listing(listing)
        elif not ways:
            yield from self._check_plain()

    # --- situations -----------------------------------------------------------------------------------------

    def _check_objects(self, kind: str) -> Iterator[Deviation]:
        """Own, sibling's and the other tenant's things, as everybody."""
        operation, reached = self.operation, False
        things = self.world.of(kind, variant_of(operation, kind))
        foreign = self.other.of(kind, variant_of(operation, kind))[-1]
        if not things:
            raise Unknown(f"{operation.key}: tests/isolation/world.py has no {kind}")
        for who in self._everybody():
            # Who may not at all is not told apart by the row.
            for thing in things if operation.is_open_to(who) else things[:1]:
                answer = self._call(who, thing)
                expected = self._expect(who, thing)
                reached = reached or answer.is_success or answer.status == self._own_answer()
                yield from self._judge(who, f"{thing.place} {thing.kind}", answer, expected)
            if len(operation.parameters) > 1:
                yield from self._check_crossed(who, things)
            if Situations.FOREIGN not in self.situations:
                continue
            stranger = self._call(who, foreign)
            if operation.is_open_to(who):
                unknown = {UNKNOWN.get(operation.key, 404)}
                yield from self._judge(who, f"{self.other.tenant}'s {kind}", stranger, unknown)
                absent = self._call(who, Thing(kind, "", ABSENT_ID, frozenset()))
                if _comparable(absent) != _comparable(stranger):
                    yield self._deviate(who, f"{self.other.tenant}'s {kind}", _tell(stranger), _tell(absent))
            else:
                yield from self._judge(who, f"{self.other.tenant}'s {kind}", stranger, {403})
        if not reached:
            yield self._deviate("everybody", "own things", "refusals only", "somebody who may")

    def _check_crossed(self, who: str, things: list[Thing]) -> Iterator[Deviation]:
        """Two ids of which the second does not belong to the first: somebody else's flag under one's own patient."""
        foreign = self.other.of(things[0].kind)[0]
        expected = {404} if self.operation.is_open_to(who) else {403}
        for thing in things:
            for stranger in (*(t for t in things if t.with_id != thing.with_id), foreign):
                answer = self._call(who, replace(stranger, with_id=thing.with_id))
                situation = f"{stranger.place} {stranger.kind} under {thing.place}'s"
                yield from self._judge(who, situation, answer, expected)

    def _check_listing(self, listing: Listing) -> Iterator[Deviation]:
        operation, key = self.operation, self.operation.key
        rows = self.world.of(listing.kind, LISTED_VARIANT.get(key, "")) if listing.kind else []
        for who in self._everybody():
            if not operation.is_open_to(who):
                answer = self.caller.call(operation, self.world.tenant, who)
                yield from self._judge(who, "the list", answer, {403})
                if _ids(answer, listing):
                    yield self._deviate(who, f"rows of {listing.at}", "rows", "none")
                continue
            found: set[str] = set()
            for query in listing.queries:
                answer = self.caller.call(operation, self.world.tenant, who, query=query)
                yield from self._judge(who, f"the list {dict(query)}", answer, {200})
                found |= _ids(answer, listing)
            yield from self._compare_rows(who, listing, found, rows)
            yield from self._compare_figures(who, answer)
            for query in _fill(listing.probes, self.other):
                answer = self.caller.call(operation, self.world.tenant, who, query=query)
                yield from self._judge(
                    who, f"a search for {self.other.tenant}'s {dict(query)}", answer, {200}
                )
                if _ids(answer, listing):
                    yield self._deviate(who, f"a search for {dict(query)}", "rows", "none")

    def _check_plain(self) -> Iterator[Deviation]:
        """An operation without an id."""
        operation = self.operation
        for who in self._everybody():
            answer = self.caller.call(operation, self.world.tenant, who)
            own = self._own_answer()
            allowed = SUCCESS if own is None else {own}
            expected = {OPEN[operation.key]} if operation.function == ANYONE else allowed
            yield from self._judge(
                who, "a plain call", answer, expected if operation.is_open_to(who) else {403}
            )
            if operation.is_open_to(who):
                yield from self._compare_figures(who, answer)
                for listing in LISTINGS.get(operation.key, ()):
                    rows = self.world.of(listing.kind)
                    yield from self._compare_rows(who, listing, _ids(answer, listing), rows)

    def _compare_rows(
        self, who: str, listing: Listing, found: set[str], rows: list[Thing]
    ) -> Iterator[Deviation]:
        wanted = {thing.id for thing in rows if who in thing.seen_by}
        if listing.kind and found != wanted:
            yield self._deviate(
                who, f"rows of {listing.at}", self._name(found, rows), self._name(wanted, rows)
            )

    def _compare_figures(self, who: str, answer: Answer) -> Iterator[Deviation]:
        key = self.operation.key
        for name, value in FIGURES[key](self.world, who).items() if key in FIGURES else ():
            parts = [_sum(answer.json, part.split(".")) for part in name.split(" + ")]
            got = sum(parts) if len(parts) > 1 else parts[0]
            if got != value:
                yield self._deviate(who, f"figure {name}", str(got), str(value))

    def _check_strangers(self, kind: str) -> Iterator[Deviation]:
        """Nobody, and everybody of the other tenant with their session on this host: the same answer."""
        operation = self.operation
        thing = self.world.of(kind, variant_of(operation, kind))[0] if kind else None
        expected = {OPEN[operation.key]} if operation.function == ANYONE else {401}
        nobody = self._call(None, thing)
        yield from self._judge(None, "nobody", nobody, expected)
        for who in self._everybody():
            answer = self._call(who, thing, session_of=self.other.tenant)
            situation = f"a session of {self.other.tenant}"
            yield from self._judge(who, situation, answer, expected, counts_as=None)
            if isinstance(answer.json, dict) and answer.json.get("authenticated"):
                yield self._deviate(who, situation, "authenticated", "not authenticated")

    # --- oracle ---------------------------------------------------------------------------------------------

    def _expect(self, who: str, thing: Thing) -> Iterable[int]:
        operation = self.operation
        if operation.function == ANYONE:
            return {OPEN[operation.key]}
        if not operation.is_open_to(who):
            return {403}
        if who not in thing.seen_by:
            return {404}
        if operation.key in WORK_NEEDED and who not in thing.worked_by:
            return {403}
        own = self._own_answer()
        return SUCCESS if own is None else {own}

    def _own_answer(self) -> int | None:
        return OWN_ANSWERS.get((self.world.tenant, self.operation.key))

    def _judge(
        self,
        who: str | None,
        situation: str,
        answer: Answer,
        expected: Iterable[int],
        *,
        counts_as: str | None = "",
    ) -> Iterator[Deviation]:
        """`counts_as`: as whom the answer is read for traces, where not as `who`."""
        if answer.status not in set(expected):
            yield self._deviate(who, situation, _tell(answer), "/".join(map(str, sorted(expected))))
        if answer.has_written and self.operation.function != ANYONE:
            yield self._deviate(who, situation, f"{answer.status}, and yet it was done", "nothing done")
        for canary in self.other.words.canaries:
            if answer.holds(canary):
                yield self._deviate(who, situation, f"canary {canary} of {self.other.tenant}", "none")
        reader = who if counts_as == "" else counts_as
        for person in self.world.words.people.values():
            for fault in self._find_faults(reader, person, answer):
                yield self._deviate(who, situation, fault, "no trace")

    def _find_faults(self, who: str | None, person: Person, answer: Answer) -> Iterator[str]:
        key = self.operation.key
        is_unmasking = key in UNMASKING and answer.is_success
        for secret in person.secrets:
            if answer.holds(secret) and not is_unmasking:
                yield f"{person.key}'s number in plain"
        if answer.holds(person.name) and key not in NAMED:
            yield f"{person.key}'s name in plain"
        if key == "GET files/{token}":
            return  # the link is the right to its bytes, whoever holds it
        if who in TENANT_WIDE.get(key, ()) and answer.is_success:
            return
        if person.key not in self.world.people_seen_by(who):
            for trace in person.traces:
                if answer.holds(trace):
                    yield f"{person.key}'s {trace}"

    # --- helpers --------------------------------------------------------------------------------------------

    def _everybody(self) -> tuple[str, ...]:
        return _SOME if self.operation.function == ANYONE else EVERYBODY

    def _call(self, who: str | None, thing: Thing | None, *, session_of: str = "") -> Answer:
        query = {self.in_query: thing.id} if thing is not None and self.in_query else {}
        ids = ids_of(self.operation, thing)
        return self.caller.call(
            self.operation, self.world.tenant, who, *ids, thing=thing, query=query, session_of=session_of
        )

    def _deviate(self, who: str | None, situation: str, got: str, expected: str) -> Deviation:
        return Deviation(self.operation.key, self.world.tenant, who or "nobody", situation, got, expected)

    def _name(self, ids: set[str], rows: list[Thing]) -> str:
        places = {thing.id: f"{thing.place}#{thing.id}" for thing in rows}
        return ", ".join(sorted(places.get(pk, f"?#{pk}") for pk in ids)) or "no rows"


def _ids(answer: Answer, listing: Listing) -> set[str]:
    rows = [row for row in _rows(answer.json, listing.at) if isinstance(row, dict)]
    return {str(row[listing.by]) for row in rows if listing.by in row}


def _rows(body: Any, name: str) -> Iterator[Any]:
    """The rows of every list of that name, however deep."""
    if isinstance(body, dict):
        for key, value in body.items():
            if key == name and isinstance(value, list):
                yield from value
            else:
                yield from _rows(value, name)
    elif isinstance(body, list):
        for value in body:
            yield from _rows(value, name)


def _sum(body: Any, path: list[str]) -> Any:
    if isinstance(body, list):
        return sum(_sum(part, path) for part in body)
    return _sum(body[path[0]], path[1:]) if path else body


def _comparable(answer: Answer) -> Any:
    body = answer.json
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if name != "request_id"}
    return answer.status, body


def _tell(answer: Answer) -> str:
    body = answer.json
    if isinstance(body, dict) and "code" in body:
        return f"{answer.status} {body['code']} {body.get('detail', '')}"
    return str(answer.status)


def _fill(probes: Iterable[Mapping[str, str]], world: World) -> Iterator[dict[str, str]]:
    """Probes with the words of people of the world put in."""
    programme = world.of("programme")[0].id
    for key in ("resident", "neighbour"):
        person = world.words.people[key]
        values = {
            "name": person.name, "phone": person.phone, "id_no": person.id_no, "record_no": person.record_no,
            "last4": person.id_no[-4:], "programme": programme,
        }  # fmt: skip
        for probe in probes:
            yield {name: text.format(**values) for name, text in probe.items()}
