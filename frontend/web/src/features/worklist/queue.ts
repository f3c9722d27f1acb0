/** The order in which the user walks through a list: ids only, so that "下一位" follows the list that was open. */
let queue: string[] = []

export const setQueue = (ids: string[]): void => void (queue = ids)

/** The one after this, of those that are left. */
export function takeNext(id: string): string | undefined {
  const at = queue.indexOf(id)
  const next = queue[at + 1]
  queue = queue.filter((other) => other !== id)
  return next
}
