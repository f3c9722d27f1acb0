from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q


class StaffAccountManager(BaseUserManager["StaffAccount"]):
    def get_by_natural_key(self, username: str | None) -> "StaffAccount":
        return self.get(username=username)


class StaffAccount(AbstractBaseUser, PermissionsMixin):
    """A log-in of one person in one schema: hospital staff in their tenant, bureau staff in public."""

    username = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    title = models.CharField(max_length=40, default="", blank=True)
    is_active = models.BooleanField(default=True)
    failed_attempts = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects: ClassVar[StaffAccountManager] = StaffAccountManager()

    class Meta:
        constraints = [
            # Separation of duties (GB/T 22239, access control 4): nobody is above the rules.
            models.CheckConstraint(condition=Q(is_superuser=False), name="accounts_no_superuser")
        ]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Filled by accounts.backends at log-in look-up: role codes and container grants, in the same query.
        self.role_codes: tuple[str, ...] = ()
        self.grants: dict[str, frozenset[int]] = {}
