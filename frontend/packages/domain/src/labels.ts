/** The product's words for the codes of the API. Unknown codes are shown as they are, never hidden. */

export interface LevelLabel {
  /** Shape, so that colour is never the only sign. */
  icon: string
  word: string
  meaning: string
}

export const LEVELS: Record<string, LevelLabel> = {
  E0: { icon: '○', word: '正常', meaning: '符合预期' },
  E1: { icon: '◔', word: '轻微', meaning: '给出指导即可' },
  E2: { icon: '◆', word: '需处理', meaning: '医生 24 小时内处理' },
  E3: { icon: '▲', word: '当日处理', meaning: '2 小时内处理，当日复诊或上转' },
  E4: { icon: '✚', word: '紧急', meaning: '请立即拨打 120' },
}

export const TASK_STATES: Record<string, string> = {
  planned: '待随访',
  in_progress: '随访中',
  paused: '已暂停',
  done: '已完成',
  partial: '部分完成',
  failed: '未完成',
  lost: '失访',
  exempt: '免随访',
  cancelled: '已取消',
}

export const STEP_KINDS: Record<string, string> = {
  follow_up: '随访',
  education: '宣教',
  reminder: '提醒',
}

export const CHANNELS: Record<string, string> = {
  T: '电话',
  V: '面访',
  W: '微信',
  S: '短信',
  R: '语音机器人',
  D: '设备上报',
}

export const ATTEMPT_OUTCOMES: Record<string, string> = {
  reached: '接通',
  no_answer: '无人接听',
  busy: '占线',
  powered_off: '关机',
  stopped: '停机',
  empty_number: '空号',
  wrong_number: '号码错误',
  refused: '拒访',
  not_self: '非本人且不知情',
  language: '语言不通',
  deceased: '已死亡',
  moved_out: '已迁出',
  other: '其他',
}

export const CLOSE_OUTCOMES: Record<string, string> = {
  failed: '未完成',
  lost: '失访',
  exempt: '免随访',
}

export const ESCALATION_STATES: Record<string, string> = {
  open: '待处理',
  acknowledged: '处理中',
  closed: '已处理',
}

export const ESCALATION_OUTCOMES: Record<string, string> = {
  advised: '已指导',
  revisit: '复诊',
  referred_up: '转诊上级',
  admitted: '住院',
  called_120: '呼叫 120',
  lost: '失访',
  died: '死亡',
  false_alarm: '误报',
}

export const ROLES: Record<string, string> = {
  township_clinician: '乡镇随访医生',
  attending_doctor: '主管医生',
  responsible_nurse: '责任护士',
  head_nurse: '护士长',
  community_office: '医共体办公室',
  follow_up_centre: '随访中心',
  ward_supervisor: '病区质控',
  operations_centre: '运营中心',
  hospital_it: '信息科',
  tenant_admin: '系统管理员',
  bureau_admin: '卫健局管理员',
}

export const TENANT_KINDS: Record<string, string> = {
  community: '县域医共体',
  tertiary_hospital: '三级医院',
  hospital: '医院',
}

/** GB/T 2261.1 kept as letters. */
export const SEXES: Record<string, string> = { M: '男', F: '女', U: '未知' }

export const PHONE_OWNERS: Record<string, string> = { self: '本人', spouse: '配偶', child: '子女', parent: '父母', other: '其他联系人' }

export const TIMELINE_KINDS: Record<string, string> = {
  inpatient: '住院',
  outpatient: '门诊',
  checkup: '体检',
  operation: '手术',
  lab: '检验',
  routing: '归属',
  follow_up: '随访',
}

export const GLUCOSE_TIMINGS: Record<string, string> = { fasting: '空腹', after_meal: '餐后 2 小时', random: '随机' }

export function labelOf(labels: Record<string, string>, code: string | null | undefined): string {
  return code ? (labels[code] ?? code) : ''
}

export function levelOf(level: string | null | undefined): LevelLabel | null {
  return level ? (LEVELS[level] ?? { icon: '?', word: level, meaning: level }) : null
}

/** E2 and above need a person. */
export const needsHandling = (level: string | null | undefined): boolean => !!level && level >= 'E2'

const OPEN_STATES = ['planned', 'in_progress']
export const isOpen = (state: string): boolean => OPEN_STATES.includes(state)
