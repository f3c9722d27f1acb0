from collections.abc import Sequence
from datetime import date
from typing import Any

from community.supervision.contracts import TownshipCounts


def counts(township: str = "420583106000", *, institution: str = "T1", **values: int) -> TownshipCounts:
    return TownshipCounts(
        **{
            "institution_code": institution,
            "institution_name": f"机构{institution}" if institution else "",
            "township_code": township,
            "township_name": {"": "归属待确认", "outside": "县外"}.get(township, f"镇{township[6:9]}"),
            "discharged": 0, "routed": 0, "unrouted": 0, "tasks_due": 0, "tasks_done": 0,
            "tasks_done_in_window": 0, "reached": 0, "abnormal": 0, "handled": 0, **values,
        }  # type: ignore[arg-type]
    )  # fmt: skip


class Source:
    """A tenant's figures as the test wants them; remembers which months were asked for."""

    def __init__(self, *rows: TownshipCounts) -> None:
        self.rows: Sequence[TownshipCounts] = rows
        self.asked: list[date] = []

    def __call__(self, month: date) -> Sequence[TownshipCounts]:
        self.asked.append(month)
        return self.rows


def refresh(tenant: Any, *rows: TownshipCounts, month: date = date(2026, 11, 1)) -> int:
    from community.supervision.services import refresh_indicators
    from kernel.tenancy import bind_schema

    with bind_schema(tenant.schema_name):
        return refresh_indicators(
            tenant_code=tenant.code, tenant_name=tenant.name, county_code="420583000000", month=month,
            source=Source(*rows),
        )  # fmt: skip
