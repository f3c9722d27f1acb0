import { type Node, parseExpression, type Path } from '@jieli/questionnaire'

export interface Subject {
  name: string
  label: string
  options: { value: string; label: string }[]
}
/** Gives one of the formula texts of zh-CN.ts. */
export type Say = (key: string, values?: Record<string, string | number>) => string

const SIGNS: Record<string, string> = { '>=': '≥', '<=': '≤', '==': '=', '!=': '≠', '*': '×', '/': '÷', '-': '−' }
const isJoined = (node: Node): boolean => node.kind === 'junction' || node.kind === 'arithmetic' || node.kind === 'comparison'

/** Nested conditions and sums, which rows of question, comparison and value cannot say; null when it is no formula. */
export function sayFormula(text: string, subjects: readonly Subject[], say: Say): string | null {
  const subjectOf = ({ names }: Path) => subjects.find((each) => each.name === names.join('.'))
  const nameOf = (path: Path): string => {
    const name = path.names.join('.')
    const label = name === 'value' ? say('self') : say('quoted', { text: subjectOf(path)?.label ?? name })
    return path.back ? say('earlier', { back: path.back, label }) : label
  }
  const inside = (node: Node): string => (isJoined(node) ? `（${tell(node)}）` : tell(node))

  function value(node: Node, beside: Node): string {
    const options = beside.kind === 'path' ? (subjectOf(beside)?.options ?? []) : []
    const one = (each: unknown): string => options.find((option) => option.value === each)?.label ?? String(each)
    if (node.kind === 'literal') return one(node.value)
    return node.kind === 'list' ? node.values.map(one).join('、') : inside(node)
  }
  function tell(node: Node): string {
    switch (node.kind) {
      case 'literal': return typeof node.value === 'boolean' ? say(node.value ? 'yes' : 'no') : String(node.value)
      case 'list': return node.values.join('、')
      case 'path': return nameOf(node)
      case 'not': return say('not', { text: inside(node.operand) })
      case 'negative': return `−${inside(node.operand)}`
      case 'answered': return say('answered', { label: nameOf(node.path) })
      case 'count': return say('count', { label: nameOf(node.path) })
      case 'junction': return node.operands.map((each) => (each.kind === 'junction' ? inside(each) : tell(each))).join(say(node.operator))
      case 'arithmetic': return inside(node.first) + node.rest.map(([sign, each]) => ` ${SIGNS[sign] ?? sign} ${inside(each)}`).join('')
      case 'comparison': {
        const left = node.left.kind === 'arithmetic' ? tell(node.left) : value(node.left, node.right)
        return `${left} ${node.operator === 'in' ? say('in') : (SIGNS[node.operator] ?? node.operator)} ${value(node.right, node.left)}`
      }
    }
  }
  try {
    return tell(parseExpression(text))
  } catch {
    return null
  }
}
