"""The one map: which adapter serves which port, which handler hears which event, which job has which name."""

from access.actor import describe_account
from accounts import ports as accounts_ports
from accounts.ports import Workplace


def connect() -> None:
    """Called once at start-up, when every room is loaded."""
    accounts_ports.connect(find_workplace=_find_workplace, describe_actor=describe_account)


def _find_workplace(account_id: int) -> Workplace:
    from kernel.tenancy import is_tenant_bound

    if not is_tenant_bound():
        return {"institution_name": None, "department_name": None, "ward_names": []}
    from organization.selectors import workplace_of

    return workplace_of(account_id)
