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
        "source:verified": "居住地已核实",
        "claim:temporary": "暂住期内，以暂住地为准",
        "override:patient": "患者要求",
        "override:clinician": "医务人员指定",
        "override:refused": "患者不同意转社区随访",
        "override:void": "指定的机构或团队已停用，未采用",
        "contract:in-force": "家庭医生签约在有效期内",
        "contract:void": "签约机构或团队已停用，未采用",
        "region:picked": "两处候选中，取与证件或固定电话归属地一致的一处",
        "region:confirms": "与证件或固定电话归属地一致",
        "division:replaced": "区划已撤并，按撤并后的区划",
        "staff:deputy": "责任医生不在岗，由代管人员负责",
        "staff:team": "责任医生不在岗，由团队负责",
        "conflict:sources": "分列住址与文字住址不一致",
        "village:differs": "分列住址与文字住址的村不同，只取乡镇",
        "address:old": "地址登记已超过两年",
        "catchment:backup": "主责机构空缺，由备选机构负责",
        "catchment:overlap": "该地有多家主责机构，按专科、现任、负荷依次取一家",
        "catchment:vacant": "该地没有负责的机构",
        "catchment:township-hospital": "该地没有负责的机构，由当地卫生院负责",
        "tenant:no-county": "本机构没有社区辖区",
    }
)


def describe(key: str) -> str:
    """The Chinese wording of an evidence key."""
    return _EVIDENCE.get(key) or describe_evidence(key)
