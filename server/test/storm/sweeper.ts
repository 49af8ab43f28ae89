import { accessBodies } from './access-bodies.ts'
import { request } from 'node:http'
import { problems, PROBLEM_BASE, type ProblemSlug } from '@cellarhand/protocol/problem'
import { createPool } from '../../src/platform/postgres/database.ts'
import { startServer } from '../server.ts'
import { operationsOf, type Operation } from './operations.ts'

const id = '0190d9f0-0000-7000-8000-000000000000'
const price = { amountMinor: 1_000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
const fact = { location: 'shop', reference: 'R1', occurredAt: '2026-01-02T03:04:05Z' }
const line = { sku: 'WINE', quantity: 1 }
const conditionLine = { ...line, condition: 'sticky', photos: ['https://photos.example/1.jpg'] }
const buyer = { bornOn: '1980-05-01', ageVerifiedBy: 'Jo' }
const lot = {
  id: 'L1',
  supplier: 'Maison',
  costMinor: 900,
  currency: 'EUR',
  drinkBy: 2040,
  condition: 'sound',
  provenance: 'from the house',
}
const fulfil = { lines: [{ ...line, location: 'shop' }], reference: 'R1' }

/** For every operation that takes a body: one with all members, which would be done if nothing in it were wrong. */
export const bodies: Readonly<Record<string, unknown>> = {
  ...accessBodies,
  'POST /v1/holds': {
    lines: [{ ...line, channel: 'web', location: 'shop', expectedPrice: { amountMinor: 1_000, currency: 'EUR' } }],
    ttlSeconds: 60,
    customer: 'C1',
  },
  'PATCH /v1/holds/{id}': { ttlSeconds: 60 },
  'POST /v1/holds/{id}/commit': { reference: 'R1' },
  'POST /v1/commitments/{id}/ship': fulfil,
  'POST /v1/commitments/{id}/cancel': fulfil,
  'POST /v1/receipts': { ...fact, lines: [{ ...line, lot, bin: 'A/1' }] },
  'POST /v1/sales': { ...fact, allotment: 'club', orderRef: 'R1', lines: [{ ...line, lot: 'L1', bin: 'A/1' }] },
  'POST /v1/moves': { location: 'shop', reference: 'R1', lines: [{ ...line, lot: 'L1', fromBin: 'A/1', toBin: 'B' }] },
  'POST /v1/lots': { ...line, location: 'shop', bin: 'A/1', lot, reference: 'R1' },
  'POST /v1/counts': { ...fact, lines: [{ sku: 'WINE', counted: 3 }] },
  'POST /v1/write-offs': { ...fact, reason: 'breakage', lines: [line] },
  'POST /v1/quarantine': { ...fact, reason: 'leaking', lines: [conditionLine] },
  'POST /v1/reinstatements': { location: 'shop', reason: 'sound', reference: 'R1', lines: [conditionLine] },
  'POST /v1/allocations': { allotment: 'club', location: 'shop', reference: 'R1', lines: [line] },
  'POST /v1/deallocations': { allotment: 'club', location: 'shop', reference: 'R1', lines: [line] },
  'POST /v1/transfers': {
    from: 'shop',
    to: 'warehouse',
    reference: 'R1',
    expectedAt: '2026-01-02T03:04:05Z',
    changesOwner: true,
    lines: [line],
  },
  'POST /v1/transfers/{id}/receive': {
    reason: 'breakage',
    occurredAt: '2026-01-02T03:04:05Z',
    lines: [
      {
        ...line,
        missing: 1,
      },
    ],
  },
  'POST /v1/transfers/{id}/cancel': { reason: 'flat tyre' },
  'POST /v1/purchase-orders': {
    location: 'shop',
    supplier: 'Château A',
    reference: 'R1',
    expectedAt: '2026-01-02T03:04:05Z',
    currency: 'EUR',
    lines: [{ ...line, unitCostMinor: 100 }],
  },
  'POST /v1/purchase-orders/{id}/receive': {
    lines: [{ ...line, lot: { id: 'L1', costMinor: 900, currency: 'EUR' }, bin: 'A/1' }],
    close: true,
    reason: 'two were broken',
    occurredAt: '2026-01-02T03:04:05Z',
  },
  'POST /v1/purchase-orders/{id}/cancel': { lines: [line], reason: 'too dear' },
  'POST /v1/purchase-orders/{id}/reschedule': { expectedAt: '2026-01-02T03:04:05Z', reason: 'late' },
  'POST /v1/clearances': {
    from: 'bond',
    to: 'shop',
    reference: 'R1',
    currency: 'EUR',
    lines: [
      {
        ...line,
        dutyMinor: 100,
        valueMinor: 1e3,
      },
    ],
  },
  'POST /v1/orders': {
    holdId: id,
    externalRef: 'R1',
    fulfilment: 'ship',
    customer: 'C1',
    destination: { country: 'DE', subdivision: 'DE-BE', postcode: '10115' },
    buyer,
    gift: { message: 'M1', hidePrices: true },
    charges: [{ kind: 'vat', label: 'VAT', amountMinor: 190, currency: 'EUR' }],
    note: 'N1',
  },
  'POST /v1/orders/{id}/pay': { reference: 'R1' },
  'POST /v1/orders/{id}/pick': { lines: [{ ...line, location: 'shop', lot: 'L1' }] },
  'POST /v1/orders/{id}/ready': {},
  'POST /v1/orders/{id}/ship': {
    lines: [{ ...line, location: 'shop' }],
    carrier: 'DHL',
    trackingNumber: 'T1',
    trackingUrl: 'https://dhl.example/T1',
  },
  'POST /v1/orders/{id}/deliver': { shipment: 1 },
  'POST /v1/orders/{id}/collect': {
    lines: [{ ...line, location: 'shop' }],
    place: { country: 'DE', subdivision: 'DE-BE' },
    buyer,
  },
  'POST /v1/orders/{id}/cancel': { lines: [{ ...line, location: 'shop' }], reason: 'called' },
  'POST /v1/orders/{id}/return': {
    lines: [{ ...conditionLine, location: 'shop' }],
    location: 'shop',
    to: 'available',
    reason: 'refused',
    occurredAt: '2026-01-02T03:04:05Z',
  },
  'POST /v1/open-bottles': {
    ...fact,
    sku: 'WINE',
    servingMl: 125,
    preservation: 'argon',
    discardAfterHours: 48,
  },
  'POST /v1/open-bottles/{id}/pour': { ml: 125, reference: 'R1', occurredAt: '2026-01-02T03:04:05Z' },
  'POST /v1/open-bottles/{id}/discard': { reason: 'oxidised', occurredAt: '2026-01-02T03:04:05Z' },
  'POST /v1/repacks': {
    location: 'shop',
    reference: 'R1',
    reason: 'split for the shelf',
    break: [{ ...line, lot: 'L1' }],
    build: [line],
    losses: [{ ...line, reason: 'breakage' }],
  },
  // Of a lot that nobody has opened.
  'POST /v1/lot-offers': { ...line, lot: 'L1', location: 'shop', as: 'WINE-L1', reference: 'R1' },
  'POST /v1/lot-offers/{sku}/withdraw': { location: 'shop', quantity: 1, reference: 'R1' },
  // Of itself, which nothing is.
  'PUT /v1/bundles/{sku}': { components: [line] },
  'PUT /v1/mixed-cases/{sku}': { components: [line] },
  'POST /v1/adjustments': { sku: 'WINE', location: 'shop', delta: 1, reason: 'found', reference: 'R1' },
  'POST /v1/prices': { lines: [{ sku: 'WINE', channel: 'web', price }] },
}

/** A request as it is to be sent: a POST with a fresh key and a JSON type unless told otherwise. */
export interface Asked {
  readonly method?: string
  readonly path: string
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
}

interface Answered {
  readonly asked: Asked
  readonly status: number
  readonly type: string
  readonly position: string
  readonly body: string
}

/** A server with one wine that is stocked and priced, to be asked for what it has to refuse. */
export interface Sweeper {
  readonly url: string
  readonly operations: readonly Operation[]
  /** Asks for each, a few at once: what is wrong with the answers, all of which have to be problems, of these slugs where some are named. */
  sweep(asked: readonly Asked[], ...slugs: readonly ProblemSlug[]): Promise<string[]>
  /** All that a request could change. */
  everything(): Promise<unknown>
  close(): Promise<void>
}

export async function openSweeper(): Promise<Sweeper> {
  const server = await startServer()
  const pool = createPool(server.databaseUrl, { applicationName: 'tests', max: 2 })
  await pool.query(`insert into catalogue.wines (id, name) values ('wine', 'Wine')`)
  await pool.query(`insert into catalogue.vintages (wine, vintage) values ('wine', 0)`)
  await pool.query(
    `insert into catalogue.skus (sku, wine, vintage, format_ml, pack, packaging) values ('WINE', 'wine', 0, 750, 1, 'bottle')`,
  )
  const stocked = { location: 'shop', lines: [{ sku: 'WINE', quantity: 12 }] }
  for (const [path, body] of [
    ['/v1/prices', bodies['POST /v1/prices']],
    ['/v1/receipts', stocked],
  ] as const) {
    const { status } = await ask(server.url, { path, text: JSON.stringify(body) })
    if (status !== 201) throw new Error(`${path} was answered ${status}`)
  }
  const document = await (await fetch(`${server.url}/v1/openapi.json`)).json()
  return {
    url: server.url,
    operations: operationsOf(document as Parameters<typeof operationsOf>[0]),
    sweep: (asked, ...slugs) => sweep(server.url, asked, slugs),
    everything: async () => (await pool.query(everything)).rows[0],
    close: async () => {
      await pool.end()
      await server.stop()
    },
  }
}

const everything = `select (select count(*) from stock.entries) as entries, (select max(position) from log.log) as head,
  (select json_agg(l order by l.sku, l.location) from stock.levels l where l.revision > 0) as levels,
  (select count(*) from stock.holds) as holds, (select json_agg(p) from stock.prices p) as prices,
  (select version from stock.settings) as settings`

/** Requests under way at once. */
const AT_ONCE = 8

async function sweep(url: string, asked: readonly Asked[], slugs: readonly ProblemSlug[]): Promise<string[]> {
  const waiting = [...asked]
  const complaints: string[] = []
  const worker = async () => {
    for (let next = waiting.pop(); next; next = waiting.pop())
      complaints.push(...complaint(await ask(url, next), slugs))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return complaints
}

let keys = 0

function ask(url: string, asked: Asked): Promise<Answered> {
  const { method = 'POST', path, text, headers } = asked
  const type =
    text === undefined ? {} : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) }
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, {
      method,
      headers: { ...type, 'idempotency-key': `k${(keys += 1)}`, ...headers },
    })
    sent.on('error', reject)
    sent.on('response', (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      response.on('end', () => {
        const { 'content-type': type, 'cellarhand-position': position } = response.headers
        resolve({ asked, status: response.statusCode ?? 0, type: String(type), position: String(position), body })
      })
    })
    sent.end(text)
  })
}

/** What is wrong with an answer that has to be a problem; of these slugs, where some are named. */
function complaint({ asked, status, type, position, body }: Answered, slugs: readonly ProblemSlug[]): string[] {
  const shown = `${asked.method ?? 'POST'} ${asked.path} ${asked.text?.slice(0, 200) ?? ''} -> ${status} ${body.slice(0, 200)}`
  if (!type.startsWith('application/problem+json')) return [`no problem: ${shown}`]
  if (!/^[a-z0-9]+\.\d+$/.test(position)) return [`no position: ${shown}`]
  const problem = JSON.parse(body) as { type: string; status: number; title: string; detail: string }
  const slug = problem.type.slice(PROBLEM_BASE.length) as ProblemSlug
  const isWhole =
    problem.status === status && problem.title !== '' && problem.detail !== '' && problems[slug]?.status === status
  if (!isWhole || status >= 500) return [`not right: ${shown}`]
  return slugs.length > 0 && !slugs.includes(slug) ? [`not ${slugs.join(' or ')}: ${shown}`] : []
}

/** A path with something for its parameters that is not there, except for the SKU. */
export function filled(path: string): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => (name === 'sku' ? 'WINE' : id))
}

/** Whether an operation makes what its path names, where there is none. */
export const isMade = ({ method, path }: Operation): boolean =>
  method === 'PUT' && /^\/v1\/(locations|channels)\//.test(path)

/** The sample for an operation that takes a body. */
export function bodyOf({ method, path }: Operation): unknown {
  const body = bodies[`${method} ${path}`]
  if (body === undefined)
    throw new Error(`${method} ${path} takes a body and has no sample here: add one to \`bodies\``)
  return body
}

/** An operation as it is asked for with its sample, where it takes a body. */
export function sampleOf(operation: Operation): Asked {
  const text = operation.body ? { text: JSON.stringify(bodyOf(operation)) } : {}
  return { method: operation.method, path: filled(operation.path), ...text }
}
