"""Lock-out and password rules (GB/T 22239 level 3, identification 1 and 2). Pure."""

import re
from datetime import datetime, timedelta

MAX_FAILURES = 5
_LOCK_MINUTES = (15, 20, 30)
_CLASSES = (re.compile(r"[a-z]"), re.compile(r"[A-Z]"), re.compile(r"\d"), re.compile(r"[^A-Za-z0-9]"))


def compute_lock(failures: int, now: datetime) -> datetime | None:
    """Until when the account is locked after this many failures in a row; None while it is not."""
    if failures < MAX_FAILURES:
        return None
    step = min((failures - MAX_FAILURES) // MAX_FAILURES, len(_LOCK_MINUTES) - 1)
    return now + timedelta(minutes=_LOCK_MINUTES[step])


def find_password_faults(password: str, username: str) -> list[str]:
    """Chinese sentences naming each broken rule; empty when the password will do."""
    faults = []
    if len(password) < 8:
        faults.append("密码至少 8 位")
    if sum(bool(pattern.search(password)) for pattern in _CLASSES) < 3:
        faults.append("密码应包含大写字母、小写字母、数字、符号中的三类")
    if username and username.lower() in password.lower():
        faults.append("密码不能包含用户名")
    return faults
