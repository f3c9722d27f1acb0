"""What passes between a tenant's own figures and the county's table. Counts only: no person can be found in them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TownshipCounts:
    """One institution's figures for the people of one township in one month.

    `township_code` is twelve digits, OUTSIDE for people who live elsewhere, UNKNOWN while the residence is open.
    """

    institution_code: str
    institution_name: str
    township_code: str
    township_name: str
    discharged: int
    routed: int
    unrouted: int
    tasks_due: int
    tasks_done: int
    tasks_done_in_window: int
    reached: int
    abnormal: int
    handled: int


OUTSIDE = "outside"
UNKNOWN = ""
