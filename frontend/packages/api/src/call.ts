import type { Generated, Operation, Output, UploadOperation } from './operations'
import { networkProblem, readProblem } from './problem'
import type { Method, Transport } from './transport'

/** Parts an operation has are demanded, parts it lacks are refused. */
type Part<O extends Operation, K extends 'path' | 'query' | 'body'> = Generated[O][K] extends undefined ? { [P in K]?: undefined } : { [P in K]: Generated[O][K] }
type Version<O extends Operation> = Generated[O]['header'] extends { 'If-Match': string } ? { ifMatch: string | number } : unknown
export type CallOptions<O extends Operation> = Part<O, 'path'> & Part<O, 'query'> & Part<O, 'body'> & Version<O> & CallExtras
export interface CallExtras {
  /** The version a PUT builds on; sent as If-Match: "<version>". */
  ifMatch?: string | number
  /** Give the same key again when a POST is repeated after a lost answer; made up when left out. */
  idempotencyKey?: string
  signal?: AbortSignal
}
export interface UploadExtras extends CallExtras {
  /** The other parts of the form. */
  fields?: Record<string, string>
}
interface Loose extends CallExtras {
  path?: Record<string, string>
  query?: object
  body?: unknown
}

export interface ClientConfig {
  transport: Transport
  /** Reads the cookie `csrftoken`; empty when there is none. */
  csrfToken: () => string
  baseUrl?: string
  /** Told of every 401 but those of the log-in itself. */
  onUnauthorized?: () => void
}
export interface Client {
  call<O extends Operation>(operation: O, options: CallOptions<O>): Promise<Output<O>>
  /** Multipart, apart from call(): on other targets a file is a path, not a Blob. */
  upload<O extends UploadOperation>(operation: O, path: (Generated[O]['path'] extends undefined ? object : Generated[O]['path']) & Record<string, string>, file: File, extras?: UploadExtras): Promise<Output<O>>
}

export function createClient({ transport, csrfToken, baseUrl = '/api/v1', onUnauthorized }: ClientConfig): Client {
  async function send(operation: string, { path, query, ifMatch, idempotencyKey, signal }: Loose, body?: string | FormData) {
    const [method, template] = operation.split(' ') as [Method, string]
    const headers: Record<string, string> = { Accept: 'application/json' }
    if (typeof body === 'string') headers['Content-Type'] = 'application/json'
    if (method !== 'GET') headers['X-CSRFToken'] = csrfToken()
    // A log-in is not repeatable, and its digest has no business in the server's records.
    if (method === 'POST' && template !== '/session') headers['Idempotency-Key'] = idempotencyKey ?? newKey()
    if (ifMatch !== undefined) headers['If-Match'] = `"${ifMatch}"`
    const url = baseUrl + template.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(path?.[name] ?? '')) + writeQuery(query)
    const response = await transport({ method, url, headers, body, signal }).catch((error: unknown) => {
      throw signal?.aborted ? error : networkProblem()
    })
    if (response.status >= 200 && response.status < 300) return response.text ? JSON.parse(response.text) : undefined
    if (response.status === 401 && template !== '/session') onUnauthorized?.()
    throw readProblem(response)
  }
  return {
    call: (operation, options) => send(operation, options as Loose, body(options as Loose)),
    upload(operation, path, file, { fields, ...extras }: UploadExtras = {}) {
      const form = new FormData()
      for (const [name, value] of Object.entries(fields ?? {})) form.append(name, value)
      form.append('file', file, file.name)
      return send(operation, { ...extras, path }, form)
    },
  }
}

const body = (options: Loose) => (options.body === undefined ? undefined : JSON.stringify(options.body))

/** Empty values are left out: the server refuses parameters without meaning. */
export function writeQuery(query: object | undefined): string {
  const pairs = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== '')
  return pairs.length ? `?${new URLSearchParams(pairs.map(([key, value]) => [key, String(value)]))}` : ''
}

/** crypto.randomUUID is missing on plain-http intranet addresses; getRandomValues is not. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
