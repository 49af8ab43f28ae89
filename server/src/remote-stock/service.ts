import { timingSafeEqual } from 'node:crypto'
import { status, type handleBidiStreamingCall, type ServerDuplexStream } from '@grpc/grpc-js'
import { serviceOf } from '../platform/grpc/image.ts'
import type { Served } from '../platform/grpc/server.ts'
import { decodeKnown, encode, type Plain } from '../platform/grpc/shape.ts'
import type { Stock } from '../stock/stock.ts'
import { outcomeMessage, readSubmission, SubmitRequest, SubmitResponse, type Settled } from './outcome.ts'

/** Bytes of one message: all that a gateway's turn brings, of which one command may be as large as a body over HTTP. */
export const DOOR_MESSAGE_MAX = 16_777_216

type Call = ServerDuplexStream<Buffer, Buffer>

/** What the door stands before. */
export interface ServiceDoor {
  readonly stock: Stock
  /** shared by all processes of the installation: who shows it may submit whatever it likes */
  readonly secret: string
  readonly onFault: (error: unknown) => void
}

/** The way in to stock for gateways in other processes. */
export function stockDoorService(door: ServiceDoor): Served {
  const lines = new Set<Answers>()
  return {
    service: serviceOf('cellarhand.internal.v1.StockDoorService'),
    handlers: { submit: submitHandler(door, lines) },
    end() {
      for (const answers of lines) answers.endWhenDone()
    },
  }
}

function submitHandler(door: ServiceDoor, lines: Set<Answers>): handleBidiStreamingCall<Buffer, Buffer> {
  return (call) => {
    if (!isShown(call, door.secret)) {
      const details = 'This is the inner door of stock: it opens to gateways on the same database alone.'
      call.emit('error', { code: status.UNAUTHENTICATED, details })
      return
    }
    const answers = answersOf(call)
    lines.add(answers)
    call.once('close', () => lines.delete(answers))
    call.on('data', (bytes: Buffer) => take(door, call, answers, bytes))
    call.on('end', () => answers.endWhenDone())
    // A gateway that has gone asks again under its keys.
    call.on('error', () => {})
  }
}

function isShown(call: Call, secret: string): boolean {
  const [shown] = call.metadata.get('authorization')
  const given = Buffer.from(String(shown ?? ''))
  const wanted = Buffer.from(`Bearer ${secret}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

function take(door: ServiceDoor, call: Call, answers: Answers, bytes: Buffer): void {
  try {
    const { submissions = [] } = decodeKnown(SubmitRequest, bytes) as { submissions?: readonly Plain[] }
    for (const message of submissions) answers.owe(Number(message['number']), decide(door, message))
  } catch (error) {
    door.onFault(error)
    call.emit('error', { code: status.INVALID_ARGUMENT, details: 'These are no submissions.' })
  }
}

/** Resolves with what came of it, whatever that is. */
async function decide({ stock, onFault }: ServiceDoor, message: Plain): Promise<Settled> {
  try {
    return await stock.submit(readSubmission(message))
  } catch (error) {
    if (!(error instanceof Error && error.name === 'Unavailable')) onFault(error)
    return error instanceof Error ? error : new Error('thrown')
  }
}

interface Answers {
  owe(number: number, settled: Promise<Settled>): void
  endWhenDone(): void
}

/** Answers of one turn go out together: a batch decides hundreds at once. */
function answersOf(call: Call): Answers {
  let ready: Plain[] = []
  let owed = 0
  let ending = false
  const flush = () => {
    const outcomes = ready
    ready = []
    if (!call.cancelled) call.write(encode(SubmitResponse, { outcomes }))
    if (ending && owed === 0) call.end()
  }
  return {
    owe(number, settled) {
      owed += 1
      void settled.then((outcome) => {
        owed -= 1
        if (ready.push(outcomeMessage(number, outcome)) === 1) setImmediate(flush)
      })
    },
    endWhenDone() {
      ending = true
      if (owed === 0 && ready.length === 0) call.end()
    },
  }
}
