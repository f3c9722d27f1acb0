/** Times are the hospital's (Asia/Shanghai, no summer time), wherever the computer thinks it is. */
const OFFSET_MINUTES = 8 * 60
const DAY = 86_400_000

interface Local {
  year: number
  month: number
  day: number
  hour: number
  minute: number
  /** Days since 1970-01-01, for differences. */
  serial: number
}

function toLocal(at: Date): Local {
  const moved = new Date(at.getTime() + OFFSET_MINUTES * 60_000)
  return {
    year: moved.getUTCFullYear(),
    month: moved.getUTCMonth() + 1,
    day: moved.getUTCDate(),
    hour: moved.getUTCHours(),
    minute: moved.getUTCMinutes(),
    serial: Math.floor(moved.getTime() / DAY),
  }
}

const two = (value: number): string => String(value).padStart(2, '0')
const NEAR: Record<string, string> = { '-2': '前天', '-1': '昨天', '0': '今天', '1': '明天', '2': '后天' }

function dayWord(day: Local, today: Local): string {
  const near = NEAR[String(day.serial - today.serial)]
  if (near) return near
  const text = `${two(day.month)}-${two(day.day)}`
  return day.year === today.year ? text : `${day.year}-${text}`
}

function parseDay(date: string): Local | null {
  const match = /^(\d{4})-(\d{2})-(\d{2})/.exec(date)
  return match ? toLocal(new Date(Date.UTC(+match[1]!, +match[2]! - 1, +match[3]!) - OFFSET_MINUTES * 60_000)) : null
}

/** "今天 14:30", "昨天 09:05", "11-18 14:30", "2025-11-18 14:30". */
export function formatInstant(at: string | null | undefined, now: Date = new Date()): string {
  const parsed = at ? new Date(at) : null
  if (!parsed || Number.isNaN(parsed.getTime())) return ''
  const local = toLocal(parsed)
  return `${dayWord(local, toLocal(now))} ${two(local.hour)}:${two(local.minute)}`
}

/** "今天", "明天", "11-18", "2025-11-18". */
export function formatDay(date: string | null | undefined, now: Date = new Date()): string {
  const day = date ? parseDay(date) : null
  return day ? dayWord(day, toLocal(now)) : ''
}

/** Date or instant, whichever it is. */
export function formatMoment(text: string | null | undefined, now: Date = new Date()): string {
  return text && text.length > 10 ? formatInstant(text, now) : formatDay(text, now)
}

/** YYYY-MM-DD of a moment, local. */
export function isoDay(at: Date = new Date()): string {
  const local = toLocal(at)
  return `${local.year}-${two(local.month)}-${two(local.day)}`
}

export function addDays(date: string, days: number): string {
  const day = parseDay(date)
  return day ? isoDay(new Date(day.serial * DAY + days * DAY)) : date
}

/** "2025-11-18 14:30" for watermarks and prints. */
export function formatStamp(at: Date = new Date()): string {
  const local = toLocal(at)
  return `${isoDay(at)} ${two(local.hour)}:${two(local.minute)}`
}

export interface DueLike {
  due_on: string
  overdue: boolean
  days_overdue: number
}
/** "逾期 2 天", "今天", "明天", "11-20". */
export function formatDue(task: DueLike, now: Date = new Date()): string {
  return task.overdue ? `逾期 ${Math.max(1, task.days_overdue)} 天` : formatDay(task.due_on, now)
}

/** Years; infants in months and days, because "0 岁" says nothing. */
export function formatAge(age: number | null | undefined, birthDate?: string | null, now: Date = new Date()): string {
  if (age === null || age === undefined) return ''
  const birth = age < 2 && birthDate ? parseDay(birthDate) : null
  if (!birth) return `${age}岁`
  const today = toLocal(now)
  const days = today.serial - birth.serial
  if (days < 0) return `${age}岁`
  if (days < 31) return `${days}天`
  const months = (today.year - birth.year) * 12 + today.month - birth.month - (today.day < birth.day ? 1 : 0)
  return `${Math.max(1, months)}月`
}

/** "剩 1 小时 20 分", "超时 35 分". */
export function formatClock(dueAt: string | null, now: Date = new Date()): string {
  const due = dueAt ? new Date(dueAt).getTime() : Number.NaN
  if (Number.isNaN(due)) return ''
  const late = due < now.getTime()
  return `${late ? '超时' : '剩'} ${formatSpan(Math.floor(Math.abs(due - now.getTime()) / 60_000))}`
}

function formatSpan(minutes: number): string {
  if (minutes < 60) return `${minutes} 分`
  const hours = Math.floor(minutes / 60)
  if (hours >= 48) return `${Math.floor(hours / 24)} 天`
  return minutes % 60 ? `${hours} 小时 ${minutes % 60} 分` : `${hours} 小时`
}

/** "03:07" of seconds. */
export function formatDuration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return '--:--'
  const whole = Math.round(seconds)
  const tail = `${two(Math.floor((whole % 3600) / 60))}:${two(whole % 60)}`
  return whole >= 3600 ? `${Math.floor(whole / 3600)}:${tail}` : tail
}

export function formatBytes(size: number): string {
  if (size < 1024) return `${size} B`
  return size < 1024 * 1024 ? `${Math.round(size / 1024)} KB` : `${(size / 1024 / 1024).toFixed(1)} MB`
}

/** Rates come as fractions (0.92); null means nothing to count. */
export function formatRate(rate: number | null | undefined): string {
  return rate === null || rate === undefined ? '—' : `${Math.round(rate * 100)}%`
}
