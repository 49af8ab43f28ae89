import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  anyChanges,
  applyToModel,
  channels,
  createModel,
  locations,
  modelOffer,
  skus,
  stateOf,
  type Model,
} from '../../test/random-log.ts'
import type { LogChanges, LogRow } from '../log/log.ts'
import { createLive, type Live } from './live.ts'
import { createState } from './state.ts'
import type { Alarms } from './timers.ts'

const epoch = 'epoch001'
const run = { seed: 20_260_702, numRuns: 400 }
const still: Alarms = { nowMs: () => 0, after: () => () => {} }
const history = fc.array(anyChanges, { maxLength: 40 })

const rowsOf = (changes: readonly LogChanges[], after = 0): LogRow[] =>
  changes.map((one, index) => ({ position: after + index + 1, atMs: 0, changes: one }))

function emptyLive() {
  const live = createLive(still)
  live.replace(createState({ epoch, position: 0, horizon: 0 }))
  return live
}

function modelOf(changes: readonly LogChanges[]): Model {
  const model = createModel()
  for (const one of changes) applyToModel(model, one)
  return model
}

function snapshotOf(model: Model) {
  const live = createLive(still)
  live.replace(stateOf(model, epoch))
  return live
}

/** Everything that can be read. */
function everything(live: Live) {
  return {
    position: live.position(),
    settings: live.settings(),
    levels: live.levels({ limit: 1_000 }),
    offers: channels.map((channel) => live.offers({ channel, limit: 1_000 })),
    known: [...skus, 'NEW'].filter((sku) => live.hasSku(sku)),
    texts: skus.flatMap((sku) => channels.map((channel) => live.offerJson(sku, channel))),
  }
}

test('any history leaves each offer as the rules say, at the latest position it was computed from', () => {
  fc.assert(
    fc.property(history, (changes) => {
      const live = emptyLive()
      live.apply(rowsOf(changes))
      const model = modelOf(changes)
      for (const sku of skus) {
        for (const channel of channels) {
          const expected = modelOffer(model, sku, channel, epoch)
          const seen = expected && 'gone' in expected ? undefined : expected
          expect(live.offer(sku, channel)).toEqual(seen)
          expect(live.offerJson(sku, channel)).toBe(seen && JSON.stringify(live.offer(sku, channel)))
          expect(live.price(sku, channel)).toEqual(seen?.price)
        }
      }
      expect(live.position()).toBe(`${epoch}.${changes.length}`)
    }),
    run,
  )
})

test('a level reads as it was last written, its on hand the sum of its states', () => {
  fc.assert(
    fc.property(history, (changes) => {
      const live = emptyLive()
      live.apply(rowsOf(changes))
      for (const { value, position } of modelOf(changes).levels.values()) {
        const [sku, location, available, held, committed, allocated, quarantined, short, ...rest] = value
        const [incoming, incomingCommitted, version, revision] = rest
        const onHand = available + held + committed + allocated + quarantined + short
        const states = {
          onHand,
          available,
          held,
          committed,
          allocated,
          quarantined,
          short,
          incoming,
          incomingCommitted,
        }
        expect(live.level(sku, location)).toEqual({
          sku,
          location,
          ...states,
          version,
          revision,
          position: `${epoch}.${position}`,
        })
      }
    }),
    run,
  )
})

test('a snapshot at any point and what follows is the same as all from the beginning, however it is cut into looks', () => {
  fc.assert(
    fc.property(history, fc.nat(), fc.nat({ max: 6 }), (changes, cut, step) => {
      const at = changes.length === 0 ? 0 : cut % changes.length
      const whole = emptyLive()
      whole.apply(rowsOf(changes))
      const resumed = snapshotOf(modelOf(changes.slice(0, at)))
      const rest = rowsOf(changes.slice(at), at)
      for (let index = 0; index < rest.length; index += step + 1) {
        resumed.apply(rest.slice(index, index + step + 1))
        everything(resumed)
      }
      expect(everything(resumed)).toEqual(everything(whole))
    }),
    run,
  )
})

test('what changed since any position is just what a client from then does not have', () => {
  fc.assert(
    fc.property(history, fc.nat(), fc.constantFrom(...channels), (changes, cut, channel) => {
      const since = cut % (changes.length + 1)
      const live = emptyLive()
      live.apply(rowsOf(changes))
      const { rows } = live.offerKeys({ channel, since, limit: 1_000 })
      const model = modelOf(changes)
      const expected = skus.toSorted().flatMap((sku) => {
        const offer = modelOffer(model, sku, channel, epoch)
        return offer && Number(offer.position.split('.')[1]) > since ? [offer] : []
      })
      const seen = rows.map((key) => JSON.parse(live.offerJsonOf(key)) as unknown)
      expect(seen).toEqual(expected)
    }),
    run,
  )
})

test('pages of any size put together are the whole', () => {
  fc.assert(
    fc.property(
      history,
      fc.integer({ min: 1, max: 5 }),
      fc.option(fc.constantFrom(...locations)),
      (changes, limit, location) => {
        const live = emptyLive()
        live.apply(rowsOf(changes))
        const query = { location: location ?? undefined }
        const levels = []
        let after: { sku: string; location: string } | undefined
        do {
          const page = live.levels({ ...query, after, limit })
          levels.push(...page.items)
          after = page.next
        } while (after)
        expect(levels).toEqual(live.levels({ ...query, limit: 1_000 }).items)
        const keys = levels.map((level) => [level.sku, level.location].join('/'))
        expect(keys).toEqual(keys.toSorted())
        for (const channel of channels)
          expect(pagedOffers(live, channel, limit)).toEqual(live.offers({ channel, limit: 1_000 }).items)
      },
    ),
    run,
  )
})

function pagedOffers(live: Live, channel: string, limit: number) {
  const offers = []
  let next: string | undefined
  do {
    const page = live.offers({ channel, after: next, limit })
    offers.push(...page.items)
    next = page.next
  } while (next !== undefined)
  return offers
}

test('a transaction that does not follow is never applied', () => {
  const live = emptyLive()
  live.apply(rowsOf([{}]))
  expect(() => live.apply(rowsOf([{}]))).toThrow('position 1 follows 1')
  expect(() => live.apply(rowsOf([{}], 2))).toThrow('position 3 follows 1')
})

test('who waits for a position is told when it came, when its time is up, and when it is of another epoch', async () => {
  const alarms: (() => void)[] = []
  const live = createLive({ nowMs: () => 0, after: (_, ring) => (alarms.push(ring), () => {}) })
  const early = live.waitFor(`${epoch}.2`, 100)
  live.replace(createState({ epoch, position: 0, horizon: 0 }))
  const late = live.waitFor(`${epoch}.9`, 100)
  live.apply(rowsOf([{}, {}]))
  expect(await early).toBe('reached')
  expect(await live.waitFor(`${epoch}.2`, 100)).toBe('reached')
  expect(await live.waitFor('epoch002.1', 100)).toBe('foreign_epoch')
  expect(await live.waitFor('nonsense', 100)).toBe('foreign_epoch')
  const foreign = live.waitFor(`${epoch}.8`, 100)
  alarms[1]?.()
  expect(await late).toBe('timeout')
  live.replace(createState({ epoch: 'epoch002', position: 0, horizon: 0 }))
  expect(await foreign).toBe('foreign_epoch')
})

test('who gives up waiting is let go at once', async () => {
  const live = emptyLive()
  const stop = new AbortController()
  const waiting = live.waitFor(`${epoch}.1`, 60_000, stop.signal)
  stop.abort()
  expect(await waiting).toBe('timeout')
})
