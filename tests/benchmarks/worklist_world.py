"""A tenant with a worklist: very many tasks by a few statements, a clinician who is logged in, and the way to ask."""

from __future__ import annotations

import io
import json
import uuid
from dataclasses import dataclass
from typing import Any

HOST = "bench.test"
_TOKEN = "b" * 32
_FILL = """
INSERT INTO records_patient (name, name_masked, name_initials, sex, birth_date, id_no_hash, id_no_masked, id_no_last4,
                             needs_review, created_at, updated_at)
SELECT '张' || g, '张*', 'z', CASE g %% 2 WHEN 0 THEN 'M' ELSE 'F' END, date '1940-01-01' + g %% 20000, '', '',
       lpad((g %% 10000)::text, 4, '0'), '', now(), now() FROM generate_series(1, %(patients)s) g;
INSERT INTO records_encounter (patient_id, kind, status, source_system, source_id, inpatient_no, department_text,
                               ward_text, attending_no, attending_name, discharged_on, disposition, main_diagnosis,
                               source_updated_at, revision, created_at, updated_at)
SELECT id, 'inpatient', 'discharged', 'HIS', 'E' || id, 'ZY' || id, '', '', '', '',
       date '2026-06-01' + (id %% 170)::int, 'home', '股骨颈骨折', now(), id, now(), now() FROM records_patient;
INSERT INTO worklist_task (programme_id, step_id, occurrence, patient_id, encounter_id, institution_id,
                           department_id, ward_id, assignee_id, township_code, state, channel, due_on, window_start,
                           window_end, reason, level, answers, version, conclusion, close_reason, late_reason, reached,
                           created_at, closed_at, closed_on, closed_by_name)
SELECT %(programme)s, %(step)s, 1, e.patient_id, e.id, d.institution_id, w.department_id, w.id,
       CASE WHEN big THEN %(staff)s END, '420583106000', CASE WHEN open THEN 'planned' ELSE 'done' END, 'T', due,
       due - 1, due + 3, %(reason)s::jsonb, '', '{}', 1, '', '', '', false, now(),
       CASE WHEN NOT open THEN due::timestamptz END, CASE WHEN NOT open THEN due END, ''
  FROM (SELECT g, g %% 5 = 0 AS big, g %% 5 = 0 OR g %% 7 = 0 AS open,
               date '2026-06-01' + (g::bigint * 7919 %% 300)::int AS due,
               (SELECT array_agg(id ORDER BY id) FROM organization_ward WHERE id <> %(ward)s) AS wards
          FROM generate_series(1, %(tasks)s) g) s
  JOIN organization_ward w ON w.id = CASE WHEN big THEN %(ward)s ELSE wards[1 + g %% cardinality(wards)] END
  JOIN organization_department d ON d.id = w.department_id
  JOIN LATERAL (SELECT id, patient_id FROM records_encounter ORDER BY id LIMIT 1) one ON true
  JOIN records_encounter e ON e.id = one.id + g %% %(patients)s;
"""
_REASON = {"step": "d7", "why": ["出院诊断为股骨颈骨折", "行手术治疗", "年龄不小于 60 岁"]}


@dataclass(slots=True)
class World:
    schema: str
    ward: int
    cookie: str
    actor: Any


def build(tasks: int, schema: str) -> World:
    """A clinician with a fifth of the tasks on the ward; the rest lies on the other wards of the tenant."""
    from followup.worklist.tests.factories import make_programme

    world, staff = hire(schema)
    step = make_programme()
    values = {
        "patients": tasks // 5, "tasks": tasks, "ward": world.ward, "staff": staff.pk, "step": step.pk,
        "programme": step.version.programme_id, "reason": json.dumps(_REASON, ensure_ascii=False),
    }  # fmt: skip
    fill(values)
    vacuum(schema)
    return world


def hire(schema: str) -> tuple[World, Any]:
    """A clinician of the first township, logged in; and the row of the staff."""
    from access.actor import SYSTEM, build_actor
    from access.roles import Place
    from access.services import assign_role, grant_place
    from accounts.backends import StaffBackend
    from accounts.services import create_account
    from divisions.selectors import children_of
    from divisions.services import import_seed
    from kernel.tenancy import bind_schema
    from organization import services as organization
    from organization.models import Ward

    with bind_schema("public"):
        if not children_of("420000000000").exists():  # the places of all tenants, imported once
            import_seed("hubei")
    ward = Ward.objects.select_related("department__institution").get(department__institution__code="T0")
    account = create_account(username="bench", name="李医生", password="Ceshi-2026")
    staff = organization.save_staff(
        staff_no="B1", name="李医生", institution=ward.department.institution, department=ward.department,
        ward=ward, account=account,
    )  # fmt: skip
    assign_role(actor=SYSTEM, account=account, role="township_clinician")
    grant_place(actor=SYSTEM, account=account, place=Place.FOLLOW_UP, container=ward)
    actor = build_actor(StaffBackend().get_user(account.pk))
    return World(schema, ward.pk, open_session(account), actor), staff


def fill(values: dict[str, Any]) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        for statement in _FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, values)


def vacuum(schema: str) -> None:
    from django.db import connections
    from psycopg import sql

    with connections["owner"].cursor() as cursor:
        for table in ("worklist_task", "records_patient", "records_encounter"):
            cursor.execute(
                sql.SQL("VACUUM ANALYZE {}.{}").format(sql.Identifier(schema), sql.Identifier(table))
            )


def open_session(account: Any) -> str:
    from importlib import import_module

    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "accounts.backends.StaffBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def call(
    application: Any, path: str, query: str, cookie: str, *, host: str = HOST, body: bytes | None = None
) -> bytes:
    """GET; with a body POST, as the web app sends it: token against forgery, key against repeats."""
    from django.conf import settings

    status: list[str] = []
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query, "SERVER_NAME": host, "SERVER_PORT": "80",
        "HTTP_HOST": host, "HTTP_COOKIE": cookie, "HTTP_ACCEPT": "application/json",
        "wsgi.input": io.BytesIO(body or b""), "wsgi.errors": io.StringIO(), "wsgi.url_scheme": "http",
        "wsgi.version": (1, 0), "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.multithread": False, "wsgi.multiprocess": True, "wsgi.run_once": False, "REMOTE_ADDR": "127.0.0.1",
    }  # fmt: skip
    if body is not None:
        environ |= {
            "REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_CSRFTOKEN": _TOKEN, "HTTP_COOKIE": f"{cookie}; {settings.CSRF_COOKIE_NAME}={_TOKEN}",
            "HTTP_IDEMPOTENCY_KEY": uuid.uuid4().hex,
        }  # fmt: skip
    answer = application(environ, lambda line, headers: status.append(line))
    try:
        content = b"".join(answer)
    finally:
        answer.close()
    assert status[0].startswith("200"), (status, content[:500])
    return content
