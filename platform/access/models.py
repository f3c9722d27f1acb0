from django.db import models


class RoleAssignment(models.Model):
    """An account has a role of the catalogue; unknown codes grant nothing."""

    account = models.ForeignKey(
        "accounts.StaffAccount", on_delete=models.CASCADE, related_name="role_assignments"
    )
    role = models.CharField(max_length=40)
    assigned_at = models.DateTimeField()
    assigned_by_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "role"], name="access_role_once")]
