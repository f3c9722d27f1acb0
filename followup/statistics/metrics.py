"""One definition per metric: its SQL, once, and what it counts, in the words that people are shown (standards 4.5).

Whatever shows a figure (list, card, chart, county table) is built from these fragments, so two of them can never
disagree. Aliases: `e` records_encounter, `r` the patient's routing_currentrouting (may be absent), `t` worklist_task.
`%(start)s` is the first day of the month, `%(end)s` the first day of the next; both are days in Asia/Shanghai.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Metric:
    """`condition` holds for each row that counts; `within` is the metric it is a part of, its denominator."""

    code: str
    name: str
    definition: str
    condition: str
    within: str | None = None


# --- Discharges: a row is one stay ------------------------------------------------------------------
DISCHARGED: Final = Metric(
    "discharged",
    "出院人次",
    "当月出院的住院人次（按出院日期），不含死亡出院",
    "e.kind = 'inpatient' AND e.status = 'discharged' AND e.disposition <> 'death'"
    " AND e.discharged_on >= %(start)s AND e.discharged_on < %(end)s",
)
ROUTED: Final = Metric(
    "routed",
    "已归属",
    "出院人次中，居住地归属已确定的（自动、人工确认，含确定为县外居住）",
    f"{DISCHARGED.condition} AND r.state IS NOT NULL AND r.state <> 'unresolved'",
    within="discharged",
)
UNROUTED: Final = Metric(
    "unrouted",
    "未归属",
    "出院人次中，居住地归属尚未确定的（出院人次 − 已归属）",
    f"{DISCHARGED.condition} AND (r.state IS NULL OR r.state = 'unresolved')",
    within="discharged",
)

# --- Tasks: a row is one follow-up task; a task belongs to the month it is due in ---------------------
TASKS_DUE: Final = Metric(
    "tasks_due",
    "应随访",
    "应随访日期在当月的随访任务，不含免随访、已取消和住院暂停的",
    "t.due_on >= %(start)s AND t.due_on < %(end)s AND t.state NOT IN ('exempt', 'cancelled', 'paused')",
)
TASKS_DONE: Final = Metric(
    "tasks_done",
    "已完成",
    "应随访任务中已完成的（部分完成、失访、未完成不算；逾期完成也算完成）",
    f"{TASKS_DUE.condition} AND t.state = 'done'",
    within="tasks_due",
)
DONE_IN_WINDOW: Final = Metric(
    "done_in_window",
    "按时完成",
    "已完成的任务中，在随访时间窗截止前完成的",
    f"{TASKS_DONE.condition} AND t.closed_on <= t.window_end",
    within="tasks_done",
)
REACHED: Final = Metric(
    "reached",
    "联系到",
    "应随访任务中，联系到患者本人或知情家属的",
    f"{TASKS_DUE.condition} AND t.reached",
    within="tasks_due",
)
ABNORMAL: Final = Metric(
    "abnormal",
    "异常",
    "应随访任务中，随访结果为 E2 及以上、需要医生处理的",
    f"{TASKS_DUE.condition} AND t.level IN ('E2', 'E3', 'E4')",
    within="tasks_due",
)
# Null without any alert, which counts as not handled. By task, like `abnormal`: a task with two alerts is one, or
# the share could pass 100 %.
_ALERTS_IN_TIME: Final = (
    "(SELECT bool_and(x.state = 'closed' AND coalesce(x.closed_at <= x.due_at, false))"
    " FROM worklist_escalation x WHERE x.task_id = t.id)"
)
HANDLED: Final = Metric(
    "handled",
    "按时处置",
    "异常任务中，所有异常处理都在时限内办结的",
    f"{ABNORMAL.condition} AND {_ALERTS_IN_TIME}",
    within="abnormal",
)
# Workload: by the day of the work, whatever month the task was due in; so it does not add up to `tasks_done`.
CLOSED_DONE: Final = Metric(
    "closed_done",
    "当日完成量",
    "在该日完成的随访任务（按完成日期，不论应随访日期在哪个月）",
    "t.state = 'done' AND t.closed_on >= %(start)s AND t.closed_on < %(end)s",
)

ENCOUNTER_METRICS: Final = (DISCHARGED, ROUTED, UNROUTED)
TASK_METRICS: Final = (TASKS_DUE, TASKS_DONE, DONE_IN_WINDOW, REACHED, ABNORMAL, HANDLED)
METRICS: Final = {metric.code: metric for metric in (*ENCOUNTER_METRICS, *TASK_METRICS, CLOSED_DONE)}

# Rates, each with its numerator and denominator in words.
RATES: Final = {
    "rate_done": "随访完成率 = 已完成 ÷ 应随访",
    "rate_on_time": "按时完成率 = 按时完成 ÷ 应随访",
}
DEFINITIONS: Final = {**{code: metric.definition for code, metric in METRICS.items()}, **RATES}


def count_of(metric: Metric) -> str:
    """The aggregate for a SELECT list, named by the metric's code."""
    return f"count(*) FILTER (WHERE {metric.condition}) AS {metric.code}"
