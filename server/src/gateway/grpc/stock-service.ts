import type { DescMethod } from '@bufbuild/protobuf'
import { must, unreachable } from '../../platform/must.ts'
import type { Plain } from '../../platform/grpc/shape.ts'
import { act, type Acted } from '../act.ts'
import { documentIntents } from '../commands/documents.ts'
import { factIntents } from '../commands/facts.ts'
import { holdIntents } from '../commands/holds.ts'
import { isRefusal, type Intent } from '../commands/intent.ts'
import { orderIntents } from '../commands/orders.ts'
import { NOT_IN_A_BATCH } from '../rest/write.ts'
import type { GrpcServices } from './grpc.ts'
import { operationOf } from './operations.ts'
import { addressOf, denial } from './caller.ts'
import type { Answer, Answers, Asked } from './unary.ts'
import { fitting } from './validate.ts'

/** Keys and actors, as REST's headers carry them: printable ASCII. */
const KEY = /^[\x21-\x7e]{1,128}$/
const ACTOR = /^[\x20-\x7e]{1,64}$/

/** What each method that writes is asked for, by its name. */
export const intents: Readonly<Record<string, Intent>> = {
  ...holdIntents,
  ...factIntents,
  ...documentIntents,
  ...orderIntents,
}

/** Answers a method that writes: the request becomes a command, and its outcome the answer. */
export function writes(services: GrpcServices, method: DescMethod): Answers {
  const intent = must(intents[method.localName], `what ${method.name} means`)
  const operation = operationOf(method)
  // The answer's first field is what was made or changed; where that was decided stands behind it.
  const { jsonName } = must(method.output.fields[0], `the answer of ${method.name}`)
  return async (asked) => {
    const { idempotencyKey, actor, ...body } = asked.request
    const problem = headProblem(idempotencyKey, actor)
    if (problem) return problem
    const fit = fitting(intent.schema, body)
    if (isProblem(fit)) return fit
    const command = await intent.meant(fit.asked, services)
    if (isRefusal(command)) return { ...command, position: services.replica.position() }
    const ask = {
      operation,
      command,
      key: String(idempotencyKey),
      ...saidBy(actor),
      deadlineMs: patienceOf(services, asked),
      address: addressOf(asked.call),
    }
    const acted = await act(services, asked.caller, ask)
    return acted.kind === 'denied' ? denial(services, asked, acted) : answerOf(services, jsonName, acted)
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

function answerOf({ replica }: GrpcServices, name: string, acted: Exclude<Acted, { kind: 'denied' }>): Answer {
  switch (acted.kind) {
    case 'done': {
      const { position, index, replayed } = acted
      return { answer: { [name]: JSON.parse(acted.body) as Plain, position, index, replayed } }
    }
    case 'refused':
      return { ...acted.refusal, position: acted.position, index: acted.index }
    case 'full':
      return { slug: 'too-many-holds', detail: acted.detail, members: acted.members, position: replica.position() }
    case 'heldBack':
      return { slug: acted.slug, detail: acted.detail, members: acted.members, position: replica.position() }
    case 'unknownSku': {
      const detail = `There is no SKU ${acted.sku}. Import it first.`
      const place = { position: replica.position(), index: NOT_IN_A_BATCH }
      return { slug: 'unknown-sku', detail, members: { sku: acted.sku }, ...place }
    }
    default:
      return unreachable(acted)
  }
}
