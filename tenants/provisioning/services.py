"""Making a tenant, in steps that can be repeated: a crash at any step leaves a run that goes on where it stopped."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import connections, transaction
from psycopg import sql

from kernel import clock
from kernel.postgres.base import OWNER_ALIAS
from kernel.tenancy import bind_schema
from tenants.provisioning import grants, scripts
from tenants.provisioning.errors import FacilityTaken, HostTaken, InvalidTenantCode
from tenants.provisioning.models import ProvisioningRun, SchemaTemplate
from tenants.registry.models import Domain, HealthBureau, Tenant, TenantStatus

_CODE = re.compile(r"^[a-z][a-z0-9_]{1,29}$")
SeedStep = Callable[[Tenant], object]
_seed_steps: dict[str, SeedStep] = {}


def register_seed_step(name: str, step: SeedStep) -> None:
    """Called by config/wiring.py: what a new tenant starts with, in this order. Each step must be repeatable."""
    _seed_steps[name] = step


def schema_name_of(code: str) -> str:
    """Raises InvalidTenantCode."""
    if not _CODE.fullmatch(code):
        raise InvalidTenantCode()
    return f"t_{code}"


def app_login() -> str:
    return str(settings.DATABASES["default"]["USER"])


def current_template() -> SchemaTemplate:
    """The stored script, rebuilt when the code's migrations are not the ones it stands for."""
    digest = scripts.digest_migrations()
    template = SchemaTemplate.objects.filter(digest=digest).first()
    if template is None:
        template, _ = SchemaTemplate.objects.get_or_create(
            digest=digest,
            defaults={"script": scripts.build_tenant_script().sql, "created_at": clock.now()},
        )
    return template


def schema_exists(schema: str) -> bool:
    with connections[OWNER_ALIAS].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema])
        return cursor.fetchone() is not None


def create_schema(schema: str) -> None:
    """Role, schema, tables and grants in one transaction: all of it or nothing."""
    template = current_template()
    owner = connections[OWNER_ALIAS]
    with transaction.atomic(using=OWNER_ALIAS), owner.cursor() as cursor:
        role = grants.ensure_role(
            cursor, database=owner.settings_dict["NAME"], schema=schema, app_login=app_login()
        )
        cursor.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
        cursor.execute(sql.SQL("SET LOCAL search_path TO {}").format(sql.Identifier(schema)))
        cursor.execute(template.script)
        cursor.execute("SET LOCAL search_path TO public")
        grants.grant_tenant(cursor, schema=schema, role=role)


def provision_tenant(
    *,
    code: str,
    name: str,
    kind: str,
    hosts: Iterable[str],
    division_code: str = "",
    bureau: HealthBureau | None = None,
    sending_facilities: Iterable[str] = (),
    progress: Callable[[str], None] = lambda step: None,
) -> Tenant:
    """Onboard a tenant, or finish an onboarding that stopped.

    Raises InvalidTenantCode, HostTaken, FacilityTaken. A repeat without a bureau keeps the one there is.
    """
    schema = schema_name_of(code)
    tenant, run = _register(
        code=code,
        schema=schema,
        hosts=list(hosts),
        fields={
            "name": name,
            "kind": kind,
            "division_code": division_code,
            **({"bureau": bureau} if bureau is not None else {}),
            "sending_facilities": list(sending_facilities),
        },
    )
    if not schema_exists(schema):
        create_schema(schema)
    progress("schema")
    for step_name, step in _seed_steps.items():
        if step_name in run.steps_done:
            continue
        with bind_schema(schema), transaction.atomic():
            step(tenant)
        run.steps_done = [*run.steps_done, step_name]
        run.save(update_fields=["steps_done"])
        progress(step_name)
    if run.finished_at is None:
        with transaction.atomic():
            Tenant.objects.filter(pk=tenant.pk).update(status=TenantStatus.ACTIVE)
            ProvisioningRun.objects.filter(pk=run.pk).update(finished_at=clock.now())
        tenant.status = TenantStatus.ACTIVE
    return tenant


def repeat_seed_steps(tenant: Tenant) -> None:
    """What a release adds to the steps (a new schedule), for a tenant that was made before it. Safe to repeat."""
    for step in _seed_steps.values():
        with bind_schema(tenant.schema_name), transaction.atomic():
            step(tenant)


@transaction.atomic
def _register(
    *, code: str, schema: str, hosts: list[str], fields: dict[str, Any]
) -> tuple[Tenant, ProvisioningRun]:
    tenant, created = Tenant.objects.get_or_create(
        code=code, defaults={"schema_name": schema, "created_at": clock.now(), **fields}
    )
    if not created:
        for field, value in fields.items():
            setattr(tenant, field, value)
        tenant.save(update_fields=list(fields))
    for facility in fields["sending_facilities"]:
        others = Tenant.objects.exclude(pk=tenant.pk)
        if others.filter(sending_facilities__contains=[facility]).exists():
            raise FacilityTaken(f"发送方 {facility} 已被其他租户使用")
    for position, host in enumerate(hosts):
        domain, _ = Domain.objects.get_or_create(
            domain=host, defaults={"tenant": tenant, "is_primary": position == 0}
        )
        if domain.tenant_id != tenant.pk:
            raise HostTaken(f"域名 {host} 已被其他租户使用")
    run, _ = ProvisioningRun.objects.get_or_create(tenant=tenant, defaults={"started_at": clock.now()})
    return tenant, run


def drop_tenant_schema(schema: str) -> None:
    """Remove schema and role for good (tests, and a tenant whose contract has ended and whose data was handed over)."""
    owner = connections[OWNER_ALIAS]
    role = grants.tenant_role(owner.settings_dict["NAME"], schema)
    with transaction.atomic(using=OWNER_ALIAS), owner.cursor() as cursor:
        cursor.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema)))
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone():
            # An owner that is no superuser made the role but is no member of it, and only members may do this.
            cursor.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))
            cursor.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))
            cursor.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
