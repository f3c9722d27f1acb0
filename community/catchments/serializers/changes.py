from typing import Any

from rest_framework import serializers as s

from community.catchments.enums import ChangeKind, ChangeState, StepTable
from community.catchments.serializers.common import DayField, DivisionRefOutput, RefOutput


class AreaMoveInput(s.Serializer[Any]):
    division_codes = s.ListField(child=s.CharField(max_length=12), min_length=1, max_length=2000)
    to_institution_id = s.CharField()
    to_ward_id = s.CharField(required=False, allow_null=True, default=None)
    to_staff_id = s.CharField(required=False, allow_null=True, default=None)


class AreaChangeInput(s.Serializer[Any]):
    kind = s.ChoiceField(choices=ChangeKind.choices)
    from_on = DayField(help_text="新归属的第一天，不早于今天")
    moves = s.ListField(child=AreaMoveInput(), min_length=1, max_length=100)
    note = s.CharField(required=False, allow_blank=True, default="", max_length=200)


class AreaChangeApplyInput(s.Serializer[Any]):
    fingerprint = s.CharField(max_length=64, help_text="预览中的 fingerprint：归属有变动则拒绝执行")


class AreaChangeRevertInput(s.Serializer[Any]):
    pass


class AreaChangeRowOutput(s.Serializer[Any]):
    id = s.CharField()
    kind = s.ChoiceField(choices=ChangeKind.choices)
    kind_name = s.CharField()
    state = s.ChoiceField(choices=ChangeState.choices)
    state_name = s.CharField()
    from_on = s.DateField()
    places = s.IntegerField(help_text="所选区划数")
    note = s.CharField(allow_blank=True)
    created_at = s.DateTimeField()
    created_by_name = s.CharField(allow_blank=True)
    applied_at = s.DateTimeField(allow_null=True)
    applied_by_name = s.CharField(allow_blank=True)
    reverted_at = s.DateTimeField(allow_null=True)
    reverted_by_name = s.CharField(allow_blank=True)
    reverted_from = s.DateField(allow_null=True, help_text="恢复的归属从这天起")


class AreaChangePageOutput(s.Serializer[Any]):
    items = AreaChangeRowOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class AreaChangeStepOutput(s.Serializer[Any]):
    table = s.ChoiceField(choices=StepTable.choices)
    division = DivisionRefOutput()
    action = s.CharField(help_text="end | begin | keep")
    holder = s.CharField(help_text="机构或医生")
    on = s.DateField(help_text="结束的最后一天，或开始的第一天")


class AreaConflictOutput(s.Serializer[Any]):
    division_code = s.CharField()
    division_name = s.CharField()
    message = s.CharField()


class AreaChangePreviewOutput(s.Serializer[Any]):
    catchments_ended = s.IntegerField()
    catchments_begun = s.IntegerField()
    clinicians_ended = s.IntegerField()
    clinicians_begun = s.IntegerField()
    patients = s.IntegerField(help_text="现归属这些区划的患者")
    tasks_planned = s.IntegerField(help_text="未开始的社区随访任务，将随归属调整")
    tasks_started = s.IntegerField(help_text="已开始的任务，仍由原负责人完成")
    vacant_after = s.IntegerField(help_text="调整后无人负责的村（社区）")
    rows = AreaChangeStepOutput(many=True)
    rows_total = s.IntegerField()
    conflicts = AreaConflictOutput(many=True)
    fingerprint = s.CharField()


class AreaChangeMoveOutput(s.Serializer[Any]):
    divisions = DivisionRefOutput(many=True)
    to_institution = RefOutput()
    to_staff = RefOutput(allow_null=True)
    to_ward_id = s.CharField(allow_null=True)


class AreaChangeProgressOutput(s.Serializer[Any]):
    total = s.IntegerField()
    done = s.IntegerField()
    undone = s.IntegerField()


class AreaChangeDetailOutput(AreaChangeRowOutput):
    moves = AreaChangeMoveOutput(many=True)
    preview = AreaChangePreviewOutput()
    progress = AreaChangeProgressOutput()
    revert_conflicts = AreaConflictOutput(many=True)
