import type { IncomingMessage } from 'node:http'

/** Where this server is reached: origins as browsers write them, `https://cellar.example`. */
export interface Origins {
  /** of the address that people use */
  readonly own: () => string
  /** pages elsewhere that may come, with what they show themselves */
  readonly allowed: ReadonlySet<string>
}

/** Whether a request comes from a page of this server, as its browser says it. What says nothing is of no page that could be trusted. */
export function isOwnOrigin({ own, allowed }: Origins, { headers }: IncomingMessage): boolean {
  if (headers['sec-fetch-site'] === 'same-origin') return true
  const { origin } = headers
  if (typeof origin !== 'string') return false
  return origin === own() || allowed.has(origin) || isSameHost(origin, headers.host)
}

/** On this machine it is reached by several names: the page's origin is then the host that it asks. Over the network only the address that is configured counts. */
function isSameHost(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false
  const { host: from, hostname } = new URL(origin)
  return from === host && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)
}
