import type { Allotment } from '@cellarhand/protocol/aside'
import type { Hold } from '@cellarhand/protocol/stock'
import type { Actor, Deed } from '../actor.ts'
import { remember, withStock, type Merchant } from '../merchant.ts'
import { between, pick } from '../random.ts'

/** The allotment's name. */
const CLUB = 'club'
/** Bottles set aside at a time, of a wine of which there are twice as many. */
const CHEST = 12
/** Every so many days what the members have not taken is given back. */
const SEASON_DAYS = 10

/** A club with an allotment: bottles are set aside for it, its members order from them, and what is left is given back. */
export const club: Actor = {
  name: 'club',
  perDay: 2,
  hours: [12, 18],
  act: async (merchant) => {
    const left = await merchant.api.list<Allotment>(`/v1/allotments?allotment=${CLUB}`)
    const chest = pick(merchant.random, left)
    if (!chest) return setAside(merchant)
    return merchant.day % SEASON_DAYS === 0 ? giveBack(merchant, chest) : order(merchant, chest)
  },
}

async function setAside({ api, random, places, levels }: Merchant): Promise<Deed | undefined> {
  const location = places.warehouse ?? places.shop
  const { sku } = pick(random, withStock(await levels(location), 2 * CHEST)) ?? {}
  if (sku === undefined) return undefined
  const body = { allotment: CLUB, location, lines: [{ sku, quantity: CHEST }] }
  const done = await api.write('office', '/v1/allocations', body)
  return done && { told: `sets aside ${CHEST} × ${sku}`, counted: { 'set aside for the club': CHEST } }
}

/** A member buys at once. */
async function order({ api, random, sold }: Merchant, { sku, quantity: left }: Allotment): Promise<Deed | undefined> {
  const quantity = between(random, 1, Math.min(6, left))
  const lines = [{ sku, quantity, channel: 'web', allotment: CLUB }]
  const hold = await api.write<Hold>('club', '/v1/holds', { lines, customer: 'a member', ttlSeconds: 60 })
  if (!hold || !(await api.write('club', `/v1/holds/${hold.id}/commit`, { reference: 'club' }))) return undefined
  remember(sold, hold.id)
  return { told: `a member takes ${quantity} × ${sku}`, counted: { 'taken by the club': quantity } }
}

async function giveBack({ api }: Merchant, { sku, location, quantity }: Allotment): Promise<Deed | undefined> {
  const body = { allotment: CLUB, location, lines: [{ sku, quantity }] }
  const done = await api.write('office', '/v1/deallocations', body)
  return done && { told: `gives back ${quantity} × ${sku}`, counted: { 'given back by the club': quantity } }
}
