import { type Node, parseExpression, type Path } from '@jieli/questionnaire'

/**
 * Conditions as rows of question, comparison and value, joined by one word; and back to the text that is stored. What
 * rows cannot say (nested junctions, arithmetic) stays text: readCondition gives null for it, and nothing is changed.
 */

export type Join = 'and' | 'or'
export type Comparison = '==' | '!=' | '>=' | '>' | '<=' | '<'
export type Operator = Comparison | 'in' | 'not in' | 'has' | 'has not' | 'answered' | 'not answered' | 'rise' | 'fall'
export type Literal = number | string | boolean

export interface Row {
  /** `pain`, `bp.sbp`, `value`, `patient.age`. */
  name: string
  /** 0 this round, 1 the last, 2 the one before that. */
  back: number
  /** The number of chosen options, photos or rows in place of the answer. */
  counted: boolean
  operator: Operator
  /** A list for in and not in; null for answered. */
  value: Literal | (number | string)[] | null
  /** Of an earlier round: does not apply while there is none, in place of "unknown". */
  guarded: boolean
}

export interface Condition {
  join: Join
  rows: Row[]
}

const COMPARISONS: readonly string[] = ['==', '!=', '>=', '>', '<=', '<']
const isComparison = (operator: string): operator is Comparison => COMPARISONS.includes(operator)

export const emptyRow = (name: string): Row => ({ name, back: 0, counted: false, operator: 'answered', value: null, guarded: false })

export function writeCondition({ join, rows }: Condition): string {
  return rows.map((row) => writeRow(row, rows.length > 1 && join === 'or')).join(` ${join} `)
}

function writeRow(row: Row, wrapped: boolean): string {
  const path = writePath(row.name, row.back)
  if (row.operator === 'rise' || row.operator === 'fall') {
    const before = writePath(row.name, 1)
    const change = row.operator === 'rise' ? `${row.name} - ${before}` : `${before} - ${row.name}`
    return wrap(`answered(${before}) and ${change} >= ${writeValue(row.value)}`, wrapped)
  }
  const plain = writePlain(row, row.counted ? `count(${path})` : path)
  return row.guarded && row.back > 0 && row.operator !== 'answered' && row.operator !== 'not answered' ? wrap(`answered(${path}) and ${plain}`, wrapped) : plain
}

function writePlain(row: Row, left: string): string {
  switch (row.operator) {
    case 'answered':
      return `answered(${left})`
    case 'not answered':
      return `not answered(${left})`
    case 'has':
      return `${writeValue(row.value)} in ${left}`
    case 'has not':
      return `${writeValue(row.value)} not in ${left}`
    default:
      return `${left} ${row.operator} ${writeValue(row.value)}`
  }
}

const wrap = (text: string, wrapped: boolean): string => (wrapped ? `(${text})` : text)
const writePath = (name: string, back: number): string => (back === 0 ? name : back === 1 ? `prev(${name})` : `prev(${name}, ${back})`)

function writeValue(value: Row['value']): string {
  if (Array.isArray(value)) return `[${value.map(writeValue).join(', ')}]`
  if (typeof value === 'number') return writeNumber(value)
  if (typeof value === 'boolean') return String(value)
  const text = value ?? ''
  return text.includes("'") ? `"${text.replaceAll('"', '')}"` : `'${text}'`
}

/** Never as 1e-7: the language knows no exponents. */
const writeNumber = (value: number): string => (Object.is(value, -0) ? '0' : String(Number(value.toFixed(6))))

/** null when rows cannot say it, or cannot say exactly that. Throws ExpressionError when it is no expression. */
export function readCondition(text: string): Condition | null {
  const tree = parseExpression(text)
  const condition = readTree(tree)
  if (!condition) return null
  return JSON.stringify(parseExpression(writeCondition(condition))) === JSON.stringify(tree) ? condition : null
}

/** readCondition for drawing: null for what is no expression too. */
export function tryCondition(text: string): Condition | null {
  try {
    return readCondition(text)
  } catch {
    return null
  }
}

/** The fault of a text in the words of the parser; null when it parses. */
export function faultOf(text: string): string | null {
  try {
    parseExpression(text)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function readTree(tree: Node): Condition | null {
  if (tree.kind === 'junction' && tree.operator === 'or') return gather('or', tree.operands.map((operand) => (operand.kind === 'junction' ? readGuarded(operand.operands) : readRow(operand))))
  if (tree.kind !== 'junction') return gather('and', [readRow(tree)])
  const rows: (Row | null)[] = []
  for (let at = 0; at < tree.operands.length; at += 1) {
    const pair = tree.operands.slice(at, at + 2)
    const guarded = readGuarded(pair)
    if (guarded) at += 1
    rows.push(guarded ?? readRow(pair[0] as Node))
  }
  return gather('and', rows)
}

const gather = (join: Join, rows: (Row | null)[]): Condition | null => (rows.every((row) => row !== null) ? { join, rows } : null)

/** `answered(prev(x)) and …prev(x)…`: a row that waits for an earlier round. */
function readGuarded(operands: readonly Node[]): Row | null {
  const [guard, judged] = operands
  if (operands.length !== 2 || guard?.kind !== 'answered' || guard.path.back === 0 || !judged) return null
  const change = readChange(judged)
  if (change) return guard.path.back === 1 && change.name === nameOf(guard.path) ? change : null
  const row = readRow(judged)
  if (!row || row.operator === 'answered' || row.operator === 'not answered') return null
  return row.back === guard.path.back && row.name === nameOf(guard.path) ? { ...row, guarded: true } : null
}

/** `x - prev(x) >= 3` and `prev(x) - x >= 3`. */
function readChange(node: Node): Row | null {
  if (node.kind !== 'comparison' || node.operator !== '>=' || node.left.kind !== 'arithmetic') return null
  const { first, rest } = node.left
  const [sign, second] = rest[0] ?? []
  const by = readNumber(node.right)
  if (rest.length !== 1 || sign !== '-' || first.kind !== 'path' || second?.kind !== 'path' || by === null) return null
  if (nameOf(first) !== nameOf(second) || first.back + second.back !== 1) return null
  return { name: nameOf(first), back: 0, counted: false, operator: first.back === 0 ? 'rise' : 'fall', value: by, guarded: false }
}

function readRow(node: Node): Row | null {
  if (node.kind === 'answered') return makeRow(node.path, 'answered', null)
  if (node.kind === 'not') return node.operand.kind === 'answered' ? makeRow(node.operand.path, 'not answered', null) : null
  if (node.kind !== 'comparison') return null
  const { left, operator, right } = node
  if (operator === 'in' || operator === 'not in') {
    if (left.kind === 'path' && right.kind === 'list') return makeRow(left, operator, [...right.values])
    if (left.kind === 'literal' && right.kind === 'path') return makeRow(right, operator === 'in' ? 'has' : 'has not', left.value)
    return null
  }
  const value = readLiteral(right)
  if (value === null || !isComparison(operator)) return null
  if (left.kind === 'path') return makeRow(left, operator, value)
  return left.kind === 'count' ? { ...makeRow(left.path, operator, value), counted: true } : null
}

const makeRow = (path: Path, operator: Operator, value: Row['value']): Row => ({ name: nameOf(path), back: path.back, counted: false, operator, value, guarded: false })
const nameOf = (path: Path): string => path.names.join('.')

function readLiteral(node: Node): Literal | null {
  return node.kind === 'literal' ? node.value : readNumber(node)
}

function readNumber(node: Node): number | null {
  if (node.kind === 'literal' && typeof node.value === 'number') return node.value
  if (node.kind !== 'negative') return null
  const inner = readNumber(node.operand)
  return inner === null ? null : -inner
}
