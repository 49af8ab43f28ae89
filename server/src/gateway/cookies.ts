/** A browser sends some dozen cookies; more are an attempt at something. */
const COOKIES_MAX = 50

/** Cookies of a request by their name, the first of each: what a browser sends first belongs to the longest path (RFC 6265, 5.4). */
export function cookiesOf(header: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const pair of header.split(';', COOKIES_MAX)) {
    const at = pair.indexOf('=')
    const name = pair.slice(0, at).trim()
    if (at > 0 && !found.has(name)) found.set(name, pair.slice(at + 1).trim())
  }
  return found
}

/** A cookie that no script reads, that is sent to this host alone, over TLS, and not along with another site's requests. */
export function cookieText(name: string, value: string, maxAgeS: number): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; Secure; SameSite=Lax`
}
