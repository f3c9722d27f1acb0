"""The whole county for the editor, and the flat table of rows."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from community.catchments.contracts import Area, NamedClinician
from community.catchments.enums import CatchmentRole
from community.catchments.models import Catchment, ClinicianArea
from community.catchments.rules import choose_clinician, choose_institution, codes_upward, is_valid_on
from community.catchments.selectors.areas import read_areas, read_clinicians, split_specialties
from community.catchments.selectors.county import county_code, name_column
from divisions.codes import level_of, pad_code, prefix_of
from divisions.enums import DivisionLevel
from divisions.selectors import divisions_inside
from kernel import clock
from kernel.errors import InvalidInput
from organization.selectors import all_open_institutions

ORDER = ("id",)
_LEVELS = {
    DivisionLevel.COUNTY: "county",
    DivisionLevel.TOWNSHIP: "township",
    DivisionLevel.VILLAGE: "village",
}
_ROW = (
    "id", "institution_id", "institution__name", "institution__kind", "institution__is_active", "division_code",
    "role", "specialties", "valid_from", "valid_to", "revision",
)  # fmt: skip


def tree() -> dict[str, Any]:
    """Every township and village of the county with who is entered there now or later, and who looks after it today.

    Four queries, whatever the size of the county. A tenant whose county is not in the lists gets an empty one.
    """
    today, county = clock.today(), county_code()
    places = (
        list(divisions_inside(county).order_by("code").values_list("code", "name", "kind")) if county else []
    )
    areas, clinicians = _read_current(county, today)
    board = _Board(areas, clinicians, today)
    townships: list[dict[str, Any]] = []
    top: dict[str, Any] | None = None
    vacant = 0
    for code, name, kind in places:
        node = {"code": code, "name": name, "kind": kind, **board.rows_at(code)}
        level = level_of(code)
        if level == DivisionLevel.COUNTY:
            top = node
        elif level == DivisionLevel.TOWNSHIP:
            townships.append({**node, "effective": board.effective(code), "villages": []})
        elif townships and code.startswith(townships[-1]["code"][:9]):
            node["effective"] = board.effective(code)
            vacant += node["effective"] is None
            townships[-1]["villages"].append(node)
    return {
        "as_of": today,
        "county": top,
        "townships": townships,
        "institutions": [
            {"id": str(ref.id), "code": ref.code, "name": ref.name, "kind": ref.kind}
            for ref in all_open_institutions()
        ],
        "vacant": vacant,
    }


def _read_current(county: str, today: date) -> tuple[dict[int, Area], dict[int, NamedClinician]]:
    prefix = county[:6] or "-"
    which = Q(valid_to=None) | Q(valid_to__gte=today)
    inside = Q(division_code__gte=prefix.ljust(12, "0"), division_code__lte=prefix.ljust(12, "9"))
    return (
        read_areas(Catchment.objects.filter(which, inside)),
        read_clinicians(ClinicianArea.objects.filter(which, inside)),
    )


class _Board:
    """Rows by place, so that each village looks at its own three codes only."""

    def __init__(
        self, areas: Mapping[int, Area], clinicians: Mapping[int, NamedClinician], today: date
    ) -> None:
        self.today = today
        self.areas = _by_code(areas)
        self.clinicians = _by_code(clinicians)
        self.names = {area.institution_id: area.institution_name for area in areas.values()}

    def rows_at(self, code: str) -> dict[str, Any]:
        return {
            "areas": [_show_area(pk, area, self.today) for pk, area in self.areas.get(code, ())],
            "clinicians": [_show_clinician(pk, row, self.today) for pk, row in self.clinicians.get(code, ())],
        }

    def effective(self, code: str) -> dict[str, Any] | None:
        """Who looks after the place today; None for a vacancy."""
        around = codes_upward(code)
        area = choose_institution(
            [area for step in around for _, area in self.areas.get(step, ())], code, self.today
        )
        if area is None:
            return None
        named = choose_clinician(
            [row for step in around for _, row in self.clinicians.get(step, ())], code, area.institution_id,
            self.today,
        )  # fmt: skip
        return {
            "institution_id": str(area.institution_id),
            "institution_name": area.institution_name,
            "staff_name": named.staff_name if named is not None else None,
            "role": str(CatchmentRole.PRIMARY if area.is_primary else CatchmentRole.BACKUP),
            "from_level": _LEVELS[DivisionLevel(level_of(area.division_code))],
        }


def _by_code(rows: Mapping[int, Any]) -> dict[str, list[tuple[int, Any]]]:
    found: dict[str, list[tuple[int, Any]]] = {}
    for pk, row in rows.items():
        found.setdefault(row.division_code, []).append((pk, row))
    return found


def _show_area(pk: int, area: Area, today: date) -> dict[str, Any]:
    return {
        "id": str(pk),
        "institution_id": str(area.institution_id),
        "institution_name": area.institution_name,
        "role": str(CatchmentRole.PRIMARY if area.is_primary else CatchmentRole.BACKUP),
        "specialties": list(area.specialties),
        "valid_from": area.valid_from,
        "valid_to": area.valid_to,
        "state": state_on(area, today),
        "works": area.works,
        "revision": area.revision,
    }


def _show_clinician(pk: int, row: NamedClinician, today: date) -> dict[str, Any]:
    return {
        "id": str(pk),
        "staff_id": str(row.staff_id),
        "staff_name": row.staff_name,
        "ward_id": str(row.ward_id),
        "institution_id": str(row.institution_id),
        "valid_from": row.valid_from,
        "valid_to": row.valid_to,
        "state": state_on(row, today),
        "works": row.works,
    }


def state_on(row: Any, today: date) -> str:
    """ended, current or upcoming: of anything with valid_from and valid_to."""
    if row.valid_from > today:
        return "upcoming"
    return "current" if is_valid_on(row, today) else "ended"


def list_catchments(
    *,
    institution_id: int | None = None,
    division: str | None = None,
    role: str | None = None,
    on: date | None = None,
    q: str = "",
) -> Any:
    """Rows by number; page by ORDER, then shape_catchment. `division`: at it or inside it. `on`: those that hold on
    the day, None all. `q`: in the name of the place or the institution. Raises InvalidInput for a malformed code."""
    rows: QuerySet[Any, Any] = Catchment.objects.annotate(division_name=name_column())
    if institution_id is not None:
        rows = rows.filter(institution_id=institution_id)
    if division is not None:
        try:
            code = pad_code(division)
        except ValueError as error:
            raise InvalidInput.at(
                "?division", "invalid_division", "区划代码应为 2、4、6、9 或 12 位数字"
            ) from error
        rows = rows.filter(division_code__gte=code, division_code__lte=prefix_of(code).ljust(12, "9"))
    if role is not None:
        rows = rows.filter(role=role)
    if on is not None:
        rows = rows.filter(Q(valid_to=None) | Q(valid_to__gte=on), valid_from__lte=on)
    if q:
        rows = rows.filter(Q(division_name__contains=q) | Q(institution__name__contains=q))
    return rows.values(*_ROW, "division_name")


def shape_catchment(row: Mapping[str, Any]) -> dict[str, Any]:
    today = clock.today()
    is_ended = row["valid_to"] is not None and row["valid_to"] < today
    return {
        "id": str(row["id"]),
        "institution": {"id": str(row["institution_id"]), "name": row["institution__name"]},
        "institution_is_active": row["institution__is_active"],
        "division": {
            "code": row["division_code"],
            "name": row["division_name"] or row["division_code"],
            "level": _LEVELS[DivisionLevel(level_of(row["division_code"]))],
        },
        "role": row["role"],
        "role_name": CatchmentRole(row["role"]).label,
        "specialties": list(split_specialties(row["specialties"])),
        "valid_from": row["valid_from"],
        "valid_to": row["valid_to"],
        "state": "ended" if is_ended else "upcoming" if row["valid_from"] > today else "current",
        "revision": row["revision"],
    }


def get_catchment(pk: int) -> dict[str, Any]:
    return shape_catchment(
        Catchment.objects.annotate(division_name=name_column()).values(*_ROW, "division_name").get(pk=pk)
    )


def clinicians_shown(ids: Iterable[int]) -> list[dict[str, Any]]:
    """Rows of named clinicians by their numbers."""
    today = clock.today()
    found = read_clinicians(ClinicianArea.objects.filter(pk__in=list(ids)))
    return [
        {**_show_clinician(pk, row, today), "division_code": row.division_code} for pk, row in found.items()
    ]
