from django.db import models
from django.db.models import F, Q

from community.catchments.enums import AbsenceReason, CatchmentRole, ChangeKind, ChangeState, StepTable


def _in_order(name: str, first: str = "valid_from", last: str = "valid_to") -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{last: None}) | Q(**{f"{last}__gte": F(first)}), name=name)


class Catchment(models.Model):
    """An institution looks after a division of any level; the most specific row valid on the day wins."""

    institution = models.ForeignKey(
        "organization.Institution", on_delete=models.PROTECT, related_name="catchments"
    )
    division_code = models.CharField(max_length=12)
    role = models.CharField(max_length=8, choices=CatchmentRole.choices, default=CatchmentRole.PRIMARY)
    # Preferred for these where several compete; empty: everything. Joined by commas: read whole, never searched.
    specialties = models.CharField(max_length=200, default="", db_default="", blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    revision = models.PositiveIntegerField(default=1, db_default=1)

    class Meta:
        constraints = [
            _in_order("catchments_dates_in_order"),
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
        constraints = [_in_order("catchments_area_dates_in_order")]
        indexes = [models.Index(fields=["division_code"], name="catchments_area_division")]


class CareContract(models.Model):
    """家庭医生签约: this patient's family doctor and team. One at a time; ended, never deleted."""

    patient = models.ForeignKey(
        "records.Patient", on_delete=models.PROTECT, db_index=False, related_name="care_contracts"
    )
    ward = models.ForeignKey(
        "organization.Ward", on_delete=models.PROTECT, db_index=False, related_name="care_contracts"
    )
    staff = models.ForeignKey(
        "organization.StaffMember", on_delete=models.PROTECT, null=True, related_name="care_contracts"
    )
    contract_no = models.CharField(max_length=40, default="", blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)
    created_by_name = models.CharField(max_length=40, default="", blank=True)
    end_reason = models.CharField(max_length=200, default="", blank=True)
    ended_by_name = models.CharField(max_length=40, default="", blank=True)

    class Meta:
        constraints = [
            _in_order("catchments_contract_in_order"),
            models.UniqueConstraint(
                fields=["patient"], condition=Q(valid_to=None), name="catchments_one_open_contract"
            ),
        ]
        indexes = [
            models.Index(fields=["patient", "valid_from"], name="catchments_contract_patient"),
            models.Index(fields=["ward", "id"], name="catchments_contract_ward"),
        ]


class Absence(models.Model):
    """Who is away, and who stands in. Cancelled ones never happened; an early return ends the row."""

    staff = models.ForeignKey(
        "organization.StaffMember", on_delete=models.PROTECT, db_index=False, related_name="absences"
    )
    from_on = models.DateField()
    to_on = models.DateField(null=True)
    reason = models.CharField(max_length=8, choices=AbsenceReason.choices)
    note = models.CharField(max_length=200, default="", blank=True)
    deputy = models.ForeignKey(
        "organization.StaffMember", on_delete=models.PROTECT, null=True, related_name="stands_in_for"
    )
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)
    created_by_name = models.CharField(max_length=40, default="", blank=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [_in_order("catchments_absence_in_order", "from_on", "to_on")]
        indexes = [
            models.Index(
                fields=["staff", "from_on"], name="catchments_absence_staff", condition=Q(cancelled_at=None)
            ),
            models.Index(
                fields=["from_on", "to_on"], name="catchments_absence_days", condition=Q(cancelled_at=None)
            ),
        ]


class Capacity(models.Model):
    """Contacts a day that this clinician can make; null: nobody has stated it."""

    staff = models.OneToOneField(
        "organization.StaffMember", on_delete=models.PROTECT, primary_key=True, related_name="capacity"
    )
    per_day = models.PositiveSmallIntegerField(null=True)
    revision = models.PositiveIntegerField(default=1)


class AreaChange(models.Model):
    """合并、拆分、划转 of areas: planned, applied in slices, and taken back as a change of its own."""

    kind = models.CharField(max_length=5, choices=ChangeKind.choices)
    state = models.CharField(max_length=9, choices=ChangeState.choices, default=ChangeState.DRAFT)
    from_on = models.DateField()
    # As asked: [{division_codes, to_institution_id, to_ward_id, to_staff_id}].
    moves = models.JSONField()
    note = models.CharField(max_length=200, default="", blank=True)
    # What it came to when it was applied; a draft's is counted when it is read.
    preview = models.JSONField(null=True)
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField(null=True)
    created_by_name = models.CharField(max_length=40, default="", blank=True)
    applied_at = models.DateTimeField(null=True)
    applied_by_id = models.BigIntegerField(null=True)
    applied_by_name = models.CharField(max_length=40, default="", blank=True)
    reverted_at = models.DateTimeField(null=True)
    reverted_by_id = models.BigIntegerField(null=True)
    reverted_by_name = models.CharField(max_length=40, default="", blank=True)
    # First day on which the rows from before hold again.
    reverted_from = models.DateField(null=True)

    class Meta:
        constraints = [
            # Two at once could each end the other's rows.
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(state__in=("applying", "reverting")),
                name="catchments_one_running",
            )
        ]


class AreaChangeStep(models.Model):
    """One row ended, one row begun in its stead, or both: what the change did at a place, and what undoes it.

    Numbers of rows are plain: a row that never held may be withdrawn, and the step still tells of it.
    """

    change = models.ForeignKey(AreaChange, on_delete=models.PROTECT, related_name="steps")
    table = models.CharField(max_length=14, choices=StepTable.choices)
    division_code = models.CharField(max_length=12)
    ended_id = models.BigIntegerField(null=True)
    # The end that the row had before; what it says besides stands in the row itself.
    ended_valid_to = models.DateField(null=True)
    # Columns of the row to begin; null: nothing begins.
    begin = models.JSONField(null=True)
    begun_id = models.BigIntegerField(null=True)
    restored_id = models.BigIntegerField(null=True)
    done_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
