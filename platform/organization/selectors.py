"""Reads of the organisation. What is not active any more is found by id, never by name or in the tree."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import CharField, OuterRef, Q, QuerySet
from django.db.models.functions import Cast, JSONObject

from access.actor import Actor
from access.roles import Place
from accounts.ports import Workplace
from organization.contracts import DepartmentRef, FollowUpDesk, InstitutionRef, StaffRef, WardRef
from organization.enums import DepartmentKind, WardKind
from organization.errors import FollowUpDeskMissing, LeadInstitutionMissing
from organization.models import Department, Institution, StaffMember, Ward
from organization.policy import visible_to

_DEPARTMENT = ("id", "code", "name", "kind", "institution_id", "institution__name")
_STAFF = (
    "id", "staff_no", "name", "title", "institution_id", "institution__name",
    "department_id", "department__name", "ward_id", "ward__name", "is_active",
)  # fmt: skip
_WARD = (
    "id", "code", "name", "kind",
    "department_id", "department__name", "department__institution_id", "department__institution__name",
)  # fmt: skip


def tree(actor: Actor) -> list[dict[str, Any]]:
    """Institutions › departments › wards as far as the actor's grants reach, the lead hospital first."""
    return _list_tree(lambda places: visible_to(actor, places))


def whole_tree() -> list[dict[str, Any]]:
    """The same of the whole tenant: for whoever writes rules that hold in all of it."""
    return _list_tree(lambda places: places)


def _list_tree(narrow: Callable[[QuerySet[Any, Any]], QuerySet[Any, Any]]) -> list[dict[str, Any]]:
    text_id = Cast("pk", CharField())
    wards = (
        narrow(Ward.objects.filter(is_active=True, department=OuterRef("pk")))
        .order_by("code")
        .values_list(JSONObject(id=text_id, code="code", name="name", kind="kind"))
    )
    departments = (
        narrow(Department.objects.filter(is_active=True, institution=OuterRef("pk")))
        .order_by("code")
        .values_list(
            JSONObject(id=text_id, code="code", name="name", kind="kind", wards=ArraySubquery(wards))
        )
    )
    institutions = (
        narrow(Institution.objects.filter(is_active=True))
        .order_by("-is_lead", "code")
        .values_list(
            JSONObject(
                id=text_id, code="code", name="name", kind="kind", is_lead="is_lead",
                division_code="division_code", departments=ArraySubquery(departments),
            ),
            flat=True,
        )
    )  # fmt: skip
    return list(institutions)


def find_ward(code_or_name: str) -> WardRef | None:
    """The ward that a hospital system calls so; None when there is none, or choosing would be a guess.

    The lead hospital's own comes before a member's, a code before a name.
    """
    row = _find(Ward.objects.filter(is_active=True), code_or_name, "department__institution__is_lead", _WARD)
    return None if row is None else WardRef(*row)


def find_department(code_or_name: str) -> DepartmentRef | None:
    """As find_ward, for departments."""
    row = _find(Department.objects.filter(is_active=True), code_or_name, "institution__is_lead", _DEPARTMENT)
    return None if row is None else DepartmentRef(*row)


def _find(
    queryset: QuerySet[Any, Any], text: str, is_lead: str, columns: tuple[str, ...]
) -> tuple[Any, ...] | None:
    text = text.strip()
    if not text:
        return None
    rows = list(queryset.filter(Q(code=text) | Q(name=text)).values_list(is_lead, "code", *columns))
    ranked: dict[tuple[bool, bool], list[tuple[Any, ...]]] = {}
    for lead, code, *row in rows:
        ranked.setdefault((bool(lead), code == text), []).append(tuple(row))
    best = ranked[max(ranked)] if ranked else []
    return best[0] if len(best) == 1 else None


def departments_by_id(ids: Iterable[int]) -> dict[int, DepartmentRef]:
    """Those that exist, active or not; the caller decides what a missing one means."""
    rows = Department.objects.filter(pk__in=set(ids)).values_list(*_DEPARTMENT)
    return {row[0]: DepartmentRef(*row) for row in rows}


def lead_institution() -> InstitutionRef:
    """The lead hospital (牵头医院) of the tenant. Raises LeadInstitutionMissing."""
    lead = Institution.objects.filter(is_lead=True, is_active=True)
    row = lead.values_list("id", "code", "name", "kind", "division_code").first()
    if row is None:
        raise LeadInstitutionMissing()
    return InstitutionRef(*row)


def follow_up_desk() -> FollowUpDesk:
    """The call desk of the lead hospital's follow-up centre.

    Raises LeadInstitutionMissing, FollowUpDeskMissing.
    """
    desk = (
        Ward.objects.filter(
            kind=WardKind.CALL_DESK, is_active=True,
            department__kind=DepartmentKind.FOLLOW_UP_CENTRE, department__is_active=True,
            department__institution__is_lead=True, department__institution__is_active=True,
        )
        .order_by("pk")
        .values_list("department__institution_id", "department_id", "pk")
        .first()
    )  # fmt: skip
    if desk is None:
        lead_institution()
        raise FollowUpDeskMissing()
    return FollowUpDesk(*desk)


def is_institution(institution_id: int) -> bool:
    """Whether the tenant has this institution, and it is active."""
    return Institution.objects.filter(pk=institution_id, is_active=True).exists()


def staff_of_account(account_id: int) -> StaffRef | None:
    """The person behind a log-in; None for an account without one."""
    row = StaffMember.objects.filter(account_id=account_id).values_list(*_STAFF).first()
    return None if row is None else StaffRef(*row)


def staff_by_no(staff_nos: Iterable[str]) -> dict[str, StaffRef]:
    """Those who exist by their staff number, still here or not (`is_active`); one query."""
    rows = StaffMember.objects.filter(staff_no__in=set(staff_nos) - {""}).values_list(*_STAFF)
    return {row[1]: StaffRef(*row) for row in rows}


def workplace_of(account_id: int) -> Workplace:
    """Names for the head of every page: where the person works, and the wards whose follow-up they do."""
    with connection.cursor() as cursor:
        # guardian keeps the object's key as text and has no relation to it, hence the cast.
        cursor.execute(
            """
            SELECT i.name, d.name,
                   (SELECT coalesce(array_agg(w.name ORDER BY w.name), '{}')
                      FROM organization_ward w
                     WHERE w.is_active AND (w.id = s.ward_id OR w.id IN (
                           SELECT o.object_pk::bigint
                             FROM guardian_userobjectpermission o
                             JOIN auth_permission p ON p.id = o.permission_id
                            WHERE o.user_id = a.id AND p.codename = %s)))
              FROM accounts_staffaccount a
              LEFT JOIN organization_staffmember s ON s.account_id = a.id
              LEFT JOIN organization_institution i ON i.id = s.institution_id
              LEFT JOIN organization_department d ON d.id = s.department_id
             WHERE a.id = %s
            """,
            [Place.FOLLOW_UP.value, account_id],
        )
        row = cursor.fetchone()
    institution, department, wards = row if row is not None else (None, None, [])
    return {"institution_name": institution, "department_name": department, "ward_names": list(wards)}


def visible_institutions(actor: Actor) -> QuerySet[Institution]:
    """Institutions in sight, open or not: what another room's list asks with institution__in=…"""
    return visible_to(actor, Institution.objects.all())


def visible_staff(actor: Actor) -> QuerySet[StaffMember]:
    """Who works at the institutions in sight, still or no longer."""
    return StaffMember.objects.filter(institution__in=visible_institutions(actor).values("pk"))


def open_institutions(ids: Iterable[int]) -> dict[int, InstitutionRef]:
    """Those of the numbers that exist and are active."""
    rows = Institution.objects.filter(pk__in=set(ids), is_active=True).values_list(
        "id", "code", "name", "kind", "division_code"
    )
    return {row[0]: InstitutionRef(*row) for row in rows}


def all_open_institutions() -> list[InstitutionRef]:
    """The lead hospital first, then by code."""
    rows = Institution.objects.filter(is_active=True).order_by("-is_lead", "code")
    return [InstitutionRef(*row) for row in rows.values_list("id", "code", "name", "kind", "division_code")]


def open_wards(ids: Iterable[int]) -> dict[int, WardRef]:
    """Those of the numbers that exist and are active, in an active department and institution."""
    rows = Ward.objects.filter(
        pk__in=set(ids), is_active=True, department__is_active=True, department__institution__is_active=True
    ).values_list(*_WARD)
    return {row[0]: WardRef(*row) for row in rows}


def active_staff(ids: Iterable[int]) -> dict[int, StaffRef]:
    """Those of the numbers who work here."""
    rows = StaffMember.objects.filter(pk__in=set(ids), is_active=True).values_list(*_STAFF)
    return {row[0]: StaffRef(*row) for row in rows}
