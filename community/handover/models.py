"""Each side's own copy: what was sent or received, and who did what. What a packet says is encrypted at rest."""

from django.db import models
from django.db.models import Q

from community.handover.enums import Act, Direction, Kind, OfferState, Urgency


class HandoverCase(models.Model):
    """One hand-over as this tenant sees it. `state` is the offer's, as far as it has been delivered here."""

    offer_id = models.BigIntegerField()
    case_no = models.CharField(max_length=20)
    direction = models.CharField(max_length=3, choices=Direction.choices)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    urgency = models.CharField(max_length=8, choices=Urgency.choices)
    state = models.CharField(max_length=10, choices=OfferState.choices)
    agreement_id = models.BigIntegerField()
    other_code = models.CharField(max_length=40)
    other_name = models.CharField(max_length=80)
    # Null on the receiving side until it has accepted: before that there is no record here.
    patient = models.ForeignKey("records.Patient", on_delete=models.PROTECT, null=True, related_name="+")
    encounter = models.ForeignKey("records.Encounter", on_delete=models.PROTECT, null=True, related_name="+")
    name_masked = models.CharField(max_length=80)
    name_hash = models.CharField(max_length=32)
    sex = models.CharField(max_length=1, default="", blank=True)
    birth_date = models.DateField(null=True)
    diagnosis = models.CharField(max_length=120, default="", blank=True)
    packet_enc = models.BinaryField()
    digest = models.CharField(max_length=64)
    result_keys = models.JSONField(default=list)
    consent = models.JSONField(default=dict)
    note = models.CharField(max_length=300, default="", blank=True)
    offered_at = models.DateTimeField()
    accept_by = models.DateTimeField()
    acknowledge_by = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    results_due_on = models.DateField(null=True)
    # The sender's desk decides until then; null: nothing waits there.
    desk_by = models.DateTimeField(null=True)
    # Why it stands where it stands, as the one who moved it wrote.
    reason = models.CharField(max_length=300, default="", blank=True)
    conclusion = models.TextField(default="", blank=True)
    sent_by_id = models.BigIntegerField(null=True)
    sent_by_name = models.CharField(max_length=40, default="", blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer_id"], name="handover_case_once"),
            models.UniqueConstraint(fields=["case_no"], name="handover_case_no"),
        ]
        indexes = [
            models.Index(fields=["direction", "state", "-id"], name="handover_case_list"),
            models.Index(fields=["name_hash"], name="handover_case_name"),
            models.Index(fields=["patient"], name="handover_case_patient"),
            models.Index(fields=["encounter"], name="handover_case_encounter"),
            models.Index(fields=["desk_by"], name="handover_case_desk", condition=~Q(desk_by=None)),
        ]


class HandoverWork(models.Model):
    """The enrolments of a case on this side; 0 stands for the stay itself, where nothing is enrolled."""

    case = models.ForeignKey(HandoverCase, on_delete=models.CASCADE, related_name="work")
    encounter = models.ForeignKey("records.Encounter", on_delete=models.PROTECT, related_name="+")
    enrolment_id = models.BigIntegerField()
    # Paused here because the other side does the work; null: not (yet, or any more).
    suspended_at = models.DateTimeField(null=True)
    is_open = models.BooleanField(default=True)

    class Meta:
        constraints = [
            # The same work is never with two at once, nor offered twice.
            models.UniqueConstraint(
                fields=["encounter", "enrolment_id"],
                condition=Q(is_open=True),
                name="handover_work_once",
            )
        ]
        indexes = [models.Index(fields=["enrolment_id"], name="handover_work_enrolment")]


class HandoverEvent(models.Model):
    """What happened to the case, on which side. Only ever added."""

    case = models.ForeignKey(HandoverCase, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    act = models.CharField(max_length=14, choices=Act.choices)
    is_ours = models.BooleanField()
    by_name = models.CharField(max_length=40, default="", blank=True)
    reason = models.CharField(max_length=300, default="", blank=True)
    detail_enc = models.BinaryField(null=True)
    # The public message that this row was made of, or that told the other side of it.
    envelope_id = models.BigIntegerField(null=True)
    # What a result is about: a second report of the same task's same closing is none.
    ref = models.CharField(max_length=40, default="", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["envelope_id"], condition=~Q(envelope_id=None), name="handover_event_once"
            ),
            models.UniqueConstraint(
                fields=["case", "ref"], condition=~Q(ref=""), name="handover_result_once"
            ),
        ]
        indexes = [models.Index(fields=["case", "id"], name="handover_event_case")]


class HandoverSecret(models.Model):
    """Private half of this tenant's key pair, encrypted under the tenant's own key (kernel.crypto)."""

    key_id = models.BigIntegerField(unique=True)
    private_enc = models.BinaryField()
    created_at = models.DateTimeField()
