import { afterAll, beforeAll, expect, test } from 'vitest'
import { beginSession, cookieNames, grantOf, policyTable, roles, rolesOf, type Role } from '../../access/access.ts'
import { FeedTopic } from '@cellarhand/protocol/feed'
import { openFeed, startGuardedServer, type Answered, type GuardedServer } from '../../../test/access.ts'
import { operationsOf, type Operation } from '../../../test/storm/operations.ts'
import { sampleOf } from '../../../test/storm/sweeper.ts'
import { until } from '../../platform/postgres/processes.ts'

let server: GuardedServer
let operations: readonly (Operation & { readonly id: string })[]
let walkers: ReadonlyMap<Role, Record<string, string>>

beforeAll(async () => {
  server = await startGuardedServer()
  const { body } = await server.ask('GET', '/v1/openapi.json')
  const document = body as unknown as Parameters<typeof operationsOf>[0]
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map((one) => (one as unknown as { operationId: string }).operationId),
  )
  operations = operationsOf(document).map((one, index) => ({ ...one, id: ids[index] ?? '' }))
  const found = new Map<Role, Record<string, string>>([
    ['guest', await server.guest()],
    ['customer', await customer()],
  ])
  for (const role of roles) if (!found.has(role)) found.set(role, { 'x-api-key': await server.keyOf([role]) })
  walkers = found
})
afterAll(() => server?.stop())

/** Somebody who has signed in: their cookie, from a page of this server. */
async function customer(): Promise<Record<string, string>> {
  const subject = 'user:01890000-0000-7000-8000-0000000000aa'
  const signedIn = { subject, name: 'Anna', roles: ['customer'], freshUntilMs: Date.now() + 600_000 } as const
  const { token } = await beginSession(server.pool, signedIn, undefined)
  return { cookie: `${cookieNames.session}=s.${token}`, origin: server.url }
}

/** What a customer or a guest may say where staff may say more. */
const theirs: Readonly<Record<string, unknown>> = {
  holdBottles: { lines: [{ sku: 'WINE', quantity: 1 }] },
  placeOrder: { holdId: '01890000-0000-7000-8000-000000000000', fulfilment: 'collect' },
}

/** Keys of staff have nothing that is their own. */
const ownNothing: ReadonlySet<Role> = new Set(['shop', 'cellar', 'buyer', 'admin', 'machine'])

/** Refused as who they are, and not for what they asked. */
const isRefused = ({ problem }: Answered) => problem === 'forbidden' || problem === 'unauthenticated'

test('every operation of the document has a line in the policy, and every line is of something there is', () => {
  const topics = ['sku', 'wine', 'search', 'channel', 'hold', 'location', 'audit'].map((kind) => `topic:${kind}`)
  expect(JSON.stringify(FeedTopic)).toContain('audit')
  expect([...policyTable.keys()].toSorted()).toEqual([...operations.map(({ id }) => id), ...topics].toSorted())
})

test.each(roles)(
  'probe 1: %s may do what the policy says, and nothing else, by every operation there is',
  async (role) => {
    const headers = walkers.get(role) ?? {}
    const held = rolesOf([role])
    for (const operation of operations) {
      const { method = 'GET', path, text } = sampleOf(operation)
      const grant = grantOf(held, operation.id)
      const own = grant === 'own' ? theirs[operation.id] : undefined
      const body = own ?? (text === undefined ? undefined : JSON.parse(text))
      // A stream would not end: what is asked for there is nothing.
      const answer = await server.ask(method, path, { headers, ...(body === undefined ? {} : { body }) })
      expect([operation.id, isRefused(answer), answer.body['detail']]).toEqual([
        operation.id,
        grant === undefined || (grant === 'own' && ownNothing.has(role)),
        answer.body['detail'],
      ])
    }
  },
)

test.each(roles)('probe 1: %s may follow what the policy says, and nothing else', async (role) => {
  const names: Record<string, string> = {
    'topic:sku': 'sku:WINE@web',
    'topic:wine': 'wine:wine@web',
    'topic:search': 'search:q=wine@web',
    'topic:channel': 'channel:web',
    'topic:location': 'location:shop',
    'topic:audit': 'audit',
  }
  const line = openFeed(server.url, Object.values(names), { headers: walkers.get(role) ?? {} })
  const answered = (topic: string) =>
    line.frames.find((frame) => (frame.type === 'ready' || frame.type === 'error') && frame.topic === topic)?.type
  await until(() => Object.values(names).every((topic) => answered(topic) !== undefined), { withinMs: 20_000 })
  line.close()
  for (const [operation, topic] of Object.entries(names)) {
    const may = grantOf(rolesOf([role]), operation) !== undefined
    expect([topic, answered(topic)]).toEqual([topic, may ? 'ready' : 'error'])
  }
})
