from django.contrib.postgres.fields import ArrayField
from django.db import models

from divisions.enums import DivisionKind, DivisionLevel, ImportState


class AdminDivision(models.Model):
    """A province, prefecture, county, township or village by its 12-digit code; lives in the public schema.

    Rows are never deleted, only end-dated (`valid_to`, with `replaced_by` or, after a split, `split_into`): routed
    cases keep pointing at them.
    `parent_code` is no foreign key: an import writes in any order, and codes are stable text.
    """

    code = models.CharField(max_length=12, primary_key=True)
    name = models.CharField(max_length=100)
    short = models.CharField(max_length=100)
    level = models.PositiveSmallIntegerField(choices=DivisionLevel.choices)
    parent_code = models.CharField(max_length=12, null=True)
    kind = models.CharField(max_length=16, choices=DivisionKind.choices)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    replaced_by = models.CharField(max_length=12, null=True)
    split_into = ArrayField(models.CharField(max_length=12), null=True)
    source = models.CharField(max_length=60)
    as_of = models.DateField()

    class Meta:
        ordering = ["code"]
        indexes = [models.Index(fields=["parent_code", "code"], name="divisions_parent")]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(code__regex=r"^[0-9]{12}$"), name="divisions_code_digits"
            ),
            models.CheckConstraint(
                condition=models.Q(level__gte=1, level__lte=5), name="divisions_level_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class DivisionImport(models.Model):
    """One list that somebody gave for a county: who, when, the file's hash, what it does. In the public schema.

    `rows` are kept from the preview until it is applied or discarded, and only of a list without problems. The
    fingerprint covers the list and the stored county that it was compared with.
    """

    county_code = models.CharField(max_length=12)
    state = models.CharField(max_length=12, choices=ImportState.choices)
    fingerprint = models.CharField(max_length=64)
    file_name = models.CharField(max_length=120)
    file_sha256 = models.CharField(max_length=64)
    source = models.CharField(max_length=60)
    as_of = models.DateField()
    rows = models.JSONField(default=list)
    report = models.JSONField()
    problems = models.JSONField(default=list)
    made_in = models.CharField(max_length=63)  # schema of whoever gave it: account ids are unique there only
    made_by = models.BigIntegerField()
    made_by_name = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    closed_by_name = models.CharField(max_length=80, default="")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["county_code", "-id"], name="divisions_import_county")]

    def __str__(self) -> str:
        return f"{self.county_code} {self.as_of} {self.state}"
