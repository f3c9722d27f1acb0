"""One sentence why, for the people who read the record."""

import re

from community.routing.contracts import BY_CONTRACT, OVERRIDE, Facts, Override, Residence
from community.routing.enums import AUTO_FLAGGED, MANUAL, OUTSIDE, UNRESOLVED
from community.routing.rules.owners import Found

_LONG_NUMBER = re.compile(r"[0-9][0-9-]{6,}[0-9Xx]?")
_MAX_QUOTED = 60
_CENTRE = "随访中心"


def quote(text: str) -> str:
    """The address in quotation marks, short, and without the numbers of persons that desks write beside it."""
    shown = _LONG_NUMBER.sub("…", text)
    return f"“{shown[:_MAX_QUOTED]}…”" if len(shown) > _MAX_QUOTED else f"“{shown}”"


def explain(facts: Facts, residence: Residence, found: Found) -> str:
    """At most 300 characters, without a full stop."""
    return _explain(facts, residence, found)[:300]


def _explain(facts: Facts, residence: Residence, found: Found) -> str:
    if residence.rule == OVERRIDE and facts.override is not None:
        return _wish(facts.override, _who(found)) + _away(found)
    if residence.rule == BY_CONTRACT:
        return f"已签约家庭医生，由签约机构{_who(found)}负责{_away(found)}"
    place = residence.place
    sure = f"（置信度{residence.confidence:.2f}）"
    if residence.state == UNRESOLVED:
        return f"{_open_question(residence)}，暂由{_CENTRE}负责，归属待确认"
    if residence.state == OUTSIDE:
        if "tenant:no-county" in residence.evidence:
            read = f"住址{quote(residence.text)}" if residence.text else "没有登记住址"
            return f"本院没有社区辖区，{read}不作分派，由本院{_CENTRE}负责"
        if residence.by_name:
            return f"{_confirmed(residence)}，不在本县，由{_CENTRE}电话随访"
        return f"{_source(residence)}{quote(residence.text)}在{place}，不在本县{sure}，由{_CENTRE}电话随访"
    if residence.by_name or residence.state == MANUAL:
        where = _confirmed(residence)
    elif "region:picked" in residence.evidence:
        where = f"{_source(residence)}{quote(residence.text)}有两处可能，按证件或电话归属地取{place}{sure}"
    else:
        where = f"{_source(residence)}{quote(residence.text)}匹配到{place}{sure}"
    if "catchment:township-hospital" in found.notes:
        return f"{where}，该地没有负责的机构，由当地{_who(found)}负责，请在辖区设置中补齐"
    if "catchment:vacant" in found.notes:
        return f"{where}，该地没有负责的机构，暂由{_CENTRE}负责，请在辖区设置中补齐"
    lead = "主责机构空缺，由备选机构" if "catchment:backup" in found.notes else "由"
    checked = "，首次通话请核实住址" if residence.state == AUTO_FLAGGED else ""
    return f"{where}，{lead}{_who(found)}负责{_away(found)}{checked}"


def _who(found: Found) -> str:
    """A deputy of another institution is named alone."""
    owner = found.owner
    if not owner.institution_name:
        return owner.staff_name
    return owner.institution_name + (f"（{owner.staff_name}）" if owner.staff_name else "")


def _away(found: Found) -> str:
    if not found.named_staff_name:
        return ""
    by = "代管" if found.owner.staff_id is not None else "由团队接手"
    return f"（{found.named_staff_name}不在岗，{by}）"


def _wish(wish: Override, who: str) -> str:
    until = f"至{wish.expires_on.year}年{wish.expires_on.month}月{wish.expires_on.day}日"
    if wish.is_refusal:
        return f"患者不同意转社区随访，由{_CENTRE}负责（理由：{_short(wish.reason)}，{until}）"
    asked = "患者要求" if wish.asked_by == "patient" else "医务人员指定"
    return f"{asked}由{who}负责（理由：{_short(wish.reason)}，{until}）"


def _short(text: str) -> str:
    """A reason is free text: numbers of persons that stand in it are left out."""
    return _LONG_NUMBER.sub("…", text)[:_MAX_QUOTED]


def _confirmed(residence: Residence) -> str:
    what = "暂住" if "claim:temporary" in residence.evidence else "住址"
    what = "户籍" if residence.state == AUTO_FLAGGED else what
    return f"{residence.by_name or _CENTRE}确认{what}在{residence.place}"


def _source(residence: Residence) -> str:
    return {"registered_text": "户籍地址", "contact_text": "联系人地址"}.get(residence.rule, "住址")


def _open_question(residence: Residence) -> str:
    if not residence.text:
        return "没有登记住址"
    text = f"{_source(residence)}{quote(residence.text)}"
    if "conflict:sources" in residence.evidence:
        return f"分列住址与文字住址{quote(residence.text)}不一致"
    names = [candidate.path.split(" / ", 1)[-1].replace(" / ", "") for candidate in residence.candidates[:3]]
    if len(names) > 1:
        return f"{text}可能是{'、'.join(names)}"
    if names:
        return f"{text}可能是{names[0]}，但把握不够{f'（置信度{residence.confidence:.2f}）'}"
    if any(not key.startswith("source:") for key in residence.evidence):
        return f"{text}没有写明乡镇或村"
    return f"{text}无法识别"
