"""The words that the programme editor offers: the grammar's own, and the codes of this tenant."""

import difflib
from collections.abc import Iterator, Mapping
from typing import Any

from access.actor import Actor
from access.roles import ROLES
from followup.programmes.criteria import CriteriaFault, vocabulary
from followup.programmes.criteria.vocabulary import FIELDS, REFERENCES
from followup.programmes.models import Programme
from followup.programmes.rules import EXCLUSION_DEFAULTS, words
from organization.selectors import tree
from records.selectors import list_labels

# Names of places are no secret among editors, though an editor's own grants reach one desk only.
_WHOLE_TENANT = Actor(
    0,
    "系统",
    (ROLES["tenant_admin"],),
    ROLES["tenant_admin"].functions,
    frozenset(),
    frozenset(),
    frozenset(),
)


def is_institution(institution_id: int) -> bool:
    return any(each["id"] == str(institution_id) for each in tree(_WHOLE_TENANT))


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
    """Codes of valid criteria that mean nothing in this tenant (yet). Three queries."""
    codes = _list_codes(tree(_WHOLE_TENANT))
    found: list[CriteriaFault] = []
    for leaf, pointer in _iterate_leaves(criteria, ""):
        kind = FIELDS[leaf["field"]].type
        values = [leaf["value"]] if leaf["op"] == "eq" else leaf["value"]
        for i, value in enumerate(values if kind in codes else ()):
            if value not in codes[kind]:
                place = f"{pointer}/value" if leaf["op"] == "eq" else f"{pointer}/value/{i}"
                message = f"本机构没有{REFERENCES[kind]} {value}，目前没有人符合"
                close = difflib.get_close_matches(value, list(codes[kind]), n=1)
                cure = f"是否想写 {close[0]}？" if close else "请核对编码，或从列表中选择"
                found.append(CriteriaFault(place, "unknown_code", message, cure))
    return found


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
    places = tree(_WHOLE_TENANT)
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
