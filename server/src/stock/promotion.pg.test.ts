import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createWaker, followLog, type FollowEnd } from '../log/log.ts'
import { connect } from '../platform/postgres/database.ts'
import { migrate } from '../platform/postgres/migrate.ts'
import { openBooks, type Books } from '../../test/books.ts'
import { startProxy, type Proxy } from '../../test/proxy.ts'
import { startPair, type Pair } from '../../test/standby.ts'
import { holdOf, openTestStock, type TestStock } from '../../test/stock.ts'

let pair: Pair
let proxy: Proxy
let books: Books
let stock: TestStock

beforeAll(async () => {
  pair = await startPair()
  await migrate(pair.primaryUrl, { say: () => {} })
  // As a name in the network that follows the primary.
  proxy = await startProxy(pair.primaryUrl)
  books = await openBooks({ url: proxy.url })
  stock = openTestStock(proxy.url)
  await books.stockUp({ PROMOTED: 100 })
})

afterAll(async () => {
  await stock?.close()
  await books?.close()
  await proxy?.close()
  await pair?.stop()
})

const epochOf = (position: string) => position.split('.')[0]
const numberOf = (position: string) => Number(position.split('.')[1])

/** How following the log from a position ends, looked at through the proxy for as long as it goes on. */
function follow(position: string, signal: AbortSignal): Promise<FollowEnd> {
  return followLog(proxy.url, {
    epoch: epochOf(position) ?? '',
    from: numberOf(position),
    onRows: () => {},
    waker: createWaker(),
    signal,
  })
}

describe('the promotion of a standby', () => {
  it('begins a new epoch, in which stock goes on from what was there and old positions mean nothing', async () => {
    const before = await stock.ask(holdOf('PROMOTED', 3), 'before')
    const ends = follow(before.position, AbortSignal.timeout(30_000))
    await pair.caughtUp()
    await pair.stopPrimary()
    await pair.promote()
    proxy.retarget(pair.standbyUrl)
    proxy.cutAll()

    const after = await stock.ask(holdOf('PROMOTED', 4), 'after')
    expect(after.kind).toBe('done')
    expect(epochOf(after.position)).not.toBe(epochOf(before.position))
    expect(numberOf(after.position)).toBeGreaterThan(numberOf(before.position))
    expect(await books.level('PROMOTED')).toMatchObject({ available: 93, held: 7 })

    // Who follows the log is told, and begins anew.
    expect(await ends).toBe('epoch')
    expect(await follow(before.position, AbortSignal.timeout(5_000))).toBe('epoch')
    expect(await follow(after.position, AbortSignal.timeout(500))).toBe('aborted')

    // What was acknowledged before is there once, and its key says so under the new epoch.
    const again = await stock.ask(holdOf('PROMOTED', 3), 'before')
    expect(again).toMatchObject({ kind: 'done', replayed: true })
    expect(epochOf(again.position)).toBe(epochOf(after.position))
    expect(await books.effectsOf(['before', 'after'])).toEqual([1, 1])
    expect(await books.wrong()).toEqual([])
  })

  it('is not mistaken for one by a mere restart of its connections', async () => {
    const before = await stock.ask(holdOf('PROMOTED'), 'one')
    proxy.cutAll()
    const after = await stock.ask(holdOf('PROMOTED'), 'two')
    expect(epochOf(after.position)).toBe(epochOf(before.position))
  })

  it('leaves an epoch that verify calls foreign until somebody has written under the new one', async () => {
    const client = await connect(proxy.url, { applicationName: 'tests' })
    await client.query(`update log.epoch set bound_to = replace(bound_to, '/00000002/', '/00000001/')`)
    expect(await books.wrong()).toMatchObject([{ name: 'the epoch belongs to this database' }])
    proxy.cutAll()
    await stock.ask(holdOf('PROMOTED'), 'three')
    expect(await books.wrong()).toEqual([])
    await client.end()
  })
})
