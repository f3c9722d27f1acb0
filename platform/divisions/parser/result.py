"""What parsing an address yields, and the fixed vocabulary of its evidence."""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class DivisionRef:
    """A division by its 12-digit code and official name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class ParsedAddress:
    """One address read against a gazetteer.

    `confidence` (0 to 1) is that of the deepest division given. Below 0.6 nothing may be routed by it
    (standards 1.5, step 5). `candidates` are what the text may mean where it does not say; they are never a guess
    of one. `detail` is the tail (组, 号, 栋), `rest` what was not understood, `other_text` another address on the
    same line (the registered one beside the current one). None of them holds telephone or identity numbers.
    """

    county: DivisionRef | None = None
    township: DivisionRef | None = None
    village: DivisionRef | None = None
    confidence: float = 0.0
    evidence: tuple[str, ...] = ()
    candidates: tuple[DivisionRef, ...] = ()
    detail: str = ""
    rest: str = ""
    other_text: str = ""

    @property
    def deepest_code(self) -> str:
        """12 digits of the village, else the township, else the county; empty when nothing was found."""
        deepest = self.village or self.township or self.county
        return deepest.code if deepest else ""


EVIDENCE_TEXT = MappingProxyType(
    {
        "input:truncated": "文本过长，只读前 200 字",
        "residence:current": "取“现住”之后的地址",
        "residence:registered-only": "只有户籍地址",
        "residence:unreadable": "“现住”之后无法识别，取另一地址",
        "code:county": "县级代码",
        "code:township": "乡级代码",
        "code:village": "村级代码",
        "field:structured": "分列填写的地址",
        "province:name": "写明省",
        "prefecture:name": "写明地市",
        "prefecture:mismatch": "地市与县不属同一辖区",
        "county:name": "写明县",
        "county:short": "县名未写后缀",
        "county:other-suffix": "县名后缀不同（旧称）",
        "county:home-context": "未写县，按本县理解",
        "county:from-township": "由乡镇名推出县",
        "county:ambiguous": "县名重名",
        "township:name": "写明乡镇街道",
        "township:stem": "乡镇名未写后缀",
        "township:other-suffix": "乡镇名后缀不同（旧称）",
        "township:gap": "乡镇名前有未识别的字",
        "township:alias": "本地别名",
        "township:from-village": "由村名推出乡镇",
        "township:ambiguous": "乡镇不能确定",
        "township:unknown-name": "写了不在名录中的乡镇名",
        "village:exact": "写明村（社区）",
        "village:stem": "村名未写后缀",
        "village:other-suffix": "村名后缀不同",
        "village:alias": "本地别名",
        "village:ambiguous": "村不能确定",
        "village:similar": "有相近村名，未采用",
        "fuzzy:1-char": "有一字之差",
        "conflict:second-address": "文中有另一处地址",
        "conflict:village-elsewhere": "该村名属另一乡镇",
        "conflict:code": "代码与文字不符",
        "conflict:fields": "各栏互相矛盾",
        "outside:home-county": "不在本县",
        "outside:prefecture": "不在本地市",
        "outside:province": "不在本省",
    }
)


def describe_evidence(key: str) -> str:
    """The Chinese wording of an evidence key; the key itself when it is not known."""
    return EVIDENCE_TEXT.get(key, key)
