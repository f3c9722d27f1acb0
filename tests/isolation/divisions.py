"""Lists of counties that somebody has given and nobody has applied yet."""

from datetime import date
from typing import Any

from kernel import clock
from kernel.postgres.base import PUBLIC
from kernel.tenancy import bind_schema
from tests.isolation.world import World

_AS_OF = date(2026, 10, 1)
_ANOTHER_COUNTY = "420582000000"


def give_list(world: World) -> None:
    """By alpha's administrator. Beta keeps no county: what was given under its name is of another one."""
    from divisions.services import preview_import
    from tests.cast import actor_named

    if world.tenant == "beta":
        world.add("division_import", "another county", _give(_ANOTHER_COUNTY, world.schema), "")
        return
    raw = "code,name\n420583106,问安镇\n".encode()
    made = preview_import(
        actor=actor_named("admin"), raw=raw, file_name="list.csv", source="县公安局", as_of=_AS_OF
    )
    world.add("division_import", "county", made["id"], "admin", with_id=made["fingerprint"])


def give_bureau_lists(counties: dict[str, str]) -> dict[str, int]:
    """Bureau account → id of a list of its county, without a row that would change anything."""
    return {who: _give(county, PUBLIC) for who, county in counties.items()}


def fingerprint_of_list(pk: str) -> str:
    from divisions.models import DivisionImport

    with bind_schema(PUBLIC):
        return DivisionImport.objects.values_list("fingerprint", flat=True).get(pk=pk)


def _give(county: str, schema: str) -> int:
    from divisions.enums import ChangeKind, ImportState
    from divisions.models import DivisionImport

    with bind_schema(PUBLIC):
        made: Any = DivisionImport.objects.create(
            county_code=county, state=ImportState.PREVIEWED, fingerprint=_fingerprint(county), file_name="list.csv",
            file_sha256="0" * 64, source="县公安局", as_of=_AS_OF, rows=[], made_in=schema, made_by=1,
            made_by_name="区划员", made_at=clock.now(),
            report={"counts": dict.fromkeys(ChangeKind.values, 0), "absent": 0, "rows": []},
        )  # fmt: skip
    return int(made.pk)


def _fingerprint(county: str) -> str:
    from divisions import selectors
    from divisions.services.importing import fingerprint_of

    with bind_schema(PUBLIC):
        return fingerprint_of([], selectors.stored_rows(county=county), "县公安局", _AS_OF)
