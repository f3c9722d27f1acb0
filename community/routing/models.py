from django.db import models
from django.db.models import Q


class DecisionState(models.TextChoices):
    AUTO = "auto", "自动归属"
    AUTO_FLAGGED = "auto_flagged", "自动归属，首次通话核实"
    UNRESOLVED = "unresolved", "归属待确认"
    MANUAL = "manual", "人工确认"
    OUTSIDE = "outside", "县外居住"


class PlaceAlias(models.Model):
    """What people here call a place (小区, old name, factory): grown from what operators resolve by hand."""

    text = models.CharField(max_length=60)
    division_code = models.CharField(max_length=12)
    source = models.CharField(max_length=40, default="", blank=True)
    created_by_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["text"], name="routing_alias_text")]


class ResidenceClaim(models.Model):
    """Somebody says this person lives there: source, rank (1 best) and validity."""

    patient = models.ForeignKey("records.Patient", on_delete=models.CASCADE, related_name="residence_claims")
    source = models.CharField(max_length=20)  # operator | his_fields | his_text | registered_text
    rank = models.SmallIntegerField()
    text = models.CharField(max_length=200, default="", blank=True)
    county_code = models.CharField(max_length=12, default="", blank=True)
    division_code = models.CharField(max_length=12, default="", blank=True)
    confidence = models.DecimalField(max_digits=4, decimal_places=3)
    evidence = models.JSONField(default=list)
    candidates = models.JSONField(default=list)
    reported_at = models.DateTimeField()
    valid_to = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["patient", "rank"], name="routing_claim_patient", condition=Q(valid_to=None))
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

    class Meta:
        indexes = [
            models.Index(
                fields=["decided_at", "patient"], name="routing_queue", condition=Q(state="unresolved")
            ),
            models.Index(fields=["institution"], name="routing_institution"),
        ]
