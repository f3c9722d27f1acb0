from typing import Any

from rest_framework import serializers as s

from divisions.enums import ChangeKind, ImportState


class DivisionUnitOutput(s.Serializer[Any]):
    code = s.CharField(help_text="twelve digits")
    name = s.CharField()
    kind = s.CharField()


class TownshipUnitOutput(DivisionUnitOutput):
    villages = DivisionUnitOutput(many=True)


class DivisionTreeOutput(s.Serializer[Any]):
    county = DivisionUnitOutput()
    townships = TownshipUnitOutput(many=True)
    as_of = s.DateField(help_text="of the newest row")
    source = s.CharField()  # type: ignore[assignment]


class DivisionImportInput(s.Serializer[Any]):
    """multipart: a CSV with the columns code, name, parent, type, valid_from, valid_to, replaced_by; the header in
    English or Chinese; UTF-8 or GB18030."""

    file = s.FileField()
    source = s.CharField(  # type: ignore[assignment]
        max_length=60, help_text="where the list comes from: 县公安局地名清单"
    )
    as_of = s.DateField(help_text="the day that the list describes")


class ApplyImportInput(s.Serializer[Any]):
    fingerprint = s.CharField(max_length=64, help_text="of the preview that was looked at")


class DivisionChangeOutput(s.Serializer[Any]):
    kind = s.ChoiceField(ChangeKind.choices)
    code = s.CharField()
    name = s.CharField()
    was = s.CharField(allow_blank=True, help_text="the stored name; of a kept row, the list's older one")
    to = s.ListField(child=s.CharField(), help_text='what stands in its place, "code name" each')


class DivisionCountsOutput(s.Serializer[Any]):
    """Every row of the list counts once, by what it is to the stored one."""

    added = s.IntegerField()
    renamed = s.IntegerField()
    merged = s.IntegerField()
    split = s.IntegerField()
    ended = s.IntegerField()
    unchanged = s.IntegerField()
    kept = s.IntegerField(help_text="the stored row is from a newer list and stays")
    absent = s.IntegerField(
        help_text="present divisions of the county that the list does not hold: they stay"
    )


class DivisionReportOutput(DivisionCountsOutput):
    rows = DivisionChangeOutput(many=True)


class DivisionProblemOutput(s.Serializer[Any]):
    line = s.IntegerField(help_text="of the file, from 1; 0: the file as a whole")
    pointer = s.CharField()
    code = s.CharField()
    message = s.CharField(help_text="the fact and the cure")


class _ImportOutput(s.Serializer[Any]):
    id = s.CharField()
    state = s.ChoiceField(ImportState.choices)
    state_name = s.CharField()
    file_name = s.CharField(allow_blank=True)
    file_sha256 = s.CharField()
    source = s.CharField()  # type: ignore[assignment]
    as_of = s.DateField()
    made_by_name = s.CharField()
    made_at = s.DateTimeField()
    closed_by_name = s.CharField(allow_null=True)
    closed_at = s.DateTimeField(allow_null=True)


class DivisionImportRowOutput(_ImportOutput):
    counts = DivisionCountsOutput()
    has_problems = s.BooleanField()


class DivisionImportListOutput(s.Serializer[Any]):
    items = DivisionImportRowOutput(many=True)
    next_cursor = s.CharField(allow_null=True)


class DivisionImportOutput(_ImportOutput):
    fingerprint = s.CharField(allow_blank=True, help_text="empty while there are problems")
    report = DivisionReportOutput()
    problems = DivisionProblemOutput(many=True)
