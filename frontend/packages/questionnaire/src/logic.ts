/** Evaluation of a tree in Kleene's logic with two kinds of nothing. Twin of followup/questionnaires/logic.py. */

import type { Node, Path } from './expressions'
import { isDate, isTime, roundValue } from './values'

/** A value that a judgement needs is missing; it is never normal. */
export const UNKNOWN = Symbol('unknown')
/** Only questions that were rightly not asked are missing; the judgement does not apply. */
export const NOT_ASKED = Symbol('not_asked')

export type Nothing = typeof UNKNOWN | typeof NOT_ASKED
export type Value = number | string | boolean | readonly unknown[] | Record<string, unknown> | Nothing
export type Lookup = (path: Path) => Value

export function isNothing(value: unknown): value is Nothing {
  return value === UNKNOWN || value === NOT_ASKED
}

export function compute(node: Node, lookUp: Lookup): Value {
  switch (node.kind) {
    case 'literal':
      return node.value
    case 'list':
      return node.values
    case 'path':
      return lookUp(node)
    case 'answered':
      return !isNothing(lookUp(node.path))
    case 'count': {
      const found = lookUp(node.path)
      if (isNothing(found)) return found
      return Array.isArray(found) ? found.length : UNKNOWN
    }
    case 'not': {
      const found = truth(compute(node.operand, lookUp))
      return isNothing(found) ? found : !found
    }
    case 'junction':
      return join(
        node.operator === 'or',
        node.operands.map((operand) => truth(compute(operand, lookUp))),
      )
    case 'comparison':
      return compare(node.operator, compute(node.left, lookUp), compute(node.right, lookUp))
    case 'negative':
      return calculate(0, [['-', compute(node.operand, lookUp)]])
    case 'arithmetic':
      return calculate(
        compute(node.first, lookUp),
        node.rest.map(([operator, operand]) => [operator, compute(operand, lookUp)]),
      )
  }
}

function truth(value: Value): boolean | Nothing {
  return typeof value === 'boolean' || isNothing(value) ? value : UNKNOWN
}

function join(decisive: boolean, operands: (boolean | Nothing)[]): boolean | Nothing {
  if (operands.includes(decisive)) return decisive
  if (operands.includes(UNKNOWN)) return UNKNOWN
  return operands.includes(NOT_ASKED) ? NOT_ASKED : !decisive
}

function merge(left: Value, right: Value): Nothing | null {
  if (left === UNKNOWN || right === UNKNOWN) return UNKNOWN
  return left === NOT_ASKED || right === NOT_ASKED ? NOT_ASKED : null
}

function compare(operator: string, left: Value, right: Value): boolean | Nothing {
  const nothing = merge(left, right)
  if (nothing !== null) return nothing
  if (operator === 'in' || operator === 'not in') {
    if (!Array.isArray(right)) return UNKNOWN
    const matches = right.map((member) => equal(left, member))
    const found = matches.includes(true)
    if (!found && matches.includes(null)) return UNKNOWN
    return operator === 'in' ? found : !found
  }
  if (operator === '==' || operator === '!=') {
    const same = equal(left, right)
    return same === null ? UNKNOWN : same === (operator === '==')
  }
  const place = order(left, right)
  if (place === null) return UNKNOWN
  switch (operator) {
    case '<':
      return place < 0
    case '<=':
      return place <= 0
    case '>':
      return place > 0
    default:
      return place >= 0
  }
}

/** null when the two are of different kinds: a rule that compares them judges nothing. */
function equal(left: unknown, right: unknown): boolean | null {
  if (typeof left === 'boolean' && typeof right === 'boolean') return left === right
  if (typeof left === 'string' && typeof right === 'string') return left === right
  if (typeof left === 'number' && typeof right === 'number') return roundValue(left) === roundValue(right)
  return null
}

function order(left: Value, right: Value): number | null {
  if (typeof left === 'number' && typeof right === 'number') {
    return Math.sign(roundValue(left) - roundValue(right))
  }
  if (typeof left === 'string' && typeof right === 'string') {
    const comparable = (isDate(left) && isDate(right)) || (isTime(left) && isTime(right))
    if (comparable) return left === right ? 0 : left < right ? -1 : 1
  }
  return null
}

function calculate(first: Value, steps: (readonly [string, Value])[]): Value {
  let total = first
  for (const [operator, operand] of steps) {
    const nothing = merge(total, operand)
    if (nothing === UNKNOWN) return UNKNOWN
    if (nothing === NOT_ASKED) {
      total = NOT_ASKED
      continue
    }
    if (typeof total !== 'number' || typeof operand !== 'number') return UNKNOWN
    total = step(operator, total, operand)
  }
  return total
}

function step(operator: string, left: number, right: number): Value {
  if (operator === '/' && right === 0) return UNKNOWN
  const result =
    operator === '+' ? left + right : operator === '-' ? left - right : operator === '*' ? left * right : left / right
  return Number.isFinite(result) ? result : UNKNOWN
}
