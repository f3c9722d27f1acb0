from typing import ClassVar

from django.db import models
from django_tenants.models import DomainMixin, TenantMixin


class TenantKind(models.TextChoices):
    COMMUNITY = "community", "县域医共体"
    TERTIARY_HOSPITAL = "tertiary_hospital", "三级医院"
    HOSPITAL = "hospital", "医院"


class TenantStatus(models.TextChoices):
    PROVISIONING = "provisioning", "开通中"
    ACTIVE = "active", "使用中"
    SUSPENDED = "suspended", "已停用"


class HealthBureau(models.Model):
    """卫健局: the county authority whose administrators onboard hospitals and see their county's indicators."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    division_code = models.CharField(max_length=12)


class Tenant(TenantMixin):
    """A hospital or medical community: one schema, one database role. Schemas are made by provisioning only."""

    objects: ClassVar[models.Manager["Tenant"]] = models.Manager()

    auto_create_schema = False
    auto_drop_schema = False

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=TenantKind.choices)
    status = models.CharField(max_length=20, choices=TenantStatus.choices, default=TenantStatus.PROVISIONING)
    bureau = models.ForeignKey(HealthBureau, on_delete=models.PROTECT, null=True, related_name="+")
    division_code = models.CharField(max_length=12, default="", blank=True)
    # MSH-4 names that this tenant's hospital systems send under.
    sending_facilities = models.JSONField(default=list)
    created_at = models.DateTimeField()


class Domain(DomainMixin):
    """A host name of a tenant."""


class BureauMembership(models.Model):
    """Which bureau an account of the public host works for."""

    account = models.OneToOneField(
        "accounts.StaffAccount", on_delete=models.CASCADE, related_name="bureau_membership"
    )
    bureau = models.ForeignKey(HealthBureau, on_delete=models.PROTECT, related_name="memberships")
