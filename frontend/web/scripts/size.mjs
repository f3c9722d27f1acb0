// What the browser must fetch before the workbench is on screen, gzipped: entry, shell and page with all that they
// import at once. Lazy chunks (echarts) do not count. Fails above the limit.
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'

const LIMIT_KB = 250
const dist = new URL('../dist/', import.meta.url)
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'))
const ROOTS = ['index.html', 'src/app/shell/ShellLayout.vue', 'src/features/workbench/views/WorkbenchView.vue']

const files = new Set()
function collect(key) {
  const chunk = manifest[key]
  if (!chunk) throw new Error(`no chunk ${key}`)
  if (files.has(chunk.file)) return
  files.add(chunk.file)
  for (const sheet of chunk.css ?? []) files.add(sheet)
  for (const other of chunk.imports ?? []) collect(other)
}
ROOTS.forEach(collect)

const sizes = [...files].map((file) => [file, gzipSync(readFileSync(new URL(file, dist))).length])
const sum = (extension) => sizes.filter(([file]) => file.endsWith(extension)).reduce((total, [, size]) => total + size, 0) / 1024
const total = sum('.js') + sum('.css')
console.log(`workbench first paint, gzip: js ${sum('.js').toFixed(1)} KB + css ${sum('.css').toFixed(1)} KB = ${total.toFixed(1)} KB (limit ${LIMIT_KB}), ${sizes.length} files`)
if (total > LIMIT_KB) process.exit(1)
