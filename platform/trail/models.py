from django.db import models


class TrailRow(models.Model):
    """Who did, saw, unmasked, played, exported. Inserted only: the tenant's role has no right to change a row."""

    at = models.DateTimeField()
    actor_id = models.BigIntegerField(null=True)
    actor_name = models.CharField(max_length=80, default="", blank=True)
    action = models.CharField(max_length=80)
    object_type = models.CharField(max_length=40, default="", blank=True)
    object_id = models.CharField(max_length=40, default="", blank=True)
    reason = models.CharField(max_length=300, default="", blank=True)
    detail = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, default="", blank=True)
    address = models.CharField(max_length=64, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["object_type", "object_id", "id"], name="trail_object"),
            models.Index(fields=["actor_id", "id"], name="trail_actor"),
        ]
