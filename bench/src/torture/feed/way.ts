import { createServer, connect as dial, type AddressInfo, type Socket } from 'node:net'

/** One client's way to the servers: a TCP proxy of its own, which does what networks do. */
export interface Way {
  readonly url: string
  /** Where new connections go. */
  aim(url: string): void
  /** Ends every connection as a reset would. */
  drop(): void
  /** Takes nothing off either side any more, so that both feel it, or does again. */
  stall(): void
  goOn(): void
  /** Lets so many bytes more come to the client, and ends its connections there: mostly in the middle of a frame. */
  cutAfter(bytes: number): void
  /** Open connections are dead from now on, and nobody is told. New ones work. */
  forsake(): void
  /** What open connections have asked is asked once more, over others whose answers nobody hears. */
  repeat(): void
  /** Passes on pieces of so many bytes; 0: chunks as they come. */
  slice(bytes: number): void
  /** Ends all of that. What is dead stays so. */
  calm(): void
  close(): Promise<void>
}

interface Pipe {
  readonly near: Socket
  readonly far: Socket
  /** the first of what the client said */
  readonly asked: Buffer[]
  dead: boolean
  stalled: boolean
  /** bytes that the client may still have */
  left: number
  /** pieces that are on their way */
  before: Promise<void>
  waiting: number
}

interface State {
  readonly pipes: Set<Pipe>
  readonly repeated: Set<Socket>
  target: URL
  sliceBytes: number
  stalled: boolean
}

/** A request, an upgrade and a hello: what comes later is not asked again. */
const ASKED_MOST_BYTES = 65_536

/** Opens a way on a free port of loopback. */
export async function openWay(target: string): Promise<Way> {
  const state: State = {
    pipes: new Set(),
    repeated: new Set(),
    target: new URL(target),
    sliceBytes: 0,
    stalled: false,
  }
  const server = createServer((near) => join(state, near))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const drop = () => {
    state.pipes.forEach(reset)
    state.repeated.forEach((socket) => socket.destroy())
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    aim: (url) => (state.target = new URL(url)),
    drop,
    stall: () => setStalled(state, true),
    goOn: () => setStalled(state, false),
    cutAfter: (bytes) => live(state).forEach((pipe) => (pipe.left = bytes)),
    forsake: () => live(state).forEach(forsake),
    repeat: () => live(state).forEach((pipe) => repeat(state, pipe)),
    slice: (bytes) => (state.sliceBytes = bytes),
    calm: () => {
      state.sliceBytes = 0
      live(state).forEach((pipe) => (pipe.left = Number.POSITIVE_INFINITY))
      setStalled(state, false)
    },
    close: async () => {
      drop()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const live = ({ pipes }: State) => [...pipes].filter(({ dead }) => !dead)

function setStalled(state: State, stalled: boolean): void {
  state.stalled = stalled
  for (const pipe of live(state)) {
    pipe.stalled = stalled
    for (const socket of [pipe.near, pipe.far]) {
      if (stalled) socket.pause()
      else socket.resume()
    }
  }
}

function forsake(pipe: Pipe): void {
  pipe.dead = true
  pipe.near.pause()
  pipe.far.pause()
}

function reset({ near, far }: Pipe): void {
  near.resetAndDestroy()
  far.resetAndDestroy()
}

function repeat(state: State, { asked }: Pipe): void {
  const { hostname, port } = state.target
  const socket = dial(Number(port), hostname).on('error', () => {})
  state.repeated.add(socket)
  socket.once('close', () => state.repeated.delete(socket))
  socket.resume()
  for (const chunk of asked) socket.write(chunk)
}

function join(state: State, near: Socket): void {
  const { hostname, port } = state.target
  const pipe: Pipe = {
    near,
    far: dial(Number(port), hostname),
    asked: [],
    dead: false,
    stalled: state.stalled,
    left: Number.POSITIVE_INFINITY,
    before: Promise.resolve(),
    waiting: 0,
  }
  state.pipes.add(pipe)
  for (const socket of [near, pipe.far]) {
    socket.setNoDelay(true)
    socket.on('error', () => {})
    socket.once('close', () => {
      // A side that is gone shows on the other, unless the line is dead.
      if (pipe.dead && !(near.destroyed && pipe.far.destroyed)) return
      state.pipes.delete(pipe)
      endSoon(near)
      endSoon(pipe.far)
    })
  }
  near.on('data', (chunk: Buffer) => {
    keepAsked(pipe, chunk)
    pass(pipe, near, pipe.far, chunk)
  })
  pipe.far.on('data', (chunk: Buffer) => toClient(state, pipe, chunk))
}

/** What was passed on before the other side ended still arrives. */
function endSoon(socket: Socket): void {
  if (!socket.destroyed) socket.destroySoon()
}

function keepAsked({ asked }: Pipe, chunk: Buffer): void {
  const kept = asked.reduce((sum, { length }) => sum + length, 0)
  if (kept + chunk.length <= ASKED_MOST_BYTES) asked.push(chunk)
}

function toClient({ sliceBytes }: State, pipe: Pipe, chunk: Buffer): void {
  const { near, far } = pipe
  // What comes behind the cut is on its way from a side that does not know of it.
  if (pipe.left === 0) return
  if (chunk.length >= pipe.left) {
    const last = chunk.subarray(0, pipe.left)
    pipe.left = 0
    const cut = () => {
      near.end(last)
      far.destroy()
    }
    // Pieces that are on their way come before it: a line that is cut has no gap.
    if (pipe.waiting === 0) cut()
    else pipe.before = pipe.before.then(cut)
    return
  }
  pipe.left -= chunk.length
  if (sliceBytes === 0 && pipe.waiting === 0) return pass(pipe, far, near, chunk)
  pipe.waiting += 1
  pipe.before = pipe.before.then(() => passPieces(pipe, chunk, sliceBytes || chunk.length))
}

/** Passes bytes on, and takes no more from where they come while they are not taken where they go. */
function pass(pipe: Pipe, from: Socket, to: Socket, chunk: Buffer): void {
  if (pipe.dead || to.destroyed || to.writableEnded || to.write(chunk)) return
  from.pause()
  to.once('drain', () => {
    if (!pipe.stalled && !pipe.dead) from.resume()
  })
}

/** Pieces of one chunk: more would take longer than anybody waits. */
const PIECES_MOST = 200

async function passPieces(pipe: Pipe, chunk: Buffer, bytes: number): Promise<void> {
  const size = Math.max(bytes, Math.ceil(chunk.length / PIECES_MOST))
  for (let at = 0; at < chunk.length; at += size) {
    pass(pipe, pipe.far, pipe.near, chunk.subarray(at, at + size))
    // Each piece a packet of its own: otherwise the kernel joins them again.
    await new Promise((resolve) => setImmediate(resolve))
  }
  pipe.waiting -= 1
}
