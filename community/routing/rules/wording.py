"""One sentence why, for the people who read the record."""

import re

from community.routing.contracts import Owner, Residence
from community.routing.enums import AUTO_FLAGGED, MANUAL, OUTSIDE, UNRESOLVED

_LONG_NUMBER = re.compile(r"[0-9][0-9-]{6,}[0-9Xx]?")
_MAX_QUOTED = 60
_CENTRE = "随访中心"


def quote(text: str) -> str:
    """The address in quotation marks, short, and without the numbers of persons that desks write beside it."""
    shown = _LONG_NUMBER.sub("…", text)
    return f"“{shown[:_MAX_QUOTED]}…”" if len(shown) > _MAX_QUOTED else f"“{shown}”"


def explain(residence: Residence, owner: Owner, *, is_vacant: bool, is_backup: bool) -> str:
    """At most 300 characters, without a full stop."""
    return _explain(residence, owner, is_vacant, is_backup)[:300]


def _explain(residence: Residence, owner: Owner, is_vacant: bool, is_backup: bool) -> str:
    place = residence.place
    sure = f"（置信度{residence.confidence:.2f}）"
    if residence.state == UNRESOLVED:
        return f"{_open_question(residence)}，暂由{_CENTRE}负责，归属待确认"
    if residence.state == OUTSIDE:
        if "tenant:no-county" in residence.evidence:
            read = f"住址{quote(residence.text)}" if residence.text else "没有登记住址"
            return f"本院没有社区辖区，{read}不作分派，由本院{_CENTRE}负责"
        return f"{_source(residence)}{quote(residence.text)}在{place}，不在本县{sure}，由{_CENTRE}电话随访"
    if residence.state == MANUAL:
        found = f"{residence.by_name or '随访中心'}确认住址在{place}"
    else:
        found = f"{_source(residence)}{quote(residence.text)}匹配到{place}{sure}"
    if is_vacant:
        return f"{found}，该地没有负责的机构，暂由{_CENTRE}负责，请在辖区设置中补齐"
    who = owner.institution_name + (f"（{owner.staff_name}）" if owner.staff_name else "")
    lead = "主责机构空缺，由备选机构" if is_backup else "由"
    checked = "，首次通话请核实住址" if residence.state == AUTO_FLAGGED else ""
    return f"{found}，{lead}{who}负责{checked}"


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
