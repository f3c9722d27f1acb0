"""Names and lists of places, kept by each process: divisions change once a year, aliases when someone teaches one."""

import threading
import time
from dataclasses import dataclass
from typing import Any

from community.routing.models import PlaceAlias
from community.routing.ports import find_home_county
from community.routing.rules.readings import path_of, spoken_name
from divisions.codes import level_of, pad_code
from divisions.enums import DivisionLevel
from divisions.parser import AliasIndex, Gazetteer
from divisions.selectors import build_gazetteer, children_of
from kernel.errors import InvalidInput
from kernel.tenancy import backend, bound_schema
from tenants.registry.contracts import TenantRef
from tenants.registry.selectors import tenant_of_schema

_TTL_SECONDS = 3600.0
_MAX_KEPT = 2000
# A tenant with the duty of a county; hospitals look after their own patients only.
_WITH_COUNTY = "community"


@dataclass(frozen=True, slots=True)
class _Area:
    """What the bound tenant is responsible for: the division code it is registered with, and its kind."""

    division_code: str
    kind: str


_gazetteers: dict[str, tuple[float, Gazetteer]] = {}
_aliases: dict[str, tuple[tuple[int, int], AliasIndex]] = {}
_areas: dict[str, _Area] = {}
_loading = threading.Lock()


def home_county() -> str:
    """12 digits of the county whose people the bound tenant looks after; empty where there is none."""
    wired = find_home_county()
    if wired is not None:
        code = wired() or ""
    else:
        area = _tenant_area()
        code = area.division_code if area.kind == _WITH_COUNTY else ""
    if not code:
        return ""
    county = gazetteer().county(pad_code(code))
    return county.ref.code if county is not None else ""


def gazetteer() -> Gazetteer:
    """Every county, and the townships and villages of the bound tenant's prefecture. Three queries, once an hour."""
    wired = find_home_county()
    code = (wired() if wired is not None else None) or _tenant_area().division_code
    prefecture = code[:4]
    kept = _gazetteers.get(prefecture)
    if kept is None or kept[0] < time.monotonic():
        with _loading:
            kept = _gazetteers.get(prefecture)
            if kept is None or kept[0] < time.monotonic():
                counties = [row.code for row in children_of(prefecture)] if prefecture else []
                built = build_gazetteer([*counties, *([code] if code else [])])
                if len(_gazetteers) >= _MAX_KEPT:
                    _gazetteers.clear()
                kept = _gazetteers[prefecture] = (time.monotonic() + _TTL_SECONDS, built)
    return kept[1]


def alias_index(stamp: tuple[int, int]) -> AliasIndex:
    """The tenant's aliases ready for matching; `stamp` is (largest id, number in force), and one query when it is
    new."""
    schema = bound_schema()
    kept = _aliases.get(schema)
    if kept is None or kept[0] != stamp:
        pairs = (
            PlaceAlias.objects.filter(ended_at=None).order_by("pk").values_list("text", "division_code")
            if stamp[1]
            else []
        )
        if len(_aliases) >= _MAX_KEPT:
            _aliases.clear()
        kept = _aliases[schema] = (stamp, AliasIndex(pairs))
    return kept[1]


def forget_lists() -> None:
    """The stored lists have changed: this process reads them again; others do within the hour."""
    with _loading:
        _gazetteers.clear()
    _aliases.clear()


def describe_place(code: str) -> dict[str, str] | None:
    """{code, name, path} of a division; None for a code that the lists do not hold."""
    found = gazetteer().find(code) if code else None
    if found is None:
        return None
    return {"code": found.code, "name": spoken_name(found.name), "path": path_of(code, gazetteer())}


def township_name(code: str) -> str | None:
    """Of a township's or village's 12 digits."""
    if len(code) != 12 or level_of(code) < DivisionLevel.TOWNSHIP:
        return None
    found = gazetteer().find(code[:9])
    return found.name if found is not None else None


def list_divisions(parent: str | None) -> list[dict[str, Any]]:
    """Divisions directly below `parent` (provinces for None), by code. Raises InvalidInput for a malformed code."""
    try:
        rows = children_of(parent).order_by("code").values("code", "name", "level", "kind")
    except ValueError as error:
        raise InvalidInput.at(
            "?parent", "invalid_division", "区划代码应为 2、4、6、9 或 12 位数字"
        ) from error
    return [dict(row) for row in rows]


def _tenant_area() -> _Area:
    tenant: Any = getattr(backend(), "tenant", None)
    code = getattr(tenant, "division_code", None)
    if code is not None:  # bound by a request
        return _Area(code, str(getattr(tenant, "kind", "")))
    schema = bound_schema()
    kept = _areas.get(schema)
    if kept is None:
        ref: TenantRef | None = tenant_of_schema(schema)
        kept = _Area(ref.division_code, ref.kind) if ref is not None else _Area("", "")
        if len(_areas) >= _MAX_KEPT:
            _areas.clear()
        if ref is not None:
            _areas[schema] = kept
    return kept
