from collections.abc import Mapping
from datetime import datetime
from typing import Any

from community.handover.enums import ConsentBasis, ConsentGiven

_LEAST_REASON = 5


def judge_consent(basis: str, consent: Mapping[str, Any] | None, now: datetime) -> tuple[str, str] | None:
    """What is wrong with the consent under the agreement's basis, as (code, message); None when it holds.

    Where the basis is the patient's separate consent, nothing crosses without it, unless a person overrides that and
    writes down why (peers' consent gate: blocked unless given or overridden, and the override is told).
    """
    if basis != ConsentBasis.SEPARATE:
        return None
    given = (consent or {}).get("basis", ConsentGiven.NONE)
    if given == ConsentGiven.OVERRIDE:
        if len(str((consent or {}).get("proof", "")).strip()) < _LEAST_REASON:
            return "override_reason", f"未取得同意而继续时，请写明理由（至少 {_LEAST_REASON} 字）"
        return None
    if given == ConsentGiven.NONE:
        return "consent_missing", "协议要求患者单独同意，请先取得同意并登记方式、同意人和时间"
    assert consent is not None
    if not str(consent.get("given_by", "")).strip():
        return "consent_giver", "请填写作出同意的人"
    at = consent.get("at")
    if not isinstance(at, datetime) or at > now:
        return "consent_time", "请填写取得同意的时间，不能晚于现在"
    return None
