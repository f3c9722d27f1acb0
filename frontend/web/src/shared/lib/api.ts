import type { Client } from '@jieli/api'

let client: Client | undefined

/** Called once by app/http.ts. */
export function installApi(made: Client): void {
  client = made
}

/** The one API client: `const { call } = useApi()`. Works in components, stores and plain functions. */
export function useApi(): Client {
  if (!client) throw new Error('installApi() has not run')
  return client
}
