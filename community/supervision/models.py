from django.db import models


class TownshipIndicator(models.Model):
    """Counts of one tenant, institution and township in one month. No person can be found in it."""

    tenant_code = models.CharField(max_length=40)
    tenant_name = models.CharField(max_length=80)
    county_code = models.CharField(max_length=12)
    township_code = models.CharField(max_length=12)
    township_name = models.CharField(max_length=40)
    institution_code = models.CharField(max_length=40)
    institution_name = models.CharField(max_length=80)
    month = models.DateField()  # its first day
    discharged = models.IntegerField(default=0)
    routed = models.IntegerField(default=0)
    unrouted = models.IntegerField(default=0)
    tasks_due = models.IntegerField(default=0)
    tasks_done = models.IntegerField(default=0)
    tasks_done_in_window = models.IntegerField(default=0)
    reached = models.IntegerField(default=0)
    abnormal = models.IntegerField(default=0)
    handled = models.IntegerField(default=0)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant_code", "institution_code", "township_code", "month"],
                name="supervision_row_once",
            )
        ]
        indexes = [models.Index(fields=["county_code", "month"], name="supervision_county_month")]
