from typing import Any

from rest_framework import serializers as s


class PlaceOutput(s.Serializer[Any]):
    code = s.CharField(help_text="twelve digits")
    name = s.CharField()
    path = s.CharField(help_text="from the county down: 枝江市 / 问安镇 / 关庙山村")


class QueuePatientOutput(s.Serializer[Any]):
    id = s.CharField()
    name_masked = s.CharField()
    sex = s.CharField(help_text="M | F | U")
    age = s.IntegerField(allow_null=True)


class QueueEncounterOutput(s.Serializer[Any]):
    discharge_on = s.DateField(allow_null=True)
    department = s.CharField(allow_null=True)
    diagnosis = s.CharField(allow_null=True)


class RoutingQueueRowOutput(s.Serializer[Any]):
    id = s.CharField(help_text="of the decision; what resolve takes")
    patient = QueuePatientOutput()
    address_text = s.CharField(allow_blank=True)
    evidence = s.ListField(child=s.CharField())
    candidates = PlaceOutput(many=True)
    confidence = s.FloatField()
    waiting_hours = s.IntegerField()
    encounter = QueueEncounterOutput()


class RoutingQueueOutput(s.Serializer[Any]):
    items = RoutingQueueRowOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class ResolveRoutingInput(s.Serializer[Any]):
    division_code = s.CharField(max_length=12, help_text="a township or village of the home county")
    remember_text = s.CharField(
        max_length=200, required=False, allow_blank=True, default="",
        help_text="part of the address that from now on means this place",
    )  # fmt: skip


class RoutingDecisionOutput(s.Serializer[Any]):
    id = s.CharField()
    patient_id = s.CharField()
    encounter_id = s.CharField(allow_null=True)
    state = s.CharField(help_text="auto | auto_flagged | unresolved | manual | outside")
    state_name = s.CharField()
    rule = s.CharField(help_text="operator | his_fields | his_text | registered_text | contact_text | none")
    confidence = s.FloatField()
    evidence = s.ListField(child=s.CharField())
    candidates = PlaceOutput(many=True)
    address_text = s.CharField(allow_blank=True)
    division = PlaceOutput(allow_null=True)
    institution_name = s.CharField(allow_null=True)
    staff_name = s.CharField(allow_null=True)
    why = s.CharField()
    decided_by_name = s.CharField()
    decided_at = s.DateTimeField()


class RoutingHistoryOutput(s.Serializer[Any]):
    items = RoutingDecisionOutput(many=True)


class TownshipCountOutput(s.Serializer[Any]):
    code = s.CharField()
    name = s.CharField()
    count = s.IntegerField()


class RoutingSummaryOutput(s.Serializer[Any]):
    routed_auto = s.IntegerField()
    routed_flagged = s.IntegerField()
    unresolved = s.IntegerField()
    manual = s.IntegerField()
    outside = s.IntegerField()
    by_township = TownshipCountOutput(many=True)


class DivisionItemOutput(s.Serializer[Any]):
    code = s.CharField()
    name = s.CharField()
    level = s.IntegerField(help_text="1 province, 2 prefecture, 3 county, 4 township, 5 village")
    kind = s.CharField()


class DivisionListOutput(s.Serializer[Any]):
    items = DivisionItemOutput(many=True)
