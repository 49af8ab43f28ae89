import type { Actor } from '../actor.ts'
import { withStock } from '../merchant.ts'
import { between, pick } from '../random.ts'

/** Duty on one of a SKU, in cents: invented, and the same for a bottle and a case. */
const DUTY_MINOR = 310

/** Releases something from bond, for the warehouse. */
export const customs: Actor = {
  name: 'customs',
  perDay: 0.5,
  hours: [11, 12],
  act: async ({ api, random, places, levels, day }) => {
    const { bonded: from, warehouse: to } = places
    if (from === undefined || to === undefined) return undefined
    const level = pick(random, withStock(await levels(from)))
    if (!level) return undefined
    const { sku } = level
    const quantity = between(random, 1, Math.min(3, level.available))
    const lines = [{ sku, quantity, dutyMinor: quantity * DUTY_MINOR }]
    const body = { from, to, reference: `customs of day ${day}`, currency: 'EUR', lines }
    if (!(await api.write('customs', '/v1/clearances', body))) return undefined
    return { told: `released ${quantity} × ${sku} from bond`, counted: { 'released from bond': quantity } }
  },
}
