import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

/** axe cannot judge every background; the palette itself is held to WCAG AA here, both themes, every pair in use. */
const css = readFileSync(new URL('../src/shared/tokens.css', import.meta.url), 'utf8')

function readTheme(selector: string): Map<string, string> {
  const body = new RegExp(`${selector.replace('.', '\\.')} \\{([^}]*)\\}`).exec(css)?.[1] ?? ''
  return new Map([...body.matchAll(/--jl-([\w-]+): (#[0-9a-f]{6})/g)].map((match) => [match[1]!, match[2]!]))
}
function luminance(hex: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}
function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

const SURFACES = ['paper', 'ground', 'hover', 'primary-tint']
const TEXT: [string, string[]][] = [
  ['ink', [...SURFACES, 'e2-bg', 'e3-bg', 'danger-bg', 'done-bg']],
  ['muted', SURFACES],
  ['link', SURFACES],
  ['danger', [...SURFACES, 'danger-bg']],
  ['e1', ['e1-bg', ...SURFACES]],
  ['e2', ['e2-bg', 'paper', 'ground', 'hover']],
  ['e3', ['e3-bg', ...SURFACES]],
  ['e4', ['e4-bg']],
  ['done', ['done-bg', 'paper', 'ground', 'hover']],
  ['on-primary', ['primary', 'primary-hover']],
]
/** Edges of fields and the focus ring, against what they stand on (WCAG 1.4.11). */
const EDGES: [string, string[]][] = [
  ['control-line', ['paper']],
  ['focus', ['paper', 'ground', 'primary-tint']],
  ['chart', ['paper']],
]

describe.each(['html:root', 'html:root.dark'])('palette %s', (selector) => {
  const theme = readTheme(selector)
  const colour = (name: string): string => theme.get(name) ?? expect.fail(`no colour ${name}`)
  const pairs = (list: [string, string[]][]) => list.flatMap(([front, backs]) => backs.map((back) => [front, back] as const))

  it.each(pairs(TEXT))('%s on %s is readable', (front, back) => {
    expect(contrast(colour(front), colour(back))).toBeGreaterThanOrEqual(4.5)
  })
  it.each(pairs(EDGES))('%s on %s is visible', (front, back) => {
    expect(contrast(colour(front), colour(back))).toBeGreaterThanOrEqual(3)
  })
})

it('both themes name the same colours', () => {
  expect([...readTheme('html:root.dark').keys()]).toEqual([...readTheme('html:root').keys()])
})
