import { createConnection, type Socket } from 'node:net'
import { clientFrame, opcodes, type Found } from './framing.ts'
import { feedHello, speeches, type ServerKind, type Speech } from './speech.ts'

/** Told of what comes: a value of this number, now. */
export type OnValue = (client: number, value: number, nowMs: number) => void

export interface LineOptions {
  readonly kind: ServerKind
  readonly port: number
  /** of this machine: each has ports of its own to come from */
  readonly localAddress: string
  readonly client: number
  readonly skus: readonly string[]
  /** A topic of the feed to follow in place of SKUs, and to take nothing of. */
  readonly stalledOn?: string | undefined
  readonly onValue: OnValue
  /** The line was closed and not by us: why. */
  readonly onLost: (why: string) => void
}

/** A client's connection. */
export interface Line {
  /** Resolves when all that it follows is whole; of a stalled one, when it has asked. */
  readonly whole: Promise<void>
  /** Follows more; resolves when it is whole. */
  follow(skus: readonly string[]): Promise<void>
  /** Ends it without a word, and without a port that waits for late packets. */
  reset(): void
}

const readBytes = 65_536
const headEnd = Buffer.from('\r\n\r\n')
/** How every value ends, whoever sends it: `"position":"EPOCH.NUMBER"`. */
const valueMark = Buffer.from('"position":"')
const dot = 46
const zero = 48
const nothing = Buffer.alloc(0)

// One for all lines: what is in it is looked at before the next read fills it again, and what is not whole is copied.
const shared = Buffer.alloc(readBytes)
const found: Found = { from: 0, to: 0, next: 0, opcode: 0 }

interface State {
  readonly options: LineOptions
  readonly speech: Speech
  readonly socket: Socket
  /** what came of a message that is not whole yet */
  held: Buffer
  isOpen: boolean
  /** `whole`s that are still to be heard, and who waits for them */
  missing: number
  settle: () => void
}

/** Opens a line, asks for what it is to follow, and from then on only looks for the numbers of values. */
export function openLine(options: LineOptions): Line {
  const { kind, port, localAddress, skus, stalledOn } = options
  const socket = createConnection({
    host: '127.0.0.1',
    port,
    localAddress,
    noDelay: true,
    // Straight from the socket, without a stream between: what reading costs is taken from the server on the same machine.
    onread: {
      buffer: shared,
      callback: (size) => {
        receive(state, size)
        return !(stalledOn !== undefined && state.isOpen)
      },
    },
  })
  const state: State = {
    options,
    speech: speeches[kind],
    socket,
    held: nothing,
    isOpen: false,
    missing: 0,
    settle: () => {},
  }
  socket.on('error', (error) => options.onLost(error.message)).on('close', () => options.onLost('it was closed'))
  const whole = untilWhole(state, skus.length)
  const { path, headers } = state.speech.opening(skus)
  socket.write(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\n${headers.join('\r\n')}\r\n\r\n`)
  return {
    whole,
    follow: (more) => {
      const asked = state.speech.follow(more)
      if (asked === undefined) return Promise.reject(new Error(`a line to ${kind} cannot follow more than at first`))
      const settled = untilWhole(state, more.length)
      socket.write(asked)
      return settled
    },
    reset: () => {
      socket.removeAllListeners('close').removeAllListeners('error')
      socket.on('error', () => {})
      socket.resetAndDestroy()
    },
  }
}

function untilWhole(state: State, skus: number): Promise<void> {
  state.missing += state.speech.wholes(skus)
  return new Promise((resolve) => {
    state.settle = resolve
  })
}

function receive(state: State, size: number): void {
  const nowMs = performance.now()
  const { held } = state
  const bytes = held.length === 0 ? shared : Buffer.concat([held, shared.subarray(0, size)])
  const end = held.length + size
  let at = state.isOpen ? 0 : open(state, bytes.subarray(0, end))
  while (state.isOpen && at < end && state.speech.framing(bytes, at, end, found)) {
    at = found.next
    take(state, bytes, nowMs)
  }
  state.held = at < end ? Buffer.from(bytes.subarray(at, end)) : nothing
}

/** Reads the head of the answer. Answers where it ends; 0 while it is not all there. */
function open(state: State, bytes: Buffer): number {
  const end = bytes.indexOf(headEnd)
  if (end === -1) return 0
  const [status] = bytes.toString('latin1', 0, end).split('\r\n', 1)
  if (!/^HTTP\/1\.1 (101|200) /.test(status ?? '')) {
    state.options.onLost(`it was answered ${status}`)
    return bytes.length
  }
  state.isOpen = true
  const { skus, stalledOn } = state.options
  const hello = stalledOn === undefined ? state.speech.hello(skus) : feedHello([stalledOn])
  if (hello) state.socket.write(hello)
  if (stalledOn !== undefined) state.settle()
  return end + headEnd.length
}

/** Looks for the values of the message that was found: a message without any is heard as text. */
function take(state: State, bytes: Buffer, nowMs: number): void {
  const { from, to, opcode } = found
  let mark = bytes.indexOf(valueMark, from)
  if (mark === -1 || mark >= to) return hear(state, bytes, from, to, opcode)
  do {
    state.options.onValue(state.options.client, numberBehindDot(bytes, mark + valueMark.length, to), nowMs)
    mark = bytes.indexOf(valueMark, mark + valueMark.length)
  } while (mark !== -1 && mark < to)
}

function numberBehindDot(bytes: Buffer, from: number, to: number): number {
  let at = from
  while (at < to && bytes[at] !== dot) at += 1
  let value = 0
  for (at += 1; at < to; at++) {
    const digit = (bytes[at] ?? 0) - zero
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  return value
}

function hear(state: State, bytes: Buffer, from: number, to: number, opcode: number): void {
  const { options, speech, socket } = state
  if (opcode === opcodes.ping) {
    socket.write(clientFrame(bytes.toString('utf8', from, to), opcodes.pong))
    return
  }
  if (opcode === opcodes.close) {
    const code = to - from >= 2 ? bytes.readUInt16BE(from) : 'no code'
    options.onLost(`the server closed it with ${code}: ${bytes.toString('utf8', Math.min(from + 2, to), to)}`)
    return
  }
  const text = bytes.toString('utf8', from, to)
  try {
    const { say, whole = 0 } = speech.hear(text, options.skus)
    if (say) socket.write(say)
    state.missing -= whole
    if (whole > 0 && state.missing === 0) state.settle()
  } catch (error) {
    options.onLost(error instanceof Error ? error.message : String(error))
  }
}
