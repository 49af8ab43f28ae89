import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** An answer on its way. */
export interface Passing {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Makes an answer another one than the server gave. */
export type Lie = (answer: Passing) => Passing

const ofTheBytes = new Set(['content-encoding', 'content-length', 'transfer-encoding'])
const hopByHop = new Set([...ofTheBytes, 'host', 'connection'])

const without = (headers: object, names: ReadonlySet<string>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !names.has(name)))

/** Stands before a server, passes everything on, and lies for some operations, by `METHOD /path`; `* /path` for each method. What is asked of it is asked as whoever `header` shows. */
export async function startLiar(
  { url }: { readonly url: string },
  header: readonly [string, string],
  lies: Readonly<Record<string, Lie>>,
): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    const path = String(request.url).split('?')[0] ?? ''
    const pass = async (): Promise<void> => {
      const asked = await buffer(request)
      const answer = await fetch(`${url}${request.url}`, {
        method: String(request.method),
        headers: { ...without(request.headers, hopByHop), [header[0]]: header[1] },
        ...(asked.length === 0 || request.method === 'GET' ? {} : { body: new Uint8Array(asked) }),
      })
      const headers = without(Object.fromEntries(answer.headers), ofTheBytes)
      const lie = lies[`${request.method} ${path}`] ?? lies[`* ${path}`]
      const passing = { status: answer.status, headers, body: await answer.text() }
      const told = lie ? lie(passing) : passing
      response.writeHead(told.status, { ...told.headers }).end(told.body)
    }
    // What fetch cannot send on, such as TRACE, the server behind would have refused.
    pass().catch(() => response.writeHead(405, { allow: 'GET' }).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => server.closeAllConnections() ?? server.close() }
}
