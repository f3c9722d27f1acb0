"""The keys of a programme document and what they are called: the checks, the differences and the editor read them
from here."""

from collections.abc import Mapping
from typing import Any, Final

from followup.programmes.enums import Anchor, Merge, Owner, ProgrammeKind, Readmission, StepKind

DOCUMENT_KEYS: Final[Mapping[str, str]] = {
    "key": "编号",
    "name": "名称",
    "kind": "类别",
    "specialty": "科室病种库",
    "source": "依据",
    "licence": "使用许可",
    "criteria": "入组条件",
    "exclusions": "排除开关",
    "merge": "合并联系",
    "steps": "随访节点",
    "stop": "终止规则",
    "on_readmission": "再次入院",
    "metrics": "统计指标",
}
STEP_KEYS: Final[Mapping[str, str]] = {
    "code": "节点编码",
    "name": "名称",
    "kind": "类型",
    "text": "给患者的话",
    "anchor": "起算日",
    "day": "天数",
    "window": "窗口",
    "repeat": "重复",
    "revisit": "异常复访",
    "channel": "渠道",
    "owner": "负责方",
    "staff_no": "指定人员工号",
    "questionnaire": "问卷",
    "education": "宣教",
}
REPEAT_KEYS: Final[Mapping[str, str]] = {"every": "间隔天数", "times": "总次数", "until": "截止天数"}
REVISIT_KEYS: Final[Mapping[str, str]] = {"level": "异常级别", "days": "天数", "window": "窗口"}
# From which level on a result asks for a revisit (clinical-paths, 1).
REVISIT_LEVELS: Final[Mapping[str, str]] = {
    "E1": "轻微", "E2": "需处理", "E3": "当日处理", "E4": "紧急",
}  # fmt: skip
CHANNELS: Final[Mapping[str, str]] = {"T": "电话", "W": "微信", "S": "短信", "V": "面访"}
STOP_RULES: Final[Mapping[str, str]] = {
    "death": "患者死亡",
    "refused": "拒绝随访",
    "moved_out": "迁出",
    "invalid_contact": "联系方式无效",
    "unreachable": "多次联系不上",
    "readmitted": "再次入院",
    "path_completed": "全部节点完成",
}
# Words of older files.
STOP_ALIASES: Final[Mapping[str, str]] = {"wrong_number_x3": "invalid_contact"}
EXCLUSIONS: Final[Mapping[str, str]] = {
    "unreachable": "排除多次联系不上的患者",
    "invalid_contact": "排除联系方式无效的患者",
    "refused": "排除拒绝随访的患者",
    "frequent_visits": "排除频繁就诊的患者",
}
READMISSION_KEYS: Final[Mapping[str, str]] = {"same_diagnosis": "同一诊断再次入院", "other": "其他原因入院"}


def _choices(enum: Any) -> dict[str, str]:
    return {value: str(label) for value, label in enum.choices}


KINDS: Final = _choices(ProgrammeKind)
STEP_KINDS: Final = _choices(StepKind)
ANCHORS: Final = _choices(Anchor)
OWNERS: Final = _choices(Owner)
MERGES: Final = _choices(Merge)
READMISSIONS: Final = _choices(Readmission)
