import type { DescMethod } from '@bufbuild/protobuf'
import { must, unreachable } from '../../platform/must.ts'
import type { Plain } from '../../platform/grpc/shape.ts'
import { act, ACTOR, KEY, refusedHere, type Acted } from '../act.ts'
import { intents, isRefusal, meantBy, refusedAt } from '../commands.ts'
import type { GrpcServices } from './grpc.ts'
import { operationOf } from './operations.ts'
import { addressOf, denial } from './caller.ts'
import type { Answer, Answers, Asked } from './unary.ts'
import { fitting } from './validate.ts'

/** Answers a method that writes: the request becomes a command, and its outcome the answer. */
export function writes(services: GrpcServices, method: DescMethod): Answers {
  const operation = operationOf(method)
  const { schema } = must(intents[operation], `what ${method.name} means`)
  // The answer's first field is what was made or changed; where that was decided stands behind it.
  const { jsonName } = must(method.output.fields[0], `the answer of ${method.name}`)
  return async (asked) => {
    const { idempotencyKey, actor, ...body } = asked.request
    const problem = headProblem(idempotencyKey, actor)
    if (problem) return problem
    const fit = fitting(schema, body)
    if (isProblem(fit)) return fit
    const command = await meantBy(services, operation, fit.asked)
    if (isRefusal(command)) return answerOf(jsonName, refusedHere(services, refusedAt('', command)))
    const ask = {
      operation,
      command,
      key: String(idempotencyKey),
      ...saidBy(actor),
      deadlineMs: patienceOf(services, asked),
      address: addressOf(asked.call),
    }
    const acted = await act(services, asked.caller, ask)
    return acted.kind === 'denied' ? denial(services, asked, acted) : answerOf(jsonName, acted)
  }
}

const isProblem = <T extends object>(value: T): value is Extract<T, { slug: unknown }> => 'slug' in value
const saidBy = (actor: unknown) => (actor === '' ? {} : { actor: String(actor) })

/** Who waits for a year has their command dropped when all others have. */
function patienceOf({ config }: GrpcServices, { deadlineMs = Infinity }: Pick<Asked, 'deadlineMs'>): number {
  return Math.min(deadlineMs, config.commandDeadlineMs)
}

/** What is wrong with who asks and under which key. */
function headProblem(key: unknown, actor: unknown): Answer | undefined {
  if (key === '') {
    const detail = 'Say idempotency_key: a fresh one (such as a UUID) for each intent, the same one when you retry it.'
    return { slug: 'idempotency-key-required', detail }
  }
  if (!KEY.test(String(key))) {
    return {
      slug: 'invalid-request',
      detail: 'idempotency_key has 1 to 128 printable ASCII characters without spaces.',
    }
  }
  if (actor === '' || ACTOR.test(String(actor))) return undefined
  return { slug: 'invalid-request', detail: 'actor has 1 to 64 printable ASCII characters.' }
}

function answerOf(name: string, acted: Exclude<Acted, { kind: 'denied' }>): Answer {
  switch (acted.kind) {
    case 'done': {
      const { position, index, replayed } = acted
      return { answer: { [name]: JSON.parse(acted.body) as Plain, position, index, replayed } }
    }
    case 'refused':
      return { ...acted.refusal, position: acted.position, index: acted.index }
    case 'heldBack':
      return { slug: acted.slug, detail: acted.detail, members: acted.members, position: acted.position }
    default:
      return unreachable(acted)
  }
}
