from django.db import models
from django.db.models import Q

from organization.enums import DepartmentKind, InstitutionKind, WardKind


class Institution(models.Model):
    """A hospital, township clinic (乡镇卫生院) or village clinic (村卫生室) of this tenant."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=InstitutionKind.choices)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="members")
    division_code = models.CharField(max_length=12, default="", blank=True)
    is_lead = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        permissions = [("audit", "Tier-3 audit of the institution")]
        constraints = [
            models.UniqueConstraint(
                fields=["is_lead"], condition=Q(is_lead=True), name="organization_one_lead"
            )
        ]


class Department(models.Model):
    """科室. A township clinic's public-health department carries its care teams as wards."""

    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="departments")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=DepartmentKind.choices, default=DepartmentKind.CLINICAL)
    is_active = models.BooleanField(default=True)

    class Meta:
        permissions = [("supervise", "Tier-2 supervision of the department")]
        constraints = [
            models.UniqueConstraint(fields=["institution", "code"], name="organization_department_code")
        ]


class Ward(models.Model):
    """病区, family-doctor team or call desk: where tier-1 work is owned."""

    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="wards")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20, choices=WardKind.choices, default=WardKind.INPATIENT)
    is_active = models.BooleanField(default=True)

    class Meta:
        permissions = [("follow_up", "Tier-1 follow-up on the ward")]
        constraints = [models.UniqueConstraint(fields=["department", "code"], name="organization_ward_code")]


class StaffMember(models.Model):
    """A person who works here; may have a log-in."""

    staff_no = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    title = models.CharField(max_length=40, default="", blank=True)
    institution = models.ForeignKey(Institution, on_delete=models.PROTECT, related_name="staff")
    department = models.ForeignKey(Department, on_delete=models.PROTECT, null=True, related_name="staff")
    ward = models.ForeignKey(Ward, on_delete=models.PROTECT, null=True, related_name="staff")
    account = models.OneToOneField(
        "accounts.StaffAccount", on_delete=models.PROTECT, null=True, related_name="staff_member"
    )
    is_active = models.BooleanField(default=True)
