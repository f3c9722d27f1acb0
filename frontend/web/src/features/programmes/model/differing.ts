import type { ProgrammeDocument } from './document'

/** What is edited: the document and the day from which it screens. */
export interface Content {
  document: ProgrammeDocument
  startsOn: string
}

/** Where two copies of one draft part. `step:<code>` is one step, any other id a part of the document. */
export interface Difference {
  id: string
  mine: unknown
  theirs: unknown
  /** Who changed it since both began; both, too, where the beginning is not known. */
  by: 'mine' | 'theirs' | 'both'
}

const PARTS = ['name', 'kind', 'specialty', 'source', 'licence', 'criteria', 'exclusions', 'merge', 'stop', 'on_readmission', 'metrics'] as const

export function isSame(one: unknown, other: unknown): boolean {
  return one === other || canonical(one) === canonical(other)
}

const canonical = (value: unknown): string => JSON.stringify(value, (_, inner: unknown) =>
  inner !== null && typeof inner === 'object' && !Array.isArray(inner) ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1))) : inner) ?? ''

function valueAt({ document, startsOn }: Content, id: string): unknown {
  if (id === 'starts_on') return startsOn
  return id.startsWith('step:') ? document.steps.find((step) => step.code === id.slice('step:'.length)) : document[id as keyof ProgrammeDocument]
}

/** `base` is what both started from. */
export function listDifferences(mine: Content, theirs: Content, base: Content | null): Difference[] {
  const codes = new Set([...mine.document.steps, ...theirs.document.steps].map((step) => `step:${step.code}`))
  return [...PARTS, 'starts_on', ...codes].flatMap((id) => {
    const [own, other] = [valueAt(mine, id), valueAt(theirs, id)]
    if (isSame(own, other)) return []
    const by = base && isSame(valueAt(base, id), own) ? 'theirs' : base && isSame(valueAt(base, id), other) ? 'mine' : 'both'
    return [{ id, mine: own, theirs: other, by }]
  })
}

/** Mine, with theirs taken over at the given places. */
export function takeTheirs(mine: Content, theirs: Content, ids: readonly string[]): Content {
  let { document, startsOn } = mine
  for (const id of ids) {
    if (id === 'starts_on') startsOn = theirs.startsOn
    else if (!id.startsWith('step:')) document = { ...document, [id]: theirs.document[id as keyof ProgrammeDocument] }
    else document = takeStep(document, theirs.document, id.slice('step:'.length))
  }
  return { document, startsOn }
}

function takeStep(mine: ProgrammeDocument, theirs: ProgrammeDocument, code: string): ProgrammeDocument {
  const step = theirs.steps.find((each) => each.code === code)
  if (!step) return { ...mine, steps: mine.steps.filter((each) => each.code !== code) }
  if (mine.steps.some((each) => each.code === code)) return { ...mine, steps: mine.steps.map((each) => (each.code === code ? step : each)) }
  return { ...mine, steps: [...mine.steps, step] }
}
