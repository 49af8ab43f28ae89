import type { Commitment } from '@cellarhand/protocol/stock'
import type { Actor } from '../actor.ts'
import { bottlesOf } from '../merchant.ts'

/** Ships to the club's members what they took, the first first. */
export const packer: Actor = {
  name: 'packer',
  perDay: 2,
  hours: [10, 18],
  act: async ({ api, sold }) => {
    const id = sold.shift()
    if (id === undefined) return undefined
    const shipped = await api.write<Commitment>('packer', `/v1/commitments/${id}/ship`, {})
    if (!shipped) return undefined
    const bottles = bottlesOf(shipped.lines)
    return {
      told: `shipped ${shipped.lines.map(({ quantity, sku }) => `${quantity} × ${sku}`).join(' and ')}`,
      counted: { 'shipped to the club': bottles },
    }
  },
}
