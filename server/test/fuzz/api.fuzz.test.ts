import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openFuzzedCellar, type FuzzedCellar } from './cellar.ts'
import { startLiar, type Lie, type Passing } from './liar.ts'
import { fuzz, type Fuzzed, type Identity } from './schemathesis.ts'

/** Of each level of authority. What is given beside it is for what has to end: the last request, and the set-up. */
const seconds = Number(process.env['CELLARHAND_FUZZ_SECONDS'] ?? 28)
const seed = Number(process.env['CELLARHAND_FUZZ_SEED'] ?? 1)
const timeout = (seconds + 240) * 1_000

let cellar: FuzzedCellar
let operations: number

beforeAll(async () => {
  cellar = await openFuzzedCellar()
  const document = (await (await fetch(`${cellar.url}/v1/openapi.json`)).json()) as { paths: Record<string, object> }
  operations = Object.values(document.paths).flatMap((methods) => Object.keys(methods)).length
}, 180_000)
afterAll(() => cellar?.stop())

/** Runs one level, says how much it was, and shows all of what was found with the requests to ask it again. */
async function level(who: string, identities: readonly Identity[]): Promise<Fuzzed> {
  const came = await fuzz({ url: cellar.url, identities, until: { seconds }, seed })
  process.stdout.write(`  As ${who}: ${came.cases} requests, ${came.operations} operations, seed ${seed}\n`)
  if (came.code !== 0) process.stdout.write(came.output)
  return came
}

describe('probe 40: nothing that can be asked is answered otherwise than its document says', () => {
  test(
    'to guests',
    async () => {
      const came = await level('guests', [await cellar.guest('one guest'), await cellar.guest('another guest')])
      expect(came).toMatchObject({ code: 0, found: [], operations })
    },
    timeout,
  )

  test(
    'to customers',
    async () => {
      const people = [await cellar.customer('ada@cellar.example'), await cellar.customer('bea@cellar.example')]
      expect(await level('customers', people)).toMatchObject({ code: 0, found: [], operations })
    },
    timeout,
  )

  test(
    'to whoever administers, who is still in at the end',
    async () => {
      const admin = await cellar.admin()
      expect(await level('admin', [admin])).toMatchObject({ code: 0, found: [], operations })
      const answer = await fetch(`${cellar.url}/v1/users`, { headers: [[...admin.header]] })
      expect(answer.status).toBe(200)
    },
    timeout,
  )
})

const isRefused = ({ status }: Passing) => status >= 400

/** What a server could get wrong, and the code by which it is found. Whoever asks is taken for the one who administers: so `listUsers` is shown to everybody. */
const lies: readonly { at: string; id: string; found: string; lie?: Lie }[] = [
  { at: 'GET /v1/channels', id: 'listChannels', found: 'ST101', lie: (answer) => ({ ...answer, status: 500 }) },
  { at: 'GET /v1/session', id: 'getSession', found: 'ST103', lie: (answer) => ({ ...answer, status: 418 }) },
  {
    at: 'GET /v1/bundles',
    id: 'listBundles',
    found: 'ST105',
    lie: (answer) => ({ ...answer, headers: { ...answer.headers, 'content-type': 'application/xml' } }),
  },
  {
    at: 'GET /v1/lot-offers',
    id: 'listLotOffers',
    found: 'ST108',
    lie: (answer) => (isRefused(answer) ? answer : { ...answer, body: '{"items":"none"}' }),
  },
  {
    at: 'POST /v1/session',
    id: 'startSession',
    found: 'ST201',
    lie: (answer) => (isRefused(answer) ? { ...answer, status: 200, body: session } : answer),
  },
  { at: 'GET /v1/mixed-cases', id: 'listMixedCases', found: 'ST202', lie: (answer) => ({ ...answer, status: 400 }) },
  {
    at: 'PATCH /v1/locations',
    id: 'listLocations',
    found: 'ST204',
    lie: (answer) => ({ ...answer, status: 200 }),
  },
  { at: 'GET /v1/users', id: 'listUsers', found: 'ST401' },
]
const session = JSON.stringify({ subject: 'nobody', name: 'Nobody', kind: 'nobody', roles: [] })

test(
  'every kind of lie is found, so that nothing found means something',
  async () => {
    const { header } = await cellar.admin()
    const told = Object.fromEntries(lies.flatMap(({ at, lie }) => (lie ? [[at, lie]] : [])))
    const liar = await startLiar(cellar, header, told)
    try {
      const only = lies.map(({ id }) => id)
      const came = await fuzz({ url: liar.url, identities: [], until: { examples: 4 }, seed, only })
      expect(came.code).toBe(1)
      expect(lies.filter(({ at, found }) => !came.found.includes(`${found} ${at}`))).toEqual([])
    } finally {
      liar.close()
    }
  },
  timeout,
)
