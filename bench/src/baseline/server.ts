import Fastify, { type FastifyInstance } from 'fastify'
import pg from 'pg'
import { HoldRequest } from '@cellarhand/protocol/stock'
import { guardedUpdate, rowLock, type Pattern } from './patterns.ts'

/** What a baseline server does with a hold: nothing, or one of the patterns. */
export type BaselineKind = 'no-op' | 'row-lock' | 'guarded-update'

const patterns: Readonly<Record<BaselineKind, Pattern | undefined>> = {
  'no-op': undefined,
  'row-lock': rowLock,
  'guarded-update': guardedUpdate,
}

const json = 'application/json; charset=utf-8'
// As long as what the real routes answer.
const price = { amountMinor: 1000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
const position = 'abcdefghijklmnop.1000'
const holdOf = (id: string, { lines }: HoldRequest) =>
  JSON.stringify({
    id,
    state: 'active',
    expiresAt: '2030-01-01T00:00:00.000000Z',
    lines: lines.map((line) => ({
      line: 0,
      sku: line.sku,
      location: 'shop',
      channel: 'web',
      quantity: line.quantity,
      price,
    })),
    position,
  })
const noHold = holdOf('00000000-0000-7000-8000-000000000000', { lines: [{ sku: 'W0000000', quantity: 1 }] })
const offer = JSON.stringify({
  sku: 'W0000000',
  channel: 'web',
  available: 1_000_000,
  held: 0,
  status: 'in_stock',
  price,
  position,
})
const refusal = JSON.stringify({ type: 'about:blank', title: 'Sold out', status: 409 })

/** A server with the real one's framework, settings and validation of a hold, and none of its work. */
function createApp(pattern: Pattern | undefined, pool: () => pg.Pool): FastifyInstance {
  const app = Fastify({
    logger: false,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, allErrors: false } },
  })
  app.post<{ Body: HoldRequest }>('/v1/holds', { schema: { body: HoldRequest } }, async (request, reply) => {
    if (!pattern) return reply.code(201).header('content-type', json).send(noHold)
    const id = await pattern(pool(), request.body)
    if (id === undefined) return reply.code(409).header('content-type', json).send(refusal)
    return reply.code(201).header('content-type', json).send(holdOf(id, request.body))
  })
  app.get('/v1/offers/:sku', async (_request, reply) => reply.header('content-type', json).send(offer))
  return app
}

/** Runs a baseline server in this process, whose parent is told `{ port }`, and then sets the pool's size by `{ pool }`. */
export async function runBaseline(kind: BaselineKind, databaseUrl: string): Promise<void> {
  let pool = poolOf(databaseUrl, 1)
  const app = createApp(patterns[kind], () => pool)
  await app.listen({ host: '127.0.0.1', port: 0 })
  process.on('message', (message: { pool: number }) => {
    const old = pool
    pool = poolOf(databaseUrl, message.pool)
    void old.end().then(() => process.send?.({ pool: message.pool }))
  })
  // Whoever started us is gone: so are we.
  process.on('disconnect', () => process.exit(0))
  // Ctrl-C in a terminal reaches us too; who started us stops us in order.
  process.on('SIGINT', () => {})
  process.send?.({ port: (app.addresses()[0] as { port: number }).port })
}

function poolOf(connectionString: string, max: number): pg.Pool {
  return new pg.Pool({ connectionString, max, application_name: 'bench baseline', idleTimeoutMillis: 60_000 }).on(
    'error',
    () => {},
  )
}
