"""The words that the programme editor offers: the grammar's own, and the codes of this tenant."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from followup.programmes.criteria import CriteriaFault, vocabulary
from followup.programmes.criteria.vocabulary import FIELDS, REFERENCES
from followup.programmes.models import Programme
from followup.programmes.rules import EXCLUSION_DEFAULTS, words
from organization.selectors import staff_by_no, whole_tree
from records.selectors import list_labels


def _list_codes(places: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    """Type of a criteria value → the tenant's codes and what they are called. Two queries."""
    departments = [(place, each) for place in places for each in place["departments"]]
    return {
        "institution": {place["code"]: place["name"] for place in places},
        "department": {each["code"]: f"{place['name']} {each['name']}" for place, each in departments},
        "ward": {
            ward["code"]: f"{place['name']} {ward['name']}"
            for place, each in departments
            for ward in each["wards"]
        },
        "label": {label["code"]: label["name"] for label in list_labels()},
        "programme": dict(Programme.objects.order_by("kind", "name", "pk").values_list("key", "name")),
    }


def find_unknown_codes(criteria: Mapping[str, Any]) -> list[CriteriaFault]:
    """Codes of valid criteria that mean nothing in this tenant (yet). Three queries, four if a person is named."""
    codes = _list_codes(whole_tree())
    leaves = [
        (leaf, FIELDS[leaf["field"]].type, [leaf["value"]] if leaf["op"] == "eq" else leaf["value"], pointer)
        for leaf, pointer in _iterate_leaves(criteria, "")
    ]
    named = [value for _, kind, values, _ in leaves if kind == "staff" for value in values]
    if named:
        # Who has left stands in the records of old stays, and is meant as well.
        codes["staff"] = {number: person.name for number, person in staff_by_no(named).items()}
    found: list[CriteriaFault] = []
    for leaf, kind, values, pointer in leaves:
        for i, value in enumerate(values if kind in codes else ()):
            if value not in codes[kind]:
                place = f"{pointer}/value" if leaf["op"] == "eq" else f"{pointer}/value/{i}"
                found.append(CriteriaFault(place, "unknown_code", *_word_unknown(kind, value, codes[kind])))
    return found


def _word_unknown(kind: str, value: str, known: Mapping[str, str]) -> tuple[str, str]:
    if kind == "staff":
        # The stay's number is the hospital system's own: it may be right without standing in the list of staff.
        return f"人员名册中没有工号 {value}", "请核对；病案中的主管医生确实用此工号时仍会符合"
    close = difflib.get_close_matches(value, list(known), n=1)
    cure = f"是否想写 {close[0]}？" if close else "请核对编码，或从列表中选择"
    return f"本机构没有{REFERENCES[kind]} {value}，目前没有人符合", cure


def _iterate_leaves(node: Mapping[str, Any], pointer: str) -> Iterator[tuple[Mapping[str, Any], str]]:
    if "field" in node:
        yield node, pointer
    elif "not" in node:
        yield from _iterate_leaves(node["not"], f"{pointer}/not")
    else:
        key = "all" if "all" in node else "any"
        for i, item in enumerate(node[key]):
            yield from _iterate_leaves(item, f"{pointer}/{key}/{i}")


def get_vocabulary() -> dict[str, Any]:
    """Everything that an editor may choose from. Three queries."""
    places = whole_tree()
    codes = _list_codes(places)
    fields = vocabulary()
    for field in fields:
        if field["value"]["type"] in codes:
            field["value"]["choices"] = _choices(codes[field["value"]["type"]])
    return {
        "fields": fields,
        "kinds": _choices(words.KINDS),
        "step_kinds": _choices(words.STEP_KINDS),
        "anchors": _choices(words.ANCHORS),
        "owners": _choices(words.OWNERS),
        "channels": _choices(words.CHANNELS),
        "stop_rules": _choices(words.STOP_RULES),
        "merges": _choices(words.MERGES),
        "readmissions": _choices(words.READMISSIONS),
        "exclusions": [
            {"value": flag, "label": label, "default": EXCLUSION_DEFAULTS[flag]}
            for flag, label in words.EXCLUSIONS.items()
        ],
        "institutions": [{"id": each["id"], "code": each["code"], "name": each["name"]} for each in places],
    }


def _choices(labels: Any) -> list[dict[str, str]]:
    return [{"value": value, "label": label} for value, label in labels.items()]
