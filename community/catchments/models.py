from django.db import models
from django.db.models import F, Q


class CatchmentRole(models.TextChoices):
    PRIMARY = "primary", "主责"
    BACKUP = "backup", "备选"


class Catchment(models.Model):
    """An institution looks after a division of any level; the most specific row valid on the day wins."""

    institution = models.ForeignKey(
        "organization.Institution", on_delete=models.PROTECT, related_name="catchments"
    )
    division_code = models.CharField(max_length=12)
    role = models.CharField(max_length=8, choices=CatchmentRole.choices, default=CatchmentRole.PRIMARY)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="catchments_dates_in_order",
            ),
            models.UniqueConstraint(
                fields=["division_code"],
                condition=Q(valid_to=None, role="primary"),
                name="catchments_one_open_primary",
            ),
        ]
        indexes = [models.Index(fields=["division_code"], name="catchments_division")]


class ClinicianArea(models.Model):
    """The clinician named for a township or village (片区医生) and the care team they work in."""

    staff = models.ForeignKey("organization.StaffMember", on_delete=models.PROTECT, related_name="areas")
    ward = models.ForeignKey("organization.Ward", on_delete=models.PROTECT, related_name="areas")
    division_code = models.CharField(max_length=12)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="catchments_area_dates_in_order",
            )
        ]
        indexes = [models.Index(fields=["division_code"], name="catchments_area_division")]
