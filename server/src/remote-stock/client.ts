import { Client, Metadata, status, type ClientDuplexStream, type ServiceError } from '@grpc/grpc-js'
import { channelCredentials } from '../platform/grpc/credentials.ts'
import { definitionOf } from '../platform/grpc/definition.ts'
import { serviceOf } from '../platform/grpc/image.ts'
import { must } from '../platform/must.ts'
import { decodeKnown, encode, type Plain } from '../platform/grpc/shape.ts'
import { Unavailable, type Outcome, type Stock, type Submission } from '../stock/stock.ts'
import { readOutcome, submissionMessage, SubmitRequest, SubmitResponse } from './outcome.ts'

/** A line that is quiet is asked for a sign of life after that, and is dead without one: nobody waits longer for a machine that has gone. */
const KEEPALIVE_MS = 5_000
const KEEPALIVE_TIMEOUT_MS = 2_000
/** Stock that was started anew is found within so long. */
const RECONNECT_MS = 100
const RECONNECT_MAX_MS = 1_000
/** Stock answers at a command's deadline, by its own clock; without an answer this much later it does not come. */
const GRACE_MS = 1_000
const LOOK_EVERY_MS = 250
/** Text of the commands of one message, in characters: beyond, the turn goes in several. */
const MESSAGE_CHARS_MAX = 1_000_000
/** Numbers of submissions begin anew after 2^32. */
const NUMBERS = 4_294_967_296

const UNKNOWN =
  'Stock does not answer, and it is not known yet whether this was done: ask again with the same Idempotency-Key, which will tell.'

/** What a way to stock elsewhere needs. */
export interface RemoteDoor {
  readonly nowMs: () => number
  /** shared by all processes of the installation */
  readonly secret: string
  /** whom to trust over TLS in place of the system's roots (PEM) */
  readonly ca?: string | undefined
  /** milliseconds that a command without a deadline of its own is waited for */
  readonly deadlineMs: number
  /** commands that may wait for their answer */
  readonly maxQueue: number
  /** called when the line is lost */
  readonly onTrouble: (error: Error) => void
}

interface Waiting {
  readonly giveUpAtMs: number
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: Error) => void
}

type Line = ClientDuplexStream<Buffer, Buffer>

interface Remote {
  readonly door: RemoteDoor
  readonly client: Client
  readonly waiting: Map<number, Waiting>
  line: Line | undefined
  outgoing: { readonly message: Plain; readonly chars: number }[]
  last: number
  looking: NodeJS.Timeout | undefined
  closed: (() => void) | undefined
}

const service = serviceOf('cellarhand.internal.v1.StockDoorService')
const { path } = must(definitionOf(service)['submit'], 'the method of the stock door')
const asIs = (bytes: Buffer): Buffer => bytes

/**
 * Stock in another process, over one stream: what is submitted in one turn goes together, and each is answered when it is decided. When the line is lost, nobody of those who
 * wait can be told what came of it: they ask again under their keys.
 *
 * @param address `grpc://host:port`, or `grpcs:` with TLS
 */
export function openRemoteStock(address: string, door: RemoteDoor): Stock {
  const url = new URL(address)
  const remote: Remote = {
    door,
    client: new Client(url.host, channelCredentials(url, door.ca), {
      'grpc.keepalive_time_ms': KEEPALIVE_MS,
      'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
      'grpc.initial_reconnect_backoff_ms': RECONNECT_MS,
      'grpc.max_reconnect_backoff_ms': RECONNECT_MAX_MS,
      // A batch's answers come together.
      'grpc.max_receive_message_length': -1,
      'grpc.enable_channelz': 0,
    }),
    waiting: new Map(),
    line: undefined,
    outgoing: [],
    last: 0,
    looking: undefined,
    closed: undefined,
  }
  return { submit: (submission) => submit(remote, submission), close: () => close(remote) }
}

function submit(remote: Remote, submission: Submission): Promise<Outcome> {
  const { door, waiting, outgoing } = remote
  if (remote.closed) return Promise.reject(new Unavailable('This process is stopping: try again.'))
  if (waiting.size >= door.maxQueue) {
    return Promise.reject(new Unavailable('Too much is waiting: try again in a moment.'))
  }
  return new Promise((resolve, reject) => {
    const number = (remote.last = (remote.last + 1) % NUMBERS)
    const giveUpAtMs = door.nowMs() + (submission.deadlineMs ?? door.deadlineMs) + GRACE_MS
    waiting.set(number, { giveUpAtMs, resolve, reject })
    const message = submissionMessage(number, submission)
    if (outgoing.push({ message, chars: String(message['command']).length }) === 1) setImmediate(() => send(remote))
    remote.looking ??= setTimeout(() => look(remote), LOOK_EVERY_MS)
  })
}

/** Sends all of a turn. */
function send(remote: Remote): void {
  let submissions: Plain[] = []
  let chars = 0
  const write = () => {
    lineOf(remote).write(encode(SubmitRequest, { submissions }))
    submissions = []
    chars = 0
  }
  for (const one of remote.outgoing) {
    if (submissions.length > 0 && chars + one.chars > MESSAGE_CHARS_MAX) write()
    submissions.push(one.message)
    chars += one.chars
  }
  remote.outgoing = []
  if (submissions.length > 0) write()
}

function lineOf(remote: Remote): Line {
  if (remote.line) return remote.line
  const metadata = new Metadata()
  metadata.set('authorization', `Bearer ${remote.door.secret}`)
  const line = remote.client.makeBidiStreamRequest<Buffer, Buffer>(path, asIs, asIs, metadata)
  remote.line = line
  line.on('data', (bytes: Buffer) => hear(remote, line, bytes))
  line.on('error', (error: ServiceError) => lose(remote, line, error))
  line.on('end', () => lose(remote, line, new Error('stock has closed the line')))
  return line
}

/** A line on which something comes that nobody understands is one to leave. */
function hear(remote: Remote, line: Line, bytes: Buffer): void {
  try {
    const { outcomes = [] } = decodeKnown(SubmitResponse, bytes) as { outcomes?: readonly Plain[] }
    for (const outcome of outcomes) settle(remote, outcome)
  } catch (error) {
    lose(remote, line, error instanceof Error ? error : new Error('stock answered what is no outcome'))
    line.cancel()
  }
}

function settle(remote: Remote, message: Plain): void {
  const number = Number(message['number'])
  const one = remote.waiting.get(number)
  if (!one) return
  const settled = readOutcome(message)
  remote.waiting.delete(number)
  if (settled instanceof Error) one.reject(settled)
  else one.resolve(settled)
  if (remote.waiting.size === 0) remote.closed?.()
}

/** Ends what went over a line that is lost: those who come from now on take another. */
function lose(remote: Remote, line: Line, error: Error): void {
  if (remote.line !== line) return
  remote.line = undefined
  if (!('code' in error && error.code === status.CANCELLED && remote.closed)) remote.door.onTrouble(error)
  for (const [number, { reject }] of remote.waiting) {
    remote.waiting.delete(number)
    reject(new Unavailable(UNKNOWN))
  }
  remote.outgoing = []
  remote.closed?.()
}

/** Tells those whose time has passed. */
function look(remote: Remote): void {
  const nowMs = remote.door.nowMs()
  for (const [number, { giveUpAtMs, reject }] of remote.waiting) {
    if (giveUpAtMs > nowMs) continue
    remote.waiting.delete(number)
    reject(new Unavailable(UNKNOWN))
  }
  remote.looking = remote.waiting.size > 0 ? setTimeout(() => look(remote), LOOK_EVERY_MS) : undefined
  if (remote.waiting.size === 0) remote.closed?.()
}

/** Resolves when all that was submitted is answered, or nobody can answer it any more. */
async function close(remote: Remote): Promise<void> {
  await new Promise<void>((resolve) => {
    remote.closed = resolve
    if (remote.waiting.size === 0) resolve()
  })
  clearTimeout(remote.looking)
  remote.line?.end()
  remote.client.close()
}
