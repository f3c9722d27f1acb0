"""Which words a document may use where, and how much of everything."""

from collections.abc import Mapping
from typing import Final

from followup.questionnaires.expressions import WORDS

KEY_LIMIT: Final = 60
ITEM_LIMIT: Final = 300
OPTION_LIMIT: Final = 100
GROUP_LIMIT: Final = 5
RULE_LIMIT: Final = 50
BAND_LIMIT: Final = 50
SOURCE_LIMIT: Final = 50
WORD_LIMIT: Final = 2000
RESERVED: Final = (*WORDS, "prev", "answered", "count", "value", "patient", "task")
AUDIENCES: Final = ("patient", "staff", "reviewer")
METHODS: Final = ("sum", "mean")
# What these levels mean to a patient is "today" and "call 120": never without words for what to do now.
ADVICE_LEVELS: Final = ("E3", "E4")

DOCUMENT_KEYS: Final = (
    "key", "title", "opening", "closing", "items", "rules", "score", "source", "licence", "audience",
    "category", "specialty", "locked_scale",
)  # fmt: skip
_COMMON: Final = ("link_id", "type", "text", "help", "show_if", "code", "retired")
_ANSWERED: Final = (*_COMMON, "required", "rules")
ITEM_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "display": _COMMON,
    "group": (*_COMMON, "required", "items", "repeats", "min", "max"),
    "text": (*_ANSWERED, "min", "max"),
    "number": (*_ANSWERED, "unit", "min", "max", "decimals"),
    "scale": (*_ANSWERED, "unit", "min", "max", "decimals"),
    "date": _ANSWERED,
    "time": _ANSWERED,
    "single": (*_ANSWERED, "options"),
    "multiple": (*_ANSWERED, "options", "min", "max"),
    "bp": (*_ANSWERED, "unit"),
    "glucose": (*_ANSWERED, "unit"),
    "photo": (*_ANSWERED, "min", "max"),
}
OPTION_KEYS: Final = ("value", "label", "score", "level", "prompt", "advice", "retired", "exclusive")
CODE_KEYS: Final = ("system", "code", "display")
RULE_KEYS: Final = ("when", "level", "prompt", "advice")
SCORE_KEYS: Final = ("method", "items", "bands")
BAND_KEYS: Final = ("to", "label", "level", "prompt", "advice")
FIXED_UNITS: Final[Mapping[str, str]] = {"bp": "mmHg", "glucose": "mmol/L"}
# As the editor names the fields; a band's label is named by the place that checks it.
FIELD_NAMES: Final[Mapping[str, str]] = {
    "title": "问卷名称", "opening": "开场语", "closing": "结束语", "licence": "版权", "specialty": "专科",
    "text": "题干", "help": "填写说明", "unit": "单位", "label": "选项文字", "value": "选项值", "prompt": "提示",
    "advice": "处置建议", "when": "条件", "code": "标准编码", "system": "编码体系", "display": "编码名称",
    "show_if": "显示条件",
}  # fmt: skip
