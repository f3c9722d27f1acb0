"""Between two tenants. No person is in these rows: what a packet says is sealed for its receiver alone."""

from django.db import models
from django.db.models import F, Q

from community.handover.enums import (
    Act,
    AgreementState,
    ConsentBasis,
    Kind,
    OfferState,
    Purpose,
    Urgency,
)


class Agreement(models.Model):
    """数据共享协议: which tenant may give what to which, for what, on whose consent, how long."""

    code = models.CharField(max_length=20, unique=True)
    from_tenant = models.CharField(max_length=40)
    to_tenant = models.CharField(max_length=40)
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    note = models.CharField(max_length=300, default="", blank=True)
    kinds = models.JSONField(default=list)
    consent_basis = models.CharField(max_length=10, choices=ConsentBasis.choices)
    valid_from = models.DateField()
    valid_to = models.DateField()
    state = models.CharField(max_length=14, choices=AgreementState.choices, default=AgreementState.DRAFT)
    # Grows with every change; If-Match compares it.
    revision = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__gte=F("valid_from")), name="exchange_agreement_dates"
            ),
            models.CheckConstraint(
                condition=~Q(from_tenant=F("to_tenant")), name="exchange_agreement_two_parties"
            ),
        ]
        indexes = [
            models.Index(fields=["from_tenant", "-id"], name="exchange_agreement_from"),
            models.Index(fields=["to_tenant", "-id"], name="exchange_agreement_to"),
        ]


class AgreementField(models.Model):
    """One field of the catalogue that may cross under the agreement."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="fields")
    key = models.CharField(max_length=40)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "key"], name="exchange_field_once")]


class AgreementAct(models.Model):
    """Who did what to the agreement: its history, which both parties and the bureau read."""

    agreement = models.ForeignKey(Agreement, on_delete=models.CASCADE, related_name="acts")
    at = models.DateTimeField()
    act = models.CharField(max_length=14)
    party = models.CharField(max_length=40, default="", blank=True)  # tenant code; "" for the bureau
    party_name = models.CharField(max_length=80)
    by_name = models.CharField(max_length=40, default="", blank=True)
    reason = models.CharField(max_length=200, default="", blank=True)


class TenantKey(models.Model):
    """Public half of a tenant's key pair (X25519); what is sealed with it only that tenant opens."""

    tenant_code = models.CharField(max_length=40)
    public_key = models.BinaryField()
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_code"], condition=Q(retired_at=None), name="exchange_key_in_use"
            )
        ]


class Offer(models.Model):
    """The one truth of a hand-over's state. Whoever moves it locks it first."""

    case_no = models.CharField(max_length=20, unique=True)
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="offers")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    urgency = models.CharField(max_length=8, choices=Urgency.choices)
    from_tenant = models.CharField(max_length=40)
    to_tenant = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=OfferState.choices, default=OfferState.OFFERED)
    # Keys of the fields that were really sent: what a revoked agreement lists.
    fields = models.JSONField(default=list)
    offered_at = models.DateTimeField()
    accept_by = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    results_due_on = models.DateField(null=True)
    decided_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["accept_by", "id"], name="exchange_offer_clock", condition=Q(state="offered")
            ),
            models.Index(fields=["agreement", "-id"], name="exchange_offer_agreement"),
        ]


class Envelope(models.Model):
    """One sealed message about an offer; delivered in the order of `seq`, once."""

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="envelopes")
    seq = models.PositiveIntegerField()
    from_tenant = models.CharField(max_length=40)
    to_tenant = models.CharField(max_length=40)
    act = models.CharField(max_length=14, choices=Act.choices)
    key = models.ForeignKey(TenantKey, on_delete=models.PROTECT, related_name="+")
    sealed = models.BinaryField()
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["offer", "seq"], name="exchange_envelope_order")]
        indexes = [
            models.Index(
                fields=["to_tenant", "offer", "seq"],
                name="exchange_envelope_waiting",
                condition=Q(delivered_at=None),
            )
        ]
