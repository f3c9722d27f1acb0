from typing import Any

from rest_framework import serializers as s

from community.routing.models import AskedBy, ClaimKind


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
    phone_masked = s.CharField(allow_null=True, help_text="the patient's own number before a relative's")
    address_text = s.CharField(allow_blank=True)
    evidence = s.ListField(child=s.CharField())
    candidates = PlaceOutput(many=True)
    confidence = s.FloatField()
    aged = s.BooleanField(help_text="has waited for 24 hours or longer")
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
    rule = s.CharField(
        help_text="override | contract | verified | operator | his_fields | his_text | registered_text | contact_text"
        " | none"
    )
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


class ResidenceClaimOutput(s.Serializer[Any]):
    id = s.CharField()
    kind = s.CharField(help_text="registered | current | temporary | work")
    kind_name = s.CharField()
    source = s.CharField(  # type: ignore[assignment]
        help_text="verified | operator | his_fields | his_text | registered_text | contact_text"
    )
    source_name = s.CharField()
    text = s.CharField(allow_blank=True)
    division = PlaceOutput(allow_null=True)
    confidence = s.FloatField()
    valid_from = s.DateField()
    valid_to = s.DateField(allow_null=True, help_text="the last day")
    verified_by = s.CharField(allow_blank=True)
    end_reason = s.CharField(allow_blank=True)
    in_force = s.BooleanField()


class RoutingOverrideOutput(s.Serializer[Any]):
    institution_id = s.CharField()
    institution_name = s.CharField()
    ward_id = s.CharField()
    ward_name = s.CharField()
    staff_id = s.CharField(allow_null=True)
    staff_name = s.CharField(allow_null=True)
    asked_by = s.CharField(help_text="patient | clinician")
    asked_by_name = s.CharField()
    reason = s.CharField()
    expires_on = s.DateField()
    created_at = s.DateTimeField()
    created_by_name = s.CharField()


class OwnerChangeOutput(s.Serializer[Any]):
    changed_at = s.DateTimeField()
    from_institution_name = s.CharField()
    from_staff_name = s.CharField(allow_null=True)
    to_institution_name = s.CharField()
    to_staff_name = s.CharField(allow_null=True)
    why = s.CharField()
    sight_until = s.DateField(help_text="the last day on which the former owner opens the record")


class ResidencesOutput(s.Serializer[Any]):
    claims = ResidenceClaimOutput(many=True)
    override = RoutingOverrideOutput(allow_null=True)
    decision = RoutingDecisionOutput(allow_null=True)
    why = s.CharField(allow_null=True)
    handovers = OwnerChangeOutput(many=True)


class AddResidenceInput(s.Serializer[Any]):
    kind = s.ChoiceField(choices=ClaimKind.choices)
    division_code = s.CharField(max_length=12, help_text="a township or village here, a county elsewhere")
    text = s.CharField(max_length=200, required=False, allow_blank=True, default="")
    valid_from = s.DateField(required=False, allow_null=True, default=None)
    valid_to = s.DateField(
        required=False, allow_null=True, default=None, help_text="a temporary stay needs it"
    )
    verified = s.CharField(max_length=30, help_text="how: 上门核实, 居住证, 公卫档案, 电话核实 …")


class EndResidenceInput(s.Serializer[Any]):
    on = s.DateField(help_text="the last day there, today at the latest")
    reason = s.CharField(max_length=200)


class SetOverrideInput(s.Serializer[Any]):
    institution_id = s.CharField(max_length=18)
    ward_id = s.CharField(max_length=18)
    staff_id = s.CharField(max_length=18, required=False, allow_null=True, default=None)
    asked_by = s.ChoiceField(choices=AskedBy.choices)
    reason = s.CharField(max_length=200)
    expires_on = s.DateField(help_text="the last day, within a year")


class EndOverrideInput(s.Serializer[Any]):
    reason = s.CharField(max_length=200)


class AgeBandOutput(s.Serializer[Any]):
    key = s.CharField(help_text="under_24h | under_72h | over_72h")
    name = s.CharField()
    count = s.IntegerField()


class UnroutedOutput(s.Serializer[Any]):
    total = s.IntegerField()
    aged = s.IntegerField(help_text="24 hours or longer")
    oldest_hours = s.IntegerField(allow_null=True)
    bands = AgeBandOutput(many=True)
    vacant = s.IntegerField(help_text="the place is known, nobody is entered for it")
    kept_by_wish = s.IntegerField(help_text="refused the community and stay with the centre")


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
