/** The cases that the Python engine runs too (followup/questionnaires/tests/test_vectors.py). */

import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  compute,
  evaluate,
  ExpressionError,
  formatNumber,
  NOT_ASKED,
  parseExpression,
  type Path,
  type QuestionnaireDocument,
  UNKNOWN,
  type Value,
} from '../src/index'
import { isNumber } from '../src/values'

type Json = Record<string, any>

function load(name: string): Json {
  const url = new URL(`../../../../followup/questionnaires/tests/vectors/${name}`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf-8')) as Json
}

const forms = load('forms.json')

function lookUpIn(vector: Json): (path: Path) => Value {
  return ({ names, back }) => {
    const [root = '', ...fields] = names
    if (vector.hidden?.includes(root)) return NOT_ASKED
    const source: Json = (back ? vector.previous?.[back - 1] : vector.values) ?? {}
    return fields.reduce((found, field) => found?.[field], source[root]) ?? UNKNOWN
  }
}

describe('expressions', () => {
  it.each(load('expressions.json').cases as Json[])('$name', (vector) => {
    const found = compute(parseExpression(vector.expr), lookUpIn(vector))
    expect(typeof found === 'symbol' ? found.description : found).toBe(vector.expected)
  })

  it.each(load('bad_expressions.json').cases as Json[])('refuses: $name', (vector) => {
    let caught: unknown
    try {
      parseExpression(vector.expr)
    } catch (error) {
      caught = error
    }
    expect(caught).toBeInstanceOf(ExpressionError)
    expect((caught as ExpressionError).position).toBe(vector.position)
  })
})

describe('forms', () => {
  it.each(forms.cases as Json[])('$name', (vector) => {
    const document = forms.documents[vector.document] as QuestionnaireDocument
    const evaluation = evaluate(document, vector.answers, vector.previous, vector.context)
    const found: Json = {
      ...evaluation,
      errors: evaluation.errors.map((error) => [error.pointer, error.code]),
      findings: evaluation.findings.map((one) => [one.link_id, one.level, one.rule]),
    }
    for (const [name, value] of Object.entries(vector.expected)) expect(found[name], name).toEqual(value)
  })
})

describe('numbers', () => {
  it.each([NaN, Infinity, -Infinity, 1e15, -1e15, true, '1', null])('%s is no number', (value) => {
    expect(isNumber(value)).toBe(false)
  })

  it.each([
    [40, '40'],
    [0.1 + 0.2, '0.3'],
    [-0, '0'],
    [1e-7, '0'],
    [2.5, '2.5'],
    [100, '100'],
  ])('%d is written %s', (value, text) => {
    expect(formatNumber(value)).toBe(text)
  })
})
