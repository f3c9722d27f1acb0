from django.db import models
from django.db.models import Q


class DecisionState(models.TextChoices):
    AUTO = "auto", "自动归属"
    AUTO_FLAGGED = "auto_flagged", "自动归属，首次通话核实"
    UNRESOLVED = "unresolved", "归属待确认"
    MANUAL = "manual", "人工确认"
    OUTSIDE = "outside", "县外居住"


class ClaimKind(models.TextChoices):
    CURRENT = "current", "现住"
    REGISTERED = "registered", "户籍"
    TEMPORARY = "temporary", "暂住"
    WORK = "work", "工作"


class AskedBy(models.TextChoices):
    PATIENT = "patient", "患者"
    CLINICIAN = "clinician", "医务人员"


class PlaceAlias(models.Model):
    """What people here call a place (小区, old name, factory): grown from what operators resolve by hand."""

    text = models.CharField(max_length=60)
    division_code = models.CharField(max_length=12)
    source = models.CharField(max_length=40, default="", blank=True)
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    # Set when the division was replaced: another row then says what the name means.
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["text"], condition=Q(ended_at=None), name="routing_alias_in_force"
            )
        ]


class ResidenceClaim(models.Model):
    """Somebody says this person lives there: source, rank (1 best) and validity. Never edited, only ended.

    `valid_from` and `valid_until` are the days that the claim itself speaks of (both included, None: open);
    `valid_to` is the instant at which it was ended or superseded.
    """

    patient = models.ForeignKey("records.Patient", on_delete=models.CASCADE, related_name="residence_claims")
    # verified | operator | his_fields | his_text | registered_text | contact_text
    source = models.CharField(max_length=20)
    kind = models.CharField(
        max_length=10, choices=ClaimKind.choices, default=ClaimKind.CURRENT, db_default=ClaimKind.CURRENT
    )
    rank = models.SmallIntegerField()
    text = models.CharField(max_length=200, default="", blank=True)
    county_code = models.CharField(max_length=12, default="", blank=True)
    division_code = models.CharField(max_length=12, default="", blank=True)
    confidence = models.DecimalField(max_digits=4, decimal_places=3)
    evidence = models.JSONField(default=list)
    candidates = models.JSONField(default=list)
    reported_at = models.DateTimeField()
    valid_from = models.DateField(null=True)
    valid_until = models.DateField(null=True)
    valid_to = models.DateTimeField(null=True)
    # How it was verified (上门核实, 居住证 …), and by whom: "居住证 · 周护士".
    verified_by = models.CharField(max_length=80, default="", db_default="", blank=True)
    end_reason = models.CharField(max_length=200, default="", db_default="", blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["patient", "rank"], name="routing_claim_patient", condition=Q(valid_to=None)
            ),
            models.Index(fields=["division_code"], name="routing_claim_division", condition=Q(valid_to=None)),
        ]


class RoutingOverride(models.Model):
    """The patient or a clinician asked for another owner, until a day. It stops by itself; nothing is deleted."""

    patient = models.ForeignKey("records.Patient", on_delete=models.CASCADE, related_name="routing_overrides")
    institution = models.ForeignKey("organization.Institution", on_delete=models.PROTECT, related_name="+")
    ward = models.ForeignKey("organization.Ward", on_delete=models.PROTECT, related_name="+")
    staff = models.ForeignKey(
        "organization.StaffMember", on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_by = models.CharField(max_length=10, choices=AskedBy.choices)
    reason = models.CharField(max_length=200)
    expires_on = models.DateField()
    created_at = models.DateTimeField()
    created_by_id = models.BigIntegerField()
    created_by_name = models.CharField(max_length=40)
    ended_at = models.DateTimeField(null=True)
    ended_by_name = models.CharField(max_length=40, default="", db_default="", blank=True)
    end_reason = models.CharField(max_length=200, default="", db_default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(ended_at=None), name="routing_override_once"
            )
        ]


class RoutingDecision(models.Model):
    """Who looks after this person at home, and why. Append-only: a new row supersedes the old."""

    patient = models.ForeignKey("records.Patient", on_delete=models.CASCADE, related_name="routing_decisions")
    encounter = models.ForeignKey("records.Encounter", on_delete=models.SET_NULL, null=True, related_name="+")
    state = models.CharField(max_length=14, choices=DecisionState.choices)
    rule = models.CharField(max_length=40)
    confidence = models.DecimalField(max_digits=4, decimal_places=3)
    evidence = models.JSONField(default=list)
    candidates = models.JSONField(default=list)
    address_text = models.CharField(max_length=200, default="", blank=True)
    division_code = models.CharField(max_length=12, default="", blank=True)
    institution = models.ForeignKey(
        "organization.Institution", on_delete=models.PROTECT, null=True, related_name="+"
    )
    ward = models.ForeignKey("organization.Ward", on_delete=models.PROTECT, null=True, related_name="+")
    staff = models.ForeignKey(
        "organization.StaffMember", on_delete=models.PROTECT, null=True, related_name="+"
    )
    why = models.CharField(max_length=300)
    decided_by_id = models.BigIntegerField(null=True)
    decided_by_name = models.CharField(max_length=40, default="", blank=True)
    decided_at = models.DateTimeField()
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="superseded_by"
    )


class CurrentRouting(models.Model):
    """The latest decision of each patient, one row each: what screening joins and the queue reads."""

    patient = models.OneToOneField(
        "records.Patient", on_delete=models.CASCADE, primary_key=True, related_name="current_routing"
    )
    decision = models.OneToOneField(RoutingDecision, on_delete=models.CASCADE, related_name="+")
    state = models.CharField(max_length=14, choices=DecisionState.choices)
    division_code = models.CharField(max_length=12, default="", blank=True)
    # Always a named owner: the follow-up centre's desk while the residence is not known (peers' trap 6).
    institution = models.ForeignKey("organization.Institution", on_delete=models.PROTECT, related_name="+")
    department = models.ForeignKey("organization.Department", on_delete=models.PROTECT, related_name="+")
    ward = models.ForeignKey("organization.Ward", on_delete=models.PROTECT, related_name="+")
    staff = models.ForeignKey(
        "organization.StaffMember", on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField()
    # Who would do it but is away: found again when the roster changes.
    named_staff = models.ForeignKey(
        "organization.StaffMember", on_delete=models.PROTECT, null=True, related_name="+"
    )
    # The day on which the same facts give another answer: an expiry, the end of a stay, a catchment that begins.
    recheck_on = models.DateField(null=True)
    # The newest stay that this routing was told of (patient.routed); null for rows older than the column.
    routed_encounter_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["decided_at", "patient"], name="routing_queue", condition=Q(state="unresolved")
            ),
            models.Index(fields=["institution"], name="routing_institution"),
            models.Index(fields=["division_code", "patient"], name="routing_current_division"),
            models.Index(fields=["recheck_on"], name="routing_recheck", condition=~Q(recheck_on=None)),
            models.Index(fields=["named_staff"], name="routing_named", condition=~Q(named_staff=None)),
        ]


class OwnerChange(models.Model):
    """The hand-over note of a patient between two owners; both see it, the former one until `sight_until`."""

    patient = models.ForeignKey("records.Patient", on_delete=models.CASCADE, related_name="owner_changes")
    decision = models.OneToOneField(RoutingDecision, on_delete=models.CASCADE, related_name="owner_change")
    from_institution = models.ForeignKey(
        "organization.Institution", on_delete=models.PROTECT, related_name="+"
    )
    from_department = models.ForeignKey("organization.Department", on_delete=models.PROTECT, related_name="+")
    from_ward = models.ForeignKey("organization.Ward", on_delete=models.PROTECT, related_name="+")
    from_staff = models.ForeignKey(
        "organization.StaffMember", on_delete=models.PROTECT, null=True, related_name="+"
    )
    changed_at = models.DateTimeField()
    # The last day (Asia/Shanghai) on which the former owner still opens the record.
    sight_until = models.DateField()

    class Meta:
        indexes = [
            models.Index(fields=["patient", "-changed_at"], name="routing_owner_change"),
        ]
