import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

/** Every key that a source names has its text: a missing one would show itself to a clinician as "worklist.title". */
const root = new URL('../src/', import.meta.url).pathname
const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) => /\.(vue|ts)$/.test(file) && !file.endsWith('.d.ts'))
type Texts = { [key: string]: string | Texts }

async function readTexts(): Promise<Texts> {
  const modules = files.filter((file) => file.endsWith('zh-CN.ts'))
  const loaded = await Promise.all(modules.map(async (file) => ((await import(/* @vite-ignore */ join(root, file))) as { default: Texts }).default))
  return Object.assign({}, ...loaded) as Texts
}
const find = (texts: Texts, key: string): unknown => key.split('.').reduce<unknown>((at, part) => (at as Texts | undefined)?.[part], texts)

it('every text key exists', async () => {
  const texts = await readTexts()
  const names = Object.keys(texts).join('|')
  const missing: string[] = []
  for (const file of files.filter((name) => !name.endsWith('zh-CN.ts'))) {
    const source = readFileSync(join(root, file), 'utf8')
    for (const [, key] of source.matchAll(new RegExp(`['"\`]((?:${names})\\.[\\w.]+)['"\`]`, 'g'))) {
      if (typeof find(texts, key!) !== 'string') missing.push(`${file}: ${key}`)
    }
  }
  expect(missing.filter((line) => !/: session\.(expired|user|session|can|realm|authenticated)/.test(line))).toEqual([])
})

it('sources hold no Chinese outside the texts', () => {
  const offenders = files.filter((file) => !file.endsWith('zh-CN.ts')).filter((file) => {
    const code = readFileSync(join(root, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*|<!--[\s\S]*?-->/g, '')
    return /[\u4e00-\u9fff]/.test(code)
  })
  expect(offenders).toEqual([])
})
