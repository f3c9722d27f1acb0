"""Who looks after a place. Rows of closed institutions are read too: the rules need to see a vacancy."""

from collections.abc import Iterable
from datetime import date

from django.db.models import F, FilteredRelation, Q

from community.catchments.contracts import Area, NamedClinician
from community.catchments.models import Catchment, CatchmentRole, ClinicianArea
from community.catchments.rules import choose_clinician, choose_institution, codes_upward


def areas_around(division_codes: Iterable[str]) -> list[Area]:
    """Everything entered for these divisions and what they lie in, whatever its dates. One query."""
    codes = {code for division in division_codes for code in codes_upward(division)}
    rows = (
        Catchment.objects.filter(division_code__in=codes)
        .annotate(
            team=FilteredRelation(
                "institution__departments__wards",
                condition=Q(
                    institution__departments__wards__kind="care_team",
                    institution__departments__wards__is_active=True,
                ),
            )
        )
        .order_by("pk", F("team__pk").asc(nulls_last=True))
        .values_list(
            "pk", "institution_id", "institution__name", "institution__is_active", "division_code", "role",
            "valid_from", "valid_to", "team__pk", "team__department_id",
        )
    )  # fmt: skip
    areas: dict[int, Area] = {}
    for pk, institution, name, is_active, code, role, valid_from, valid_to, ward, department in rows:
        # A department without a team and one with it give a row each: the first team by id counts.
        if pk not in areas:
            areas[pk] = Area(
                institution_id=institution, institution_name=name, division_code=code,
                is_primary=role == CatchmentRole.PRIMARY, valid_from=valid_from, valid_to=valid_to,
                works=is_active and ward is not None, team_department_id=department, team_ward_id=ward,
            )  # fmt: skip
    return list(areas.values())


def clinicians_around(division_codes: Iterable[str]) -> list[NamedClinician]:
    """Everyone named for these divisions and what they lie in, whatever the dates. One query."""
    codes = {code for division in division_codes for code in codes_upward(division)}
    rows = (
        ClinicianArea.objects.filter(division_code__in=codes)
        .order_by("pk")
        .values_list(
            "staff_id", "staff__name", "ward__department__institution_id", "ward__department_id", "ward_id",
            "division_code", "valid_from", "valid_to", "staff__is_active", "ward__is_active",
        )
    )  # fmt: skip
    return [NamedClinician(*row[:8], works=row[8] and row[9]) for row in rows]


def institution_for(division_code: str, day: date) -> Area | None:
    """Who looks after the place on the day (rules.choose_institution). Raises ValueError for a malformed code."""
    return choose_institution(areas_around([division_code]), division_code, day)


def clinician_for(division_code: str, institution_id: int, day: date) -> NamedClinician | None:
    """The clinician of that institution who is named for the place; None: its care team."""
    return choose_clinician(clinicians_around([division_code]), division_code, institution_id, day)
