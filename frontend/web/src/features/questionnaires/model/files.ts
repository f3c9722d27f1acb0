/** What a dropped or pasted text is. */
export interface ImportedFile {
  kind: 'fhir' | 'document' | 'unreadable'
  content?: unknown
  title: string
  count: number
  category?: string
}

export function readFile(text: string): ImportedFile {
  const nothing: ImportedFile = { kind: 'unreadable', title: '', count: 0 }
  let content: unknown
  try {
    content = JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch {
    return nothing
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) return nothing
  const given = content as Record<string, unknown>
  const title = typeof given.title === 'string' ? given.title : ''
  if ('resourceType' in given) return { kind: 'fhir', content, title, count: Array.isArray(given.item) ? given.item.length : 0 }
  return Array.isArray(given.items) ? { kind: 'document', content, title, count: given.items.length, category: typeof given.category === 'string' ? given.category : undefined } : nothing
}
