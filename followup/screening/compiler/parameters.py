from dataclasses import dataclass, field
from typing import Any

from psycopg import sql


@dataclass(slots=True)
class Parameters:
    """Collects the values of one statement under names of its own.

    `few`: the statement looks at few stays, so codes are looked up stay by stay. Otherwise the planner may hash them.
    """

    few: bool = True
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, value: Any) -> sql.Composable:
        name = f"c{len(self.values)}"
        self.values[name] = value
        return sql.Placeholder(name)
