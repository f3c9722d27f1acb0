from typing import Any

from rest_framework import serializers as s

from followup.education.enums import CardState


class CardLatestOutput(s.Serializer[Any]):
    version_id = s.CharField()
    version = s.IntegerField()
    state = s.ChoiceField(choices=CardState.choices)
    updated_at = s.DateTimeField(allow_null=True)
    updated_by_name = s.CharField()


class CardSignedOutput(s.Serializer[Any]):
    version_id = s.CharField()
    version = s.IntegerField()
    signed_by_name = s.CharField()
    signed_at = s.DateTimeField()


class EducationCardRowOutput(s.Serializer[Any]):
    id = s.CharField()
    key = s.CharField()
    title = s.CharField()
    specialty = s.CharField()
    latest = CardLatestOutput()
    signed = CardSignedOutput(allow_null=True)
    licence = s.CharField()
    used_by = s.IntegerField()


class EducationCardListOutput(s.Serializer[Any]):
    items = EducationCardRowOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class CardVersionRowOutput(s.Serializer[Any]):
    version_id = s.CharField()
    version = s.IntegerField()
    state = s.ChoiceField(choices=CardState.choices)
    licence = s.CharField()
    created_at = s.DateTimeField()
    created_by_name = s.CharField()
    updated_at = s.DateTimeField(allow_null=True)
    updated_by_name = s.CharField()
    signed_by_name = s.CharField()
    signed_at = s.DateTimeField(allow_null=True)
    retired_at = s.DateTimeField(allow_null=True)


class EducationCardDetailOutput(EducationCardRowOutput):
    versions = CardVersionRowOutput(many=True)


class CardRightsOutput(s.Serializer[Any]):
    edit = s.BooleanField()
    review = s.BooleanField()
    sign = s.BooleanField()
    retire = s.BooleanField()

    def get_fields(self) -> Any:
        return {**super().get_fields(), "return": s.BooleanField()}  # a Python keyword


class CardProblemOutput(s.Serializer[Any]):
    pointer = s.CharField()
    code = s.CharField()
    message = s.CharField()


class EducationCardVersionOutput(s.Serializer[Any]):
    id = s.CharField()
    card_id = s.CharField()
    key = s.CharField()
    title = s.CharField()
    specialty = s.CharField()
    version = s.IntegerField()
    state = s.ChoiceField(choices=CardState.choices)
    revision = s.IntegerField()
    body = s.ListField(child=s.CharField())
    licence = s.CharField()
    created_by_name = s.CharField()
    created_at = s.DateTimeField()
    updated_at = s.DateTimeField(allow_null=True)
    updated_by_name = s.CharField()
    reviewed_by_name = s.CharField()
    reviewed_at = s.DateTimeField(allow_null=True)
    signed_by_name = s.CharField()
    signer_licence_no = s.CharField()
    signed_at = s.DateTimeField(allow_null=True)
    retired_at = s.DateTimeField(allow_null=True)
    note = s.CharField()
    problems = CardProblemOutput(many=True)
    can = CardRightsOutput()

    def get_fields(self) -> Any:
        # `source` is a field's own attribute in the framework.
        return {**super().get_fields(), "source": s.ListField(child=s.CharField())}


class CardFaultOutput(s.Serializer[Any]):
    pointer = s.CharField()
    code = s.CharField()
    message = s.CharField()
    cure = s.CharField()


class CardFaultsOutput(s.Serializer[Any]):
    faults = CardFaultOutput(many=True)
    warnings = CardFaultOutput(many=True)


class CreateEducationCardInput(s.Serializer[Any]):
    key = s.CharField(max_length=60)
    title = s.CharField(max_length=80)
    specialty = s.CharField(max_length=40, allow_blank=True, default="")
    from_version_id = s.CharField(allow_null=True, default=None)


class StartCardDraftInput(s.Serializer[Any]):
    from_version_id = s.CharField(allow_null=True, default=None)


class CardDocumentInput(s.Serializer[Any]):
    document = s.JSONField()


class ReviewCardInput(s.Serializer[Any]):
    note = s.CharField(max_length=300, allow_blank=True, default="")


class ReturnCardInput(s.Serializer[Any]):
    note = s.CharField(max_length=300)


class SignCardInput(s.Serializer[Any]):
    licence_no = s.CharField(max_length=40)


class RetireCardInput(s.Serializer[Any]):
    reason = s.CharField(max_length=300)
