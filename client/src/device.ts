import type { Way } from './lines/line.ts'
import { webSocketWay, type WebSocketClass } from './lines/websocket.ts'
import type { Signal, World } from './world.ts'

/** What may be another than the device's own. */
export interface Device {
  readonly fetch?: typeof fetch
  readonly WebSocket?: unknown
}

/** What a browser tells; elsewhere (Node, React Native without help) nothing is. */
function browserSignals(on: (signal: Signal) => void): () => void {
  const { addEventListener } = globalThis as Partial<typeof globalThis>
  const off = new AbortController()
  const tell = ({ type }: Event) => {
    if (type !== 'visibilitychange') on(type as Signal)
    else if (!document.hidden) on('shown')
  }
  for (const event of ['online', 'offline', 'visibilitychange']) addEventListener?.(event, tell, off)
  return () => off.abort()
}

/** The world as it is; `WebSocket` where the device has none of its own (Node before 22), or another is to be used. */
export function deviceWorld({ fetch = globalThis.fetch, WebSocket = globalThis.WebSocket }: Device): World {
  const base: Pick<World, 'after' | 'fetch'> = {
    after(ms, run) {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
    fetch: (...of) => fetch(...of),
  }
  // Most never need them: they are loaded where a WebSocket does not get through.
  const overHttp = (name: 'sse' | 'poll'): Way => ({
    name,
    open: async (request, on) => (await import('./lines/over-http.ts'))[name](base, request, on),
  })
  return {
    ...base,
    now: () => performance.now(),
    wall: Date.now,
    random: Math.random,
    key: () => crypto.getRandomValues(new Uint32Array(4)).join('-'),
    ways: [...(WebSocket ? [webSocketWay(WebSocket as WebSocketClass)] : []), overHttp('sse'), overHttp('poll')],
    signals: browserSignals,
  }
}
