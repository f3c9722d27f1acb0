from datetime import timedelta
from typing import Any

from django.contrib.auth import login, logout
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.http import HttpRequest

from accounts.backends import StaffBackend
from accounts.errors import AccountLocked, InvalidCredentials
from accounts.models import StaffAccount
from accounts.rules import compute_lock, find_password_faults
from kernel import clock
from kernel.errors import FieldError, InvalidInput
from trail.services import record

_BACKEND = "accounts.backends.StaffBackend"


def create_account(*, username: str, name: str, password: str, title: str = "") -> StaffAccount:
    """Raises InvalidInput when the password breaks a rule. The caller assigns roles and grants."""
    faults = find_password_faults(password, username)
    if faults:
        raise InvalidInput(
            "密码不符合要求", errors=[FieldError("/password", "weak_password", f) for f in faults]
        )
    account = StaffAccount(username=username, name=name, title=title, created_at=clock.now())
    account.password = make_password(password)
    account.save()
    return account


def log_in(*, request: HttpRequest, username: str, password: str) -> StaffAccount:
    """Check, count failures, open the session. Raises InvalidCredentials, AccountLocked."""
    account = _check_credentials(username=username, password=password)
    account.backend = _BACKEND  # type: ignore[attr-defined]
    login(request, account, backend=_BACKEND)
    record(actor_id=account.pk, actor_name=account.name, action="accounts.session.opened")
    return account


def log_out(*, request: HttpRequest) -> None:
    user: Any = request.user
    if user is not None and user.is_authenticated:
        record(actor_id=user.pk, actor_name=user.name, action="accounts.session.closed")
    logout(request)


def _check_credentials(*, username: str, password: str) -> StaffAccount:
    # The row is locked while the password is checked: parallel guesses are counted one by one. The count is
    # committed before the refusal is raised, or the refusal would roll it back.
    refusal: InvalidCredentials | AccountLocked | None = None
    with transaction.atomic():
        account = StaffAccount.objects.select_for_update().filter(username=username).first()
        now = clock.now()
        if account is None or not account.is_active:
            make_password(password)  # spend the same time, or names could be told apart by the clock
            refusal = InvalidCredentials()
            record(actor_id=None, actor_name=username[:40], action="accounts.session.refused", why="unknown")
        elif account.locked_until and account.locked_until > now:
            minutes = (account.locked_until - now) // timedelta(minutes=1) + 1
            refusal = AccountLocked(f"账号已锁定，请 {minutes} 分钟后再试，或联系管理员")
            record(
                actor_id=account.pk, actor_name=account.name, action="accounts.session.refused", why="locked"
            )
        elif not check_password(password, account.password):
            account.failed_attempts += 1
            account.locked_until = compute_lock(account.failed_attempts, now)
            account.save(update_fields=["failed_attempts", "locked_until"])
            refusal = InvalidCredentials()
            record(
                actor_id=account.pk,
                actor_name=account.name,
                action="accounts.session.refused",
                why="password",
            )
        else:
            account.failed_attempts, account.locked_until, account.last_login = 0, None, now
            account.save(update_fields=["failed_attempts", "locked_until", "last_login"])
    if refusal is not None:
        raise refusal
    assert account is not None
    return account


def reload_account(account_id: int) -> Any:
    """The account as every later request will see it: with roles and grants."""
    return StaffBackend().get_user(account_id)
