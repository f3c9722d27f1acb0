"""The one masking module: API, lists, exports and logs show what these functions return (standards 2.4)."""

import re

# Hospital systems write the dot of 买买提·艾力 in every way that an input method offers.
_DOTS = re.compile(r"[·•‧・･∙．.]")
_COMPOUND = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "司徒", "夏侯")


def mask_name(name: str) -> str:
    """张* · 张*明 · 欧阳* · four and more: first and last with ** between · 买买提·*."""
    name = name.strip()
    if not name:
        return ""
    parts = _DOTS.split(name, maxsplit=1)
    if len(parts) > 1:
        return parts[0] + "·*"
    surname = next((s for s in _COMPOUND if name.startswith(s) and len(name) > 2), "")
    if surname:
        return surname + "*"
    if len(name) == 1:
        return "*"
    if len(name) == 2:
        return name[0] + "*"
    if len(name) == 3:
        return f"{name[0]}*{name[2]}"
    return f"{name[0]}**{name[-1]}"


def mask_id_no(number: str) -> str:
    """First three and last four; the birth date stays hidden."""
    if len(number) < 8:
        return "*" * len(number)
    return number[:3] + "*" * (len(number) - 7) + number[-4:]


def mask_phone(number: str) -> str:
    """138****0000 for a mobile; a landline keeps its last four."""
    if len(number) == 11 and number.startswith("1"):
        return f"{number[:3]}****{number[-4:]}"
    return _last_four(number)


def mask_identifier(value: str) -> str:
    """Card and record numbers: last four."""
    return _last_four(value)


def _last_four(value: str) -> str:
    """Nothing of a value that is no longer than what would be shown."""
    return "*" * (len(value) - 4) + value[-4:] if len(value) > 4 else "*" * len(value)
