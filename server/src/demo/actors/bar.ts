import type { OpenBottle } from '@cellarhand/protocol/open-bottle'
import type { Actor, Deed } from '../actor.ts'
import { withStock, type Merchant } from '../merchant.ts'
import { between, pick } from '../random.ts'

/** Wines on the board. */
const BY_THE_GLASS = 3
const GLASS_ML = 125

/** Serves a table by the glass, and opens a bottle where too few are open. */
export const bar: Actor = {
  name: 'bar',
  perDay: 8,
  hours: [17, 23],
  act: async (merchant) => {
    const { api, random, places } = merchant
    const opened = await api.list<OpenBottle>(`/v1/open-bottles?location=${places.bar}&state=open`)
    const bottle = pick(random, opened)
    return bottle && opened.length >= BY_THE_GLASS ? serve(merchant, bottle) : uncork(merchant, opened)
  },
}

/** Another wine than those that are open. Where a case was picked it is not opened, and there is nothing to do for once. */
async function uncork(
  { api, random, places, levels, day }: Merchant,
  opened: readonly OpenBottle[],
): Promise<Deed | undefined> {
  const others = withStock(await levels(places.bar)).filter(({ sku }) => !opened.some((one) => one.sku === sku))
  const { sku } = pick(random, others) ?? {}
  if (sku === undefined) return undefined
  const done = await api.write('bar', '/v1/open-bottles', {
    location: places.bar,
    sku,
    servingMl: GLASS_ML,
    preservation: pick(random, ['stopper', 'argon']),
    discardAfterHours: 48,
    reference: openedOn(day),
  })
  return done && { told: `opened 1 × ${sku}`, counted: { 'opened at the bar': 1 } }
}

/** A glass for each at the table, until the bottle is empty; one who pours is generous. */
async function serve({ api, random }: Merchant, { id, sku }: OpenBottle): Promise<Deed | undefined> {
  const guests = between(random, 1, 3)
  let [glasses, state] = [0, 'open']
  while (glasses < guests && state === 'open') {
    const glass = random() < 0.2 ? { ml: 175 } : {}
    const poured = await api.write<OpenBottle>('bar', `/v1/open-bottles/${id}/pour`, glass)
    if (!poured) return undefined
    state = poured.state
    glasses += 1
  }
  const end = state === 'empty' ? ', and the bottle is empty' : ''
  const what = glasses === 1 ? 'a glass' : `${glasses} glasses`
  return { told: `poured ${what} of ${sku}${end}`, counted: { 'poured by the glass': glasses } }
}

/** What a bottle is found by when the bar closes: a day of the demo is a minute, and no clock shows which it was. */
export function openedOn(day: number): string {
  return `opened on day ${day}`
}
