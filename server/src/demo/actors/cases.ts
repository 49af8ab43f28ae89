import type { CatalogueSku } from '@cellarhand/protocol/catalogue'
import type { Actor, Deed } from '../actor.ts'
import { withStock, type Merchant } from '../merchant.ts'
import { pick } from '../random.ts'

/** Breaks a case for the shelf of the shop, or packs a mixed one in the warehouse. */
export const cases: Actor = {
  name: 'cases',
  perDay: 0.8,
  hours: [9, 12],
  act: (merchant) => (merchant.random() < 0.3 ? pack(merchant) : unpack(merchant)),
}

/** A case that stands there, and the bottle that comes out of it. */
async function unpack({ api, random, places, levels, wines }: Merchant): Promise<Deed | undefined> {
  const there = new Set(withStock(await levels(places.shop)).map(({ sku }) => sku))
  const pairs = (await wines()).flatMap(({ skus }) =>
    skus.flatMap((box) => {
      const bottle = there.has(box.sku) && !box.madeOf ? bottleOf(box, skus) : undefined
      return bottle ? [{ box, bottle }] : []
    }),
  )
  const { box, bottle } = pick(random, pairs) ?? {}
  if (!box || !bottle) return undefined
  const isBroken = random() < 0.15
  const build = [{ sku: bottle.sku, quantity: box.pack - Number(isBroken) }]
  const losses = isBroken ? { losses: [{ sku: bottle.sku, quantity: 1, reason: 'breakage' }] } : {}
  const body = { location: places.shop, break: [{ sku: box.sku, quantity: 1 }], build, ...losses }
  const done = await api.write('cellar', '/v1/repacks', body)
  return done && { told: `breaks a case: ${box.pack} × ${bottle.sku}`, counted: { 'out of cases': box.pack } }
}

function bottleOf(box: CatalogueSku, skus: readonly CatalogueSku[]): CatalogueSku | undefined {
  if (box.pack === 1) return undefined
  return skus.find(
    ({ pack: bottles, vintage, formatMl }) => bottles === 1 && vintage === box.vintage && formatMl === box.formatMl,
  )
}

async function pack({ api, random, places, levels, wines }: Merchant): Promise<Deed | undefined> {
  const location = places.warehouse ?? places.shop
  const there = new Map((await levels(location)).map(({ sku, available }) => [sku, available]))
  const mixed = (await wines()).flatMap(({ skus }) => skus.filter(({ madeOf }) => madeOf?.kind === 'mixed_case'))
  const box = pick(
    random,
    mixed.filter(({ madeOf }) => madeOf?.parts.every(({ sku, quantity }) => (there.get(sku) ?? 0) >= quantity)),
  )
  if (!box?.madeOf) return undefined
  const broken = box.madeOf.parts.map(({ sku, quantity }) => ({ sku, quantity }))
  const body = { location, break: broken, build: [{ sku: box.sku, quantity: 1 }] }
  const done = await api.write('cellar', '/v1/repacks', body)
  return done && { told: `packs 1 × ${box.sku}`, counted: { 'mixed cases packed': 1 } }
}
