"""Every operation of both hosts, found by walking the URL resolver, and what its parameters stand for.

The tables below are the only lists. An operation that they do not know fails with the sentence that says what to
add: a new endpoint cannot be forgotten.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from access.roles import ROLES
from files.tests.samples import make_wav
from kernel.checks import iterate_api_views
from kernel.doors import ANYONE, SIGNED_IN
from tests.isolation.world import ROLE_CODES, Thing, World

_PREFIX = "api/v1/"
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


class Unknown(Exception):
    """The matrix does not know this operation yet; the message says what to add and where."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One (path, method, action). `key` is how the tables name it: "POST tasks/{id}/start"."""

    host: str  # tenant | public
    template: str
    method: str
    action: str
    view: Any

    @property
    def path(self) -> str:
        return _PARAMETER.sub(r"{\1}", self.template).removeprefix(_PREFIX)

    @property
    def key(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def function(self) -> str:
        """The code that the action declares; "" (nobody) where it declares none."""
        return str(self.view.functions.get(self.action, ""))

    @property
    def room(self) -> str:
        module = str(self.view.__module__)
        return module.split(".api")[0]

    @property
    def parameters(self) -> list[str]:
        return _PARAMETER.findall(self.template)

    def url(self, value: str = "") -> str:
        return "/" + _PARAMETER.sub(value, self.template)

    def is_open_to(self, who: str | None) -> bool:
        """Whether the function alone lets this member of the cast in."""
        if self.function == ANYONE:
            return True
        return who is not None and (
            self.function == SIGNED_IN
            or any(self.function in ROLES[code].functions for code in ROLE_CODES[who])
        )


def iterate_operations(host: str) -> list[Operation]:
    urlconf = settings.ROOT_URLCONF if host == "tenant" else settings.PUBLIC_SCHEMA_URLCONF
    found = [
        Operation(host, path, method.upper(), action, view)
        for path, view, actions in iterate_api_views(urlconf)
        for method, action in actions.items()
    ]
    return sorted(found, key=lambda op: (op.path, op.method))


TENANT_OPERATIONS = iterate_operations("tenant")
PUBLIC_OPERATIONS = iterate_operations("public")

# --- What an id means: path as far as its parameter → kind of world.Thing ---------------------------------------
OBJECTS = {
    "escalations/{id}": "escalation",
    "files/{token}": "file_link",
    "intake/quarantine/{id}": "quarantine",
    "patients/{id}": "patient",
    "programmes/{id}": "programme",
    "recordings/{id}": "recording",
    "review/draws/{id}": "draw",
    "review/items/{id}": "item",
    "routing/patients/{id}": "routed_patient",
    "routing/queue/{id}": "routing_decision",
    "tasks/{id}": "task",
}
# An id that comes as a query parameter or in the body.
IN_QUERY = {"GET screening/explain": ("encounter", "encounter")}
IN_BODY = {"POST review/draws": "department"}

# Which state of a thing an operation is tried on, where not every state will do.
VARIANTS = {
    "GET tasks/{id}": "done",
    "GET tasks/{id}/recordings": "done",
    "POST review/items/{id}/answers": "fresh",
    "POST review/items/{id}/score": "answered",
}
_DEFAULT_VARIANT = {"task": "open"}

# In sight is not enough: whoever is not in `worked_by` gets 403. Elsewhere being in sight suffices.
WORK_NEEDED = {
    "POST escalations/{id}/acknowledge",
    "POST escalations/{id}/close",
    "POST review/draws",
    "POST review/items/{id}/answers",
    "POST review/items/{id}/score",
    "POST routing/queue/{id}/resolve",
    "POST tasks/{id}/attempts",
    "POST tasks/{id}/close",
    "POST tasks/{id}/recordings",
    "POST tasks/{id}/start",
    "POST tasks/{id}/submit",
    "PUT tasks/{id}/draft",
}

# Operations that declare ANYONE, and what they answer to a caller who has nothing to hide.
OPEN = {
    "DELETE session": 204,
    "GET files/{token}": 200,
    "GET session": 200,
    "POST session": 401,  # the body holds a wrong password
}
# Where the plain name may stand (PatientDetail); everywhere else only the masked one.
NAMED = {
    "GET patients/{id}",
    "GET tasks/{id}",
    "POST tasks/{id}/attempts",
    "POST tasks/{id}/close",
    "POST tasks/{id}/start",
    "POST tasks/{id}/submit",
}
# Who may read of people out of their own sight there, by the room's own rule (community.routing: ROUTING_VIEW).
TENANT_WIDE = {"GET routing/patients/{id}": {"centre", "operations"}}
UNMASKING = {"POST patients/{id}/unmask"}
# A tertiary hospital looks after no county, so that there is no place to resolve to.
OWN_ANSWERS = {("beta", "POST routing/queue/{id}/resolve"): 422}

# --- Lists: what their rows are, and the queries that together show all of them -----------------------------------


@dataclass(frozen=True, slots=True)
class Listing:
    """`at`: the name of the lists that hold the rows, at any depth. `kind` "" is for figures without rows."""

    kind: str = ""
    at: str = "items"
    queries: tuple[Mapping[str, str], ...] = ({},)
    # With words of the other tenant put in (matrix._fill), these must find nothing.
    probes: tuple[Mapping[str, str], ...] = ()


_BY_PERSON = ({"q": "{name}"}, {"q": "{phone}"}, {"q": "{id_no}"}, {"q": "{record_no}"}, {"q": "{last4}"})
LISTINGS: dict[str, tuple[Listing, ...]] = {
    "GET divisions": (Listing(),),
    "GET escalations": (Listing("escalation", queries=({"state": "all", "limit": "100"},)),),
    "GET intake/messages": (Listing("message"),),
    "GET intake/quarantine": (Listing("quarantine"),),
    "GET organization/tree": (
        Listing("ward", "wards"),
        Listing("tree_department", "departments"),
        Listing("institution"),
    ),
    "GET patients": (
        Listing(
            "patient",
            queries=({"q": "金丝"}, {"q": "邻丝"}, {"q": "待丝"}, {"q": "旧丝"}, {"q": "jsj"}),
            probes=_BY_PERSON,
        ),
    ),
    "GET programmes": (Listing("programme"),),
    "GET review/draws": (Listing("draw", queries=({"limit": "100"},)),),
    "GET routing/queue": (Listing("routing_decision"),),
    "GET routing/summary": (Listing(),),
    "GET screening/runs": (Listing("run"),),
    "GET supervision/overview": (Listing(),),
    "GET supervision/tenants": (Listing(),),
    "GET tasks": (
        Listing(
            "task",
            queries=({"state": "all", "limit": "100"},),
            probes=({"state": "all", "programme": "{programme}"}, *_BY_PERSON[:1], *_BY_PERSON[4:]),
        ),
    ),
    "GET tasks/counts": (Listing(),),
    "GET workbench": (Listing("task", "today"), Listing("escalation", "escalations")),
}
# The workbench shows open tasks only.
LISTED_VARIANT = {"GET workbench": "open"}


def _count_tasks(world: World, who: str) -> Mapping[str, int]:
    return {
        "open": world.count("task", who, "open"), "due": world.count("task", who, "open"),
        "done_this_month": world.count("task", who, "done"),
    }  # fmt: skip


def _count_all(world: World, who: str) -> Mapping[str, int]:
    seen = [world.count("task", who, variant) for variant in ("open", "done")]
    return {
        "counts.open": seen[0], "counts.due_today": seen[0], "month.due": sum(seen), "month.done": seen[1],
        "month.days.done": seen[1], "counts.escalations_open": world.count("escalation", who),
    }  # fmt: skip


# Figures are answers too: a sum over rows out of sight tells of them. Dotted names; lists are summed.
FIGURES: dict[str, Callable[[World, str], Mapping[str, int]]] = {
    "GET review/draws": lambda world, who: {"items.counts.items": world.count("item", who)},
    "GET tasks/counts": _count_tasks,
    "GET workbench": _count_all,
}

# --- Bodies ------------------------------------------------------------------------------------------------------
Body = Mapping[str, Any]
_ANSWERS = {"answers": {"wound": "good"}}


def _draw(world: World, thing: Thing | None) -> Body:
    return {
        "tier": 2, "department_ids": [thing.id if thing else "1"], "period_from": "2026-11-13",
        "period_to": "2026-11-20", "size": 1, "stratify": "none",
    }  # fmt: skip


BODIES: dict[str, Body | Callable[[World, Thing | None], Body]] = {
    "POST escalations/{id}/close": {"outcome": "advised", "note": "已联系"},
    "POST intake/quarantine/{id}/discard": {"reason": "重复报文"},
    "POST intake/quarantine/{id}/replay": {"corrections": {}},
    "POST patients/{id}/unmask": {"field": "phone", "reason": "电话随访核对"},
    "POST review/draws": _draw,
    "POST review/items/{id}/answers": {"answers": {"called": "yes"}},
    "POST review/items/{id}/score": {
        "scores": {"authentic": 90, "content": 90, "attitude": 90, "completeness": 90}
    },
    "POST routing/queue/{id}/resolve": {"division_code": "420583106000"},
    "POST session": {"username": "clinician", "password": "Buduide-2026"},
    "POST tasks/{id}/attempts": {"channel": "T", "outcome": "no_answer"},
    "POST tasks/{id}/close": {"outcome": "lost", "reason": "多次联系不上"},
    "POST tasks/{id}/evaluate": _ANSWERS,
    "POST tasks/{id}/submit": {**_ANSWERS, "conclusion": "恢复良好"},
    "PUT tasks/{id}/draft": _ANSWERS,
}
UPLOADS = {"POST tasks/{id}/recordings": ("file", "call.wav", make_wav(1))}
HEADERS = {"PUT tasks/{id}/draft": {"If-Match": '"1"'}}


def kind_of(operation: Operation) -> str:
    """The kind of thing that the operation's id means; "" for one without an id. Raises Unknown."""
    if operation.key in IN_QUERY:
        return IN_QUERY[operation.key][1]
    if operation.key in IN_BODY:
        return IN_BODY[operation.key]
    if not operation.parameters:
        return ""
    if len(operation.parameters) > 1:
        raise Unknown(f"{operation.key}: two ids in one path; teach tests/isolation/matrix.py the second one")
    prefix = operation.path[: operation.path.index("}") + 1]
    if prefix not in OBJECTS:
        raise Unknown(
            f"{operation.key}: nobody has said what {prefix} means. Add it to OBJECTS in"
            " tests/isolation/operations.py, and its rows to tests/isolation/world.py with who sees them."
        )
    return OBJECTS[prefix]


def variant_of(operation: Operation, kind: str) -> str:
    return VARIANTS.get(operation.key, _DEFAULT_VARIANT.get(kind, ""))


def listings_of(operation: Operation) -> tuple[Listing, ...]:
    """Raises Unknown for a GET without an id that LISTINGS does not have."""
    if operation.key not in LISTINGS:
        raise Unknown(
            f"{operation.key}: add it to LISTINGS in tests/isolation/operations.py: what its rows are, or"
            " Listing() for figures."
        )
    return LISTINGS[operation.key]


def body_of(operation: Operation, world: World, thing: Thing | None) -> Body:
    """{} where the operation takes none: a 422 to who may then tells that one has to be added to BODIES."""
    body = BODIES.get(operation.key, {})
    return body(world, thing) if callable(body) else body
