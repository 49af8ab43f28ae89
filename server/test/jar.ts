/** A cookie as a server has set it, with all that it said of it. */
interface Kept {
  readonly name: string
  readonly value: string
  readonly path: string
  readonly text: string
}

/** Where a walk through redirects has ended. */
export interface Arrived {
  readonly url: string
  /** 0: it leads to another origin, or to /elsewhere, and was not followed */
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/** Cookies by their path. */
function createCookies() {
  const cookies = new Map<string, Kept>()
  return {
    keep(headers: Headers, from: URL): void {
      for (const text of headers.getSetCookie()) {
        const [pair = '', ...attributes] = text.split(/; */)
        const at = pair.indexOf('=')
        const said = new Map(attributes.map((one) => [one.split('=')[0]?.toLowerCase(), one.split('=')[1] ?? '']))
        const path = said.get('path') ?? from.pathname
        const kept = { name: pair.slice(0, at), value: pair.slice(at + 1), path, text }
        const isGone = said.get('max-age') === '0' || new Date(said.get('expires') ?? Infinity).getTime() < Date.now()
        if (isGone) cookies.delete(`${kept.name} ${path}`)
        else cookies.set(`${kept.name} ${path}`, kept)
      }
    },
    sentTo: ({ pathname }: URL): string =>
      [...cookies.values()]
        .filter(({ path }) => pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`))
        .map(({ name, value }) => `${name}=${value}`)
        .join('; '),
    find: (name: string) => [...cookies.values()].find((one) => one.name === name),
    plant: (name: string, value: string) => cookies.set(`${name} /`, { name, value, path: '/', text: '' }),
  }
}

/** Something like a browser, for pages without a script: it keeps cookies by their path, follows redirects within one origin, and sends forms as from their page. */
export function createJar(origin: string) {
  const cookies = createCookies()

  /** Asks once, and follows nothing. */
  async function ask(address: string, init: RequestInit = {}): Promise<Response> {
    const url = new URL(address, origin)
    const headers = new Headers(init.headers)
    if (!headers.has('cookie')) headers.set('cookie', cookies.sentTo(url))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    cookies.keep(response.headers, url)
    return response
  }

  /** Follows redirects until a page, or until one leads elsewhere. */
  async function go(address: string, init: RequestInit = {}): Promise<Arrived> {
    let url = new URL(address, origin)
    let response = await ask(url.href, init)
    for (let step = 0; step < 10 && response.headers.has('location'); step += 1) {
      url = new URL(response.headers.get('location') ?? '', url)
      const { headers } = response
      if (url.origin !== origin || url.pathname === '/elsewhere') return { url: url.href, status: 0, headers, text: '' }
      response = await ask(url.href)
    }
    return { url: url.href, status: response.status, headers: response.headers, text: await response.text() }
  }

  return {
    ask,
    go,
    /** Fills in the form of a page and sends it. */
    send: (url: string, fields: Record<string, string>, headers: Record<string, string> = { origin }) =>
      go(url, { method: 'POST', body: new URLSearchParams(fields), headers }),
    cookie: cookies.find,
    plant: cookies.plant,
  }
}

export type Jar = ReturnType<typeof createJar>
