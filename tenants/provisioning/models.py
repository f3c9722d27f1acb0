from django.db import models


class SchemaTemplate(models.Model):
    """The one DDL script that makes a tenant's schema, kept with the digest of the migrations it stands for."""

    digest = models.CharField(max_length=64, unique=True)
    script = models.TextField()
    created_at = models.DateTimeField()


class ProvisioningRun(models.Model):
    """One onboarding; its finished steps are kept, so that a repeat goes on where it stopped."""

    tenant = models.OneToOneField("registry.Tenant", on_delete=models.CASCADE, related_name="provisioning")
    steps_done = models.JSONField(default=list)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    last_error = models.TextField(default="", blank=True)
