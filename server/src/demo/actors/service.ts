import type { Actor } from '../actor.ts'

/** Takes the call of a customer who does not want it after all: the newest order, which is not packed yet. */
export const service: Actor = {
  name: 'service',
  perDay: 0.6,
  hours: [10, 18],
  act: async ({ api, sold }) => {
    const id = sold.pop()
    if (id === undefined) return undefined
    const cancelled = await api.write('service', `/v1/commitments/${id}/cancel`, { reference: 'customer called' })
    return cancelled && { told: 'calls off an order: the customer does not want it', counted: { 'called off': 1 } }
  },
}
