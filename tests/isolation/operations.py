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
from kernel.checks import iterate_api_views
from kernel.doors import ANYONE, SIGNED_IN
from tests.isolation.world import ABSENT_ID, ROLE_CODES, Thing, World

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

    def url(self, *values: str) -> str:
        """`values` in the order of the parameters; a single one stands for all of them."""
        left = list(values or ("",))
        return "/" + _PARAMETER.sub(lambda _: left.pop(0) if len(left) > 1 else left[0], self.template)

    def is_open_to(self, who: str | None) -> bool:
        """Whether the function alone, and what the room asks besides (RESERVED), lets this member of the cast in."""
        if self.function == ANYONE:
            return True
        if self.key in RESERVED and who not in RESERVED[self.key]:
            return False
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
    "absences/{id}": "absence",
    "area-changes/{id}": "area_change",
    "care-contracts/{id}": "care_contract",
    "catchments/{id}": "catchment",
    "clinician-areas/{id}": "clinician_area",
    "rosters/{staff_id}": "staff",
    "divisions/imports/{id}": "division_import",
    "education-card-versions/{id}": "card_version",
    "education-cards/{id}": "card",
    "enrolments/{id}": "enrolment",
    "escalations/{id}": "escalation",
    "files/{token}": "file_link",
    "handover/agreements/{id}": "agreement",
    "handover/cases/{id}": "handover_case",
    "intake/quarantine/{id}": "quarantine",
    "labels/{id}": "label",
    "patients/{id}": "patient",
    "patients/{id}/flags/{flag_id}": "flag",
    "programme-versions/{id}": "programme_version",
    "programmes/{id}": "programme",
    "questionnaire-versions/{id}": "questionnaire_version",
    "questionnaires/{id}": "questionnaire",
    "recordings/{id}": "recording",
    "residences/{id}": "residence",
    "review/draws/{id}": "draw",
    "review/items/{id}": "item",
    "routing/patients/{id}": "routed_patient",
    "routing/queue/{id}": "routing_decision",
    "scale-licences/{id}": "licence",
    "screening/runs/{id}": "run",
    "tasks/{id}": "task",
}
# The id of a path whose room widens the sight of it (TENANT_WIDE).
WIDER = {
    "patients/{id}/residences": "routed_patient",
    "patients/{id}/routing-override": "routed_patient",
    "patients/{id}/routing-override/end": "routed_patient",
}
# An id that comes as a query parameter, and what it may be of, one at a time.
IN_QUERY = {
    "GET screening/explain": {"encounter": "encounter", "patient": "patient", "inpatient_no": "inpatient_no"},
}
# An id that comes in the body (BODIES puts it there).
IN_BODY = {
    "POST absences": "staff",
    "POST care-contracts": "patient",
    "POST education-cards": "card_version",
    "POST enrolments": "encounter",
    "POST handover/offers": "encounter",
    "POST handover/preview": "encounter",
    "POST programmes": "programme_version",
    "POST questionnaires": "questionnaire_version",
    "POST questionnaires/validate": "questionnaire",
    "POST review/draws": "department",
}
# What an unknown id is answered with, where it is a fault of the body and not 404.
UNKNOWN = {"POST education-cards": 422, "POST programmes": 422}

# Which state of a thing an operation is tried on, where not every state will do.
VARIANTS = {
    "GET area-changes/{id}": "draft",
    "POST area-changes/{id}/apply": "draft",
    "POST area-changes/{id}/revert": "applied",
    "DELETE education-card-versions/{id}": "draft",
    "DELETE programme-versions/{id}": "draft",
    "DELETE questionnaire-versions/{id}": "draft",
    "GET education-card-versions/{id}": "signed",
    "GET education-cards/{id}": "signed",
    "GET enrolments/{id}": "active",
    "GET programme-versions/{id}": "active",
    "GET programme-versions/{id}/diff": "signed",
    "GET programmes/{id}": "story",
    "GET questionnaire-versions/{id}": "signed",
    "GET questionnaire-versions/{id}/fhir": "signed",
    "GET questionnaires/{id}": "signed",
    "GET tasks/{id}": "done",
    "GET tasks/{id}/recordings": "done",
    "POST education-card-versions/{id}/retire": "signed",
    "POST education-card-versions/{id}/return": "reviewed",
    "POST education-card-versions/{id}/review": "draft",
    "POST education-card-versions/{id}/sign": "reviewed",
    "POST education-cards": "signed",
    "POST education-cards/{id}/drafts": "signed",
    "POST handover/agreements/{id}/countersign": "proposed",
    "POST handover/agreements/{id}/propose": "draft",
    "POST handover/agreements/{id}/reject": "proposed",
    "POST handover/agreements/{id}/revoke": "active",
    "POST handover/cases/{id}/accept": "arrived",
    "POST handover/cases/{id}/acknowledge": "waiting",
    "POST handover/cases/{id}/complete": "taken",
    "POST handover/cases/{id}/decline": "arrived",
    "POST handover/cases/{id}/recall": "sent",
    "POST handover/cases/{id}/reoffer": "desk",
    "POST handover/cases/{id}/return": "taken",
    "PUT handover/agreements/{id}": "draft",
    "POST enrolments/{id}/pause": "active",
    "POST enrolments/{id}/resume": "paused",
    "POST enrolments/{id}/stop": "active",
    "POST labels/{id}/activate": "inactive",
    "POST labels/{id}/deactivate": "active",
    "POST programme-versions/{id}/activate": "signed",
    "POST programme-versions/{id}/pause": "active",
    "POST programme-versions/{id}/retire": "active",
    "POST programme-versions/{id}/return": "reviewed",
    "POST programme-versions/{id}/review": "draft",
    "POST programme-versions/{id}/sign": "reviewed",
    "POST programmes": "active",
    "POST programmes/{id}/drafts": "story",
    "POST questionnaire-versions/{id}/retire": "signed",
    "POST questionnaire-versions/{id}/return": "reviewed",
    "POST questionnaire-versions/{id}/review": "draft",
    "POST questionnaire-versions/{id}/sign": "reviewed",
    "POST questionnaires": "signed",
    "POST questionnaires/validate": "signed",
    "POST questionnaires/{id}/drafts": "signed",
    "POST review/items/{id}/answers": "fresh",
    "POST review/items/{id}/score": "answered",
    "POST scale-licences/{id}/revoke": "standing",
    "POST tasks/{id}/detach": "lead",
    "PUT education-card-versions/{id}": "draft",
    "PUT labels/{id}": "active",
    "PUT programme-versions/{id}": "draft",
    "PUT questionnaire-versions/{id}": "draft",
}
_DEFAULT_VARIANT = {"task": "open"}

# Who may at all, where the function is not enough: 403 for everybody else, whatever the id.
_EDITOR_OR_SIGNER = {"centre", "doctor"}
RESERVED = {
    "GET workbench/group": {"supervisor", "other_supervisor", "operations", "double", "head"},
    "POST education-card-versions/{id}/retire": _EDITOR_OR_SIGNER,
    "POST education-card-versions/{id}/return": _EDITOR_OR_SIGNER,
    "POST programme-versions/{id}/return": _EDITOR_OR_SIGNER,
    "POST questionnaire-versions/{id}/return": _EDITOR_OR_SIGNER,
}

# In sight is not enough: whoever is not in `worked_by` gets 403. Elsewhere being in sight suffices.
WORK_NEEDED = {
    "PATCH absences/{id}",
    "POST absences",
    "POST absences/{id}/cancel",
    "POST enrolments",
    "POST enrolments/{id}/pause",
    "POST enrolments/{id}/resume",
    "POST enrolments/{id}/stop",
    "POST escalations/{id}/acknowledge",
    "POST escalations/{id}/close",
    "POST patients/{id}/flags",
    "POST patients/{id}/flags/{flag_id}/confirm",
    "POST patients/{id}/flags/{flag_id}/lift",
    "POST patients/{id}/flags/{flag_id}/reject",
    "POST patients/{id}/registers",
    "POST review/draws",
    "POST review/items/{id}/answers",
    "POST review/items/{id}/score",
    "POST routing/queue/{id}/resolve",
    "POST tasks/{id}/attempts",
    "POST tasks/{id}/close",
    "POST tasks/{id}/detach",
    "POST tasks/{id}/recordings",
    "POST tasks/{id}/start",
    "POST tasks/{id}/submit",
    "PUT patients/{id}/labels",
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
_HANDOVER_CASES = {
    "GET handover/cases", "GET handover/cases/{id}",
    *(
        f"POST handover/cases/{{id}}/{act}"
        for act in ("accept", "acknowledge", "complete", "decline", "recall", "reoffer", "return")
    ),
}  # fmt: skip
NAMED = {
    # A packet names whom it is about to those who send it and those who decide.
    *(_HANDOVER_CASES - {"GET handover/cases"}),
    "POST handover/offers",
    "POST handover/preview",
    "GET patients/{id}",
    "GET tasks/{id}",
    "POST tasks/{id}/attempts",
    "POST tasks/{id}/close",
    "POST tasks/{id}/detach",
    "POST tasks/{id}/start",
    "POST tasks/{id}/submit",
}
# Who may read of people out of their own sight there, by the room's own rule, and masked: community.routing, whoever
# resolves where a patient belongs (ROUTING_VIEW); screening, whoever writes or signs a programme has to see whom it
# would take before it runs (SCREENING_PREVIEW_NAMES).
TENANT_WIDE = {
    # community.handover: whoever decides on cases sees every one of the tenant (HANDOVER_DECIDE).
    **{key: {"centre"} for key in _HANDOVER_CASES},
    "GET patients/{id}/residences": {"centre", "operations"},
    "GET routing/patients/{id}": {"centre", "operations"},
    "POST patients/{id}/residences": {"centre"},
    "POST patients/{id}/routing-override": {"centre"},
    "POST patients/{id}/routing-override/end": {"centre"},
    "POST residences/{id}/end": {"centre"},
    "POST screening/preview": {"centre", "doctor"},
}
UNMASKING = {"POST patients/{id}/unmask"}
OWN_ANSWERS = {
    # A tertiary hospital looks after no county, so that there is no place to resolve to.
    ("beta", "POST routing/queue/{id}/resolve"): 422,
    # For the same reason it keeps no list of a county.
    ("beta", "GET divisions/imports/{id}"): 404,
    ("beta", "POST divisions/imports"): 403,
    ("beta", "POST divisions/imports/{id}/apply"): 404,
    ("beta", "POST divisions/imports/{id}/discard"): 404,
    # The flags of the story are in force: nothing is proposed that could be confirmed or rejected.
    **{
        (tenant, f"POST patients/{{id}}/flags/{{flag_id}}/{act}"): 409
        for tenant in ("alpha", "beta")
        for act in ("confirm", "reject")
    },
}

# --- Lists: what their rows are, and the queries that together show all of them -----------------------------------


@dataclass(frozen=True, slots=True)
class Listing:
    """`at`: the name of the lists that hold the rows, at any depth; `by`: where a row has its id. `kind` "" is for
    figures without rows."""

    kind: str = ""
    at: str = "items"
    by: str = "id"
    queries: tuple[Mapping[str, str], ...] = ({},)
    # With words of the other tenant put in (matrix._fill), these must find nothing.
    probes: tuple[Mapping[str, str], ...] = ()


_BY_PERSON = ({"q": "{name}"}, {"q": "{phone}"}, {"q": "{id_no}"}, {"q": "{record_no}"}, {"q": "{last4}"})
LISTINGS: dict[str, tuple[Listing, ...]] = {
    "GET absences": (Listing("absence"),),
    "GET area-changes": (Listing("area_change"),),
    "GET care-contracts": (Listing("care_contract"),),
    "GET catchments": (Listing("catchment"),),
    "GET catchments/tree": (Listing("catchment", "areas"), Listing("clinician_area", "clinicians")),
    "GET rosters": (Listing("staff"),),
    "GET divisions": (Listing(),),
    "GET divisions/imports": (Listing("division_import", queries=({"limit": "100"},)),),
    "GET divisions/tree": (Listing(queries=({"county": "420583"},)),),
    "GET education-cards": (Listing("card", queries=({"limit": "100"},)),),
    "GET enrolments": (
        Listing(
            "enrolment", queries=({"limit": "100"},), probes=({"programme": "{programme}"}, *_BY_PERSON[:1])
        ),
    ),
    "GET escalations": (Listing("escalation", queries=({"state": "all", "limit": "100"},)),),
    "GET handover/agreements": (Listing("agreement", queries=({"limit": "100"},)),),
    "GET handover/cases": (Listing("handover_case", queries=({"limit": "100"},), probes=({"q": "{name}"},)),),
    "GET handover/counts": (Listing(),),
    "GET handover/fields": (Listing(),),
    "GET handover/partners": (Listing(),),
    "GET intake/messages": (Listing("message"),),
    "GET intake/quarantine": (Listing("quarantine"),),
    "GET labels": (Listing("label"),),
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
    "GET programmes/vocabulary": (Listing(),),
    "GET questionnaires": (Listing("questionnaire_row", queries=({"limit": "100"},)),),
    "GET review/draws": (Listing("draw", queries=({"limit": "100"},)),),
    "GET routing/queue": (Listing("routing_decision"),),
    "GET routing/summary": (Listing(),),
    "GET routing/unrouted": (Listing(),),
    "GET scale-licences": (Listing("licence"),),
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
    "GET workbench/group": (Listing(),),
    "POST screening/preview": (Listing("previewed_stay", by="encounter_id"),),
}
# The workbench shows open tasks only.
LISTED_VARIANT = {"GET workbench": "listed"}
Figures = Mapping[str, int | None]


def _count_tasks(world: World, who: str) -> Figures:
    open_, done = world.count("task", who, "listed"), world.count("task", who, "done")
    return {"open": open_, "due": open_, "done_this_month": done}


def _count_all(world: World, who: str) -> Figures:
    open_, done = world.count("task", who, "listed"), world.count("task", who, "done")
    resolves = who in {"centre", "operations"}
    return {
        "counts.open": open_, "counts.due_today": open_, "month.done": done, "month.days.done": done,
        # The month counts tasks, the list contacts.
        "month.due": open_ + done + world.count("member", who),
        "counts.escalations_open": world.count("escalation", who),
        "counts.unrouted": world.count("routing_decision", who) if resolves else None,
    }  # fmt: skip


def _count_group(world: World, who: str) -> Figures:
    open_, done = world.count("task", who, "listed"), world.count("task", who, "done")
    return {
        "items.open + unassigned.open": open_, "items.due + unassigned.due": open_,
        "items.done_this_month + unassigned.done_this_month": done,
    }  # fmt: skip


def _count_discharges(world: World, who: str) -> Figures:
    """Counts are the tenant's, for everybody who writes, signs or oversees programmes."""
    stays = len(world.of("encounter"))
    return {
        "count": stays, "patients": stays, "enrolled": stays, "flagged": 0, "by_department.count": stays,
        "conditions.left": stays,
    }  # fmt: skip


def _count_rehearsed(world: World, who: str) -> Figures:
    stays = len(world.of("encounter"))
    return {"enrolments": stays, "tasks": stays, "owners.days.count": stays}


def _count_cases(world: World, who: str) -> Figures:
    return {
        "inbox_open": world.count("handover_case", who, "arrived"), "inbox_overdue": 0,
        "outbox_declined": world.count("handover_case", who, "desk"),
        "outbox_open": world.count("handover_case", who, "sent"),
    }  # fmt: skip


# Figures are answers too: a sum over rows out of sight tells of them. Dotted names; lists are summed.
FIGURES: dict[str, Callable[[World, str], Figures]] = {
    "GET handover/counts": _count_cases,
    "GET programmes": lambda world, who: {"items.enrolled": len(world.of("enrolment"))},
    "GET review/draws": lambda world, who: {"items.counts.items": world.count("item", who)},
    "GET routing/unrouted": lambda world, who: {
        "total": world.count("routing_decision", who),
        "bands.count": world.count("routing_decision", who),
    },
    "GET tasks/counts": _count_tasks,
    "GET workbench": _count_all,
    "GET workbench/group": _count_group,
    "POST screening/preview": _count_discharges,
    "POST screening/rehearsal": _count_rehearsed,
}


def kinds_of(operation: Operation) -> tuple[tuple[str, str], ...]:
    """(query parameter, kind of thing) for each way in which an id is given; the parameter is "" for an id in the path
    or body, and there is none without an id. Raises Unknown."""
    if operation.key in IN_QUERY:
        return tuple(IN_QUERY[operation.key].items())
    if operation.path in WIDER:
        return (("", WIDER[operation.path]),)
    if operation.key in IN_BODY:
        return (("", IN_BODY[operation.key]),)
    if not operation.parameters:
        return ()
    prefix = operation.path[: operation.path.rindex("}") + 1]
    if prefix not in OBJECTS:
        raise Unknown(
            f"{operation.key}: nobody has said what {prefix} means. Add it to OBJECTS in"
            " tests/isolation/operations.py, and its rows to tests/isolation/world.py with who sees them."
        )
    return (("", OBJECTS[prefix]),)


def ids_of(operation: Operation, thing: Thing | None) -> tuple[str, ...]:
    """What stands in the path for the thing: the id of what it belongs to before its own."""
    if thing is None or not operation.parameters:
        return ()
    return (thing.with_id or ABSENT_ID, thing.id) if len(operation.parameters) > 1 else (thing.id,)


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
