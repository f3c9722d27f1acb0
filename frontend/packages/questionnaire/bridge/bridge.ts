/** A line of JSON in, a line of JSON out: lets the Python property test ask this engine. Not part of the package. */

import { createInterface } from 'node:readline'
import { type Answers, type Context, evaluate, type QuestionnaireDocument } from '../src/index'

interface Question {
  document: QuestionnaireDocument
  answers: Answers
  previous?: Answers[] | null
  context?: Context | null
  /** Evaluate so often and tell the mean milliseconds. */
  repeat?: number
}

for await (const line of createInterface({ input: process.stdin })) {
  const { document, answers, previous, context, repeat = 1 } = JSON.parse(line) as Question
  const begun = performance.now()
  let evaluation = evaluate(document, answers, previous, context)
  for (let round = 1; round < repeat; round += 1) evaluation = evaluate(document, answers, previous, context)
  const milliseconds = (performance.now() - begun) / repeat
  process.stdout.write(`${JSON.stringify({ evaluation, milliseconds })}\n`)
}
