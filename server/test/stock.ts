import {
  type BatcherDoor,
  openStock,
  putChannel,
  putLocation,
  type Outcome,
  type Stock,
  type Command,
} from '../src/stock/stock.ts'
import { createPool } from '../src/platform/postgres/database.ts'
import { systemIds } from '../src/platform/ids.ts'
import { sleep } from '../src/platform/loop.ts'

/** Two locations, a channel over both and one over the shop alone, as most tests want them. */
export async function setUpCellar(url: string): Promise<void> {
  const pool = createPool(url, { applicationName: 'tests', max: 1 })
  try {
    await putLocation(pool, { id: 'shop', name: 'Shop', kind: 'shop', duty: 'paid', owner: 'house' })
    await putLocation(pool, { id: 'warehouse', name: 'Warehouse', kind: 'warehouse', duty: 'paid', owner: 'house' })
    const channel = { currency: 'EUR', duty: 'paid', safetyStock: 0, showMax: 24, lowAt: 6 } as const
    await putChannel(pool, { ...channel, id: 'web', name: 'Web', locations: ['shop', 'warehouse'] })
    await putChannel(pool, { ...channel, id: 'counter', name: 'Counter', locations: ['shop'] })
  } finally {
    await pool.end()
  }
}

export interface TestStock extends Stock {
  /** Submits under a fresh key, or the one given. */
  ask(command: Command, key?: string): Promise<Outcome>
  /** The answer of what must succeed. */
  done(command: Command, key?: string): Promise<Record<string, unknown> & { id: string; position: string }>
  readonly troubles: string[]
}

export const limits = { maxCommands: 500, maxLines: 500, maxQueue: 10_000, deadlineMs: 10_000, holdLifeMaxS: 86_400 }

let keys = 0

export function openTestStock(url: string, changed: Partial<typeof limits> = {}): TestStock {
  return testStockOver((door) => openStock(url, door), changed)
}

/** Test stock over whatever `open` makes of a door. */
export function testStockOver(
  open: (door: Omit<BatcherDoor, 'openSession'>) => Stock,
  changed: Partial<typeof limits> = {},
): TestStock {
  const troubles: string[] = []
  const stock = open({
    nowMs: () => performance.now(),
    newId: systemIds.newId,
    sleep,
    later: (work) => void setImmediate(work),
    limits: { ...limits, ...changed },
    policy: () => undefined,
    onCommitted: () => {},
    onTrouble: (error, what) => troubles.push(`${what}: ${error instanceof Error ? error.message : String(error)}`),
  })
  const ask: TestStock['ask'] = (command, key = `key-${process.pid}-${(keys += 1)}`) =>
    stock.submit({ command, caller: 'test', actor: 'tester', key })
  return {
    ...stock,
    ask,
    troubles,
    done: async (command, key) => {
      const outcome = await ask(command, key)
      if (outcome.kind !== 'done') throw new Error(`not done: ${JSON.stringify(outcome)}`)
      return JSON.parse(outcome.body) as Record<string, unknown> & { id: string; position: string }
    },
  }
}

/** Prices SKUs at ten euros in `web` and `counter`. */
export async function priceIt(stock: TestStock, ...skus: string[]): Promise<void> {
  const price = { amountMinor: 1_000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
  const lines = skus.flatMap((sku) => ['web', 'counter'].map((channel) => ({ sku, channel, price })))
  await stock.done({ kind: 'setPrice', lines })
}

export function holdOf(sku: string, quantity = 1, more: Record<string, unknown> = {}): Command {
  return { kind: 'hold', ttlSeconds: 600, lines: [{ sku, quantity, channel: 'web', ...more }] }
}
