/** What a call needs from its surroundings. Web: fetch; mini-program: uni.request; tests: memory. */
export interface ApiRequest {
  method: Method
  url: string
  headers: Record<string, string>
  body?: string | FormData
  signal?: AbortSignal
}

export interface ApiResponse {
  status: number
  text: string
  /** Case-insensitive; null when the answer has no such header. */
  header(name: string): string | null
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
export type Transport = (request: ApiRequest) => Promise<ApiResponse>

/** The transport of browsers. Cookies go along, redirects of a proxy do not hide a log-out. */
export const fetchTransport: Transport = async ({ method, url, headers, body, signal }) => {
  const response = await fetch(url, { method, headers, body, signal, credentials: 'same-origin' })
  return { status: response.status, text: await response.text(), header: (name) => response.headers.get(name) }
}
