import { createServer, connect as dial, type AddressInfo, type Socket } from 'node:net'

/** What becomes of bytes on their way. `cut` ends the connection in place of passing them on, `swallow` drops them and keeps it open. */
export type Fate = 'pass' | 'cut' | 'swallow'

/** A TCP proxy in front of a PostgreSQL, for what a network does that no database can be told to do. */
export interface Proxy {
  /** The database's address, through the proxy. */
  readonly url: string
  /** Asked for every chunk, from the server or (`toServer`) to it; passes all at first. */
  decide: (chunk: Buffer, toServer: boolean) => Fate
  /** Bytes a piece of what is passed on; 0 leaves chunks as they come. */
  sliceBytes: number
  /** Milliseconds that each chunk is kept back, in order. */
  delayMs: number
  /** Ends every connection as a reset would. */
  cutAll(): void
  /** Connections that are open stay silent from now on, without an end: half-open. New ones work. */
  silence(): void
  /** Where new connections go. */
  retarget(url: string): void
  connections(): number
  close(): Promise<void>
}

interface Pipe {
  readonly near: Socket
  readonly far: Socket
  silent: boolean
}

/** Starts a proxy on a free port of loopback. */
export async function startProxy(targetUrl: string): Promise<Proxy> {
  const pipes = new Set<Pipe>()
  let target = new URL(targetUrl)
  const server = createServer((near) => {
    const pipe: Pipe = { near, far: dial(Number(target.port || 5432), target.hostname), silent: false }
    pipes.add(pipe)
    join(pipe, proxy, () => pipes.delete(pipe))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const through = new URL(targetUrl)
  through.hostname = '127.0.0.1'
  through.port = String((server.address() as AddressInfo).port)
  const proxy: Proxy = {
    url: through.toString(),
    decide: () => 'pass',
    sliceBytes: 0,
    delayMs: 0,
    cutAll: () => pipes.forEach(cut),
    silence: () => pipes.forEach((pipe) => (pipe.silent = true)),
    retarget: (url) => (target = new URL(url)),
    connections: () => pipes.size,
    close: async () => {
      pipes.forEach(cut)
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}

function cut({ near, far }: Pipe): void {
  near.resetAndDestroy()
  far.destroy()
}

function join(pipe: Pipe, proxy: Proxy, onEnd: () => void): void {
  const { near, far } = pipe
  for (const socket of [near, far]) {
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.once('close', () => {
      onEnd()
      // A side that is gone shows on the other, unless the line is dead.
      if (!pipe.silent) [near, far].forEach((other) => other.destroy())
    })
  }
  carryBytes(pipe, proxy, { from: near, to: far, toServer: true })
  carryBytes(pipe, proxy, { from: far, to: near, toServer: false })
}

function carryBytes(pipe: Pipe, proxy: Proxy, way: { from: Socket; to: Socket; toServer: boolean }): void {
  let before = Promise.resolve()
  way.from.on('data', (chunk: Buffer) => {
    if (pipe.silent) return
    const fate = proxy.decide(chunk, way.toServer)
    if (fate === 'cut') return cut(pipe)
    if (fate === 'swallow') return
    const { delayMs, sliceBytes } = proxy
    if (delayMs === 0 && sliceBytes === 0) return void way.to.write(chunk)
    before = before.then(() => passOn(way.to, chunk, { delayMs, sliceBytes }))
  })
}

async function passOn(to: Socket, chunk: Buffer, { delayMs, sliceBytes }: { delayMs: number; sliceBytes: number }) {
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
  for (let at = 0; at < chunk.length; at += sliceBytes || chunk.length) {
    if (to.destroyed) return
    to.write(chunk.subarray(at, at + (sliceBytes || chunk.length)))
    // Each piece a packet of its own: otherwise the kernel joins them again.
    await new Promise((resolve) => setImmediate(resolve))
  }
}
