from django.db import models


class StoredFile(models.Model):
    """An object in the store: encrypted there, described here. Type, size and hash are of the plain bytes."""

    purpose = models.CharField(max_length=20)
    object_key = models.CharField(max_length=200, unique=True)
    content_type = models.CharField(max_length=80)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    # The file's own key, wrapped by the tenant's; chunk size in bytes of the encrypted framing.
    wrapped_key = models.BinaryField()
    chunk_size = models.IntegerField()
    duration_seconds = models.IntegerField(null=True)
    created_by_id = models.BigIntegerField(null=True)
    created_by_name = models.CharField(max_length=40, default="", blank=True)
    created_at = models.DateTimeField()
