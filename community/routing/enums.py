"""Words of the room. The states themselves stand with their column (models.DecisionState)."""

from types import MappingProxyType

from divisions.parser import describe_evidence

AUTO, AUTO_FLAGGED, UNRESOLVED, MANUAL, OUTSIDE = "auto", "auto_flagged", "unresolved", "manual", "outside"

_EVIDENCE = MappingProxyType(
    {
        "source:his_fields": "依据分列填写的现住址",
        "source:his_text": "依据现住址文字",
        "source:registered_text": "没有现住址，依据户籍地址",
        "source:contact_text": "没有现住址，依据联系人地址",
        "source:operator": "人工确认",
        "conflict:sources": "分列住址与文字住址不一致",
        "village:differs": "分列住址与文字住址的村不同，只取乡镇",
        "address:old": "地址登记已超过两年",
        "catchment:backup": "主责机构空缺，由备选机构负责",
        "catchment:vacant": "该地没有负责的机构",
        "tenant:no-county": "本机构没有社区辖区",
    }
)


def describe(key: str) -> str:
    """The Chinese wording of an evidence key."""
    return _EVIDENCE.get(key) or describe_evidence(key)
