import { setTimeout as sleep } from 'node:timers/promises'
import type { Offer } from '@cellarhand/protocol/offer'
import type { HistoryRecord } from '../witness/history.ts'
import { checkWitness } from '../witness/witness.ts'
import { openCellar, type Cellar } from './cellar.ts'
import { createFeedJudge, type FeedEvent } from './feed-follower.ts'
import { readJournal, wholeHistory } from './journal.ts'
import { askAgain, judgeHistory } from './judge.ts'
import { auditLedger } from './ledger.ts'
import { createRandom } from './random.ts'
import { openSale, type Sale } from './round.ts'

/** A planted fault: resolves with what the checks say of it, nothing where they miss it. */
interface Plant {
  readonly plants: string
  readonly found: () => Promise<readonly string[]>
}

/** Plants faults that the torture exists for, one after the other, each of which has to be caught. */
export async function runSelfTests(say: (line: string) => void): Promise<{ caught: number; missed: number }> {
  const cellar = await openCellar()
  try {
    const sale = await openSale(cellar, createRandom(1), 'self')
    const over = new AbortController()
    await sale.shoppers.run({ clients: 16, attempts: 600, signal: over.signal })
    const calm = [...(await judgeHistory(cellar, sale)), ...(await auditLedger(cellar))]
    if (calm.length > 0) throw new Error(`before anything was planted: ${calm.join('\n')}`)
    const plants = [
      ...feedPlants(),
      ...(await historyPlants(cellar, sale)),
      ...databasePlants(cellar, sale),
      control(cellar),
    ]
    let caught = 0
    for (const { plants: what, found } of plants) {
      const [first] = await found()
      if (first !== undefined) caught += 1
      say(
        `${first === undefined ? 'MISSED' : 'caught'}  ${what}${first === undefined ? '' : `: ${first.slice(0, 110)}`}`,
      )
    }
    return { caught, missed: plants.length - caught }
  } finally {
    await cellar.close()
  }
}

function feedPlants(): Plant[] {
  const frames = [1, 2, 3].map((number) => eventAt(number))
  const [first, second, third] = frames as [FeedEvent, FeedEvent, FeedEvent]
  const taken = (events: readonly FeedEvent[]) => async () => {
    const judge = createFeedJudge()
    judge.connected()
    for (const event of events) judge.take(event)
    return judge.complaints()
  }
  return [
    { plants: 'an event of the feed that comes twice', found: taken([first, second, second, third]) },
    { plants: 'two events of the feed in the other order', found: taken([first, third, second]) },
  ]
}

function eventAt(number: number): FeedEvent {
  const price = { amountMinor: 1_000, currency: 'EUR', taxIncluded: true, dutyIncluded: true }
  const position = `selftest.${number}`
  const offer = {
    sku: 'self',
    channel: 'web',
    available: number,
    held: 0,
    status: 'in_stock',
    price,
    position,
  } as unknown as Offer
  return { id: position, frame: { type: 'offers', topic: 'channel:web', offers: [offer] } }
}

type Granted = Extract<HistoryRecord, { kind: 'hold'; outcome: 'ok' }>

async function historyPlants(cellar: Cellar, { recorder, prefix, skus }: Sale): Promise<Plant[]> {
  const history = wholeHistory(recorder, await readJournal(cellar, prefix, skus))
  const holds = history.filter((record): record is Granted => record.kind === 'hold' && record.outcome === 'ok')
  const [early, late] = [holds[0], holds.at(-1)]
  if (!early || !late) throw new Error('a sale without holds proves nothing')
  const judged = (planted: readonly HistoryRecord[]) => async () =>
    checkWitness(planted).violations.map(({ kind, what }) => `${kind}: ${what}`)
  const without = history.filter((record) => record !== early && record !== late)
  const at = (record: Granted, { position, index }: Granted) => ({ ...record, position, index })
  return [
    { plants: 'one write at two places', found: judged([...history, { ...early, index: early.index + 500 }]) },
    { plants: 'two answers with their places swapped', found: judged([...without, at(early, late), at(late, early)]) },
    { plants: 'a hold granted past the guard', found: judged([...history, greedy(late)]) },
  ]
}

/** More bottles than there ever were, granted behind everything else. */
function greedy(last: Granted): HistoryRecord {
  const lines = last.asked.map(({ sku }) => ({ sku, location: 'shop', quantity: 1_000_000 }))
  const asked = lines.map(({ sku, quantity }) => ({ sku, quantity, from: ['shop'] }))
  const place = { position: last.position + 1_000_000, index: 0, invokedAt: null, returnedAt: null }
  return { ...last, ...place, key: 'greedy', holdId: 'greedy', asked, granted: lines }
}

function databasePlants(cellar: Cellar, sale: Sale): Plant[] {
  return [
    {
      plants: 'a level written without its lock and without a journal entry',
      found: async () => {
        const change = (delta: number) =>
          cellar.query('update stock.levels set available = available + $2 where sku = $1 and location = $3', [
            sale.skus[1],
            delta,
            'shop',
          ])
        await change(1)
        const found = await auditLedger(cellar)
        await change(-1)
        return found
      },
    },
    {
      plants: 'an acknowledged hold that is gone without a trace, its bottles back, the books balanced',
      found: async () => {
        await dropNewestHold(cellar, sale)
        if ((await auditLedger(cellar)).length > 0) throw new Error('the books were meant to balance')
        return await judgeHistory(cellar, sale)
      },
    },
    { plants: 'the same, for who asks again with its key', found: () => askAgain(sale.recorder, sale.choose) },
  ]
}

/** As a database does that forgets what it confirmed. */
async function dropNewestHold(cellar: Cellar, { skus }: Sale): Promise<void> {
  await cellar.query(
    `with newest as (
       select h.id, h.entry from stock.holds h
       where h.state = 'active' and not exists (select from stock.answers a where a.operation = 'extend' and a.answer::json->>'id' = h.id::text)
         and exists (select from stock.hold_lines l where l.hold_id = h.id and l.sku = any($1))
       order by h.entry desc limit 1),
     entry as (delete from stock.entries e using newest where e.id = newest.entry),
     answer as (delete from stock.answers a using newest where a.entry = newest.entry),
     moved as (delete from stock.movements m using newest where m.entry = newest.entry),
     hold as (delete from stock.holds h using newest where h.id = newest.id),
     lines as (delete from stock.hold_lines l using newest where l.hold_id = newest.id returning l.sku, l.location, l.quantity)
     update stock.levels s set available = s.available + l.quantity, held = s.held - l.quantity
     from (select sku, location, sum(quantity)::int as quantity from lines group by 1, 2) l
     where s.sku = l.sku and s.location = l.location`,
    [skus],
  )
}

/** Kills of a PostgreSQL that does not wait for its disk, until one loses what was acknowledged: the first does nearly always. */
const CONTROL_KILLS = 6

function control(cellar: Cellar): Plant {
  return {
    plants: 'a PostgreSQL that confirms before it has written, killed (synchronous_commit = off)',
    found: async () => {
      // Past the server's own refusal, which only looks when it starts.
      await cellar.query('alter role current_user set synchronous_commit = off')
      await cellar.query(
        'select pg_terminate_backend(pid) from pg_stat_activity where usename = current_user and pid <> pg_backend_pid()',
      )
      await sleep(500)
      for (let kill = 0; kill < CONTROL_KILLS; kill += 1) {
        const lost = await lostByKill(cellar, kill)
        if (lost.length > 0) return lost
      }
      return []
    },
  }
}

async function lostByKill(cellar: Cellar, kill: number): Promise<string[]> {
  const sale = await openSale(cellar, createRandom(kill), `control${kill}`)
  const over = new AbortController()
  const running = sale.shoppers.run({ clients: 24, signal: over.signal })
  await sleep(400)
  over.abort()
  cellar.killPostgres()
  await running
  const found = await judgeHistory(cellar, sale)
  return found.filter((sentence) => sentence.startsWith('lost:'))
}
