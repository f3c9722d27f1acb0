from typing import Any

from rest_framework import serializers as s

from community.handover.enums import AgreementState, ConsentBasis, Kind, OfferState, Purpose


class HandoverTenantOutput(s.Serializer[Any]):
    code = s.CharField()
    name = s.CharField()


class HandoverPartnerOutput(HandoverTenantOutput):
    kind = s.CharField(help_text="community | tertiary_hospital | hospital")


class HandoverPartnerListOutput(s.Serializer[Any]):
    items = HandoverPartnerOutput(many=True)


class HandoverFieldOutput(s.Serializer[Any]):
    key = s.CharField()
    name = s.CharField()
    sensitive = s.BooleanField()


class HandoverCatalogueFieldOutput(HandoverFieldOutput):
    is_result = s.BooleanField(help_text="flows back to the sender; the others go out with the packet")
    is_required = s.BooleanField()


class HandoverFieldListOutput(s.Serializer[Any]):
    items = HandoverCatalogueFieldOutput(many=True)


class AgreementInput(s.Serializer[Any]):
    to_tenant = s.CharField(max_length=40, help_text="code of GET handover/partners")
    purpose = s.ChoiceField(choices=Purpose.values)
    note = s.CharField(max_length=300, allow_blank=True, default="")
    kinds = s.ListField(child=s.ChoiceField(choices=Kind.values), min_length=1, max_length=2)
    fields = s.ListField(child=s.CharField(max_length=40), min_length=1, max_length=50)  # type: ignore[assignment]
    consent_basis = s.ChoiceField(choices=ConsentBasis.values)
    valid_from = s.DateField()
    valid_to = s.DateField()


class HandoverReasonInput(s.Serializer[Any]):
    reason = s.CharField(max_length=200)


class AgreementOutput(s.Serializer[Any]):
    id = s.CharField()
    code = s.CharField()
    from_tenant = HandoverTenantOutput()
    to_tenant = HandoverTenantOutput()
    purpose = s.ChoiceField(choices=Purpose.values)
    purpose_name = s.CharField()
    note = s.CharField(allow_blank=True)
    kinds = s.ListField(child=s.ChoiceField(choices=Kind.values))
    fields = HandoverFieldOutput(many=True)  # type: ignore[assignment]
    consent_basis = s.ChoiceField(choices=ConsentBasis.values)
    consent_basis_name = s.CharField()
    valid_from = s.DateField()
    valid_to = s.DateField()
    state = s.ChoiceField(choices=AgreementState.values)
    state_name = s.CharField()
    revision = s.IntegerField(help_text="what If-Match takes")


class AgreementListOutput(s.Serializer[Any]):
    items = AgreementOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class AgreementActOutput(s.Serializer[Any]):
    at = s.DateTimeField()
    act = s.CharField(
        help_text="drafted | edited | proposed | countersigned | approved | rejected | revoked | expired"
    )
    act_name = s.CharField()
    party_name = s.CharField()
    by_name = s.CharField(allow_blank=True)
    reason = s.CharField(allow_blank=True)


class AgreementCanOutput(s.Serializer[Any]):
    edit = s.BooleanField()
    propose = s.BooleanField()
    countersign = s.BooleanField()
    reject = s.BooleanField()
    revoke = s.BooleanField()
    approve = s.BooleanField()


class AgreementDetailOutput(AgreementOutput):
    history = AgreementActOutput(many=True)
    can = AgreementCanOutput()


class SharedRowOutput(s.Serializer[Any]):
    case_no = s.CharField()
    kind = s.ChoiceField(choices=Kind.values)
    state = s.ChoiceField(choices=OfferState.values)
    state_name = s.CharField()
    sent_at = s.DateTimeField()
    fields = HandoverFieldOutput(many=True)  # type: ignore[assignment]


class SharedTotalsOutput(s.Serializer[Any]):
    offers = s.IntegerField()
    offered = s.IntegerField()
    accepted = s.IntegerField()
    declined = s.IntegerField()
    expired = s.IntegerField()
    recalled = s.IntegerField()
    completed = s.IntegerField()
    returned = s.IntegerField()


class SharedListOutput(s.Serializer[Any]):
    items = SharedRowOutput(many=True)
    totals = SharedTotalsOutput()
    next_cursor = s.CharField(allow_null=True)


class BureauSharedOutput(s.Serializer[Any]):
    """Counts only: a bureau sees no case."""

    totals = SharedTotalsOutput()
