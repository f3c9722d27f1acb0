import { createClient, fetchTransport } from '@jieli/api'
import { installApi } from '@/shared/lib/api'
import { useSession } from '@/shared/stores/session'

/** A value read per call: Django changes the token at each log-in. */
function readCookie(name: string): string {
  const pair = document.cookie.split('; ').find((part) => part.startsWith(`${name}=`))
  return pair ? decodeURIComponent(pair.slice(name.length + 1)) : ''
}

export function installHttp(): void {
  installApi(
    createClient({
      transport: fetchTransport,
      csrfToken: () => readCookie('csrftoken'),
      onUnauthorized: () => {
        const session = useSession()
        if (session.authenticated) session.expired = true
      },
    }),
  )
}
