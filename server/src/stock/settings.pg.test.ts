import type pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPool } from '../platform/postgres/database.ts'
import { createTestDatabase } from '../../test/postgres.ts'
import { openTestStock, setUpCellar, type TestStock } from '../../test/stock.ts'
import { putChannel, putLocation, readSettings, SettingsError } from './stock.ts'

let database: { url: string; drop(): Promise<void> }
let pool: pg.Pool
let stock: TestStock

beforeAll(async () => {
  database = await createTestDatabase()
  await setUpCellar(database.url)
  pool = createPool(database.url, { applicationName: 'tests', max: 2 })
  stock = openTestStock(database.url)
})

afterAll(async () => {
  await stock?.close()
  await pool?.end()
  await database?.drop()
})

const place = (id: string, more: { duty?: 'paid' | 'in_bond'; owner?: string; name?: string } = {}) =>
  putLocation(pool, { id, name: id, kind: 'warehouse', duty: 'paid', owner: 'house', ...more })
const channel = (id: string, locations: readonly string[]) =>
  putChannel(pool, {
    id,
    name: id,
    currency: 'EUR',
    duty: 'paid',
    locations: [...locations],
    safetyStock: 0,
    showMax: 24,
    lowAt: 6,
  })
const locationOf = async (id: string) => (await readSettings(pool)).locations.find((one) => one.id === id)

describe('a channel', () => {
  test('sells one owner’s bottles, of one duty status', async () => {
    await place('own-1')
    await place('reserve-1', { owner: 'anna' })
    await place('bond-1', { duty: 'in_bond' })
    await expect(channel('one', ['own-1', 'reserve-1'])).rejects.toThrow(
      'of anna and house: one channel sells one owner’s',
    )
    await expect(channel('one', ['own-1', 'bond-1'])).rejects.toThrow('one channel has one duty status')
    await channel('one', ['own-1'])
    await channel('annas', ['reserve-1'])
  })
})

describe('a location', () => {
  test('keeps its owner and its duty while a channel sells from it that needs them', async () => {
    await place('a')
    await place('b')
    await channel('ab', ['a', 'b'])
    await expect(place('b', { owner: 'ben' })).rejects.toThrow(SettingsError)
    await expect(place('b', { duty: 'in_bond' })).rejects.toThrow('channel ab sells from it')
    expect(await locationOf('b')).toMatchObject({ owner: 'house', duty: 'paid' })
    await place('b', { name: 'The other one' })
    expect(await locationOf('b')).toMatchObject({ name: 'The other one' })
  })

  test('keeps them while bottles stand in it or are expected there: they change by movements that are on record', async () => {
    await place('full')
    await stock.done({ kind: 'receive', location: 'full', lines: [{ sku: 'S1', quantity: 2 }] })
    await expect(place('full', { owner: 'ben' })).rejects.toThrow('S1')
    await expect(place('full', { duty: 'in_bond' })).rejects.toThrow('S1')
    await stock.done({ kind: 'sale', location: 'full', lines: [{ sku: 'S1', quantity: 2 }] })
    await place('full', { owner: 'ben' })
    await place('awaiting')
    await stock.done({ kind: 'purchase', location: 'awaiting', lines: [{ sku: 'S2', quantity: 1 }] })
    await expect(place('awaiting', { duty: 'in_bond' })).rejects.toThrow('S2')
  })

  test('keeps them while bottles are on their way to it', async () => {
    await place('from')
    await place('to')
    await stock.done({ kind: 'receive', location: 'from', lines: [{ sku: 'S3', quantity: 1 }] })
    const { id } = await stock.done({
      kind: 'transfer',
      fromLocation: 'from',
      toLocation: 'to',
      lines: [{ sku: 'S3', quantity: 1 }],
    })
    await expect(place('to', { owner: 'ben' })).rejects.toThrow('on its way')
    await stock.done({
      kind: 'receiveTransfer',
      documentId: id,
      lines: [{ sku: 'S3', quantity: 0, missing: 1 }],
      reason: 'breakage',
    })
    await place('to', { owner: 'ben' })
  })
})
