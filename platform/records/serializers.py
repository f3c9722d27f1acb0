from typing import Any

from rest_framework import serializers as s


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
