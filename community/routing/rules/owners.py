"""Who does the work: steps 1, 2, 6, 7 and 8 of standards 1.5. Every way through ends at somebody who can."""

from dataclasses import dataclass, replace
from datetime import date

from community.catchments.contracts import Contract, NamedClinician
from community.catchments.rules import (
    absence_of,
    choose_institution,
    codes_upward,
    compete,
    is_valid_on,
    stand_in,
)
from community.routing.contracts import Facts, Override, Owner, Residence
from community.routing.enums import OUTSIDE, UNRESOLVED
from kernel.clock import day_of


@dataclass(frozen=True, slots=True)
class Found:
    """`notes` are evidence keys. `named_*`: who would do it but is away."""

    owner: Owner
    notes: tuple[str, ...] = ()
    named_staff_id: int | None = None
    named_staff_name: str = ""


def by_wish(facts: Facts) -> Found | None:
    """Step 1. None where there is no override in force, or nobody works where it points."""
    wish = facts.override
    if wish is None or not is_wish_in_force(wish, day_of(facts.now)) or not wish.works:
        return None
    note = "override:refused" if wish.is_refusal else f"override:{wish.asked_by}"
    team = Owner(wish.institution_id, wish.department_id, wish.ward_id, wish.institution_name)
    return _with_staff(facts, team, wish.staff_id, wish.staff_name, (note,))


def is_wish_in_force(wish: Override, day: date) -> bool:
    return day <= wish.expires_on


def by_contract(facts: Facts) -> Found | None:
    """Step 2. None where there is no contract in force with a team that works."""
    day = day_of(facts.now)
    rows = [row for row in facts.contracts if row.works and _holds_on(row, day)]
    chosen = min(rows, key=lambda row: (-row.valid_from.toordinal(), row.ward_id), default=None)
    if chosen is None:
        return None
    team = Owner(chosen.institution_id, chosen.department_id, chosen.ward_id, chosen.institution_name)
    return _with_staff(facts, team, chosen.staff_id, chosen.staff_name, ("contract:in-force",))


def by_place(facts: Facts, residence: Residence) -> Found:
    """Steps 6 to 8: the institution of the place, then its people; else the centre's desk."""
    if residence.state in (UNRESOLVED, OUTSIDE):
        return Found(at_the_desk(facts))
    day = day_of(facts.now)
    # Whoever looks after the patient already goes on, where several could: figures change from day to day.
    areas = [
        replace(area, load=-1) if area.institution_id == facts.present_institution_id else area
        for area in facts.areas
    ]
    area = choose_institution(areas, residence.code, day, specialty=facts.specialty)
    if area is None or area.team_ward_id is None or area.team_department_id is None:
        return _without_area(facts, residence)
    rivals = [
        row for row in areas
        if row.division_code == area.division_code and row.is_primary == area.is_primary
        and row.works and is_valid_on(row, day)
    ]  # fmt: skip
    notes: tuple[str, ...] = () if area.is_primary else ("catchment:backup",)
    if area.institution_id in compete(rivals):
        notes = (*notes, "catchment:overlap")
    team = Owner(area.institution_id, area.team_department_id, area.team_ward_id, area.institution_name)
    away: NamedClinician | None = None
    for named in _named_for(facts, residence.code, area.institution_id, day):
        at_team = Owner(area.institution_id, named.department_id, named.ward_id, area.institution_name)
        found = _with_staff(facts, at_team, named.staff_id, named.staff_name, notes)
        away = away or (named if found.named_staff_id is not None else None)
        if found.owner.staff_id is not None:
            return replace(
                found, named_staff_id=away.staff_id if away else None,
                named_staff_name=away.staff_name if away else "",
            )  # fmt: skip
    if away is not None:
        return Found(team, (*notes, "staff:team"), away.staff_id, away.staff_name)
    return Found(team, notes)


def at_the_desk(facts: Facts) -> Owner:
    desk = facts.desk()
    return Owner(desk.institution_id, desk.department_id, desk.ward_id)


def _without_area(facts: Facts, residence: Residence) -> Found:
    hospital = facts.township_hospital(f"{residence.code[:9]}000")
    if hospital is None:
        return Found(at_the_desk(facts), ("catchment:vacant",))
    owner = Owner(
        hospital.institution_id, hospital.department_id, hospital.ward_id, hospital.institution_name
    )
    return Found(owner, ("catchment:vacant", "catchment:township-hospital"))


def _named_for(facts: Facts, code: str, institution_id: int, day: date) -> list[NamedClinician]:
    """The village's before the township's, of one place the one who began last."""
    codes = codes_upward(code)
    rows = [
        row for row in facts.clinicians
        if row.institution_id == institution_id and row.division_code in codes and row.works
        and is_valid_on(row, day)
    ]  # fmt: skip
    return sorted(
        rows, key=lambda row: (codes.index(row.division_code), -row.valid_from.toordinal(), row.staff_id)
    )


def _with_staff(
    facts: Facts, team: Owner, staff_id: int | None, staff_name: str, notes: tuple[str, ...]
) -> Found:
    """The person, who stands in for them, or the team where nobody does."""
    if staff_id is None:
        return Found(team, notes)
    day = day_of(facts.now)
    if absence_of(staff_id, day, facts.absences) is None:
        return Found(replace(team, staff_id=staff_id, staff_name=staff_name), notes)
    span = stand_in(staff_id, day, facts.absences)
    if (
        span is None
        or span.deputy_institution_id is None
        or span.deputy_department_id is None
        or span.deputy_ward_id is None
    ):
        return Found(team, (*notes, "staff:team"), staff_id, staff_name)
    deputy = Owner(
        span.deputy_institution_id, span.deputy_department_id, span.deputy_ward_id,
        team.institution_name if span.deputy_institution_id == team.institution_id else "",
        span.deputy_id, span.deputy_name,
    )  # fmt: skip
    return Found(deputy, (*notes, "staff:deputy"), staff_id, staff_name)


def _holds_on(row: Contract, day: date) -> bool:
    return row.valid_from <= day and (row.valid_to is None or day <= row.valid_to)
