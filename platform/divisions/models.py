from django.db import models

from divisions.enums import DivisionKind, DivisionLevel


class AdminDivision(models.Model):
    """A province, prefecture, county, township or village by its 12-digit code; lives in the public schema.

    Rows are never deleted, only end-dated (`valid_to`, `replaced_by`): routed cases keep pointing at them.
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
