import { type Item, parseExpression, type QuestionnaireDocument, type Rule } from '@jieli/questionnaire'
import { findNode, patchRecord } from './tree'

/** What of a half-written document can be tried out: conditions that do not parse and a score of questions that are gone are left out, the rest works. */
export function readable(document: QuestionnaireDocument): QuestionnaireDocument {
  const items = document.items.map(readableItem)
  const score = document.score && document.score.items.every((linkId) => findNode(items, linkId)) ? document.score : undefined
  const same = items.every((item, index) => item === document.items[index]) && (document.rules ?? []).every((rule) => parses(rule.when)) && score === document.score
  if (same) return document
  return patchRecord({ ...document, items }, { rules: document.rules && readableRules(document.rules), score })
}

const kept = new WeakMap<Item, Item>()

/** Remembered by identity: only the edited question is read again. */
function readableItem(item: Item): Item {
  const known = kept.get(item)
  if (known) return known
  const made = readItem(item)
  kept.set(item, made)
  return made
}

function readItem(item: Item): Item {
  const items = item.items?.map(readableItem)
  const sameItems = items === undefined || items.every((child, index) => child === item.items?.[index])
  const sameRules = item.rules === undefined || item.rules.every((rule) => parses(rule.when))
  const sameLogic = item.show_if === undefined || parses(item.show_if)
  if (sameItems && sameRules && sameLogic) return item
  return patchRecord({ ...item }, {
    items,
    rules: item.rules && readableRules(item.rules),
    show_if: item.show_if !== undefined && parses(item.show_if) ? item.show_if : undefined,
  })
}

const readableRules = (rules: readonly Rule[]): Rule[] => rules.filter((rule) => parses(rule.when))

function parses(text: string): boolean {
  try {
    parseExpression(text)
    return true
  } catch {
    return false
  }
}
