"""Who is entered for a place. Rows of closed institutions are read too: the rules need to see a vacancy."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery, Sum

from community.catchments.contracts import Area, NamedClinician
from community.catchments.enums import CatchmentRole
from community.catchments.models import Capacity, Catchment, ClinicianArea
from community.catchments.ports import work_figures
from community.catchments.rules import (
    LOAD_DAYS,
    choose_clinician,
    choose_institution,
    codes_upward,
    compete,
)
from kernel import clock


def areas_around(division_codes: Iterable[str]) -> list[Area]:
    """Everything entered for these divisions and what they lie in, whatever its dates. One query.

    One more, for the load, where several institutions compete for a place.
    """
    codes = {code for division in division_codes for code in codes_upward(division)}
    areas = list(read_areas(Catchment.objects.filter(division_code__in=codes)).values())
    rivals = compete(areas)
    if not rivals:
        return areas
    today = clock.today()
    due = work_figures().due_by_institution(rivals, today, today + timedelta(days=LOAD_DAYS - 1))
    return [replace(area, load=due.get(area.institution_id, 0)) for area in areas]


def read_areas(catchments: QuerySet[Catchment, Catchment]) -> dict[int, Area]:
    """By number of the row, without the load. One query."""
    capacity = (
        Capacity.objects.filter(staff__institution=OuterRef("institution_id"), staff__is_active=True)
        .order_by()
        .values("staff__institution")
        .values_list(Sum("per_day"))
    )
    rows = (
        catchments.annotate(
            team=FilteredRelation(
                "institution__departments__wards",
                condition=Q(
                    institution__departments__wards__kind="care_team",
                    institution__departments__wards__is_active=True,
                ),
            ),
            capacity=Subquery(capacity),
        )
        .order_by("pk", F("team__pk").asc(nulls_last=True))
        .values_list(
            "pk", "institution_id", "institution__name", "institution__is_active", "division_code", "role",
            "valid_from", "valid_to", "team__pk", "team__department_id", "institution__code", "institution__kind",
            "specialties", "capacity", "revision",
        )
    )  # fmt: skip
    areas: dict[int, Area] = {}
    for (
        pk, institution, name, is_active, code, role, valid_from, valid_to, ward, department, short, kind,
        specialties, per_day, revision,
    ) in rows:  # fmt: skip
        # A department without a team and one with it give a row each: the first team by id counts.
        if pk not in areas:
            areas[pk] = Area(
                institution_id=institution, institution_name=name, division_code=code,
                is_primary=role == CatchmentRole.PRIMARY, valid_from=valid_from, valid_to=valid_to,
                works=is_active and ward is not None, team_department_id=department, team_ward_id=ward,
                institution_code=short, institution_kind=kind, specialties=split_specialties(specialties),
                capacity=per_day, revision=revision,
            )  # fmt: skip
    return areas


def clinicians_around(division_codes: Iterable[str]) -> list[NamedClinician]:
    """Everyone named for these divisions and what they lie in, whatever the dates. One query."""
    codes = {code for division in division_codes for code in codes_upward(division)}
    return list(read_clinicians(ClinicianArea.objects.filter(division_code__in=codes)).values())


def read_clinicians(rows: QuerySet[ClinicianArea, ClinicianArea]) -> dict[int, NamedClinician]:
    """By number of the row. One query."""
    found: Any = rows.order_by("pk").values_list(
        "pk", "staff_id", "staff__name", "ward__department__institution_id", "ward__department_id", "ward_id",
        "division_code", "valid_from", "valid_to", "staff__is_active", "ward__is_active",
    )  # fmt: skip
    return {
        pk: NamedClinician(
            staff, name, institution, department, ward, code, first, last, is_active and is_open
        )
        for pk, staff, name, institution, department, ward, code, first, last, is_active, is_open in found
    }


def split_specialties(text: str) -> tuple[str, ...]:
    return tuple(text.split(",")) if text else ()


def institution_for(division_code: str, day: date) -> Area | None:
    """Who looks after the place on the day (rules.choose_institution). Raises ValueError for a malformed code."""
    return choose_institution(areas_around([division_code]), division_code, day)


def clinician_for(division_code: str, institution_id: int, day: date) -> NamedClinician | None:
    """The clinician of that institution who is named for the place; None: its care team."""
    return choose_clinician(clinicians_around([division_code]), division_code, institution_id, day)
