import type { OpenBottle } from '@cellarhand/protocol/open-bottle'
import type { Actor } from '../actor.ts'
import { openedOn } from './bar.ts'

/** Closes the bar: what was open the night before already is thrown away. */
export const closing: Actor = {
  name: 'closing',
  perDay: 1,
  hours: [23, 24],
  act: async ({ api, places, day }) => {
    const opened = await api.list<OpenBottle>(`/v1/open-bottles?location=${places.bar}&state=open`)
    const tired = opened.filter(({ reference }) => reference !== openedOn(day))
    let ml = 0
    for (const { id } of tired) {
      const done = await api.write<OpenBottle>('bar', `/v1/open-bottles/${id}/discard`, { reason: 'past its best' })
      ml += done?.discardedMl ?? 0
    }
    return ml === 0 ? undefined : { told: `threw away ${ml} ml`, counted: { 'ml thrown away': ml } }
  },
}
