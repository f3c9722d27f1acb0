/** What tests/benchmarks/engine.py calls in the page. */

import { type Evaluation, evaluate } from '../src/index'
import { judge as judgeByHand } from './floor'
import { type Filled, fillIn, form } from './form'
import { judge as judgeByLogic, type PeerResult } from './peer'

const judges = {
  product: ({ answers, context }: Filled): Evaluation => evaluate(form, answers, null, context),
  floor: judgeByHand,
  peer: judgeByLogic,
}
const SHARES = { complete: 1, half: 0.5 }

type Fill = keyof typeof SHARES

function makeForms(fill: Fill, count: number): Filled[] {
  return Array.from({ length: count }, (_, seed) => fillIn(seed + 1, SHARES[fill]))
}

/** What the peer cannot say is left out. */
function shorten({ visible, findings, level, score, band }: Evaluation): PeerResult {
  return { visible, findings, level, score, band }
}

/** The judges agree, or it throws. Gives what the forms have in them, so that nobody compares nothing. */
function check(fill: Fill, count: number): Record<string, number> {
  const seen = { forms: 0, visible: 0, findings: 0, unknown: 0, errors: 0, scored: 0 }
  for (const filled of makeForms(fill, count)) {
    const said = judges.product(filled)
    const same = (other: unknown, own: unknown): boolean => JSON.stringify(other) === JSON.stringify(own)
    if (!same(judges.floor(filled), said)) {
      throw new Error(`floor: ${JSON.stringify([filled, said, judges.floor(filled)])}`)
    }
    if (fill === 'complete' && !same(judges.peer(filled), shorten(said))) {
      throw new Error(`peer: ${JSON.stringify([filled, shorten(said), judges.peer(filled)])}`)
    }
    seen.forms += 1
    seen.visible += said.visible.length
    seen.findings += said.findings.length
    seen.unknown += said.unknown_rules.length
    seen.errors += said.errors.length
    seen.scored += said.score === null ? 0 : 1
  }
  return seen
}

let sink = 0

/** Milliseconds of each evaluation. */
function run(judge: keyof typeof judges, fill: Fill, count: number, rounds: number): number[] {
  const forms = makeForms(fill, count)
  const spent: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    for (const filled of forms) {
      const begun = performance.now()
      sink += judges[judge](filled).visible.length
      spent.push(performance.now() - begun)
    }
  }
  return spent
}

Object.assign(globalThis, { bench: { form, check, run, sunk: () => sink } })
