import type { DescMethod } from '@bufbuild/protobuf'
import type { handleUnaryCall, sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js'
import { decode, encode, MalformedMessage, type Plain } from '../../platform/grpc/shape.ts'
import { Unavailable } from '../../stock/stock.ts'
import { isConnectionTrouble } from '../rest/problems.ts'
import { admit, type Admitted } from './caller.ts'
import { operationOf } from './operations.ts'
import type { GrpcServices } from './grpc.ts'
import { statusOf, type Refused } from './refusal.ts'

/** What a call is asked with. */
export interface Asked extends Admitted {
  readonly request: Plain
  /** Milliseconds until whoever asks has stopped waiting; undefined: they wait as long as it takes. */
  readonly deadlineMs: number | undefined
}

/** The answer to a call, as a plain value or as the message itself; or why it is refused. */
export type Answer = { readonly answer: Plain } | { readonly bytes: Buffer } | Refused

/** Who does what a method is asked for. Answers at once where nothing has to be waited for. */
export type Answers = (asked: Asked) => Answer | Promise<Answer>

type UnaryCall = ServerUnaryCall<Buffer, Buffer>

/** A method's handler: reads the message, asks who calls, and renders what comes of it. */
export function unary(services: GrpcServices, method: DescMethod, answers: Answers): handleUnaryCall<Buffer, Buffer> {
  const operation = operationOf(method)
  return (call, callback) => {
    try {
      const result = answer(method, answers, call, admit(services, operation, call))
      if (!(result instanceof Promise)) return render(method, result, callback)
      void result
        .catch((error: unknown) => refusalOf(services, method, error))
        .then((settled) => render(method, settled, callback))
    } catch (error) {
      render(method, refusalOf(services, method, error), callback)
    }
  }
}

function answer(
  method: DescMethod,
  answers: Answers,
  call: UnaryCall,
  admitted: Admitted | Refused | Promise<Admitted | Refused>,
): Answer | Promise<Answer> {
  if (admitted instanceof Promise) return admitted.then((known) => answer(method, answers, call, known))
  if ('slug' in admitted) return admitted
  return answers({ ...admitted, request: decode(method.input, call.request), deadlineMs: deadlineOf(call) })
}

function render(method: DescMethod, result: Answer, callback: sendUnaryData<Buffer>): void {
  if ('slug' in result) callback(statusOf(result))
  else callback(null, 'bytes' in result ? result.bytes : encode(method.output, result.answer))
}

/** What is left of a call's time. */
function deadlineOf(call: Pick<ServerUnaryCall<unknown, unknown>, 'getDeadline'>): number | undefined {
  const deadline = call.getDeadline()
  const atMs = typeof deadline === 'number' ? deadline : deadline.getTime()
  return Number.isFinite(atMs) ? Math.max(1, Math.floor(atMs - Date.now())) : undefined
}

/** What was thrown, by us, by the database or by a bug, as a refusal. No cause leaves the process. */
export function refusalOf({ log }: GrpcServices, method: DescMethod, error: unknown): Refused {
  if (error instanceof MalformedMessage) return { slug: 'invalid-request', detail: error.message }
  if (error instanceof Unavailable) {
    return { slug: 'unavailable', detail: error.message, retryAfterSeconds: error.retryAfterSeconds }
  }
  if (error instanceof Error && isConnectionTrouble(error)) {
    log.warn({ err: error }, 'the database did not answer a read')
    return { slug: 'unavailable', detail: 'The database does not answer: try again in a moment.', retryAfterSeconds: 1 }
  }
  log.error({ err: error, method: method.name }, 'a call failed')
  return { slug: 'internal', detail: 'Something went wrong on our side. It is in the log.' }
}
