from typing import Any

from rest_framework import serializers as s

from community.handover.enums import (
    Act,
    ConsentGiven,
    DeclineReason,
    Direction,
    Kind,
    OfferState,
    Urgency,
)
from community.handover.serializers.agreements import HandoverFieldOutput, HandoverTenantOutput


class PreviewHandoverInput(s.Serializer[Any]):
    encounter_id = s.CharField(max_length=18)
    agreement_id = s.CharField(max_length=18)
    enrolment_ids = s.ListField(child=s.CharField(max_length=18), max_length=50, default=list)
    kind = s.ChoiceField(choices=Kind.values, required=False, help_text="left out: the agreement's first")


class ConsentInput(s.Serializer[Any]):
    basis = s.ChoiceField(choices=ConsentGiven.values)
    given_by = s.CharField(max_length=40, allow_blank=True, default="")
    at = s.DateTimeField(required=False, allow_null=True)
    proof = s.CharField(max_length=200, allow_blank=True, default="", help_text="for override: why")


class OfferHandoverInput(PreviewHandoverInput):
    consent = ConsentInput(required=False, allow_null=True)
    note = s.CharField(max_length=300, allow_blank=True, default="")
    urgency = s.ChoiceField(choices=Urgency.values, default=Urgency.NORMAL)
    digest = s.CharField(
        max_length=64, allow_blank=True, default="", help_text="of the preview: 412 if it differs"
    )


class AcceptHandoverInput(s.Serializer[Any]):
    programme_keys = s.ListField(child=s.CharField(max_length=60), max_length=20, default=list)


class DeclineHandoverInput(s.Serializer[Any]):
    reason_code = s.ChoiceField(choices=DeclineReason.values)
    reason = s.CharField(max_length=200)


class CompleteHandoverInput(s.Serializer[Any]):
    conclusion = s.CharField(max_length=2000)


class PacketFieldOutput(HandoverFieldOutput):
    masked = s.BooleanField(help_text="sent in full, shown masked")
    lines = s.ListField(child=s.CharField())


class LeftOutOutput(s.Serializer[Any]):
    key = s.CharField()
    name = s.CharField()
    reason = s.CharField()


class HandoverCheckOutput(s.Serializer[Any]):
    code = s.CharField()
    message = s.CharField()
    blocking = s.BooleanField()


class HandoverEnrolmentOutput(s.Serializer[Any]):
    id = s.CharField()
    name = s.CharField()
    chosen = s.BooleanField()


class HandoverPreviewOutput(s.Serializer[Any]):
    packet = PacketFieldOutput(many=True)
    digest = s.CharField()
    kind = s.ChoiceField(choices=Kind.values)
    left_out = LeftOutOutput(many=True)
    checks = HandoverCheckOutput(many=True)
    enrolments = HandoverEnrolmentOutput(many=True)


class HandoverPatientOutput(s.Serializer[Any]):
    id = s.CharField(allow_null=True, help_text="null on the receiving side until accepted")
    name_masked = s.CharField()
    sex = s.CharField(allow_blank=True)
    age = s.IntegerField(allow_null=True)


class HandoverCaseRowOutput(s.Serializer[Any]):
    id = s.CharField()
    case_no = s.CharField()
    direction = s.ChoiceField(choices=Direction.values)
    kind = s.ChoiceField(choices=Kind.values)
    kind_name = s.CharField()
    urgency = s.ChoiceField(choices=Urgency.values)
    urgency_name = s.CharField()
    state = s.ChoiceField(choices=OfferState.values)
    state_name = s.CharField()
    other_tenant = HandoverTenantOutput()
    patient = HandoverPatientOutput()
    diagnosis = s.CharField(allow_null=True)
    offered_at = s.DateTimeField()
    due_at = s.DateTimeField(allow_null=True)
    overdue = s.BooleanField()
    owner_name = s.CharField()


class HandoverCaseListOutput(s.Serializer[Any]):
    items = HandoverCaseRowOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class HandoverConsentOutput(s.Serializer[Any]):
    basis = s.ChoiceField(choices=ConsentGiven.values)
    basis_name = s.CharField()
    given_by = s.CharField(allow_blank=True)
    at = s.DateTimeField(allow_null=True)
    proof = s.CharField(allow_blank=True)


class HandoverEventOutput(s.Serializer[Any]):
    at = s.DateTimeField()
    act = s.ChoiceField(choices=Act.values)
    act_name = s.CharField()
    by_name = s.CharField(allow_blank=True)
    party_name = s.CharField()
    reason = s.CharField(allow_blank=True)


class HandoverAttemptOutput(s.Serializer[Any]):
    at = s.DateTimeField()
    channel = s.CharField()
    outcome = s.CharField()


class HandoverAnswerOutput(s.Serializer[Any]):
    question = s.CharField()
    answer = s.CharField(allow_blank=True)


class HandoverResultOutput(s.Serializer[Any]):
    step = s.CharField(allow_blank=True)
    due_on = s.DateField(allow_null=True)
    closed_on = s.DateField(allow_null=True)
    state = s.CharField()
    state_name = s.CharField(allow_blank=True)
    level = s.CharField(allow_null=True)
    conclusion = s.CharField(allow_null=True)
    attempts = HandoverAttemptOutput(many=True)
    answers = HandoverAnswerOutput(many=True)


class HandoverClocksOutput(s.Serializer[Any]):
    offered_at = s.DateTimeField()
    accept_by = s.DateTimeField()
    acknowledge_by = s.DateTimeField(allow_null=True)
    acknowledged_at = s.DateTimeField(allow_null=True)
    results_due_on = s.DateField(allow_null=True)
    desk_by = s.DateTimeField(allow_null=True)


# A keyword of Python cannot be the name of an attribute in a class body.
_HandoverCan = {
    name: s.BooleanField()
    for name in ("accept", "decline", "acknowledge", "return", "complete", "recall", "reoffer")
}
HandoverCanOutput: Any = type("HandoverCanOutput", (s.Serializer,), _HandoverCan)


class HandoverCaseOutput(HandoverCaseRowOutput):
    agreement_id = s.CharField()
    encounter_id = s.CharField(allow_null=True)
    enrolment_ids = s.ListField(child=s.CharField())
    sent_by_name = s.CharField(allow_blank=True)
    note = s.CharField(allow_blank=True)
    consent = HandoverConsentOutput()
    packet = PacketFieldOutput(many=True)
    digest = s.CharField()
    result_fields = HandoverFieldOutput(many=True)
    reason = s.CharField(allow_blank=True)
    conclusion = s.CharField(allow_null=True)
    events = HandoverEventOutput(many=True)
    results = HandoverResultOutput(many=True)
    clocks = HandoverClocksOutput()
    can = HandoverCanOutput()


class HandoverCountsOutput(s.Serializer[Any]):
    inbox_open = s.IntegerField()
    inbox_overdue = s.IntegerField()
    outbox_declined = s.IntegerField()
    outbox_open = s.IntegerField()
