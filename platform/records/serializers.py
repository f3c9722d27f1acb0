from typing import Any

from rest_framework import serializers as s

from records.enums import FlagKind, FlagState, Register


class FlagOutput(s.Serializer[Any]):
    id = s.CharField()
    kind = s.CharField(help_text=" | ".join(FlagKind.values))
    kind_name = s.CharField()
    origin = s.CharField(help_text="manual | rule | source")
    origin_name = s.CharField()
    state = s.ChoiceField(choices=FlagState.choices)
    state_name = s.CharField()
    reason = s.CharField(allow_blank=True)
    evidence = s.JSONField(help_text="规则所依据的次数与日期")
    set_at = s.DateTimeField()
    set_by_name = s.CharField(allow_blank=True)
    confirmed_at = s.DateTimeField(allow_null=True)
    confirmed_by_name = s.CharField(allow_blank=True)
    lifted_at = s.DateTimeField(allow_null=True)
    lifted_by_name = s.CharField(allow_blank=True)
    lift_reason = s.CharField(allow_blank=True)


class FlagsOutput(s.Serializer[Any]):
    current = FlagOutput(many=True)
    history = FlagOutput(many=True)


class FlagInput(s.Serializer[Any]):
    kind = s.ChoiceField(choices=FlagKind.choices)
    reason = s.CharField(max_length=200)
    proposed = s.BooleanField(required=False, help_text="仅用于已死亡：电话中听说，待另一人核实")


class FlagConfirmInput(s.Serializer[Any]):
    pass


class FlagRejectInput(s.Serializer[Any]):
    reason = s.CharField(max_length=200)


class FlagLiftInput(s.Serializer[Any]):
    reason = s.CharField(max_length=200)


class LabelOutput(s.Serializer[Any]):
    id = s.CharField()
    code = s.CharField()
    name = s.CharField()
    is_active = s.BooleanField()
    version = s.IntegerField()


class LabelListOutput(s.Serializer[Any]):
    items = LabelOutput(many=True)


class LabelInput(s.Serializer[Any]):
    code = s.CharField(max_length=40)
    name = s.CharField(max_length=40)


class LabelNameInput(s.Serializer[Any]):
    name = s.CharField(max_length=40)


class PatientLabelOutput(s.Serializer[Any]):
    code = s.CharField()
    name = s.CharField()
    set_at = s.DateTimeField()
    set_by_name = s.CharField(allow_blank=True)


class PatientLabelListOutput(s.Serializer[Any]):
    items = PatientLabelOutput(many=True)


class PatientLabelsInput(s.Serializer[Any]):
    codes = s.ListField(child=s.CharField(max_length=40), max_length=50)


class RegisterEntryOutput(s.Serializer[Any]):
    id = s.CharField()
    register = s.CharField(help_text=" | ".join(Register.values))
    register_name = s.CharField()
    since = s.DateField()
    until = s.DateField(allow_null=True)
    source = s.CharField(allow_blank=True)  # type: ignore[assignment]
    recorded_at = s.DateTimeField()
    recorded_by_name = s.CharField(allow_blank=True)


class RegisterListOutput(s.Serializer[Any]):
    items = RegisterEntryOutput(many=True)


class RegisterInput(s.Serializer[Any]):
    register = s.ChoiceField(choices=Register.choices)
    since = s.DateField()
    until = s.DateField(required=False, allow_null=True)


class PatientRowOutput(s.Serializer[Any]):
    id = s.CharField()
    name_masked = s.CharField()
    sex = s.CharField(help_text="M | F | U")
    age = s.IntegerField(allow_null=True)
    id_no_masked = s.CharField(allow_null=True)
    phone_masked = s.CharField(allow_null=True)
    address = s.CharField(allow_null=True)
    township_name = s.CharField(allow_null=True)
    last_discharge_on = s.DateField(allow_null=True)
    last_diagnosis = s.CharField(allow_null=True)


class PatientPageOutput(s.Serializer[Any]):
    items = PatientRowOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class PatientPhoneOutput(s.Serializer[Any]):
    id = s.CharField()
    owner = s.CharField(help_text="self | spouse | child | parent | other")
    masked = s.CharField()


class PatientIdentifierOutput(s.Serializer[Any]):
    kind = s.CharField(
        help_text="medical_record | inpatient_no | outpatient_no | insurance | health_card | health_record |"
        " passport | other"
    )
    value_masked = s.CharField()


class PatientRoutingOutput(s.Serializer[Any]):
    institution_name = s.CharField(allow_null=True)
    staff_name = s.CharField(allow_null=True)
    confidence = s.FloatField(allow_null=True)
    why = s.CharField()


class PatientDetailOutput(s.Serializer[Any]):
    id = s.CharField()
    name_masked = s.CharField()
    name = s.CharField(allow_null=True)
    sex = s.CharField(help_text="M | F | U")
    birth_date = s.DateField(allow_null=True)
    age = s.IntegerField(allow_null=True)
    id_no_masked = s.CharField(allow_null=True)
    phones = PatientPhoneOutput(many=True)
    address = s.CharField(allow_null=True)
    township_name = s.CharField(allow_null=True)
    routing = PatientRoutingOutput(allow_null=True)
    identifiers = PatientIdentifierOutput(many=True)
    allergies = s.CharField(allow_null=True)
    deceased = s.BooleanField()
    flags = FlagOutput(many=True, help_text="现有标识")
    labels = PatientLabelOutput(many=True)
    registers = RegisterEntryOutput(many=True, help_text="现有登记")


class TimelineItemOutput(s.Serializer[Any]):
    at = s.DateTimeField()
    kind = s.CharField(help_text="inpatient | outpatient | checkup | operation | lab | routing | follow_up")
    title = s.CharField()
    summary = s.CharField(allow_blank=True)
    department = s.CharField(allow_null=True)
    ref = s.CharField(allow_null=True)
    abnormal = s.BooleanField()


class TimelineOutput(s.Serializer[Any]):
    items = TimelineItemOutput(many=True)


class UnmaskInput(s.Serializer[Any]):
    field = s.ChoiceField(choices=["id_no", "phone"])  # type: ignore[assignment]
    reason = s.CharField(max_length=300)
    phone_id = s.CharField(required=False, help_text="缺省为患者本人的号码")


class UnmaskOutput(s.Serializer[Any]):
    value = s.CharField()
