"""Facts by hand for the pure rules: the county's real lists, no database."""

from datetime import date, datetime, timedelta
from typing import Any

from community.catchments.contracts import AbsenceSpan, Area, Contract, NamedClinician
from community.routing.contracts import Decision, Facts, Override
from community.routing.rules import decide, read_addresses
from divisions.parser import AliasIndex, load_gazetteer
from kernel.clock import SHANGHAI
from organization.contracts import FollowUpDesk
from records.contracts import AddressFact

HOME, WENAN, GUANMIAOSHAN, BAILIZHOU = "420583000000", "420583106000", "420583106205", "420583108000"
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=SHANGHAI)
DESK = FollowUpDesk(1, 10, 100)
SINCE = date(2026, 1, 1)


def area(institution_id: int, code: str, name: str, **values: Any) -> Area:
    return Area(
        **{
            "institution_id": institution_id, "institution_name": name, "division_code": code, "is_primary": True,
            "valid_from": SINCE, "valid_to": None, "team_department_id": institution_id * 10,
            "team_ward_id": institution_id * 100, **values,
        }
    )  # fmt: skip


CLINIC = area(2, WENAN, "问安镇卫生院")
ISLAND = area(3, BAILIZHOU, "百里洲镇卫生院")


def address(
    text: str, kind: str = "current", county: str = "", township: str = "", village: str = "", days: int = 0
) -> AddressFact:
    return AddressFact(kind, text, county, township, village, NOW - timedelta(days=days))


def facts(*addresses: AddressFact | str, home: str = HOME, aliases: Any = (), **values: Any) -> Facts:
    given = [address(each) if isinstance(each, str) else each for each in addresses]
    readings = read_addresses(given, home, load_gazetteer(), AliasIndex(aliases))
    return Facts(
        **{
            "now": NOW,
            "home": home,
            "desk": lambda: DESK,
            "readings": readings,
            "areas": (CLINIC, ISLAND),
            **values,
        }
    )


def judge(*addresses: AddressFact | str, **values: Any) -> Decision:
    return decide(facts(*addresses, **values))


def at_the_desk(decision: Decision) -> bool:
    owner = decision.owner
    return (owner.institution_id, owner.department_id, owner.ward_id, owner.staff_id) == (1, 10, 100, None)


def doctor(staff_id: int, name: str, institution_id: int, code: str, **values: Any) -> NamedClinician:
    return NamedClinician(
        **{
            "staff_id": staff_id, "staff_name": name, "institution_id": institution_id,
            "department_id": institution_id * 10, "ward_id": institution_id * 100, "division_code": code,
            "valid_from": SINCE, "valid_to": None, **values,
        }
    )  # fmt: skip


def away(staff_id: int, first: date, last: date | None, deputy_id: int | None, **values: Any) -> AbsenceSpan:
    """`deputy_id` works in the team of institution 2 unless `values` say otherwise."""
    return AbsenceSpan(
        **{
            "staff_id": staff_id, "from_on": first, "to_on": last, "deputy_id": deputy_id,
            "deputy_name": f"代{deputy_id}" if deputy_id else "", "deputy_ward_id": 200, "deputy_department_id": 20,
            "deputy_institution_id": 2, "deputy_works": deputy_id is not None, "reason": "leave", **values,
        }
    )  # fmt: skip


def contract(institution_id: int, name: str, **values: Any) -> Contract:
    return Contract(
        **{
            "patient_id": 1, "institution_id": institution_id, "institution_name": name,
            "department_id": institution_id * 10, "ward_id": institution_id * 100, "staff_id": None,
            "staff_name": "", "valid_from": SINCE, "valid_to": None, **values,
        }
    )  # fmt: skip


def wish(institution_id: int, name: str, expires_on: date, **values: Any) -> Override:
    return Override(
        **{
            "institution_id": institution_id, "institution_name": name, "department_id": institution_id * 10,
            "ward_id": institution_id * 100, "staff_id": None, "staff_name": "", "asked_by": "patient",
            "reason": "住得近", "expires_on": expires_on, **values,
        }
    )  # fmt: skip
